"""Plans of a run: an earlier question's are put aside, whole in the end, whenever the power goes."""

from pathlib import Path

import numpy as np
import pytest
from tests.operations.problems import random_problem

from doorstep.adapters import kept_plans
from doorstep.adapters.kept_plans import EARLIER, KeptPlans, PlannedDepot, pair_path
from doorstep.adapters.plan_pairs import read_pair, write_pair
from doorstep.adapters.problem_files import problem_sha256
from doorstep.adapters.strict_json import renamed
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan
from doorstep.flows.solve import solve

pytestmark = pytest.mark.usefixtures("kernels")


def planned(folder: Path, seed: int) -> Plan:
    """Plan a depot and keep its pair and its row."""
    problem = random_problem(np.random.default_rng(seed), 3)
    plan, _ = solve(problem, seconds=1, seed=seed, problem_sha256=problem_sha256(problem), iterations=20)
    pair = pair_path(folder, "r", "a/b")
    pair.parent.mkdir(exist_ok=True)
    write_pair(problem, plan, pair)
    KeptPlans(folder).put("r", "a/b", PlannedDepot("a/b", f"{seed}"))
    return plan


def test_a_plan_is_put_aside_with_its_problem_and_takes_the_place_of_an_older_one(tmp_path):
    kept = KeptPlans(tmp_path)
    assert not kept.put_aside("r", "a/b")
    for seed in (1, 2):
        plan = planned(tmp_path, seed)
        assert kept.put_aside("r", "a/b")

        pair = pair_path(tmp_path, "r", "a/b")
        aside = pair.parent / EARLIER / pair.name
        assert read_pair(aside)[1] == plan
        assert problem_sha256(read_pair(aside)[0]) == plan.problem_sha256
        assert [path.name for path in pair.parent.iterdir()] == [EARLIER]


def test_what_was_moved_in_part_is_moved_wholly_by_the_next_try(tmp_path, monkeypatch):
    plan = planned(tmp_path, 1)

    def cut(path: Path, target: Path) -> None:
        renamed(path, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(kept_plans, "renamed", cut)
    with pytest.raises(KeyboardInterrupt):
        KeptPlans(tmp_path).put_aside("r", "a/b")
    monkeypatch.undo()
    pair = pair_path(tmp_path, "r", "a/b")
    assert not pair.exists()
    KeptPlans(tmp_path).put_aside("r", "a/b")

    assert read_pair(pair.parent / EARLIER / pair.name)[1] == plan
    assert [path.name for path in pair.parent.iterdir()] == [EARLIER]


def test_rows_of_ids_that_look_alike_stay_apart_and_none_leads_out_of_its_run(tmp_path):
    kept, ids = KeptPlans(tmp_path / "runs"), ["a/b", "a_2f_b", "../../a", ".", ""]
    paths = {pair_path(kept.folder, "../r", depot_id) for depot_id in ids}

    assert len(paths) == len(ids)
    assert {path.resolve().parent.parent for path in paths} == {kept.folder}


def test_a_row_comes_back_as_it_was_kept_and_a_damaged_one_is_named(tmp_path):
    planned(tmp_path, 1)
    kept, row = KeptPlans(tmp_path, {"a/b": "1"}), PlannedDepot("a/b", "1", stops=3, currency="EUR", plan_id="p")
    kept.put("r", "a/b", row)
    assert kept.get("r", "a/b") == row
    path = next(tmp_path.rglob("*.planned"))
    path.write_text(path.read_text().replace('"stops": 3', '"stops": -1'))

    with pytest.raises(YourInput, match=r"\.planned: stops"):
        kept.get("r", "a/b")

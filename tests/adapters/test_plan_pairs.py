"""A plan and its problem change together: at no moment of writing is there a plan without the problem it answers."""

from dataclasses import replace

import pytest
from tests.operations.explain.street import planned, stop, street, van

from doorstep.adapters import plan_pairs, problem_files, travel_files
from doorstep.adapters.plan_pairs import read_pair, write_pair
from doorstep.adapters.problem_files import problem_sha256, write_problem
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem


def answered(k: int) -> tuple[Problem, Plan]:
    """Return a day of one stop and its plan."""
    problem = street([stop(k)], [van(0)])
    return problem, replace(planned(problem, {"h0": [f"s{k}"]}), problem_sha256=problem_sha256(problem))


def stops(problem: Problem) -> list[str]:
    return [s.stop_id for s in problem.stops]


@pytest.fixture(params=[True, False], ids=["inline", "npz"])
def travel(request, monkeypatch) -> None:
    """Keep matrices inline, or beside."""
    plain = travel_files.travel_document
    monkeypatch.setattr(
        problem_files, "travel_document", lambda times, path, *, inline: plain(times, path, inline=request.param)
    )


@pytest.mark.usefixtures("travel")
@pytest.mark.parametrize("step", ["write_problem", "write_plan", "renamed", "_sweep"])
@pytest.mark.parametrize("after", [False, True])
def test_who_dies_at_any_step_leaves_a_whole_day(tmp_path, monkeypatch, step, after):
    path, (old, old_plan), (new, new_plan) = tmp_path / "plan.json", answered(1), answered(2)
    write_pair(old, old_plan, path)
    real = getattr(plan_pairs, step)

    def dies(*given, **named):
        if after:
            real(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(plan_pairs, step, dies)
        with pytest.raises(KeyboardInterrupt):
            write_pair(new, new_plan, path)
    problem, plan = read_pair(path)

    assert problem_sha256(problem) == plan.problem_sha256
    assert stops(problem) == [v.stop_id for v in plan.routes[0].visits]
    write_pair(*answered(3), path)
    assert stops(read_pair(path)[0]) == ["s3"]
    assert len(list(tmp_path.iterdir())) <= 3, "nothing is left beside plan, problem and matrices"


def test_a_problem_that_lies_elsewhere_is_read_from_there(tmp_path):
    problem, plan = answered(1)
    write_pair(problem, plan, tmp_path / "plan.json")
    other = replace(problem, company="other")
    write_problem(other, tmp_path / "other.json")

    assert read_pair(tmp_path / "plan.json", tmp_path / "other.json")[0].company == "other"


def test_a_fingerprint_that_is_none_leads_nowhere(tmp_path):
    problem, plan = answered(1)
    write_pair(problem, plan, tmp_path / "plan.json")
    text = (tmp_path / "plan.json").read_text()
    (tmp_path / "plan.json").write_text(text.replace(plan.problem_sha256, "../../../../../../etc/passwd"))

    assert stops(read_pair(tmp_path / "plan.json")[0]) == ["s1"]

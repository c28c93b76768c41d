"""A plan of any format that `solve` reads is gone on from, explained and quoted for, or refused in a sentence."""

import json
from pathlib import Path

import pytest
from tests.adapters.test_lyon import _written as written_lyon

from doorstep.server import cli

pytestmark = pytest.mark.usefixtures("kernels")

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = ("corner-shop.json", "florist.vroom.json", "couriers.vroom.json", "bakery.request.json", "grocer.vrp",
         "harbour.vrp", "market.solomon.txt", "lyon")  # fmt: skip


def path_of(name: str, folder: Path) -> Path:
    return written_lyon(folder) if name == "lyon" else EXAMPLES / name


def run(*words: object) -> int:
    return cli.main([str(word) for word in words])


def planned(problem: Path, folder: Path, *words: object) -> tuple[Path, str]:
    """Solve a problem and keep nothing but the plan; return it and an order that it serves last."""
    plan = folder / "told.json"
    assert run("solve", problem, "--iterations", 300, "--json", plan, *words) == 0
    visits = [v for r in json.loads(plan.read_text())["routes"] for v in r["visits"] if len(v["order_ids"]) == 1]
    return plan, max(visits, key=lambda v: v["arrives_at"])["order_ids"][0]


@pytest.mark.parametrize("name", FILES)
def test_a_day_of_any_format_goes_on_and_is_explained(name, tmp_path, capsys):
    problem = path_of(name, tmp_path)
    plan, order = planned(problem, tmp_path)
    (tmp_path / "events.json").write_text(json.dumps([{"kind": "cancel", "at": 0, "order_id": order}]))
    out = tmp_path / "next.json"
    capsys.readouterr()

    assert run("dispatch", plan, tmp_path / "events.json", "--problem", problem, "--iterations", 50, "--out", out) == 0
    assert "Not wanted any more." in capsys.readouterr().out
    assert run("check", f"{out}.problem.json", out) == 0
    assert run("explain", plan, order, "--problem", problem, "--seconds", 0.02) == 0
    assert "knocks at" in capsys.readouterr().out


QUOTED = {
    "corner-shop.json": "windows",
    "bakery.request.json": "windows",
    "florist.vroom.json": "Expected coordinates of every place, to guess the way to a new one; ",
    "grocer.vrp": "Expected coordinates of every place, to guess the way to a new one; 9 of 9 have none.",
    "market.solomon.txt": "Expected coordinates of every place, to guess the way to a new one; ",
    "lyon": "Expected travel times by slot here, got arrival functions; give matrices by slot.",
}


@pytest.mark.parametrize("name", QUOTED)
def test_a_new_order_is_quoted_where_places_have_coordinates_and_refused_in_a_sentence_elsewhere(
    name, tmp_path, capsys
):
    problem = path_of(name, tmp_path)
    plan, _ = planned(problem, tmp_path)
    told = json.loads(plan.read_text())
    visit = told["routes"][0]["visits"][0]
    amounts = [0] * len(visit["load_after"])
    place = {"lon": (visit["lon"] or 0.0) + 0.001, "lat": visit["lat"] or 0.0}
    (tmp_path / "order.json").write_text(json.dumps({"order_id": "new", **place, "amounts": amounts}))
    capsys.readouterr()
    code = run("quote", plan, tmp_path / "order.json", "--problem", problem)
    said = capsys.readouterr()

    assert code == (0 if QUOTED[name] == "windows" else 2)
    assert QUOTED[name] in said.out + said.err


def test_the_problem_of_another_plan_is_refused_with_what_to_give(tmp_path, capsys):
    plan, order = planned(EXAMPLES / "harbour.vrp", tmp_path, "--vehicles", 9)
    capsys.readouterr()

    assert run("explain", plan, order, "--problem", EXAMPLES / "harbour.vrp") == 2
    said = capsys.readouterr().err
    assert "expected problem_sha256" in said
    assert "Name the very file, and the same --vehicles and --osm, that solve was given." in said
    assert run("explain", plan, order, "--problem", EXAMPLES / "harbour.vrp", "--vehicles", 9, "--seconds", 0.02) == 0


def test_money_without_a_currency_and_what_must_be_served_are_said_as_solve_says_them(tmp_path, capsys):
    plan, order = planned(EXAMPLES / "florist.vroom.json", tmp_path)
    capsys.readouterr()

    assert run("explain", plan, order, "--problem", EXAMPLES / "florist.vroom.json", "--leave-out") == 0
    said = capsys.readouterr().out
    assert "cents" in said
    assert "unserved" not in said, "what leaving out costs is no money"
    assert "Somebody is left out, as VROOM's tasks may be: what that saves is no gain." in said
    assert "must be served" not in said
    assert "plan again" not in said
    (tmp_path / "e.json").write_text(json.dumps([{"kind": "cancel", "at": 0, "order_id": order}]))
    words = ("--problem", EXAMPLES / "florist.vroom.json", "--iterations", 50)
    assert run("dispatch", plan, tmp_path / "e.json", *words) == 0
    assert " cents " in capsys.readouterr().out


def test_a_vroom_task_that_a_day_leaves_out_is_no_gain_and_no_broken_promise(tmp_path, capsys):
    plan, order = planned(EXAMPLES / "florist.vroom.json", tmp_path)
    gone = {"kind": "windows", "at": 0, "order_id": order, "windows": [[0, 60]]}
    (tmp_path / "e.json").write_text(json.dumps([gone]))
    capsys.readouterr()
    words = ("--problem", EXAMPLES / "florist.vroom.json", "--iterations", 50, "--json", tmp_path / "ways.json")

    assert run("dispatch", plan, tmp_path / "e.json", *words) == 0
    said = capsys.readouterr().out
    assert "left out, as VROOM's tasks may be; what that saves is no gain, so no cost is told." in said
    assert "must be served" not in said
    assert all(way["must_be_served"] == [] for way in json.loads((tmp_path / "ways.json").read_text())["alternatives"])

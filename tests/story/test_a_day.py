"""A day end to end through the public door: a town written, imported, learned from, planned both ways, checked."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from doorstep.server.cli import main

pytestmark = [pytest.mark.story, pytest.mark.slow, pytest.mark.usefixtures("kernels")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day")
    town = ["town", str(folder / "town"), "--days", "30", "--orders-per-day", "60", "--seed", "5"]

    assert main(town) == 0
    assert main(["import", str(folder / "town"), "--home", str(folder / "home")]) == 0
    assert main(["learn", "--home", str(folder / "home"), "--json", str(folder / "learned.json")]) == 0
    return folder


@cache
def planned(home: Path, objective: str) -> tuple[Path, dict[str, Any]]:
    out = home / f"{objective}.json"
    day = json.loads((home / "learned.json").read_text())["next_day"]
    asked = ["plan", "--day", day, "--objective", objective, "--seconds", "2", "--out", str(out)]

    assert main([*asked, "--home", str(home / "home"), "--geojson", f"{out}.geojson"]) == 0
    return out, json.loads(out.read_text())


@pytest.mark.parametrize("objective", ["profit", "efficiency"])
def test_a_planned_day_is_accepted_by_the_checker(home, objective, capsys):
    out, plan = planned(home, objective)
    code = main(["check", f"{out}.problem.json", str(out)])

    assert code == 0, capsys.readouterr().err
    assert plan["objective"] == objective
    assert sum(len(route["visits"]) for route in plan["routes"]) > 20


def test_a_planned_day_is_drawn_along_the_streets(home):
    out, plan = planned(home, "profit")
    drawn = json.loads(Path(f"{out}.geojson").read_text())
    routes = [feature for feature in drawn["features"] if feature["properties"]["kind"] == "route"]

    assert drawn["attribution"]
    assert len(routes) == len(plan["routes"])
    for route in routes:
        assert len(route["geometry"]["coordinates"]) > 2 * route["properties"]["visits"]


def test_both_objectives_serve_the_same_orders(home):
    served = []
    for objective in ("profit", "efficiency"):
        _, plan = planned(home, objective)
        served.append({order for r in plan["routes"] for v in r["visits"] for order in v["order_ids"]})

    assert served[0] == served[1]


def test_the_problem_of_a_day_can_be_solved_without_its_company(home):
    out, _ = planned(home, "profit")
    again = home / "again.json"

    assert main(["solve", f"{out}.problem.json", "--seconds", "2", "--out", str(again)]) == 0
    assert main(["check", f"{out}.problem.json", str(again)]) == 0


def test_importing_the_same_folder_again_changes_nothing(home):
    report = home / "again-import.json"
    code = main(["import", str(home / "town"), "--home", str(home / "home"), "--json", str(report)])

    assert code == 0
    assert "0 facts were kept" in report.read_text()


def test_a_changed_cent_is_refused(home):
    out, plan = planned(home, "profit")
    forged = home / "forged.json"
    forged.write_text(json.dumps(plan | {"cents": plan["cents"] | {"total": plan["cents"]["total"] + 1}}))

    assert main(["check", f"{out}.problem.json", str(forged)]) == 2

"""Days with more stops than one search holds, as somebody types them: planned in cells, written, checked."""

import json
import re

import numpy as np
import pytest
from tests.operations.problems import Recipe, random_problem
from tests.server.small_company import EAST, WEST, Street, served

from doorstep.adapters import travel_files
from doorstep.adapters.instances import coordinates
from doorstep.adapters.instances.any_format import read_any
from doorstep.adapters.problem_files import read_problem, write_problem
from doorstep.domain.travel import AskedTimes
from doorstep.flows import plan_day
from doorstep.server import cli
from doorstep.server.commands import in_cells

pytestmark = pytest.mark.usefixtures("kernels")
STOPS = 80


@pytest.fixture
def doorstep(doorstep, monkeypatch):
    """Return `doorstep` where a cell holds 30 stops, and a matrix 30 places."""
    monkeypatch.setattr(cli, "COMMANDS", ("solve", "check", "explain"))
    monkeypatch.setattr(in_cells, "CELL", 30)
    monkeypatch.setattr(travel_files, "MATRIX_PLACES", 30)
    monkeypatch.setattr(coordinates, "MATRIX_PLACES", 30)
    return doorstep


@pytest.fixture
def vroom(tmp_path):
    """Return a VROOM file of many jobs with coordinates, some in windows, and no matrix."""
    rng = np.random.default_rng(1)
    at = rng.uniform(-0.1, 0.1, size=(STOPS, 2)) + np.array([4.8, 45.7])
    jobs = [
        {"id": k, "location": [float(lon), float(lat)], "service": 120, "delivery": [1], "time_windows": [[0, 30_000]]}
        for k, (lon, lat) in enumerate(at)
    ]
    vans = [{"id": k, "start": [4.8, 45.7], "end": [4.8, 45.7], "capacity": [12], "time_window": [0, 40_000]}
            for k in range(10)]  # fmt: skip
    path = tmp_path / "many.json"
    path.write_text(json.dumps({"jobs": jobs, "vehicles": vans}))
    return path


def test_many_stops_are_planned_in_cells_and_the_plan_holds(doorstep, vroom, tmp_path):
    code, _, err = doorstep("solve", vroom, "--seconds", 0.4, "--processes", 1, "--out", tmp_path / "plan.json")

    assert code == 0, err
    assert "Planned in 3 cells, one after the other." in err
    assert re.search(rf"routes, {STOPS} visits, 0 orders unserved", err)
    assert isinstance(read_any(vroom).times["car"], AskedTimes)
    for problem in (vroom, tmp_path / "plan.json.problem.json"):
        code, out, err = doorstep("check", problem, tmp_path / "plan.json")
        assert (code, err) == (0, "")
        assert out.startswith("The plan holds")


def test_the_problem_beside_a_large_plan_holds_no_matrix(doorstep, vroom, tmp_path):
    doorstep("solve", vroom, "--seconds", 0.2, "--processes", 1, "--out", tmp_path / "plan.json")
    written = json.loads((tmp_path / "plan.json.problem.json").read_text())

    assert written["matrices"] == {"car": {"lines": {"detour": 1.4, "metres_per_second": [40 / 3.6]}}}
    assert not list(tmp_path.glob("*.npz"))


def test_a_problem_that_brings_its_matrix_is_planned_in_cells_of_it(doorstep, tmp_path):
    recipe = Recipe(shifts=12, optional=1.0, needy=0.3, windowed=0.3)
    write_problem(random_problem(np.random.default_rng(3), STOPS, recipe), tmp_path / "ours.json")
    code, _, err = doorstep(
        "solve", tmp_path / "ours.json", "--seconds", 0.4, "--processes", 1, "--out", tmp_path / "p"
    )

    assert code == 0, err
    assert "Planned in 3 cells" in err
    assert doorstep("check", tmp_path / "ours.json", tmp_path / "p")[0] == 0


@pytest.mark.parametrize("rules", ["", "eu-561"])
def test_a_depot_s_day_is_planned_in_cells_from_its_own_roads(tmp_path, monkeypatch, capsys, rules):
    monkeypatch.setattr(in_cells, "CELL", 4)
    monkeypatch.setattr(in_cells, "DEAR_CELL", 4)
    for module in (plan_day, travel_files):
        monkeypatch.setattr(module, "MATRIX_PLACES", 4)
    vans = f"vehicle_id,depot_id,capacity_g,duty_rules\nv1,depot,800000,{rules}\nv2,depot,800000,{rules}\n"
    street = Street(tmp_path, monkeypatch, capsys).imported(vehicles=vans)
    plan, told = street.planned("--processes", 1)

    assert "Planned in 2 cells, one after the other." in told
    assert "8 stops" in told
    assert "0 orders unserved" in told
    assert {who for whom in served(plan).values() for who in whom} == {*EAST, *WEST}


@pytest.fixture
def flat(doorstep, tmp_path, monkeypatch):
    """Return a Solomon text of many customers, and its plan."""
    monkeypatch.setattr("doorstep.adapters.instances.solomon.MATRIX_PLACES", 30)
    rng = np.random.default_rng(2)
    rows = "\n".join(f"{k} {x:.0f} {y:.0f} {d} 0 1000 10" for k, (x, y, d) in enumerate(
        [(50, 50, 0), *((*rng.uniform(0, 100, 2), 5) for _ in range(STOPS))]))  # fmt: skip
    text = f"R1\n\nVEHICLE\nNUMBER CAPACITY\n10 50\n\nCUSTOMER\nCUST NO. XCOORD. ...\n\n{rows}\n"
    (tmp_path / "r1.txt").write_text(text)
    code, _, err = doorstep("solve", tmp_path / "r1.txt", "--seconds", 0.2, "--processes", 1, "--out", tmp_path / "p")
    assert code == 0, err
    assert "Planned in 3 cells" in err
    return tmp_path / "r1.txt"


def test_a_flat_map_without_coordinates_of_its_own_is_planned_in_cells(doorstep, flat, tmp_path):
    assert doorstep("check", flat, tmp_path / "p")[0] == 0
    assert doorstep("check", tmp_path / "p.problem.json", tmp_path / "p")[0] == 0
    assert "ends" in json.loads((tmp_path / "p.problem.json").read_text())["matrices"]["car"]


@pytest.mark.usefixtures("flat")
def test_what_needs_more_legs_than_were_kept_is_told_so(doorstep, tmp_path):
    code, _, err = doorstep("explain", tmp_path / "p", "1")

    assert code == 2
    assert "of this day only the legs of its own plan are kept" in err


def test_lines_of_a_problem_are_matrices_where_there_are_few_places(tmp_path):
    problem = random_problem(np.random.default_rng(4), 5, Recipe(profiles=1))
    write_problem(problem, tmp_path / "few.json", inline=True)
    document = json.loads((tmp_path / "few.json").read_text())
    (profile,) = document["matrices"]
    document["matrices"] = {profile: {"lines": {"edges": [0, 30_000], "metres_per_second": [10, 5]}}}
    (tmp_path / "few.json").write_text(json.dumps(document))
    found = read_problem(tmp_path / "few.json").times[profile]

    assert not isinstance(found, AskedTimes)
    assert found.arrival(0, 1, 31_000) - 31_000 in (2 * found.arrival(0, 1, 0), 2 * found.arrival(0, 1, 0) - 1)

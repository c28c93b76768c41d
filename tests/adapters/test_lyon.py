"""The time-dependent JSON: read with the arrival functions beside it, and refused by spot."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from doorstep.adapters.instances.any_format import read_any
from doorstep.domain.errors import YourInput
from doorstep.domain.travel import ArrivalFunctions
from doorstep.operations.schedule import schedule
from doorstep.operations.search.duration import DurationRun


def _written(folder: Path, *, arcs: Any = None, name: str = "tiny.atf.json.gz", **changed: Any) -> Path:
    """Write an instance of two customers; the leg from the depot to the first has a step at second 1,000."""
    legs = [[i, j, [0.0, 5000.0], [60.0, 5060.0]] for i in range(3) for j in range(3) if i != j]
    legs[0][2:] = [[0.0, 1000.0, 1000.0, 5000.0], [100.0, 1100.0, 1300.0, 5300.0]]
    functions = json.dumps({"format": "mamut-td-atf", "arcs": legs if arcs is None else arcs}).encode()
    (folder / name).write_bytes(gzip.compress(functions) if name.endswith("gz") else functions)
    document = {
        "instance_name": "tiny", "num_customers": 2, "num_vehicles": 5, "vehicle_capacity": 10,
        "coordinates": [[0, 0], [0, 1], [1, 0]], "demands": [0, 6, 7], "service_times": [0, 30, 40],
        "time_windows": [[0, 5000], [500, 2000], [0, 5000]], "depot": 0, "horizon": [0.0, 5000.0],
        "td": {"model": "atf-ndcpwlf", "atf_path": name, "atf_sha256": hashlib.sha256(functions).hexdigest()},
        **changed,
    }  # fmt: skip
    (folder / "tiny.vrp.json").write_text(json.dumps(document))
    return folder / "tiny.vrp.json"


@pytest.mark.parametrize("name", ["tiny.atf.json.gz", "tiny.atf.json"])
def test_an_instance_becomes_a_problem_in_seconds_and_cents(tmp_path, name):
    problem = read_any(_written(tmp_path, name=name))

    assert [s.windows[0].opens for s in problem.stops] == [500, 0]
    assert [(s.amounts, s.service) for s in problem.stops] == [((6,), 30), ((7,), 40)]
    assert len(problem.shifts) == 2  # more vehicles than customers are never used
    assert all(s.free_departure and (s.starts, s.ends, s.capacities) == (0, 5000, (10,)) for s in problem.shifts)
    assert [problem.times["car"].arrival(0, 1, t) for t in (0, 1000, 1001)] == [100, 1100, 1301]


def test_a_second_away_costs_a_cent(tmp_path):
    problem = read_any(_written(tmp_path))
    plan = schedule(problem, {"1": ("1",)}, departures={"1": problem.shifts[0].starts}, seed=1, problem_sha256="")

    # 100 s on the way, 400 s until the door opens, 30 s at the door, 60 s back.
    assert sum(plan.routes[0].cents.values()) == 590


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"depot": 1}, "depot: expected 0"),
        ({"demands": [0, 6]}, "demands: expected 3 items, for the depot and every customer, got 2"),
        ({"service_times": [0, 30.5, 40]}, r"service_times\[1\]: expected a whole number, got 30.5"),
        ({"time_windows": [[0, 5000], [500, 200], [0, 5000]]}, r"time_windows\[1\]: expected \[opens, closes\]"),
        ({"fleet_fixed_cost": 5}, "expected only .*, got 'fleet_fixed_cost'; doorstep reads these instances"),
        ({"td": {"model": "igp"}}, "model: expected 'atf-ndcpwlf'"),
        ({"arcs": []}, "expected an arrival function from 0 to 1, found none"),
        ({"arcs": [[0, 1, [0], [5]], [0, 1, [0], [5]]]}, r"arcs\[1\]: expected each leg between two nodes once"),
        ({"arcs": [[0, 1, [0, 0.5], [5, 6]]]}, r"arcs\[0\]: expected whole seconds"),
        ({"arcs": [[0, 1, [0, 1], [5]]]}, r"arcs\[0\]: expected as many arrivals as departures"),
        ({"arcs": [[0, 3, [0], [5]]]}, r"arcs\[0\]\[1\]: expected a whole number from 0 to 2"),
    ],
)
def test_what_cannot_be_read_is_refused_by_spot(tmp_path, changed, says):
    with pytest.raises(YourInput, match=says):
        read_any(_written(tmp_path, **changed))


def test_functions_that_were_changed_or_are_gone_are_refused(tmp_path):
    path = _written(tmp_path)
    (tmp_path / "tiny.atf.json.gz").write_bytes(gzip.compress(b"{}"))
    with pytest.raises(YourInput, match="it was changed"):
        read_any(path)

    (tmp_path / "tiny.atf.json.gz").write_bytes(gzip.compress(b"{}")[:-4])
    with pytest.raises(YourInput, match="expected a whole gzip file"):
        read_any(path)

    (tmp_path / "tiny.atf.json.gz").unlink()
    with pytest.raises(YourInput, match="expected a file in"):
        read_any(path)


@pytest.mark.data
@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("size", [10, 60])
def test_best_known_routes_of_lyon_cost_what_their_finders_say(shared_data, size):
    folder = shared_data("tdvrptw_lyon_rifki2020") / f"n={size}"
    for name in ("Rifki-1", "Rifki-2"):
        problem = read_any(folder / f"{name}.vrp.json")
        best = json.loads((folder / f"{name}.bks.Duration.json").read_text())
        run = DurationRun(problem, 1, {str(k): [str(x) for x in route] for k, route in enumerate(best["routes"], 1)})

        assert isinstance(problem.times["car"], ArrivalFunctions)
        assert run.price == pytest.approx(best["cost"], abs=1e-6)
        plan = schedule(problem, run.sequences(), departures=run.departures(), seed=1, problem_sha256="")
        assert plan.cents["total"] == round(best["cost"])
        assert sorted(r.seconds for r in plan.routes) == sorted(round(d) for d in best["metadata"]["route_durations"])

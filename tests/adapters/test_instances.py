"""Other people's formats: what they say is what the problem says, and what can't be planned is refused by name."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.adapters.instances.any_format import read_any
from doorstep.adapters.problem_files import problem_sha256
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Problem
from doorstep.domain.travel import by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check, impossible_stops
from doorstep.operations.schedule import schedule

EXAMPLES = Path(__file__).parents[2] / "examples"

CVRP = """NAME : four
TYPE : CVRP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 1 1
4 0 2.6
DEMAND_SECTION
1 0
2 6
3 5
4 4
DEPOT_SECTION
1
-1
EOF
"""

SOLOMON = """two

VEHICLE
NUMBER     CAPACITY
  2         15

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0        0         0          0        100          0
    1      3        4        10         20         40          7
    2      1        1         5          0         99          7
"""

VROOM: dict[str, Any] = {
    "vehicles": [{"id": 7, "start_index": 0, "end_index": 0, "capacity": [4], "time_window": [1600416000, 1600430400]}],
    "jobs": [
        {"id": 1, "location_index": 1, "service": 300, "delivery": [1], "priority": 5},
        {"id": 2, "location_index": 2, "delivery": [2], "time_windows": [[1600419600, 1600423200]]},
    ],
    "matrices": {"car": {"durations": [[0, 60, 70], [61, 0, 80], [71, 81, 0]]}},
}


def _read(folder: Path, content: object) -> Problem:
    path = folder / "unnamed"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_any(path)


def _refusal(folder: Path, content: object) -> str:
    with pytest.raises(YourInput) as refused:
        _read(folder, content)
    return str(refused.value)


# Texts


def test_euclidean_distances_without_windows_are_rounded(tmp_path):
    problem = _read(tmp_path, CVRP)

    assert problem.times["car"].metres[0].tolist() == [[0, 5, 1, 3], [5, 0, 4, 3], [1, 4, 0, 2], [3, 3, 2, 0]]
    assert [stop.stop_id for stop in problem.stops] == ["2", "3", "4"]
    assert [stop.amounts for stop in problem.stops] == [(6,), (5,), (4,)]
    assert {shift.capacities for shift in problem.shifts} == {(10,)}


def test_a_unit_of_distance_is_a_cent(tmp_path):
    problem = _read(tmp_path, CVRP)
    plan = schedule(problem, {"1": ["2", "4"], "2": ["3"]}, seed=1, problem_sha256="")

    assert check(problem, plan).holds
    assert plan.cents["total"] == 5 + 3 + 3 + 1 + 1


def test_a_free_fleet_is_as_large_as_an_optimum_can_need(tmp_path):
    assert len(_read(tmp_path, CVRP).shifts) == 3
    assert len(_read(tmp_path, CVRP.replace("CAPACITY : 10", "CAPACITY : 1000")).shifts) == 1
    assert len(_read(tmp_path, CVRP.replace("DIMENSION", "VEHICLES : 2\nDIMENSION")).shifts) == 2


def test_a_depot_that_is_not_the_first_node_is_found(tmp_path):
    problem = _read(tmp_path, CVRP.replace("SECTION\n1\n-1", "SECTION\n3\n-1"))

    assert problem.depot_id == "3"
    assert [stop.stop_id for stop in problem.stops] == ["1", "2", "4"]
    assert problem.times["car"].metres[0, 0].tolist() == [0, 1, 4, 2]


def test_solomon_times_and_distances_are_cut_to_one_decimal(tmp_path):
    problem = _read(tmp_path, SOLOMON)

    assert by_slot(problem.times["car"]).seconds[0].tolist() == [[0, 50, 14], [50, 0, 36], [14, 36, 0]]
    assert problem.stops[0].windows == (TimeWindow(Seconds(200), Seconds(400)),)
    assert {stop.service for stop in problem.stops} == {70}
    assert [(shift.starts, shift.ends, shift.capacities) for shift in problem.shifts] == [(0, 1000, (15,))] * 2


def test_vrplib_with_windows_says_the_same_as_solomon(tmp_path):
    head = "NAME : two\nTYPE : CVRPTW\nDIMENSION : 3\nVEHICLES : 2\nCAPACITY : 15\nSERVICE_TIME : 7\n"
    nodes = "EDGE_WEIGHT_TYPE : EXACT_2D\nNODE_COORD_SECTION\n1 0 0\n2 3 4\n3 1 1\nDEMAND_SECTION\n1 0\n2 10\n3 5\n"
    by_text = _read(tmp_path, f"{head}{nodes}TIME_WINDOW_SECTION\n1 0 100\n2 20 40\n3 0 99\nDEPOT_SECTION\n 1\n -1\n")
    by_table = _read(tmp_path, SOLOMON)

    assert np.array_equal(by_slot(by_text.times["car"]).seconds, by_slot(by_table.times["car"]).seconds)
    assert [(s.windows, s.service, s.amounts) for s in by_text.stops] == [
        (s.windows, s.service, s.amounts) for s in by_table.stops
    ]
    assert by_text.shifts == by_table.shifts


def test_explicit_legs_are_directed_and_taken_as_they_are():
    problem = read_any(EXAMPLES / "grocer.vrp")
    legs = by_slot(problem.times["car"]).seconds[0]

    assert not np.array_equal(legs, legs.T)
    assert [shift.ends for shift in problem.shifts] == [28_800] * 3
    assert {stop.service for stop in problem.stops} <= {180, 240, 300}


def test_a_prize_is_the_price_of_leaving_out(tmp_path):
    windows = "TIME_WINDOW_SECTION\n1 0 99\n2 0 99\n3 0 99\n4 0 99\n"
    prizes = "PRIZE_SECTION\n1 0\n2 7\n3 1\n4 2\nDEPOT_SECTION"
    text = CVRP.replace("TYPE : CVRP", "TYPE : PCVRPTW").replace("DEPOT_SECTION", windows + prizes)

    assert _read(tmp_path, text).valuation.unserved == {"2": 70, "3": 10, "4": 20}


def test_a_prize_of_nothing_means_that_the_node_must_be_served(tmp_path):
    text = CVRP.replace("DEPOT_SECTION", "PRIZE_SECTION\n1 0\n2 7\n3 0\n4 2\nDEPOT_SECTION")

    assert _read(tmp_path, text).valuation.unserved == {"2": 7, "4": 2}


FLEET = """NAME : five
TYPE : HFVRP
DIMENSION : 5
VEHICLES : 2
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 3 4
3 1 1
4 0 2.6
5 9 9
DEMAND_SECTION
1 0 0
2 6 1
3 5 0
4 4 2
5 0 0
CAPACITY_SECTION
1 10 3
2 20 4
VEHICLES_FIXED_COST_SECTION
1 7
2 8.5
VEHICLES_UNIT_DISTANCE_COST_SECTION
1 1
2 1.5
VEHICLES_DEPOT_SECTION
1 5
2 1
DEPOT_SECTION
1
5
EOF
"""


def test_vehicles_may_differ_in_capacities_prices_and_depots(tmp_path):
    problem = _read(tmp_path, FLEET)
    first, second = problem.shifts

    assert [stop.stop_id for stop in problem.stops] == ["2", "3", "4"]
    assert [stop.amounts for stop in problem.stops] == [(6, 1), (5, 0), (4, 2)]
    assert (first.start, first.capacities, second.start, second.capacities) == (1, (10, 3), 0, (20, 4))
    assert [problem.valuation.rates[s].fixed_cents for s in "12"] == [7000, 8500]
    assert [problem.valuation.rates[s].cents_per_km for s in "12"] == [1000, 1500]
    assert problem.times["car"].metres[0, 0].tolist() == [0, 12728, 5000, 1414, 2600]


def test_a_longest_duration_lets_vehicles_leave_when_they_like(tmp_path):
    bounds = "VEHICLES_MAX_DURATION : 30\nVEHICLES_MAX_DISTANCE_SECTION\n1 40\n2 50\nDEPOT_SECTION"
    shifts = _read(tmp_path, FLEET.replace("DEPOT_SECTION\n1\n5", f"{bounds}\n1\n5")).shifts

    assert [(s.free_departure, s.max_seconds, s.max_metres) for s in shifts] == [
        (True, 30_000, 40_000), (True, 30_000, 50_000),
    ]  # fmt: skip


def test_a_vehicle_may_be_kept_to_some_customers(tmp_path):
    lists = "VEHICLES_ALLOWED_CLIENTS_SECTION\n1 2 3\n2 3 4\nDEPOT_SECTION"
    problem = _read(tmp_path, FLEET.replace("DEPOT_SECTION\n1\n5", f"{lists}\n1\n5"))

    served = [{s.stop_id for s in problem.stops if s.needs <= shift.offers} for shift in problem.shifts]

    assert served == [{"2", "3"}, {"3", "4"}]


def test_a_vehicle_may_reload_and_wait_for_what_is_released(tmp_path):
    more = "VEHICLES_RELOAD_DEPOT_SECTION\n1 1 5\n2 1\nRELEASE_TIME_SECTION\n1 0\n2 0\n3 8\n4 0\n5 0\nDEPOT_SECTION"
    problem = _read(tmp_path, FLEET.replace("DEPOT_SECTION\n1\n5", f"{more}\n1\n5"))

    assert [(s.reloads, s.max_trips) for s in problem.shifts] == [((0, 1), 3), ((0,), 3)]
    assert [stop.release for stop in problem.stops] == [0, 8000, 0]


def test_backhauls_follow_deliveries_because_no_other_leg_can_be_driven(tmp_path):
    back = CVRP.replace("TYPE : CVRP", "TYPE : VRPB").replace("4 4\n", "4 0\nBACKHAUL_SECTION\n1 0\n2 0\n3 0\n4 4\n")
    problem = _read(tmp_path, back)

    def wrong(*stops: str) -> bool:
        return bool(check(problem, schedule(problem, {"1": stops, "2": ["3"]}, seed=1, problem_sha256="")).violations)

    assert [stop.picks for stop in problem.stops] == [(), (), (4,)]
    assert not wrong("2", "4")
    assert wrong("4", "2")
    assert wrong("4")


WINDOWS = "TIME_WINDOW_SECTION\n1 0 9\n2 5 4\n3 0 9\n4 0 9\nNODE_COORD_SECTION"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("DIMENSION : 4", "DIMENSION : 5", "expected NODE_COORD_SECTION to list nodes 1 to 5 once each, got 4 lines"),
        ("DIMENSION : 4", "DIMENSION : 1000000", "expected DIMENSION from 2 to 100,100, got 1000000"),
        ("DIMENSION : 4", "DIMENSION : lots", "expected numbers, got 'lots'"),
        ("2 3 4", "two 3 4", "line 8: expected 'KEY : value', numbers or a section, got 'two 3 4'"),
        ("2 3 4", "2 3 nan", "line 8: expected numbers up to 1,000,000,000, got nan"),
        ("2 3 4", "2 3", "line 8 (NODE_COORD_SECTION): expected 3 numbers, got 2"),
        ("2 6", "2 -6", "DEMAND_SECTION, node 2: expected a whole number of 0 or more, got -6"),
        ("2 6", "2 6.5", "expected a whole number of 0 or more, got 6.5"),
        ("3 5", "2 5", "expected DEMAND_SECTION to list nodes 1 to 4 once each, not so node 3"),
        ("CAPACITY : 10\n", "", "expected CAPACITY and DEMAND_SECTION together"),
        ("CVRP", "GVRP", "expected TYPE CVRP, VRPTW, CVRPTW, PCVRPTW, TSP, MDVRPTW"),
        ("CAPACITY", "DISTANCE : 9\nCAPACITY", "got DISTANCE; doorstep does not read it yet"),
        ("DEMAND_SECTION", "GROUP_SECTION\nDEMAND_SECTION", "got GROUP_SECTION; doorstep does not read it yet"),
        ("DEMAND_SECTION", "BACKHAUL_SECTION\nDEMAND_SECTION", "expected BACKHAUL_SECTION to list nodes 1 to 4"),
        ("EUC_2D", "GEO", "expected EDGE_WEIGHT_TYPE EUC_2D"),
        ("EUC_2D", "EXPLICIT", "16 numbers in EDGE_WEIGHT_SECTION, got 0"),
        ("1\n-1", "1\n2\n-1", "expected VEHICLES_DEPOT_SECTION beside several depots, got [1, 2]"),
        ("NODE_COORD_SECTION", WINDOWS, "expected node 2 to open at 0 or later and close after it opens, got 5 to 4"),
        ("CVRP", "VRPTW", "expected TIME_WINDOW_SECTION beside TYPE VRPTW, found none; is the file cut short?"),
        ("CVRP", "VRPB", "expected BACKHAUL_SECTION beside TYPE VRPB, found none"),
        ("-1\nEOF\n", "", "expected EOF, or a DEPOT_SECTION that ends with -1, as its last line, found neither"),
        ("1\n-1", "-1", "expected a node in DEPOT_SECTION, got none"),
        ("2 3 4", "2 3 900000000", "xpected coordinates that span at most 666,666,666 units, got 900,000,000"),
    ],
)
def test_a_vrplib_text_that_cannot_be_right_is_refused(tmp_path, old, new, says):
    assert says in _refusal(tmp_path, CVRP.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  2         15", "  2", "line 5: expected 2 numbers (number and capacity of vehicles), got 1"),
        ("         40          7", "         40", "line 11: expected 7 numbers (customer, x, y"),
        ("20         40", "40         20", "expected customer 1 to be due after ready time 40, got 20"),
        ("    2      1 ", "    1      1 ", "expected each customer once, got customer 1 twice"),
        ("10         20", "-1         20", "demand of customer 1: expected a whole number of 0 or more, got -1"),
        ("    1      3        4", "    1      x        4", "line 11: expected numbers, got 'x'"),
        ("    1      3        4", "    l      3        4", "line 11: expected numbers, got 'l'"),
        ("    0      0        0", "    O      0        0", "line 10: expected numbers, got 'O'"),
        ("    0      0        0         0          0        100          0\n", "", "depot, first, got customer 1"),
    ],
)
def test_a_solomon_text_that_cannot_be_right_is_refused(tmp_path, old, new, says):
    assert says in _refusal(tmp_path, SOLOMON.replace(old, new, 1))


WHOLE = {"CVRP": CVRP, "FLEET": FLEET, "grocer": (EXAMPLES / "grocer.vrp").read_text()}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_a_vrplib_text_that_is_cut_short_is_no_other_problem(tmp_path, text):
    asked = problem_sha256(_read(tmp_path, text))
    for at in range(len(text)):
        (tmp_path / "cut").write_text(text[:at])
        try:
            found = problem_sha256(read_any(tmp_path / "cut"))
        except YourInput:
            continue
        assert found == asked, text[:at]


# Which format


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "expected doorstep's problem.json, VRPLIB or Solomon text, VROOM JSON, a Route"),
        ("hello\nworld", "got a text that begins 'hello'"),
        ("{}", "got JSON with the keys none"),
        ("[1]", "expected an object, got [1]"),
        ('{"routes": [], "unserved": []}', "expected a problem, got a plan"),
        ('{"routes": [], "metrics": {}}', "got Route Optimization's answer to one"),
        ('{"routes": [], "unassigned": [], "code": 0}', "expected a problem, got VROOM's answer to one"),
        ('{"td": {}, "horizon": [0, 43200]}', "expected 'num_customers', found none"),
        ("NAME : x\nTYPE : TOUR\nDIMENSION : 5\nTOUR_SECTION\n1\n", "expected TYPE CVRP"),
    ],
)
def test_a_file_in_no_known_format_is_refused(tmp_path, content, says):
    assert says in _refusal(tmp_path, content)


def test_a_number_of_vehicles_beside_json_is_refused():
    with pytest.raises(YourInput, match="expected no number of vehicles"):
        read_any(EXAMPLES / "florist.vroom.json", vehicles=3)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_every_example_is_read_and_can_be_served(path):
    problem = read_any(path)

    assert problem.stops
    assert impossible_stops(problem) == ()


@given(st.sampled_from([CVRP, SOLOMON, json.dumps(VROOM)]), st.data())
def test_a_broken_file_is_a_sentence_or_a_problem(tmp_path_factory, text, data):
    at = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 20))
    path = tmp_path_factory.mktemp("broken") / "file"
    path.write_text(text[:at] + data.draw(st.text(max_size=4)) + text[at + gone :])

    said = _said(path)

    assert said is None or "xpected" in said


def _said(path: Path) -> str | None:
    try:
        impossible_stops(read_any(path))
    except YourInput as refused:
        return str(refused)
    return None


# Real instances


def _best_known(path: Path) -> tuple[list[list[str]], int]:
    """Return routes and cost of a solution file."""
    text = path.read_text()
    routes = [line.split() for line in re.findall(r"Route\s*#\d+:(.*)", text)]
    found = re.search(r"Cost:?\s*([\d.]+)", text, re.IGNORECASE)
    assert found
    return routes, round(float(found[1]) * (10 if "/VRPTW/" in str(path) else 1))


@pytest.mark.data
@pytest.mark.parametrize(
    "instance",
    [
        "CVRP/X-n106-k14", "CVRP/X-n502-k39", "VRPTW/C1_10_3", "VRPTW/R2_10_3", "PCVRPTW/C1_10_1", "PCVRPTW/R1_10_4",
        "TSP/pr1002", "HFVRP/X957-HD", "MDVRPTW/PR11A", "SDVRPTW/PR02", "SDVRPTW/PR24B",
        "VRPB/X-n524-50-k125",
    ],
)  # fmt: skip
def test_a_published_solution_costs_what_was_published(shared_data, instance):
    path = shared_data("vrp_benchmarks") / "pyvrp" / f"{instance}.vrp"
    if not path.exists():
        pytest.skip(f"needs {path}")
    routes, cost = _best_known(path.with_suffix(".sol"))
    listed = path.parent.name in ("HFVRP", "MDVRPTW", "SDVRPTW")
    problem = read_any(path, vehicles=None if listed else max(len(routes), 1))
    sequences = {str(k): [str(int(node) + 1) for node in route] for k, route in enumerate(routes, 1) if route}

    report = check(problem, schedule(problem, sequences, seed=0, problem_sha256=""))

    assert report.violations == ()
    assert report.total == cost


@pytest.mark.data
def test_texts_that_are_published_say_where_they_end(shared_data):
    folders = sorted((shared_data("vrp_benchmarks") / "lkh3").glob("*/INSTANCES/*"))

    for folder in folders:
        assert read_any(min(folder.glob("*.vrp*"), key=lambda path: path.stat().st_size)).stops


def test_the_competition_instances_are_read_with_directed_legs(shared_data):
    path = min((shared_data("euro_neurips_2022") / "instances").glob("*-n2*.txt"))
    problem = read_any(path)
    legs = by_slot(problem.times["car"]).seconds[0]

    assert f"-n{len(problem.stops)}-" in path.name
    assert not np.array_equal(legs, legs.T)
    assert problem.shifts[0].capacities[0] > 0

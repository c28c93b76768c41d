"""VROOM's JSON: what it says is what the problem says, its answer is VROOM's, the rest is refused by name."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from doorstep.adapters.instances.any_format import read_any, read_asked
from doorstep.adapters.instances.asked import Asked
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place, crow_metres
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Break, Halt, Pair, Problem
from doorstep.domain.travel import by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check, impossible_stops
from doorstep.operations.schedule import schedule

EXAMPLES = Path(__file__).parents[2] / "examples"

VROOM: dict[str, Any] = {
    "vehicles": [{"id": 7, "start_index": 0, "end_index": 0, "capacity": [4], "time_window": [1600416000, 1600430400]}],
    "jobs": [
        {"id": 1, "location_index": 1, "service": 300, "delivery": [1], "priority": 5},
        {"id": 2, "location_index": 2, "delivery": [2], "time_windows": [[1600419600, 1600423200]]},
    ],
    "matrices": {"car": {"durations": [[0, 60, 70], [61, 0, 80], [71, 81, 0]]}},
}

TOWN: dict[str, Any] = {
    "vehicles": [
        {
            "id": 1, "start": [4.84, 45.75], "end": [4.84, 45.75], "capacity": [6, 900], "skills": [3],
            "time_window": [28800, 46800],
            "breaks": [{"id": 1, "service": 1800, "time_windows": [[39600, 43200]], "description": "lunch"}],
        },
        {"id": 2, "start": [4.84, 45.75], "capacity": [6, 900], "time_window": [30600, 46800], "profile": "bike"},
    ],
    "jobs": [
        {"id": 1, "location": [4.86, 45.76], "service": 240, "delivery": [2, 300], "pickup": [1, 0]},
        {"id": 2, "location": [4.83, 45.77], "service": 240, "pickup": [3, 100], "skills": [3]},
    ],
    "shipments": [
        {
            "amount": [1, 50], "priority": 4,
            "pickup": {"id": 1, "location": [4.85, 45.74], "service": 120},
            "delivery": {
                "id": 1, "location": [4.81, 45.76], "service": 60, "time_windows": [[36000, 39600], [41400, 45000]],
            },
        }
    ],
}  # fmt: skip


def _asked(folder: Path, content: object) -> Asked:
    path = folder / "unnamed"
    path.write_text(json.dumps(content))
    return read_asked(path)


def _read(folder: Path, content: object) -> Problem:
    return _asked(folder, content).problem


def _refusal(folder: Path, content: object) -> str:
    with pytest.raises(YourInput) as refused:
        _read(folder, content)
    return str(refused.value)


def _answer(asked: Asked, sequences: dict[str, list[Halt]]) -> tuple[Plan, dict[str, Any]]:
    plan = schedule(asked.problem, sequences, seed=1, problem_sha256="")
    assert asked.answer is not None
    return plan, asked.answer(plan)


def _changed(path: list[Any], value: object, source: object = VROOM) -> Any:
    document: Any = json.loads(json.dumps(source))
    spot = document
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = value
    return document


# What a problem says


def test_times_since_1970_become_a_day(tmp_path):
    problem = _read(tmp_path, VROOM)

    assert (problem.day, problem.timezone) == ("2020-09-18", "UTC")
    assert (problem.shifts[0].starts, problem.shifts[0].ends) == (8 * 3600, 12 * 3600)
    assert problem.stops[1].windows == (TimeWindow(Seconds(9 * 3600), Seconds(10 * 3600)),)
    assert problem.stops[0].service == 300


def test_a_vehicle_leaves_when_it_likes(tmp_path):
    asked = _asked(tmp_path, VROOM)
    plan, answer = _answer(asked, {"7": ["2"]})

    assert plan.routes[0].leaves_at == 9 * 3600 - 70
    assert answer["routes"][0]["steps"][0]["arrival"] == 1600419600 - 70


def test_a_cent_a_second_where_nothing_is_said(tmp_path):
    problem = _read(tmp_path, VROOM)
    report = check(problem, schedule(problem, {"7": ["1", "2"]}, seed=1, problem_sha256=""))

    assert report.holds
    assert report.cents == {"time": 60 + 80 + 71 + 300}


def test_priorities_outweigh_numbers_and_numbers_outweigh_cost(tmp_path):
    unserved = _read(tmp_path, VROOM).valuation.unserved

    assert unserved["1"] > 2 * unserved["2"]
    assert unserved["2"] > 60 + 80 + 71 + 300


def test_many_tasks_of_the_highest_priority_are_no_trouble(tmp_path):
    jobs = [{"id": k, "location_index": 1, "priority": 100 if k % 2 else 7} for k in range(3000)]
    unserved = _read(tmp_path, {**VROOM, "jobs": jobs}).valuation.unserved

    assert unserved["1"] > 14 * unserved["0"]
    assert sum(unserved.values()) <= 2 * 10**11


def test_a_vehicle_without_start_begins_where_it_likes(tmp_path):
    problem = _read(tmp_path, {**VROOM, "vehicles": [{"id": 7, "end_index": 0, "capacity": [4]}]})
    plan = schedule(problem, {"7": ["1"]}, seed=1, problem_sha256="")

    assert plan.routes[0].visits[0].arrives_at == plan.routes[0].leaves_at
    assert plan.routes[0].returns_at == plan.routes[0].leaves_at + 300 + 61


def test_a_vehicle_without_end_stops_at_its_last_task(tmp_path):
    asked = _asked(tmp_path, {**VROOM, "vehicles": [{"id": 7, "start_index": 0, "capacity": [4]}]})
    plan, answer = _answer(asked, {"7": ["1"]})

    assert plan.routes[0].returns_at == plan.routes[0].leaves_at + 60 + 300
    assert [step["type"] for step in answer["routes"][0]["steps"]] == ["start", "job"]


def test_a_matrix_of_costs_is_what_counts(tmp_path):
    matrix = {
        **VROOM["matrices"]["car"],
        "costs": [[0, 5, 6], [7, 0, 8], [9, 10, 0]],
        "distances": [[0, 900, 1], [1, 0, 700], [300, 1, 0]],
    }
    asked = _asked(tmp_path, {**VROOM, "matrices": {"car": matrix}})
    plan, answer = _answer(asked, {"7": ["1", "2"]})

    assert check(asked.problem, plan).cents == {"distance": 5 + 8 + 9}
    assert answer["summary"]["cost"] == 5 + 8 + 9
    assert answer["summary"]["distance"] == 900 + 700 + 300


def test_skills_places_and_bounds_are_kept():
    problem = read_any(EXAMPLES / "florist.vroom.json")

    assert problem.shifts[0].offers == {"1"} == problem.stops[2].needs
    assert isinstance(problem.places[0], Place)
    assert problem.shifts[0].max_stops == 6
    assert problem.dimensions == ("amount_1", "amount_2")


def test_bounds_of_travel_and_distance_are_those_of_driving_and_metres(tmp_path):
    more = {"max_travel_time": 500, "max_distance": 9000}
    vehicle = {**VROOM["vehicles"][0], **more}
    matrix = {**VROOM["matrices"]["car"], "distances": [[0, 9, 9], [9, 0, 9], [9, 9, 0]]}
    (shift,) = _read(tmp_path, {**VROOM, "vehicles": [vehicle], "matrices": {"car": matrix}}).shifts

    assert (shift.max_driving, shift.max_metres) == (500, 9000)


def test_shipments_are_pairs_and_pickups_stay_on_board(tmp_path):
    problem = _read(tmp_path, TOWN)

    assert problem.pairs == (Pair("pickup-1", "delivery-1"),)
    assert [stop.stop_id for stop in problem.stops] == ["1", "2", "pickup-1", "delivery-1"]
    assert [stop.amounts for stop in problem.stops] == [(2, 300), (0, 0), (0, 0), (1, 50)]
    assert [stop.picks for stop in problem.stops] == [(1, 0), (3, 100), (), ()]
    assert len(problem.stops[3].windows) == 2
    assert problem.valuation.unserved["pickup-1"] == problem.valuation.unserved["delivery-1"]


def test_a_break_is_a_rule_with_windows(tmp_path):
    (rule,) = _read(tmp_path, TOWN).shifts[0].breaks

    assert (rule.length, rule.windows) == (1800, (TimeWindow(Seconds(39600), Seconds(43200)),))


def test_coordinates_alone_are_straight_lines_and_the_answer_says_so(tmp_path):
    asked = _asked(tmp_path, TOWN)
    legs = by_slot(asked.problem.times["car"])
    _, answer = _answer(asked, {"1": ["1", Break(Seconds(1800))]})

    away = crow_metres(Place(4.86, 45.76), Place(4.83, 45.77))
    assert legs.metres[0, 0, 1] == pytest.approx(1.4 * away, abs=1)
    assert legs.seconds[0, 0, 1] == pytest.approx(legs.metres[0, 0, 1] * 3.6 / 40, abs=1)
    assert by_slot(asked.problem.times["bike"]).seconds[0, 0, 1] > legs.seconds[0, 0, 1]
    assert answer["travel"] == "straight lines x 1.4 at 40 km/h (car); straight lines x 1.4 at 15 km/h (bike)"
    assert answer["travel"] in asked.problem.valuation.valued_by


def test_a_speed_factor_scales_travel_alone(tmp_path):
    vehicles = [VROOM["vehicles"][0], {**VROOM["vehicles"][0], "id": 8, "speed_factor": 2}]
    problem = _read(tmp_path, {**VROOM, "vehicles": vehicles})
    slow, fast = (by_slot(problem.times[shift.profile]).seconds[0].tolist() for shift in problem.shifts)

    assert slow == [[0, 60, 70], [61, 0, 80], [71, 81, 0]]
    assert fast == [[0, 30, 35], [31, 0, 40], [36, 41, 0]]


def test_what_a_task_takes_may_depend_on_the_vehicle(tmp_path):
    vehicles = [{**VROOM["vehicles"][0], "id": k, "type": kind} for k, kind in ((7, "van"), (8, "bike"), (9, "boat"))]
    jobs = [{**VROOM["jobs"][0], "service_per_type": {"bike": 500, "other": 9}}, VROOM["jobs"][1]]
    asked = _asked(tmp_path, {**VROOM, "vehicles": vehicles, "jobs": jobs})

    back = {k: _answer(asked, {k: ["1"]})[0].routes[0] for k in ("7", "8", "9")}
    _, answer = _answer(asked, {"8": ["1"]})

    assert {k: route.returns_at - route.leaves_at for k, route in back.items()} == {"7": 421, "8": 621, "9": 421}
    assert answer["routes"][0]["service"] == 500
    assert answer["routes"][0]["cost"] == 121


def test_a_setup_is_needed_once_by_who_stays(tmp_path):
    jobs = [{"id": k, "location_index": 1, "setup": 60, "service": 10} for k in (1, 2)]
    asked = _asked(tmp_path, {**VROOM, "jobs": jobs})
    plan, answer = _answer(asked, {"7": ["1", "2"]})
    steps = answer["routes"][0]["steps"]

    assert plan.routes[0].returns_at - plan.routes[0].leaves_at == 60 + 60 + 10 + 10 + 61
    assert [step["setup"] for step in steps] == [0, 60, 0, 0]
    assert steps[1]["arrival"] - steps[0]["arrival"] == 60
    assert answer["summary"]["cost"] == 121


def test_a_setup_where_nobody_else_comes_is_service(tmp_path):
    jobs = [{"id": 1, "location_index": 1, "setup": 60, "service": 10, "time_windows": [[0, 9]]}]
    asked = _asked(tmp_path, {**VROOM, "vehicles": [{"id": 7, "end_index": 0}], "jobs": jobs})

    _, answer = _answer(asked, {"7": ["1"]})

    assert asked.problem.stops[0].service == 70
    assert [answer["summary"][key] for key in ("setup", "service", "duration")] == [60, 10, 61]


def test_steps_are_where_a_search_begins(tmp_path):
    steps = [{"type": "start"}, {"type": "job", "id": 1}, {"type": "pickup", "id": 1}, {"type": "delivery", "id": 1},
             {"type": "break", "id": 1}, {"type": "end"}]  # fmt: skip
    asked = _asked(tmp_path, _changed(["vehicles", 0, "steps"], steps, TOWN))

    assert asked.start == {"1": ("1", "pickup-1", "delivery-1", Break(Seconds(1800)))}


def test_older_keys_are_read(tmp_path):
    older = {
        "vehicles": [{"id": 0, "start_index": 0, "end_index": 2, "capacity": [3]}],
        "jobs": [{"id": 14, "location_index": 1, "amount": [2]}],
        "matrix": [[0, 21, 19], [20, 0, 22], [19, 23, 0]],
    }
    problem = _read(tmp_path, older)

    assert problem.stops[0].amounts == (2,)
    assert check(problem, schedule(problem, {"0": ["14"]}, seed=1, problem_sha256="")).cents == {"time": 21 + 22}


def test_windows_that_never_close_are_no_trouble(tmp_path):
    problem = _read(tmp_path, _changed(["jobs", 1, "time_windows"], [[1600419600, 4294967295]]))

    assert problem.shifts[0].ends == 12 * 3600
    assert problem.stops[1].windows[0].closes < 2**28


# The answer


def test_an_answer_has_vrooms_steps_loads_and_sums(tmp_path):
    asked = _asked(tmp_path, TOWN)
    plan, answer = _answer(asked, {"1": ["1", "pickup-1", "delivery-1", Break(Seconds(1800)), "2"]})
    (route,) = answer["routes"]
    steps = route["steps"]

    assert check(asked.problem, plan).holds
    assert [(s["type"], s.get("id")) for s in steps] == [
        ("start", None), ("job", 1), ("pickup", 1), ("delivery", 1), ("break", 1), ("job", 2), ("end", None),
    ]  # fmt: skip
    assert [s["load"] for s in steps] == [[2, 300], [1, 0], [2, 50], [1, 0], [1, 0], [4, 100], [4, 100]]
    assert (route["delivery"], route["pickup"]) == ([3, 350], [5, 150])
    assert (route["service"], route["priority"]) == (240 + 240 + 120 + 60 + 1800, 8)
    assert steps[4]["description"] == "lunch"
    assert 39600 <= steps[4]["arrival"] + steps[4]["waiting_time"] <= 43200
    assert route["duration"] == steps[-1]["duration"] == route["cost"]
    assert answer["summary"]["unassigned"] == 0
    assert steps[-1]["arrival"] - steps[0]["arrival"] == route["duration"] + route["service"] + route["waiting_time"]


def test_an_answer_is_taken_back_as_the_plan_to_begin_from(tmp_path):
    halts: list[Halt] = ["1", "pickup-1", "delivery-1", Break(Seconds(1800)), "2"]
    _, answer = _answer(_asked(tmp_path, TOWN), {"1": halts})
    again = _asked(tmp_path, _changed(["vehicles", 0, "steps"], answer["routes"][0]["steps"], TOWN))

    assert again.start == {"1": tuple(halts)}
    assert _answer(again, {"1": list(again.start["1"])})[1] == answer


def test_who_is_left_out_is_named_with_kind_place_and_reason(tmp_path):
    _, answer = _answer(_asked(tmp_path, TOWN), {"1": ["1", Break(Seconds(1800))]})

    assert [(row["type"], row["id"], row["location"]) for row in answer["unassigned"]] == [
        ("job", 2, [4.83, 45.77]), ("pickup", 1, [4.85, 45.74]), ("delivery", 1, [4.81, 45.76]),
    ]  # fmt: skip
    assert all(row["reason"] for row in answer["unassigned"])


def test_an_answer_is_the_same_bytes_every_time(tmp_path):
    asked = _asked(tmp_path, TOWN)
    texts = {json.dumps(_answer(asked, {"1": ["1", Break(Seconds(1800)), "2"]})[1]) for _ in range(3)}

    assert len(texts) == 1


def test_a_plan_of_another_problem_has_no_answer_here(tmp_path):
    plan, _ = _answer(_asked(tmp_path, TOWN), {"1": ["2"]})
    other = _asked(tmp_path, VROOM)

    assert other.answer is not None
    with pytest.raises(YourInput, match="Expected a plan of this VROOM problem"):
        other.answer(plan)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Small documents whose costs are whole: two vehicles that differ, doors that differ, shared places."""
    n = 4
    matrix = st.lists(st.lists(st.integers(1, 900), min_size=n, max_size=n), min_size=n, max_size=n)
    hours = draw(st.lists(st.sampled_from([0, 3600, 7200]), min_size=4, max_size=4))
    vehicles = [
        {
            "id": k, "type": "ab"[k], "capacity": [99], "start_index": 0,
            **({"end_index": k} if draw(st.booleans()) else {}),
            "costs": {"fixed": 10 * k, "per_hour": hours[k], "per_km": 1000, "per_task_hour": hours[2 + k]},
        }
        for k in (0, 1)
    ]  # fmt: skip
    jobs = [
        {
            "id": k, "location_index": k % 3 + 1, "service": draw(st.integers(0, 60)),
            "service_per_type": {"b": draw(st.integers(0, 60))},
        }
        for k in range(4)
    ]  # fmt: skip
    return {
        "vehicles": vehicles,
        "jobs": jobs,
        "matrices": {"car": {"durations": draw(matrix), "distances": draw(matrix)}},
    }


@given(documents(), st.permutations("0123"), st.permutations("0123"), st.integers(0, 4), st.integers(0, 4))
def test_plans_that_serve_the_same_differ_in_cents_as_they_do_for_vroom(tmp_path_factory, document, one, other, a, b):
    asked = _asked(tmp_path_factory.mktemp("vroom"), document)
    plans = [_answer(asked, {"0": [*p[:k]], "1": [*p[k:]]}) for p, k in ((one, a), (other, b))]

    beyond = [plan.cents["total"] - answer["summary"]["cost"] for plan, answer in plans]

    assert all(check(asked.problem, plan).holds for plan, _ in plans)
    assert beyond[0] == beyond[1]


# What is refused


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (
            ["matrices"],
            None,
            "expected matrices with durations for profile 'car', found none, and unnamed: jobs[0] has no",
        ),
        (["shipments"], [{"id": 1}], "shipments[0]: expected only pickup, delivery, amount"),
        (["shipments"], [{"pickup": {"id": 1, "location_index": 1}}], "shipments[0]: expected 'delivery', found none"),
        (["shipments"], [], None),
        (["vehicles", 0, "breaks"], [{"service": 1}], "vehicles[0].breaks[0]: expected 'id', found none"),
        (["vehicles", 0, "breaks"], [{"id": 1, "service": -5}], "breaks[0].service: expected a whole number"),
        (["vehicles", 0, "breaks"], [{"id": 1, "max_load": [1]}], "max_load: expected no max_load below the vehicle's"),
        (["vehicles", 0, "breaks"], [{"id": 1, "max_load": [4]}], None),
        (["vehicles", 0, "breaks"], [{"id": 1}, {"id": 1}], "breaks[1].id: expected each id once, got 1"),
        (["vehicles", 0, "breaks"], [{"id": 1}, {"id": 2}], "breaks[1]: expected breaks of a vehicle in windows apart"),
        (["vehicles", 0, "breaks"], [], None),
        (["vehicles", 0, "max_travel_time"], -60, "vehicles[0].max_travel_time: expected a whole number"),
        (["vehicles", 0, "max_travel_time"], 60, None),
        (["vehicles", 0, "max_distance"], 60, "max_distance: expected distances and no costs in the matrices of 'car'"),
        (["vehicles", 0, "max_speed"], 60, "vehicles[0]: expected only id"),
        (["vehicles", 0, "costs"], {"per_task_hour": 1}, None),
        (["vehicles", 0, "costs"], {"per_minute": 1}, "vehicles[0].costs: expected only fixed, per_hour, per_km"),
        (["matrices", "car", "costs"], [[0, 1, 1], [1, 0, 1], [1, 1, 0]], None),
        (
            ["vehicles", 0, "costs"],
            {"per_km": 1},
            "vehicles[0].costs.per_km: expected distances in the matrices of 'car'",
        ),
        (["vehicles", 0, "speed_factor"], 0, "speed_factor: expected a speed_factor from 0.01 to 5, got 0"),
        (["vehicles", 0, "speed_factor"], "fast", "speed_factor: expected a number from 0 to 5"),
        (["vehicles", 0, "speed_factor"], float("nan"), "speed_factor: expected a number from 0 to 5"),
        (["vehicles", 0, "start_index"], 3, "vehicles[0].start_index: expected a row of the matrices, from 0 to 2"),
        (["vehicles", 0, "start"], [0, 0], None),
        (["vehicles", 0, "profile"], "bike", "matrices: expected 'bike', found none"),
        (["vehicles", 0, "time_window"], [5, 4], "vehicles[0].time_window: expected [start, end] with start <= end"),
        (["vehicles", 0, "capacity"], [-4], "vehicles[0].capacity[0]: expected a whole number"),
        (["vehicles", 0, "steps"], [{"type": "job", "id": 9}], "steps[0].id: expected the id of a job of this problem"),
        (["vehicles", 0, "steps"], [{"type": "nap", "id": 1}], "steps[0].type: expected one of start, job, pickup"),
        (["vehicles", 0, "steps"], [{"type": "job", "id": 1}] * 2, "steps[1].id: expected every job in one step"),
        (["vehicles"], [], "vehicles: expected at least one vehicle"),
        (["jobs", 0, "pickup"], [1], None),
        (["jobs", 0, "pickup"], 1, "jobs[0].pickup: expected a list, got 1"),
        (["jobs", 0, "delivery"], [1, 2], "jobs[0].delivery: expected 1 amounts"),
        (["jobs", 0, "delivery"], [10**12], "jobs[0].delivery[0]: expected a whole number from 0 to 1,000,000,000"),
        (["jobs", 0, "setup"], 60, None),
        (["jobs", 0, "service"], -60, "jobs[0].service: expected a whole number"),
        (["jobs", 1, "id"], 1, "jobs[1].id: expected each id once, got 1"),
        (["jobs", 1, "id"], "one", "jobs[1].id: expected a whole number"),
        (["vehicles"], [{"id": 3, "capacity": [9]}] * 2, "vehicles[1].id: expected each id once, got 3"),
        (["jobs", 1, "priority"], 101, "jobs[1].priority: expected a whole number from 0 to 100"),
        (["jobs", 1, "time_windows"], [[5, 4]], "time_windows[0]: expected [start, end] with start <= end"),
        (["jobs", 1, "time_windows"], [[5, 9], [7, 12]], "time_windows[1]: expected windows in order and apart"),
        (["jobs", 1, "time_windows"], [[0, 4]], "expected time windows of one period"),
        (["jobs", 1, "location_index"], None, "jobs[1]: expected 'location_index', found none"),
        (["jobs", 1, "location"], [200, 0], "jobs[1].location[0]: expected a number from -180 to 180"),
        (["jobs", 1, "service_per_type"], {"a": "x"}, "jobs[1].service_per_type.a: expected a whole number"),
        (["jobs"], [{"id": 1}] * 100_001, "jobs: expected at most 100,000 items, got 100,001"),
        (["matrices", "car", "durations"], None, "matrices.car: expected 'durations', found none"),
        (["matrices", "car", "durations", 1, 2], None, "got null. OSRM writes null where no way leads"),
        (["matrices", "car", "durations", 1, 2], -1, "durations[1][2]: expected a whole number from 0"),
        (["matrices", "car", "durations", 1, 2], float("nan"), "durations[1][2]: expected a whole number from 0"),
        (["matrices", "car", "durations", 1, 2], 4_294_967_295, "durations[1][2]: expected a whole number from 0"),
        (["matrices", "car", "durations", 2], [1], "durations[2]: expected a list of 3 items, got 1 items"),
    ],
)
def test_what_cannot_be_right_or_planned_is_refused(tmp_path, path, value, says):
    document = _changed(path, value)

    if says is None:
        assert len(_read(tmp_path, document).stops) == 2
    else:
        assert says in _refusal(tmp_path, document)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["jobs", 0, "location"], None, "jobs[0] has no coordinates"),
        (["jobs", 0, "location"], [4.8], "jobs[0].location: expected [longitude, latitude], got [4.8]"),
        (["jobs", 0, "location"], [45.75, float("inf")], "jobs[0].location[1]: expected a number"),
        (["vehicles", 1, "profile"], "rocket", "profile: expected a profile by car, bike or foot"),
        (["vehicles", 1, "profile"], "driving-hgv", None),
        (["shipments", 0, "pickup", "id"], -1, "shipments[0].pickup.id: expected a whole number"),
        (["shipments", 0, "amount"], [1], "shipments[0].amount: expected 2 amounts"),
        (["jobs", 1, "setup_per_type"], {"x": 5}, None),
        (["vehicles", 0, "max_travel_time"], 9000, None),
    ],
)
def test_what_coordinates_cannot_say_is_refused(tmp_path, path, value, says):
    document = _changed(path, value, TOWN)

    if says is None:
        assert len(_read(tmp_path, document).stops) == 4
    else:
        assert says in _refusal(tmp_path, document)


@pytest.mark.parametrize(
    ("vehicle", "job", "says"),
    [
        ({}, {"setup": 9, "location_index": 0, "time_windows": [[0, 9]]}, "expected no setup beside time_windows"),
        ({"max_travel_time": 900}, {"setup": 9, "location_index": 0}, "vehicles[0] has a max_travel_time"),
        ({"breaks": [{"id": 1}]}, {"service_per_type": {"b": 5}}, "vehicles[0] has breaks"),
    ],
)
def test_seconds_that_legs_would_hide_are_refused(tmp_path, vehicle, job, says):
    vehicles = [{"id": k, "start_index": 0, "type": "ab"[k], **vehicle} for k in (0, 1)]
    jobs = [{"id": 1, "location_index": 1, **job}]

    assert says in _refusal(tmp_path, {"vehicles": vehicles, "jobs": jobs, "matrices": VROOM["matrices"]})


@given(st.data())
def test_a_document_with_one_thing_changed_is_a_sentence_or_a_problem(tmp_path_factory, data):
    document: Any = json.loads(json.dumps(data.draw(st.sampled_from([VROOM, TOWN]))))
    spots: list[tuple[Any, Any]] = []
    todo: list[Any] = [document]
    while todo:
        at = todo.pop()
        for key in list(at) if isinstance(at, dict) else range(len(at)):
            spots.append((at, key))
            if isinstance(at[key], dict | list):
                todo.append(at[key])
    spot, key = data.draw(st.sampled_from(spots))
    odd: st.SearchStrategy[Any] = st.sampled_from(
        [None, "", "x", -1, 0, 1.5, 10**30, float("nan"), [], {}, [[]], True, [None], {"id": 1}]
    )
    spot[key] = data.draw(odd)
    path = tmp_path_factory.mktemp("odd") / "file"
    path.write_text(json.dumps(document))

    said = _said(path)

    assert said is None or "xpected" in said


def _said(path: Path) -> str | None:
    try:
        impossible_stops(read_any(path))
    except YourInput as refused:
        return str(refused)
    return None


@given(st.integers(2, 5), st.integers(0, 3))
def test_straight_legs_never_beat_the_straight_line(tmp_path_factory, n, seed):
    assume(seed < n)
    jobs = [{"id": k, "location": [4.8 + 0.01 * k * (seed + 1), 45.7 + 0.003 * k * k]} for k in range(n)]
    vehicles = [{"id": 1, "start": [4.8, 45.7]}]
    problem = _read(tmp_path_factory.mktemp("straight"), {"vehicles": vehicles, "jobs": jobs})
    legs = by_slot(problem.times["car"])

    assert (legs.metres[0] == legs.metres[0].T).all()
    assert all(
        legs.metres[0, i, j] <= legs.metres[0, i, k] + legs.metres[0, k, j] + 2
        for i in range(n) for j in range(n) for k in range(n)
    )  # fmt: skip

"""Problems and plans as files: what is written is read again, and what can't be right is refused by name."""

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.problems import Recipe, random_problem
from tests.strategies import problems, rich_assignments

from doorstep.adapters import travel_files
from doorstep.adapters.plan_files import plan_document, plan_of, plan_text, read_plan, write_plan
from doorstep.adapters.problem_files import problem_sha256, read_problem, write_problem
from doorstep.adapters.strict_json import Spot, parsed
from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Relaxation
from doorstep.domain.problem import Problem
from doorstep.domain.sequences import sequences_of
from doorstep.domain.travel import by_slot
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import Rates
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule


def _same(a: Problem, b: Problem) -> bool:
    for profile in a.times:
        assert by_slot(a.times[profile]).edges == by_slot(b.times[profile]).edges
        assert np.array_equal(by_slot(a.times[profile]).seconds, by_slot(b.times[profile]).seconds)
        assert np.array_equal(a.times[profile].metres, b.times[profile].metres)
    rates = {s.shift_id: a.valuation.rates.get(s.shift_id, Rates()) for s in a.shifts}
    whole = replace(a, times=b.times, valuation=replace(a.valuation, rates=rates))
    return all(getattr(whole, name) == getattr(b, name) for name in a.__dataclass_fields__)


@given(problems(), st.booleans())
def test_a_problem_is_read_as_it_was_written(tmp_path_factory, problem, inline):
    path = tmp_path_factory.mktemp("problem") / "problem.json"

    write_problem(problem, path, inline=inline)
    again = read_problem(path)

    assert _same(problem, again)
    assert path.with_suffix(".npz").exists() != inline
    assert problem_sha256(again) == problem_sha256(problem)


@given(rich_assignments())
def test_whatever_a_problem_asks_is_read_as_it_was_written(tmp_path_factory, case):
    problem, _, _ = case
    path = tmp_path_factory.mktemp("problem") / "problem.json"

    write_problem(problem, path)
    again = read_problem(path)

    assert _same(problem, again)
    assert problem_sha256(problem) == problem_sha256(again)


@given(rich_assignments())
def test_a_plan_we_returned_is_accepted_back(tmp_path_factory, case):
    problem, sequences, departures = case
    plan = schedule(problem, sequences, departures=departures, seed=3, problem_sha256=problem_sha256(problem))
    path = tmp_path_factory.mktemp("plan") / "plan.json"

    write_plan(plan, path)
    again, told = sequences_of(read_plan(path), problem)

    assert read_plan(path) == plan
    assert schedule(problem, again, departures=told, seed=3, problem_sha256=plan.problem_sha256) == plan
    assert check(problem, read_plan(path)) == check(problem, plan)


def test_what_would_serve_an_order_is_read_as_it_was_written(tmp_path):
    problem = random_problem(np.random.default_rng(1), 3)
    plan = schedule(problem, {}, seed=1, problem_sha256="")
    change = Relaxation("capacity", "v1", 3, "kg", Cents(-120), confirmed=True)
    plan = replace(plan, unserved=(replace(plan.unserved[0], would_be_served_if=(change,)), *plan.unserved[1:]))

    write_plan(plan, tmp_path / "plan.json")

    assert read_plan(tmp_path / "plan.json") == plan


def test_a_plain_problem_is_written_as_it_ever_was(tmp_path, document):
    assert set(document) == {
        "schema_version", "company", "depot_id", "day", "timezone", "currency", "objective", "valued_by",
        "dimensions", "places", "stops", "shifts", "matrices",
    }  # fmt: skip
    assert set(document["stops"][0]) == {
        "stop_id", "order_ids", "location", "windows", "service", "amounts", "needs", "strain", "curve", "unserved",
    }  # fmt: skip
    assert set(document["shifts"][0]) == {
        "shift_id", "vehicle_id", "driver_id", "starts", "ends", "start", "end", "capacities", "offers", "max_stops",
        "profile", "rates",
    }  # fmt: skip
    assert len(document["shifts"][0]["rates"]) == 9


def test_the_fingerprint_tells_problems_apart():
    problem = random_problem(np.random.default_rng(1), 5)
    stops = (replace(problem.stops[0], service=Seconds(problem.stops[0].service + 1)), *problem.stops[1:])
    car = by_slot(problem.times["car"])
    legs = car.seconds.copy()
    legs[0, 0, 1] += 1

    others = [
        replace(problem, stops=stops),
        replace(problem, times={**problem.times, "car": replace(car, seconds=legs)}),
    ]

    assert problem_sha256(problem) not in {problem_sha256(other) for other in others}


def test_a_plan_file_has_the_names_of_the_contract():
    problem = random_problem(np.random.default_rng(1), 12, Recipe(optional=1.0))
    sequences = {problem.shifts[0].shift_id: [s.stop_id for s in problem.stops[:3]]}
    document = json.loads(plan_text(schedule(problem, sequences, seed=1, problem_sha256="")))
    route = document["routes"][0]

    assert {
        "schema_version", "plan_id", "company", "depot_id", "day", "timezone", "currency", "objective", "seed",
        "problem_sha256", "valued_by", "cents", "routes", "unserved",
    } == set(document)  # fmt: skip
    assert {
        "shift_id", "vehicle_id", "driver_id", "leaves_at", "returns_at", "metres", "seconds", "cents", "visits",
    } == set(route)  # fmt: skip
    assert {
        "kind", "order_ids", "lon", "lat", "arrives_at", "starts_at", "leaves_at", "p05", "p50", "p95", "success",
        "load_after", "status", "cents",
    } <= set(route["visits"][0])  # fmt: skip
    assert {"order_id", "reason", "cents", "would_be_served_if"} <= set(document["unserved"][0])


@pytest.fixture
def document(tmp_path):
    problem = random_problem(np.random.default_rng(2), 4, Recipe(slots=2, dimensions=1, shifts=2, profiles=1))
    problem = replace(problem, stops=(replace(problem.stops[0], windows=()), *problem.stops[1:]))
    write_problem(problem, tmp_path / "whole.json", inline=True)
    return json.loads((tmp_path / "whole.json").read_text())


BATTERY = {"capacity_wh": 5, "starts_with_wh": 5, "wh_per_km": 200, "charge_w": 7400}
RULE = {"name": "r", "counted": "driving", "after": 16_200, "length": 2_700}
PAST = {"arrives_at": 1, "starts_at": 2, "leaves_at": 3, "metres": 4}


def _refusal(folder, document) -> str:
    (folder / "problem.json").write_text(json.dumps(document))
    with pytest.raises(YourInput) as refused:
        read_problem(folder / "problem.json")
    return str(refused.value)


def _set(document: Any, path: Any, value: object) -> None:
    *way, last = path
    for step in way:
        document = document[step]
    document[last] = value


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["schema_version"], 2, "problem.json: schema_version: expected 1, got 2"),
        (["schema_version"], True, "problem.json: schema_version: expected 1, got true; this doorstep reads"),
        (["company"], "", "problem.json: company: expected a text, got \"\""),
        (["day"], "2026-02-30", "day: expected a date such as 2026-03-02, got \"2026-02-30\""),
        (["timezone"], "Europe/Nowhere", "timezone: expected a time zone such as Europe/Lisbon"),
        (["currency"], "euro", "currency: expected a currency of three capital letters"),
        (["breaks"], [], "expected only schema_version, company"),
        (["places", 0], {"lon": 41.1, "lat": -91}, "places[0].lat: expected a number from -90 to 90, got -91"),
        (["places", 0], {"lon": float("nan"), "lat": 1}, "places[0].lon: expected a number from -180 to 180, got NaN"),
        (["stops", 1, "location"], 99, "stops[1].location: expected the row of one of the 6 places"),
        (["stops", 1, "location"], None, "stops[1]: expected 'location', found none"),
        (["stops", 1, "service"], -5, "stops[1].service: expected a whole number from 0 to 1,000,000,000, got -5"),
        (["stops", 1, "service"], 1.5, "stops[1].service: expected a whole number"),
        (["stops", 1, "service"], True, "got true"),
        (["stops", 1, "windows"], [[500, 400]], "stops[1].windows[0]: expected [opens, closes] with opens <= closes"),
        (["stops", 1, "windows"], [[1, 9], [9, 12]], "stops[1].windows[1]: expected windows in order and apart"),
        (["stops", 1, "amounts"], [1, 2], "stops[1].amounts: expected 1 numbers, one per dimension, got [1, 2]"),
        (["stops", 1, "order_ids"], [], "stops[1].order_ids: expected at least one order"),
        (["stops", 1, "giver"], "h0", "stops[1].order_ids: expected no order where goods are handed over"),
        (["stops", 1, "stop_id"], "s0", "stops[1]: expected each stop_id once, got 's0' as in problem.json: stops[0]"),
        (["stops", 1, "breaks"], 3, "stops[1]: expected only stop_id"),
        (["stops", 1, "curve"], {"at": [2, 1], "cents": {}}, "stops[1].curve: Expected price knots at rising seconds"),
        (["stops", 1, "curve"], {"at": [1], "cents": {"luck": [1]}}, "stops[1].curve: Expected a price part among"),
        (["stops", 1, "curve"], {"at": [1], "cents": {"failure": []}}, "Expected 1 cents for part 'failure', got 0"),
        (["stops", 1, "unserved"], 10**13, "stops[1].unserved: expected a whole number"),
        (["stops"], {}, "stops: expected a list"),
        (["shifts", 0, "ends"], 0, "shifts[0].ends: expected an end at or after the start"),
        (["shifts", 0, "profile"], "boat", "matrices: expected matrices for profile 'boat'"),
        (["shifts", 0, "rates", "cents_per_km"], -1, "shifts[0].rates.cents_per_km: expected a whole number from 0"),
        (["shifts", 0, "rates", "bribes"], 1, "shifts[0].rates: expected only cents_per_hour"),
        (["shifts", 1, "shift_id"], "h0", "shifts[1]: expected each shift_id once"),
        (["matrices", "car", "edges"], [0, 0], "matrices.car.edges: expected slot edges that start at 0 and rise"),
        (["matrices", "car", "edges"], [0], "matrices.car.seconds: expected a list of 1 items, got 2 items"),
        (["matrices", "car", "seconds", 1, 2, 3], float("nan"), "car.seconds[1][2][3]: expected a whole number"),
        (["matrices", "car", "seconds", 1, 2, 3], None, "car.seconds[1][2][3]: expected a whole number"),
        (["matrices", "car", "seconds", 1, 2, 3], -7, "car.seconds[1][2][3]: expected a whole number"),
        (["matrices", "car", "metres", 0, 2, 3], 10**30, "car.metres[0][2][3]: expected a whole number"),
        (["matrices", "car", "seconds", 0, 2, 3], 1 << 28, "from 0 to 268,435,455 for the leg"),
        (["matrices", "car", "metres", 0, 2], [1], "car.metres[0][2]: expected a list of 6 items, got 1 items"),
        (["matrices", "car", "seconds", 0, 2, 2], False, "car.seconds[0][2][2]: expected a whole number"),
        (["matrices", "car", "metres", 0, 2, 3], -1, "for the leg from"),
        (["matrices", "car", "metres", 0, 2, 2], 5, "car.metres[0][2][2]: expected 0 from a place to itself, got 5"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_by_name(tmp_path, document, path, value, says):
    _set(document, path, value)

    assert says in _refusal(tmp_path, document)


@pytest.mark.parametrize("row", [0, 2])
@pytest.mark.parametrize("value", [None, 1 << 28, 10**30, -7, float("nan"), 1.5, "60", True, False])
def test_a_leg_that_nobody_can_take_names_both_of_its_ends(tmp_path, document, row, value):
    stop = document["stops"][0]
    _set(document, ["matrices", "car", "seconds", 0, row, stop["location"]], value)
    says = _refusal(tmp_path, document)
    starts = f"the depot where shift {document['shifts'][0]['shift_id']!r} starts"

    assert f"seconds[0][{row}][{stop['location']}]: expected a whole number from 0 to 268,435,455" in says
    assert row != document["shifts"][0]["start"] or f"from {starts} to stop" in says
    assert ("OSRM's word for no way at all" in says) == (value is None)
    assert "leave one of the two out" in says


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["now"], -1, "now: expected a whole number from 0"),
        (
            ["pairs"],
            [{"pickup": "s0", "delivery": "zz"}],
            "pairs[0].delivery: expected a stop of this problem, got 'zz'",
        ),
        (
            ["pairs"],
            [{"pickup": "s0", "delivery": "s0"}],
            "pairs[0]: expected a pick-up and a delivery at two stops, got 's0' twice",
        ),
        (
            ["pairs"],
            [{"pickup": "s0", "delivery": "s1"}, {"pickup": "s2", "delivery": "s0"}],
            "pairs[1].delivery: expected each stop in one pair once, got 's0' as in problem.json: pairs[0].pickup",
        ),
        (["pairs"], [{"pickup": "s0"}], "pairs[0]: expected 'delivery', found none"),
        (
            ["vetoes"],
            [{"who": "nobody", "stop_id": "s0"}],
            "vetoes[0].who: expected a shift or a driver of this problem, got 'nobody'",
        ),
        (["vetoes"], [{"who": "h0", "stop_id": "s9"}], "vetoes[0].stop_id: expected a stop of this problem, got 's9'"),
        (
            ["chargers"],
            [{"charger_id": "c", "location": 9, "watts": 1, "cents_per_kwh": 1}],
            "chargers[0].location: expected the row",
        ),
        (
            ["chargers"],
            [{"charger_id": "c", "location": 0, "watts": 0, "cents_per_kwh": 1}],
            "chargers[0].watts: expected a whole number from 1",
        ),
        (
            ["chargers"],
            [{"charger_id": "c", "location": 0, "watts": 1, "cents_per_kwh": 1}] * 2,
            "chargers[1]: expected each charger_id once, got 'c'",
        ),
        (["pairings"], {"luck": {}}, "pairings: expected only tariff, familiarity, territory, instability, got 'luck'"),
        (["pairings"], {"tariff": {"zz": {}}}, "pairings.tariff: expected a shift of this problem, got 'zz'"),
        (["pairings"], {"tariff": {"h0": {"zz": 1}}}, "pairings.tariff.h0: expected a stop of this problem, got 'zz'"),
        (["pairings"], {"tariff": {"h0": {"s0": 1.5}}}, "pairings.tariff.h0.s0: expected a whole number"),
        (["stops", 1, "picks"], [1, 2], "stops[1].picks: expected 1 numbers, one per dimension"),
        (["stops", 1, "release"], -1, "stops[1].release: expected a whole number from 0"),
        (["stops", 1, "only"], "h0", "stops[1].only: expected a list"),
        (["shifts", 0, "free_departure"], 1, "shifts[0].free_departure: expected true or false, got 1"),
        (["shifts", 0, "max_trips"], 0, "shifts[0].max_trips: expected a whole number from 1"),
        (["shifts", 0, "max_seconds"], -1, "shifts[0].max_seconds: expected a whole number from 0"),
        (["shifts", 0, "reloads"], [0, 99], "shifts[0].reloads[1]: expected the row of one of the 6 places"),
        (
            ["shifts", 0, "battery"],
            {**BATTERY, "starts_with_wh": 6},
            "starts_with_wh: expected at most the 5 Wh that the battery can store, got 6",
        ),
        (["shifts", 0, "battery"], {**BATTERY, "reserve_wh": 6}, "reserve_wh: expected at most the 5 Wh"),
        (["shifts", 0, "battery"], {**BATTERY, "volts": 6}, "shifts[0].battery: expected only capacity_wh"),
        (
            ["shifts", 0, "breaks"],
            [{**RULE, "counted": "naps"}],
            'breaks[0].counted: expected one of driving, working, elapsed, got "naps"',
        ),
        (
            ["shifts", 0, "breaks"],
            [{**RULE, "length": 0}],
            "shifts[0].breaks[0].length: expected a whole number from 1",
        ),
        (
            ["shifts", 0, "breaks"],
            [{**RULE, "split": [900, 0]}],
            "shifts[0].breaks[0].split[1]: expected a whole number from 1",
        ),
        (
            ["shifts", 0, "breaks"],
            [{**RULE, "split": [900] * 6}],
            "shifts[0].breaks[0].split: expected at most 5 items, got 6; take fewer and longer parts",
        ),
        (
            ["shifts", 0, "breaks"],
            [{**RULE, "split": [900, 1800], "so_far": 60, "parts_so_far": 2}],
            "shifts[0].breaks[0].parts_so_far: expected fewer parts than the split's 2",
        ),
        (
            ["shifts", 0, "breaks"],
            [{**RULE, "split": [900, 1800], "parts_so_far": 1}],
            "parts_so_far: expected fewer parts than the split's 2, no windows, and 'so_far' above 0 beside them",
        ),
        (["shifts", 0, "breaks"], [{**RULE, "tea": True}], "shifts[0].breaks[0]: expected only name"),
        (["shifts", 0, "frozen"], ["zz"], "shifts[0].frozen: expected a stop of this problem, got 'zz'"),
        (["shifts", 0, "frozen"], ["s0", "s0"], "shifts[0].frozen: expected each driven or frozen stop once, got 's0'"),
        (
            ["shifts", 0, "driven"],
            [{**PAST, "stop_id": "s0"}],
            "shifts[0].driven: expected 'loaded_at' beside it, found none",
        ),
        (
            ["shifts", 0],
            {"loaded_at": 0, "driven": [PAST]},
            "driven[0]: expected one of stop_id, reload, charge, break, got none",
        ),
        (
            ["shifts", 0],
            {"loaded_at": 0, "driven": [{**PAST, "break": True, "reload": 1}]},
            "driven[0]: expected one of stop_id, reload, charge, break, got reload and break",
        ),
        (
            ["shifts", 0],
            {"loaded_at": 0, "driven": [{**PAST, "charge": "c"}]},
            "shifts[0].driven: expected a charger of this problem, got 'c'",
        ),
        (
            ["shifts", 0],
            {"loaded_at": 0, "driven": [{**PAST, "stop_id": "zz"}]},
            "shifts[0].driven: expected a stop of this problem, got 'zz'",
        ),
        (
            ["shifts", 0],
            {"loaded_at": 0, "driven": [{**PAST, "stop_id": "s0"}], "frozen": ["s0"]},
            "expected each driven or frozen stop once",
        ),
        (
            ["shifts", 0],
            {"loaded_at": 0, "driven": [{**PAST, "stop_id": "s0", "starts_at": 4}]},
            "driven[0]: expected arrives_at <= starts_at <= leaves_at, got 1, 4 and 3",
        ),
    ],
)
def test_wishes_that_cannot_be_right_are_refused_by_name(tmp_path, document, path, value, says):
    _set(document, path, {**document["shifts"][0], **value} if path == ["shifts", 0] else value)

    assert says in _refusal(tmp_path, document)


def test_a_million_stops_are_refused_with_the_limit(tmp_path, document):
    document["stops"] = [0] * 1_000_000

    refused = _refusal(tmp_path, document)

    assert "stops: expected at most 100,000 items, got 1,000,000; split it by depot and plan the depots with" in refused


def test_matrices_too_large_to_hold_are_refused_before_they_are_read(tmp_path, document):
    document["places"] = [None] * 15_000
    document["matrices"]["car"]["edges"] = [0, 60]

    assert "expected at most 400,000,000 legs, got 450,000,000" in _refusal(tmp_path, document)


@pytest.fixture
def beside(tmp_path):
    problem = random_problem(np.random.default_rng(2), 4, Recipe(slots=2, dimensions=1, shifts=2, profiles=1))
    write_problem(problem, tmp_path / "whole.json", inline=False)
    return json.loads((tmp_path / "whole.json").read_text())


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("sha256", "0" * 64, "matrices.car.sha256: expected whole.npz to have"),
        ("sha256", None, "matrices.car: expected 'sha256', found none"),
        ("npz", "../whole.npz", "npz: expected the bare name of a file beside the problem"),
        ("npz", "gone.npz", "npz: expected a file in"),
        ("npz", "..", "npz: expected a file in"),
        ("npz", "a\0b", "npz: expected a file in"),
        ("seconds", "hours", "car.seconds: expected array 'hours' in the .npz"),
        ("edges", [0], "car.seconds: expected whole numbers of shape (1, 6, 6), got int32 of (2, 6, 6)"),
    ],
)
def test_an_archive_that_does_not_fit_is_refused(tmp_path, beside, key, value, says):
    beside["matrices"]["car"][key] = value

    assert says in _refusal(tmp_path, beside)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x93NUMPY"])
def test_an_archive_that_is_none_is_refused(tmp_path, beside, content):
    (tmp_path / "whole.npz").write_bytes(content)
    beside["matrices"]["car"]["sha256"] = hashlib.sha256(content).hexdigest()

    assert "car.seconds: expected array 'seconds_0' in the .npz" in _refusal(tmp_path, beside)


def test_an_array_is_never_taken_from_a_member_that_nobody_measured(tmp_path, beside):
    """A member called as the array, without `.npy`, comes first where numpy opens the archive; it may be a bomb."""
    with zipfile.ZipFile(tmp_path / "whole.npz") as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "whole.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("seconds_0", bytes(1 << 20))
        for name, content in kept.items():
            archive.writestr(name, content)
    beside["matrices"]["car"]["sha256"] = hashlib.sha256((tmp_path / "whole.npz").read_bytes()).hexdigest()
    (tmp_path / "problem.json").write_text(json.dumps(beside))

    assert by_slot(read_problem(tmp_path / "problem.json").times["car"]).seconds.any()


@pytest.mark.parametrize(("name", "value"), [("seconds_0", -7), ("seconds_0", 1 << 28), ("metres_0", -7)])
def test_a_leg_of_an_archive_that_nobody_can_take_names_both_of_its_ends(tmp_path, beside, name, value):
    path = tmp_path / "whole.npz"
    arrays = dict(np.load(path))
    rows = [beside["stops"][0]["location"], beside["shifts"][0]["start"]]
    arrays[name][1, rows[0], rows[1]] = value
    np.savez(path, **arrays)
    beside["matrices"]["car"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    says = _refusal(tmp_path, beside)

    assert f"{name[:-2]}[1][{rows[0]}][{rows[1]}]: expected a whole number from 0 to" in says
    assert f"to the depot where shift {beside['shifts'][0]['shift_id']!r} starts, got {value}" in says


def test_an_archive_larger_than_any_day_is_refused_unread(tmp_path, beside):
    with (tmp_path / "whole.npz").open("r+b") as file:
        file.truncate(travel_files.LARGEST_ARCHIVE + 1)

    assert "npz: expected a file of at most" in _refusal(tmp_path, beside)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"schema_version": 1, "comp', "expected JSON, got something else at line 1, column 23"),
        (b"\x00\xff\xfe", "expected text in UTF-8, got byte 0xff at 1"),
        (b"", "expected JSON, got something else at line 1, column 1"),
        (b"[" * 100_000, "expected JSON"),
        (b"[]", "expected an object, got []"),
        (b"1" * 10_000, "expected JSON of usual size"),
    ],
)
def test_a_file_that_is_no_problem_is_refused(tmp_path, content, says):
    (tmp_path / "problem.json").write_bytes(content)

    with pytest.raises(YourInput) as refused:
        read_problem(tmp_path / "problem.json")

    assert says in str(refused.value)


def test_a_missing_file_and_a_directory_are_refused(tmp_path):
    with pytest.raises(YourInput, match="found none; check the path"):
        read_problem(tmp_path / "gone.json")
    with pytest.raises(YourInput, match="got the directory"):
        read_problem(tmp_path)


def test_writing_into_a_missing_folder_is_refused_and_leaves_nothing(tmp_path, document):
    problem = read_problem(tmp_path / "whole.json")
    with pytest.raises(YourInput, match="folder is missing"):
        write_problem(problem, tmp_path / "gone" / "problem.json")

    assert [path.name for path in tmp_path.iterdir()] == ["whole.json"]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["seed"], float("nan"), "plan.json: seed: expected a whole number"),
        (["routes", 0, "visits", 0, "arrives_at"], "9:00", "routes[0].visits[0].arrives_at: expected a whole number"),
        (["routes", 0, "visits", 0, "success"], 2, "visits[0].success: expected a number from 0 to 1, got 2"),
        (["routes", 0, "visits", 0, "lat"], None, "visits[0]: expected 'lat', found none"),
        (["routes", 0, "cents"], [], "routes[0].cents: expected an object, got []"),
        (["routes"], 5, "routes: expected a list, got 5"),
        (["unserved"], None, "expected 'unserved', found none"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused_by_name(path, value, says):
    problem = random_problem(np.random.default_rng(1), 6)
    sequences = {problem.shifts[0].shift_id: [s.stop_id for s in problem.stops]}
    document = plan_document(schedule(problem, sequences, seed=1, problem_sha256=""))
    document = json.loads(json.dumps(document))
    _set(document, path, value)

    with pytest.raises(YourInput) as refused:
        plan_of(parsed(json.dumps(document), "plan.json"))

    assert says in str(refused.value)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
))  # fmt: skip
def test_any_value_anywhere_is_a_sentence(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("any")
    problem = random_problem(np.random.default_rng(2), 2, Recipe(slots=1, dimensions=1, shifts=1, profiles=1))
    write_problem(problem, folder / "whole.json", inline=True)
    text = (folder / "whole.json").read_text()

    said = [_said(folder, {**json.loads(text), key: value}) for key in json.loads(text)]

    assert all(sentence is None or sentence.startswith("problem.json: ") for sentence in said)


def _said(folder: Path, document: Any) -> str | None:
    (folder / "problem.json").write_text(json.dumps(document))
    try:
        read_problem(folder / "problem.json")
    except YourInput as refused:
        return str(refused)
    return None


def test_an_array_is_refused_at_its_first_wrong_entry():
    with pytest.raises(YourInput, match=r"doc: m\[0\]\[1\]: expected a whole number"):
        Spot([[0, "x"], [1, 2]], "doc: m").array((2, 2))

"""`doorstep solve` and `doorstep check` as somebody types them: exit codes, sentences, files."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doorstep.adapters.instances.any_format import read_any
from doorstep.adapters.plan_files import read_plan
from doorstep.adapters.problem_files import write_problem
from doorstep.operations.checking.times import moment
from doorstep.server import cli
from doorstep.server.terminal import Line

pytestmark = pytest.mark.usefixtures("kernels")
EXAMPLES = Path(__file__).parents[2] / "examples"
OURS = EXAMPLES / "corner-shop.json"
VROOM = EXAMPLES / "florist.vroom.json"
REQUEST = EXAMPLES / "bakery.request.json"


@pytest.fixture
def doorstep(doorstep, monkeypatch):
    """Return `doorstep` that knows two commands alone."""
    monkeypatch.setattr(cli, "COMMANDS", ("solve", "check"))
    return doorstep


def _changed(folder: Path, source: Path, path: list[Any], value: object) -> Path:
    document: Any = json.loads(source.read_text())
    spot = document
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = value
    target = folder / "changed.json"
    target.write_text(json.dumps(document))
    return target


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_every_example_is_solved_and_its_plan_holds(doorstep, tmp_path, example):
    code, out, err = doorstep("solve", example, "--seconds", 0.3, "--out", tmp_path / "plan.json")

    assert (code, out) == (0, "")
    assert "0 orders unserved" in err
    code, out, err = doorstep("check", example, tmp_path / "plan.json")
    assert (code, err) == (0, "")
    assert out.startswith("The plan holds: ")


def test_without_a_file_the_plan_is_printed(doorstep):
    code, out, _ = doorstep("solve", OURS, "--seconds", 0.2)
    plan = json.loads(out)

    assert code == 0
    assert plan["cents"]["total"] == sum(cents for part, cents in plan["cents"].items() if part != "total")


def test_a_search_that_is_cut_short_says_so_and_after_how_long(doorstep, tmp_path, monkeypatch):
    def interrupted(line: Line, detail: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Line, "say", interrupted)
    code, _, err = doorstep("solve", OURS, "--seconds", 20, "--out", tmp_path / "plan.json")

    assert code == 0
    assert re.search(r"The search was cut short after \d\.\d of 20\.0 s; this is the best plan it had found\.", err)
    assert doorstep("check", OURS, tmp_path / "plan.json")[0] == 0


def test_a_search_that_had_its_time_says_nothing_of_it(doorstep, tmp_path):
    assert "cut short" not in doorstep("solve", OURS, "--seconds", 0.2, "--out", tmp_path / "plan.json")[2]


def test_a_check_writes_money_as_solve_does(doorstep, tmp_path):
    found = doorstep("solve", OURS, "--seconds", 0.2, "--out", tmp_path / "plan.json")[2]
    cost = re.search(r"orders unserved, (.*\))\.", found)

    assert cost is not None
    assert cost[1] in doorstep("check", OURS, tmp_path / "plan.json")[1]


def test_amounts_beyond_32_bits_in_all_are_planned_where_each_van_holds_its_own(doorstep, tmp_path):
    document = json.loads(OURS.read_text())
    stop, shift = document["stops"][0], document["shifts"][0]
    each = {**stop, "amounts": [0, 9_000_000], "unserved": None}
    stops = [{**each, "stop_id": f"s{k}", "order_ids": [f"o{k}"], "location": 1 + k % 6} for k in range(300)]
    vans = [{**shift, "shift_id": f"h{k}", "vehicle_id": f"v{k}", "capacities": [0, 50_000_000]} for k in range(70)]
    (tmp_path / "litres.json").write_text(json.dumps({**document, "stops": stops, "shifts": vans}))

    solved = doorstep("solve", tmp_path / "litres.json", "--iterations", 300, "--out", tmp_path / "plan.json")
    checked = doorstep("check", tmp_path / "litres.json", tmp_path / "plan.json")

    assert (solved[0], checked[0]) == (0, 0)
    assert "300 visits, 0 orders unserved" in solved[2]


def test_a_job_may_be_left_out_and_has_no_price(doorstep, tmp_path):
    document = json.loads(VROOM.read_text())
    far = _changed(tmp_path, VROOM, ["jobs", 0], {**document["jobs"][0], "skills": [77]})
    words = ("--seconds", 0.2, "--explain", 0.05, "--out", tmp_path / "plan.json")
    (code, _, found), checked = doorstep("solve", far, *words), doorstep("check", far, tmp_path / "plan.json")

    assert (code, checked[0]) == (0, 0)
    for said in (found, checked[1]):
        assert "and 1 is left out, as VROOM's tasks may be." in said
        assert "must be served" not in said
        assert not re.search(r"unserved [\d,]+ cents|\d{1,3},\d{3},\d{3} cents|than leaving it out", said)


def test_json_goes_to_a_file_and_out_too(doorstep, tmp_path):
    code, out, _ = doorstep("solve", OURS, "--seconds", 0.2, "--out", tmp_path / "a", "--json", tmp_path / "b")

    assert (code, out) == (0, "")
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"a", "a.problem.json", "b"}


def test_a_plan_of_any_format_goes_to_the_commands_that_run_the_day(doorstep, monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "COMMANDS", ("solve", "check", "explain"))
    doorstep("solve", VROOM, "--seconds", 0.2, "--out", tmp_path / "plan.json")
    served = read_plan(tmp_path / "plan.json").routes[0].visits[0].order_ids[0]

    held, *_ = doorstep("check", tmp_path / "plan.json.problem.json", tmp_path / "plan.json")
    why, said, _ = doorstep("explain", tmp_path / "plan.json", served)

    assert (held, why) == (0, 0)
    assert "knocks at" in said


def test_a_written_problem_solves_like_the_instance_it_came_from(doorstep, tmp_path):
    write_problem(read_any(VROOM), tmp_path / "problem.json", inline=False)
    doorstep("solve", VROOM, "--seconds", 0.2, "--out", tmp_path / "plan.json")

    assert doorstep("check", tmp_path / "problem.json", tmp_path / "plan.json")[0] == 0


def test_vroom_gets_an_answer_in_its_own_format(doorstep):
    code, out, _ = doorstep("solve", VROOM, "--seconds", 0.2, "--vroom")
    answer = json.loads(out)
    steps = [step for route in answer["routes"] for step in route["steps"]]

    assert code == 0
    assert {step["id"] for step in steps if step["type"] == "job"} == {101, 102, 103, 104, 105, 106, 107}
    assert {step["type"] for step in steps} == {"start", "job", "end"}
    assert answer["summary"]["unassigned"] == 0
    assert doorstep("solve", OURS, "--seconds", 0.2, "--vroom")[0] == 2


def test_a_file_is_answered_in_its_own_format_or_as_a_map(doorstep):
    own = doorstep("solve", REQUEST, "--seconds", 0.2, "--answer", "same")
    drawn = doorstep("solve", REQUEST, "--seconds", 0.2, "--answer", "geojson")
    plain = doorstep("solve", OURS, "--seconds", 0.2, "--answer", "same")

    assert [code for code, _, _ in (own, drawn, plain)] == [0, 0, 0]
    assert json.loads(own[1])["metrics"]["aggregatedRouteMetrics"]["performedShipmentCount"] == 5
    assert {feature["type"] for feature in json.loads(drawn[1])["features"]} == {"Feature"}
    assert "plan_id" in json.loads(plain[1])
    assert "travel: straight lines x 1.4 at 40 km/h (car)" in own[2]


def test_answers_that_contradict_each_other_are_refused(doorstep):
    code, _, err = doorstep("solve", VROOM, "--vroom", "--answer", "geojson")

    assert code == 2
    assert "Expected --vroom or --answer geojson, got both" in err


PAIRS = {
    "vehicles": [
        {
            "id": 1, "start": [4.84, 45.75], "end": [4.84, 45.75], "capacity": [4], "time_window": [28800, 46800],
            "breaks": [{"id": 1, "service": 1800, "time_windows": [[36000, 39600]]}], "max_travel_time": 9000,
            "steps": [{"type": "pickup", "id": 1}, {"type": "delivery", "id": 1}],
        }
    ],
    "jobs": [{"id": 1, "location": [4.86, 45.76], "service": 240, "delivery": [2], "pickup": [1]}],
    "shipments": [
        {
            "amount": [2],
            "pickup": {"id": 1, "location": [4.85, 45.74], "service": 120},
            "delivery": {"id": 1, "location": [4.81, 45.76], "time_windows": [[39600, 43200]]},
        }
    ],
}  # fmt: skip


def test_shipments_pickups_and_breaks_are_planned(doorstep, tmp_path):
    (tmp_path / "pairs.json").write_text(json.dumps(PAIRS))
    code, out, _ = doorstep("solve", tmp_path / "pairs.json", "--seconds", 0.5, "--vroom")
    answer = json.loads(out)
    kinds = [step["type"] for step in answer["routes"][0]["steps"]]

    assert code == 0
    assert answer["summary"]["unassigned"] == 0
    assert sorted(kinds) == ["break", "delivery", "end", "job", "pickup", "start"]
    assert kinds.index("pickup") < kinds.index("delivery")


def test_a_request_with_pairs_tariffs_and_breaks_is_planned(doorstep, tmp_path):
    def at(lat: float, lon: float) -> dict[str, Any]:
        return {"arrivalLocation": {"latitude": lat, "longitude": lon}, "duration": "120s"}

    rest = {
        "earliestStartTime": "2026-03-02T10:00:00Z", "latestStartTime": "2026-03-02T11:00:00Z", "minDuration": "900s",
    }  # fmt: skip
    depot = {"startLocation": {"latitude": 59.30, "longitude": 18.0}, "costPerHour": 20}
    model = {
        "globalStartTime": "2026-03-02T08:00:00Z",
        "globalEndTime": "2026-03-02T12:00:00Z",
        "shipments": [
            {"pickups": [at(59.33, 18.05)], "deliveries": [at(59.31, 18.02)], "costsPerVehicle": [9, 1]},
            {"pickups": [at(59.32, 18.01)], "penaltyCost": 50},
            {"deliveries": [at(59.32, 18.04)], "penaltyCost": 50, "allowedVehicleIndices": [0]},
        ],
        "vehicles": [{**depot, "breakRule": {"breakRequests": [rest]}}, {**depot, "costPerTraveledHour": 1}],
    }
    (tmp_path / "request.json").write_text(json.dumps({"model": model}))

    code, out, _ = doorstep("solve", tmp_path / "request.json", "--seconds", 0.5, "--answer", "same")
    answer = json.loads(out)

    assert code == 0
    assert answer["skippedShipments"] == []
    assert answer["routes"][0]["breaks"][0]["duration"] == "900s"
    assert {v["shipmentIndex"] for v in answer["routes"][1]["visits"]} >= {0}


@pytest.fixture
def plan(doorstep, tmp_path):
    doorstep("solve", OURS, "--seconds", 0.2, "--out", tmp_path / "plan.json")
    return tmp_path / "plan.json"


def test_a_changed_plan_is_refused_line_by_line(doorstep, tmp_path, plan):
    visit = read_plan(plan).routes[0].visits[0]
    wrong = _changed(tmp_path, plan, ["routes", 0, "visits", 0, "arrives_at"], visit.arrives_at + 1)

    code, out, err = doorstep("check", OURS, wrong)

    assert (code, err) == (2, "")
    first, last = out.splitlines()
    late = moment(visit.arrives_at + 1)
    assert f"(stop '{visit.stop_id}'): expected arrives_at {moment(visit.arrives_at)}, found {late}." in first
    assert last.startswith("The plan does not hold: 1 violation; recomputed")


def test_a_plan_for_another_problem_is_refused(doorstep, tmp_path, plan):
    other = _changed(tmp_path, OURS, ["stops", 0, "unserved"], 1)

    code, out, _ = doorstep("check", other, plan)

    assert code == 2
    assert "expected problem_sha256" in out


def test_a_plan_that_names_no_problem_is_checked_with_a_note(doorstep, tmp_path, plan):
    code, out, _ = doorstep("check", OURS, _changed(tmp_path, plan, ["problem_sha256"], ""))

    assert code == 0
    assert out.startswith("note: The plan does not say which problem it was made for")


def test_a_check_says_it_as_one_document(doorstep, tmp_path, plan):
    code, out, _ = doorstep("check", OURS, plan, "--json")
    assert code == 0
    assert json.loads(out)["holds"] is True

    code, out, _ = doorstep("check", OURS, _changed(tmp_path, plan, ["cents", "total"], 1), "--json", tmp_path / "c")
    found = json.loads((tmp_path / "c").read_text())
    assert (code, out, found["holds"]) == (2, "", False)
    assert "cents in total, found 1" in found["violations"][0]


def test_a_plan_without_stop_ids_is_told_by_its_orders(doorstep, tmp_path, plan):
    document = json.loads(plan.read_text())
    for route in document["routes"]:
        for visit in route["visits"]:
            del visit["stop_id"]
    plan.write_text(json.dumps(document))

    assert doorstep("check", OURS, plan)[0] == 0


def test_an_order_that_reaches_nobody_in_time_is_unserved_with_its_reason(doorstep, tmp_path):
    late = _changed(tmp_path, OURS, ["stops", 0, "windows"], [[0, 60]])

    code, out, err = doorstep("solve", late, "--seconds", 0.2, "--out", tmp_path / "plan.json")

    assert (code, out) == (0, "")
    assert "unserved: order order-1: " in err
    assert doorstep("check", late, tmp_path / "plan.json")[0] == 0


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["stops", 1, "windows"], [[0, 60]], "Stop 'door-2' must be served, but no shift reaches it"),
        (["stops", 1, "needs"], ["crane"], "Stop 'door-2' must be served, but no shift offers crane"),
        (["stops", 1, "amounts"], [99_999, 1], "Stop 'door-2' must be served, but it does not fit into any vehicle"),
        (["shifts"], [], "must be served, but there is no shift"),
    ],
)
def test_a_stop_that_must_be_served_and_cannot_be_is_named(doorstep, tmp_path, path, value, says):
    code, out, err = doorstep("solve", _changed(tmp_path, OURS, path, value), "--seconds", 0.2)

    assert (code, out) == (2, "")
    assert says in err
    assert "Add a shift that fits, or a price for leaving it out." in err


def test_zero_capacity_is_named(doorstep, tmp_path):
    text = (EXAMPLES / "harbour.vrp").read_text().replace("CAPACITY : 40", "CAPACITY : 0")
    (tmp_path / "harbour.vrp").write_text(text)

    code, _, err = doorstep("solve", tmp_path / "harbour.vrp", "--seconds", 0.2)

    assert code == 2
    assert "Stop '2' must be served, but it does not fit" in err
    assert "So it is for 12 more." in err


def test_stops_that_do_not_fit_together_leave_a_plan_and_exit_code_2(doorstep, tmp_path):
    code, _, err = doorstep(
        "solve", EXAMPLES / "harbour.vrp", "--seconds", 0.2, "--vehicles", 1, "--out", tmp_path / "plan.json"
    )

    assert code == 2
    assert "expected a visit, because it has no price for leaving it out; found none." in err
    code, out, _ = doorstep("check", EXAMPLES / "harbour.vrp", tmp_path / "plan.json", "--vehicles", 1)
    assert code == 2
    assert all("expected a visit" in line for line in out.splitlines()[:-1])


def _ours(old: bytes, new: bytes) -> bytes:
    return OURS.read_bytes().replace(old, new, 1)


VRPLIB = b"NAME : x\nTYPE : CVRP\nDIMENSION : 3\nCAPACITY : 5\nNODE_COORD_SECTION\n"
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "truncated JSON": (lambda: OURS.read_bytes()[:3000], "expected JSON, got something else at line"),
    "nothing": (lambda: b"", "got a text that begins ''"),
    "binary": (lambda: bytes(range(256)) * 40, "expected text in UTF-8, got byte 0x80 at 128"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n", "expected text in UTF-8, got byte 0x89 at 0"),
    "NaN in a matrix": (lambda: _ours(b"[[[0, ", b"[[[NaN, "), "seconds[0][0][0]: expected a whole number"),
    "infinity": (lambda: _ours(b'"service": 220', b'"service": Infinity'), "stops[0].service: expected"),
    "a negative time": (lambda: _ours(b'"service": 220', b'"service": -220'), "stops[0].service: expected"),
    "another encoding": (lambda: OURS.read_text().encode("utf-16"), "expected text in UTF-8"),
    "a table": (lambda: b"a,b\n1,2\n", "got a text that begins 'a,b'"),
    "50 MB of letters": (lambda: b"garbage " * 6_500_000, "got a text that begins 'garbage garbage"),
    "50 MB of brackets": (lambda: b"[" * 50_000_000, "expected JSON"),
    "50 MB of bytes": (lambda: b"\xfe\x01" * 25_000_000, "expected text in UTF-8"),
    "10 MB of VRPLIB": (lambda: VRPLIB + b"1 2 3\n" * 1_700_000 + b"EOF\n", "once each, got 1,700,000 lines"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_problem_is_a_sentence_and_exit_code_2(doorstep, tmp_path, name):
    content, says = HOSTILE[name]
    (tmp_path / "hostile").write_bytes(content())

    code, out, err = doorstep("solve", tmp_path / "hostile", "--seconds", 0.2)

    assert (code, out) == (2, "")
    assert says in err
    assert "hostile" in err
    assert len(err) < 1000


@pytest.mark.parametrize("name", ["truncated JSON", "nothing", "binary", "a table", "50 MB of brackets"])
def test_a_hostile_plan_is_a_sentence_and_exit_code_2(doorstep, tmp_path, name):
    (tmp_path / "hostile").write_bytes(HOSTILE[name][0]())

    code, out, err = doorstep("check", OURS, tmp_path / "hostile")

    assert (code, out) == (2, "")
    assert "hostile: expected" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("solve", "gone.json"), "Expected a file at gone.json, found none"),
        (("solve", EXAMPLES), "Expected a file, got the directory"),
        (("check", OURS, "gone.json"), "Expected a file at gone.json, found none"),
        (("check", OURS, OURS), "expected 'plan_id', found none"),
        (("solve", OURS, "--out", "gone/plan.json"), "Expected to write a file at gone/plan.json"),
        (("solve", OURS, "--out", EXAMPLES), "folder is missing or it is a folder itself"),
        (("solve", OURS, "--seconds", "nan"), "expected seconds above 0 and up to 86400, got 'nan'"),
        (("solve", OURS, "--seconds", "-1"), "expected seconds above 0 and up to 86400, got '-1'"),
        (("solve", OURS, "--seed", "one"), "expected a whole number from 0 to 4294967295, got 'one'"),
        (("solve", OURS, "--vehicles", 2), "expected no number of vehicles"),
        (("solve", EXAMPLES / "harbour.vrp", "--vehicles", 0), "Expected at least one vehicle, got 0"),
        (("solve",), "the following arguments are required: PROBLEM"),
    ],
)
def test_wrong_words_are_a_sentence_and_exit_code_2(doorstep, words, says):
    code, out, err = doorstep(*words)

    assert (code, out) == (2, "")
    assert says in err

"""`doorstep dispatch` as somebody types it: every kind of event, any plan of ours accepted back, and bad input."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.server.running_day import RunningDay, minute, routes

pytestmark = pytest.mark.usefixtures("kernels")


@pytest.fixture
def day(tmp_path, monkeypatch, capsys) -> RunningDay:
    return RunningDay(tmp_path, monkeypatch, capsys)


NEW = {"kind": "order", "at": minute(2), "order_id": "new", "lon": -8.6 + 0.012 * 5, "lat": 41.1, "amounts": [0],
       "picks": [1], "service": 60, "unserved": 50_000}  # fmt: skip


def everywhere(answer: dict[str, Any]) -> list[str]:
    """Return the halts of all routes."""
    return [halt for halts in answer["routes"].values() for halt in halts]


# Each kind of event


def test_a_new_order_is_served_and_named(day):
    answer = day.told(NEW)

    assert [way["name"] for way in answer["alternatives"]] == sorted(
        (way["name"] for way in answer["alternatives"]),
        key=lambda name: next(w["cents"]["total"] for w in answer["alternatives"] if w["name"] == name),
    )
    assert {way["name"] for way in answer["alternatives"]} == {"steady", "balanced", "free"}
    assert sum("new" in halts for halts in answer["routes"].values()) == 1
    assert answer["alternatives"][0]["difference"]["gained"] == ["new"]


def test_a_cancelled_order_is_not_driven_to(day):
    answer = day.told({"kind": "cancel", "at": minute(2), "order_id": "o5"})

    assert "s5" not in everywhere(answer)
    assert answer["now"] == minute(2)


@pytest.mark.parametrize("kind", ["sick", "breakdown"])
def test_what_a_van_had_on_board_is_fetched_by_another(day, kind):
    answer = day.told({"kind": kind, "at": minute(5), "shift_id": "h1"})

    assert answer["routes"]["h1"] == ["s4"]
    other = answer["routes"]["h0"]
    for stop_id in ("s5", "s6"):
        assert other.index(f"fetch {stop_id} from h1") < other.index(stop_id)


def test_goods_that_are_handed_over_are_named_by_their_orders(day):
    breakdown = {"kind": "breakdown", "at": minute(5), "shift_id": "h1"}
    out = day.run("dispatch", day.plan, day.file([breakdown]), "--seconds", 0.05, "--out", day.folder / "n.json")[1]
    checked = day.run("check", day.folder / "n.json.problem.json", day.folder / "n.json")[1]

    assert re.search(r"h0 fetches from h1 \(.*\): o[56], o[56]\n", out)
    assert "fetch " not in out
    assert "0 orders unserved" in checked


def test_a_closed_place_is_reached_when_it_is_open_again(day):
    there = {"lon": -8.6 + 0.012 * 5, "lat": 41.1, "metres": 100}
    day.told({"kind": "closure", "at": minute(2), **there, "until": minute(30)})
    plan = json.loads((day.folder / "next.json").read_text())
    (knock,) = [v["starts_at"] for r in plan["routes"] for v in r["visits"] if v["stop_id"] == "s5"]

    assert knock >= minute(30)


def test_a_late_van_is_late_everywhere_after(day):
    day.told({"kind": "late", "at": minute(2), "shift_id": "h1", "seconds": 600})
    plan = json.loads((day.folder / "next.json").read_text())

    assert next(r for r in plan["routes"] if r["shift_id"] == "h1")["visits"][0]["arrives_at"] == minute(14)


def test_another_window_is_kept(day):
    day.told({"kind": "windows", "at": minute(2), "order_id": "o3", "windows": [[minute(40), minute(50)]]})
    plan = json.loads((day.folder / "next.json").read_text())
    (knock,) = [v["starts_at"] for r in plan["routes"] for v in r["visits"] if v["stop_id"] == "s3"]

    assert minute(40) <= knock <= minute(50)


def test_time_alone_changes_nobodys_work(day):
    code, out, _ = day.run("dispatch", day.plan, day.file([{"kind": "time", "at": minute(3)}]), "--seconds", 0.05)

    assert code == 0
    assert out.startswith("Now 00:03.")
    assert "Nobody needs to be told anything new." in out


def test_the_terminal_names_who_must_be_told_what(day):
    code, out, _ = day.run(
        "dispatch", day.plan, day.file([NEW, {"kind": "cancel", "at": minute(2), "order_id": "o3"}]), "--seconds", 0.05
    )

    assert code == 0
    assert "o3: not served (was h0 at 00:05). Not wanted any more." in out
    assert "(new)" in out


def test_the_alternative_somebody_asks_for_is_the_one_that_is_written(day):
    for way in ("steady", "free"):
        out = day.folder / "taken.json"
        words = ("--seconds", 0.05, "--out", out, "--take", way, "--json", "-")
        answer = json.loads(day.run("dispatch", day.plan, day.file([NEW]), *words)[1])

        assert answer["taken"] == way
        plan = next(a["plan"] for a in answer["alternatives"] if a["name"] == way)
        assert json.loads(out.read_text()) == plan


# Accepted back


def test_any_plan_we_returned_is_accepted_back_three_times_in_a_row(day):
    rounds = [
        [NEW, {"kind": "late", "at": minute(3), "shift_id": "h0", "seconds": 120}],
        [{"kind": "breakdown", "at": minute(7), "shift_id": "h1"}],
        [{"kind": "cancel", "at": minute(9), "order_id": "new"}, {"kind": "time", "at": minute(10)}],
        [{"kind": "time", "at": minute(200)}],
    ]
    plan: Path = day.plan
    driven: dict[str, list[str]] = {}
    for k, events in enumerate(rounds):
        answer = day.told(*events, plan=plan, out=f"round{k}.json")
        for shift_id, halts in driven.items():
            assert answer["routes"][shift_id][: len(halts)] == halts, "what is driven stays"
        plan = day.folder / f"round{k}.json"
        told = json.loads(plan.read_text())
        driven = {
            r["shift_id"]: [v["stop_id"] or v["kind"] for v in r["visits"] if v["status"] in ("done", "frozen")]
            for r in told["routes"]
        }

    assert sum(len(halts) for halts in driven.values()) >= 6


def test_a_plan_may_take_the_place_of_the_one_it_came_from(day):
    words = ("dispatch", day.plan, day.file([NEW]), "--seconds", 0.05, "--out", day.plan)
    assert day.run(*words)[0] == 0
    code, _, told = day.run("dispatch", day.plan, day.file([{"kind": "time", "at": minute(4)}]), "--seconds", 0.05)

    assert (code, told) == (0, "")
    day.file([NEW])
    again = day.run(*words)
    assert again[0] == 2, "the same news again is not news"
    assert "got 'new', which the plan has already; leave the event out" in again[2]


def test_events_out_of_order_and_twice_are_as_in_order_and_once(day):
    late = {"kind": "late", "at": minute(3), "shift_id": "h0", "seconds": 120}
    gone = {"kind": "cancel", "at": minute(6), "order_id": "o6"}
    one = day.told(late, gone)
    other = day.told(gone, late, gone, late)

    assert one["routes"] == other["routes"]
    assert one["now"] == other["now"] == minute(6)


def test_what_is_older_than_the_plans_now_is_news_that_counts_from_now_on(day):
    day.told({"kind": "time", "at": minute(5)}, out="later.json")
    answer = day.told({"kind": "cancel", "at": minute(1), "order_id": "o6"}, plan=day.folder / "later.json")

    assert answer["now"] == minute(5)
    assert "s6" not in everywhere(answer)


# Bad input: a sentence with what was expected, what came and what to do, and exit code 2


ORDER = "expected only kind, at, order_id, lon, lat, windows, service, amounts, needs, strain, picks, release, only, "
BAD = [
    ('[{"kind": "cancel", "at": 12', "expected JSON", "check that the file is whole"),
    ("", "expected JSON", "check that the file is whole"),
    ('{"kind": "time", "at": 1}', "expected a list", '{"kind": "time"'),
    ("[1]", "expected an object", "got 1"),
    ('[{"kind": "party", "at": 1}]', "expected one of order, cancel", '"party"'),
    ('[{"kind": ["time"], "at": 1}]', "expected one of order, cancel", '["time"]'),
    ('[{"kind": "time"}]', "expected 'at', found none", "add it"),
    ('[{"kind": "time", "at": -5}]', "expected a whole number from 0", "-5"),
    ('[{"kind": "time", "at": 1.5}]', "expected a whole number from 0", "1.5"),
    ('[{"kind": "time", "at": NaN}]', "expected a whole number from 0", "NaN"),
    ('[{"kind": "time", "at": true}]', "expected a whole number from 0", "true"),
    ('[{"kind": "time", "at": 99999999999}]', "expected a whole number from 0", "99999999999"),
    ('[{"kind": "time", "at": 1, "colour": 2}]', "expected only kind, at", "'colour'"),
    ('[{"kind": "cancel", "at": 60, "order_id": "nobody"}]', "Expected an order", "'nobody'"),
    ('[{"kind": "windows", "at": 60, "order_id": "nobody", "windows": []}]', "Expected an order", "'nobody'"),
    ('[{"kind": "sick", "at": 60, "shift_id": "h9"}]', "Expected a shift", "'h9'"),
    ('[{"kind": "late", "at": 60, "shift_id": "h9", "seconds": 5}]', "Expected a shift", "'h9'"),
    ('[{"kind": "late", "at": 60, "shift_id": "h0", "seconds": -5}]', "expected a whole number from 0", "-5"),
    ('[{"kind": "windows", "at": 60, "order_id": "o3", "windows": [[9, 5]]}]', "expected", "[9, 5]"),
    ('[{"kind": "closure", "at": 1, "lon": 400, "lat": 1, "metres": 5, "until": 9}]', "a number from -180", "400"),
    ('[{"kind": "order", "at": 60, "order_id": "n", "lon": NaN, "lat": 41.1}]', "expected a number from -180", "NaN"),
    ('[{"kind": "order", "at": 60, "order_id": "o1", "lon": -8.6, "lat": 41.1}]', "Expected a new order", "'o1'"),
    ('[{"kind": "order", "at": 60, "order_id": "n", "lon": -8.6, "lat": 41.1, "amounts": [1, 2]}]', "expected", "2"),
    ('[{"kind": "order", "at": 60, "order_id": "n", "lon": -8.6, "lat": 41.1, "location": 3}]', ORDER, "'location'"),
    ('[{"kind": "order", "at": 60, "order_id": "n", "lon": -8.6, "lat": 41.1, "stop_id": "s"}]', ORDER, "'stop_id'"),
    ('[{"kind": "order", "at": 6, "order_id": "n", "lon": -8.6, "lat": 41, "order_ids": []}]', ORDER, "'order_ids'"),
    ('[{"kind": "order", "at": 60, "order_id": "n", "lon": -8.6, "lat": 41.1, "giver": "h0"}]', ORDER, "'giver'"),
]  # fmt: skip


@pytest.mark.parametrize(("events", "expected", "came"), BAD, ids=[row[2] + " " + row[1][:12] for row in BAD])
def test_events_that_cannot_be_are_refused_in_a_sentence(day, events, expected, came):
    code, out, told = day.run("dispatch", day.plan, day.file(events), "--seconds", 0.05, "--out", day.folder / "x.json")

    assert (code, out) == (2, "")
    assert told.startswith("doorstep: ")
    assert expected in told
    assert came in told
    assert told.rstrip().endswith(".")
    assert "Traceback" not in told
    assert not (day.folder / "x.json").exists()


def test_too_many_events_are_refused(day):
    code, _, told = day.run("dispatch", day.plan, day.file([{"kind": "time", "at": 1}] * 10_001))

    assert code == 2
    assert "expected at most 10,000 items, got 10,001" in told


def test_a_plan_of_another_day_is_refused(day):
    other = day.written(day.problem(unserved={}), {"h0": [f"s{k}" for k in range(1, 7)]}, "other.json")
    code, _, told = day.run("dispatch", other, day.file([]), "--problem", f"{day.plan}.problem.json")

    assert code == 2
    assert "Expected a plan that holds for its problem" in told


@pytest.mark.parametrize("lost", ["", ".problem.json"])
def test_a_file_that_is_missing_or_cut_short_is_named(day, lost):
    path = Path(f"{day.plan}{lost}")
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    code, _, told = day.run("dispatch", day.plan, day.file([]))
    assert code == 2
    assert f"{path.name}: expected JSON" in told
    path.unlink()
    code, _, told = day.run("dispatch", day.plan, day.file([]))
    assert code == 2
    assert f"Expected a file at {path}, found none" in told


def test_a_plan_with_figures_that_are_none_is_refused(day):
    text = day.plan.read_text()
    for bad in ("NaN", "-1e400", "Infinity", '"soon"', "null"):
        day.plan.write_text(text.replace('"arrives_at": 60', f'"arrives_at": {bad}', 1))
        code, _, told = day.run("dispatch", day.plan, day.file([]))

        assert code == 2
        assert "plan.json: routes[0].visits[0]" in told


# Writing


def test_where_nothing_can_be_written_it_is_said_before_the_search(day, monkeypatch):
    monkeypatch.setattr("doorstep.server.commands.dispatch.dispatch", lambda *_, **__: pytest.fail("searched"))
    code, _, told = day.run("dispatch", day.plan, day.file([NEW]), "--out", day.folder / "no/where.json")

    assert code == 2
    assert "its folder is missing" in told


def test_a_full_disk_is_the_outside_and_leaves_no_half_file(day):
    code, _, told = day.run("dispatch", day.plan, day.file([NEW]), "--seconds", 0.05, "--json", "/dev/full")

    assert code == 3
    assert "Could not write /dev/full: No space left on device; check rights and space." in told


def test_a_process_killed_while_it_writes_leaves_the_old_plan_whole(day):
    """Killed at many moments: whatever lies there is a plan that `check` accepts."""
    script = (
        "import sys; from pathlib import Path; from doorstep.adapters.plan_pairs import read_pair, write_pair\n"
        "path = Path(sys.argv[1]); problem, plan = read_pair(path); print('ready', flush=True)\n"
        "while True: write_pair(problem, plan, path)"
    )
    for wait in np.linspace(0.0, 0.02, 4):
        with subprocess.Popen([sys.executable, "-c", script, day.plan], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(wait)
            child.send_signal(signal.SIGKILL)
        assert day.run("check", f"{day.plan}.problem.json", day.plan)[0] == 0


def test_a_request_of_too_many_stops_is_refused_by_number(day):
    path = Path(f"{day.plan}.problem.json")
    document = json.loads(path.read_text())
    row = json.dumps(document.pop("stops")[0])
    path.write_text(json.dumps(document)[:-1] + f', "stops": [{", ".join([row] * 100_001)}]}}')
    code, _, told = day.run("dispatch", day.plan, day.file([]))

    assert code == 2
    assert "plan.json.problem.json: stops: expected at most 100,000 items, got 100,001; split it by depot" in told


def test_an_unfamiliar_option_is_refused_with_where_to_look(day):
    code, _, told = day.run("dispatch", day.plan, day.file([]), "--take", "anything")

    assert code == 2
    assert "doorstep dispatch --help" in told


def test_stops_that_must_be_served_and_cannot_be_are_named_with_exit_code_2(tmp_path, monkeypatch, capsys):
    day = RunningDay(tmp_path, monkeypatch, capsys)
    problem = day.problem(unserved={})
    plan = day.written(problem, {"h0": ["s1", "s2", "s3"], "h1": ["s4", "s5", "s6"]})
    new = {k: v for k, v in NEW.items() if k != "unserved"} | {"needs": ["crane"]}
    code, out, _ = day.run("dispatch", plan, day.file([new]), "--seconds", 0.05, "--out", tmp_path / "n.json")

    assert code == 2
    assert "unserved: order new: No shift offers crane." in out
    assert routes(json.loads((tmp_path / "n.json").read_text()))


# What is compared


def test_ways_that_come_to_the_same_plan_are_told_as_one(day):
    _, out, _ = day.run("dispatch", day.plan, day.file([{"kind": "time", "at": minute(3)}]), "--iterations", 50)

    assert out.startswith("Now 00:03. One way to go on, however dear a change is held to be, against the plan before;")
    assert "all three *" in out
    assert "steady" not in out


def test_leaving_out_who_must_be_served_is_told_and_is_no_gain(tmp_path, monkeypatch, capsys):
    day = RunningDay(tmp_path, monkeypatch, capsys)
    plan = day.written(day.problem(unserved={}), {"h0": ["s1", "s2", "s3"], "h1": ["s4", "s5", "s6"]})
    gone = {"kind": "windows", "at": minute(2), "order_id": "o3", "windows": [[0, 60]]}
    words = ("--iterations", 50, "--out", tmp_path / "n.json", "--json", tmp_path / "a.json")
    code, out, _ = day.run("dispatch", plan, day.file([gone]), *words)
    answer = json.loads((tmp_path / "a.json").read_text())

    assert code == 2
    assert {tuple(way["must_be_served"]) for way in answer["alternatives"]} == {("o3",)}
    assert answer["alternatives"][0]["difference"]["cents"]["total"] < 0
    assert re.search(r"all three \*\s+-\s", out), "no money beside it"
    assert "all three: o3 must be served and is left out; what that saves is no gain, so no cost is told." in out

    after = day.run("dispatch", tmp_path / "n.json", day.file([{"kind": "time", "at": minute(3)}]), "--iterations", 50)
    assert "must be served and is left out" not in after[1], "it was left out before"
    assert re.search(r"all three \*\s+€0.00\s", after[1])

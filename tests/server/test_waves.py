"""`doorstep dispatch --past`: who leaves now and who waits, by files of past days or the store, and said in words."""

import json
import re
from typing import Any

import pytest
from tests.operations.explain.street import at, stop, street, van
from tests.server.running_day import RunningDay, minute
from tests.server.small_company import BEFORE, DAY, Street

pytestmark = pytest.mark.usefixtures("kernels")


@pytest.fixture
def day(tmp_path, monkeypatch, capsys) -> RunningDay:
    return RunningDay(tmp_path, monkeypatch, capsys)


def came(at_minute: int, k: int) -> dict[str, Any]:
    return {"kind": "order", "at": minute(at_minute), "order_id": "p", "lon": -8.6 + 0.012 * k, "lat": 41.1,
            "amounts": [1], "service": 60}  # fmt: skip


def asked(day: RunningDay, *words: object, past: tuple[Any, ...] = ([came(20, 11)], [came(25, 10)])) -> tuple[str, Any]:
    """Ask who leaves on a day of two stops, one of which can't wait; return what is said, and the same for machines."""
    vans = [van(k, free_departure=True) for k in range(2)]
    problem = street([stop(2, windows=[(0, 20)]), stop(10)], vans)
    plan = day.written(problem, {}, "two.json")
    files = [day.file(events, f"past{k}.json") for k, events in enumerate(past)]
    events = day.file([{"kind": "time", "at": 0}])
    out, answer = day.folder / "next.json", day.folder / "answer.json"
    code, said, complaint = day.run(
        "dispatch", plan, events, "--past", *files, "--iterations", 200, "--hour-cents", 0, "--move-cents", 0,
        "--out", out, "--json", answer, *words,
    )  # fmt: skip
    assert code == 0, complaint
    assert day.run("check", f"{out}.problem.json", out)[0] == 0
    return said, json.loads(answer.read_text())


def test_who_goes_and_who_waits_is_said_with_the_reason(day):
    said, answer = asked(day)

    assert "Of 2 stops that could leave by 00:30, 1 goes, 1 waits." in said
    assert "o2 goes: if it waited until 00:30, nobody could serve it any more." in said
    assert "o10 waits: it went with this wave in 0 of 10 futures." in said
    assert (answer["wave"]["next"], answer["wave"]["futures"]) == (minute(30), 10)
    goes, waits = answer["wave"]["orders"]
    assert (goes["stop_id"], goes["goes"], goes["must"], goes["share"]) == ("s2", True, True, None)
    assert (waits["stop_id"], waits["goes"], waits["must"], waits["share"]) == ("s10", False, False, 0.0)
    assert waits["leaves"] > minute(30)


def test_what_was_decided_is_gone_on_from_when_the_next_wave_is(day):
    asked(day)
    events = day.file([{"kind": "time", "at": minute(30)}, came(29, 11) | {"order_id": "new", "unserved": 100_000}])
    code, said, complaint = day.run(
        "dispatch", day.folder / "next.json", events, "--past", day.folder / "past0.json", "--iterations", 200
    )
    assert code == 0, complaint
    assert "Of 2 stops that could leave by 01:00, 2 go, 0 wait." in said, "the held one and the new one, together"


def test_the_time_between_waves_and_the_number_of_futures_are_the_dispatchers(day):
    said, answer = asked(day, "--every", 15, "--futures", 3)

    rows = answer["wave"]["orders"]
    go = sum(row["goes"] for row in rows)
    assert (answer["wave"]["next"], answer["wave"]["futures"]) == (minute(15), 3)
    assert re.search(f"Of 2 stops that could leave by 00:15, {go} go(es)?, {2 - go} waits?\\.", said)
    assert not any(row["must"] for row in rows), "a quarter of an hour later both can still be served"
    for row in rows:
        assert row["share"] in (0, 1 / 3, 2 / 3, 1), "of three futures"
        assert row["goes"] == (row["leaves"] <= minute(15))


def test_what_the_futures_are_drawn_from_is_told_and_what_is_passed_over(day):
    said, answer = asked(day, past=([came(20, 11), {"kind": "time", "at": 5}], []))

    assert "Each of 10 futures is drawn from 2 past days with 1 order, every hour from any of them. " in said
    assert "1 event of these days ordered nothing and is passed over." in said
    assert answer["past"] == {"days": 2, "orders": 1, "passed_over": 1}


def test_the_same_iterations_give_the_same_answer(day):
    one, other = asked(day)[1], asked(day)[1]

    assert one == other


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--every", "0"), "expected whole minutes from 1 to 1440, got '0'"),
        (("--futures", "many"), "expected a whole number of futures from 1 to 1000, got 'many'"),
        (("--iterations", "0"), "expected a whole number of iterations from 1 to 1000000000, got '0'"),
        (("--past", "--home", "nowhere"), "Expected a store at nowhere/store, there is none"),
        (("--past", "nowhere.json"), "Expected a file at nowhere.json, found none"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(day, words, told):
    code, _, complaint = day.run("dispatch", day.plan, day.file([]), *words)

    assert code == 2
    assert told in complaint


def test_past_days_are_taken_from_the_store(tmp_path, monkeypatch, capsys):
    same_day = "".join(
        f"late-{k},e4,depot,{BEFORE},1000,300,,{BEFORE}T{hour}:00:00+00:00\n" for k, hour in enumerate(("08", "09"))
    )
    head = "order_id,recipient_id,depot_id,due_on,weight_g,service_s,windows,placed_at\n"
    orders = head + f"o-e3,e3,depot,{DAY},1000,300,,{BEFORE}T20:00:00+00:00\n" + same_day
    company = Street(tmp_path, monkeypatch, capsys).imported(orders=orders)
    company.planned()
    events = tmp_path / "events.json"
    events.write_text(json.dumps([{"kind": "time", "at": int(at(7 * 60 + 45))}]))
    code, said, complaint = company.run(
        "dispatch", tmp_path / "plan.json", events, "--past", "--home", tmp_path / "home", "--iterations", 100
    )

    assert code == 0, complaint
    assert "Of 1 stop that could leave by 08:15, 0 go, 1 waits." in said
    assert "o-e3 waits: it went with this wave in 0 of 10 futures." in said, "next door somebody orders at 8"

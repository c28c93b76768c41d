"""`doorstep quote`: prices by window, a booking that dispatch takes, roads that are asked, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.operations.test_quote import TOLD, TWO, ordered, road, spot, stop, van

from doorstep.adapters.plan_files import write_plan
from doorstep.adapters.problem_files import problem_sha256, write_problem
from doorstep.domain.places import Place
from doorstep.domain.problem import Problem
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.flows.quote import quote, quoting_day
from doorstep.operations.schedule import schedule
from doorstep.server import cli
from doorstep.server.commands import streets

pytestmark = pytest.mark.usefixtures("kernels")
ORDER = {"order_id": "new", "lon": spot(5).lon, "lat": 41.1, "service": 60, "amounts": [1], "windows": [[0, 1800]]}


@pytest.fixture
def day(tmp_path: Path) -> Path:
    return written(tmp_path, TWO)


def written(folder: Path, problem: Problem) -> Path:
    """Write a day and its plan, and return the plan's path."""
    write_problem(problem, folder / "plan.json.problem.json")
    told = TOLD if problem.stops else {}
    write_plan(schedule(problem, told, seed=1, problem_sha256=problem_sha256(problem)), folder / "plan.json")
    return folder / "plan.json"


def asked(plan: Path, *words: str, code: int = 0, **order: Any) -> None:
    """Quote an order that differs from the usual one as told; None takes a key away."""
    values = {key: value for key, value in {**ORDER, **order}.items() if value is not None}
    (plan.parent / "order.json").write_text(json.dumps(values))

    assert cli.main(["quote", str(plan), str(plan.parent / "order.json"), *words]) == code


def test_prices_are_said_in_money_and_minutes(day, capsys):
    asked(day, "--windows", "00:00-00:20,01:00-02:00,00:00-00:01")
    said = capsys.readouterr().out

    assert "Of 3 windows 2 can be served." in said
    assert "00:00-00:20" in said
    assert "+€0.10" in said
    assert "1 later, up to 1 min" in said
    assert "00:00-00:01: No shift reaches it inside its windows: its last window closes at 00:01, and the" in said


def test_machines_get_every_part_and_the_event_that_books_it(day, capsys):
    asked(day, "--json", curve={"at": [0, 1000], "cents": {"failure": [7, 7]}})
    found = json.loads(capsys.readouterr().out)
    (offer,) = found["offers"]

    assert offer["cents"] == {"time": 10, "failure": 7, "total": 17}
    assert offer["door"] == {"failure": 7}
    assert (offer["shift_id"], offer["position"], offer["arrives_at"]) == ("h0", 2, 960)
    assert offer["event"]["kind"] == "order"
    assert offer["event"]["windows"] == [[0, 1800]]


def test_dispatch_takes_the_booking_and_is_not_dearer(day, tmp_path, capsys):
    events = tmp_path / "events.json"
    asked(day, "--out", str(events), "--json")
    quoted = json.loads(capsys.readouterr().out)["offers"][0]["cents"]["total"]

    assert cli.main(["dispatch", str(day), str(events), "--seconds", "0.3", "--json"]) == 0
    ways = json.loads(capsys.readouterr().out)["alternatives"]
    assert min(way["difference"]["cents"]["total"] for way in ways) <= quoted


def test_what_is_booked_is_served_though_leaving_it_out_were_cheaper(day, tmp_path, capsys):
    events, far = tmp_path / "events.json", spot(19).lon
    asked(
        day, "--windows", "00:00-00:30,01:00-02:00", "--take", "01:00-02:00", "--out", str(events), lon=far, unserved=20
    )
    assert "Every window costs more than leaving the order out (€0.20); once booked" in capsys.readouterr().out

    assert cli.main(["dispatch", str(day), str(events), "--iterations", "200", "--json"]) == 0
    ways = json.loads(capsys.readouterr().out)["alternatives"]
    assert [way["plan"]["unserved"] for way in ways] == [[], [], []]


def test_the_windows_that_are_dearer_than_leaving_it_out_are_named(day, capsys):
    dearer = {"at": [1800, 3600], "cents": {"failure": [0, 500]}}
    asked(day, "--windows", "00:00-00:30,01:00-02:00,02:00-03:00", unserved=300, curve=dearer)

    assert "01:00-02:00, 02:00-03:00 cost more than leaving the order out (€3.00)" in capsys.readouterr().out


def test_another_window_than_the_cheapest_can_be_booked(day, tmp_path, capsys):
    events = tmp_path / "events.json"
    asked(day, "--windows", "00:00-00:20,01:00-02:00", "--take", "01:00-02:00", "--out", str(events))

    assert json.loads(events.read_text())[0]["windows"] == [[3600, 7200]]


def test_windows_that_are_refused_alike_are_one_line_with_the_reason(day, tmp_path, capsys):
    words = ("--windows", "00:00-00:30,01:00-02:00", "--out", str(tmp_path / "events.json"))
    asked(day, *words, code=2, needs=["fridge"])
    said = capsys.readouterr()

    assert said.out.endswith("Of 2 windows 0 can be served.\n00:00-00:30, 01:00-02:00: No shift offers fridge.\n")
    assert "Expected a window that can be served to book, got none; nothing was written." in said.err
    assert not (tmp_path / "events.json").exists()


def test_a_window_that_cannot_be_taken_is_refused_with_its_reason(day, tmp_path, capsys):
    words = ("--windows", "00:00-00:01,01:00-02:00", "--take", "00:00-00:01", "--out", str(tmp_path / "events.json"))
    asked(day, *words, code=2)

    assert "got 00:00-00:01; nothing was written. No shift reaches it" in capsys.readouterr().err


def test_without_windows_it_is_every_two_hours(day, capsys):
    asked(day, "--json", windows=None)
    found = json.loads(capsys.readouterr().out)
    windows = sorted(row["window"] for row in [*found["offers"], *found["refused"]])

    assert windows == [[t, t + 7200] for t in range(0, 36_000, 7200)]


@pytest.mark.parametrize(
    ("order", "words", "sentence"),
    [
        ({"amounts": [1, 2]}, (), "1 numbers, one per dimension"),
        ({"lon": float("nan")}, (), "a number from -180 to 180"),
        ({"lat": 91}, (), "a number from -90 to 90"),
        ({"order_id": "o2"}, (), "Expected a new order"),
        ({"windows": [[7, 3]]}, (), "opens <= closes"),
        ({"windows": [[0, k] for k in range(1, 10_001)]}, (), "Expected 1 to 100 windows to quote, got 10,000"),
        ({"windows": "soon"}, (), "a list"),
        ({"kind": "cancel"}, (), '"order", or no kind'),
        ({"colour": "red"}, (), "'colour'"),
        ({}, ("--take", "03:00-04:00", "--out", "{}/events.json"), "Expected one of the windows that can be served"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(day, capsys, order, words, sentence):
    asked(day, *(word.format(day.parent) for word in words), code=2, **order)

    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--windows", "9-11"), ("--windows", "11:00-09:00"), ("--take", "noon")])
def test_a_window_that_is_none_is_refused(day, capsys, words):
    with pytest.raises(SystemExit):
        asked(day, *words)

    assert "expected a" in capsys.readouterr().err


def test_no_shift_at_all_is_a_sentence_and_not_a_crash(tmp_path, capsys):
    asked(written(tmp_path, road([], [])), code=2)

    assert "There is no shift." in capsys.readouterr().out


def test_a_plan_of_another_problem_is_refused(day, tmp_path, capsys):
    write_problem(road([stop(2), stop(9)], [van(0)]), tmp_path / "plan.json.problem.json")
    asked(day, code=2)

    assert "a plan that holds" in capsys.readouterr().err


class Truth:
    """Roads that know the way: a minute a place, in the slots of their own, and how often they were asked."""

    def __init__(self, *edges: int, pace: float = 1.0) -> None:
        self.edges, self.pace, self.asked = edges, pace, 0

    def legs(self, place: Place, others: Any, slots: Any) -> np.ndarray:
        self.asked += len(others)
        apart = np.array([abs(place.lon - other.lon) / 0.012 for other in others])
        legs = np.stack([60 * apart * self.pace] * 2 + [960 * apart] * 2)
        return np.repeat(np.rint(legs).astype(np.int32)[None], len(slots), axis=0)


@pytest.mark.parametrize(
    "roads", [Truth(0), Truth(0, 3600, pace=0.5)], ids=["same slots", "other slots, twice as fast"]
)
def test_asked_roads_give_the_price_that_the_matrices_would(roads):
    plan = schedule(TWO, TOLD, seed=1, problem_sha256="x")
    day, window = quoting_day(TWO, plan, Seconds(0)), TimeWindow(Seconds(0), Seconds(1800))

    (offer,) = quote(day, ordered(5.5), [window], {"car": roads}).offers

    assert roads.asked
    assert offer.arrives_at == 13 * 60 + 210
    assert offer.cents == {"time": 10}


def test_the_map_is_asked_for_each_profile_and_again_in_every_slot(day, capsys, monkeypatch):
    roads = Truth(0)
    opened: list[str] = []

    def open_them(*_: Any, profile: str, **__: Any) -> Truth:
        opened.append(profile)
        return roads

    monkeypatch.setattr(streets, "open_roads", open_them)
    asked(day, "--osm", "map.osm.pbf", "--json", lon=spot(5.5).lon)
    found = json.loads(capsys.readouterr().out)

    assert opened == ["car"]
    assert found["every_slot"] == [{"window": [0, 1800], "total": found["offers"][0]["cents"]["total"]}]


def test_dispatch_asks_the_same_map_and_only_where_a_place_is_new(day, tmp_path, capsys, monkeypatch):
    roads, opened, events = Truth(0, pace=0.5), list[str](), str(tmp_path / "events.json")

    def open_them(*_: Any, profile: str, **__: Any) -> Truth:
        opened.append(profile)
        return roads

    monkeypatch.setattr(streets, "open_roads", open_them)
    asked(day, "--osm", "map.osm.pbf", "--out", events, "--json", lon=spot(5.5).lon)
    (quoted,) = json.loads(capsys.readouterr().out)["every_slot"]
    words = ("--osm", "map.osm.pbf", "--seconds", "0.1", "--json", "--out", str(tmp_path / "next.json"))

    assert cli.main(["dispatch", str(day), events, *words]) == 0
    ways = json.loads(capsys.readouterr().out)["alternatives"]
    assert min(way["difference"]["cents"]["total"] for way in ways) <= quoted["total"]
    (tmp_path / "later.json").write_text('[{"kind": "time", "at": 60}]')
    assert cli.main(["dispatch", str(tmp_path / "next.json"), str(tmp_path / "later.json"), *words]) == 0
    assert opened == ["car", "car"]

"""Why a stop stays out: the reason names what rules it out, and nothing is called impossible that can be done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.operations.problems import random_halts, random_problem, rich, under_way
from tests.strategies import seeds

from doorstep.domain.duty import BreakRule
from doorstep.domain.places import Place
from doorstep.domain.problem import Battery, Break, Charge, Driven, Halt, PlannedShift, Problem, Reload, Stop, Veto
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check, impossible_stops
from doorstep.operations.progress import ended
from doorstep.operations.reasons import why_unserved
from doorstep.operations.schedule import schedule

BEGIN, END = 28_800, 57_600


@dataclass(frozen=True)
class Day:
    """A stop some minutes from the depot, and a shift that has the time for it."""

    leg: int
    service: int
    amount: int

    def problem(self, stop: dict[str, Any] | None = None, shift: dict[str, Any] | None = None, **more: Any) -> Problem:
        """Return the day with parts of its stop, of its shift or of itself changed."""
        one = Stop("a", ("o",), 1, (), Seconds(self.service), (self.amount,))
        van = PlannedShift("h", "v", "d", Seconds(BEGIN), Seconds(END), 0, 0, (self.amount,))
        legs = np.array([[[0, self.leg], [self.leg, 0]]], np.int32)
        return Problem(
            "c", "depot", "2026-03-02", "UTC", "EUR", ("weight_g",), (Place(0, 0), Place(0, 1)),
            (replace(one, **(stop or {})),), (replace(van, **(shift or {})),),
            {"car": TravelTimes((Seconds(0),), legs, legs * 10)},
            Valuation("profit", ("m",), {}, {"a": Cents(10**6)}, {"h": Rates()}), **more,
        )  # fmt: skip

    @property
    def lasts(self) -> int:
        """Seconds from leaving to being back."""
        return 2 * self.leg + self.service


days = st.builds(Day, st.integers(60, 7200), st.integers(1, 3600), st.integers(1, 99_999))


def rule(**changes: Any) -> dict[str, Any]:
    """Return a shift's part: one rule that asks for a break."""
    usual = BreakRule("Art. 7", "driving", Seconds(16_200), Seconds(2_700))
    return {"breaks": (replace(usual, **changes),)}


def windows(*spans: tuple[int, int]) -> dict[str, Any]:
    """Return a stop's part: its windows."""
    return {"windows": tuple(TimeWindow(Seconds(a), Seconds(b)) for a, b in spans)}


def tightened(day: Day) -> dict[str, tuple[Problem, str]]:
    """Return by bound the day that a second, metre or gram too little makes impossible, and how that is said."""
    p = day.problem
    return {
        "window": (p(windows((0, BEGIN + day.leg - 1))), "its last window closes at"),
        "a window after the shift": (p(windows((END - day.leg - day.service + 1, 86_400))), "inside its windows ("),
        "capacity": (p(shift={"capacities": (day.amount - 1,)}), "kg of weight"),
        "skill": (p({"needs": frozenset({"crane"})}), "No shift offers crane."),
        "veto": (p(vetoes=(Veto("d", "a", "the dog"),)), "'d' must not come (the dog)"),
        "only": (p({"only": frozenset({"anna"})}), "only 'anna' may come"),
        "max_seconds": (p(shift={"max_seconds": Seconds(day.lasts - 1)}), "from leaving to being back"),
        "max_metres": (p(shift={"max_metres": Metres(20 * day.leg - 1)}), "he way there and back is"),
        "max_stops": (p(shift={"max_stops": 0}), "allows 0 stops"),
        "max_driving": (p(shift={"max_driving": Seconds(2 * day.leg - 1)}), "at the wheel"),
        "max_working": (p(shift={"max_working": Seconds(day.lasts - 1)}), "of driving and service"),
        "a leg beyond a rule": (p(shift=rule(after=Seconds(day.leg - 1))), "(Art. 7)"),
        "work beyond a rule": (
            p(shift=rule(counted="working", after=Seconds(day.leg + day.service - 1))), "(Art. 7)",
        ),
        "a rest too long": (p(shift=rule(after=Seconds(2 * day.leg - 1), length=Seconds(END - BEGIN))), "(Art. 7)"),
        "a rest in no window": (
            p(shift=rule(windows=(TimeWindow(Seconds(END + 1), Seconds(END + 2)),))), "beginning 16:00:01-16:00:02",
        ),
        "release": (p({"release": Seconds(END - day.lasts + 1)}), "Its goods are there at"),
        "loaded": (
            p({"release": Seconds(BEGIN + 1)}, {"loaded_at": Seconds(BEGIN)}, now=Seconds(BEGIN + 1)),
            "was loaded before its goods were there",
        ),
        "shift end": (p(shift={"ends": Seconds(BEGIN + day.lasts - 1)}), "No shift that serves it is back before it"),
        "range": (p(shift={"battery": Battery(10 * day.leg, 20 * day.leg - 1, 1000, 1)}), "has the range"),
    }  # fmt: skip


NAMES = sorted(tightened(Day(60, 60, 1)))


@pytest.mark.parametrize("name", NAMES)
@given(day=days)
@settings(max_examples=15)
def test_a_bound_that_alone_rules_a_stop_out_is_named(name: str, day: Day) -> None:
    problem, word = tightened(day)[name]
    reason = why_unserved(problem, problem.stops[0])
    must = problem.valued(replace(problem.valuation, unserved={}))

    assert why_unserved(day.problem(), problem.stops[0]).startswith("Serving it was believed to cost more")
    assert check(problem, schedule(problem, {"h": ["a"]}, seed=1, problem_sha256="")).infeasible
    assert word in reason
    assert [sentence.split(" but ", 1)[1] for sentence in impossible_stops(must)] == [reason[0].lower() + reason[1:]]


@pytest.mark.parametrize(
    ("shift", "halts"),
    [
        (rule(after=Seconds(600)), ["a", Break(Seconds(2_700))]),
        (rule(after=Seconds(600), so_far=Seconds(1)), [Break(Seconds(2_700)), "a", Break(Seconds(2_700))]),
        (rule(after=Seconds(1_199), split=(Seconds(900), Seconds(1_800))), ["a", Break(Seconds(2_700))]),
        (rule(counted="working", after=Seconds(900)), ["a", Break(Seconds(2_700))]),
        (rule(windows=(TimeWindow(Seconds(43_200), Seconds(45_000)),)), ["a", Break(Seconds(2_700))]),
    ],
)
def test_a_rule_that_a_rest_on_the_way_keeps_rules_nothing_out(shift: dict[str, Any], halts: Sequence[Halt]) -> None:
    problem = Day(600, 300, 1).problem(shift=shift)

    assert check(problem, schedule(problem, {"h": halts}, seed=1, problem_sha256="")).infeasible == ()
    assert "believed" in why_unserved(problem, problem.stops[0])


def _alone(problem: Problem, shift: PlannedShift, stop: Stop) -> Iterator[list[Halt]]:
    """Yield ways to serve a stop and its partner: with goods from the depot or a reload, charging and resting."""
    pair = next((p for p in problem.pairs if stop.stop_id in (p.pickup, p.delivery)), None)
    both: list[Halt] = [pair.pickup, pair.delivery] if pair else [stop.stop_id]
    rests: list[Halt | None] = [None, *{Break(r.length) for r in shift.breaks}]
    plugs: list[Halt | None] = [None, *(Charge(c.charger_id, Seconds(7200)) for c in problem.chargers[:1])]
    for first, last, plug, row in product(rests, rests, plugs, [None, *shift.reloads]):
        reload = None if row is None else Reload(row)
        yield [halt for halt in (reload, first, *both, plug, last) if halt is not None]


@given(seeds)
@settings(max_examples=8, deadline=None)
def test_nothing_is_impossible_that_some_shift_can_do(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), 6, rich(shifts=2))
    optional = replace(problem.valuation, unserved={stop.stop_id: Cents(1) for stop in problem.stops})
    shifts = tuple(replace(shift, frozen=()) for shift in problem.shifts)
    problem = replace(problem, shifts=shifts, valuation=optional)
    for stop, shift in product(problem.stops, problem.shifts):
        if "believed" in (why := why_unserved(problem, stop)):
            continue
        for halts in _alone(problem, shift, stop):
            report = check(problem, schedule(problem, {shift.shift_id: halts}, seed=1, problem_sha256=""))

            assert report.infeasible, why


def test_a_window_is_named_before_a_release_that_only_the_running_day_set() -> None:
    """The van is loaded and gone, and the shift ends before the window opens: earlier goods would not have helped."""
    noon, evening = Seconds(43_200), windows((61_200, 72_000))
    stop = {**evening, "release": noon}
    problem = Day(600, 60, 1).problem(stop, {"loaded_at": Seconds(BEGIN)}, now=noon)
    reason = why_unserved(problem, problem.stops[0])

    assert "No shift that serves it inside its windows (17:00-20:00) is back before it ends" in reason
    assert "'h' ends at 16:00" in reason


NOWHERE = 2**28 - 1


@pytest.mark.parametrize(
    ("out", "back", "said"),
    [
        (NOWHERE, NOWHERE, "No road leads from where 'h' starts to it."),
        (NOWHERE, 60, "No road leads from where 'h' starts to it."),
        (60, NOWHERE, "No road leads from it to where 'h' ends."),
    ],
)
@pytest.mark.parametrize("stop", [{}, windows((0, END))])
def test_where_no_road_leads_no_time_is_told(out: int, back: int, said: str, stop: dict[str, Any]) -> None:
    problem = Day(60, 60, 1).problem(stop)
    legs = np.array([[[0, out], [back, 0]]], np.int32)
    problem = replace(problem, times={"car": TravelTimes((Seconds(0),), legs, legs)})

    assert why_unserved(problem, problem.stops[0]) == said


def test_a_shift_that_comes_too_late_by_road_is_named_before_one_that_no_road_takes_there() -> None:
    problem = Day(60, 60, 1).problem(windows((0, BEGIN)))
    (shift,), legs = problem.shifts, np.array([[[0, NOWHERE], [NOWHERE, 0]]], np.int32)
    boat = replace(shift, shift_id="boat", profile="boat")
    times = {**problem.times, "boat": TravelTimes((Seconds(0),), legs, legs)}
    problem = replace(problem, shifts=(boat, shift), times=times)

    assert "the earliest arrival is 08:01" in why_unserved(problem, problem.stops[0])


NOON = Seconds(43_200)
GONE = "No shift that could bring it is on the road any more."
DRIVEN = Driven("b", Seconds(BEGIN + 600), Seconds(BEGIN + 600), Seconds(BEGIN + 660), Metres(6_000))


def _gone(early: dict[str, Any], late: dict[str, Any], stop: dict[str, Any] | None = None) -> str:
    """Return why a stop is left out at noon of a day whose shift `h` is over and whose shift `late` may not be."""
    day = Day(600, 60, 1).problem(stop, {"offers": frozenset({"cold"}), **early}, now=NOON)
    (one,), (shift,) = day.stops, day.shifts
    other = replace(shift, shift_id="late", offers=frozenset(), driven=(), loaded_at=None, max_stops=None)
    other = replace(other, starts=Seconds(BEGIN), ends=Seconds(END), end=0)
    served = replace(one, stop_id="b", order_ids=("p",), needs=frozenset())
    problem = replace(day, stops=(one, served), shifts=(shift, replace(other, **late)))
    return why_unserved(problem, problem.stops[0])


OVER = {
    "sick before it was loaded": {"max_stops": 0, "ends": NOON},
    "sick before it began": {"max_stops": 0, "starts": Seconds(NOON + 60), "ends": Seconds(NOON + 60)},
    "loaded, and never left": {"max_stops": 0, "ends": NOON, "loaded_at": NOON},
    "broken down": {"loaded_at": Seconds(BEGIN), "driven": (DRIVEN,), "max_stops": 1, "end": 1, "ends": BEGIN + 660},
    "home": {"loaded_at": Seconds(BEGIN), "driven": (DRIVEN,), "max_stops": 1, "ends": BEGIN + 1_260},
    "over by its hours": {"ends": Seconds(NOON - 60)},
}


@pytest.mark.parametrize("early", OVER.values(), ids=OVER.keys())
def test_a_shift_that_is_out_of_the_day_is_not_blamed_for_its_hours(early: dict[str, Any]) -> None:
    cold = {"needs": frozenset({"cold"})}

    assert _gone(early, {}, cold) == GONE
    assert "'late' ends at 12:15" in (why := _gone(early, {"ends": Seconds(NOON + 900)})), why
    assert "believed" in _gone(early, {"offers": frozenset({"cold"})}, cold)


def test_what_ends_a_shift_takes_it_out_of_the_day() -> None:
    day = Day(600, 60, 1).problem(now=NOON)
    over = replace(day, shifts=tuple(ended(shift, NOON) for shift in day.shifts))

    assert why_unserved(over, over.stops[0]) == GONE


def test_a_full_van_on_the_road_is_called_full() -> None:
    full = {"loaded_at": Seconds(BEGIN), "driven": (DRIVEN,), "max_stops": 1, "offers": frozenset({"cold"})}

    assert "shift 'h' allows 1 stop" in _gone(full, {}, {"needs": frozenset({"cold"})})


def test_what_a_day_under_way_can_still_do_is_not_impossible() -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        whole = random_problem(rng, 6, rich(shifts=2))
        whole = whole.valued(replace(whole.valuation, unserved={stop.stop_id: Cents(1) for stop in whole.stops}))
        halts = random_halts(rng, whole)
        problem = under_way(rng, whole, halts, schedule(whole, halts, seed=1, problem_sha256=""))
        problem = replace(problem, shifts=tuple(replace(shift, frozen=()) for shift in problem.shifts))
        for stop, shift in product(problem.stops, problem.shifts):
            why = why_unserved(problem, stop)
            elsewhere = {one.halt for other in problem.shifts if other is not shift for one in other.driven}
            for way in [] if "believed" in why else _alone(problem, shift, stop):
                past: list[Halt] = [driven.halt for driven in shift.driven]
                sequence = [*past, *(halt for halt in way if halt not in past or not isinstance(halt, str))]
                if elsewhere.isdisjoint(halt for halt in way if isinstance(halt, str)):
                    plan = schedule(problem, {shift.shift_id: sequence}, seed=1, problem_sha256="")

                    assert check(problem, plan).infeasible, why

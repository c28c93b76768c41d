"""Why this driver and this time: figures that planning again gives, too."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.operations.explain.street import MINUTE, at, planned, stop, street, van
from tests.operations.problems import Recipe, random_problem

from doorstep.domain.duty import BreakRule
from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import Break, Driven, Halt, Pair, Problem, Veto
from doorstep.domain.sequences import sequences_of
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.errors import UnknownStop
from doorstep.operations.explain import what_if, why_here
from doorstep.operations.explain.one_route import OneRoute
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search

pytestmark = pytest.mark.usefixtures("kernels")

BRIEFLY = 0.02


def two_vans(**more: object) -> Problem:
    return street([stop(k) for k in (2, 4, 6, 8)], [van(0), van(1)], **more)


@given(st.permutations(["s2", "s4", "s6", "s8"]), st.integers(0, 4))
@settings(max_examples=10)
def test_what_a_visit_adds_is_what_its_route_costs_more_than_without_it(order, cut):
    problem = two_vans()
    sequences = {"h0": order[:cut], "h1": order[cut:]}
    plan = planned(problem, sequences)
    without = {k: [x for x in halts if x != "s4"] for k, halts in sequences.items()}
    routes = [sum(sum(r.cents.values()) for r in planned(problem, s).routes) for s in (sequences, without)]

    assert why_here(problem, plan, "s4", seconds=0.005).adds == routes[0] - routes[1]


def test_the_latest_knock_is_the_last_second_that_makes_nobody_late():
    problem = street([stop(2), stop(4, windows=[(0, 30)])], [van(0, ends=at(50))])
    here = why_here(problem, planned(problem, {"h0": ["s2", "s4"]}), "s2", seconds=BRIEFLY)

    assert here.latest == (30 - 2 - 1) * MINUTE, "a minute at the door, two minutes on"


def test_the_latest_knock_stays_inside_the_window_of_the_knock():
    """s2 is open from 10 to 20 and from 100 to 110; after the first nobody could knock before the second."""
    problem = street([stop(2, windows=[(10, 20), (100, 110)]), stop(4)], [van(0)])
    early, late = (
        planned(replace(problem, shifts=(van(0, starts=at(start)),)), {"h0": ["s2", "s4"]}) for start in (0, 50)
    )

    assert why_here(problem, early, "s2", seconds=BRIEFLY).latest == 20 * MINUTE
    assert why_here(problem, late, "s2", seconds=BRIEFLY).latest == 110 * MINUTE


REST = BreakRule("rest", "elapsed", at(60), at(10))
LUNCH = BreakRule("lunch", "elapsed", Seconds(0), at(10), windows=(TimeWindow(at(60), at(70)),))


@pytest.mark.parametrize(
    ("of_van", "halts", "minute"),
    [
        # s2 two minutes away, a minute at the door; s4 another two, a minute; four minutes home
        ({"max_seconds": at(50)}, ["s2", "s4"], 50 - 4 - 1 - 2 - 1),
        ({"ends": at(50)}, ["s2", "s4"], 50 - 4 - 1 - 2 - 1),
        ({"breaks": (REST,)}, ["s2", Break(at(10)), "s4"], 60 - 1),
        ({"breaks": (LUNCH,)}, ["s2", Break(at(10)), "s4"], 70 - 1),
        ({"max_driving": at(8)}, ["s2", "s4"], 600 - 4 - 1 - 2 - 1),
    ],
    ids=["lasts", "ends", "rest", "lunch", "wheel"],
)
def test_the_latest_knock_keeps_every_limit_of_the_shift(of_van, halts, minute):
    problem = street([stop(2), stop(4)], [van(0, **of_van)])

    assert why_here(problem, planned(problem, {"h0": halts}), "s2", seconds=BRIEFLY).latest == at(minute)


def test_the_latest_knock_may_leave_the_depot_later_where_the_departure_is_free():
    problem = street([stop(2), stop(4)], [van(0, max_seconds=at(12), free_departure=True)])

    assert why_here(problem, planned(problem, {"h0": ["s2", "s4"]}), "s2", seconds=BRIEFLY).latest == at(592)


def test_at_rush_hour_the_latest_knock_counts_the_seconds_at_the_wheel():
    """From minute 30 on every leg takes twice as long: 2 + 2 + 4 minutes become 2 + 4 + 8."""
    problem = street([stop(2), stop(4)], [van(0, max_driving=at(11))])
    quiet = problem.times["car"]
    assert isinstance(quiet, TravelTimes)
    rush = TravelTimes(
        (Seconds(0), at(30)), np.concatenate([quiet.seconds, 2 * quiet.seconds]), np.repeat(quiet.metres, 2, axis=0)
    )
    problem = replace(problem, times={"car": rush})
    latest = why_here(problem, planned(problem, {"h0": ["s2", "s4"]}), "s2", seconds=BRIEFLY).latest

    assert at(20) < latest < at(30)


@pytest.mark.parametrize("seed", range(8))
def test_the_latest_knock_is_the_checkers(seed):
    recipe = Recipe(shifts=3, profiles=1, windowed=0.7, two_windows=0.6, optional=0.3, resting=0.5, bounded=0.5)
    problem = random_problem(np.random.default_rng(seed), 12, recipe)
    found = search(problem, seconds=5, seed=1, iterations=300)
    plan = schedule(problem, found.sequences, seed=1, problem_sha256="", departures=found.departures)
    stops = {s.stop_id: s for s in problem.stops}
    visits = [v for r in plan.routes for v in r.visits if v.kind == "stop"]
    assert visits

    def allowed(stop_id: str, at_second: int) -> bool:
        pinned = (TimeWindow(Seconds(at_second), Seconds(at_second)),)
        day = replace(
            problem, stops=tuple(replace(s, windows=pinned) if s.stop_id == stop_id else s for s in stops.values())
        )
        again = schedule(day, found.sequences, seed=1, problem_sha256="", departures=found.departures)
        report = check(day, again)
        return len(report.infeasible) == len(report.left_out)

    for visit in visits:
        latest = OneRoute.of(problem, *route_of(problem, plan, visit.stop_id)).latest(visit)
        windows = stops[visit.stop_id].windows

        assert allowed(visit.stop_id, latest)
        assert latest in {w.closes for w in windows} or not allowed(visit.stop_id, latest + 1)
        assert not windows or any(w.opens <= visit.starts_at and latest <= w.closes for w in windows)


def route_of(problem: Problem, plan: Plan, stop_id: str) -> tuple[Route, tuple[Halt, ...]]:
    """Return the route that visits a stop, and its halts."""
    route = next(r for r in plan.routes if stop_id in {v.stop_id for v in r.visits})
    return route, sequences_of(plan, problem)[0][route.shift_id]


def test_what_a_pair_adds_counts_both_halves_wherever_they_are():
    problem = street([stop(2), stop(4), stop(6)], [van(0)], pairs=(Pair("s2", "s6"),))
    plan, rest = (planned(problem, {"h0": halts}).routes[0] for halts in (["s2", "s4", "s6"], ["s4"]))
    whole = planned(problem, {"h0": ["s2", "s4", "s6"]})
    adds = why_here(problem, whole, "s6", seconds=BRIEFLY).adds

    assert adds == sum(plan.cents.values()) - sum(rest.cents.values()) > 0


def test_a_shift_that_could_leave_later_is_not_said_to_last_too_long():
    """h1 would wait at s4 from minute 4 on, if it left at once."""
    problem = street(
        [stop(2), stop(4, windows=[(100, 110)])], [van(0), van(1, max_seconds=at(12), free_departure=True)]
    )
    here = why_here(problem, planned(problem, {"h0": ["s2", "s4"]}), "s4", seconds=0.1)

    assert here.cannot == {}
    assert [i.shift_id for i in here.instead] == ["h1"]


def test_another_shift_is_offered_at_the_price_of_planning_so():
    problem = two_vans()
    plan = planned(problem, {"h0": ["s2", "s4"], "h1": ["s6", "s8"]})
    (instead,) = why_here(problem, plan, "s4", seconds=BRIEFLY).instead

    assert instead.shift_id == "h1"
    best = min(planned(problem, s).cents["total"] for s in (
        {"h0": [], "h1": ["s2", "s4", "s6", "s8"]}, {"h0": ["s2"], "h1": ["s4", "s6", "s8"]}
    ))  # fmt: skip
    assert instead.difference.total == best - plan.cents["total"]


def test_who_cannot_come_is_told_by_what_would_break():
    problem = street([stop(2), stop(4)], [van(0), van(1, ends=at(6))], vetoes=(Veto("d1", "s2", "a dog"),))
    plan = planned(problem, {"h0": ["s2", "s4"]})

    assert why_here(problem, plan, "s2", seconds=BRIEFLY).cannot == {"h1": {"veto_lifted": 1}}
    assert why_here(problem, plan, "s4", seconds=BRIEFLY).cannot == {"h1": {"shift_ends_later": 3 * MINUTE}}


def test_what_is_not_visited_is_refused():
    problem = two_vans()
    plan = planned(problem, {"h0": ["s2"]})

    for stop_id in ("s4", "nobody"):
        with pytest.raises(UnknownStop, match=f"a stop that the plan visits, got '{stop_id}'"):
            why_here(problem, plan, stop_id)


@pytest.mark.parametrize("bound", [{"frozen": ("s2",)}, {"driven": True}])
def test_what_is_driven_or_frozen_is_nobodys_to_choose(bound):
    if "driven" in bound:
        halt = Driven("s2", at(2), at(2), at(3), Metres(0))
        bound = {"driven": (halt,), "loaded_at": at(0)}
    problem = street([stop(2), stop(4)], [van(0, **bound), van(1)])
    plan = planned(problem, {"h0": ["s2", "s4"]})
    here = why_here(problem, plan, "s2", seconds=BRIEFLY)

    assert (here.held, here.instead, here.cannot) == (True, (), {})
    assert not what_if(problem, plan, "s2", shift_id="h1", seconds=BRIEFLY).holds
    assert not what_if(problem, plan, "s2", left_out=True, seconds=BRIEFLY).holds
    assert not why_here(problem, plan, "s4", seconds=BRIEFLY).held


# What if


def test_leaving_a_stop_out_changes_the_plan_by_what_it_saves_and_costs():
    problem = two_vans()
    plan = planned(problem, {"h0": ["s2", "s4", "s6", "s8"]})
    answer = what_if(problem, plan, "s8", left_out=True, seconds=BRIEFLY)

    assert answer.holds
    assert answer.difference.dropped == ("s8",)
    assert answer.difference.total == planned(problem, {"h0": ["s2", "s4", "s6"]}).cents["total"] - plan.cents["total"]


def test_a_time_by_hand_is_kept_and_priced_as_today():
    problem = two_vans()
    plan = planned(problem, {"h0": ["s2", "s4", "s6", "s8"]})
    answer = what_if(problem, plan, "s2", window=TimeWindow(at(60), at(70)), seconds=BRIEFLY)
    (knock,) = [v.starts_at for r in answer.plan.routes for v in r.visits if v.stop_id == "s2"]

    assert answer.holds
    assert at(60) <= knock <= at(70)
    assert answer.difference.total == answer.plan.cents["total"] - plan.cents["total"] > 0


def test_what_cannot_be_followed_does_not_hold():
    problem = street([stop(2), stop(4)], [van(0), van(1, capacities=(0,))])
    plan = planned(problem, {"h0": ["s2", "s4"]})

    assert not what_if(problem, plan, "s4", shift_id="h1", seconds=BRIEFLY).holds
    assert not what_if(problem, plan, "s4", window=TimeWindow(at(0), at(1)), seconds=BRIEFLY).holds


def test_a_wished_time_stays_inside_the_windows_that_it_touches():
    problem = street([stop(2, windows=[(60, 90)]), stop(4)], [van(0)])
    plan = planned(problem, {"h0": ["s4", "s2"]})
    answer = what_if(problem, plan, "s2", window=TimeWindow(at(45), at(75)), seconds=BRIEFLY)
    (knock,) = [v.starts_at for r in answer.plan.routes for v in r.visits if v.stop_id == "s2"]

    assert answer.holds
    assert at(60) <= knock <= at(75)
    assert answer.breaks == {}


@pytest.mark.parametrize(
    ("wished", "broken", "edge"),
    [
        ((10, 20), "window_opens_earlier:s2:0", 60),
        ((130, 140), "window_closes_later:s2:0", 90),
        ((170, 175), "window_opens_earlier:s2:1", 200),
    ],
)
def test_a_window_that_is_broken_by_hand_is_said_to_be_and_by_how_much(wished, broken, edge):
    problem = street([stop(2, windows=[(60, 90), (200, 220)])], [van(0)])
    plan = planned(problem, {"h0": ["s2"]})
    answer = what_if(problem, plan, "s2", window=TimeWindow(at(wished[0]), at(wished[1])), seconds=BRIEFLY)
    (knock,) = [v.starts_at for r in answer.plan.routes for v in r.visits]

    assert answer.holds
    assert at(wished[0]) <= knock <= at(wished[1])
    assert answer.breaks == {broken: abs(at(edge) - knock)}


def test_a_customers_own_wish_for_who_comes_is_said_to_be_broken():
    problem = street([stop(2, only=frozenset({"d1"})), stop(4)], [van(0), van(1)])
    plan = planned(problem, {"h0": ["s4"], "h1": ["s2"]})

    assert what_if(problem, plan, "s2", shift_id="h0", seconds=BRIEFLY).breaks == {"let_come": 1}
    assert what_if(problem, plan, "s2", shift_id="h1", seconds=BRIEFLY).breaks == {}


def test_what_must_be_served_is_said_to_be_left_out():
    problem = two_vans(unserved={"s2": Cents(500)})
    plan = planned(problem, {"h0": ["s2", "s4", "s6", "s8"]})

    assert what_if(problem, plan, "s4", left_out=True, seconds=BRIEFLY).breaks == {"must_serve": 1}
    assert what_if(problem, plan, "s2", left_out=True, seconds=BRIEFLY).breaks == {}


def test_no_decision_holds_that_leaves_out_another_stop_which_must_be_served():
    problem = street([stop(2), stop(4)], [van(0, max_stops=1), van(1, max_stops=1, ends=at(6))], unserved={})
    plan = planned(problem, {"h0": ["s4"], "h1": ["s2"]})

    assert not what_if(problem, plan, "s2", shift_id="h0", seconds=BRIEFLY).holds


@pytest.mark.parametrize(("stop_id", "shift_id"), [("s77", None), ("s2", "h77")])
def test_what_if_of_something_unknown_is_refused(stop_id, shift_id):
    problem = two_vans()

    with pytest.raises(UnknownStop, match="a stop and a shift of the problem"):
        what_if(problem, planned(problem, {"h0": ["s2"]}), stop_id, shift_id=shift_id)

"""Why this driver and this time: figures that planning again gives, too."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.operations.explain.street import MINUTE, at, planned, stop, street, van

from doorstep.domain.problem import Driven, Problem, Veto
from doorstep.domain.units import Cents, Metres
from doorstep.domain.windows import TimeWindow
from doorstep.operations.errors import UnknownStop
from doorstep.operations.explain import what_if, why_here

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

"""What a van has on board is nobody else's to bring, whatever is asked, wished or changed by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tests.operations.explain.street import MINUTE, at, planned, stop, street, van
from tests.operations.problems import Recipe, random_problem

from doorstep.domain.events import Rewindowed
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Pair, Problem, Veto
from doorstep.domain.sequences import sequences_of
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.dispatch.happenings import happened
from doorstep.operations.explain import carrier_of, what_if, why_here, would_be_served_if
from doorstep.operations.explain.left_out import asked_of, served_beside_all
from doorstep.operations.progress import RunningDay, as_of
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search

pytestmark = pytest.mark.usefixtures("kernels")

BRIEFLY = 0.02


def under_way(problem: Problem, plan: Plan, minute: int) -> tuple[Problem, Plan]:
    """Return the day and what is told as of a minute at which everything went by the plan."""
    day = as_of(problem, plan, at(minute))
    return day.problem, told_then(day)


def told_then(day: RunningDay) -> Plan:
    """Return the plan by which everybody goes on."""
    return schedule(day.problem, day.sequences, seed=1, problem_sha256="", departures=day.leaves)


def two_vans(**of_s4: object) -> tuple[Problem, Plan]:
    """Return minute 4 of a day on which h0 has left for s2, s4, s6 with their goods, and h1 waits for minute 100."""
    problem = street([stop(2), stop(4, **of_s4), stop(6), stop(8)], [van(0), van(1, starts=at(100))])
    return under_way(problem, planned(problem, {"h0": ["s2", "s4", "s6"], "h1": ["s8"]}), 4)


@pytest.mark.parametrize("only", [{}, {"only": frozenset({"d0", "d1"})}], ids=["anybody's", "named"])
def test_goods_on_board_go_to_no_other_shift_whoever_was_welcome(only):
    problem, plan = two_vans(**only)
    answer = what_if(problem, plan, "s6", shift_id="h1", seconds=BRIEFLY)
    named = what_if(problem, plan, "s4", shift_id="h1", seconds=BRIEFLY)
    depot = what_if(problem, plan, "s8", shift_id="h0", seconds=BRIEFLY)

    assert (answer.holds, answer.on_board_of, answer.held_by) == (False, "h0", None)
    assert not named.holds
    assert (depot.holds, depot.on_board_of) == (False, None), "h0 left without s8, which is on board of nobody"


def test_goods_on_board_may_stay_there_or_come_at_another_time():
    problem, plan = two_vans()

    assert what_if(problem, plan, "s6", left_out=True, seconds=BRIEFLY).holds
    assert what_if(problem, plan, "s6", shift_id="h0", seconds=BRIEFLY).holds
    assert what_if(problem, plan, "s6", window=TimeWindow(at(30), at(40)), seconds=BRIEFLY).holds


def test_no_other_shift_is_weighed_for_goods_on_board():
    problem, plan = two_vans()
    aboard, depot = (why_here(problem, plan, x, seconds=BRIEFLY) for x in ("s6", "s8"))

    assert (aboard.on_board, aboard.instead, aboard.cannot) == (True, (), {})
    assert (depot.on_board, list(depot.cannot["h0"])) == (False, ["left_without"])


@pytest.mark.parametrize("only", [{}, {"only": frozenset({"d0", "d1"})}], ids=["anybody's", "named"])
def test_nobody_is_let_come_for_goods_on_board(only):
    """s6 will be there from minute 590 on, when h0 has to be on its way home; h1 could come then, but with what?"""
    stops = [stop(2), stop(4), stop(6, **only)]
    problem = street(stops, [van(0, ends=at(500)), van(1, starts=at(100))])
    told = planned(problem, {"h0": ["s2", "s4", "s6"]})
    event = Rewindowed(at=at(4), order_id="o6", windows=(TimeWindow(at(570), at(590)),))
    day = happened(as_of(problem, told, at(4)), event)
    plan = {"h0": ("s2", "s4")}
    found = {c.change: c for c in would_be_served_if(day.problem, plan, "s6", seconds=BRIEFLY)}

    assert carrier_of(day.problem, plan, "s6") == "h0"
    assert set(found) == {"shift_ends_later", "window_opens_earlier"}
    assert found["shift_ends_later"].of == "h0"


def test_no_goods_come_earlier_to_a_van_that_has_left():
    """h1 is loaded and gone; s8, ordered later, lies at the depot and no wish puts it on that van."""
    problem = street([stop(2), stop(4), stop(8)], [van(0), van(1)])
    loaded, plan = under_way(problem, planned(problem, {"h0": ["s2"], "h1": ["s4"]}), 3)
    found = would_be_served_if(loaded, sequences_of(plan, loaded)[0], "s8", seconds=BRIEFLY)

    assert {change.change for change in found} == {"another_shift"}


def test_what_was_fetched_at_a_door_stays_with_who_fetched_it():
    problem = street([stop(2, amounts=(0,)), stop(3), stop(4)], [van(0), van(1)], pairs=(Pair("s2", "s4"),))
    running, plan = under_way(problem, planned(problem, {"h0": ["s2", "s3", "s4"]}), 3)
    answer = what_if(running, plan, "s4", shift_id="h1", seconds=BRIEFLY)

    assert (answer.holds, answer.on_board_of) == (False, "h0")
    assert why_here(running, plan, "s4", seconds=BRIEFLY).on_board


def test_a_veto_of_the_driver_who_has_the_goods_can_be_lifted():
    problem, _ = two_vans()
    vetoed = replace(problem, vetoes=(Veto("d0", "s6", "a dog"),))
    found = {c.change: c.of for c in would_be_served_if(vetoed, {"h0": ("s2", "s4"), "h1": ("s8",)}, "s6", seconds=0.1)}

    assert found["veto_lifted"] == "h0"
    assert "let_come" not in found


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 5])
def test_no_statement_about_a_running_day_moves_goods_between_vans(seed):
    rng = np.random.default_rng(seed)
    recipe = Recipe(shifts=3, profiles=1, windowed=0.4, choosy=0.3, optional=1.0, span_km=15.0)
    problem = random_problem(rng, 16, recipe)
    found = search(problem, seconds=5, seed=1, iterations=300)
    told = planned(problem, found.sequences)
    middle = Seconds(min(r.leaves_at for r in told.routes) + 45 * MINUTE)
    day = as_of(problem, told, middle)
    plan, sequences = told_then(day), day.sequences
    aboard = {x: s.shift_id for s in day.problem.shifts for x in day.aboard(s)}
    assert aboard
    for stop_id, carrier in list(aboard.items())[:4]:
        left = {k: tuple(h for h in halts if h != stop_id) for k, halts in sequences.items()}
        cheap = replace(day.problem.valuation, unserved={**day.problem.valuation.unserved, stop_id: Cents(0)})
        shown = would_be_served_if(replace(day.problem, valuation=cheap), left, stop_id, seconds=BRIEFLY)
        others = [s.shift_id for s in day.problem.shifts if s.shift_id != carrier]

        assert "let_come" not in {c.change for c in shown}
        for change in shown:
            asked = asked_of(day.problem, left, stop_id)
            only = next(s.only for s in served_beside_all(asked, change).stops if s.stop_id == stop_id)
            assert only == {carrier}, change
        assert not any(what_if(day.problem, plan, stop_id, shift_id=x, seconds=BRIEFLY).holds for x in others)
        assert why_here(day.problem, plan, stop_id, seconds=BRIEFLY).instead == ()

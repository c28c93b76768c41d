"""What two plans of one day differ in: who is late against what was promised, and what a change costs anew."""

from dataclasses import replace

from tests.operations.explain.street import at, planned, stop, street, van

from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, soft_window
from doorstep.operations.dispatch.differences import difference, promises
from doorstep.operations.dispatch.stability import Instability, with_instability, without_instability

UNTIL_NINE = PriceCurve((Seconds(0), at(3), at(30)), {"lateness": (Cents(0), Cents(0), Cents(2700))})


def test_a_promise_that_only_costs_ends_where_lateness_begins_to_rise():
    problem = street([stop(2), stop(5)], [van(0)])
    problem = problem.valued(replace(problem.valuation, curves={"s5": UNTIL_NINE}))
    plan = planned(problem, {"h0": ["s2", "s5"]})
    found = difference(plan, plan, promises(problem))

    assert promises(problem) == {"s5": at(3)}
    assert (found.late, found.late_seconds) == (1, at(3)), "it knocks at minute 6"


def test_a_price_of_being_early_does_not_end_a_promise():
    problem = street([stop(5)], [van(0)])
    soft = soft_window(at(10), at(20), early=600, late=600, until=at(60))

    assert promises(problem.valued(replace(problem.valuation, curves={"s5": soft}))) == {"s5": at(20)}


def test_where_a_window_and_a_price_both_promise_the_earlier_end_counts():
    problem = street([stop(5, windows=[(0, 2)]), stop(6, windows=[(0, 40)])], [van(0)])
    curves = {"s5": UNTIL_NINE, "s6": UNTIL_NINE}

    assert promises(problem.valued(replace(problem.valuation, curves=curves))) == {"s5": at(2), "s6": at(3)}


def test_other_parts_of_a_door_s_price_promise_nothing():
    problem = street([stop(5)], [van(0)])
    failing = PriceCurve((at(1), at(9)), {"failure": (Cents(0), Cents(500)), "lateness": (Cents(7), Cents(7))})

    assert promises(problem.valued(replace(problem.valuation, curves={"s5": failing}))) == {}


def test_what_an_earlier_change_cost_is_no_saving_once_everybody_knows_of_it():
    problem = street([stop(2), stop(5)], [van(0), van(1)])
    told = planned(problem, {"h0": ["s2", "s5"]})
    priced = with_instability(problem, told, Instability())
    changed = planned(priced, {"h0": ["s2"], "h1": ["s5"]})
    assert changed.cents["instability"] == 150
    again = planned(with_instability(priced, changed, Instability()), {"h0": ["s2"], "h1": ["s5"]})

    assert dict(difference(without_instability(changed), again).cents) == {}

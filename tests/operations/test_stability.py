"""What it costs to change a plan that people know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.explain.street import planned, stop, street, van

from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve
from doorstep.operations.dispatch.stability import Instability, together, with_instability

curves = st.lists(st.tuples(st.integers(-9_000, 90_000), st.integers(0, 9_000)), min_size=1, unique_by=lambda k: k[0])


def curve(part: str, knots: list[tuple[int, int]]) -> PriceCurve:
    at, cents = zip(*sorted(knots), strict=True)
    return PriceCurve(at, {part: cents})


def test_a_visit_told_for_the_small_hours_has_no_price_before_midnight():
    """What a problem file can't hold would be a plan of ours that is not accepted back."""
    problem = street([stop(1)], [van(0)])
    plan = planned(problem, {"h0": ["s1"]})
    priced = with_instability(problem, plan, Instability()).valuation.curves["s1"]

    assert priced.at[0] == 0
    assert priced.price("instability", 60) == 0
    assert priced.price("instability", 60 + 900 + 3600) == 400


@given(curves, curves, st.integers(0, 90_000))
def test_curves_together_cost_what_each_costs(one, other, at):
    both = together(curve("ticket", one), curve("instability", other))

    assert both.at[0] >= 0
    for part, knots in (("ticket", one), ("instability", other)):
        assert both.price(part, at) == pytest.approx(curve(part, knots).price(part, at), abs=1)


def test_without_a_price_for_time_only_moving_costs():
    problem = street([stop(1)], [van(0), van(1)])
    plan = planned(problem, {"h0": ["s1"]})
    priced = with_instability(problem, plan, Instability(Cents(70), 0)).valuation

    assert priced.pairings["instability"] == {"h0": {}, "h1": {"s1": 70}}
    assert priced.curves["s1"].total(Seconds(9_000)) == 0

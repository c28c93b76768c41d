"""One search answers two questions only when their prices differ by constants."""

from dataclasses import replace

import numpy as np
import pytest

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.operations.sameness import asks_the_same

FLAT = PriceCurve((Seconds(0),), {"failure": (Cents(70),)})
MOVING = PriceCurve((Seconds(0), Seconds(100)), {"failure": (Cents(70), Cents(20))})


@pytest.fixture
def problem() -> Problem:
    legs = np.array([[[0, 60], [60, 0]]], dtype=np.int32)
    times = {"car": TravelTimes((Seconds(0),), legs, legs)}
    stop = Stop("o1", ("o1",), 1, (), Seconds(60), ())
    shift = PlannedShift("s1", "v1", None, Seconds(0), Seconds(9999), 0, 0, ())
    priced = Valuation("efficiency", (), {}, {"o1": Cents(900)}, {"s1": Rates(cents_per_hour=2000)})
    return Problem("c", "d", "2026-11-20", "UTC", "EUR", (), (None, None), (stop,), (shift,), times, priced)


def with_curve(problem: Problem, curve: PriceCurve) -> Problem:
    return problem.valued(replace(problem.valuation, objective="profit", curves={"o1": curve}))


def with_pairing(problem: Problem, cents: int) -> Problem:
    return problem.valued(replace(problem.valuation, pairings={"familiarity": {"s1": {"o1": Cents(cents)}}}))


def test_a_constant_price_at_the_door_asks_the_same(problem):
    assert asks_the_same(problem, with_curve(problem, FLAT))


def test_a_price_that_moves_asks_something_else(problem):
    assert not asks_the_same(problem, with_curve(problem, MOVING))


def test_a_priced_strain_asks_something_else_a_free_one_does_not(problem):
    free = {"s1": Rates(cents_per_hour=2000, strain_free=40)}
    priced = {"s1": Rates(cents_per_hour=2000, strain_free=40, cents_per_strain=3)}

    assert asks_the_same(problem, problem.valued(replace(problem.valuation, rates=free)))
    assert not asks_the_same(problem, problem.valued(replace(problem.valuation, rates=priced)))


def test_what_it_costs_who_comes_asks_something_else_unless_it_costs_nothing(problem):
    assert asks_the_same(problem, with_pairing(problem, 0))
    assert not asks_the_same(problem, with_pairing(problem, -200))


@pytest.mark.parametrize("rate", ["cents_per_stop", "even_cents_per_hour"])
def test_a_price_of_stops_or_of_unfair_shares_asks_something_else(problem, rate):
    rates = {"s1": replace(problem.valuation.rates["s1"], **{rate: 5})}

    assert not asks_the_same(problem, problem.valued(replace(problem.valuation, rates=rates)))

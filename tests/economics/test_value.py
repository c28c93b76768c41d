import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.economics.deliveries import (
    GRID,
    ORDERS,
    SHIFTS,
    TARIFF,
    VEHICLES,
    WIDE,
    beliefs,
    day,
    evening,
    flat,
    reactions,
)

from doorstep.domain.fleet import Vehicle
from doorstep.domain.outlook import ArrivalSpread, Outlook
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import DOOR_PARTS, PriceCurve, Rates, Valuation
from doorstep.economics.turnover import NONE, Turnover
from doorstep.economics.value import LATENESS_BY_TARIFF, STRAIN_BY_TARIFF, efficiency, unserved, value


def flats() -> dict[str, Outlook]:
    return {each.order_id: flat(each.order_id, each.recipient_id) for each in ORDERS}


def evenings() -> dict[str, Outlook]:
    return {each.order_id: evening(each.order_id, each.recipient_id) for each in ORDERS}


def without_constants(valuation: Valuation) -> Valuation:
    curves = {}
    for stop, curve in valuation.curves.items():
        varying = {
            part: tuple(Cents(each - min(cents)) for each in cents)
            for part, cents in curve.parts.items()
            if max(cents) > min(cents)
        }
        if varying:
            curves[stop] = PriceCurve(curve.at, varying)
    return dataclasses.replace(valuation, curves=curves, objective="", valued_by=())


def test_where_nothing_was_learned_profit_searches_what_efficiency_searches():
    believed = beliefs(flats(), reactions(ticket_if_failed=0.2), spread=WIDE)
    profit, plain = value(day(), believed), efficiency(day(), believed.second_attempt)

    assert without_constants(profit) == without_constants(plain)
    assert {len(curve.at) for curve in profit.curves.values()} == {1}
    assert profit.curves["o3"].total(50_000) == 50 + 94


def test_a_failure_costs_an_attempt_a_ticket_and_later_orders():
    said = reactions(ticket_if_failed=0.2, orders_if_failed=0.1, account_if_failed=0.0001)
    priced = value(day(), beliefs(evenings(), said)).curves["o3"]

    assert priced.prices(10 * 3600) == {"failure": 200, "ticket": 376, "lost_value": round(0.4 * 0.1 * 10_000 + 9.6)}
    assert priced.price("failure", 19 * 3600) == 25


def test_orders_of_one_stop_add_up():
    said = reactions(orders_if_failed=0.1)
    together = value(day(), beliefs(evenings(), said)).curves["o1"]

    assert together.price("failure", 10 * 3600) == 2 * 160
    assert together.price("lost_value", 10 * 3600) == 2 * round(0.4 * 0.1 * 20_000)


def test_nobody_pays_for_an_account_that_is_not_there():
    priced = value(day(), beliefs(evenings(), reactions(account_if_failed=0.01))).curves

    assert priced["o3"].price("lost_value", 10 * 3600) > 0
    assert priced["o4"].price("lost_value", 10 * 3600) == 0


def test_lateness_is_priced_by_what_it_does_and_the_spread_blurs_its_edge():
    said = reactions(ticket_if_late=(0.0, 0.1, 0.1))
    sharp = value(day(), beliefs(flats(), said)).curves["o3"]
    wide = value(day(), beliefs(flats(), said, spread=WIDE)).curves["o3"]
    closes = 12 * 3600

    assert sharp.price("ticket", closes) == 0
    assert sharp.price("ticket", closes + 1800) == 470
    assert 0 < wide.price("ticket", closes - 900) < wide.price("ticket", closes) < wide.price("ticket", closes + 1800)
    assert "lateness" not in sharp.parts


def test_a_biased_plan_is_priced_where_the_van_really_comes():
    late = ArrivalSpread("late", 1800.0, 0.0, 0.0, 0.0)
    said = reactions()
    shifted = value(day(), beliefs(evenings(), said, spread=late)).curves["o4"]
    plain = value(day(), beliefs(evenings(), said)).curves["o4"]

    assert shifted.price("failure", 15 * 3600 + 1800) == plain.price("failure", 16 * 3600)
    assert shifted.price("failure", 15 * 3600) == plain.price("failure", 15 * 3600 + 1800)


def test_the_spread_agrees_with_drawing_many_arrivals():
    outlook = evening("o4", "r3")
    rng = np.random.default_rng(1)
    at = 15 * 3600
    drawn = np.mean([1 - outlook.chance(int(t)) for t in at + rng.normal(0, 1200, 20_000)])
    priced = value(day(), beliefs(evenings(), reactions(), spread=WIDE)).curves["o4"].price("failure", at)

    assert abs(priced - 400 * drawn) <= 3


def test_rates_are_the_tariffs_and_strain_is_profits_alone():
    tired = Turnover("turnover-test", 30, 12, 150, ())
    believed = beliefs(flats(), reactions(), turnover=tired)
    profit, plain = (each.rates["s1"] for each in (value(day(), believed), efficiency(day(), believed.second_attempt)))

    assert (plain.cents_per_hour, plain.waiting_cents_per_hour, plain.overtime_cents_per_hour) == (2_400, 2_400, 1_200)
    assert (plain.cents_per_km, plain.fixed_cents, plain.cents_per_strain) == (30, 1_500, 0)
    assert (profit.strain_free, profit.cents_per_strain, profit.strain_cents_per_overtime_hour) == (30, 12, 150)
    assert dataclasses.replace(
        profit, strain_free=0, cents_per_strain=0, strain_cents_per_overtime_hour=0) == plain  # fmt: skip


def test_a_partners_van_is_priced_by_its_row_alone_and_its_driver_by_contract():
    tired = Turnover("turnover-test", 30, 12, 150, ())
    ours = dataclasses.replace(VEHICLES["v1"], cents_per_stop=300)

    def rates(vehicle: Vehicle, *, contract: str = "", wage: int | None = None) -> Rates:
        shifts = (dataclasses.replace(SHIFTS[0], wage_cents_per_hour=wage, contract=contract),)
        told = dataclasses.replace(day(), vehicles={"v1": vehicle}, shifts=shifts)
        return value(told, beliefs(flats(), reactions(), turnover=tired)).rates["s1"]

    theirs = dataclasses.replace(ours, partner="acme")
    plain, tariff = Rates(overtime_after=TARIFF.overtime_after), rates(ours)
    assert rates(theirs) == rates(theirs, contract="self") == dataclasses.replace(plain, cents_per_stop=300)
    assert rates(theirs, wage=3_000).cents_per_hour == 3_000
    assert rates(theirs, contract="employed") == dataclasses.replace(tariff, cents_per_km=0, fixed_cents=0)
    assert rates(dataclasses.replace(theirs, cents_per_stop=0)) == dataclasses.replace(tariff, cents_per_stop=0)
    assert rates(ours, contract="self") == dataclasses.replace(tariff, overtime_cents_per_hour=0)


def test_the_tariff_prices_strain_only_where_nothing_was_learned_of_it():
    told = dataclasses.replace(TARIFF, cents_per_strain=20, strain_free_units=50)
    learned = Turnover("turnover-test", 30, 12, 150, ())
    for turnover, free, cents in ((learned, 30, 12), (NONE, 50, 20)):
        priced = value(day(told), beliefs(flats(), reactions(), turnover=turnover))

        assert (priced.rates["s1"].strain_free, priced.rates["s1"].cents_per_strain) == (free, cents)
        assert (STRAIN_BY_TARIFF in priced.valued_by) == (turnover is NONE)


SOFT = dataclasses.replace(TARIFF, late_cents_per_hour=1_200, early_cents_per_hour=600)


def test_the_tariff_prices_lateness_only_where_nothing_was_learned_of_it_and_earliness_always():
    opens, closes = 9 * 3600, 12 * 3600
    told = value(day(SOFT), beliefs(flats(), reactions()))
    learned = value(day(SOFT), beliefs(flats(), reactions(orders_if_late=(0.0, 0.1, 0.1))))

    assert [told.curves["o3"].price("lateness", at) for at in (opens - 3600, opens, closes, closes + 1800)] == [
        600, 0, 0, 600
    ]  # fmt: skip
    assert told.curves["o3"].price("lateness", 40 * 3600) == 12 * 1_200
    assert [learned.curves["o3"].price("lateness", at) for at in (opens - 3600, closes + 1800)] == [600, 0]
    assert "lateness" not in told.curves["o4"].parts, "nothing was promised"
    assert LATENESS_BY_TARIFF in told.valued_by
    assert LATENESS_BY_TARIFF not in value(day(), beliefs(flats(), reactions())).valued_by
    assert len(told.curves["o3"].at) <= 30


def test_a_spread_of_arrivals_blurs_the_edge_of_a_promise():
    wide = value(day(SOFT), beliefs(flats(), reactions(), spread=WIDE)).curves["o3"]
    closes = 12 * 3600

    assert 0 < wide.price("lateness", closes - 900) < wide.price("lateness", closes) < 600
    assert abs(wide.price("lateness", closes + 2 * 3600) - 2_400) <= 40


def test_being_late_is_never_dearer_than_leaving_out():
    priced = value(day(SOFT), beliefs(flats(), reactions()))

    assert priced.curves["o3"].total(40 * 3600) < priced.unserved["o3"]


def test_not_serving_costs_the_same_under_both_and_more_than_any_detour():
    believed = beliefs(evenings(), reactions(ticket_if_failed=0.2))
    profit, plain = value(day(), believed), efficiency(day(), believed.second_attempt)
    whole_shift = 9 * 3_600 + 200 * 30 + 1_500

    assert profit.unserved == plain.unserved == unserved(day(), believed.second_attempt)
    assert min(plain.unserved.values()) > whole_shift
    assert plain.unserved["o1"] - plain.unserved["o4"] == 900 + 400


def test_each_step_of_priority_is_worth_more_than_any_detour():
    believed, today = beliefs(flats(), reactions()), day()
    ranked = {name: dataclasses.replace(order, priority=-2 * (name == "o4")) for name, order in today.orders.items()}
    plain, steps = (
        unserved(one, believed.second_attempt) for one in (today, dataclasses.replace(today, orders=ranked))
    )

    assert steps["o4"] == plain["o4"]
    assert min(steps[name] - plain[name] for name in plain if name != "o4") == 2 * (9 * 3_600 + 200 * 30 + 1_500)


def test_every_part_is_one_that_plans_know():
    said = reactions(ticket_if_failed=0.2, orders_if_failed=0.1, ticket_if_late=(0.0, 0.1, 0.2))
    parts = {part for curve in value(day(), beliefs(evenings(), said)).curves.values() for part in curve.parts}

    assert parts == {"failure", "ticket", "lost_value"}
    assert parts < set(DOOR_PARTS)


@given(st.lists(st.floats(0, 1), min_size=len(GRID), max_size=len(GRID)), st.floats(0, 3_000), st.floats(-900, 900))
def test_a_price_never_leaves_the_range_that_chances_allow(chances, sd, bias):
    said = tuple(chances)
    outlooks = {
        each.order_id: Outlook(each.order_id, each.recipient_id, "m", GRID, said, said, said, 1) for each in ORDERS
    }
    spread = ArrivalSpread("any", bias, 60.0, sd, 120.0)
    priced = value(day(), beliefs(outlooks, reactions(), spread=spread)).curves.get("o4")
    cents = priced.parts.get("failure", (Cents(0),)) if priced else (Cents(0),)

    assert len(cents) <= 30
    assert round(400 * (1 - max(chances))) - 1 <= min(cents) <= max(cents) <= round(400 * (1 - min(chances))) + 1


@pytest.mark.parametrize("shifts", [(), None])
def test_a_day_without_shifts_can_still_be_valued(shifts):
    given_day = day() if shifts is None else dataclasses.replace(day(), shifts=shifts)
    priced = value(given_day, beliefs(evenings(), reactions()))

    assert set(priced.rates) == {shift.shift_id for shift in given_day.shifts}
    assert priced.curves["o4"].at[0] == Seconds(8 * 3600)

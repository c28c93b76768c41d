import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.domain.errors import YourInput
from doorstep.domain.fleet import Depot, Plug, Shift, Vehicle
from doorstep.domain.orders import Order, Recipient
from doorstep.domain.places import Place
from doorstep.domain.problem import Battery, Charger, Pair, PlannedShift, Problem
from doorstep.domain.tariff import Company
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.day import DayNouns, apart, day_problem, intersected, places, stops

DEPOT = Depot("d1", Place(-8.6, 41.0), Seconds(6 * 3600), Seconds(22 * 3600), "Europe/Lisbon")
COMPANY = Company("c", "C", "EUR", 2, "Europe/Lisbon")
PEOPLE = {
    "r1": Recipient("r1", Place(-8.6, 41.1), "flat", floor=3),
    "r2": Recipient("r2", Place(-8.6, 41.2)),
}
VAN = Vehicle("v1", "d1", "car", 800_000, None, None, Cents(0), 150, frozenset({"cold"}))


def window(opens, closes) -> TimeWindow:
    return TimeWindow(Seconds(opens * 3600), Seconds(closes * 3600))


def order(number, recipient, *windows, weight=1_000, needs=()) -> Order:
    return Order(
        f"o{number}",
        recipient,
        None,
        "d1",
        "2026-03-04",
        windows,
        None,
        weight,
        500,
        None,
        frozenset(needs),
        Cents(900),
    )


def shift(starts=8, ends=17) -> Shift:
    return Shift("s1", "d1", "v1", "w1", "2026-03-04", Seconds(starts * 3600), Seconds(ends * 3600), None)


def nouns(*orders, shifts=None) -> DayNouns:
    service = {each.order_id: Seconds(200) for each in orders}
    return DayNouns(COMPANY, DEPOT, "2026-03-04", orders, PEOPLE, {"v1": VAN}, shifts or (shift(),), service)


def times(n) -> dict[str, TravelTimes]:
    legs = np.full((1, n, n), 600, dtype=np.int32)
    legs[:, np.arange(n), np.arange(n)] = 0
    return {"car": TravelTimes((Seconds(0),), legs, legs)}


def test_orders_for_one_door_become_one_stop():
    given_day = nouns(order(1, "r1", weight=2_000), order(2, "r2"), order(3, "r1", needs=["cold"]))
    found = stops(given_day)

    assert [stop.order_ids for stop in found] == [("o1", "o3"), ("o2",)]
    assert found[0].amounts == (3_000, 1_000)
    assert found[0].service == 200 + 50
    assert found[0].needs == {"cold"}
    assert found[0].strain > found[1].strain
    assert len(places(given_day)) == 3


def test_windows_are_intersected_and_orders_that_never_meet_stay_apart():
    together = stops(nouns(order(1, "r1", window(8, 12)), order(2, "r1", window(10, 14)), order(3, "r1")))
    split = stops(nouns(order(1, "r1", window(8, 10)), order(2, "r1", window(12, 14)), order(3, "r1", window(9, 13))))

    assert [stop.windows for stop in together] == [(window(10, 12),)]
    assert [stop.order_ids for stop in split] == [("o1", "o3"), ("o2",)]
    assert [stop.windows for stop in split] == [(window(9, 10),), (window(12, 14),)]


def test_a_day_becomes_a_problem_that_knows_its_van():
    problem = day_problem(nouns(order(1, "r1"), order(2, "r2"), shifts=(shift(5, 23),)), times(3))
    planned = problem.shifts[0]

    assert (planned.starts, planned.ends) == (6 * 3600, 22 * 3600)
    assert (planned.max_stops, planned.profile) == (150, "car")
    assert planned.offers == {"cold"}
    assert planned.capacities[0] == 800_000
    assert [stop.location for stop in problem.stops] == [1, 2]
    assert problem.places[0] == DEPOT.place


def test_a_vehicle_without_travel_times_is_named_by_its_profile():
    with pytest.raises(YourInput, match="none for car"):
        day_problem(nouns(order(1, "r1")), {})


def test_a_shift_outside_its_depots_hours_is_refused():
    with pytest.raises(YourInput, match="s1 to overlap the hours of depot d1"):
        day_problem(nouns(order(1, "r1"), shifts=(shift(23, 24),)), times(2))


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=5).map(
    lambda pairs: apart([TimeWindow(Seconds(a), Seconds(a + b)) for a, b in pairs])
)


def seconds(windows) -> set[int]:
    return {at for window in windows for at in range(window.opens, window.closes + 1)}


@given(spans, spans)
def test_a_second_is_in_the_intersection_when_it_is_in_both(one, other):
    both = intersected(one, other)

    assert seconds(both) == seconds(one) & seconds(other)
    assert list(both) == sorted(both)


@given(spans)
def test_windows_set_apart_never_overlap(windows):
    assert all(a.closes < b.opens for a, b in itertools.pairwise(windows))


def test_a_vehicle_without_a_stated_volume_still_makes_a_problem_that_a_file_may_hold():
    problem = day_problem(nouns(order(1, "r1")), times(2))

    assert problem.shifts[0].capacities == (800_000, 1_000_000_000)


def test_two_shifts_at_once_need_two_vehicles_and_two_drivers():
    early, late = shift(8, 13), dataclasses.replace(shift(13, 17), shift_id="s2")
    twice = dataclasses.replace(late, starts=Seconds(12 * 3600))
    other_van = dataclasses.replace(twice, vehicle_id="v2")
    nobody = dataclasses.replace(other_van, driver_id=None), dataclasses.replace(early, driver_id=None)
    vans = {"v1": VAN, "v2": dataclasses.replace(VAN, vehicle_id="v2")}

    def made(*shifts: Shift) -> tuple[PlannedShift, ...]:
        return day_problem(dataclasses.replace(nouns(order(1, "r1"), shifts=shifts), vehicles=vans), times(2)).shifts

    assert len(made(early, late)) == 2, "one after the other"
    assert len(made(*nobody)) == 2, "drivers nobody named may be two"
    with pytest.raises(YourInput, match="vehicle v1 one after the other, got s1 until 13:00 and s2 from 12:00"):
        made(twice, early)
    with pytest.raises(YourInput, match="driver w1 one after the other"):
        made(early, other_van)


FREEZER = dataclasses.replace(VAN, own_capacities=(("cold", 4),), max_trips=2, reload=Seconds(600), range_m=Metres(9))


def asked(*orders, vehicle=VAN, shifts=None, plugs=()) -> Problem:
    """Return the question of a day with one kind of van."""
    day = dataclasses.replace(nouns(*orders, shifts=shifts), vehicles={"v1": vehicle}, plugs=plugs)
    return day_problem(day, times(len(places(day))))


def fetched(one: Order, **changes) -> Order:
    return dataclasses.replace(one, kind="pickup", **changes)


def test_what_is_fetched_at_a_door_is_picked_up_there_with_what_is_brought():
    both = asked(order(1, "r1", weight=2_000), fetched(order(2, "r1", weight=700)), fetched(order(3, "r2"))).stops

    assert [(stop.order_ids, stop.amounts, stop.picks) for stop in both] == [
        (("o1", "o2"), (2_000, 500), (700, 500)),
        (("o3",), (0, 0), (1_000, 500)),
    ]


def test_goods_that_come_while_shifts_run_bind_their_trip_and_no_other():
    late, early = (dataclasses.replace(order(n, "r1"), ready=Seconds(h * 3600)) for n, h in ((1, 10), (2, 7)))

    assert [(stop.order_ids, stop.release) for stop in asked(late, early, order(3, "r1")).stops] == [
        (("o1",), 10 * 3600),
        (("o2", "o3"), 0),
    ]


def test_what_is_ready_late_at_a_door_is_fetched_late():
    at = Seconds(10 * 3600)
    (stop,) = asked(fetched(order(1, "r1", window(8, 9), window(9, 12)), ready=at)).stops
    (open_end,) = asked(fetched(order(1, "r1"), ready=at)).stops

    assert (stop.windows, stop.release) == ((window(10, 12),), 0)
    assert open_end.windows == (window(10, 22),)


def test_halves_of_a_pair_are_stops_of_their_own_and_weigh_what_either_says():
    one = fetched(order(1, "r1"), pair_id="p", ready=Seconds(9 * 3600), own_amounts=(("cold", 2),))
    other = dataclasses.replace(order(2, "r2", weight=3_000), pair_id="p")
    problem = asked(one, other, order(3, "r1"), order(4, "r2"), vehicle=FREEZER)
    pickup, delivery, *_ = problem.stops

    assert problem.pairs == (Pair("o1", "o2"),)
    assert [stop.order_ids for stop in problem.stops] == [("o1",), ("o2",), ("o3",), ("o4",)]
    assert (pickup.amounts, pickup.picks, pickup.windows) == ((0, 0, 0), (), (window(9, 22),))
    assert (delivery.amounts, delivery.release) == ((3_000, 500, 2), 0)


def test_units_of_the_companys_own_are_dimensions_where_a_van_of_the_day_counts_them():
    cold = dataclasses.replace(order(1, "r1"), own_amounts=(("cold", 3), ("heavy", 1)))
    problem = asked(cold, vehicle=FREEZER)

    assert problem.dimensions == ("weight_g", "volume_ml", "cold")
    assert problem.stops[0].amounts == (1_000, 500, 3)
    assert problem.shifts[0].capacities[2] == 4
    assert asked(cold).dimensions == ("weight_g", "volume_ml")


def test_a_shift_offers_what_van_and_driver_do():
    able = dataclasses.replace(shift(), skills=frozenset({"stairs"}))

    assert asked(order(1, "r1"), shifts=(able,)).shifts[0].offers == {"cold", "stairs"}


def test_what_no_van_could_bring_at_once_stays_apart():
    heavy = order(1, "r1", weight=700_000), order(2, "r1", weight=700_000)
    odd = order(1, "r1", needs=["cold"]), order(2, "r1", needs=["nobody offers it"])

    assert len(asked(*heavy).stops) == len(asked(*odd).stops) == 2


def test_a_van_loads_again_at_its_depot_and_has_a_range():
    (planned,) = asked(order(1, "r1"), vehicle=FREEZER).shifts
    (plain,) = asked(order(1, "r1")).shifts

    assert (planned.reloads, planned.max_trips, planned.reload_seconds, planned.max_metres) == ((0,), 2, 600, 9)
    assert (plain.reloads, plain.max_trips, plain.reload_seconds, plain.max_metres) == ((), 1, 0, None)


def test_plugs_have_rows_after_the_stops():
    battery = Battery(60_000, 60_000, 250, 7_000)
    plug = Plug("c1", Place(-8.7, 41.1), 50_000, 40, (window(8, 20),))
    van = dataclasses.replace(VAN, battery=battery, range_m=Metres(9))
    problem = asked(order(1, "r1"), order(2, "r2"), vehicle=van, plugs=(plug,))

    assert problem.chargers == (Charger("c1", 3, 50_000, 40, (window(8, 20),)),)
    assert problem.places[3] == plug.place
    assert (problem.shifts[0].battery, problem.shifts[0].max_metres) == (battery, None)

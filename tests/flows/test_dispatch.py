"""While the day runs: what is driven and loaded stays, events do what they say, any plan of ours is accepted back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from tests.operations.explain.street import MINUTE, at, stop, van
from tests.operations.problems import Recipe, random_problem, rich
from tests.operations.random_events import broken_promises, random_event, random_moment
from tests.strategies import seeds

from doorstep.adapters.plan_files import read_plan, write_plan
from doorstep.adapters.problem_files import problem_sha256, read_problem, write_problem
from doorstep.domain.duty import BreakRule
from doorstep.domain.errors import YourInput
from doorstep.domain.events import Cancelled, ClosedOff, Delayed, Event, FellOut, Ordered, Rewindowed, Ticked
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
from doorstep.domain.problem import (
    Battery,
    Break,
    Charge,
    Charger,
    Halt,
    Pair,
    PlannedShift,
    Problem,
    Reload,
    Stop,
    Veto,
)
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PriceCurve, Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.flows.dispatch import Dispatched, Effort, dispatch
from doorstep.flows.hear_events import after
from doorstep.flows.quote import quote, quoting_day, usual_windows
from doorstep.operations.check import check
from doorstep.operations.dispatch.differences import changes
from doorstep.operations.dispatch.told_plan import as_told
from doorstep.operations.progress import as_of
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search

pytestmark = pytest.mark.usefixtures("kernels")

BRIEFLY = Effort(seconds=1, seed=1, iterations=200)


def where(k: float) -> Place:
    """Return place k of the line, a minute (about a kilometre) from the next."""
    return Place(-8.6 + 0.012 * k, 41.1)


def line(stops: Sequence[Stop], vans: Sequence[PlannedShift], **more: Any) -> Problem:
    """Return a day on a straight road of 20 places, where driving costs and everything should be served."""
    between = (np.abs(np.subtract.outer(np.arange(20), np.arange(20))) * MINUTE).astype(np.int32)[None]
    unserved = more.pop("unserved", {s.stop_id: Cents(100_000) for s in stops})
    rates = {s.shift_id: Rates(cents_per_hour=600, cents_per_km=100) for s in vans}
    return Problem(
        "test", "d", "2026-01-01", "UTC", "EUR", ("load",), tuple(where(k) for k in range(20)), tuple(stops),
        tuple(vans), {"car": TravelTimes((Seconds(0),), between, between * 16)},
        Valuation("test", (), {}, unserved, rates), **more,
    )  # fmt: skip


def told(problem: Problem, sequences: Mapping[str, Sequence[Halt]]) -> Plan:
    plan = schedule(problem, sequences, seed=1, problem_sha256=problem_sha256(problem))
    assert check(problem, plan).holds
    return plan


def redone(problem: Problem, plan: Plan, *events: Event) -> Dispatched:
    """Return the new plans; each keeps what was driven, breaks nothing but that it leaves stops out, and says which."""
    found = dispatch(problem, plan, events, effort=BRIEFLY, sha256_of=problem_sha256)
    for way in found.alternatives:
        report = check(found.problem, way.plan)
        assert [f"Stop {stop_id!r}: expected a visit" for stop_id in report.left_out] == [
            violation.partition(",")[0] for violation in report.violations
        ]
        assert way.report == report
        if len(events) == 1:
            assert list(broken_promises(problem, plan, events[0], found.problem, way.plan)) == []
    return found


def halts(plan: Plan) -> dict[str, list[str]]:
    return {r.shift_id: [v.stop_id or v.kind for v in r.visits] for r in plan.routes}


def best(found: Dispatched) -> dict[str, list[str]]:
    return halts(found.alternatives[0].plan)


def two_vans() -> tuple[Problem, Plan]:
    """Return a day on which h0 serves s1 to s3 (at minutes 1, 3, 5) and h1 s4 to s6 (at minutes 4, 6, 8)."""
    problem = line([stop(k) for k in range(1, 7)], [van(0), van(1)])
    return problem, told(problem, {"h0": ["s1", "s2", "s3"], "h1": ["s4", "s5", "s6"]})


def test_three_ways_to_go_on_are_priced_alike_and_the_cheapest_comes_first() -> None:
    found = redone(*two_vans(), Ticked(at(2)))

    assert {way.name for way in found.alternatives} == {"steady", "balanced", "free"}
    totals = [way.report.total for way in found.alternatives]
    assert totals == sorted(totals)


def test_a_van_on_its_way_goes_there() -> None:
    problem, plan = two_vans()
    found = redone(problem, plan, Cancelled(Seconds(150), "o2"))

    assert best(found)["h0"][:2] == ["s1", "s2"]
    assert found.notes == ("Order o2 stays as it is: h0 was there, or is on its way.",)


def test_what_is_cancelled_later_is_not_visited_and_what_is_on_board_keeps_its_room() -> None:
    problem, plan = two_vans()
    found = redone(problem, plan, Cancelled(Seconds(150), "o3"))

    assert "s3" not in str(best(found))
    assert [s.capacities for s in found.problem.shifts] == [(9,), (10,)]


def test_the_goods_of_a_cancelled_delivery_stay_with_who_fetched_them() -> None:
    stops = [stop(1, amounts=(0,)), stop(2, amounts=(3,)), stop(3)]
    problem = line(stops, [van(0)], pairs=(Pair("s1", "s2"),))
    found = redone(problem, told(problem, {"h0": ["s1", "s3", "s2"]}), Cancelled(Seconds(100), "o2"))

    assert best(found) == {"h0": ["s1", "s3"]}
    assert [v.load_after for v in found.alternatives[0].plan.routes[0].visits] == [(4,), (3,)]


def test_loaded_goods_are_brought_by_nobody_else() -> None:
    problem, plan = two_vans()
    found = redone(problem, plan, Delayed(Seconds(150), "h0", at(300)))

    assert "s3" not in best(found)["h1"]


def test_a_late_van_is_late_and_everybody_after_it_is_told() -> None:
    problem, plan = two_vans()
    way = redone(problem, plan, Delayed(Seconds(150), "h0", at(30))).alternatives[0]
    route = next(r for r in way.plan.routes if r.shift_id == "h0")

    assert [v.arrives_at for v in route.visits] == [60, 180 + 1800, 300 + 1800]
    assert way.difference.retimed == ("s2", "s3")


def test_a_van_that_is_late_at_a_door_stays_longer() -> None:
    problem, plan = two_vans()
    route = redone(problem, plan, Delayed(Seconds(70), "h0", at(30))).alternatives[0].plan.routes[0]

    assert [(v.arrives_at, v.leaves_at) for v in route.visits[:2]] == [(60, 120 + 1800), (180 + 1800, 240 + 1800)]


def test_a_van_that_is_not_loaded_leaves_so_much_later_than_it_should() -> None:
    problem = line([stop(1)], [van(0)])
    plan = schedule(problem, {"h0": ["s1"]}, seed=1, problem_sha256=problem_sha256(problem), departures={"h0": at(60)})
    found = redone(problem, plan, Delayed(at(10), "h0", at(30)))

    assert found.alternatives[0].plan.routes[0].leaves_at == at(90)


def test_a_break_during_which_a_van_is_late_lasts_longer() -> None:
    rule = BreakRule("rest", "working", at(60), at(5))
    problem = line([stop(1), stop(2)], [van(0, breaks=(rule,))])
    plan = told(problem, {"h0": ["s1", Break(at(5)), "s2"]})
    found = redone(problem, plan, Delayed(at(3), "h0", at(10)))

    assert found.problem.shifts[0].driven[1].halt == Break(at(15))


def test_a_shift_that_can_not_be_back_in_time_any_more_gives_way_by_that_much() -> None:
    problem = line([stop(k) for k in (1, 2, 3)], [van(0, ends=at(10))])
    plan = told(problem, {"h0": ["s1", "s2", "s3"]})
    found = redone(problem, plan, Delayed(at(3), "h0", at(60)))

    assert best(found)["h0"] == ["s1", "s2"]
    assert found.notes == ("Shift h0 ends at 00:10 and can't be back before 01:06.",)
    assert {u.stop_id for u in found.alternatives[0].plan.unserved} == {"s3"}


def test_a_sick_driver_who_has_not_loaded_leaves_everything_to_others() -> None:
    problem = line([stop(1), stop(2)], [van(0, starts=at(60)), van(1, starts=at(60))])
    found = redone(problem, told(problem, {"h0": ["s1", "s2"]}), FellOut(at(10), "h0"))

    assert sorted(best(found)["h1"]) == ["s1", "s2"]
    assert "h0" not in best(found)


def test_what_a_broken_van_has_on_board_is_fetched_where_it_stands() -> None:
    problem, plan = two_vans()
    found = redone(problem, plan, FellOut(Seconds(130), "h0"))
    fetching = best(found)["h1"]

    assert best(found)["h0"] == ["s1"]
    for stop_id in ("s2", "s3"):
        assert fetching.index(f"fetch {stop_id} from h0") < fetching.index(stop_id)
    rows = {s.stop_id: s.location for s in found.problem.stops}
    assert rows["fetch s2 from h0"] == 1


def test_where_goods_are_handed_over_nobody_ordered_anything() -> None:
    problem, plan = two_vans()
    found = redone(problem, plan, FellOut(Seconds(130), "h0"))
    handed = {s.stop_id: (s.giver, s.order_ids) for s in found.problem.stops if s.giver}

    assert handed == {"fetch s2 from h0": ("h0", ()), "fetch s3 from h0": ("h0", ())}
    assert {x for way in found.alternatives for x in way.difference.gained} == set()
    fetched = [c for c in changes(found.problem, plan, found.alternatives[0].plan) if c.giver]
    assert sorted((c.giver, c.order_ids) for c in fetched) == [("h0", ("o2",)), ("h0", ("o3",))]


def test_what_is_on_board_of_a_broken_van_and_left_out_is_left_out_once() -> None:
    problem = line([stop(1), stop(2)], [van(0)])
    found = redone(problem, told(problem, {"h0": ["s1", "s2"]}), FellOut(Seconds(100), "h0"))

    assert [row.order_id for row in found.alternatives[0].plan.unserved] == ["o2"]


def test_a_customer_s_stop_that_is_called_like_a_handover_is_none() -> None:
    named = replace(stop(4), stop_id="fetch s2 from h0", order_ids=("fetch s3 from h0",))
    problem = line([stop(1), stop(2), stop(3), named], [van(0), van(1)])
    plan = told(problem, {"h0": ["s1", "s2", "s3"], "h1": [named.stop_id]})
    found = dispatch(problem, plan, [FellOut(at(2), "h0")], effort=BRIEFLY, sha256_of=problem_sha256)

    assert {s.stop_id: s.giver for s in found.problem.stops if s.stop_id.startswith("fetch")} == {
        "fetch s2 from h0": "", "fetch s2 from h0'": "h0", "fetch s3 from h0'": "h0",
    }  # fmt: skip


def test_a_broken_van_stands_at_the_nearer_end_of_its_way() -> None:
    problem, plan = two_vans()
    found = redone(problem, plan, FellOut(Seconds(170), "h0"))

    assert {s.location for s in found.problem.stops if s.stop_id.startswith("fetch")} == {2}


def test_who_was_wanted_at_a_door_still_is_when_the_van_breaks_down() -> None:
    problem = line([stop(1), stop(2, only=frozenset({"d0", "d1"}))], [van(0), van(1), van(2)])
    plan = told(problem, {"h0": ["s1", "s2"], "h1": [], "h2": []})
    running = redone(problem, plan, Ticked(Seconds(30)))
    assert any(veto.who == "h1" for veto in running.problem.vetoes)
    found = redone(running.problem, running.alternatives[0].plan, FellOut(Seconds(40), "h0"))

    assert next(s.only for s in found.problem.stops if s.stop_id == "s2") == {"d0", "d1"}
    assert not found.problem.vetoes
    assert "s2" in best(found)["h1"]


def test_a_van_that_falls_out_twice_has_fallen_out_once() -> None:
    problem, plan = two_vans()
    once = redone(problem, plan, FellOut(Seconds(130), "h0"))
    again = redone(once.problem, once.alternatives[0].plan, FellOut(Seconds(140), "h0"))

    assert again.notes == ("Shift h0 was over by 00:02; nothing changes.",)
    assert len(again.problem.stops) == len(once.problem.stops)


def ordered(k: int, **more: Any) -> Ordered:
    return Ordered(
        Seconds(90), replace(stop(k, **more), stop_id="new", order_ids=("new",)), where(k), None, Cents(50_000)
    )


class Roads:
    """Roads on which a place takes so many minutes, there longer than back; `cut` leads nowhere, `asked` counts."""

    def __init__(self, pace: float, *edges: int) -> None:
        self.edges, self.pace, self.asked = edges or (0,), pace, 0
        self.cut: int | None = None
        self.slots = set[int]()

    def legs(self, place: Place, others: Sequence[Place], slots: Sequence[int]) -> Any:
        self.asked += len(others)
        self.slots |= set(slots)
        apart = np.array([abs(place.lon - other.lon) / 0.012 for other in others])
        legs = np.stack([66 * apart * self.pace, 60 * apart * self.pace, 960 * apart, 960 * apart])
        found = np.stack([np.rint(legs * (1 + slot)).astype(np.int32) for slot in slots])
        if self.cut is not None:
            found[:, :, self.cut] = -1
        return found


def between_places(pace: float) -> tuple[Problem, Plan, Ordered, dict[str, Roads]]:
    """Return a day of two slots, its plan, an order from a place that is no row, and roads that know it."""
    problem, _ = two_vans()
    known = problem.times["car"]
    assert isinstance(known, TravelTimes)
    edges = (Seconds(0), at(4))
    twice = TravelTimes(edges, *(np.concatenate([m, 2 * m]) for m in (known.seconds, known.metres)))
    problem = replace(problem, times={"car": twice})
    order = replace(ordered(5, amounts=(0,), picks=(1,)), place=where(5.5))
    plan = told(problem, {"h0": ["s1", "s2", "s3"], "h1": ["s4", "s5", "s6"]})
    return problem, plan, order, {"car": Roads(pace, *edges)}


@pytest.mark.parametrize("pace", [0.5, 1, 3])
def test_with_roads_a_booked_order_is_not_dearer_than_it_was_quoted(pace: float) -> None:
    problem, plan, order, roads = between_places(pace)
    day = quoting_day(problem, plan, order.at)
    (offer,) = quote(day, order, [TimeWindow(Seconds(0), at(600))], roads, every_slot=True).offers
    booked = replace(order, stop=replace(order.stop, windows=(offer.window,)))
    found = dispatch(problem, plan, [booked], effort=BRIEFLY, sha256_of=problem_sha256, streets=roads)

    assert not found.alternatives[0].report.left_out
    assert found.alternatives[0].difference.total <= offer.total


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_law_a_booked_order_is_not_dearer_than_it_was_quoted_however_short_the_search(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recipe = Recipe(
        shifts=2, slots=3, optional=1.0, released=0.2, choosy=0.2, paired_up=0.2, multi_trip=0.4, frozen=0.2
    )
    problem = random_problem(rng, 7, recipe)
    plan = schedule(problem, search(problem, seconds=1, seed=1, iterations=60).sequences, seed=1, problem_sha256="x")
    order = random_event(rng, problem, random_moment(rng, problem, plan), "order")
    assert isinstance(order, Ordered)
    if not check(problem, plan).holds:
        return
    day = quoting_day(problem, plan, order.at)
    offers = quote(day, replace(order, stop=replace(order.stop, windows=())), usual_windows(day.problem)).offers
    by_plan = as_told(as_of(day.problem, plan, order.at)).cents == plan.cents and not day.notes
    for offer in offers[:1] if by_plan else ():
        booked = replace(order, unserved=None, stop=replace(order.stop, windows=(offer.window,)))
        once = replace(BRIEFLY, iterations=1)
        found = dispatch(problem, plan, [booked], effort=once, sha256_of=problem_sha256).alternatives
        assert min((len(way.report.left_out), way.difference.total) for way in found) <= (0, offer.total)


def test_with_roads_every_leg_of_a_new_place_is_theirs_in_every_slot() -> None:
    problem, plan, order, roads = between_places(3)
    found = dispatch(problem, plan, [order], effort=BRIEFLY, sha256_of=problem_sha256, streets=roads).problem
    travel = found.times["car"]
    legs = roads["car"].legs(order.place, [where(k) for k in range(20)], [0, 1])

    assert isinstance(travel, TravelTimes)
    assert found.places[20] == order.place
    assert (travel.seconds[:, 20, :20] == legs[:, 0]).all()
    assert (travel.seconds[:, :20, 20] == legs[:, 1]).all()
    assert (travel.metres[:, 20, :20] == legs[:, 2]).all()


def test_slots_that_are_past_are_not_asked_of_the_roads() -> None:
    problem, plan, order, roads = between_places(3)
    dispatch(problem, plan, [replace(order, at=at(5))], effort=BRIEFLY, sha256_of=problem_sha256, streets=roads)

    assert roads["car"].slots == {1}


def test_roads_are_asked_for_new_places_only() -> None:
    problem, plan, order, roads = between_places(3)
    known = replace(order, place=where(5))
    dispatch(problem, plan, [known, Ticked(at(2))], effort=BRIEFLY, sha256_of=problem_sha256, streets=roads)

    assert roads["car"].asked == 0


def test_where_roads_know_no_way_it_is_guessed() -> None:
    problem, plan, order, roads = between_places(1)
    roads["car"].cut = 7
    found = dispatch(problem, plan, [order], effort=BRIEFLY, sha256_of=problem_sha256, streets=roads).problem
    travel = found.times["car"]

    assert isinstance(travel, TravelTimes)
    assert travel.seconds.min() >= 0
    assert travel.seconds[0, 20, 8] == 165


def test_a_new_delivery_goes_with_a_van_that_is_not_loaded() -> None:
    problem = line([stop(1), stop(2)], [van(0), van(1, starts=at(10))])
    found = redone(problem, told(problem, {"h0": ["s1", "s2"]}), ordered(1))

    assert best(found) == {"h0": ["s1", "s2"], "h1": ["new"]}


def test_a_new_delivery_waits_for_a_reload() -> None:
    problem = line([stop(1), stop(2)], [van(0, reloads=(0,), max_trips=2)])
    route = best(redone(problem, told(problem, {"h0": ["s1", "s2"]}), ordered(1)))["h0"]

    assert route.index("0") < route.index("new")


def test_a_new_delivery_stays_out_where_every_van_is_loaded() -> None:
    problem = line([stop(1), stop(2)], [van(0)])
    found = redone(problem, told(problem, {"h0": ["s1", "s2"]}), ordered(1))

    assert found.alternatives[0].plan.unserved[0].reason == (
        "Every van that could bring it was loaded before its goods were there."
    )


def test_a_van_that_leaves_at_the_very_second_of_an_order_has_left() -> None:
    problem = line([stop(1), stop(2)], [van(0), van(1, starts=at(10))])
    order = replace(ordered(1), at=Seconds(0))
    found = redone(problem, told(problem, {"h0": ["s1", "s2"]}), order)

    assert best(found) == {"h0": ["s1", "s2"], "h1": ["new"]}


def test_a_new_pick_up_goes_with_any_van() -> None:
    problem = line([stop(1), stop(2), stop(3)], [van(0)])
    found = redone(problem, told(problem, {"h0": ["s1", "s2", "s3"]}), ordered(2, amounts=(0,), picks=(2,)))

    assert "new" in best(found)["h0"]


def test_goods_fetched_at_a_door_are_brought_before_the_van_reloads() -> None:
    stops = [stop(1, amounts=(0,)), stop(9), stop(2)]
    problem = line(stops, [van(0, reloads=(0,), max_trips=2)], pairs=(Pair("s1", "s9"),))
    plan = told(problem, {"h0": ["s1", "s9", Reload(0), "s2"]})

    assert best(redone(problem, plan, Ticked(Seconds(70)))) == {"h0": ["s1", "s9", "0", "s2"]}


def test_what_was_fetched_and_can_not_be_brought_in_time_stays_on_board() -> None:
    stops = [stop(1, amounts=(0,)), stop(5, windows=((0, 20),)), stop(2)]
    problem = line(stops, [van(0)], pairs=(Pair("s1", "s5"),))
    plan = told(problem, {"h0": ["s1", "s5", "s2"]})

    assert best(redone(problem, plan, Delayed(Seconds(70), "h0", at(60)))) == {"h0": ["s1", "s2"]}


def test_last_in_is_first_out_after_an_event_too() -> None:
    stops = [stop(1, amounts=(0,)), stop(2, amounts=(0,)), stop(5), stop(4)]
    problem = line(stops, [van(0, lifo=True)], pairs=(Pair("s1", "s5"), Pair("s2", "s4")))
    plan = told(problem, {"h0": ["s1", "s2", "s4", "s5"]})

    assert best(redone(problem, plan, Ticked(at(4)))) == {"h0": ["s1", "s2", "s4", "s5"]}


def test_nobody_comes_while_a_street_is_closed() -> None:
    problem, plan = two_vans()
    found = redone(problem, plan, ClosedOff(Seconds(10), where(3), 100, at(60)))
    visit = next(v for r in found.alternatives[0].plan.routes for v in r.visits if v.stop_id == "s3")

    assert visit.starts_at >= at(60)


def test_a_closure_says_what_it_shuts_and_that_vans_drive_through() -> None:
    problem, plan = two_vans()
    way = "it shuts no road: vans drive through as before."
    found = redone(problem, plan, ClosedOff(Seconds(10), where(2.5), 600, at(60)))
    nothing = redone(problem, plan, ClosedOff(Seconds(10), where(2.5), 100, at(60)))

    assert found.notes == (f"The closure shuts 2 doors within 600 m until 01:00; {way}",)
    assert nothing.notes == (f"The closure shuts 0 doors within 100 m until 01:00; {way}",)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (Place(41.1, -8.6), "at lon 41.1 and lat -8.6; with lon -8.6 and lat 41.1 it would be near: exchange the two."),
        (Place(8.6, 41.1), "at lon 8.6 and lat 41.1; check the two."),
    ],
)
def test_a_place_out_of_all_reach_is_told_with_what_may_be_wrong(place: Place, says: str) -> None:
    problem, plan = two_vans()
    (note,) = redone(problem, plan, replace(ordered(3), place=place)).notes

    assert note.startswith("Order new lies ")
    assert note.endswith(f" km from every place of the plan, {says}")


def test_what_is_taken_over_counts_twice_where_stops_are_bounded_and_that_is_said() -> None:
    stops = [stop(k) for k in (1, 2, 3)]
    for most, served in ((3, ["fetch s2 from h0", "s2", "s3"]), (4, ["s3", "fetch s2 from h0", "s2"])):
        problem = line(stops, [van(0), van(1, starts=at(10), max_stops=most)])
        found = redone(problem, told(problem, {"h0": ["s1", "s2"], "h1": ["s3"]}), FellOut(Seconds(100), "h0"))

        assert sorted(best(found)["h1"]) == sorted(served)
        assert found.notes == (
            "What is taken over from h0 counts as two stops of who takes it, where stops are bounded: one where the "
            "van stands, one at the door.",
        )


def test_a_window_that_a_closure_outlasts_is_over() -> None:
    problem = line([stop(1), stop(3, windows=((0, 20),))], [van(0, starts=at(5))])
    found = redone(problem, told(problem, {"h0": ["s1", "s3"]}), ClosedOff(Seconds(10), where(3), 100, at(60)))

    assert [u.stop_id for u in found.alternatives[0].plan.unserved] == ["s3"]


def test_nobody_charges_where_a_street_is_closed() -> None:
    battery = Battery(10_000, 2_000, 500, 6_000)
    problem = line([stop(4)], [van(0, battery=battery, starts=at(10))], chargers=(Charger("c", 2, 6_000, 10),))
    plan = told(problem, {"h0": [Charge("c", at(60)), "s4"]})
    found = redone(problem, plan, ClosedOff(Seconds(10), where(2), 100, at(60)))
    visits = [v for r in found.alternatives[0].plan.routes for v in r.visits]

    assert all(v.starts_at >= at(60) for v in visits if v.kind == "charge")


def test_windows_in_the_past_leave_a_stop_out_with_its_reason() -> None:
    problem, plan = two_vans()
    found = redone(problem, plan, Rewindowed(Seconds(90), "o3", (TimeWindow(Seconds(0), Seconds(30)),)))

    assert [u.reason for u in found.alternatives[0].plan.unserved] == [
        "No shift reaches it inside its windows: its last window closes at 00:00:30, and the earliest arrival is 00:04."
    ]


def test_a_stop_that_must_be_served_and_can_not_be_is_named() -> None:
    problem, plan = two_vans()
    must = problem.valued(replace(problem.valuation, unserved={}))
    found = redone(must, plan_of(must, plan), Rewindowed(Seconds(90), "o3", (TimeWindow(Seconds(0), Seconds(30)),)))

    for way in found.alternatives:
        assert [u.stop_id for u in way.plan.unserved] == ["s3"]
        assert "s3" in check(found.problem, way.plan).notes[0]


def plan_of(problem: Problem, plan: Plan) -> Plan:
    return told(problem, halts(plan))


def test_when_nothing_happens_after_a_change_going_on_costs_nothing_and_saves_nothing() -> None:
    problem, plan = two_vans()
    once = redone(problem, plan, FellOut(Seconds(130), "h0"))
    assert once.alternatives[0].plan.cents["instability"] > 0
    again = redone(once.problem, once.alternatives[0].plan, Ticked(Seconds(140)))

    assert [dict(way.difference.cents) for way in again.alternatives] == [{}, {}, {}]


def test_who_comes_after_lateness_began_to_cost_is_late() -> None:
    stops = [stop(2), stop(5)]
    problem = line(stops, [van(0)])
    nine = PriceCurve((at(6), at(60)), {"lateness": (Cents(0), Cents(5400))})
    problem = problem.valued(replace(problem.valuation, curves={"s5": nine}))
    way = redone(problem, told(problem, {"h0": ["s2", "s5"]}), Delayed(at(1), "h0", at(10))).alternatives[0]

    assert way.difference.cents["lateness"] == 1000
    assert (way.difference.late, way.difference.late_seconds) == (1, at(10))


def test_events_count_once_and_in_order_of_time() -> None:
    problem, plan = two_vans()
    late, cancelled = Delayed(Seconds(150), "h0", at(5)), Cancelled(Seconds(20), "o3")
    day, notes = after(problem, plan, [late, cancelled, late, cancelled])

    assert notes == ()
    assert day.problem.shifts[0].driven[-1].arrives_at == 180 + 300


def test_a_van_that_waited_into_overtime_is_paid_it_if_it_leaves() -> None:
    late = Rates(cents_per_hour=600, waiting_cents_per_hour=60, overtime_after=at(30), overtime_cents_per_hour=1200)
    problem = line([stop(5)], [van(0)])
    problem = replace(problem, now=at(90), valuation=replace(problem.valuation, rates={"h0": late}))
    found = search(problem, seconds=1, seed=1, iterations=10)
    plan = schedule(problem, found.sequences, seed=1, problem_sha256="x")

    assert plan.cents["overtime"] == 20 * (60 + 11)
    assert found.price == pytest.approx(plan.cents["total"], abs=1)


def test_between_two_events_everybody_does_what_they_were_told() -> None:
    problem, plan = two_vans()
    day, _ = after(problem, plan, [Delayed(Seconds(70), "h0", at(5)), Ticked(Seconds(550))])

    assert [d.arrives_at for d in day.problem.shifts[0].driven] == [60, 480, 600]


def test_news_from_before_the_present_counts_from_now_on() -> None:
    problem, plan = two_vans()
    first = redone(problem, plan, Ticked(Seconds(250)))
    found = redone(first.problem, first.alternatives[0].plan, FellOut(Seconds(30), "h0"))

    assert found.problem.now == 250
    assert best(found)["h0"] == ["s1", "s2"]


@pytest.mark.parametrize(
    "event",
    [
        Cancelled(at(1), "nothing"),
        Rewindowed(at(1), "nothing", ()),
        Delayed(at(1), "nobody", at(1)),
        FellOut(at(1), "nobody"),
        Ordered(at(1), stop(1), where(1)),
    ],
)
def test_an_event_about_nothing_is_refused_in_a_sentence(event: Event) -> None:
    problem, plan = two_vans()

    with pytest.raises(YourInput, match=r"^Expected .* got '\w+'"):
        redone(problem, plan, event)


def test_a_van_that_is_home_is_not_sent_out_again() -> None:
    problem, plan = two_vans()
    found = redone(problem, plan, replace(ordered(1, amounts=(0,), picks=(1,)), at=at(60)))

    assert best(found) == halts(plan)
    assert [u.stop_id for u in found.alternatives[0].plan.unserved] == ["new"]


def test_a_van_with_a_trip_left_is_sent_out_again() -> None:
    problem = line([stop(1), stop(2)], [van(0, reloads=(0,), max_trips=2)])
    found = redone(problem, told(problem, {"h0": ["s1", "s2"]}), replace(ordered(1), at=at(60)))

    assert best(found) == {"h0": ["s1", "s2", "0", "new"]}


def test_stops_in_a_fixed_order_come_first_as_long_as_they_can() -> None:
    problem = line([stop(1), stop(2), stop(3, windows=((0, 20),))], [van(0, frozen=("s1", "s2", "s3"))])
    plan = told(problem, {"h0": ["s1", "s2", "s3"]})
    found = redone(problem, plan, Delayed(Seconds(30), "h0", at(60)))

    assert found.problem.shifts[0].frozen == ("s2",)
    assert found.notes == ("Shift h0 can't go to s3 in that order any more.",)


def test_a_veto_stays_a_veto() -> None:
    problem = line([stop(1), stop(2)], [van(0, starts=at(60)), van(1, starts=at(60))])
    problem = replace(problem, vetoes=(Veto("d1", "s2", "the dog"),))
    found = redone(problem, told(problem, {"h0": ["s1", "s2"]}), FellOut(at(10), "h0"))

    assert best(found) == {"h1": ["s1"]}


def broken_as_it_goes(problem: Problem, rng: np.random.Generator, steps: int, path: Any = None) -> Iterator[str]:
    """Plan a day, let one event after the other change it, and yield what a new plan breaks."""
    found = search(problem, seconds=1, seed=1, iterations=100)
    plan = schedule(
        problem, found.sequences, seed=1, problem_sha256=problem_sha256(problem), departures=found.departures
    )
    for step in range(steps):
        event = random_event(rng, problem, random_moment(rng, problem, plan))
        ways = dispatch(problem, plan, [event], effort=replace(BRIEFLY, iterations=20), sha256_of=problem_sha256)
        for way in ways.alternatives:
            yield from broken_promises(problem, plan, event, ways.problem, way.plan)
        problem, plan = ways.problem, ways.alternatives[step % 3].plan
        if path is not None:
            write_problem(problem, path / "problem.json")
            write_plan(plan, path / "plan.json")
            again = read_problem(path / "problem.json")
            assert problem_sha256(again) == plan.problem_sha256
            problem, plan = again, read_plan(path / "plan.json")


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_law_what_is_driven_and_loaded_never_changes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recipe = rich(frozen=0.0, shifts=3) if seed % 2 else Recipe(shifts=3)
    problem = random_problem(rng, 1 + seed % 12, recipe)
    dear = {s.stop_id: Cents(30_000) for s in problem.stops}
    priced = problem.valued(replace(problem.valuation, unserved=dear))

    assert list(broken_as_it_goes(priced, rng, 4)) == []


def test_twenty_events_through_files(tmp_path: Any) -> None:
    rng = np.random.default_rng(5)
    problem = random_problem(rng, 14, rich(frozen=0.0, shifts=4, paired=0.6, multi_trip=0.7, optional=1.0))

    assert list(broken_as_it_goes(problem, rng, 20, tmp_path)) == []

"""What would have to change for an order to be served: the right thing, by the right amount, and true."""

from dataclasses import replace

import numpy as np
import pytest
from tests.operations.explain.street import MINUTE, at, planned, stop, street, van
from tests.operations.problems import Recipe, random_problem

from doorstep.domain.events import FellOut
from doorstep.domain.plan import Relaxation
from doorstep.domain.problem import Battery, Halt, Pair, PlannedShift, Problem, Veto
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import Rates
from doorstep.operations.check import check
from doorstep.operations.dispatch.happenings import happened
from doorstep.operations.explain import would_be_served_if
from doorstep.operations.explain.insertion import errand_of, insertions
from doorstep.operations.explain.left_out import LONGEST, asked_of, served_beside_all
from doorstep.operations.explain.one_route import may_be_driven
from doorstep.operations.explain.relaxing import SHIFT_CHANGES, UNITS, relaxed
from doorstep.operations.progress import RunningDay, as_of
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.server.commands.sentences import CHANGES

pytestmark = pytest.mark.usefixtures("kernels")

BRIEFLY = 0.02


def changes(problem: Problem, stop_id: str = "s5", **sequences: list[str]) -> dict[str, Relaxation]:
    """Return what would serve a stop beside a plan, by what changes; every one was confirmed."""
    found = would_be_served_if(problem, sequences or {"h0": []}, stop_id, seconds=BRIEFLY)
    assert all(change.confirmed for change in found)
    assert [c.cents for c in found] == sorted(c.cents for c in found)
    return {change.change: change for change in found}


BOUNDS = [
    # s5 is five minutes away: 5 min there, 1 min at the door, 5 min back, 160 m
    ({}, {"ends": at(8)}, "shift_ends_later", 3 * MINUTE, "h0"),
    ({}, {"max_seconds": at(9)}, "longer_shift", 2 * MINUTE, "h0"),
    ({}, {"max_driving": at(4)}, "more_driving", 6 * MINUTE, "h0"),
    ({}, {"max_working": at(4)}, "more_working", 7 * MINUTE, "h0"),
    ({}, {"max_metres": Metres(9_000)}, "more_metres", 600, "h0"),
    ({"amounts": (14,)}, {}, "more_room", 4, "h0:load"),
    ({"needs": frozenset({"crane"})}, {}, "skill", 1, "h0:crane"),
    ({"only": frozenset({"d9"})}, {}, "let_come", 1, "h0"),
    ({"windows": [(0, 2)]}, {}, "window_closes_later", 3 * MINUTE, "s5:0"),
    ({"windows": [(20, 30)]}, {"ends": at(11)}, "window_opens_earlier", 15 * MINUTE, "s5:0"),
    ({"release": at(9)}, {"loaded_at": at(0)}, "goods_earlier", 9 * MINUTE, "s5"),
    ({}, {"battery": Battery(100, 100, 12, 1000)}, "more_range", 16, "h0"),
]


@pytest.mark.parametrize(("of_stop", "of_van", "change", "amount", "of"), BOUNDS, ids=[row[2] for row in BOUNDS])
def test_the_bound_that_keeps_it_out_is_named_with_what_it_lacks(of_stop, of_van, change, amount, of):
    scale = 960 if "max_metres" in of_van or "battery" in of_van else 16
    problem = street([stop(5, **of_stop)], [van(0, **of_van)])
    legs = problem.times["car"]
    assert isinstance(legs, TravelTimes)
    problem = replace(problem, times={"car": TravelTimes(legs.edges, legs.seconds, legs.seconds * scale // 60)})
    found = changes(problem)[change]

    assert (found.amount, found.of, found.unit) == (amount, of, UNITS[change])


def test_a_veto_is_named():
    problem = street([stop(5)], [van(0)], vetoes=(Veto("d0", "s5", "a dog"),))

    assert changes(problem)["veto_lifted"].of == "h0"


def test_a_stop_that_is_not_worth_its_way_says_how_much_more_it_would_have_to_be_worth():
    problem = street([stop(5)], [van(0)], unserved={"s5": Cents(10)})
    way = planned(problem, {"h0": ["s5"]}).cents["total"]

    assert changes(problem)["worth_more"].amount == way - 10


def test_a_stop_may_be_served_instead_of_another():
    problem = street([stop(5), stop(6)], [van(0, max_stops=1)], unserved={"s5": Cents(2_000), "s6": Cents(2_500)})
    found = changes(problem, "s5", h0=["s6"])["instead_of"]
    both = [planned(problem, {"h0": [x]}).cents["total"] for x in ("s6", "s5")]

    assert (found.of, found.cents) == ("s6", both[1] - both[0])


def test_a_full_round_says_that_it_could_take_one_more():
    found = changes(street([stop(5), stop(6)], [van(0, max_stops=1)]), "s5", h0=["s6"])["more_stops"]

    assert (found.amount, found.of) == (1, "h0")


def test_one_more_van_is_named_by_which_it_would_be_like():
    problem = street([stop(5), stop(6)], [van(0, max_stops=1)])

    assert changes(problem, "s5", h0=["s6"])["another_shift"].of == "h0"


def sick(day: RunningDay, shift_id: str) -> RunningDay:
    """Return the day after a driver has fallen ill."""
    return happened(day, FellOut(at=day.problem.now or at(0), shift_id=shift_id))


def test_with_everybody_sick_one_more_shift_like_the_sick_one_is_named_with_how_long_it_takes():
    """Five minutes there, a minute at the door, five back; h0 was to begin at minute 60, and h1 has no crane."""
    crane = frozenset({"crane"})
    problem = street([stop(5, needs=crane)], [van(0, starts=at(60), offers=crane), van(1)])
    day = sick(sick(as_of(problem, planned(problem, {"h0": ["s5"]}), at(30)), "h0"), "h1")
    found = changes(day.problem, "s5", h0=[])

    assert {k: (c.of, c.amount, c.unit) for k, c in found.items()} == {"another_shift_for": ("h0", 11 * MINUTE, "s")}


def test_one_more_shift_like_a_sick_one_begins_no_earlier_than_now():
    problem = street([stop(5, windows=[(0, 70)])], [van(0)])
    for told, possible in ((60, True), (66, False)):
        day = sick(as_of(problem, planned(problem, {}), at(told)), "h0")

        assert ("another_shift_for" in changes(day.problem, "s5")) == possible


def test_a_shift_that_never_takes_a_stop_is_not_over():
    assert changes(street([stop(5)], [van(0, max_stops=0)]), "s5") == {}


def test_the_van_that_may_do_it_alone_is_named_however_dear():
    cheap, dear = van(0, ends=at(8)), van(1, ends=at(60))
    problem = street([stop(5), stop(6)], [cheap, replace(dear, max_stops=1)])
    rates = {"h0": Rates(fixed_cents=10), "h1": Rates(fixed_cents=5_000)}
    problem = replace(problem, valuation=replace(problem.valuation, rates=rates))

    assert changes(problem, "s5", h0=[], h1=["s6"])["another_shift"].of == "h1"


def test_an_answer_ends_when_its_time_is_spent():
    problem = street([stop(5)], [van(0, ends=at(8))])
    asked = asked_of(problem, {"h0": []}, "s5", seconds=BRIEFLY)
    asked.searched.extend([BRIEFLY] * (LONGEST - 1))

    assert not asked.tired

    asked.searched.append(BRIEFLY)

    assert asked.tired


def test_where_it_simply_fits_nothing_but_the_search_was_short():
    problem = street([stop(5), stop(6)], [van(0)])

    assert changes(problem, "s5", h0=["s6"])["search_longer"].cents < 0


def test_the_others_move_to_make_the_change_small():
    """Both vans pass s5 when it is shut; if they change hands, it closes a minute too early only."""
    stops = [stop(5, windows=[(0, 4)]), stop(6), stop(7)]
    found = changes(street(stops, [van(0)]), "s5", h0=["s6", "s7"])

    assert found["window_closes_later"].amount == MINUTE


def test_two_obstacles_are_no_single_change():
    problem = street([stop(5, needs=frozenset({"crane"}), amounts=(99,))], [van(0)])

    assert changes(problem) == {}


def test_every_change_has_words():
    assert set(CHANGES) == set(UNITS)


def scarce_day(seed: int) -> tuple[Problem, dict[str, tuple[Halt, ...]]]:
    """Return a drawn day of 14 stops for two vans that take four each, and a plan."""
    recipe = Recipe(shifts=2, profiles=1, windowed=0.6, two_windows=0.5, needy=0.2, optional=1.0, span_km=25.0)
    problem = random_problem(np.random.default_rng(seed), 14, recipe)
    problem = replace(problem, shifts=tuple(replace(s, max_stops=4) for s in problem.shifts))
    return problem, dict(search(problem, seconds=5, seed=1, iterations=500).sequences)


def shown(problem: Problem, sequences: dict[str, tuple[Halt, ...]]) -> list[tuple[str, Relaxation, Problem]]:
    """Return what would serve some of the stops left out, each with the day in which that change is made."""
    served = {x for halts in sequences.values() for x in halts}
    rows = []
    for stop_id in [s.stop_id for s in problem.stops if s.stop_id not in served][:2]:
        for change in would_be_served_if(problem, sequences, stop_id, seconds=0.03):
            priced = change.change in ("worth_more", "search_longer")
            errand, asked = errand_of(problem, stop_id), asked_of(problem, sequences, stop_id)
            rows.append(
                (stop_id, change, relaxed(problem, errand, change) if priced else served_beside_all(asked, change))
            )
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_what_is_shown_holds_when_the_relaxed_day_is_solved_from_nothing(seed):
    problem, sequences = scarce_day(seed)
    today = schedule(problem, sequences, seed=1, problem_sha256="").cents["total"]
    rows = shown(problem, sequences)
    assert rows
    for stop_id, change, wider in rows:
        found = search(wider, seconds=5, seed=99, iterations=1000)
        plan = schedule(wider, found.sequences, seed=1, problem_sha256="", departures=found.departures)

        assert any(stop_id in halts for halts in found.sequences.values()), change
        assert check(wider, plan).holds, change
        assert plan.cents["total"] <= today + change.cents, change


@pytest.mark.parametrize("seed", range(4))
def test_what_a_shift_lacks_for_a_stop_alone_is_just_what_the_checker_asks(seed):
    problem, sequences = scarce_day(seed)
    small = replace(problem, shifts=tuple(narrow(s) for s in problem.shifts))
    served = {x for halts in sequences.values() for x in halts}
    lacking = [
        (errand, place)
        for errand in (errand_of(small, s.stop_id) for s in small.stops if s.stop_id not in served)
        for place in insertions(small, {}, errand)
        if len(place.breaks) == 1 and next(iter(place.breaks)).partition(":")[0] in SHIFT_CHANGES.keys() | {"more_room"}
    ]
    assert lacking
    for errand, place in lacking:
        ((name, amount),) = place.breaks.items()
        change, _, of = name.partition(":")
        whose = f"{place.shift.shift_id}:{of}" if of else place.shift.shift_id
        for by in (amount, amount - 1):
            wider = relaxed(small, errand, Relaxation(change, whose, by, UNITS[change], Cents(0), False))
            shift = next(s for s in wider.shifts if s.shift_id == place.shift.shift_id)

            assert may_be_driven(wider, shift, place.halts) == (by == amount), (name, by)


def narrow(shift: PlannedShift) -> PlannedShift:
    """Return the shift with an hour and a half and room for next to nothing."""
    return replace(shift, ends=Seconds(shift.starts + 90 * MINUTE), capacities=tuple(5 for _ in shift.capacities))


def test_the_halves_of_a_pair_come_together():
    problem = street([stop(5), stop(6)], [van(0, ends=Seconds(12 * MINUTE))], pairs=(Pair("s5", "s6"),))

    assert changes(problem, "s6")["shift_ends_later"].amount == 2 * MINUTE

"""What can't be done even alone: told as the slow way tells it, and soon, however many shifts, rules or parts."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.operations.problems import random_halts, random_problem, rich, under_way
from tests.strategies import seeds

from doorstep.domain.duty import BreakRule
from doorstep.domain.places import Place
from doorstep.domain.problem import Pair, PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import impossible_stops
from doorstep.operations.checking import alone, impossible
from doorstep.operations.checking.alone import Rests, Way
from doorstep.operations.checking.impossible import Everybody
from doorstep.operations.checking.question import Question
from doorstep.operations.schedule import schedule

BEGIN = 28_800


def _paired(rng: np.random.Generator, rule: BreakRule, halts: int, spare: int) -> Problem:
    """Return a pick-up with deliveries, and a shift bound to a rule, with so much time to spare for rests."""
    seconds = rng.choice([0, 700, 1_000, 1_300], size=(1, halts + 1, halts + 1)).astype(np.int32)
    seconds[0, range(halts + 1), range(halts + 1)] = 0
    stops, lasts = [], 0
    for k in range(halts):
        arrives, service = lasts + int(seconds[0, k, k + 1]), Seconds(int(rng.choice([0, 300, 900])))
        starts = max(arrives, int(rng.choice([0, arrives + 400])))
        window = TimeWindow(Seconds(BEGIN + starts), Seconds(BEGIN + starts + int(rng.choice([100, 900, 9_000]))))
        stops.append(Stop(f"s{k}", (f"o{k}",), k + 1, (window,), service, ()))
        lasts = starts + service
    lasts += int(seconds[0, halts, 0])
    shift = PlannedShift("h", "v", "d", Seconds(BEGIN), Seconds(BEGIN + lasts + spare), 0, 0, (), breaks=(rule,))
    places = tuple(Place(0, k) for k in range(halts + 1))
    return Problem(
        "c", "depot", "2026-03-02", "UTC", "EUR", (), places, tuple(stops), (shift,),
        {"car": TravelTimes((Seconds(0),), seconds, seconds)},
        Valuation("profit", ("m",), {}, {}, {"h": Rates()}),
        pairs=tuple(Pair("s0", f"s{k}") for k in range(1, halts)),
    )  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> BreakRule:
    """Draw a rule of a few parts, each about as long as a leg."""
    so_far = draw(st.sampled_from((0, 0, 600)))
    split = tuple(draw(st.lists(st.sampled_from((100, 300, 500)).map(Seconds), max_size=3)))
    return BreakRule(
        "Art. 7", draw(st.sampled_from(("driving", "working", "elapsed"))), Seconds(draw(st.integers(1_000, 3_000))),
        draw(st.sampled_from((400, 600, 900)).map(Seconds)), split,
        so_far=Seconds(so_far), waiting_counts=draw(st.booleans()),
        parts_so_far=draw(st.integers(0, max(0, len(split) - 1))) if so_far else 0,
    )  # fmt: skip


def _every_rest(_: Question, shift: PlannedShift, way: Way) -> Iterator[Rests]:
    """Yield every choice there is of a length for every gap: the slow way."""
    (rule,) = shift.breaks
    lengths = {0, int(rule.length), *(int(part) for part in rule.split)}
    return product(sorted(lengths), repeat=len(way[0]) - len(shift.driven) + 1)


@given(rule=rules(), halts=st.integers(1, 4), spare=st.integers(0, 2_500), seed=seeds)
@settings(max_examples=300, deadline=None)
def test_a_rule_is_called_broken_where_no_choice_of_rests_keeps_it(
    rule: BreakRule, halts: int, spare: int, seed: int
) -> None:
    question = Question.of(_paired(np.random.default_rng(seed), rule, halts, spare))
    (shift,), errand = question.problem.shifts, question.problem.stops
    found = alone.rule_broken(question, errand, shift)
    with patch.object(alone, "_rests", _every_rest):
        assert alone.rule_broken(question, errand, shift) == found


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_rules_of_rich_days_are_called_broken_as_by_the_slow_way(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), 5, rich(shifts=2, resting=1.0, legal=0.5, multi_trip=0.5))
    question = Question.of(problem)
    for stop, shift in product(problem.stops, problem.shifts):
        found = alone.rule_broken(question, (stop,), shift)
        with patch.object(alone, "_rests", _every_rest):
            assert alone.rule_broken(question, (stop,), shift) == found


@pytest.mark.parametrize(("parts", "halts"), [(100, 2), (10, 3), (2, 12)])
def test_a_rule_of_many_parts_or_an_errand_of_many_halts_is_soon_told(parts: int, halts: int) -> None:
    rule = BreakRule("Art. 7", "driving", Seconds(10), Seconds(7_200), tuple(Seconds(k + 1) for k in range(parts)))
    problem = _paired(np.random.default_rng(1), rule, halts, 20_000)
    before = time.process_time()
    found = impossible_stops(problem)

    assert len(found) == halts
    assert time.process_time() - before < 2


def _why_none(everybody: Everybody, stop: Stop) -> str:
    """Return why no shift could serve a stop, all of them asked: the slow way."""
    if stop.stop_id in everybody.over:
        return ""
    errand = impossible._errand(everybody.question, stop)
    stages = impossible._stages(everybody, errand)
    came = [impossible._came(shift, stages) for shift in everybody.shifts]
    blamed = [shift for shift, k in zip(everybody.shifts, came, strict=True) if k == max(came)]
    return "" if max(came) == len(stages) else stages[max(came)][1](blamed) + impossible._with(errand)


@given(seed=seeds, running=st.booleans())
@settings(max_examples=60, deadline=None)
def test_who_fits_first_ends_the_asking_and_changes_no_answer(seed: int, running: bool) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 8, rich(shifts=5, needy=0.6, optional=1.0))
    if running:
        halts = random_halts(rng, problem)
        problem = under_way(rng, problem, halts, schedule(problem, halts, seed=1, problem_sha256=""))
    question = Question.of(problem)
    everybody, slow = Everybody.of(question), Everybody.of(question)
    for k in rng.permutation(len(problem.stops)):
        assert everybody.why_none(problem.stops[int(k)]) == _why_none(slow, problem.stops[int(k)])


def test_no_more_shifts_are_asked_than_until_one_fits() -> None:
    rule = BreakRule("Art. 7", "driving", Seconds(16_200), Seconds(2_700))
    problem = _paired(np.random.default_rng(1), rule, 2, 20_000)
    (shift,) = problem.shifts
    late = (replace(shift, shift_id=f"h{k}", starts=Seconds(BEGIN + 10**6 + k), ends=Seconds(10**7)) for k in range(50))
    everybody = Everybody.of(Question.of(replace(problem, shifts=(*late, shift))))
    with patch.object(impossible, "_came", wraps=impossible._came) as asked:
        assert [everybody.why_none(stop) for stop in problem.stops] == ["", ""]

    assert asked.call_count == 51 + 1

"""What is left of a day that has begun: breaks that are half taken are not asked for again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.explain.street import MINUTE, at, stop, street, van
from tests.operations.problems import Recipe, random_halts, random_problem, replanned, under_way

from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import Break, Driven, Halt, PlannedShift, Problem
from doorstep.domain.units import Metres, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.rest_of_day import rest_of_day, without_past
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search

FOUR_AND_A_HALF, SPLIT = Seconds(16_200), (Seconds(900), Seconds(1_800))
EU = BreakRule("EU", "driving", FOUR_AND_A_HALF, Seconds(2_700), split=SPLIT)


def after(rule: BreakRule, *past: tuple[str, int], waits: int = 0) -> BreakRule | None:
    """Return what is left of a rule after spells such as ('driving', 60) minutes or ('break', 15)."""
    clock, driven, problem = 0, list[Driven](), street([stop(k) for k in range(1, 9)], [van(0, breaks=(rule,))])
    for k, (what, minutes) in enumerate(past, 1):
        driving, stays = (minutes, 0) if what == "driving" else (0, minutes)
        halt: Halt = Break(Seconds(60 * minutes)) if what == "break" else f"s{k}"
        came = clock + 60 * driving
        begins = came + (waits if what == "break" else 0)
        clock = begins + 60 * stays
        driven.append(Driven(halt, Seconds(came), Seconds(begins), Seconds(clock), Metres(0)))
    shift = replace(problem.shifts[0], driven=tuple(driven), loaded_at=Seconds(0), ends=at(10_000))
    (onward,) = rest_of_day(replace(problem, shifts=(shift,), now=Seconds(clock))).shifts
    return onward.breaks[0] if onward.breaks else None


PASTS = [
    ((("driving", 60),), 3_600, 0),
    ((("driving", 60), ("break", 15)), 3_600, 1),
    ((("driving", 60), ("break", 14)), 3_600, 0),
    ((("driving", 60), ("break", 15), ("driving", 60)), 7_200, 1),
    ((("driving", 60), ("break", 15), ("driving", 60), ("break", 15)), 7_200, 1),
    ((("driving", 60), ("break", 15), ("driving", 60), ("break", 30)), 0, 0),
    ((("driving", 60), ("break", 30), ("driving", 60), ("break", 15)), 7_200, 1),
    ((("driving", 60), ("break", 15), ("break", 45), ("driving", 30)), 1_800, 0),
    ((("break", 15), ("driving", 60)), 3_600, 0),
    ((("work", 20), ("break", 15), ("driving", 60)), 3_600, 0),
]


@pytest.mark.parametrize(("past", "so_far", "parts"), PASTS)
def test_parts_of_a_break_that_are_taken_are_remembered(past, so_far, parts):
    rest = after(EU, *past)

    assert rest is not None
    assert (rest.so_far, rest.parts_so_far) == (so_far, parts)


def test_parts_taken_before_the_shift_count_on():
    rest = after(replace(EU, so_far=Seconds(600), parts_so_far=1), ("driving", 10), ("break", 30))

    assert rest is not None
    assert (rest.so_far, rest.parts_so_far) == (0, 0)


def test_a_window_has_no_parts():
    lunch = BreakRule("lunch", "elapsed", Seconds(0), Seconds(1_800), windows=(TimeWindow(Seconds(0), at(600)),))

    assert after(lunch, ("driving", 60), ("break", 15)) == lunch
    assert after(lunch, ("driving", 60), ("break", 30)) is None


def day(parts: int) -> Problem:
    """Return a day on which only the second half of a break fits: 15 minutes were taken before it begins, or not."""
    rule = BreakRule("EU", "driving", at(20), at(45), split=(at(15), at(30)), so_far=at(8), parts_so_far=parts)
    shift: PlannedShift = van(0, breaks=(rule,), ends=at(56))
    return street([stop(5), stop(6), stop(11)], [shift])


def test_who_has_taken_the_first_part_owes_only_the_second():
    halts: list[Halt] = ["s5", "s6", "s11"]
    legal = [*halts[:2], Break(at(30)), halts[2]]

    assert lacking(day(1), legal) == ()
    assert lacking(day(1), halts) != ()
    assert lacking(day(0), legal) != ()


def lacking(problem: Problem, halts: list[Halt]) -> tuple[str, ...]:
    return check(problem, schedule(problem, {"h0": halts}, seed=0, problem_sha256="")).violations


@pytest.mark.usefixtures("kernels")
def test_the_search_takes_only_the_part_that_is_owed():
    found = search(day(1), seconds=1, seed=1, iterations=100)

    assert sorted(h for h in found.sequences["h0"] if isinstance(h, str)) == ["s11", "s5", "s6"]
    assert [h.seconds for h in found.sequences["h0"] if isinstance(h, Break)] == [30 * MINUTE]


@given(st.integers(0, 2**32 - 1))
def test_the_rest_owes_the_breaks_that_the_whole_day_owes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, int(rng.integers(2, 8)), Recipe(resting=1.0, legal=0.0))
    halts = random_halts(rng, problem)
    day = under_way(rng, problem, halts, schedule(problem, halts, seed=0, problem_sha256=""))
    whole = {k: v for k, v in replanned(rng, day).items() if v}
    rest = rest_of_day(day)
    ahead = {k: v for k, v in without_past(day, whole).items() if v}

    assert owed(rest, ahead) == {one for one in owed(day, whole) if one[0] in ahead}


def owed(problem: Problem, sequences: Mapping[str, Sequence[Halt]]) -> set[tuple[str, str]]:
    """Return shift and rule of every break that a plan lacks."""
    found = check(problem, schedule(problem, sequences, seed=0, problem_sha256="")).violations
    missing = [re.search(r"'(h\d+)'.*expected a break of .*\((\w+)\)", sentence) for sentence in found]
    return {(one[1], one[2]) for one in missing if one}

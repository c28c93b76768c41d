"""What the rich search believes, held against the schedule's definition and the checker: the last check of its plan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement, islice, permutations

from doorstep.domain.plan import Plan
from doorstep.domain.problem import Break, Halt, Pair, PlannedShift, Problem
from doorstep.domain.units import Seconds
from doorstep.operations.check import check
from doorstep.operations.errors import KernelDisagrees
from doorstep.operations.schedule import schedule

BROKEN = 5e11
"""Cents above which the search itself says that a route with frozen stops may not be driven."""

MOST_TRIED = 300
"""Ways to place the breaks of frozen stops that are tried before these count as hopeless."""

Sequences = Mapping[str, Sequence[Halt]]
Departures = Mapping[str, Seconds]


def refuse_disagreement(problem: Problem, sequences: Sequences, departures: Departures, price: float) -> None:
    """Raise where a plan breaks a rule that its frozen stops don't break for it, or costs something else.

    The search counts cents unrounded, the schedule rounds each part of each visit and route: so they may differ by a
    few cents for each visit.
    """
    plan = schedule(problem, sequences, seed=0, problem_sha256="", departures=departures)
    report = check(problem, plan)
    wrong = _ours(problem, plan, report.violations)
    if wrong:
        hopeless = [s for s in problem.shifts if s.frozen and _broken_anyway(problem, s, sequences, departures)]
        wrong = _ours(problem, *_without(problem, hopeless, sequences, departures)) if hopeless else wrong
    if wrong:
        raise KernelDisagrees(f"The search returned a plan that may not be driven. {wrong[0]}")
    if price >= BROKEN or _left_out(problem, plan):
        return
    visits = sum(len(route.visits) + 2 for route in plan.routes)
    if abs(report.total - price) > 5 * visits + 1e-6 * abs(price):
        raise KernelDisagrees(f"The search priced its plan at {price:.2f} cents, the schedule at {report.total}.")


def _broken_anyway(problem: Problem, shift: PlannedShift, sequences: Sequences, departures: Departures) -> bool:
    """Return whether a shift's frozen stops, as they are driven and then home, break a rule by themselves.

    A break that must begin in some window may come anywhere between them: only where none may, it is forced.
    """
    halts, left, alone = sequences.get(shift.shift_id, ()), len(shift.frozen), list[Halt]()
    for halt in halts:
        if left == 0:
            break
        alone.append(halt)
        left -= isinstance(halt, str)
    loose = replace(problem, shifts=tuple(replace(s, frozen=()) for s in problem.shifts))
    tried = [
        (alone, departures),
        (alone, {}),
        *((halts, {}) for halts in islice(_with_meals(shift, alone), MOST_TRIED)),
    ]
    return all(_breaks_a_rule(loose, {shift.shift_id: halts}, leaves) for halts, leaves in tried)


def _breaks_a_rule(problem: Problem, sequences: Sequences, departures: Departures) -> bool:
    plan = schedule(problem, sequences, seed=0, problem_sha256="", departures=departures)
    return any(sentence.startswith("Route") for sentence in check(problem, plan).violations)


def _with_meals(shift: PlannedShift, halts: Sequence[Halt]) -> Iterator[list[Halt]]:
    """Yield the halts with a break for some of the rules that ask for one in a window, wherever it may be."""
    lengths = [rule.length for rule in shift.breaks if rule.windows]
    for many in range(1, len(lengths) + 1):
        for meals in permutations(lengths, many):
            for places in combinations_with_replacement(range(len(halts) + 1), many):
                rested = list(halts)
                for place, seconds in reversed(list(zip(places, meals, strict=True))):
                    rested.insert(place, Break(seconds))
                yield rested


def _without(
    problem: Problem, hopeless: Sequence[PlannedShift], sequences: Sequences, departures: Departures
) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan of all shifts but these, and what is wrong with it."""
    gone = {shift.shift_id for shift in hopeless}
    shifts = tuple(replace(s, frozen=() if s.shift_id in gone else s.frozen) for s in problem.shifts)
    rest = {shift_id: halts for shift_id, halts in sequences.items() if shift_id not in gone}
    plan = schedule(replace(problem, shifts=shifts), rest, seed=0, problem_sha256="", departures=departures)
    return plan, check(replace(problem, shifts=shifts), plan).violations


def _ours(problem: Problem, plan: Plan, violations: Sequence[str]) -> list[str]:
    """Return the violations that are more than stops left out for want of room or time, or pairs torn so."""
    torn = tuple(f"Pick-up {p.pickup!r} and delivery {p.delivery!r}" for p in _torn(problem, plan))
    return [
        sentence
        for sentence in violations
        if "no price for leaving it out" not in sentence and not (torn and sentence.startswith(torn))
    ]


def _torn(problem: Problem, plan: Plan) -> list[Pair]:
    """Return the pairs that frozen stops may tear: a delivery can't move, or fits nowhere behind its pick-up."""
    frozen = {stop_id for shift in problem.shifts for stop_id in shift.frozen}
    out = {row.stop_id for row in plan.unserved}
    return [p for p in problem.pairs if p.delivery in frozen or (p.pickup in frozen and p.delivery in out)]


def _left_out(problem: Problem, plan: Plan) -> bool:
    """Return whether the search counts more than the valuation says for what it leaves out."""
    torn = {stop_id for p in _torn(problem, plan) for stop_id in (p.pickup, p.delivery)}
    return any(u.stop_id not in problem.valuation.unserved or u.stop_id in torn for u in plan.unserved)

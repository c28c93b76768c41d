"""What would have to change for an order to be served: the smallest changes of one thing, each solved again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from doorstep.domain.plan import Relaxation
from doorstep.domain.problem import Halt, Problem, Stop
from doorstep.domain.units import Cents
from doorstep.operations.check import check
from doorstep.operations.explain.insertion import Insertion, insertions
from doorstep.operations.explain.relaxing import UNITS, one_more_shift, relaxed
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search

MOST_SHOWN = 4
"""Changes that are confirmed and shown; whoever asks wants the few that are cheapest to grant."""

TRIES = 3
"""Places of the same kind of change that are tried before it is given up."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A change, the plan to begin with once it is made, and the problem that then is to be solved."""

    relaxation: Relaxation
    start: Mapping[str, Sequence[Halt]]
    problem: Problem


def would_be_served_if(
    problem: Problem, sequences: Mapping[str, Sequence[Halt]], stop_id: str, *, seconds: float = 0.3, seed: int = 1
) -> tuple[Relaxation, ...]:
    """Return the smallest changes after which the stop is served, cheapest first; every one was solved again.

    `sequences` is the plan that leaves it out. One thing changes at a time: the stop's window, one shift's end, room,
    skills or bounds, a veto, the price of leaving it out, or one more van like one of today's. `seconds` bounds each
    second search. Empty where no single change helps.
    """
    stop = next(s for s in problem.stops if s.stop_id == stop_id)
    plan = {shift_id: tuple(halts) for shift_id, halts in sequences.items()}
    shown: dict[str, Relaxation] = {}
    for tried in _candidates(problem, plan, stop):
        kind = tried.relaxation.change
        if kind not in shown and _served(tried, stop_id, seconds, seed):
            shown[kind] = replace(tried.relaxation, confirmed=True)
        if len(shown) == MOST_SHOWN:
            break
    return tuple(sorted(shown.values(), key=attrgetter("cents")))


def _candidates(problem: Problem, plan: dict[str, tuple[Halt, ...]], stop: Stop) -> Iterator[Tried]:
    """Yield changes to try: by kind the smallest few, and one more van of each kind."""
    if stop.stop_id not in {x for pair in problem.pairs for x in (pair.pickup, pair.delivery)}:
        for found in _few_of_each(insertions(problem, plan, stop)):
            yield from _tried(problem, plan, stop, found)
    yield from _another_van(problem, plan, stop)


def _few_of_each(found: Iterable[Insertion]) -> list[Insertion]:
    """Return insertions that break one bound or none, the smallest breach of each kind first, then the cheapest."""
    kinds: dict[str, list[Insertion]] = {}
    for insertion in found:
        if len(insertion.breaks) <= 1:
            kinds.setdefault(next(iter(insertion.breaks), ""), []).append(insertion)
    best = [sorted(group, key=lambda i: (sum(i.breaks.values()), i.cents))[:TRIES] for group in kinds.values()]
    return [insertion for group in sorted(best, key=lambda g: g[0].cents) for insertion in group]


def _tried(problem: Problem, plan: dict[str, tuple[Halt, ...]], stop: Stop, found: Insertion) -> Iterator[Tried]:
    """Yield the one change that makes this insertion possible: of a bound, else of the price of leaving it out."""
    price = problem.valuation.unserved.get(stop.stop_id, 0)
    extra = Cents(found.cents - price)
    start = {**plan, found.shift.shift_id: found.halts}
    kind, amount = next(iter(found.breaks.items()), ("", 0))
    if kind:
        change, _, of = kind.partition(":")
        subject = stop.stop_id if change.startswith("window") else found.shift.shift_id
        relaxation = Relaxation(change, f"{subject}:{of}" if of else subject, amount, UNITS[change], extra, False)
        yield Tried(relaxation, start, _wanted(relaxed(problem, stop, relaxation), stop))
    elif extra > 0:
        worth = Relaxation("worth_more", stop.stop_id, extra, "cents", extra, False)
        yield Tried(worth, start, _wanted(problem, stop))
    else:
        better = Relaxation("search_longer", stop.stop_id, 0, "s", extra, False)
        yield Tried(better, start, problem)


def _another_van(problem: Problem, plan: dict[str, tuple[Halt, ...]], stop: Stop) -> Iterator[Tried]:
    """Yield one more van like each of today's kinds, with this stop alone, or with its pair."""
    pair = next((p for p in problem.pairs if stop.stop_id in (p.pickup, p.delivery)), None)
    alone = (pair.pickup, pair.delivery) if pair else (stop.stop_id,)
    price = sum(problem.valuation.unserved.get(x, 0) for x in alone)
    for larger, shift in one_more_shift(problem):
        start = {**plan, shift.shift_id: alone}
        route = schedule(larger, {shift.shift_id: alone}, seed=1, problem_sha256="").routes[0]
        extra = Cents(sum(route.cents.values()) - price)
        relaxation = Relaxation("another_shift", shift.shift_id.removesuffix("+1"), 1, "shift", extra, False)
        yield Tried(relaxation, start, _wanted(larger, stop))


def _wanted(problem: Problem, stop: Stop) -> Problem:
    """Return the problem in which the stop must be served."""
    unserved = {x: cents for x, cents in problem.valuation.unserved.items() if x != stop.stop_id}
    return replace(problem, valuation=replace(problem.valuation, unserved=unserved))


def _served(tried: Tried, stop_id: str, seconds: float, seed: int) -> bool:
    """Solve again, and return whether the stop is served in a plan that holds but for what was left out before."""
    report = check(tried.problem, schedule(tried.problem, tried.start, seed=seed, problem_sha256=""))
    if len(report.violations) > len(report.left_out):
        return False
    found = search(tried.problem, seconds=seconds, seed=seed, start=tried.start)
    return any(stop_id in halts for halts in found.sequences.values())

"""What would have to change for an order to be served: the smallest changes of one thing, each solved again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from doorstep.domain.plan import Relaxation
from doorstep.domain.problem import Halt, Problem
from doorstep.domain.units import Cents
from doorstep.operations.check import check
from doorstep.operations.explain.insertion import (
    PAST,
    Errand,
    Insertion,
    done_alone,
    errand_of,
    insertions,
    swaps,
)
from doorstep.operations.explain.on_board import carrier_of, with_carriers
from doorstep.operations.explain.relaxing import UNITS, one_more_like, one_more_shift, over_today, relaxed
from doorstep.operations.must_serve import must_count
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.search.loop import Progress, Result, Stop

MOST_SHOWN = 4
"""Changes that are shown; whoever asks wants the few that are cheapest to grant."""

TRIES = 3
"""Places of the same kind of change that are tried before it is given up."""

LONGEST = 8
"""After so many times what one second search may take, no further change is tried: somebody waits for the answer."""

HALVINGS = 2
"""How often a smaller change is tried, the rest of the plan being moved around for it."""

LONGEST_SHIFT = 24 * 3600
"""Seconds that one more shift may have where nobody knows any more when today's would have ended."""

MEASURED = ("s", "m", "units", "Wh")


@dataclass(frozen=True, slots=True)
class Question:
    """An errand that a plan leaves out, and how long each search for an answer may take. `searched`: what they took.

    In `problem` nobody but a `carrier` that has the errand's goods on board may come there; so it is with all goods.
    """

    problem: Problem
    plan: Mapping[str, tuple[Halt, ...]]
    errand: Errand
    carrier: str | None
    seconds: float
    seed: int
    searched: list[float] = field(default_factory=list)

    @property
    def tired(self) -> bool:
        """Return whether all that may be spent on an answer is spent."""
        return sum(self.searched) >= LONGEST * self.seconds

    @property
    def ids(self) -> frozenset[str]:
        """Return the stops of the errand."""
        return frozenset(stop.stop_id for stop in self.errand)

    @property
    def price(self) -> int:
        """Return what leaving the errand out costs."""
        return sum(self.problem.valuation.unserved.get(x, 0) for x in self.ids)


@dataclass(frozen=True, slots=True)
class Tried:
    """A change, and the plan to begin with once it is made."""

    relaxation: Relaxation
    start: Mapping[str, Sequence[Halt]]


def would_be_served_if(
    problem: Problem, sequences: Mapping[str, Sequence[Halt]], stop_id: str, *, seconds: float = 0.3, seed: int = 1
) -> tuple[Relaxation, ...]:
    """Return the smallest changes after which the stop is served, cheapest first; every one was solved again.

    `sequences` is the plan that leaves it out. One thing changes at a time: the stop's window, one shift's end, room,
    skills or bounds, a veto, one more van like one of today's, another stop given up for it, or the price of leaving
    it out. With that change a plan was found that serves it beside everything that is served today (but the stop given
    up); where its own price changes, that it is then not left out. The half of a pair comes with the other. `seconds`
    bounds each second search, LONGEST times that all of them. Empty where no single change was found that helps.
    """
    asked = asked_of(problem, sequences, stop_id, seconds=seconds, seed=seed)
    shown: dict[str, Relaxation] = {}
    for tried in _candidates(asked):
        if asked.tired:
            break
        kind = tried.relaxation.change
        if kind not in shown and _confirmed(asked, tried):
            shown[kind] = replace(_smaller(asked, tried.relaxation), confirmed=True)
    return tuple(sorted(shown.values(), key=lambda change: change.cents)[:MOST_SHOWN])


def asked_of(
    problem: Problem, sequences: Mapping[str, Sequence[Halt]], stop_id: str, *, seconds: float = 0.3, seed: int = 1
) -> Question:
    """Return the question why a stop is left out of a plan."""
    plan = {shift_id: tuple(halts) for shift_id, halts in sequences.items()}
    bound = with_carriers(problem, plan)
    return Question(bound, plan, errand_of(bound, stop_id), carrier_of(problem, plan, stop_id), seconds, seed)


def served_beside_all(asked: Question, change: Relaxation) -> Problem:
    """Return the problem with the change made, in which the errand and all that is served today must be served."""
    today = {halt for halts in asked.plan.values() for halt in halts} | asked.ids
    given_up = {change.of} if change.change == "instead_of" else set()
    wider = relaxed(asked.problem, asked.errand, change)
    unserved = {x: cents for x, cents in wider.valuation.unserved.items() if x not in today - given_up}
    return replace(wider, valuation=replace(wider.valuation, unserved=unserved))


# What to try


def _candidates(asked: Question) -> Iterator[Tried]:
    """Yield changes to try: by kind the smallest few, another stop given up, and one more van of each kind.

    The likeliest of every kind come first, then plans in which others move, then the next of every kind.
    """
    places = insertions(asked.problem, asked.plan, asked.errand)
    found = _few_of_each(i for i in places if asked.carrier in (None, i.shift.shift_id))
    kinds = [[_as_change(asked, insertion) for insertion in group] for group in found]
    kinds += [list(_given_up(asked)), list(_another_van(asked)), list(_van_anew(asked))]
    for k in range(TRIES):
        yield from (group[k] for group in kinds if k < len(group))
        if k == 0 and not asked.tired:
            yield from _by_moving(asked)


def _few_of_each(found: Iterable[Insertion]) -> list[list[Insertion]]:
    """Return insertions that break one bound or none by kind, the smallest breach first, then the cheapest.

    What has happened already is no bound: nobody can change it.
    """
    kinds: dict[str, list[Insertion]] = {}
    for insertion in found:
        if len(insertion.breaks) <= 1 and insertion.breaks.keys().isdisjoint(PAST):
            kind = next(iter(insertion.breaks), "").partition(":")[0]
            kinds.setdefault(kind, []).append(insertion)
    return [sorted(group, key=lambda i: (sum(i.breaks.values()), i.cents))[:TRIES] for group in kinds.values()]


def _as_change(asked: Question, found: Insertion) -> Tried:
    """Return the one change that makes this insertion possible: of a bound, else of the price of leaving it out."""
    extra = Cents(found.cents - asked.price)
    kind, amount = next(iter(found.breaks.items()), ("", 0))
    change, _, of = kind.partition(":")
    if change.startswith("window"):
        subject = of
    elif change == "goods_earlier":
        subject = max(asked.errand, key=lambda stop: stop.release).stop_id
    elif kind:
        subject = f"{found.shift.shift_id}:{of}" if of else found.shift.shift_id
    else:
        return Tried(_as_price(asked, extra), {**asked.plan, found.shift.shift_id: found.halts})
    relaxation = Relaxation(change, subject, amount, UNITS[change], extra, False)
    return Tried(relaxation, {**asked.plan, found.shift.shift_id: found.halts})


def _as_price(asked: Question, extra: Cents) -> Relaxation:
    """Return the change of price, or of patience, for an errand that fits, at so much more than leaving it out."""
    stop_id = next((x for x in sorted(asked.ids) if x in asked.problem.valuation.unserved), None)
    if extra > 0 and stop_id is not None:
        return Relaxation("worth_more", stop_id, extra, "cents", extra, False)
    return Relaxation("search_longer", asked.errand[0].stop_id, 0, "s", extra, False)


def _given_up(asked: Question) -> Iterator[Tried]:
    """Yield the stops that may be left out in whose place this one fits, the cheapest few."""
    prices = asked.problem.valuation.unserved
    found = [
        (swap.cents + prices[given_up] - asked.price, given_up, swap)
        for given_up, swap in swaps(asked.problem, asked.plan, asked.errand)
        if given_up in prices
    ]
    for extra, given_up, swap in sorted(found, key=lambda x: x[:2])[:TRIES]:
        change = Relaxation("instead_of", given_up, 1, UNITS["instead_of"], Cents(extra), False)
        yield Tried(change, {**asked.plan, swap.shift.shift_id: swap.halts})


def _another_van(asked: Question) -> Iterator[Tried]:
    """Yield one more van like each of today's kinds that does this errand alone: those that may, cheapest first.

    Where none may do it alone, the cheapest is still tried: it could take what keeps another from it.
    """
    alone = tuple(stop.stop_id for stop in asked.errand)
    found = []
    for like in one_more_shift(asked.problem):
        larger, shift = one_more_like(asked.problem, like)
        done = done_alone(larger, shift, asked.errand)
        found.append((not done.fits, done.cents - asked.price, like.shift_id, shift.shift_id))
    tries = TRIES if any(not bad for bad, *_ in found) else 1
    for bad, extra, like_id, new in sorted(found)[:tries]:
        if not bad or tries == 1:
            change = Relaxation("another_shift", like_id, 1, UNITS["another_shift"], Cents(extra), False)
            yield Tried(change, {**asked.plan, new: alone})


def _van_anew(asked: Question) -> Iterator[Tried]:
    """Yield one more van like each kind that is over for today, for as long as the errand takes alone: cheapest first.

    So it is when somebody has fallen ill: nobody of that kind may be left.
    """
    alone, found = tuple(stop.stop_id for stop in asked.errand), []
    for like in over_today(asked.problem, LONGEST_SHIFT):
        larger, shift = one_more_like(asked.problem, like)
        done = done_alone(larger, shift, asked.errand)
        if done.fits:
            found.append((done.cents - asked.price, like.shift_id, shift.shift_id, done.seconds))
    for extra, like_id, new, seconds in sorted(found)[:TRIES]:
        change = Relaxation("another_shift_for", like_id, seconds, UNITS["another_shift_for"], Cents(extra), False)
        yield Tried(change, {**asked.plan, new: alone})


def _by_moving(asked: Question) -> Iterator[Tried]:
    """Yield a plan in which others make room for the errand, and nothing else changes."""
    problem = served_beside_all(asked, Relaxation("search_longer", "", 0, "s", Cents(0), False))
    found = _until_served(asked, problem, asked.plan, polish=0.5)
    if _holds(asked, problem, found):
        yield Tried(_as_price(asked, _dearer(asked, problem, found)), found.sequences)


# Whether it is so


def _confirmed(asked: Question, tried: Tried) -> bool:
    """Return whether solving again serves the errand, in a plan that holds but for what was left out before."""
    if tried.relaxation.change in ("worth_more", "search_longer"):
        priced = relaxed(asked.problem, asked.errand, tried.relaxation)
        found = search(priced, seconds=asked.seconds, seed=asked.seed, start=tried.start)
        asked.searched.append(found.seconds)
        return _holds(asked, priced, found)
    problem = served_beside_all(asked, tried.relaxation)
    return _holds(asked, problem, _until_served(asked, problem, tried.start))


def _until_served(
    asked: Question, problem: Problem, start: Mapping[str, Sequence[Halt]], *, polish: float = 0.0
) -> Result:
    """Search until all that must be served is, but for what wasn't before, and a share of the time is up."""
    today = {halt for halts in asked.plan.values() for halt in halts} | asked.ids
    known = {s.stop_id for s in problem.stops if s.stop_id not in problem.valuation.unserved} - today
    must = must_count(problem)

    def enough(progress: Progress) -> None:
        if progress.share >= polish and progress.price < (len(known) + 0.5) * must:
            raise Stop

    found = search(problem, seconds=asked.seconds, seed=asked.seed, start=start, on_progress=enough)
    asked.searched.append(found.seconds)
    return found


def _dearer(asked: Question, problem: Problem, found: Result) -> Cents:
    """Return what a plan costs more than today's."""
    today = schedule(asked.problem, asked.plan, seed=asked.seed, problem_sha256="")
    after = schedule(problem, found.sequences, seed=asked.seed, problem_sha256="", departures=found.departures)
    return Cents(after.cents["total"] - today.cents["total"])


def _holds(asked: Question, problem: Problem, found: Result) -> bool:
    """Return whether a plan serves the errand and holds, but for stops that nobody could serve before."""
    served = {halt for halts in found.sequences.values() for halt in halts}
    plan = schedule(problem, found.sequences, seed=asked.seed, problem_sha256="", departures=found.departures)
    report = check(problem, plan)
    before = {halt for halts in asked.plan.values() for halt in halts}
    lost = before.intersection(report.left_out)
    return asked.ids <= served and len(report.violations) == len(report.left_out) and not lost


def _smaller(asked: Question, change: Relaxation) -> Relaxation:
    """Return the smallest change found that does, the rest of the plan being free to move; by halving."""
    if change.unit not in MEASURED or change.amount < 2:
        return change
    too_little = 0
    for _ in range(HALVINGS):
        if asked.tired:
            break
        half = replace(change, amount=(too_little + change.amount) // 2)
        problem = served_beside_all(asked, half)
        found = _until_served(replace(asked, seconds=asked.seconds / 2), problem, asked.plan, polish=0.5)
        if _holds(asked, problem, found):
            change = replace(half, cents=_dearer(asked, problem, found))
        else:
            too_little = half.amount
    return change

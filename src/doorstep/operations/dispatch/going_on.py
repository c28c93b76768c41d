"""Ways to go on with a day: searched side by side, one for each price of change, and all priced alike."""

from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from doorstep.domain.errors import OurBug
from doorstep.domain.events import Ordered
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, Problem
from doorstep.domain.sequences import sequences_of
from doorstep.operations.check import CheckReport, check
from doorstep.operations.dispatch.booking import with_quoted
from doorstep.operations.dispatch.differences import Difference, difference, promises
from doorstep.operations.dispatch.effort import Effort
from doorstep.operations.dispatch.stability import Instability, with_instability, without_instability
from doorstep.operations.dispatch.verdicts import Decision
from doorstep.operations.dispatch.waves import FirstTrips
from doorstep.operations.progress import RunningDay, staying, undelivered
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search

WAYS = {"steady": 10.0, "balanced": 1.0, "free": 0.0}
"""How dear a change is held to be in each alternative, in multiples of its stated price."""

STRANDED = "waiting would leave it out"
"""Why somebody goes who was to wait."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to go on. `difference` is against the plan before the events."""

    name: str
    plan: Plan
    report: CheckReport
    difference: Difference


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What there is to choose from, best first: all priced alike, the price of instability included.

    `notes` say in words which events changed nothing, or other things than they seem to, and which bounds had to give
    way. `decision` is who goes now and who waits, where that was asked.
    """

    problem: Problem
    alternatives: tuple[Alternative, ...]
    notes: tuple[str, ...] = ()
    decision: Decision | None = None


Decide = Callable[[Mapping[str, str], Decision | None], tuple[RunningDay, Decision]]
"""Decides who goes: those too that must for the reasons given, and who went by what is decided already."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the ways to go on: the plan that was told, the price of straying from it, how long to search."""

    told: Plan
    price: Instability
    sha256_of: Callable[[Problem], str]
    effort: Effort

    def priced(self, day: RunningDay) -> RunningDay:
        """Return the day in which straying from what was told costs."""
        return replace(day, problem=with_instability(day.problem, self.told, self.price))

    def decided(self, day: RunningDay, orders: Sequence[Ordered], decide: Decide) -> Dispatched:
        """Return the ways to go on once it is decided who leaves; who would be left out for waiting goes after all.

        Where somebody still isn't served, a van may have been filled beside him: deciding nothing is tried too.
        """
        loaded, decision = decide({}, None)
        tried = [self.ways(loaded, orders, decision)]
        if stranded := _stranded(tried[0]):
            loaded, decision = decide(dict.fromkeys(stranded, STRANDED), decision)
            tried.append(self.ways(loaded, orders, decision))
        if any(_left_out(tried[-1])):
            tried.append(self.ways(day, orders, replace(decision, held=frozenset())))
        return min(tried, key=_left_out)

    def ways(self, day: RunningDay, orders: Sequence[Ordered], decision: Decision | None = None) -> Dispatched:
        """Return the ways to go on with a day, searched side by side; what stands loaded leaves as it is."""
        plain, trips, day = day.problem, FirstTrips.of(day), with_quoted(self.priced(day), orders)
        asked, known = (day.problem, self.sha256_of(day.problem)), without_instability(self.told)

        def go_on(name: str, factor: float) -> Alternative:
            question = with_instability(trips.on(plain), self.told, self.price.times(factor))
            answer, report = _answered(question, asked, day.sequences, self.effort)
            return Alternative(name, answer, report, difference(known, answer, promises(day.problem)))

        with ThreadPoolExecutor(len(WAYS)) as side_by_side:
            going = [side_by_side.submit(go_on, name, factor) for name, factor in WAYS.items()]
            found = [way.result() for way in going]
        best_first = sorted(found, key=lambda a: (len(a.report.left_out), a.report.total))
        return Dispatched(day.problem, tuple(best_first), decision=decision)


def _stranded(found: Dispatched) -> frozenset[str]:
    """Return the stops that are held and that the best way to go on leaves out."""
    left_out = {row.stop_id for row in found.alternatives[0].plan.unserved}
    return found.decision.held & left_out if found.decision else frozenset()


def _left_out(found: Dispatched) -> tuple[int, int]:
    """Return how many orders that must be served the best way to go on leaves out, and what the others cost it.

    The checker counts those alone that somebody could still serve: once the only van has left, nobody could.
    """
    best, prices = found.alternatives[0], found.problem.valuation.unserved
    return sum(row.stop_id not in prices for row in best.plan.unserved), best.plan.cents.get("unserved", 0)


def _answered(
    question: Problem, asked: tuple[Problem, str], start: Mapping[str, Sequence[Halt]], effort: Effort
) -> tuple[Plan, CheckReport]:
    """Return the best plan found that may be driven; what was fetched and can't be brought stays on board.

    Raises OurBug where the checker refuses it.
    """
    answer, report = _searched(question, asked, start, effort)
    left = undelivered(question, sequences_of(answer, asked[0])[0])
    if left and len(report.violations) > len(report.left_out):
        answer, report = _searched(staying(question, left), asked, _without(start, left), effort)
    if len(report.violations) > len(report.left_out):
        raise OurBug(f"The checker refuses a plan of our own: {report.violations[0]} Please send us the problem.")
    return answer, report


def _searched(
    question: Problem, asked: tuple[Problem, str], start: Mapping[str, Sequence[Halt]], effort: Effort
) -> tuple[Plan, CheckReport]:
    """Return the best plan found for a question, as the problem that was asked for prices and names it."""
    priced, sha256 = asked
    found = search(question, seconds=effort.seconds, seed=effort.seed, iterations=effort.iterations, start=start)
    answer = schedule(priced, found.sequences, seed=effort.seed, problem_sha256=sha256, departures=found.departures)
    return answer, check(priced, answer)


def _without(sequences: Mapping[str, Sequence[Halt]], gone: Container[Halt]) -> dict[str, tuple[Halt, ...]]:
    return {shift_id: tuple(h for h in halts if h not in gone) for shift_id, halts in sequences.items()}

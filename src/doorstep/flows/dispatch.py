"""While the day runs: events come in, a valid new plan goes out, with what is driven and loaded left as it is."""

from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from doorstep.domain.errors import OurBug
from doorstep.domain.events import Event, Ordered
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, Problem
from doorstep.domain.sequences import sequences_of
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.windows import WHENEVER
from doorstep.flows.ask_roads import every_leg
from doorstep.flows.ports import Streets
from doorstep.flows.send_or_wait import Efforts, decide
from doorstep.operations.check import CheckReport, check
from doorstep.operations.consequences import consequences
from doorstep.operations.differences import Difference, difference, promises
from doorstep.operations.driving import Book, earliest_departure
from doorstep.operations.futures import Waves
from doorstep.operations.happenings import happened, too_late_for
from doorstep.operations.new_place import with_place
from doorstep.operations.progress import RunningDay, as_of, staying, undelivered
from doorstep.operations.quote import Quote, Quoter
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.send_or_wait import Budget
from doorstep.operations.stability import Instability, with_instability, without_instability
from doorstep.operations.unavoidable import giving_way
from doorstep.operations.verdicts import Decision
from doorstep.operations.waves import FirstTrips

WAYS = {"steady": 10.0, "balanced": 1.0, "free": 0.0}
"""How dear a change is held to be in each alternative, in multiples of its stated price."""

MOST_PLACED = 5
"""New orders that are put where a quote would have them before the searches begin; these find places for others."""


DECIDING, SENDING = 0.5, 0.25
"""Parts of the seconds that go into futures, and into the wave that leaves, where somebody is to wait."""

STRANDED = "waiting would leave it out"


@dataclass(frozen=True, slots=True)
class Effort:
    """How long the searches go on, side by side; where `iterations` are given they are counted instead."""

    seconds: float = 1.0
    seed: int = 1
    iterations: int | None = None


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
    way. `decision` is who goes now and
    who waits, where that was asked.
    """

    problem: Problem
    alternatives: tuple[Alternative, ...]
    notes: tuple[str, ...] = ()
    decision: Decision | None = None


def dispatch(  # noqa: PLR0913 - each is named where it is given
    problem: Problem,
    plan: Plan,
    events: Sequence[Event],
    *,
    effort: Effort,
    instability: Instability | None = None,
    sha256_of: Callable[[Problem], str],
    streets: Mapping[str, Streets] | None = None,
    waves: Waves | None = None,
) -> Dispatched:
    """Return new plans after events, all as of the last one's time.

    `plan` is the answer to `problem`; both may come from an earlier dispatch. `streets`, by profile, are asked for
    every leg of a new place, which is guessed without them. With `waves` it is decided first who leaves now and who
    waits for better company: what goes is loaded, what waits is held, and the rest is planned around it. Raises
    YourInput where an event names what is not there, and UnreachablePlace where no road leads to a new place.
    """
    asked = _Asked(plan, instability or Instability(), sha256_of, effort)
    day, notes = after(problem, plan, events, streets)
    day, given_way = giving_way(day)
    told = [event for event in events if isinstance(event, Ordered)]
    found = asked.ways(day, told) if waves is None or not waves.past else _in_waves(asked, day, told, waves)
    return replace(found, notes=(*notes, *given_way))


def _in_waves(asked: "_Asked", day: RunningDay, told: Sequence[Ordered], waves: Waves) -> Dispatched:
    """Return the ways to go on once it is decided who leaves now; who would be left out for waiting goes after all.

    Where somebody still isn't served, a van may have been filled beside him: a way that decides nothing is tried too.
    """
    seconds, effort = asked.effort.seconds, asked.effort
    deciding, sending = (Budget(seconds * part, effort.seed, effort.iterations) for part in (DECIDING, SENDING))
    budget = Efforts(deciding, sending)
    left = replace(asked, effort=replace(effort, seconds=seconds * (1 - DECIDING - SENDING)))
    priced = replace(day, problem=with_instability(day.problem, asked.told, asked.price))
    loaded, decision = decide(priced, waves, budget)
    tried = [left.ways(loaded, told, decision)]
    if stranded := _stranded(tried[0]):
        loaded, decision = decide(priced, waves, budget, also=dict.fromkeys(stranded, STRANDED), known=decision)
        tried.append(left.ways(loaded, told, decision))
    if any(_left_out(tried[-1])):
        tried.append(left.ways(priced, told, replace(decision, held=frozenset())))
    return min(tried, key=_left_out)


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


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a dispatch is held against: the plan that was told, the price of straying from it, how long to search."""

    told: Plan
    price: Instability
    sha256_of: Callable[[Problem], str]
    effort: Effort

    def ways(self, day: RunningDay, orders: Sequence[Ordered], decision: Decision | None = None) -> Dispatched:
        """Return the ways to go on with a day, searched side by side; what stands loaded leaves as it is."""
        plain, priced = day.problem, with_instability(day.problem, self.told, self.price)
        trips = FirstTrips.of(day)
        day = _with_quoted(replace(day, problem=priced), orders)
        asked, known = (priced, self.sha256_of(priced)), without_instability(self.told)

        def go_on(name: str, factor: float) -> Alternative:
            question = with_instability(trips.on(plain), self.told, self.price.times(factor))
            answer, report = _searched(question, asked, day.sequences, self.effort)
            left = undelivered(question, sequences_of(answer, priced)[0])
            if left and len(report.violations) > len(report.left_out):
                start = _without(day.sequences, left)
                answer, report = _searched(staying(question, left), asked, start, self.effort)
            if len(report.violations) > len(report.left_out):
                raise OurBug(
                    f"The checker refuses a plan of our own: {report.violations[0]} Please send us the problem."
                )
            return Alternative(name, answer, report, difference(known, answer, promises(priced)))

        with ThreadPoolExecutor(len(WAYS)) as side_by_side:
            going = [side_by_side.submit(go_on, name, factor) for name, factor in WAYS.items()]
            found = [way.result() for way in going]
        best_first = sorted(found, key=lambda a: (len(a.report.left_out), a.report.total))
        return Dispatched(priced, tuple(best_first), decision=decision)


def _searched(
    question: Problem, asked: tuple[Problem, str], start: Mapping[str, Sequence[Halt]], effort: Effort
) -> tuple[Plan, CheckReport]:
    """Return the best plan found for a question, as the problem that was asked for prices and names it."""
    priced, sha256 = asked
    found = search(question, seconds=effort.seconds, seed=effort.seed, iterations=effort.iterations, start=start)
    answer = schedule(priced, found.sequences, seed=effort.seed, problem_sha256=sha256, departures=found.departures)
    return answer, check(priced, answer)


def _with_quoted(day: RunningDay, orders: Sequence[Ordered]) -> RunningDay:
    """Return the day with new orders put where they cost least, so that none is dearer than it was quoted.

    One that fits nowhere, or not for less than leaving it out, is left to the searches.
    """
    if not all(isinstance(travel, TravelTimes) for travel in day.problem.times.values()):
        return day
    stops, prices = {s.stop_id: s for s in day.problem.stops}, day.problem.valuation
    told = {halt for halts in day.sequences.values() for halt in halts}
    for order in [o for o in orders if o.stop.stop_id in stops.keys() - told][:MOST_PLACED]:
        stop_id, quoter = order.stop.stop_id, Quoter(day, as_told(day))
        new = quoter.newcomer(replace(order, stop=stops[stop_id]))
        offers = quoter.answer(new, stops[stop_id].windows or (WHENEVER,)).offers
        if offers and offers[0].total < prices.unserved.get(stop_id, float("inf")):
            day = _with_offer(day, stop_id, offers[0])
    return day


def _with_offer(day: RunningDay, stop_id: str, offer: Quote) -> RunningDay:
    """Return the day with a new stop where it was quoted."""
    shift_id = offer.shift_id
    shift = next(s for s in day.problem.shifts if s.shift_id == shift_id)
    ahead, k = day.ahead.get(shift_id, ()), offer.position - 1 - len(shift.driven)
    leaves = {} if shift.loaded_at is not None else {shift_id: offer.leaves_at}
    return replace(
        day, ahead={**day.ahead, shift_id: (*ahead[:k], stop_id, *ahead[k:])}, leaves={**day.leaves, **leaves}
    )


def _without(sequences: Mapping[str, Sequence[Halt]], gone: Container[Halt]) -> dict[str, tuple[Halt, ...]]:
    return {shift_id: tuple(h for h in halts if h not in gone) for shift_id, halts in sequences.items()}


def after(
    problem: Problem, plan: Plan, events: Sequence[Event], streets: Mapping[str, Streets] | None = None
) -> tuple[RunningDay, tuple[str, ...]]:
    """Return the day after events in order of time, and in words what of them somebody may expect otherwise.

    Between them everybody does what they were told last. An event that stands twice counts once, and one from before
    the present is news: it counts from now on. `streets` as in `dispatch`.
    """
    notes: list[str] = []
    in_order = sorted({repr(event): event for event in events}.values(), key=lambda event: event.at)
    day = as_of(problem, plan, in_order[0].at if in_order else Seconds(0))
    for event in in_order:
        if event.at > (day.problem.now or 0):
            day = as_of(day.problem, as_told(day), event.at)
        notes += filter(None, [too_late_for(day, event)])
        if streets and isinstance(event, Ordered):
            day = _on_the_map(day, event.place, streets)
        before, day = day, happened(day, event)
        notes += consequences(before.problem, day.problem, event)
    return day, tuple(notes)


def _on_the_map(day: RunningDay, place: Place, streets: Mapping[str, Streets]) -> RunningDay:
    """Return the day with a row for a place, as the roads have it."""
    if place in day.problem.places:
        return day
    larger, _ = with_place(day.problem, place, every_leg(day.problem, place, streets))
    return replace(day, problem=larger)


def as_told(day: RunningDay) -> Plan:
    """Return the plan by which everybody goes on until they hear of another."""
    book = Book.of(day.problem)
    halts = day.sequences
    leaves = {
        s.shift_id: Seconds(max(day.leaves[s.shift_id], earliest_departure(book, s, halts[s.shift_id])))
        for s in day.problem.shifts
        if s.shift_id in day.leaves and s.shift_id in halts
    }
    return schedule(day.problem, halts, seed=0, problem_sha256="", departures=leaves)

"""While the day runs: events come in, a valid new plan goes out, with what is driven and loaded left as it is."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from doorstep.domain.errors import OurBug
from doorstep.domain.events import Event
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, Problem
from doorstep.domain.sequences import sequences_of
from doorstep.domain.units import Seconds
from doorstep.operations.check import CheckReport, check
from doorstep.operations.differences import Difference, difference, promises
from doorstep.operations.happenings import happened
from doorstep.operations.progress import as_of
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search
from doorstep.operations.stability import Instability, with_instability

WAYS = {"steady": 10.0, "balanced": 1.0, "free": 0.0}
"""How dear a change is held to be in each alternative, in multiples of its stated price."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to go on. `difference` is against the plan before the events."""

    name: str
    plan: Plan
    report: CheckReport
    difference: Difference


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What there is to choose from, best first: all priced alike, the price of instability included."""

    problem: Problem
    alternatives: tuple[Alternative, ...]


def dispatch(  # noqa: PLR0913 - each is named where it is given
    problem: Problem,
    plan: Plan,
    events: Sequence[Event],
    *,
    seconds: float,
    seed: int,
    instability: Instability | None = None,
    sha256_of: Callable[[Problem], str],
) -> Dispatched:
    """Return new plans after events, all as of the last one's time.

    `plan` is the answer to `problem`; both may come from an earlier dispatch. `seconds` bounds the searches, which run
    side by side. Raises YourInput where an event names what is not there.
    """
    price = instability or Instability()
    begun = as_of(problem, plan, max((e.at for e in events), default=problem.now or Seconds(0)))
    for event in sorted(events, key=lambda e: e.at):
        begun = happened(begun, event)
    priced = with_instability(begun, plan, price)
    sha256, start = sha256_of(priced), _still_there(priced, plan, problem)

    def go_on(name: str, factor: float) -> Alternative:
        question = with_instability(begun, plan, price.times(factor))
        found = search(question, seconds=seconds, seed=seed, start=start)
        answer = schedule(priced, found.sequences, seed=seed, problem_sha256=sha256, departures=found.departures)
        report = check(priced, answer)
        if len(report.violations) > len(report.left_out):
            raise OurBug(f"The checker refuses a plan of our own: {report.violations[0]} Please send us the problem.")
        return Alternative(name, answer, report, difference(plan, answer, promises(priced)))

    with ThreadPoolExecutor(len(WAYS)) as side_by_side:
        ways = [side_by_side.submit(go_on, name, factor) for name, factor in WAYS.items()]
        found = [way.result() for way in ways]
    return Dispatched(priced, tuple(sorted(found, key=lambda a: (len(a.report.left_out), a.report.total))))


def _still_there(problem: Problem, plan: Plan, before: Problem) -> dict[str, tuple[Halt, ...]]:
    """Return the plan's halts without stops and shifts that are gone."""
    sequences, _ = sequences_of(plan, before)
    stops, shifts = {s.stop_id for s in problem.stops}, {s.shift_id: s for s in problem.shifts}
    return {
        shift_id: tuple(h for h in halts if not isinstance(h, str) or h in stops)
        for shift_id, halts in sequences.items()
        if shift_id in shifts
    }

"""What is on board at every moment, trip by trip; and pairs, whose goods are fetched on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from doorstep.domain.plan import Route
from doorstep.domain.problem import PlannedShift, Stop
from doorstep.operations.checking.figures import differing
from doorstep.operations.checking.halts import Halted, trips
from doorstep.operations.checking.question import Question

Load = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Loads:
    """What is on board when the van first leaves, and after each halt."""

    leaving: Load
    after: tuple[Load, ...]


def loads(question: Question, halts: Sequence[Halted]) -> Loads:
    """Return what is on board at every moment.

    A trip begins with its stops' amounts, those apart that a pair's pick-up brings on board. A stop takes its own off;
    then its picks, and what it is the pick-up of, come on.
    """
    begins = [_begins(question, [halts[i] for i in trip]) for trip in trips(halts)]
    leaving = on_board = begins.pop(0)
    after: list[Load] = []
    for halt in halts:
        if halt.kind == "reload":
            on_board = begins.pop(0)
        if halt.stop is not None:
            on_board = _served(question, halt.stop, on_board)
        after.append(on_board)
    return Loads(leaving, tuple(after))


def _begins(question: Question, trip: Sequence[Halted]) -> Load:
    from_depot = [h.stop for h in trip if h.stop is not None and h.stop.stop_id not in question.fetched_at]
    return tuple(sum(stop.amounts[d] for stop in from_depot) for d in range(len(question.problem.dimensions)))


def _served(question: Question, stop: Stop, on_board: Load) -> Load:
    off = max(1, len(question.fetched_at.get(stop.stop_id, ())))
    fetched = [question.stops[d].amounts for d in question.fetched_for.get(stop.stop_id, ())]
    picks = stop.picks or (0,) * len(on_board)
    return tuple(
        load - off * stop.amounts[d] + picks[d] + sum(amounts[d] for amounts in fetched)
        for d, load in enumerate(on_board)
    )


def load_figures(who: str, halts: Sequence[Halted], route: Route, on_board: Loads) -> Iterator[str]:
    """Compare each visit's load with what must have been on board."""
    for i, (halt, visit) in enumerate(zip(halts, route.visits, strict=True)):
        name = f"{who}, visit {i + 1} ({halt.name})"
        yield from differing(name, ("load_after", list(on_board.after[i]), list(visit.load_after)))


def overloads(
    who: str, question: Question, shift: PlannedShift, halts: Sequence[Halted], on_board: Loads
) -> Iterator[str]:
    """Say in which trip, and after which visit, most is on board when it is too much."""
    for n, trip in enumerate(trips(halts), 1):
        ahead = [i for i in trip if halts[i].driven is None]
        moments = [(on_board.leaving, "on leaving")] if n == 1 and len(ahead) == len(trip) else []
        moments += [(on_board.after[i], f"after visit {i + 1} ({halts[i].name})") for i in ahead]
        if not moments:
            continue
        for d, name in enumerate(question.problem.dimensions):
            most, when = max(((load[d], when) for load, when in moments), key=lambda moment: moment[0])
            if most > shift.capacities[d]:
                yield f"{who}: expected at most {shift.capacities[d]} {name} on board, found {most} {when}."


def pairs_in_order(who: str, question: Question, halts: Sequence[Halted]) -> Iterator[str]:
    """Say which pairs on this route are brought before they are fetched, or not in the trip that fetched them."""
    trip_of = {i: n for n, trip in enumerate(trips(halts)) for i in trip}
    at = {halt.stop.stop_id: i for i, halt in reversed(list(enumerate(halts))) if halt.stop is not None}
    for delivery, brought in at.items():
        for pickup in question.fetched_at.get(delivery, ()) if halts[brought].driven is None else ():
            if pickup in at and at[pickup] > brought:
                yield (
                    f"{who}: expected pick-up {pickup!r} before delivery {delivery!r}, "
                    f"found visits {at[pickup] + 1} and {brought + 1}."
                )
            elif pickup in at and trip_of[at[pickup]] != trip_of[brought]:
                yield (
                    f"{who}: expected pick-up {pickup!r} and delivery {delivery!r} in one trip, "
                    f"found visits {at[pickup] + 1} and {brought + 1} with a reload between them."
                )


def last_in_first_out(who: str, question: Question, halts: Sequence[Halted]) -> Iterator[str]:
    """Say which deliveries are not on top: something fetched later is still on board."""
    fetched: list[tuple[str, str]] = []
    at: dict[tuple[str, str], int] = {}
    for i, halt in enumerate(halts):
        if halt.kind == "reload":
            fetched, at = [], {}
        if halt.stop is None:
            continue
        stop_id = halt.stop.stop_id
        brought = [(pickup, stop_id) for pickup in question.fetched_at.get(stop_id, ()) if (pickup, stop_id) in at]
        for pair in sorted(brought, key=lambda pair: -at[pair]):
            fetched = [other for other in fetched if other != pair]
            since = at.pop(pair)
            if fetched and at[fetched[-1]] > since and halt.driven is None:
                yield (
                    f"{who}, visit {i + 1} ({halt.name}): expected what was picked up last to be delivered first, "
                    f"found {fetched[-1][1]!r} on top of it."
                )
        for delivery in question.fetched_for.get(stop_id, ()):
            fetched.append((stop_id, delivery))
            at[stop_id, delivery] = i

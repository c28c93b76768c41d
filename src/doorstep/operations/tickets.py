"""What a van on its way has on board, and what it can only have after its next reload, said to a search without a past.

The search knows trips, room and pairs. So a van first of all makes halts where it stands that cost nothing: one for
everything that it fetched at a door and has still to bring, the first half of a pair; and, if it may reload, one that
fills up a dimension of its own until the trip ends, of which every stop takes one whose goods are still at the depot.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.problem import Halt, Pair, PlannedShift, Problem, Stop
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.progress import fetched_at_doors, is_over, loaded_last, may_reload, stops_of

DIMENSION = "still at the depot"


@dataclass(frozen=True, slots=True)
class Tickets:
    """`late` are the stops that some van under way can't bring before it reloads.

    `full` are those vans; `aboard` are, by shift, deliveries in the order in which their goods were fetched.
    """

    late: frozenset[str]
    full: tuple[str, ...]
    aboard: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, problem: Problem) -> "Tickets":
        """Return the tickets of a running day.

        A stop that one of several vans may have on its trip, and another not, is left to later trips of both.
        """
        going = [s for s in problem.shifts if not is_over(s)]
        full = [s for s in going if s.loaded_at is not None and may_reload(s)]
        over = {x for s in problem.shifts for x in stops_of(s)}
        late = {x.stop_id for x in problem.stops if x.stop_id not in over and any(_too_late(x, s) for s in full)}
        return cls(
            late=frozenset(late),
            full=tuple(s.shift_id for s in full) if late else (),
            aboard={s.shift_id: tuple(_in_order(problem, s)) for s in going if may_reload(s) or s.lifo},
        )

    def before(self, shift_id: str) -> tuple[str, ...]:
        """Return the halts that a van makes before any other."""
        standing = (_standing(shift_id),) if shift_id in self.full else ()
        return (*standing, *(_holding(shift_id, x) for x in self.aboard.get(shift_id, ())))

    def on(self, rest: Problem) -> Problem:
        """Return the rest of a day with these halts in it."""
        halts = [stop for shift in rest.shifts for stop in self._halts(rest, shift)]
        if not halts:
            return rest
        pairs = tuple(Pair(_holding(van, x), x) for van, held in self.aboard.items() for x in held)
        free = {pair.pickup: Cents(0) for pair in pairs if pair.delivery in rest.valuation.unserved}
        held = replace(
            rest,
            stops=(*rest.stops, *halts),
            shifts=tuple(self._with_room(shift) for shift in rest.shifts),
            pairs=(*rest.pairs, *pairs),
            valuation=replace(rest.valuation, unserved={**rest.valuation.unserved, **free}),
        )
        return self._counted(held) if self.late else held

    def _halts(self, rest: Problem, shift: PlannedShift) -> Iterator[Stop]:
        """Yield what a van does before it goes anywhere: where the order matters, a second each."""
        van, none = shift.shift_id, (0,) * len(rest.dimensions)
        mine = frozenset({van})
        if van in self.full:
            yield Stop(_standing(van), (_standing(van),), shift.start, _at(shift.starts), Seconds(0), none, only=mine)
        held = self.aboard.get(van, ())
        step = int(shift.lifo and len(held) > 1)
        for k, delivery in enumerate(held):
            name, at = _holding(van, delivery), Seconds(shift.starts + k * step)
            yield Stop(name, (name,), shift.start, _at(at, k * step > 0), Seconds(step), none, only=mine)

    def _with_room(self, shift: PlannedShift) -> PlannedShift:
        """Return the shift with as many stops more as it makes here."""
        first = self.before(shift.shift_id)
        more = None if shift.max_stops is None else shift.max_stops + len(first)
        firmly = first if shift.frozen else first[: int(shift.shift_id in self.full)]
        return replace(shift, max_stops=more, frozen=(*firmly, *shift.frozen))

    def _counted(self, rest: Problem) -> Problem:
        """Return the rest with the dimension in which vans are full."""
        most, none = len(self.late), (0,) * len(rest.dimensions)
        filling = {_standing(van) for van in self.full}

        def counted(stop: Stop) -> Stop:
            picks = (*(stop.picks or none), most if stop.stop_id in filling else 0)
            amounts = (*stop.amounts, int(stop.stop_id in self.late))
            return replace(stop, amounts=amounts, picks=picks if any(picks) else ())

        return replace(
            rest,
            dimensions=(*rest.dimensions, DIMENSION),
            stops=tuple(counted(stop) for stop in rest.stops),
            shifts=tuple(replace(s, capacities=(*s.capacities, most)) for s in rest.shifts),
        )


def without_tickets(problem: Problem, shift: PlannedShift, halts: Sequence[Halt]) -> tuple[Halt, ...]:
    """Return halts of the problem alone, no more stops than the shift may make.

    A van that leaves out what it fetched has one halt less where it stands, and a stop too many where it may make few.
    """
    stops = {stop.stop_id for stop in problem.stops}
    left = [halt for halt in halts if not isinstance(halt, str) or halt in stops]
    paired = {x for pair in problem.pairs for x in (pair.pickup, pair.delivery)}
    many = sum(isinstance(halt, str) for halt in left) + len(stops_of(shift)) - (shift.max_stops or len(stops))
    single = [halt for halt in left if isinstance(halt, str) and halt not in paired]
    gone = set(single[max(0, len(single) - many) :]) if many > 0 else set()
    return tuple(halt for halt in left if halt not in gone)


def _standing(shift_id: str) -> str:
    return f"where {shift_id} stands"


def _holding(shift_id: str, delivery: str) -> str:
    return f"{delivery} on board of {shift_id}"


def _at(at: Seconds, exactly: bool = False) -> tuple[TimeWindow, ...]:
    return (TimeWindow(at if exactly else Seconds(0), at),)


def _too_late(stop: Stop, shift: PlannedShift) -> bool:
    """Return whether a stop's goods came after a van was loaded that may bring them."""
    welcome = not stop.only or not stop.only.isdisjoint((shift.shift_id, shift.driver_id))
    return welcome and stop.release > (loaded_last(shift) or 0)


def _in_order(problem: Problem, shift: PlannedShift) -> Iterator[str]:
    """Yield the deliveries on board in the order in which their goods were fetched."""
    to = {pair.pickup: pair.delivery for pair in problem.pairs}
    aboard = set(fetched_at_doors(problem, shift))
    yield from (to[x] for x in stops_of(shift) if to.get(x) in aboard)

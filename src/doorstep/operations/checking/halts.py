"""What the visits of a plan say the van did, in the problem's own terms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.plan import Route, Visit
from doorstep.domain.problem import Charge, Charger, Driven, Halt, PlannedShift, Reload, Stop
from doorstep.domain.windows import TimeWindow
from doorstep.operations.checking.figures import shown
from doorstep.operations.checking.question import Question
from doorstep.operations.checking.times import moment

STOPS = ("stop", "pickup")
KINDS = (*STOPS, "reload", "charge", "break")
STATUSES = ("planned", "frozen", "done")


@dataclass(frozen=True, slots=True)
class Halted:
    """One halt: where, how long, inside which windows it may begin. `begins_at` is what the plan says of a break.

    `driven` is how it happened, if it has.
    """

    kind: str
    location: int
    lasts: int
    windows: tuple[TimeWindow, ...] = ()
    stop: Stop | None = None
    charger: Charger | None = None
    begins_at: int = 0
    driven: Driven | None = None

    @property
    def name(self) -> str:
        """Return how a sentence calls it."""
        if self.stop is not None:
            return f"stop {self.stop.stop_id!r}"
        return f"charger {self.charger.charger_id!r}" if self.charger is not None else self.kind


def at_stop(stop: Stop, kind: str = "stop") -> Halted:
    """Return the halt that serves a stop."""
    return Halted(kind, stop.location, stop.service, stop.windows, stop)


def at_reload(shift: PlannedShift, row: int) -> Halted:
    """Return the halt that fetches new goods at a row of the matrices."""
    return Halted("reload", row, shift.reload_seconds)


def driven_halts(question: Question, shift: PlannedShift) -> list[Halted]:
    """Return the halts that a shift has behind it, as they happened."""
    halts: list[Halted] = []
    for record in shift.driven:
        here = halts[-1].location if halts else shift.start
        halts.append(_happened(_planned(question, shift, record.halt, here), record))
    return halts


def _planned(question: Question, shift: PlannedShift, halt: Halt, here: int) -> Halted:
    if isinstance(halt, str):
        return at_stop(question.stops[halt], question.kind(question.stops[halt]))
    if isinstance(halt, Reload):
        return at_reload(shift, halt.location)
    if isinstance(halt, Charge):
        plug = question.chargers[halt.charger_id]
        return Halted("charge", plug.location, halt.seconds, plug.windows, charger=plug)
    return Halted("break", here, halt.seconds)


def _happened(halt: Halted, record: Driven) -> Halted:
    return replace(halt, lasts=record.leaves_at - record.starts_at, driven=record)


def as_happened(question: Question, shift: PlannedShift, halts: Sequence[Halted]) -> tuple[list[Halted], int]:
    """Return the halts, the first of them as they happened as long as plan and shift agree, and for how many."""
    happened: list[Halted] = []
    for halt, record in zip(halts, driven_halts(question, shift), strict=False):
        same = (halt.kind, halt.location, halt.name) == (record.kind, record.location, record.name)
        if not same or record.driven is None:
            break
        happened.append(_happened(halt, record.driven))
    return [*happened, *halts[len(happened) :]], len(happened)


def halts_of(who: str, question: Question, shift: PlannedShift, route: Route) -> tuple[list[Halted], list[str]]:
    """Return the halts behind the visits, and what each visit says wrongly about its own.

    There are fewer halts than visits where somebody goes where the problem knows no place.
    """
    halts: list[Halted] = []
    wrong: list[str] = []
    for i, visit in enumerate(route.visits, 1):
        here = halts[-1].location if halts else shift.start
        halt = _halt(question, shift, visit, here)
        if isinstance(halt, str):
            wrong.append(f"{who}, visit {i}: {halt}")
            continue
        halts.append(halt)
        wrong += _said(f"{who}, visit {i} ({halt.name})", visit, halt)
    return halts, wrong


def _halt(question: Question, shift: PlannedShift, visit: Visit, here: int) -> Halted | str:
    lasts = visit.leaves_at - visit.starts_at
    if visit.kind == "break":
        return Halted("break", here, max(0, lasts), begins_at=visit.starts_at)
    if visit.kind == "reload":
        rows = [*shift.reloads, *(past.halt.location for past in shift.driven if isinstance(past.halt, Reload))]
        row = {str(row): row for row in rows}.get(visit.stop_id)
        return at_reload(shift, row) if row is not None else f"expected a reload at one of {rows}, {_found(visit)}"
    if visit.kind == "charge":
        plug = question.chargers.get(visit.stop_id)
        if plug is None:
            return f"expected a charger of the problem, {_found(visit)}"
        return Halted("charge", plug.location, max(0, lasts), plug.windows, charger=plug)
    by_order = question.stop_of.get(visit.order_ids[0]) if visit.order_ids else None
    stop = question.stops.get(visit.stop_id) if visit.stop_id else by_order
    return at_stop(stop, question.kind(stop)) if stop else f"expected a stop of the problem, {_found(visit)}"


def _found(visit: Visit) -> str:
    return f"found {shown(visit.stop_id or list(visit.order_ids))}."


def _said(who: str, visit: Visit, halt: Halted) -> Iterator[str]:
    if visit.kind != halt.kind:
        unknown = "" if visit.kind in KINDS else f", which is none of {', '.join(KINDS)}"
        yield f"{who}: expected kind {halt.kind!r}, found {shown(visit.kind)}{unknown}."
    if visit.status not in STATUSES:
        yield f"{who}: expected a status among {', '.join(STATUSES)}, found {shown(visit.status)}."
    orders = list(halt.stop.order_ids) if halt.stop else []
    if sorted(visit.order_ids) != sorted(orders):
        yield f"{who}: expected orders {orders}, found {shown(list(visit.order_ids))}."
    if halt.kind == "break" and visit.stop_id:
        yield f"{who}: expected no stop_id, found {shown(visit.stop_id)}."
    if halt.stop is None and visit.leaves_at < visit.starts_at:
        yield f"{who}: expected to leave at {moment(visit.starts_at)} or later, found {moment(visit.leaves_at)}."


def trips(halts: Sequence[Halted]) -> list[list[int]]:
    """Return the positions of each trip's halts; a reload begins a trip and belongs to it."""
    found: list[list[int]] = [[]]
    for i, halt in enumerate(halts):
        if halt.kind == "reload":
            found.append([])
        found[-1].append(i)
    return found


def ready(halts: Sequence[Halted]) -> list[int]:
    """Return for each trip when all of its goods are released."""
    return [max((stop.release for i in trip if (stop := halts[i].stop)), default=0) for trip in trips(halts)]

"""A route as it must have been driven: every second and metre that follows from its halts and when it left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from doorstep.domain.plan import Route
from doorstep.domain.problem import PlannedShift, Problem
from doorstep.domain.travel import Travel
from doorstep.operations.checking.figures import differing, shown, spread
from doorstep.operations.checking.halts import Halted, ready
from doorstep.operations.checking.question import paid_from
from doorstep.operations.checking.times import moment
from doorstep.operations.checking.travel import arrival, metres, opened


@dataclass(slots=True)
class Course:
    """Figures by halt; `held`, `travel` and `metres` have one leg more, the way back. A break is reached in no time.

    Where every window had closed, somebody knocks on arrival. `held` is the wait before a leg begins, where the present
    has overtaken the plan. `rested` are the seconds of breaks, which nobody pays.
    """

    leaves_at: int
    paid_from: int
    arrives: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    leaves: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    travel: list[int] = field(default_factory=list)
    metres: list[int] = field(default_factory=list)
    back: int = 0
    rested: int = 0

    @property
    def paid(self) -> int:
        """Return the paid seconds."""
        return self.back - self.paid_from - self.rested

    @property
    def idle(self) -> int:
        """Return the seconds spent waiting: for goods, for a door, a plug or a break's window to open."""
        waits = (starts - arrives for starts, arrives in zip(self.starts, self.arrives, strict=True))
        return self.leaves_at - self.paid_from + sum(self.held) + sum(waits)


def drive(problem: Problem, shift: PlannedShift, halts: Sequence[Halted], leaves_at: int) -> Course:
    """Return the route that leaves at that second and takes these halts in order."""
    driven = Course(leaves_at, paid_from(shift, leaves_at), back=leaves_at)
    if not halts:
        driven.paid_from = leaves_at
        return driven
    times, released = problem.times[shift.profile], ready(halts)[1:]
    here, clock = shift.start, leaves_at
    for i, halt in enumerate(halts):
        clock = _hold(problem, shift, halts, i, driven, clock)
        arrives = _leg(times, (here, halt.location), clock, driven, halt)
        starts = _starts(shift, halt, arrives, released)
        here, clock = halt.location, starts + halt.lasts
        driven.arrives.append(arrives)
        driven.starts.append(starts)
        driven.leaves.append(clock)
        driven.rested += halt.lasts if halt.kind == "break" else 0
    clock = _hold(problem, shift, halts, len(halts), driven, clock)
    driven.back = _leg(times, (here, shift.end), clock, driven, None)
    return driven


def _leg(times: Travel, ends: tuple[int, int], clock: int, driven: Course, halt: Halted | None) -> int:
    """Count one leg and return when it ends."""
    if halt is not None and halt.driven is not None:
        arrives, way = int(halt.driven.arrives_at), int(halt.driven.metres)
    elif halt is not None and halt.kind == "break":
        arrives, way = clock, 0
    else:
        arrives, way = arrival(times, *ends, clock), metres(times, *ends, clock)
    driven.travel.append(arrives - clock)
    driven.metres.append(way)
    return arrives


def _hold(problem: Problem, shift: PlannedShift, halts: Sequence[Halted], i: int, driven: Course, clock: int) -> int:
    """Return when leg `i` begins: the first that has not happened yet, not before the present.

    A van with nothing left to do does not wait for the present: it is on its way home.
    """
    ahead = i < len(halts) and halts[i].driven is None
    first_ahead = ahead and (halts[i - 1].driven is not None if i else shift.loaded_at is not None)
    held = max(0, problem.now - clock) if first_ahead and problem.now is not None else 0
    driven.held.append(held)
    return clock + held


def _starts(shift: PlannedShift, halt: Halted, arrives: int, released: list[int]) -> int:
    """Return when a halt begins. A break may begin at once or wait for a window that its rule asks for."""
    if halt.kind == "reload":
        arrives = max(arrives, released.pop(0))
    if halt.driven is not None:
        return halt.driven.starts_at
    if halt.kind == "reload":
        return arrives
    if halt.kind == "break":
        rules = [rule for rule in shift.breaks if rule.windows and rule.length <= halt.lasts]
        may = [opened(rule.windows, arrives) for rule in rules]
        return halt.begins_at if halt.begins_at in may else arrives
    knocks = opened(halt.windows, arrives)
    return arrives if knocks is None else knocks


def visit_figures(who: str, problem: Problem, halts: Sequence[Halted], route: Route, driven: Course) -> Iterator[str]:
    """Compare a route's times, places and metres with what it must have been."""
    for i, (halt, visit) in enumerate(zip(halts, route.visits, strict=True)):
        name = f"{who}, visit {i + 1} ({halt.name})"
        yield from differing(
            name,
            ("arrives_at", driven.arrives[i], visit.arrives_at),
            ("starts_at", driven.starts[i], visit.starts_at),
            ("leaves_at", driven.leaves[i], visit.leaves_at),
        )
        yield from spread(name, (visit.p05, visit.p50, visit.p95))
        place = problem.places[halt.location]
        if visit.place != place:
            yield f"{name}: expected {place or 'no place'}, found {shown(visit.place) if visit.place else 'none'}."
    yield from differing(
        who,
        ("returns_at", driven.back, route.returns_at),
        ("metres", sum(driven.metres), route.metres),
        ("seconds", driven.paid, route.seconds),
    )


def too_late(who: str, halts: Sequence[Halted], driven: Course) -> Iterator[str]:
    """Say where the van came after every window had closed."""
    for i, halt in enumerate(halts):
        if halt.driven is None and opened(halt.windows, driven.arrives[i]) is None:
            what = "charging" if halt.charger else "service"
            closes = max(window.closes for window in halt.windows)
            name = f"{who}, visit {i + 1} ({halt.name})"
            yield f"{name}: expected {what} to start by {moment(closes)}, found arrival at {moment(driven.arrives[i])}."

"""What the driver may be asked to do: breaks by every rule, seconds at the wheel and at work."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from doorstep.domain.duty import BreakRule
from doorstep.domain.problem import PlannedShift
from doorstep.domain.windows import TimeWindow
from doorstep.operations.checking.driving import Course
from doorstep.operations.checking.halts import Halted
from doorstep.operations.checking.times import lasting, moment

COUNTS = {
    "driving": ("driving",),
    "working": ("driving", "service"),
    "elapsed": ("driving", "service", "wait", "door", "charge", "break"),
}
"""What each rule counts. `door` is a wait before a stop's service, `wait` any other; a reload is a service."""


@dataclass(frozen=True, slots=True)
class Spell:
    """Seconds that the driver spent on one thing, when in the route that was, and whether it is over."""

    what: str
    seconds: int
    when: str
    over: bool = False


def spells(halts: Sequence[Halted], driven: Course) -> Iterator[Spell]:
    """Return the day as the driver lived it, from the first paid second to the return."""
    yield Spell("wait", driven.leaves_at - driven.paid_from, "before leaving")
    for i, halt in enumerate(halts):
        over = halt.driven is not None
        yield Spell("wait", driven.held[i], "before driving on")
        yield Spell("driving", driven.travel[i], f"on reaching visit {i + 1}", over)
        waited = driven.starts[i] - driven.arrives[i]
        yield Spell("door" if halt.stop is not None else "wait", waited, f"before visit {i + 1}", over)
        what = halt.kind if halt.kind in ("break", "charge") else "service"
        yield Spell(what, halt.lasts, f"at the end of visit {i + 1}", over)
    yield Spell("wait", driven.held[len(halts)], "before driving back")
    yield Spell("driving", driven.travel[len(halts)], "on coming back")


def duty(
    who: str, shift: PlannedShift, halts: Sequence[Halted], driven: Course, *, now: int | None = None
) -> Iterator[str]:
    """Say which break is missing, and what is too much at the wheel or at work."""
    lived, ahead = list(spells(halts, driven)), _ahead(shift, halts, driven, now)
    for rule in shift.breaks:
        yield from _in_a_window(who, rule, halts, driven, ahead) if rule.windows else _before(who, rule, lived)
    for name, what, most in (("driving", "driving", shift.max_driving), ("working", "work", shift.max_working)):
        seconds = sum(spell.seconds for spell in lived if spell.what in COUNTS[name])
        if most is not None and seconds > most:
            yield f"{who}: expected at most {lasting(most)} of {what}, found {lasting(seconds)}."


def _before(who: str, rule: BreakRule, lived: Sequence[Spell]) -> Iterator[str]:
    """Count until a break qualifies; say where more was counted than the rule allows, once."""
    for spell, count, _, _ in _counting(rule, lived):
        if _too_much(rule, spell, count):
            yield (
                f"{who}: expected a break of {lasting(rule.length)} before more than {lasting(rule.after)} of "
                f"{_meant(rule)} ({rule.name}), found {lasting(count)} {spell.when}."
            )
            return


def tally(rule: BreakRule, lived: Sequence[Spell]) -> tuple[int, int] | None:
    """Return what is counted after these spells, and how many parts are taken; None where it was too much."""
    left = (int(rule.so_far), rule.parts_so_far)
    for spell, most, count, parts in _counting(rule, lived):
        if _too_much(rule, spell, most):
            return None
        left = (count, parts)
    return left


def _too_much(rule: BreakRule, spell: Spell, count: int) -> bool:
    return spell.what in ("driving", "service") and count > rule.after and not spell.over


def _counting(rule: BreakRule, lived: Sequence[Spell]) -> Iterator[tuple[Spell, int, int, int]]:
    """Yield each spell with what is counted at its end, and what is left of that and of parts if it is a break."""
    count, parts = int(rule.so_far), rule.parts_so_far
    for spell in lived:
        begun = count > 0
        most = count + (spell.seconds if spell.what in COUNTS[rule.counted] else 0)
        parts = _parts(rule, parts, spell, begun=begun)
        count, parts = (0, 0) if parts < 0 else (most, parts)
        yield spell, most, count, parts


def _meant(rule: BreakRule) -> str:
    return {"driving": "driving", "working": "work", "elapsed": "the shift"}[rule.counted]


def _parts(rule: BreakRule, parts: int, spell: Spell, *, begun: bool) -> int:
    """Return how many parts of the split have been taken, -1 when a whole break is complete.

    A part taken before anything was counted is none: it only makes the rest before it longer.
    """
    whole = spell.seconds >= rule.length
    if whole and (spell.what == "break" or (spell.what == "door" and rule.waiting_counts)):
        return -1
    if begun and spell.what == "break" and rule.split and spell.seconds >= rule.split[parts]:
        return -1 if parts + 1 == len(rule.split) else parts + 1
    return parts


def _ahead(shift: PlannedShift, halts: Sequence[Halted], driven: Course, now: int | None) -> int:
    """Return the second from which the route can still be decided: what closed before is not asked for any more."""
    n = sum(halt.driven is not None for halt in halts)
    if n:
        return driven.leaves[n - 1] + driven.held[n]
    if shift.loaded_at is not None:
        return driven.leaves_at + driven.held[0]
    return 0 if now is None else now


def _in_a_window(who: str, rule: BreakRule, halts: Sequence[Halted], driven: Course, ahead: int) -> Iterator[str]:
    breaks = [(driven.starts[i], halt.lasts) for i, halt in enumerate(halts) if halt.kind == "break"]
    if all(window.closes < ahead for window in rule.windows):
        return
    if not any(lasts >= rule.length and _inside(rule.windows, at) for at, lasts in breaks):
        due = " or ".join(f"from {moment(w.opens)} to {moment(w.closes)}" for w in rule.windows)
        found = ", ".join(f"{lasting(lasts)} at {moment(at)}" for at, lasts in breaks) or "none"
        yield f"{who}: expected a break of {lasting(rule.length)} that starts {due} ({rule.name}), found {found}."


def _inside(windows: Sequence[TimeWindow], at: int) -> bool:
    return any(w.opens <= at <= w.closes for w in windows)

"""Why nobody can serve a new order in a window, in words: what rules it out, else who comes nearest.

What nobody could do even alone is said as of a stop that is left out; the rest is about the plan as it is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import Problem, Reload, Stop
from doorstep.domain.windows import TimeWindow
from doorstep.operations.checking.times import lasting
from doorstep.operations.driving import Book
from doorstep.operations.quote.lines import Line, has_place
from doorstep.operations.reasons import Reasons
from doorstep.operations.search import kernel_quote as kernel

Ints = NDArray[np.int64]

NEAREST = {
    kernel.LATE: "it would get there {by} after the window closes",
    kernel.OTHERS_LATE: "with it, it would miss a later stop's window or its own end by {by}",
    kernel.FAR: "with it, it would drive too far or too long",
}

SHARES = {
    "only": "not let come",
    "stops": "with as many stops as it may have",
    "goods": "loaded before its goods were there",
    "room": "without room for it",
    "time": "too late",
}
"""What keeps shifts away, after their number; a skill is named."""


def nobody(shifts: int) -> str:
    """Return why nobody can serve anything any more."""
    return "Every shift is over." if shifts else "There is no shift."


def ruled_out(problem: Problem, window: TimeWindow) -> str:
    """Return why nobody could serve a problem's last stop in a window even alone; empty where somebody could."""
    stop = replace(problem.stops[-1], windows=(window,))
    reasons = Reasons.of(replace(problem, stops=(*problem.stops[:-1], stop)))
    return reasons.why(stop) if reasons.everybody.why_none(stop) else ""


def keeps_away(book: Book, line: Line, stop: Stop) -> str:
    """Return by what a shift can't take a stop wherever its route goes; empty where it may."""
    shift = line.shift
    names = {shift.shift_id, shift.driver_id}
    if not stop.needs <= shift.offers:
        return "skill"
    if (stop.only and not stop.only & names) or any((who, stop.stop_id) in book.vetoes for who in names):
        return "only"
    return "" if has_place(line) else "stops"


@dataclass(frozen=True, slots=True)
class Why:
    """What was found about one order: by line what keeps it away (empty: nothing), by arc whether it has room."""

    lines: Sequence[Line]
    stop: Stop
    away: Sequence[str]
    fits: Sequence[bool]
    against: Ints

    def sentence(self, w: int) -> str:
        """Return why nobody can serve window `w` as the plan is."""
        reasons: dict[str, str] = {}
        for r, line in enumerate(self.lines):
            reasons[line.shift.shift_id] = self._reason(r, line, w)
        return " ".join(["Nobody can serve it then.", *self._nearest(w), *self._shares(Counter(reasons.values()))])

    def loaded_too_early(self) -> list[int]:
        """Return the lines that may come and have a place, but neither the goods nor a reload before them."""
        return [r for r, line in enumerate(self.lines) if not self.away[r] and self._without_goods(line)]

    def _reason(self, r: int, line: Line, w: int) -> str:
        """Return what keeps a shift away, as it stands after the number of those that it keeps away."""
        if self.away[r] == "skill":
            return f"not offering {', '.join(sorted(self.stop.needs - line.shift.offers))}"
        return SHARES[self.away[r] or self._on_its_way(r, line, w)]

    def _on_its_way(self, r: int, line: Line, w: int) -> str:
        if self.against[w, r, 0]:
            return "time"
        if self._without_goods(line):
            return "goods"
        return "time" if self.fits[r] else "room"

    def _without_goods(self, line: Line) -> bool:
        reloads = any(isinstance(halt, Reload) for halt in line.halts[len(line.halts) - line.ahead :])
        return line.shut is not None and self.stop.release > line.shut and not reloads

    def _nearest(self, w: int) -> Iterator[str]:
        """Yield who comes nearest, and by how much it fails."""
        found = [(int(by), int(what), r) for r, (what, by) in enumerate(self.against[w]) if what]
        if found:
            by, what, r = min(found)
            amount = lasting(-(-by // 60) * 60)
            yield f"Shift {self.lines[r].shift.shift_id} comes nearest: {NEAREST[what].format(by=amount)}."

    def _shares(self, reasons: Counter[str]) -> Iterator[str]:
        shifts = reasons.total()
        told = [f"{n} {reason}" for reason, n in reasons.most_common()]
        yield f"Of {shifts} shift{'s' * (shifts > 1)}: {', '.join(told)}."

"""Dot plots as SVG text, in the colours of the report: rows of marks with intervals, panels side by side.

The same plot gives the same bytes. Colours are the report's own (`tokens.css`), light and dark; shapes and words say
whatever a colour says. No font is measured: columns are wide enough for the widest letters of common system fonts.
"""

import math
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from doorstep.adapters import report
from doorstep.adapters.report.words import MINUS

TOKENS = Path(report.__file__).with_name("tokens.css")
WIDTH, PAD, ROW, SUMMARY = 960, 24, 22, 42
LETTER = {11: 6.2, 12: 6.6, 13: 7.3}
"""Widths to allow for a letter of each size, of the widest fonts."""
COLOURS = {
    "gain": "gain", "loss": "late", "even": "ink3", "ours": "accent", "proxy": "accent",
    "first": "ink2", "second": "risk", "third": "ink3",
}  # fmt: skip
"""The token of each look. Ours is filled, our search on a proxy and the peers are outlines of different shapes."""


@dataclass(frozen=True)
class Mark:
    """A value, with the least and the most of the runs behind it."""

    at: float
    low: float
    high: float
    look: str


@dataclass(frozen=True)
class Cell:
    """What one row shows in one panel. `said` fills the columns of figures, `verdict` stands below the first."""

    marks: tuple[Mark, ...] = ()
    said: tuple[str, ...] = ()
    bar: float | None = None
    verdict: str = ""


@dataclass(frozen=True)
class Line:
    """A row. A summary is taller, set apart, and has room for bars and verdicts."""

    name: str
    cells: tuple[Cell, ...]
    hint: str = ""
    summary: bool = False


@dataclass(frozen=True)
class Panel:
    """One field of marks: its title, what its axis counts, the heads of its figures, and lines through all rows."""

    title: str
    unit: str
    heads: tuple[str, ...]
    guides: tuple[tuple[float, str], ...] = ((0.0, ""),)


@dataclass(frozen=True)
class Plot:
    """A figure. `legend` pairs a look with its words; `notes` are small lines below."""

    name: str
    title: str
    lead: str
    panels: tuple[Panel, ...]
    lines: tuple[Line, ...]
    legend: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    names_width: int = 200
    one_scale: bool = True


@dataclass(frozen=True)
class _Field:
    """Where a panel's marks are drawn, and which values its edges stand for."""

    left: float
    right: float
    low: float
    high: float

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * (value - self.low) / (self.high - self.low)


def svg(plot: Plot) -> str:
    """Return the figure as one SVG document."""
    head, top = _head(plot)
    fields = _fields(plot)
    bands, rows, below = _rows(plot, fields, top)
    axes = [part for panel, field in zip(plot.panels, fields, strict=True) for part in _axis(panel, field, top, below)]
    foot, height = _foot(plot, below + 44)
    parts = [*head, *bands, *axes, *rows, *foot]
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(plot.title)}">'
    )
    back = f'<rect class="card" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>'
    return "\n".join([start, f"<title>{escape(plot.title)}</title>", _style(), back, *parts, "</svg>"]) + "\n"


# Colours and type


def tokens() -> tuple[dict[str, str], dict[str, str]]:
    """Return the report's colours by name, light and dark."""
    light, _, dark = TOKENS.read_text().partition("@media")
    found = (dict(re.findall(r"--([\w-]+): (#\w+)", part)) for part in (light, dark))
    return next(found), next(found)


def _style() -> str:
    light, dark = tokens()
    type_ = "text{font:400 12px/16px Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}"
    sizes = ".title{font-size:20px;font-weight:600}.lead{font-size:13px}.strong{font-weight:600}.small{font-size:11px}"
    return f"<style>{type_}{sizes}{_rules(light)}@media(prefers-color-scheme:dark){{{_rules(dark)}}}</style>"


def _rules(colours: dict[str, str]) -> str:
    rules = [f".card{{fill:{colours['surface']};stroke:{colours['line']}}}.band{{fill:{colours['sunk']}}}"]
    rules += [f".{ink}{{fill:{colours[ink]}}}" for ink in ("ink", "ink2", "ink3")]
    rules += [f".hair{{stroke:{colours['line']}}}.edge{{stroke:{colours['edge']}}}.bar{{stroke:{colours['ink']}}}"]
    rules += [f".t-gain{{fill:{colours['gain']}}}.t-loss{{fill:{colours['late']}}}"]
    for look, token in COLOURS.items():
        colour, inside = colours[token], colours["surface"]
        filled = look in ("gain", "loss", "ours")
        rules.append(f".m-{look}{{fill:{colour if filled else inside};stroke:{colour}}}.i-{look}{{fill:{colour}}}")
    return "".join(rules) + "[class^=m-]{stroke-width:2}[class^=i-]{fill-opacity:.32}"


def _text(x: float, y: float, words: str, look: str = "ink", anchor: str = "") -> str:
    at = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" class="{look}"{at}>{escape(words)}</text>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _shape(look: str, x: float, y: float) -> str:
    """Return a mark: a disc, or an outline of the look's own shape."""
    if look in ("proxy", "third"):
        return f'<rect class="m-{look}" x="{_n(x - 4)}" y="{_n(y - 4)}" width="8" height="8"/>'
    if look == "second":
        points = " ".join(f"{_n(x + dx)},{_n(y + dy)}" for dx, dy in ((0, -6), (6, 0), (0, 6), (-6, 0)))
        return f'<polygon class="m-{look}" points="{points}"/>'
    return f'<circle class="m-{look}" cx="{_n(x)}" cy="{_n(y)}" r="{5 if look in ("gain", "loss", "ours") else 4.5}"/>'


# Layout


def _head(plot: Plot) -> tuple[list[str], float]:
    """Return title, lead and legend, and where the panels begin."""
    parts = [_text(PAD, 40, plot.title, "ink title")]
    y = 62.0
    for line in textwrap.wrap(plot.lead, int((WIDTH - 2 * PAD) / LETTER[13])):
        parts.append(_text(PAD, y, line, "ink2 lead"))
        y += 18
    x = float(PAD + 6)
    for look, words in plot.legend:
        parts += [_shape(look, x, y + 8), _text(x + 12, y + 12, words, "ink2")]
        x += 40 + LETTER[12] * len(words)
    return parts, y + (28 if plot.legend else 8)


def _fields(plot: Plot) -> list[_Field]:
    room = (WIDTH - 2 * PAD - plot.names_width) / len(plot.panels)
    spans = [_span(plot, k) for k in range(len(plot.panels))]
    if plot.one_scale:
        spans = [(min(low for low, _ in spans), max(high for _, high in spans))] * len(spans)
    fields = []
    for k, (panel, span) in enumerate(zip(plot.panels, spans, strict=True)):
        left = PAD + plot.names_width + k * room + 12
        fields.append(_Field(left, left + room - 24 - 68 * len(panel.heads), *span))
    return fields


def _span(plot: Plot, k: int) -> tuple[float, float]:
    """Return the least and most value that a panel must show, with a little air."""
    cells = [line.cells[k] for line in plot.lines]
    values = [v for cell in cells for mark in cell.marks for v in (mark.low, mark.high)]
    values += [cell.bar for cell in cells if cell.bar is not None] + [at for at, _ in plot.panels[k].guides]
    low, high = min(values, default=0.0), max(values, default=1.0)
    air = 0.06 * (high - low) or 1.0
    return low - air, high + air


def _axis(panel: Panel, field: _Field, top: float, below: float) -> Iterator[str]:
    """Yield a panel's title, heads, ticks and guides."""
    yield _text(field.left, top + 12, panel.title, "ink strong")
    for k, head in enumerate(panel.heads):
        yield _text(field.right + 68 * (k + 1), top + 12, head, "ink3", "end")
    for tick in ticks(field.low, field.high):
        x = _n(field.x(tick))
        yield f'<line class="hair" x1="{x}" x2="{x}" y1="{_n(top + 24)}" y2="{_n(below)}"/>'
        yield _text(field.x(tick), below + 16, said(tick, _decimals(field)), "ink3 small", "middle")
    yield _text((field.left + field.right) / 2, below + 32, panel.unit, "ink3 small", "middle")
    for at, words in panel.guides:
        x, dashed = _n(field.x(at)), ' stroke-dasharray="3 3"' if words else ""
        yield f'<line class="edge" x1="{x}" x2="{x}" y1="{_n(top + 24)}" y2="{_n(below)}"{dashed}/>'
        if words:
            yield _text(field.x(at), top + 22, words, "ink3 small", "middle")


def _decimals(field: _Field) -> int:
    return max(0, -math.floor(math.log10(_step(field.low, field.high)) + 1e-9))


def _step(low: float, high: float) -> float:
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * k for k in (1, 2, 5, 10) if power * k >= rough * (1 - 1e-9))


def ticks(low: float, high: float) -> list[float]:
    """Return round values between two edges, at most six.

    >>> ticks(-1.3, 0.6)
    [-1.0, -0.5, 0.0, 0.5]
    """
    step = _step(low, high)
    return [round(k * step, 9) + 0.0 for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def said(value: float, decimals: int = 2, *, sign: bool = False) -> str:
    """Return a figure with a true minus sign; a rounded zero has none.

    >>> said(-1.26), said(0.4, 1, sign=True), said(-0.001)
    ('−1.26', '+0.4', '0.00')
    """
    text = f"{abs(value):,.{decimals}f}"
    nothing = not text.strip("0.,")
    return text if nothing else f"{MINUS if value < 0 else '+' if sign else ''}{text}"


def _rows(plot: Plot, fields: Sequence[_Field], top: float) -> tuple[list[str], list[str], float]:
    """Return the bands behind summaries, all rows, and where they end."""
    bands, parts, y, before = list[str](), list[str](), top + 30, True
    for line in plot.lines:
        y += 6 if line.summary and not before else 0
        before = line.summary
        height = SUMMARY if line.summary else ROW
        if line.summary:
            box = f'x="{PAD - 12}" y="{_n(y)}" width="{WIDTH - 2 * PAD + 24}" height="{height - 2}" rx="4"'
            bands.append(f'<rect class="band" {box}/>')
        parts += _row(line, fields, y + (16 if line.summary else ROW / 2))
        y += height
    return bands, parts, y + 4


def _row(line: Line, fields: Sequence[_Field], middle: float) -> Iterator[str]:
    yield _text(PAD, middle + 4, line.name, "ink strong" if line.summary else "ink")
    if line.hint:
        yield _text(PAD, middle + 18, line.hint, "ink3 small")
    for field, cell in zip(fields, line.cells, strict=True):
        yield from _cell(field, cell, middle, strong=line.summary)


def _cell(field: _Field, cell: Cell, middle: float, *, strong: bool) -> Iterator[str]:
    for mark in cell.marks:
        if mark.high > mark.low:
            left, right = field.x(mark.low), field.x(mark.high)
            box = f'x="{_n(left)}" y="{_n(middle - 3)}" width="{_n(right - left)}" height="6" rx="3"'
            yield f'<rect class="i-{mark.look}" {box}/>'
    if cell.bar is not None:
        x = _n(field.x(cell.bar))
        yield f'<line class="bar" x1="{x}" x2="{x}" y1="{_n(middle - 9)}" y2="{_n(middle + 9)}" stroke-width="2"/>'
    yield from (_shape(mark.look, field.x(mark.at), middle) for mark in reversed(cell.marks))
    for k, words in enumerate(cell.said):
        yield _text(field.right + 68 * (k + 1), middle + 4, words, "ink strong" if strong else "ink2", "end")
    if cell.verdict:
        look = "t-gain" if cell.verdict.endswith(" met") else "t-loss" if cell.verdict.endswith("missed") else "ink3"
        yield _text(field.right + 68, middle + 18, cell.verdict, f"{look} small", "end")


def _foot(plot: Plot, y: float) -> tuple[list[str], int]:
    """Return the notes, and the figure's height."""
    parts = []
    for note in plot.notes:
        for line in textwrap.wrap(note, int((WIDTH - 2 * PAD) / LETTER[11])):
            y += 16
            parts.append(_text(PAD, y, line, "ink3 small"))
    return parts, round(y + 20)


def spread(values: Iterable[float], look: str, at: float | None = None) -> Mark:
    """Return a mark at the mean (or at a given value) with the least and the most of some values."""
    every = list(values)
    return Mark(sum(every) / len(every) if at is None else at, min(every), max(every), look)

"""What a terminal shows: stages with their times while they run, and the comparison as a table.

In a pipe nothing moves and nothing is coloured; where the encoding can't carry a sign, ASCII stands in.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from doorstep.adapters.report import words
from doorstep.domain.comparison import Comparison, ComparisonRow, Stage
from doorstep.server.harmless import harmless

STYLES = {"gain": "green", "better": "green", "loss": "red", "worse": "red"}
"""Colours are spent on what is clear of zero, and on nothing else."""

ASCII = str.maketrans(
    {
        "−": "-", "–": "-", "—": "-", "·": "-", "→": "->", "←": "<-", "’": "'", "“": '"', "”": '"', "…": "...",
        "€": "EUR ", "£": "GBP ", "¥": "YEN ", "₹": "INR ", "₩": "KRW ", "\u00a0": " ", "✓": "done", "✗": "failed",
        "©": "(c)",
    }
)  # fmt: skip


class Line:
    """The line of a running stage; `say` replaces the words after its name."""

    def __init__(self, what: str, console: Console, clock: Callable[[], float]) -> None:
        self._what, self._console, self._clock = what, console, clock
        self._started = clock()
        self._detail = ""
        self._spinner = Spinner("line" if _is_plain(console) else "dots")

    def say(self, detail: str) -> None:
        """Show how far the stage is, for instance "12 of 30 drives"."""
        self._detail = detail

    @property
    def seconds(self) -> float:
        """How long the stage has been running."""
        return self._clock() - self._started

    def __rich__(self) -> Table:
        """Return the line as it looks now."""
        return _line(self._spinner, self._what, fitting(self._detail, self._console), self.seconds)


class Progress:
    """Stages of a run with their times: a moving line on a terminal, silence in a pipe, a record in both."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._stages: list[Stage] = []

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that have ended, in order."""
        return tuple(self._stages)

    @contextmanager
    def stage(self, what: str) -> Iterator[Line]:
        """Show a stage while its block runs, and keep its time; a stage that fails says so and lets the error pass."""
        line = Line(fitting(what, self._console), self._console, self._clock)
        if not self._console.is_terminal:
            yield line
            self._stages.append(Stage(what, line.seconds))
            return
        with Live(line, console=self._console, refresh_per_second=8, transient=True):
            try:
                yield line
            except BaseException:
                self._end("✗", "red", what, line.seconds)
                raise
            self._end("✓", "green", what, line.seconds)
        self._stages.append(Stage(what, line.seconds))

    def _end(self, mark: str, style: str, what: str, seconds: float) -> None:
        shown = Text(fitting(mark, self._console), style)
        self._console.print(_line(shown, fitting(what, self._console), "", seconds))


def print_comparison(comparison: Comparison, console: Console, report: Path | None = None) -> None:
    """Print the verdict, the rows under both plans with their intervals, and where the report lies."""
    console.print()
    console.print(_verdict(comparison, console))
    for sentence in (words.interval_sentence(comparison), words.basis_sentence(comparison)):
        console.print(_text(sentence, console))
    if comparison.null_statement:
        console.print(_text(comparison.null_statement, console), style="dim")
    console.print()
    console.print(_table(comparison, console))
    console.print()
    for name, value in (("Repeat", comparison.command), ("Report", str(report) if report else "")):
        if value:
            console.print(_text(f"{name}  {value}", console), soft_wrap=True)


def fitting(text: str, console: Console) -> str:
    """Return a harmless text that the console's encoding can carry: as it is, or in ASCII with signs spelled out."""
    text = harmless(text)
    if not _is_plain(console):
        return text
    return text.translate(ASCII).encode("ascii", "replace").decode()


def _is_plain(console: Console) -> bool:
    return not console.encoding.lower().startswith("utf")


def _text(text: str, console: Console, style: str = "") -> Text:
    """Return a text in which nothing is read as markup."""
    return Text(fitting(text, console), style)


def _line(mark: Spinner | Text, what: str, detail: str, seconds: float) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=6 if isinstance(mark, Text) and len(mark) > 1 else 1)
    grid.add_column(min_width=30)
    grid.add_column(justify="right", width=9)
    grid.add_column(style="dim")
    grid.add_row(mark, Text(what), Text(f"{seconds:.1f} s"), Text(detail))
    return grid


def _verdict(comparison: Comparison, console: Console) -> Text:
    sentence = Text(style="bold")
    for text, role in words.title(comparison):
        sentence.append(fitting(text, console), STYLES.get(role, ""))
    return sentence


def _table(comparison: Comparison, console: Console) -> Table:
    wide = console.width >= 100
    box = None if _is_plain(console) else SIMPLE_HEAD
    table = Table(box=box, padding=(0, 2 if wide else 1, 0, 0), show_edge=False, header_style="dim")
    written = _money(comparison, console).written
    table.add_column("" if written is None else f"Money in {comparison.currency}", overflow="fold", min_width=18)
    for name in ("Efficiency" if wide else "Effic.", "Profit", "Difference", "90 % interval"):
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("", no_wrap=True, min_width=10)
    for row in comparison.rows:
        table.add_row(*_cells(row, comparison, console, wide), style="bold" if row is comparison.margin else "")
    return table


def _money(comparison: Comparison, console: Console) -> words.Money:
    """Return money as the table writes it: with a sign where there is a short one, else as bare amounts."""
    money = words.Money(comparison.currency, comparison.exponent)
    bare = _is_plain(console) or money.before.endswith(words.SPACE)
    return replace(money, written="") if bare else money


def _cells(row: ComparisonRow, comparison: Comparison, console: Console, wide: bool) -> tuple[Text, ...]:
    figures = words.Figures(row, _money(comparison, console))
    name, qualifier = words.label(row, comparison.orders)
    whole = f"{name} {qualifier}"
    style = "" if comparison.verdict == "same" else STYLES.get(row.verdict, "")
    return (
        _text(whole if wide or len(whole) <= 18 else name, console),
        _text(figures.value(row.efficiency), console),
        _text(figures.value(row.profit), console),
        _text(figures.change(row.difference), console, style),
        _text(figures.interval(), console),
        _text(_mark(row, comparison), console, style),
    )


def _mark(row: ComparisonRow, comparison: Comparison) -> str:
    """Return the row's verdict in a word, so that colour never stands alone."""
    if comparison.verdict == "same":
        return "the same"
    return {"better": "better", "worse": "worse"}.get(row.verdict, "can’t tell")

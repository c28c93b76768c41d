"""The terminal says what the report says, in 80 columns, in 120, in pipes and in ASCII."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from tests.adapters.comparison_example import example, with_margin

from doorstep.adapters.report import words
from doorstep.domain.comparison import Comparison
from doorstep.server.terminal import Progress, print_comparison


def printed(comparison: Comparison, width: int, *, colour: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colour, color_system="standard" if colour else None)
    print_comparison(comparison, console, Path("/tmp/report.html"))  # noqa: S108  only printed
    return out.getvalue()


class Clock:
    """A clock that moves a second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_holds_every_row_on_one_line(width: int) -> None:
    whole = example()
    lines = printed(whole, width).splitlines()
    money = words.Money("EUR", 2)

    assert max(map(len, lines)) <= width
    for row in whole.rows:
        figures = words.Figures(row, money)
        name, _ = words.label(row, whole.orders)
        found = [line for line in lines if line.startswith(name)]
        assert len(found) == 1
        for value in (figures.value(row.efficiency), figures.value(row.profit), figures.change(row.difference)):
            assert value in found[0]
        assert figures.interval() in found[0]


def test_the_verdict_and_the_place_of_the_report_are_said() -> None:
    shown = printed(example(), 120)

    assert "Planning for profit earns €212 more a day" in shown
    assert "90\u00a0% interval €118 to €301." in shown
    assert "Report  /tmp/report.html" in shown
    assert "Repeat  ./run demo --seed 20" in shown


def test_only_what_is_clear_of_zero_is_coloured() -> None:
    shown = printed(example(), 120, colour=True).splitlines()
    green, red = "\x1b[32m", "\x1b[31m"
    line = {name: next(text for text in shown if name in text) for name in ("Tickets", "Drivers leaving", "Distance")}

    assert green in line["Tickets"]
    assert red not in line["Tickets"]
    assert green not in line["Drivers leaving"]
    assert red not in line["Drivers leaving"]
    assert red in line["Distance"]


def test_an_open_verdict_is_not_coloured() -> None:
    shown = printed(example(**with_margin(3_100.0, -1_200.0, 7_400.0)), 120, colour=True)
    title = next(line for line in shown.splitlines() if "No difference we can be sure of" in line)

    assert "\x1b[32m" not in title
    assert "covers zero" in shown


def test_no_colour_reaches_a_pipe() -> None:
    assert "\x1b" not in printed(example(), 80)


@pytest.mark.parametrize("currency", [("EUR", 2), ("KWD", 3), ("JPY", 0)])
def test_a_terminal_without_unicode_gets_ascii(currency: tuple[str, int]) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    console = Console(file=out, width=80)
    print_comparison(example(currency=currency[0], exponent=currency[1]), console)
    out.flush()
    shown = raw.getvalue().decode("ascii")

    assert "?" not in shown
    assert f"Money in {currency[0]}" in shown
    assert "+74 m" in shown


def test_a_name_that_looks_like_markup_is_printed_as_it_is() -> None:
    assert "[red]x[/red]" in printed(example(command="[red]x[/red]"), 80)


def test_stages_keep_their_times_in_a_pipe_and_say_nothing() -> None:
    out = io.StringIO()
    progress = Progress(Console(file=out), Clock())
    with progress.stage("Learning") as line:
        line.say("3 of 4")
    with progress.stage("Planning"):
        pass

    assert [(stage.what, stage.seconds) for stage in progress.stages] == [("Learning", 1.0), ("Planning", 1.0)]
    assert not out.getvalue()


def test_a_stage_on_a_terminal_shows_how_far_it_is_and_ends_with_its_time() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True)
    progress = Progress(console)
    with progress.stage("Driving both plans") as line:
        line.say("12 of 30 drives")
        console.print(line)

    assert "12 of 30 drives" in out.getvalue()
    assert "✓" in out.getvalue()
    assert out.getvalue().count("0.0 s") >= 1


def test_a_stage_that_fails_is_marked_and_lets_the_error_pass() -> None:
    out = io.StringIO()
    progress = Progress(Console(file=out, width=80, force_terminal=True))
    with pytest.raises(ValueError, match="no road"), progress.stage("Building"):
        raise ValueError("no road")

    assert "✗" in out.getvalue()
    assert progress.stages == ()

"""The report says no more than its figures allow, adds up, holds every string, and stays small."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.comparison_example import example, with_margin

from doorstep.adapters.report import drawn, figures, page, render, words, write
from doorstep.domain.comparison import Comparison, ComparisonRow, Waterfall, WaterfallStep
from doorstep.domain.drawing import Ground
from doorstep.domain.errors import OurBug, Outside
from doorstep.domain.units import Cents

HOSTILE = "</script><img src=x onerror=alert(1)><!-- '\" & {{ 7*7 }} --> \u2028 ]]>"


class Reader(HTMLParser):
    """The page as a list of (tag, attributes) and the text inside every element with an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.tags.append((tag, known))
        if tag not in {"meta", "link", "input", "br", "img"}:
            self._open.append((tag, known.get("id")))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for _, name in self._open:
            if name:
                self.texts[name] = self.texts.get(name, "") + data

    def having(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for _, attrs in self.tags if name in (attrs.get("class") or "").split()]


@pytest.fixture(scope="module")
def whole() -> Comparison:
    return example()


@pytest.fixture(scope="module")
def text(whole: Comparison) -> str:
    return render(whole)


@pytest.fixture(scope="module")
def reader(text: str) -> Reader:
    return Reader(text)


cents = st.integers(-5_000_000, 5_000_000)


@settings(deadline=None)
@given(
    efficiency=cents,
    bounds=st.tuples(cents, cents, cents).map(sorted),
    currency=st.sampled_from([("EUR", 2), ("JPY", 0), ("KWD", 3)]),
)
def test_the_title_claims_what_the_interval_allows_and_nothing_more(
    whole: Comparison, efficiency: int, bounds: list[int], currency: tuple[str, int]
) -> None:
    low, difference, high = bounds
    changed = replace(
        whole, currency=currency[0], exponent=currency[1],
        **with_margin(float(difference), float(low), float(high), float(efficiency)),
    )  # fmt: skip
    said, roles = words.title_text(changed), {role for _, role in words.title(changed)}

    assert (" more a day" in said) == ("gain" in roles) == (low > 0)
    assert (" less a day" in said) == ("loss" in roles) == (high < 0)
    assert (said == "No difference we can be sure of") == (low <= 0 <= high)
    assert ("clear of zero" in words.verdict_chip(changed)[0]) == (low > 0 or high < 0)


@settings(deadline=None)
@given(start=cents, changes=st.lists(cents, max_size=9))
def test_the_bars_of_the_waterfall_lead_from_one_margin_to_the_other(
    whole: Comparison, start: int, changes: list[int]
) -> None:
    steps = tuple(WaterfallStep(str(k), Cents(c), c - 1.0, c + 1.0) for k, c in enumerate(changes))
    end = start + sum(changes)
    rows = with_margin(float(end - start), float(end - start), float(end - start), float(start))["rows"]
    bars, _, _ = figures.waterfall(replace(whole, rows=rows, waterfall=Waterfall(Cents(start), Cents(end), steps)))
    figure = figures.difference_figure(
        replace(whole, rows=rows, waterfall=Waterfall(Cents(start), Cents(end), steps)), ""
    )

    assert bars[-1].end == bars[-2].end
    assert all(0 <= bar.low <= bar.high <= 100 for bar in bars)
    assert figure.total is not None
    assert sum(amount(value) for _, value in figure.lines) == amount(figure.total[1]) == Decimal(end - start) / 100


def test_a_waterfall_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(OurBug, match="lead to 101"):
        Waterfall(Cents(100), Cents(102), (WaterfallStep("one", Cents(1), 0.0, 2.0),))


def test_a_waterfall_that_belongs_to_other_margins_is_refused(whole: Comparison) -> None:
    other = Waterfall(Cents(1), Cents(2), (WaterfallStep("one", Cents(1), 0.0, 2.0),))

    with pytest.raises(OurBug, match="the waterfall"):
        replace(whole, waterfall=other)


def amount(shown: str) -> Decimal:
    """Return the number inside a text that people read."""
    found = re.search(r"[\d,]+(?:\.\d+)?", shown)
    assert found is not None, shown
    value = Decimal(found.group().replace(",", ""))
    return -value if words.MINUS in shown else value


@pytest.mark.parametrize(("currency", "exponent"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_every_sum_behind_a_figure_adds_up(whole: Comparison, currency: str, exponent: int) -> None:
    changed = replace(whole, currency=currency, exponent=exponent)
    shown = [figure for row in figures.table(changed) for figure in (row.efficiency, row.profit, row.change)]
    shown += [price for door in figures.doors(changed).doors for price in door.prices]
    shown += [figure for _, _, figure in figures.headline(changed) if figure]
    shown += [figures.kilometres(changed, profit) for profit in (True, False)]
    shown += [figures.whole_time(changed)]
    summed = 0
    for figure in shown:
        if figure.total is None:
            continue
        signs = [-1 if name.startswith("less ") else 1 for name, _ in figure.lines]
        total = sum(sign * amount(value) for sign, (_, value) in zip(signs, figure.lines, strict=True))
        summed += 1

        assert total == amount(figure.total[1]), figure
    assert summed >= 9 + 6 + 2 + 2


def test_every_figure_can_be_focused_and_says_what_is_behind_it(reader: Reader, whole: Comparison) -> None:
    shown = reader.having("fig")
    at_least = 3 * len(whole.rows) + len(whole.waterfall.steps) + 2 + 2 * len(whole.doors) + len(whole.stages)

    assert len(shown) >= at_least + 7
    for attrs in shown:
        behind = reader.texts[attrs["aria-describedby"] or ""]
        assert attrs["tabindex"] == "0"
        assert attrs["role"] == "button"
        assert len(behind.strip()) > 8
    assert len({attrs["aria-describedby"] for attrs in shown}) == len(shown)


@pytest.mark.parametrize(
    ("margin", "said", "kind"),
    [
        ((21_222.0, 11_805.0, 30_102.0), "Planning for profit earns €212 more a day", "gain"),
        ((3_100.0, -1_200.0, 7_400.0), "No difference we can be sure of", "open"),
        ((-4_500.0, -8_000.0, -1_000.0), "Planning for profit earns €45 less a day", "loss"),
    ],
)
def test_the_page_says_one_of_three_verdicts_in_its_title(
    margin: tuple[float, float, float], said: str, kind: str
) -> None:
    shown = render(example(**with_margin(*margin)))
    heading = shown[shown.index("<h1>") : shown.index("</h1>")]

    assert f"<title>{said}" in shown
    assert ("gain" in heading, "loss" in heading) == (kind == "gain", kind == "loss")
    assert f'class="chip {kind}">interval' in shown


def test_two_searches_that_found_one_plan_claim_nothing(whole: Comparison) -> None:
    rows = tuple(replace(r, profit=r.efficiency, difference=0.0, low=0.0, high=0.0) for r in whole.rows)
    start = whole.waterfall.start
    same = replace(whole, same_plan=True, rows=rows, waterfall=Waterfall(start, start, ()))
    shown = render(same)

    assert "Both plans are the same: layers 2 and 3 earn nothing here" in shown
    assert "can’t tell</span>" not in shown
    assert "the price paid" not in shown


def test_what_got_worse_is_called_the_price_paid_only_when_something_was_gained(text: str) -> None:
    lost = render(example(**with_margin(-4_500.0, -8_000.0, -1_000.0)))

    assert text.count("the price paid</span>") == 1
    assert text.count("can’t tell</span>") == 1
    assert "the price paid" not in lost


def test_a_hostile_name_stays_a_name(whole: Comparison) -> None:
    hostile_door = replace(whole.doors[0], words=HOSTILE, order_id=HOSTILE, kind=HOSTILE, postcode=HOSTILE)
    hostile_stop = replace(whole.drawing.stops[0], order_id=HOSTILE, kind=HOSTILE, postcode=HOSTILE, moved=True)
    steps = tuple(replace(s, label=HOSTILE, note=HOSTILE) for s in whole.waterfall.steps)
    hostile = replace(
        whole,
        company=HOSTILE, command=HOSTILE, machine=HOSTILE, timezone=HOSTILE, currency=HOSTILE,
        attribution=HOSTILE, null_statement=HOSTILE, limits=(HOSTILE,),
        learned=(replace(whole.learned[0], what=HOSTILE, sentence=HOSTILE),),
        stages=(replace(whole.stages[0], what=HOSTILE),),
        rows=(replace(whole.rows[0], note=HOSTILE), replace(whole.rows[1], what=HOSTILE, unit=HOSTILE)),
        waterfall=replace(whole.waterfall, steps=steps),
        doors=(hostile_door,),
        drawing=replace(whole.drawing, stops=(hostile_stop, *whole.drawing.stops[1:])),
    )  # fmt: skip
    shown = render(hostile)
    read = Reader(shown)

    assert not [tag for tag, _ in read.tags if tag == "img"]
    assert [tag for tag, _ in read.tags].count("script") == 2
    assert not [name for _, attrs in read.tags for name in attrs if name.startswith("on")]
    assert "{{ 7*7 }}" in shown
    assert json.loads(read.texts["data"])["map"]["stops"][0][3] == HOSTILE


def test_the_page_asks_for_nothing_from_outside(reader: Reader, text: str) -> None:
    links = [
        attrs[key] or "" for _, attrs in reader.tags for key in ("href", "src", "srcset", "action") if key in attrs
    ]

    assert all(link.startswith(("#", "data:")) for link in links)
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_nobody_is_named(text: str) -> None:
    assert "recipient-7731" not in text


def test_the_page_of_a_day_with_400_orders_is_small(text: str) -> None:
    assert len(text.encode()) < 400_000


def test_streets_without_end_are_drawn_coarsely_enough_to_fit(whole: Comparison) -> None:
    draw = np.random.default_rng(3)
    wiggles = draw.integers(-3, 4, (6_000, 90, 2)).cumsum(axis=1) % 5 + np.arange(90)[:, None] * [21, 19]
    lines = tuple(tuple((int(x), int(y)) for x, y in line) for line in wiggles)
    endless = replace(whole, drawing=replace(whole.drawing, ground=Ground({"main": (), "middle": (), "minor": lines})))

    assert len(json.dumps(drawn.document(endless), separators=(",", ":"))) > page.MOST_BYTES
    assert len(render(endless).encode()) <= page.MOST_BYTES


def test_a_place_that_cannot_be_written_is_named(whole: Comparison, tmp_path: Path) -> None:
    with pytest.raises(Outside, match="missing"):
        write(whole, tmp_path / "missing" / "report.html")


def test_the_file_holds_the_page(whole: Comparison, text: str, tmp_path: Path) -> None:
    size = write(whole, tmp_path / "report.html")

    assert (tmp_path / "report.html").read_text("utf-8") == text
    assert size == len(text.encode())


@pytest.mark.parametrize(
    ("currency", "exponent", "cents", "shown"),
    [
        ("EUR", 2, 128_634, "€1,286"),
        ("EUR", 2, 862.3, "€8.62"),
        ("EUR", 2, -9_999, "−€99.99"),
        ("JPY", 0, 1_286, "¥1,286"),
        ("JPY", 0, 54, "¥54"),
        ("KWD", 3, 12_345, "KWD\u00a012.345"),
        ("KWD", 3, 128_634, "KWD\u00a0129"),
    ],
)
def test_money_is_whole_from_100_units_and_exact_below(currency: str, exponent: int, cents: float, shown: str) -> None:
    assert words.Money(currency, exponent).text(cents) == shown


def test_figures_of_one_row_share_their_precision(whole: Comparison) -> None:
    leaving = next(row for row in figures.table(whole) if row.name == "Drivers leaving")

    assert (leaving.efficiency.text, leaving.profit.text) == ("€118", "€112")
    assert (leaving.change.text, leaving.interval) == ("−€6", "−€21 to +€9")


def test_an_interval_clear_of_zero_never_shows_zero_as_its_end() -> None:
    row = ComparisonRow("margin", "cents a day", 50_000.0, 60_000.0, 10_000.0, 12.0, 20_000.0, "up")

    assert words.Figures(row, words.Money("EUR", 2)).interval() == "+€0.12 to +€200.00"


def test_a_dot_lies_on_the_curve_at_the_planned_time(whole: Comparison) -> None:
    view = figures.doors(whole)
    for door, shown in zip(whole.doors, view.doors, strict=True):
        planned = {"efficiency": door.efficiency, "profit": door.profit}
        line = [tuple(map(float, point.split(","))) for point in shown.price_line[1:].split("L")]
        for name, x, y, _ in shown.dots:
            at = planned[name]
            assert at is not None
            on_line = np.interp(x, [p[0] for p in line], [p[1] for p in line])

            # A lane is 84 px high: 1 px is 1.2 per cent.
            assert y == pytest.approx(on_line, abs=1.2)
            assert y == pytest.approx(100 - 100 * door.curve.total(at) / view.top_cents, abs=0.01)


def test_a_door_with_few_attempts_says_so(text: str) -> None:
    assert "few attempts: 3" in text
    assert "14 attempts" in text


def test_a_door_that_a_plan_leaves_out_says_so(whole: Comparison) -> None:
    door = replace(whole.doors[0], efficiency=None)

    assert "not served" in figures.doors(replace(whole, doors=(door,))).doors[0].prices[0].text


def test_bars_point_to_the_better_side(whole: Comparison) -> None:
    for row, shown in zip(whole.rows, figures.table(whole), strict=True):
        if row.clear:
            assert (shown.low >= 50) == (row.verdict == "better")
        else:
            assert shown.low < 50 < shown.high
        assert 0 <= shown.low <= shown.middle <= shown.high <= 100


def tokens(dark: bool) -> dict[str, str]:
    css = files("doorstep.adapters.report").joinpath("tokens.css").read_text("utf-8")
    light, night = css.split("@media", 1)
    return dict(re.findall(r"--([\w-]+): ([^;]+);", night if dark else light))


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT_ON = [
    *((ink, on) for ink in ("ink", "ink2", "ink3") for on in ("surface", "bg", "sunk")),
    ("ink2", "accent-bg"), ("ink", "accent-bg"), ("accent", "surface"), ("accent", "bg"), ("accent", "accent-bg"),
    ("gain", "surface"), ("gain", "bg"), ("gain", "gain-bg"), ("gain", "accent-bg"), ("late", "surface"),
    ("late", "bg"), ("late", "late-bg"), ("late", "accent-bg"), ("risk", "surface"), ("risk", "risk-bg"),
    ("map-label", "land"),
]  # fmt: skip


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "on"), TEXT_ON)
def test_text_can_be_read_on_what_it_lies_on(ink: str, on: str, dark: bool) -> None:
    known = tokens(dark)

    assert contrast(known[ink], known[on]) >= 4.5


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_graphics_stand_out_from_what_they_lie_on(dark: bool) -> None:
    known = tokens(dark)
    routes = known["routes"].split()

    assert len(routes) == len(set(routes)) == 12
    assert min(contrast(route, known["land"]) for route in routes) >= 3.0
    assert min(contrast(known[name], known["surface"]) for name in ("edge", "done", "gain", "late", "accent")) >= 3.0


def test_both_themes_define_the_same_tokens() -> None:
    assert tokens(dark=False).keys() - {"color-scheme"} == tokens(dark=True).keys()

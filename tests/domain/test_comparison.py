"""A comparison refuses figures that contradict each other, and claims no more than its intervals."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.comparison_example import example

from doorstep.domain.comparison import ROWS, ComparisonRow
from doorstep.domain.errors import OurBug


@given(st.tuples(st.integers(-900, 900), st.integers(-900, 900)).map(sorted), st.sampled_from(["up", "down"]))
def test_a_row_is_better_or_worse_only_when_its_interval_is_clear_of_zero(bounds, better) -> None:
    low, high = bounds
    row = ComparisonRow("margin", "cents a day", 100.0, 100.0 + low, low, low, high, better)

    assert (row.verdict == "open") == (low <= 0 <= high)
    assert (row.verdict == "better") == (low > 0 if better == "up" else high < 0)


def test_a_difference_outside_its_interval_is_refused() -> None:
    with pytest.raises(OurBug, match="inside its interval"):
        ComparisonRow("tickets", "per 100 orders", 3.0, 2.0, -1.0, -0.9, 0.4, "down")


def test_a_difference_that_is_none_is_refused() -> None:
    with pytest.raises(OurBug, match="profit minus efficiency"):
        ComparisonRow("tickets", "per 100 orders", 3.0, 2.0, -0.5, -0.9, 0.4, "down")


def test_the_rows_are_the_nine_in_their_order() -> None:
    assert tuple(row.what for row in example().rows) == tuple(ROWS)


def test_the_margin_comes_first() -> None:
    whole = example()

    with pytest.raises(OurBug, match="the margin"):
        replace(whole, rows=whole.rows[1:])


def test_how_much_further_is_a_share_of_what_the_efficiency_plan_drives() -> None:
    whole = example()

    assert whole.further == whole.drawing.profit.metres / whole.drawing.efficiency.metres - 1

"""Days of a zone, those on which clocks change included."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.domain.days import at_clock, elapsed, first_instant
from doorstep.domain.errors import YourInput

ZONES = ["Europe/Lisbon", "America/Sao_Paulo", "Atlantic/Azores", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Tokyo"]


@pytest.mark.parametrize(
    ("day", "zone", "seconds"),
    [
        ("2026-03-29", "Europe/Lisbon", 82_800),
        ("2026-10-25", "Europe/Lisbon", 90_000),
        ("2026-06-01", "Europe/Lisbon", 86_400),
        ("2018-11-04", "America/Sao_Paulo", 82_800),  # midnight is skipped
        ("2026-10-25", "Atlantic/Azores", 90_000),  # midnight comes twice
        ("2026-10-04", "Australia/Lord_Howe", 84_600),  # half an hour
    ],
)
def test_a_day_has_as_many_seconds_as_pass_in_it(day, zone, seconds):
    assert at_clock("24:00", day, zone) == seconds


@pytest.mark.parametrize(
    ("clock", "day", "what"), [("01:30", "2026-03-29", "is skipped"), ("01:00", "2026-10-25", "comes twice")]
)
def test_a_clock_time_that_is_not_there_once_is_refused(clock, day, what):
    with pytest.raises(YourInput, match=f"got {clock}, which {what} on {day} in Europe/Lisbon"):
        at_clock(clock, day, "Europe/Lisbon")


def test_clock_times_from_24_on_belong_to_the_next_day():
    assert at_clock("24:00", "2026-03-29", "Europe/Lisbon") == 82_800
    assert at_clock("30:00", "2026-03-29", "Europe/Lisbon") == 82_800 + 6 * 3600
    assert at_clock("25:30", "2026-03-29", "Europe/Lisbon") == 82_800 + 90 * 60


@given(st.dates(min_value=date(1971, 1, 1), max_value=date(2100, 1, 1)),
       st.sampled_from(ZONES))  # fmt: skip
def test_days_join_without_gap(day, zone):
    text = day.isoformat()

    assert elapsed(first_instant(text, zone).isoformat(), text, zone) == 0
    assert 82_800 - 3600 <= at_clock("24:00", text, zone) <= 90_000 + 3600

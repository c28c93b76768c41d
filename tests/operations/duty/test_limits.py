from datetime import date

import numpy as np
import pytest
from benchmarks.hours_by_minute import READINGS, agreed, minutes
from benchmarks.rosters import random_roster
from tests.operations.duty.plans import random_plan
from tests.operations.duty.rosters import LISBON, day, record, week

from doorstep.domain.duty import DutyRecord, Limits
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import PlannedShift
from doorstep.domain.units import Seconds
from doorstep.operations.duty.calendar import day_of, midnight
from doorstep.operations.duty.limits import todays_limits, with_limits
from doorstep.operations.duty.rules import rule_set
from doorstep.operations.duty.validator import breaches

EU = rule_set("eu-561", "2026-10-01")
VAN = rule_set("eu-van", "2026-10-01")
US = rule_set("us-395", "2026-10-01")
NOBODY = DutyRecord(LISBON)


def at(clock: str) -> Seconds:
    return Seconds(3600 * int(clock[:2]) + 60 * int(clock[3:]))


def span(limits: Limits) -> tuple[float, float]:
    return limits.earliest_start / 3600, limits.latest_end / 3600


def test_a_rested_driver_has_nine_hours_at_the_wheel_and_thirteen_in_all():
    limits = todays_limits(EU, NOBODY, "2026-03-02", at("07:00"))

    assert span(limits) == (7, 20)
    assert limits.max_driving == 9 * 3600
    rule = limits.breaks[0]
    assert (rule.counted, rule.after, rule.length, rule.split) == ("driving", 16_200, 2_700, (900, 1_800))


def test_exceptions_are_used_up_only_when_asked_for():
    limits = todays_limits(EU, NOBODY, "2026-03-02", at("07:00"), exceptions=True)

    assert span(limits) == (7, 22)
    assert limits.max_driving == 10 * 3600


def test_a_late_evening_pushes_the_next_morning_back():
    limits = todays_limits(EU, record(day("2026-03-02T12:00", "D4:00 B0:45 W5:00")), "2026-03-03", at("06:00"))

    assert span(limits) == (8.75, 21.75)
    assert "11:00 h free after 2026-03-02 21:45 (561/2006" in limits.why["earliest_start"]


def test_a_morning_of_work_counts_for_the_afternoon():
    morning = record(day("2026-03-02T06:00", "D4:00 W1:00"))
    limits = todays_limits(EU, morning, "2026-03-02", at("11:10"))

    assert limits.max_driving == 5 * 3600
    assert {rule.counted: rule.so_far for rule in limits.breaks if rule.length == 2_700} == {
        "driving": 4 * 3600, "working": 5 * 3600,
    }  # fmt: skip
    assert limits.latest_end == at("19:00")


@pytest.mark.parametrize(
    ("morning", "now", "counted", "parts"),
    [
        ("D2:00 B0:15 D1:00", "09:15", 3, 1),
        ("D2:00 B0:14 D1:00", "09:14", 3, 0),
        ("D2:00 B0:15 D1:00 B0:30 D0:30", "10:15", 0.5, 0),
        ("D2:00 B0:15 D1:00", "09:30", 3, 1),
        ("D2:00 B0:15 D1:00", "09:45", 0, 0),
        ("W0:20 B0:15 D1:00", "07:35", 1, 0),
        ("D2:00 B0:45 W0:20 B0:15 D1:00", "10:20", 1, 0),
        ("W0:20 B0:30 D1:00 B0:30 D1:00", "09:20", 2, 1),
    ],
)
def test_the_first_part_of_a_break_that_the_morning_saw_is_taken(morning, now, counted, parts):
    limits = todays_limits(EU, record(day("2026-03-02T06:00", morning)), "2026-03-02", at(now))
    (rule,) = (rule for rule in limits.breaks if rule.counted == "driving")

    assert (rule.so_far, rule.parts_so_far) == (counted * 3600, parts)


def test_what_the_week_has_left_binds():
    six_and_fifty = record(*[day(f"2026-03-0{d}T06:00", "D4:30 B0:45 D4:30 B0:45 W1:30") for d in (2, 3, 4, 5, 6)])
    limits = todays_limits(EU, six_and_fifty, "2026-03-07", at("06:00"))

    assert limits.max_working == (60 - 5 * 10.5) * 3600
    assert limits.why["max_working"] == "2002/15 Art. 4(a)"


def test_after_six_days_a_weekly_rest_comes_first():
    limits = todays_limits(EU, record(week("2026-03-02T06:00", "W5:00", 6)), "2026-03-08", at("06:00"))

    assert limits.earliest_start == at("11:00")  # 24 hours after Saturday's end
    assert "561/2006 Art. 8(6)" in limits.why["earliest_start"]


def test_a_day_on_which_clocks_change_is_counted_in_elapsed_seconds():
    saturday = record(day("2026-03-28T08:00", "W5:00 B1:00 W4:00"))  # until 18:00
    limits = todays_limits(VAN, saturday, "2026-03-29", Seconds(4 * 3600))

    assert limits.earliest_start == 5 * 3600  # 11 hours later clocks show 06:00, the fifth hour of that day


def test_the_fourteen_hours_of_a_us_day_run_on_through_a_break():
    limits = todays_limits(US, record(day("2026-03-02T06:00", "D4:00")), "2026-03-02", at("15:00"))

    assert span(limits) == (15, 19.999722222222223)  # a tenth hour off would begin a new day
    assert limits.max_driving == 7 * 3600


def test_a_wait_that_is_work_counts_all_that_passes():
    (rule,) = todays_limits(VAN, NOBODY, "2026-03-02", at("07:00")).breaks

    assert (rule.counted, rule.after, rule.length, rule.split) == ("elapsed", 21_600, 1_800, (900, 900))


def test_a_record_that_runs_past_the_start_is_refused():
    with pytest.raises(YourInput, match="ends before the shift starts at 2026-03-02 07:00"):
        todays_limits(EU, record(day("2026-03-02T06:00", "D4:00")), "2026-03-02", at("07:00"))


SHIFT = PlannedShift("h1", "v1", "d1", at("06:00"), at("18:00"), 0, 0, ())


def test_a_shift_takes_what_is_stricter_of_itself_and_the_law():
    limits = todays_limits(EU, NOBODY, "2026-03-02", at("07:00"), ends=SHIFT.ends)
    planned = with_limits(SHIFT, limits)

    assert (planned.starts, planned.ends) == (at("07:00"), at("18:00"))
    assert (planned.max_driving, planned.max_working) == (9 * 3600, None)
    assert planned.breaks == limits.breaks


def test_a_shift_before_its_drivers_rest_is_over_gets_no_stops():
    late = record(day("2026-03-02T12:00", "D4:00 B0:45 W5:00"))
    limits = todays_limits(EU, late, "2026-03-03", at("06:00"))
    short = PlannedShift("h1", "v1", "d1", at("06:00"), at("08:30"), 0, 0, ())

    assert with_limits(short, limits).max_stops == 0


@pytest.mark.parametrize("label", READINGS)
@pytest.mark.parametrize("begin", [0, 20, 40])
def test_a_plan_inside_the_limits_breaks_nothing_that_was_kept_before(label, begin):
    on, reading = READINGS[label]
    rules = rule_set(label.split()[0], on)
    for seed in range(begin, begin + 20):
        rng = np.random.default_rng(seed)
        roster = random_roster(seed)
        past = DutyRecord(roster.zone, roster.activities[: int(rng.integers(1, len(roster.activities) + 1))])
        start = past.activities[-1].ends + 60 * int(rng.choice([0, 30, 180, 540, 600, 660, 700, 1440, 2000, 2700]))
        ordinal = day_of(start, roster.zone)
        begins = midnight(ordinal, roster.zone)
        limits = todays_limits(
            rules, past, date.fromordinal(ordinal).isoformat(), Seconds(start - begins), exceptions=bool(seed % 2)
        )
        if limits.latest_end <= limits.earliest_start:
            continue
        after = past.then(random_plan(rng, limits, begins))
        seen = minutes([(a.kind, a.begins, a.ends) for a in after.activities], after.zone)

        before = {b.rule for b in breaches(rules, past)}
        if any(rule.startswith("weekly rest") for rule in before):
            before |= {"weekly rest", "weekly rest begins late", "weekly rest compensated"}  # one follows from another

        assert {b.rule for b in breaches(rules, after)} <= before, f"roster {seed}"
        assert reading(seen) <= agreed(before, seen), f"roster {seed}"

from dataclasses import replace

import pytest
from benchmarks.hours_by_minute import READINGS, agreed, minutes
from benchmarks.rosters import random_roster
from tests.operations.duty.rosters import day, record, week

from doorstep.domain.units import Seconds
from doorstep.operations.duty.rules import RuleSet, rule_set
from doorstep.operations.duty.validator import breaches, violations

EU = rule_set("eu-561", "2026-10-01")
VAN = rule_set("eu-van", "2026-10-01")
US = rule_set("us-395", "2026-10-01")
SHORT_HAUL = rule_set("us-395-short-haul", "2026-10-01")


def broken(rules: RuleSet, *days, zone="Europe/Lisbon") -> set[str]:
    return {breach.rule for breach in breaches(rules, record(*days, zone=zone))}


def test_a_sentence_names_driver_rule_figures_time_and_article():
    (said,) = violations(EU, {"d1": record(day("2026-03-02T07:00", "D4:30 B0:30 D0:01"))})

    assert said == (
        "d1: break from driving: expected a pause of 0:45 h before more than 4:30 h, found none by 2026-03-02 12:00 "
        "(561/2006 Art. 7)."
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("D4:30 B0:45 D4:30", set()),
        ("D4:30 B0:44 D0:01", {"break from driving"}),
        ("D2:00 B0:15 D2:30 B0:30 D4:30", set()),
        ("D2:00 B0:30 D2:30 B0:15 D0:01", {"break from driving"}),  # 30 and then 15 is the wrong way round
        ("D4:00 A1:00 D0:31", {"break from driving"}),  # waiting is no break
        ("W0:10 B0:30 D0:10 B0:30 D4:20 B0:30 D1:00", set()),  # the last two are the 15 and 30
        ("D3:00 W1:30 D1:30 B0:45", set()),  # other work isn't at the wheel
        ("W6:00 B0:14 W0:01", {"six hours on end", "breaks in a day above six hours"}),
        ("W5:00 B0:15 W5:00", {"breaks in a day above six hours", "breaks in a day above nine hours"}),
        ("W5:00 B0:30 W4:00", set()),
        ("W5:00 B0:30 W4:01", {"breaks in a day above nine hours"}),
    ],
)
def test_breaks_in_a_european_day(told, expected):
    assert broken(EU, day("2026-03-02T07:00", told)) == expected


def test_ten_hours_at_the_wheel_are_for_two_days_a_week():
    long, plain = "D4:30 B0:45 D4:30 B0:45 D1:00", "D4:30 B0:45 D4:30"
    days = [day(f"2026-03-0{d}T06:00", long if d in (2, 4) else plain) for d in (2, 3, 4, 5)]

    assert broken(EU, *days) == set()
    assert broken(EU, *days, day("2026-03-06T06:00", long)) == {"daily driving"}


def test_three_short_nights_between_weekly_rests_and_no_fourth():
    days = [day(f"2026-03-0{2 + k}T{6 - k:02d}:00", "W4:00 B1:00 W1:00 A8:00") for k in range(4)]

    assert broken(EU, *days[:3], day("2026-03-05T03:00", "W4:00")) == set()
    assert broken(EU, *days) == {"daily rest"}  # the fourth day of fourteen hours leaves ten


def test_a_rest_may_be_taken_as_three_hours_and_nine():
    split = day("2026-03-02T06:00", "W5:00 B3:00 W2:00 A5:00")

    assert (
        broken(EU, *[[*split], *[day(f"2026-03-0{d}T06:00", "W5:00 B3:00 W2:00 A5:00") for d in (3, 4, 5, 6)]]) == set()
    )


def test_a_change_of_clocks_takes_an_hour_of_rest():
    saturday, sunday = "2026-03-28", "2026-03-29"
    late, early = day(f"{saturday}T08:00", "W5:00 B1:00 W4:00"), day(f"{sunday}T05:30", "W4:00")

    assert broken(VAN, late, early) == {"daily rest"}  # 18:00 to 05:30 is 10:30 that night
    assert broken(VAN, late, day(f"{sunday}T06:00", "W4:00")) == set()


def test_a_short_weekly_rest_is_made_up_for_by_the_end_of_the_third_week():
    short = [*week("2026-03-02T06:00", "D4:30 B0:45 W2:00"), *day("2026-03-07T06:00", "W5:00")]
    sunday = day("2026-03-08T20:00", "W1:00")  # 33 hours after Saturday's end: twelve are owed
    full = [
        [*week(f"{monday}T10:00", "D4:30 B0:45 W2:00"), *day(f"{saturday}T08:00", "W4:00")]
        for monday, saturday in (
            ("2026-03-09", "2026-03-14"), ("2026-03-16", "2026-03-21"), ("2026-03-23", "2026-03-28"),
            ("2026-03-30", "2026-04-04"),
        )
    ]  # fmt: skip

    assert broken(EU, short, sunday, *full[:2]) == set()  # the record ends before it is due
    assert broken(EU, short, sunday, *full) == {"weekly rest compensated"}
    assert broken(EU, short, sunday, *full[:2], full[3]) == set()  # a week off pays it back


def test_every_week_needs_its_weekly_rest():
    weeks = [week(f"{monday}T06:00", "W5:00 B0:30 W3:00", 7) for monday in ("2026-03-02", "2026-03-09", "2026-03-16")]

    assert broken(EU, *weeks) >= {"weekly rest", "weekly rest begins late"}
    assert broken(VAN, *weeks) == {"weekly rest"}


def test_us_work_interrupts_driving_but_not_the_fourteen_hours():
    assert broken(US, day("2026-03-02T06:00", "D8:00 W0:30 D3:00")) == set()
    assert broken(US, day("2026-03-02T06:00", "D8:00 W0:29 D0:01")) == {"interruption of driving"}
    assert broken(US, day("2026-03-02T06:00", "D5:00 B4:00 D5:00 W2:00")) == set()
    assert broken(US, day("2026-03-02T06:00", "D5:00 B4:00 W5:00 D0:01")) == {"fourteen-hour window"}
    assert broken(SHORT_HAUL, day("2026-03-02T06:00", "D9:00 W5:01")) == {"fourteen-hour window"}


def test_us_seventy_hours_start_again_after_thirty_four():
    twelve = [day(f"2026-03-{d:02d}T06:00", "W8:00 D4:00") for d in range(2, 8)]

    assert broken(US, *twelve[:5]) == set()
    assert broken(US, *twelve) == {"seventy hours in eight days"}
    assert broken(US, *twelve[:5], day("2026-03-08T04:00", "W8:00 D4:00")) == set()


@pytest.mark.parametrize("label", READINGS)
@pytest.mark.parametrize("seed", range(0, 40, 10))
def test_the_validator_agrees_with_the_law_read_minute_by_minute(label, seed):
    on, reading = READINGS[label]
    rules = rule_set(label.split()[0], on)

    for one in range(seed, seed + 10):
        roster = random_roster(one)
        seen = minutes([(a.kind, a.begins, a.ends) for a in roster.activities], roster.zone)

        assert agreed({breach.rule for breach in breaches(rules, roster)}, seen) == reading(seen), f"roster {one}"


def test_the_minute_by_minute_reading_notices_a_law_that_is_a_minute_off():
    driving, on_end = EU.breaks
    rest, weekly = EU.daily_rest, EU.weekly_rest
    assert weekly is not None
    assert weekly.latest is not None
    off = [
        replace(EU, breaks=(replace(driving, length=Seconds(driving.length - 60)), on_end)),
        replace(EU, breaks=(replace(driving, after=Seconds(driving.after + 60)), on_end)),
        replace(EU, breaks=(driving, replace(on_end, after=Seconds(on_end.after + 60)))),
        replace(EU, daily_rest=replace(rest, reduced=Seconds(rest.reduced - 60))),
        replace(EU, weekly_rest=replace(weekly, reduced=Seconds(weekly.reduced - 60))),
        replace(EU, weekly_rest=replace(weekly, latest=Seconds(weekly.latest + 60))),
    ]
    noticed = set()
    for seed in range(60):
        roster = random_roster(seed)
        seen = minutes([(a.kind, a.begins, a.ends) for a in roster.activities], roster.zone)
        truth = READINGS["eu-561"][1](seen)
        assert agreed({b.rule for b in breaches(EU, roster)}, seen) == truth
        noticed |= {k for k, law in enumerate(off) if agreed({b.rule for b in breaches(law, roster)}, seen) != truth}

    assert noticed == set(range(len(off)))

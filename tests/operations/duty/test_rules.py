from datetime import date

import pytest

from doorstep.adapters.problem_parts import MOST_PARTS
from doorstep.domain.errors import YourInput
from doorstep.operations.duty.rules import rule_set, rule_sets


@pytest.mark.parametrize("rules", rule_sets("2026-10-01"), ids=lambda rules: rules.name)
def test_every_set_says_where_it_stands_whom_it_binds_and_what_it_leaves_out(rules):
    laws = [
        *rules.breaks, *rules.day_breaks, rules.daily_driving, rules.daily_rest, rules.weekly_rest, *rules.totals,
        rules.night, rules.window, rules.cycle,
    ]  # fmt: skip

    assert rules.sources
    assert rules.applies
    assert rules.not_covered
    assert all(any(c.isdigit() for c in law.article) for law in laws if law)


def test_the_us_break_rule_changed_in_september_2020():
    before, after = rule_set("us-395", "2020-09-28").breaks[0], rule_set("us-395", "2020-09-29").breaks[0]

    assert (before.counted, before.pause) == ("elapsed", "free")
    assert (after.counted, after.pause) == ("driving", "not_driving")


def test_light_vans_across_borders_are_in_scope_from_july_2026():
    scopes = rule_set("eu-561", "2026-07-01").applies

    assert [scope.since for scope in scopes if "2.5 t" in scope.whom] == [date(2026, 7, 1)]


def test_the_carrier_says_which_us_cycle_counts():
    every_day, not_every_day = (rule_set("us-395", "2026-10-01", runs_every_day=told).cycle for told in (True, False))

    assert every_day is not None
    assert not_every_day is not None
    assert (every_day.days, every_day.most // 3600) == (8, 70)
    assert (not_every_day.days, not_every_day.most // 3600) == (7, 60)


def test_an_unknown_set_and_a_day_before_its_time_are_refused_in_a_sentence():
    with pytest.raises(YourInput, match="among eu-561, eu-van, us-395"):
        rule_set("uk", "2026-10-01")
    with pytest.raises(YourInput, match="2014-12-16"):
        rule_set("us-395", "2001-01-01")


def test_no_law_splits_a_break_into_more_parts_than_a_problem_may_have():
    for day in ("2016-01-01", "2026-03-02"):
        assert all(len(law.split) <= MOST_PARTS for rules in rule_sets(day) for law in rules.breaks)

"""What a peer is told of travel: several proxies, each with the whole budget, the best of which counts."""

from collections.abc import Mapping
from typing import Any

from benchmarks.bench_true_price import asked, best_told
from benchmarks.race import Race

SIZE = {"days": [{"kind": "parcel", "stops": 200, "cpu_seconds": 15}], "seeds": [11]}


def of_peer(found: Mapping[Race, Mapping[str, Any]]) -> list[str]:
    return [race.name.removeprefix("parcel-200 ") for race in asked(SIZE, found) if race.method == "ortools"]


def told(**costs: int | None) -> dict[Race, dict[str, Any]]:
    """Return what a peer found with each proxy; None where the checker refused it."""
    names = {proxy: f"parcel-200 {proxy.replace('_', ' ')}" for proxy in costs}
    answers = {proxy: {"refused": "late"} if cost is None else {"cost": cost} for proxy, cost in costs.items()}
    return {Race("ortools", names[proxy], 11, 15): answers[proxy] for proxy in costs}


def test_every_proxy_is_tried_and_slacks_in_turn_up_to_the_first_that_holds() -> None:
    assert of_peer({}) == ["mean", "busiest", "soft", "slack 300"]
    assert of_peer(told(slack_300=None))[-2:] == ["slack 300", "slack 600"]
    assert of_peer(told(mean=None, busiest=None, soft=None, slack_300=9))[-2:] == ["soft", "slack 300"]
    assert of_peer(told(slack_300=None, slack_600=None, slack_1200=None, slack_2400=None))[-1] == "slack 2400"


def test_our_own_search_is_told_nothing_but_the_day() -> None:
    assert [race.name for race in asked(SIZE, {}) if race.method == "ours"] == ["parcel-200"]


def test_the_cheapest_plan_that_holds_counts_whatever_led_to_it() -> None:
    best = best_told(told(mean=None, busiest=120, slack_300=110))["parcel-200", 11, "ortools"]

    assert (best["cost"], best["proxy"]) == (110, "slack 300")


def test_where_no_plan_holds_the_first_reason_is_told() -> None:
    best = best_told(told(mean=None, busiest=None))["parcel-200", 11, "ortools"]

    assert (best["refused"], best["proxy"]) == ("late", "mean")

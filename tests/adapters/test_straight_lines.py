"""Legs by straight lines and legs that were kept: asked for one by one they are what a matrix of them says."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.adapters.instances.benchmark import euclidean
from doorstep.adapters.instances.coordinates import straight_legs
from doorstep.adapters.kept_legs import KeptLegs
from doorstep.adapters.straight_lines import FlatLines, GlobeLines
from doorstep.adapters.strict_json import Spot
from doorstep.adapters.travel_files import travel_of
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.travel import MOST_ASKED, AskedTimes, TravelTimes


def places(seed: int, n: int) -> list[Place]:
    rng = np.random.default_rng(seed)
    return [Place(8.0 + float(x), 50.0 + float(y)) for x, y in rng.uniform(-0.2, 0.2, size=(n, 2))]


def lines(seed: int, n: int) -> GlobeLines:
    return GlobeLines.of(places(seed, n), detour=1.4, metres_per_second=(11.0, 7.0), edges=(0, 30_000))


def flat(seed: int, n: int) -> FlatLines:
    xy = np.random.default_rng(seed).uniform(0, 1000, size=(n, 2))
    return FlatLines(xy, 10, "down", 10)


@given(seed=st.integers(0, 10**6), n=st.integers(2, 30))
def test_a_leg_asked_for_alone_is_the_matrix_s(seed, n):
    for legs in (lines(seed, n), flat(seed, n)):
        asked = AskedTimes(legs, range(n))
        whole = TravelTimes(asked.edges, asked.seconds, asked.metres)
        leaves = [29_000, 29_990, 40_000]

        for start, end in [(0, n - 1), (n - 1, 0), (n // 2, n // 2)]:
            assert [asked.arrival(start, end, at) for at in leaves] == [whole.arrival(start, end, at) for at in leaves]
            assert asked.distance(start, end, 0) == whole.distance(start, end, 0)
        assert int(asked.seconds.max()) <= legs.longest()[0]
        assert int(asked.metres.max()) <= legs.longest()[1]


@given(seed=st.integers(0, 10**6))
def test_a_part_of_a_part_is_told_by_the_same_legs(seed):
    asked = AskedTimes(lines(seed, 20), range(20))
    part = asked.between([3, 1, 19, 7]).between([2, 0])

    assert (part.seconds == asked.seconds[:, [19, 3]][:, :, [19, 3]]).all()
    assert copy.copy(part).leg_metres(0, 0, 1) == asked.metres[0, 19, 3]


def test_lines_are_those_that_formats_without_matrices_are_planned_by():
    at = places(1, 40)
    known = straight_legs(at, metres_per_second=40 / 3.6, detour=1.4)
    asked = GlobeLines.of(at, detour=1.4, metres_per_second=(40 / 3.6,)).times()
    map_ = flat(1, 40)

    assert (asked.seconds == known.seconds).all()
    assert (asked.metres == known.metres).all()
    for rounding in ("nearest", "up", "down"):
        legs = FlatLines(map_.xy, 10, rounding, 1).table(range(40), range(40))
        assert (legs[1, 0] == euclidean(map_.xy, scale=10, rounding=rounding)).all()
        assert (legs[0, 0] == euclidean(map_.xy, scale=1, rounding=rounding)).all()


def test_what_was_asked_for_is_kept_and_no_more():
    asked = lines(2, 9).times()
    asked.ask([0, 4, 7], [4, 7, 0])
    kept = KeptLegs.of(asked).times()

    assert [kept.leg_seconds(1, a, b) for a, b in [(0, 4), (4, 7), (7, 0), (5, 5)]] == [
        asked.leg_seconds(1, a, b) for a, b in [(0, 4), (4, 7), (7, 0), (5, 5)]
    ]
    assert kept.name == asked.name
    with pytest.raises(YourInput, match="from place 4 to 0, but of this day only the legs of its own plan"):
        kept.leg_metres(0, 4, 0)


def test_nobody_builds_the_matrix_of_a_large_area():
    n = MOST_ASKED + 1
    asked = flat(3, n)
    times = AskedTimes(asked, range(n))

    assert times.arrival(0, n - 1, 100) > 100
    with pytest.raises(YourInput, match="at most 10,000 places for a whole matrix of travel, got 10,001"):
        _ = times.seconds


def test_more_slots_than_there_is_room_for_are_refused_in_a_sentence(tmp_path):
    lines = {"edges": list(range(5000)), "metres_per_second": [10.0] * 5000}
    asked = Spot({"times": {"car": {"lines": lines}}}, "problem")

    with pytest.raises(YourInput, match="5000 slots of 600 places"):
        travel_of(asked.at("times"), ["a place"] * 600, {"car"}, tmp_path, places(1, 600))

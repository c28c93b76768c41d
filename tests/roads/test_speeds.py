from itertools import pairwise

import pytest

from doorstep.domain.errors import YourInput
from doorstep.domain.speeds import MAXSPEED_SHARE, SlotSpeeds
from doorstep.domain.streets import Street
from doorstep.roads.speeds import DEFAULT_SPEEDS, FREE_FLOW_KMH, WEEKDAY_FACTORS, slot_speeds


def street(highway: str, maxspeed_kmh: int = 0) -> Street:
    return Street(1, "", highway, 0, maxspeed_kmh, (0, 1))


def test_the_default_curve_says_that_it_is_an_assumption():
    assert DEFAULT_SPEEDS.source.startswith("assumption")
    assert len(DEFAULT_SPEEDS.edges) == 6
    assert all(a < b for a, b in pairwise(DEFAULT_SPEEDS.edges))


def test_every_class_with_a_speed_has_factors_and_is_slowest_in_a_rush_hour():
    assert set(FREE_FLOW_KMH) == set(WEEKDAY_FACTORS)
    for row in WEEKDAY_FACTORS.values():
        assert row[0] == 1.0
        assert min(row) in (row[2], row[4])


def test_a_tagged_limit_beats_the_class_and_traffic_takes_its_share():
    assert DEFAULT_SPEEDS.kmh(street("primary"), 0) == 65
    assert DEFAULT_SPEEDS.kmh(street("primary", 50), 0) == pytest.approx(50 * MAXSPEED_SHARE)
    assert DEFAULT_SPEEDS.kmh(street("primary", 50), 2) == pytest.approx(50 * MAXSPEED_SHARE * 0.6)


def test_an_unknown_class_is_driven_like_an_unclassified_road():
    assert DEFAULT_SPEEDS.kmh(street("busway"), 4) == DEFAULT_SPEEDS.kmh(street("unclassified"), 4)


def test_no_street_stands_still():
    speeds = slot_speeds([0], {"living_street": [0.01]})

    assert speeds.kmh(street("living_street"), 0) == 1.0


def test_a_companys_own_slots_keep_their_source_and_leave_other_classes_free():
    speeds = slot_speeds([0, 28_800], {"primary": [1, 0.5]}, "our own pings")

    assert speeds.source == "our own pings"
    assert speeds.kmh(street("primary"), 1) == 32.5
    assert speeds.kmh(street("residential"), 1) == FREE_FLOW_KMH["residential"]


@pytest.mark.parametrize(
    ("edges", "factors"),
    [([10], {}), ([0, 0], {}), ([], {}), ([0], {"primary": [1, 1]}), ([0], {"primary": [0]}), ([0], {"primary": [3]})],
)
def test_slots_and_factors_that_cannot_be_are_refused_in_a_sentence(edges, factors):
    with pytest.raises(YourInput, match=r"Expected .* got"):
        slot_speeds(edges, factors)


def test_a_free_flow_speed_no_van_drives_is_refused():
    with pytest.raises(YourInput, match="1 to 200 km/h"):
        SlotSpeeds(DEFAULT_SPEEDS.edges, {"unclassified": 900}, WEEKDAY_FACTORS, "test")

"""People live on real streets too, and only where people live."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from doorstep.adapters.osm_files import read_streets
from doorstep.domain.streets import StreetMap
from doorstep.town.errors import BadTown
from doorstep.town.hidden import hidden
from doorstep.town.people import REACH_M, settle
from doorstep.town.streets import draw


def test_people_differ_but_are_the_same_for_the_same_seed():
    streets = draw(1, km=3)
    first, second = (settle(1, hidden(null=False), streets, 60, 30).recipients for _ in range(2))

    assert np.array_equal(first.chance, second.chance)
    assert len(set(zip(first.lon.tolist(), first.lat.tolist(), strict=True))) == len(first.ids)
    assert set(first.kind.tolist()) == {0, 1, 2}


def test_chances_stay_chances_and_a_null_door_has_one():
    streets = draw(1, km=3)
    chance = settle(1, hidden(null=False), streets, 60, 30).recipients.chance
    null = settle(1, hidden(null=True), streets, 60, 30).recipients.chance

    assert chance.min() > 0
    assert chance.max() < 1
    assert np.ptp(chance, axis=2).max() > 0.3
    assert np.ptp(null, axis=2).max() == 0


def test_a_map_without_homes_is_refused():
    bare = draw(1, km=2)
    arterials = tuple(s for s in bare.streets if s.highway in {"primary", "secondary"})

    with pytest.raises(BadTown, match="streets people live on"):
        settle(1, hidden(null=False), StreetMap(bare.node_ids, bare.lon, bare.lat, arterials), 60, 30)


def test_a_map_that_is_too_small_is_refused():
    with pytest.raises(BadTown, match="fewer orders a day"):
        settle(1, hidden(null=False), draw(1, km=1), 3_000, 30)


@pytest.mark.data
@pytest.mark.slow
def test_people_live_near_the_centre_of_porto(shared_data: Callable[[str], Path]):
    osm = shared_data("osm_extracts/porto_portugal_2015.osm.pbf")
    people = settle(1, hidden(null=False), read_streets(osm), 400, 90)
    home = people.recipients

    assert len(home.ids) == 3_000
    assert np.hypot(home.east, home.north).max() <= REACH_M + 20
    assert abs(home.lon.mean() + 8.61) < 0.1
    assert abs(home.lat.mean() - 41.16) < 0.1

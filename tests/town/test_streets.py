"""The drawn streets hang together, lie nowhere, and are the same for the same seed."""

import numpy as np

from doorstep.adapters.osm_files import read_streets, write_streets
from doorstep.town.network import largest_part, reachable
from doorstep.town.streets import ATTRIBUTION, draw


def test_everybody_reaches_everybody_with_one_ways_obeyed():
    for seed in range(5):
        streets = draw(seed, km=4)

        assert reachable(streets).all()
        assert any(street.oneway for street in streets.streets)


def test_a_one_way_out_of_a_piece_cuts_it_off():
    streets = draw(1, km=2)
    n = len(streets.node_ids)
    dead_end = type(streets.streets[0])(1, "", "residential", 1, 0, (0, n))

    part = largest_part(n + 1, (*streets.streets, dead_end))

    assert part[:n].all()
    assert not part[n]


def test_a_town_of_seven_kilometres_has_the_size_asked_for():
    streets = draw(2)

    assert 3_000 <= len(streets.node_ids) <= 5_000
    assert len(streets.addresses) > 5_000
    assert streets.attribution == ATTRIBUTION
    assert {street.highway for street in streets.streets} >= {
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "residential",
    }


def test_it_lies_in_the_open_ocean_at_true_scale():
    streets = draw(2)
    high = (streets.lat.max() - streets.lat.min()) * 111.2
    wide = (streets.lon.max() - streets.lon.min()) * 111.2 * np.cos(np.radians(45))

    assert abs(streets.lon.mean() + 30) < 0.1
    assert 6 < high < 9
    assert 6 < wide < 9


def test_few_bridges_cross_the_river():
    streets = draw(4)
    water = next(area for area in streets.areas if area.kind == "water")
    bank = np.array([(place.lon, place.lat) for place in water.ring])
    half = len(bank) // 2
    line = (bank[:half] + bank[::-1][1 : half + 1]) / 2
    order = np.argsort(line[:, 0])
    level = np.interp(streets.lon, line[order, 0], line[order, 1])
    above = streets.lat > level
    crossings = sum(
        bool(above[a] != above[b]) for s in streets.streets for a, b in zip(s.nodes, s.nodes[1:], strict=False)
    )

    assert 2 <= crossings <= 5


def test_the_same_seed_draws_the_same_town_and_another_another():
    assert draw(7, km=3).streets == draw(7, km=3).streets
    assert draw(7, km=3).streets != draw(8, km=3).streets


def test_the_map_survives_an_osm_file(tmp_path):
    drawn = draw(5, km=2)
    write_streets(drawn, tmp_path / "s.osm.pbf")
    read = read_streets(tmp_path / "s.osm.pbf")

    assert len(read.streets) == len(drawn.streets)
    assert len(read.addresses) == len(drawn.addresses)
    assert read.attribution == ATTRIBUTION
    assert reachable(read).all()

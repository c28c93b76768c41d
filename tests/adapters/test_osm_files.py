import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import osmium
import pytest

from doorstep.adapters.osm_files import OSM_ATTRIBUTION, read_streets, write_streets
from doorstep.domain.errors import Outside, YourInput
from doorstep.domain.places import Place
from doorstep.domain.streets import Address, Area, Street, StreetMap

FORMATS = ("town.osm.pbf", "town.osm", "town.osm.gz", "town.osm.bz2")

XML = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6" generator="JOSM">
 <node id="1" version="1" lat="41.0" lon="-8.0"/>
 <node id="2" version="1" lat="41.0" lon="-8.001"/>
 <node id="3" version="1" lat="41.001" lon="-8.001"/>
 <node id="4" version="1" lat="41.001" lon="-8.0"><tag k="addr:housenumber" v="7"/>
  <tag k="addr:street" v="Rua do Sol"/><tag k="addr:postcode" v="4050-001"/><tag k="addr:city" v="Porto"/></node>
 <node id="5" version="1" lat="41.002" lon="-8.0"><tag k="addr:housenumber" v="1"/></node>
 <node id="6" version="1" lat="41.002" lon="-8.001"><tag k="addr:housenumber" v="9"/></node>
 {ways}
</osm>
"""


def way(number: int, nodes: str, **tags: str) -> str:
    refs = "".join(f'<nd ref="{node}"/>' for node in nodes.split())
    told = "".join(f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in tags.items())
    return f'<way id="{number}" version="1">{refs}{told}</way>'


def read_xml(folder: Path, *ways: str) -> StreetMap:
    path = folder / "hand.osm"
    path.write_text(XML.format(ways="".join(ways)), encoding="utf-8")
    return read_streets(path)


def town() -> StreetMap:
    return StreetMap(
        np.array([11, 12, 13, 40]),
        np.array([-8.6, -8.61, -8.62, -8.63]),
        np.array([41.1, 41.11, 41.12, 41.13]),
        (
            Street(3, "Rua do Sol", "residential", 0, 0, (0, 1, 2)),
            Street(7, "", "service", 1, 20, (2, 3)),
            Street(9, 'Avenida <&> "Nova"', "primary", -1, 50, (3, 0)),
        ),
        (Address(Place(-8.6, 41.105), "Rua do Sol", "12-14", "4050-001", "Porto"),),
        (
            Area("water", (Place(-8.6, 41.1), Place(-8.61, 41.1), Place(-8.61, 41.11), Place(-8.6, 41.1))),
            Area("park", (Place(-8.7, 41.1), Place(-8.71, 41.1), Place(-8.71, 41.11))),
            Area("river", (Place(-8.6, 41.2), Place(-8.7, 41.2))),
        ),
        "A town that never was",
    )


@pytest.mark.parametrize("name", FORMATS)
def test_a_written_town_is_read_back_as_it_was(tmp_path, name):
    write_streets(town(), tmp_path / name)
    back = read_streets(tmp_path / name)

    assert back.streets == town().streets
    assert back.node_ids.tolist() == town().node_ids.tolist()
    assert np.allclose(back.lon, town().lon, atol=1e-7)
    assert np.allclose(back.lat, town().lat, atol=1e-7)
    assert back.addresses == town().addresses
    assert Counter(area.kind for area in back.areas) == {"water": 1, "park": 1, "river": 1}
    assert back.attribution == "A town that never was"


def test_a_town_written_twice_overwrites_the_first(tmp_path):
    path = tmp_path / "town.osm.pbf"
    path.write_bytes(b"something else")
    write_streets(town(), path)

    assert len(read_streets(path).streets) == 3


def test_a_map_of_others_names_openstreetmap(tmp_path):
    assert read_xml(tmp_path, way(1, "1 2", highway="residential")).attribution == OSM_ATTRIBUTION


@pytest.mark.parametrize(
    ("tags", "oneway"),
    [
        ({"highway": "residential"}, 0),
        ({"highway": "residential", "oneway": "yes"}, 1),
        ({"highway": "residential", "oneway": "1"}, 1),
        ({"highway": "residential", "oneway": "-1"}, -1),
        ({"highway": "residential", "junction": "roundabout"}, 1),
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway", "oneway": "no"}, 0),
        ({"highway": "residential", "oneway": "no"}, 0),
    ],
)
def test_one_ways_are_read_tagged_or_implied(tmp_path, tags, oneway):
    (street,) = read_xml(tmp_path, way(1, "1 2 3", **tags)).streets

    assert street.oneway == oneway


@pytest.mark.parametrize(
    ("tag", "kmh"),
    [("50", 50), ("30 mph", 48), ("30mph", 48), ("50 km/h", 50), ("PT:urban", 50), ("none", 0), ("signals", 0),
     ("", 0), ("50;30", 50), ("-5", 0), ("999", 0), ("five", 0)],
)  # fmt: skip
def test_limits_are_read_in_km_h_and_in_miles(tmp_path, tag, kmh):
    (street,) = read_xml(tmp_path, way(1, "1 2", highway="tertiary", maxspeed=tag)).streets

    assert street.maxspeed_kmh == kmh


def test_paths_and_closed_roads_are_not_streets_unless_motor_vehicles_may_pass(tmp_path):
    streets = read_xml(
        tmp_path,
        way(1, "1 2", highway="footway"),
        way(2, "1 2", highway="service", access="no"),
        way(3, "1 2", highway="service", access="no", motor_vehicle="yes"),
        way(4, "1 2", highway="residential", motor_vehicle="no"),
        way(5, "1 2", highway="residential", name="Rua do Sol"),
    ).streets

    assert [street.way_id for street in streets] == [3, 5]


def test_house_numbers_come_from_nodes_buildings_and_ends_of_interpolation_ways(tmp_path):
    found = read_xml(
        tmp_path,
        way(1, "1 2", highway="residential"),
        way(2, "1 2 3 4 1", building="yes", addr__housenumber="12", addr__street="Rua da Lua"),
        way(3, "5 6", addr__interpolation="odd", addr__street="Rua Nova"),
    ).addresses

    assert {(a.street, a.number) for a in found} == {
        ("Rua do Sol", "7"), ("Rua da Lua", "12"), ("Rua Nova", "1"), ("Rua Nova", "9"),
    }  # fmt: skip
    building = next(a for a in found if a.number == "12")
    assert (building.place.lon, building.place.lat) == pytest.approx((-8.0005, 41.0005))
    assert next(a for a in found if a.number == "7").postcode == "4050-001"


def test_nodes_that_a_clipped_extract_lost_are_left_out(tmp_path):
    (street,) = read_xml(tmp_path, way(1, "1 2 999 3", highway="residential")).streets

    assert len(street.nodes) == 3


def whole(folder: Path) -> bytes:
    write_streets(town(), folder / "whole.osm.pbf")
    return (folder / "whole.osm.pbf").read_bytes()


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("cut.osm.pbf", lambda good: good[: len(good) // 2]),
        ("cut-head.osm.pbf", lambda good: good[:10]),
        ("noise.osm.pbf", lambda good: bytes(range(256)) * 8),
        ("flipped.osm.pbf", lambda good: good[:200] + bytes(50) + good[250:]),
        ("text.osm", lambda good: b"order_id,lon,lat\n1,2,3\n"),
        ("cut.osm", lambda good: XML.format(ways="").encode()[:200]),
        ("noise.osm.gz", lambda good: b"not gzip at all"),
        ("cut.osm.gz", lambda good: gzip.compress(XML.format(ways=way(1, "1 2", highway="service")).encode())[:100]),
        ("noise.osm.bz2", lambda good: b"BZh9 not really"),
        ("empty.osm.pbf", lambda good: b""),
        ("pbf-in-disguise.osm", lambda good: good),
        ("no-streets.osm", lambda good: XML.format(ways=way(1, "1 2", highway="footway")).encode()),
    ],
)
def test_a_damaged_file_gets_a_sentence_that_names_it(tmp_path, name, broken):
    path = tmp_path / name
    path.write_bytes(broken(whole(tmp_path)))

    with pytest.raises(YourInput, match=rf"Expected .*{name}.*; "):
        read_streets(path)


def test_a_missing_file_a_folder_and_another_kind_get_a_sentence(tmp_path):
    (tmp_path / "streets.csv").write_text("a,b")

    with pytest.raises(YourInput, match="found nothing there"):
        read_streets(tmp_path / "absent.osm.pbf")
    with pytest.raises(YourInput, match="found a folder there"):
        read_streets(tmp_path)
    with pytest.raises(YourInput, match=r"ending in \.osm\.pbf.*got streets\.csv"):
        read_streets(tmp_path / "streets.csv")
    with pytest.raises(YourInput, match=r"ending in \.osm\.pbf"):
        write_streets(town(), tmp_path / "town.json")


def test_a_disk_that_refuses_is_the_outsides_fault(tmp_path):
    with pytest.raises(Outside, match="the disk refused"):
        write_streets(town(), tmp_path / "absent" / "town.osm.pbf")


@pytest.mark.parametrize("name", FORMATS)
def test_what_we_write_is_sorted_as_other_readers_expect(tmp_path, name):
    write_streets(town(), tmp_path / name)
    seen = [(thing.type_str(), thing.id) for thing in osmium.FileProcessor(str(tmp_path / name))]

    assert seen == sorted(seen, key=lambda one: ("nwr".index(one[0]), one[1]))


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "streets", "addresses"),
    [
        pytest.param("porto_portugal_2015.osm.pbf", 40_000, 60, marks=pytest.mark.slow),
        ("monaco.osm.pbf", 1_500, 50),
        ("helsinki_centre.osm.pbf", 800, 1_400),
        ("north_bayreuth.osm.gz", 800, 750),
        ("berlin_siegessaeule.osm.gz", 30, 4),
    ],
)
def test_real_extracts_hold_the_streets_and_houses_counted_in_them(shared_data, name, streets, addresses):
    found = read_streets(shared_data("osm_extracts") / name)

    assert len(found.streets) >= streets
    assert len(found.addresses) >= addresses
    assert found.attribution == OSM_ATTRIBUTION
    assert max(max(street.nodes) for street in found.streets) < len(found.node_ids)

"""A village on a plane: Rua do Sol with numbers 1 to 21 on its odd side, and what people write on parcels."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.adapters.osm_files import read_streets
from doorstep.domain.places import Place, crow_metres
from doorstep.domain.streets import Address, Street, StreetMap
from doorstep.roads.addresses import Geocoder

STEP = 0.0002


def line(lon: float, lat: float, count: int = 11) -> list[tuple[float, float]]:
    return [(lon + i * STEP, lat) for i in range(count)]


def village() -> StreetMap:
    lines = [
        ("Rua do Sol", line(0.0, 41.0)),
        ("Rua da Lua", line(0.0, 41.002)),
        ("Rua da Igreja", line(0.0, 41.01)),
        ("Rua da Igreja", line(0.2, 41.2)),
        ("Avenida da Boavista", line(0.0, 41.02, 120)),
    ]
    points = [point for _, corners in lines for point in corners]
    streets, begin = [], 0
    for i, (name, corners) in enumerate(lines):
        streets.append(Street(i + 1, name, "residential", 0, 0, tuple(range(begin, begin + len(corners)))))
        begin += len(corners)
    known = [(1, 0), (5, 2), (21, 10)]
    houses = [Address(Place(i * STEP, 41.0001), "Rua do Sol", str(number), "4050-001") for number, i in known]
    houses += [Address(Place(0.0, 40.9999), "Rua do Sol", "2", "4050-001")]
    houses += [Address(Place(0.2, 41.2001), "Rua da Igreja", "9", "4900-100", "Fora")]
    houses += [Address(Place(0.001, 41.0021), "Passeio Alegre", "3a", "4050-002")]
    lon, lat = np.array(points).T
    return StreetMap(np.arange(1, len(points) + 1), lon, lat, tuple(streets), tuple(houses))


@pytest.fixture(scope="module")
def geocoder() -> Geocoder:
    return Geocoder(village())


def test_a_house_on_the_map_is_found_with_certainty(geocoder):
    match = geocoder.find("R. do Sol 5, 4050-001 Porto")

    assert match.place == Place(2 * STEP, 41.0001)
    assert (match.how, match.confidence, match.label, match.doubtful) == ("house number", 1.0, "Rua do Sol 5", False)


def test_street_number_and_postcode_may_come_apart(geocoder):
    assert geocoder.find("rua do sol", number="21", postcode="4050-001").place == Place(10 * STEP, 41.0001)


def test_a_missing_number_lies_between_its_neighbours_of_the_same_side(geocoder):
    match = geocoder.find("Rua do Sol 13")

    assert match.how == "interpolated"
    assert match.place is not None
    assert match.place.lon == pytest.approx(6 * STEP)
    assert match.place.lat == pytest.approx(41.0001)
    assert not match.doubtful


def test_a_number_beyond_all_known_ones_is_only_the_street(geocoder):
    match = geocoder.find("Rua do Sol 99")

    assert match.how == "street"
    assert match.place in {Place(i * STEP, 41.0) for i in range(11)}


def test_a_short_street_without_numbers_is_good_enough_and_a_long_one_is_doubtful(geocoder):
    short, long = geocoder.find("Rua da Lua 4"), geocoder.find("Av. Boavista 1200")

    assert (short.how, long.how) == ("street", "street")
    assert not short.doubtful
    assert long.doubtful


def test_a_slip_of_the_pen_is_forgiven_but_costs_confidence(geocoder):
    match = geocoder.find("Rua do Soll 5")

    assert match.how == "house number"
    assert match.confidence < 1.0


def test_a_name_that_two_villages_share_is_doubtful_without_a_postcode(geocoder):
    alone, told = geocoder.find("Rua da Igreja"), geocoder.find("Rua da Igreja, 4900-100 Fora")

    assert alone.doubtful
    assert told.place is not None
    assert crow_metres(told.place, Place(0.2, 41.2)) < 500
    assert told.confidence > alone.confidence


def test_only_one_of_two_villages_has_the_number(geocoder):
    assert geocoder.find("Rua da Igreja 9").place == Place(0.2, 41.2001)


def test_a_square_where_nobody_drives_is_found_by_its_houses(geocoder):
    assert geocoder.find("Passeio Alegre 3A").how == "house number"


def test_a_street_nobody_knows_falls_back_to_its_postcode_and_is_doubtful(geocoder):
    match = geocoder.find("Quinta Esquecida 7, 4050-001")

    assert match.how == "postcode"
    assert match.doubtful
    assert match.place is not None
    assert crow_metres(match.place, Place(4 * STEP, 41.0)) < 200


@pytest.mark.parametrize(
    "text", ["", "   ", "???", "12345678901234567890", "Quinta Esquecida", ",,,", "4999-999", "ñ" * 500]
)
def test_what_is_not_there_is_nothing_and_says_so(geocoder, text):
    match = geocoder.find(text)

    assert (match.place, match.confidence, match.how) == (None, 0.0, "nothing")
    assert match.doubtful


@given(st.text(max_size=60))
def test_no_text_breaks_the_search(text):
    match = _SHARED.find(text)

    assert 0 <= match.confidence <= 1
    assert (match.place is None) == (match.how == "nothing")


_SHARED = Geocoder(village())


@pytest.mark.data
@pytest.mark.parametrize("name", ["helsinki_centre.osm.pbf", "north_bayreuth.osm.gz"])
def test_half_of_the_real_houses_are_found_from_the_other_half(shared_data, name):
    """What isn't called doubtful lies near the door; the limits leave half as much again over what was measured."""
    streets = read_streets(shared_data("osm_extracts") / name)
    houses = [streets.addresses[i] for i in np.random.default_rng(5).permutation(len(streets.addresses))]
    known, hidden = houses[: len(houses) // 2], houses[len(houses) // 2 :][:300]
    geocoder = Geocoder(replace(streets, addresses=tuple(known)))
    found = [(geocoder.find(f"{a.street} {a.number}, {a.postcode} {a.city}"), a.place) for a in hidden]
    off = [crow_metres(match.place, true) for match, true in found if match.place and not match.doubtful]
    between = [crow_metres(m.place, true) for m, true in found if m.place and m.how == "interpolated"]

    assert len(off) > 0.8 * len(hidden)
    assert np.median(between) < 45
    assert np.quantile(off, 0.9) < 200

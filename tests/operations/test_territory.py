from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from tests.operations.problems import random_problem

from doorstep.domain.places import Place
from doorstep.domain.problem import Problem
from doorstep.domain.units import Metres
from doorstep.operations.territory import (
    HomeArea,
    compactness,
    home_areas,
    territory_prices,
    with_territories,
)


def on_a_line(metres: list[int]) -> Problem:
    """Return a problem whose stops lie so far east of the depot, on the equator."""
    problem = random_problem(np.random.default_rng(1), len(metres))
    places = (Place(0, 0), *(Place(m / 111_195, 0) for m in metres))
    stops = tuple(replace(stop, location=k + 1) for k, stop in enumerate(problem.stops))
    return replace(problem, places=places, stops=stops)


def test_the_price_grows_with_the_distance_from_the_home_area_and_is_0_inside():
    problem = on_a_line([500, 2000, 4000])
    area = HomeArea(Place(0, 0), Metres(1000))
    prices = territory_prices(problem, {"h0": area}, 50)["h0"]

    assert prices == {"s1": 50, "s2": 150}


def test_home_is_where_a_driver_usually_delivers():
    problem = on_a_line([0, 0, 0])
    driver = next(s for s in problem.shifts if s.driver_id)
    east = [Place(m / 111_195, 0) for m in (1000, 1100, 1200, 1300, 60_000)]
    area = home_areas(problem, {driver.driver_id or "": east})[driver.shift_id]

    assert area.centre.lon * 111_195 == pytest.approx(1200)
    assert area.radius == pytest.approx(200, abs=2)


def test_compact_routes_are_told_from_tangled_ones():
    problem = random_problem(np.random.default_rng(2), 40)
    where = {s.stop_id: problem.places[s.location] for s in problem.stops}
    by_lon = sorted(where, key=lambda s: (where[s] or Place(0, 0)).lon)
    split = {"h0": by_lon[:20], "h1": by_lon[20:]}
    tangled = {"h0": by_lon[::2], "h1": by_lon[1::2]}

    assert compactness(problem, split).in_another == 0
    assert compactness(problem, split).pairs_overlapping == 0
    assert compactness(problem, tangled).pairs_overlapping == 1
    assert compactness(problem, tangled).in_another > 0.5
    assert compactness(problem, tangled).mean_metres > compactness(problem, split).mean_metres


def test_a_route_inside_its_own_area_pays_little_and_another_much():
    problem = random_problem(np.random.default_rng(2), 40)
    ids = sorted((s.stop_id for s in problem.stops), key=lambda s: int(s[1:]))
    where = {s.stop_id: (problem.places[s.location] or Place(0, 0)).lon for s in problem.stops}
    west, east = sorted(ids, key=where.__getitem__)[:20], sorted(ids, key=where.__getitem__)[20:]
    at = {s.stop_id: problem.places[s.location] or Place(0, 0) for s in problem.stops}
    named = {shift: [at[stop] for stop in stops] for shift, stops in (("h0", west), ("h1", east))}
    priced = with_territories(problem, home_areas(problem, {}, named), 100)

    def territory(sequences: Mapping[str, Sequence[str]]) -> int:
        pairing = priced.valuation.pairing
        return sum(pairing("territory", shift, stop) for shift, stops in sequences.items() for stop in stops)

    assert territory({"h0": west, "h1": east}) < 0.5 * territory({"h0": east, "h1": west})

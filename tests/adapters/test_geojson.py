"""GeoJSON of a plan: by RFC 7946, everything that has a place is where it is."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.adapters.geojson import geojson_document, geojson_text
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Break, PlannedShift, Problem, Stop
from doorstep.domain.streets import Path
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.operations.schedule import schedule

PORTO = (Place(-8.61, 41.15), Place(-8.60, 41.16), Place(-8.62, 41.14))


def _problem(places: Sequence[Place | None] = PORTO) -> Problem:
    n = len(places)
    legs = np.full((1, n, n), 600, np.int32) * (1 - np.eye(n, dtype=np.int32))
    shift = PlannedShift("early", "van-1", "ana", Seconds(28_800), Seconds(43_200), 0, 0, (9,))
    stops = tuple(Stop(f"door-{k}", (f"order-{k}",), k, (), Seconds(120), (1,)) for k in range(1, n))
    return Problem(
        "acme", "hub", "2026-03-02", "Europe/Lisbon", "EUR", ("parcels",), tuple(places), stops, (shift,),
        {"car": TravelTimes((Seconds(0),), legs.astype(np.int32), legs.astype(np.int32))},
        Valuation("cost", (), {}, {s.stop_id: Cents(99) for s in stops}, {"early": Rates(cents_per_hour=3600)}),
    )  # fmt: skip


def _plan(problem: Problem, *halts: str | Break) -> Plan:
    return schedule(problem, {"early": halts}, seed=1, problem_sha256="")


def test_a_plan_is_a_line_a_route_and_a_point_a_visit():
    problem = _problem()
    found = geojson_document(problem, _plan(problem, "door-1", Break(Seconds(900))))
    line, visit, rest, left_out = found["features"]

    assert found["type"] == "FeatureCollection"
    assert line["geometry"] == {
        "type": "LineString", "coordinates": [[-8.61, 41.15], [-8.60, 41.16], [-8.61, 41.15]],
    }  # fmt: skip
    assert line["bbox"] == [-8.61, 41.15, -8.60, 41.16]
    assert line["properties"]["drawn"] == "straight lines"
    assert visit["geometry"] == {"type": "Point", "coordinates": [-8.60, 41.16]}
    assert visit["properties"] == {
        "kind": "stop", "shift": "early", "driver": "ana", "number": 1, "stop": "door-1", "orders": ["order-1"],
        "arrives": "08:10", "starts": "08:10", "leaves": "08:12", "cents": 0, "status": "planned",
    }  # fmt: skip
    assert (rest["properties"]["kind"], rest["properties"]["leaves"]) == ("break", "08:27")
    assert (left_out["properties"]["kind"], left_out["properties"]["cents"]) == ("unserved", 99)
    assert found["bbox"] == [-8.62, 41.14, -8.60, 41.16]
    assert "crs" not in found
    assert "attribution" not in found


def test_roads_are_drawn_where_there_are_any_and_named():
    problem = _problem()
    corner = Place(-8.605, 41.15)

    def paths(places: Sequence[Place], leaves: Sequence[int], profile: str) -> list[Path]:
        assert (leaves, profile) == ([28_800, 28_800 + 720], "car")
        return [Path(Seconds(1), Metres(1), (a, corner, b)) for a, b in pairwise(places)]

    found = geojson_document(problem, _plan(problem, "door-1"), paths=paths, attribution="the map's makers")
    line = found["features"][0]

    assert line["geometry"]["coordinates"] == [
        [-8.61, 41.15], [-8.605, 41.15], [-8.60, 41.16], [-8.605, 41.15], [-8.61, 41.15],
    ]  # fmt: skip
    assert found["attribution"] == line["properties"]["attribution"] == "the map's makers"
    assert line["properties"]["drawn"] == "roads"


def test_what_has_no_place_has_no_geometry():
    problem = _problem((None, None, None))
    found = geojson_document(problem, _plan(problem, "door-1"))

    assert {feature["geometry"] for feature in found["features"]} == {None}
    assert "bbox" not in found


def test_a_line_over_the_antimeridian_is_cut_there():
    problem = _problem((Place(179.0, 10.0), Place(-179.0, 12.0)))
    line = geojson_document(problem, _plan(problem, "door-1"))["features"][0]["geometry"]

    assert line == {
        "type": "MultiLineString",
        "coordinates": [
            [[179.0, 10.0], [180.0, 11.0]],
            [[-180.0, 11.0], [-179.0, 12.0], [-180.0, 11.0]],
            [[180.0, 11.0], [179.0, 10.0]],
        ],
    }


def test_the_same_plan_gives_the_same_text():
    problem = _problem()
    texts = {geojson_text(problem, _plan(problem, "door-2", "door-1")) for _ in range(3)}

    assert len(texts) == 1
    assert json.loads(texts.pop())["features"][0]["id"] == "route early"


def test_a_route_of_one_place_is_still_a_line():
    problem = _problem((PORTO[0], PORTO[0]))

    line = geojson_document(problem, _plan(problem, "door-1"))["features"][0]["geometry"]

    assert len(line["coordinates"]) == 2


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=6))
def test_every_position_lies_in_the_box_and_no_leg_goes_the_long_way(at):
    problem = _problem([Place(*one) for one in at])
    found = geojson_document(problem, _plan(problem, *(stop.stop_id for stop in problem.stops)))
    west, south, east, north = found["bbox"]
    line = found["features"][0]["geometry"]
    pieces = line["coordinates"] if line["type"] == "MultiLineString" else [line["coordinates"]]

    assert all(west <= lon <= east and south <= lat <= north for piece in pieces for lon, lat in piece)
    assert all(abs(a[0] - b[0]) <= 180 for piece in pieces for a, b in pairwise(piece))
    assert all(len(piece) >= 2 for piece in pieces)


def test_a_plan_of_another_problem_is_told_by_its_shift():
    problem = _problem()
    plan = _plan(problem, "door-1")
    stray = replace(plan, routes=(replace(plan.routes[0], shift_id="late"),))

    with pytest.raises(YourInput, match="got a route of shift 'late'"):
        geojson_document(problem, stray)

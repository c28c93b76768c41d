"""Lines stay near what they were drawn from, and a map keeps only what lies in its box."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from doorstep.domain.drawing import Box, Plane, ground, simplified
from doorstep.domain.places import Place, crow_metres
from doorstep.domain.streets import Area, Street, StreetMap

points = st.lists(st.tuples(st.integers(-3000, 3000), st.integers(-3000, 3000)), min_size=2, max_size=40)


def away(point: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    along = b - a
    share = np.clip((point - a) @ along / (along @ along), 0, 1) if along.any() else 0.0
    return float(np.hypot(*(point - a - share * along)))


@given(points, st.sampled_from([1.0, 5.0, 40.0]))
def test_a_simplified_line_strays_no_farther_than_its_tolerance(line: list[tuple[int, int]], tolerance: float) -> None:
    drawn = simplified(np.array(line, dtype=float), tolerance)
    kept = np.array(drawn, dtype=float)

    assert drawn[0] == line[0]
    assert drawn[-1] == line[-1]
    for point in line:
        assert min(away(np.array(point, dtype=float), a, b) for a, b in pairwise(kept)) <= tolerance + 1e-6


def test_a_plane_keeps_distances_within_a_town() -> None:
    middle, corner = Place(-8.61, 41.15), Place(-8.55, 41.19)
    x, y = Plane(middle).point(corner)

    assert abs(np.hypot(x, y) - crow_metres(middle, corner)) < 10


def town(*, highway: str = "residential") -> StreetMap:
    """Return a street of nine nodes eastward, 100 m apart, as two ways, with a park and a river."""
    lon, lat = np.linspace(0, 0.0072, 9), np.zeros(9)
    park = Area("park", tuple(Place(x, y) for x, y in ((0, 0.001), (0.001, 0.001), (0.001, 0.002), (0, 0.001))))
    river = Area("water", (Place(0, -0.001), Place(0.004, -0.001)))
    streets = (
        Street(1, "A", highway, 0, 0, (0, 1, 2, 3, 4)),
        Street(2, "A", highway, 0, 0, (8, 7, 6, 5, 4)),
    )
    return StreetMap(np.arange(9), lon, lat, streets, (), (park, river))


def test_ways_that_meet_end_to_end_become_one_straight_line() -> None:
    box = Box(-0.01, -0.01, 0.02, 0.01)
    drawn = ground(town(), box, Plane(Place(0, 0)))

    assert drawn.streets["minor"] == (((0, 0), (801, 0)),)
    assert len(drawn.parks) == 1
    assert len(drawn.rivers) == 1
    assert not drawn.water


def test_what_lies_outside_the_box_is_not_drawn() -> None:
    box = Box(-0.001, -0.01, 0.0019, 0.0005)
    drawn = ground(town(), box, Plane(Place(0, 0)))

    # Nodes 0, 1 and 2 are inside, and one beyond the edge, so that the line leaves the picture.
    assert drawn.streets["minor"] == (((0, 0), (300, 0)),)
    assert not drawn.parks


def test_footpaths_and_drives_are_not_drawn() -> None:
    drawn = ground(town(highway="service"), Box(-0.01, -0.01, 0.02, 0.01), Plane(Place(0, 0)))

    assert not any(drawn.streets.values())


def test_too_many_points_are_drawn_more_coarsely() -> None:
    draw = np.random.default_rng(1)
    lon, lat = np.linspace(0, 0.02, 400), draw.normal(0, 0.00004, 400)
    winding = StreetMap(np.arange(400), lon, lat, (Street(1, "", "primary", 0, 0, tuple(range(400))),))
    box = Box.around([Place(0, 0), Place(0.02, 0)])

    assert ground(winding, box, Plane.over(box), most_points=50).points <= 50
    assert ground(winding, box, Plane.over(box)).points > 200

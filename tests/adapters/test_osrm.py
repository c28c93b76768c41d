"""Two banks of a river with one bridge in the east, a one-way street, and an island far away.

north  20-21-22-23-24-25     primary
       |  |  |  |  |  |
       10-11-12-13-14-15     residential
                      |      bridge (secondary, 600 m)
        0- 1- 2- 3- 4- 5     residential, one-way east in the southernmost row 30..35
        |  |  |  |  |  |
       30>31>32>33>34>35
"""

import copy
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from doorstep.adapters import osrm, osrm_build, osrm_tables
from doorstep.adapters.osm_files import read_streets, write_streets
from doorstep.adapters.osrm import OsrmRoads, open_roads
from doorstep.domain.errors import Outside, YourInput
from doorstep.domain.places import Place, crow_metres
from doorstep.domain.streets import Street, StreetMap, UnreachablePlace
from doorstep.flows.ports import Roads
from doorstep.roads.speeds import DEFAULT_SPEEDS, slot_speeds

STEP_LAT = 200 / 111_195
STEP_LON = STEP_LAT / math.cos(math.radians(41))
ROWS = {30: -1, 0: 0, 10: 3, 20: 4}
ISLAND = (90, 91)
# A turn costs up to 7.5 s, 2 s more across the traffic (OSRM's car profile), a U-turn 20 s.
TURN_S = 9.5

HALVED = slot_speeds([0, 28_800], dict.fromkeys(["primary", "secondary", "residential"], (1.0, 0.5)), "test")


def river_town() -> StreetMap:
    at = {row + i: (i * STEP_LON, 41 + y * STEP_LAT) for row, y in ROWS.items() for i in range(6)}
    at |= {90: (0.2, 41.0), 91: (0.2 + STEP_LON, 41.0)}
    ids = sorted(at)
    rank = {node: i for i, node in enumerate(ids)}

    def street(number: int, name: str, highway: str, oneway: int, *nodes: int) -> Street:
        return Street(number, name, highway, oneway, 0, tuple(rank[node] for node in nodes))

    streets = [
        street(1, "North Road", "primary", 0, *range(20, 26)),
        street(2, "Quay", "residential", 0, *range(10, 16)),
        street(3, "Bank", "residential", 0, *range(6)),
        street(4, "Only Way", "residential", 1, *range(30, 36)),
        street(5, "Bridge", "secondary", 0, 5, 15),
        street(6, "Isle", "residential", 0, *ISLAND),
    ]
    streets += [street(10 + i, f"Lane {i}", "residential", 0, 10 + i, 20 + i) for i in range(6)]
    streets += [street(20 + i, f"Alley {i}", "residential", 0, i, 30 + i) for i in range(6)]
    lon, lat = np.array([at[node] for node in ids]).T
    return StreetMap(np.array(ids) + 100, lon, lat, tuple(streets), attribution="A town that never was")


def place(node: int, east: float = 0.0, north: float = 0.0) -> Place:
    """Return a node's place, moved by parts of a block."""
    town = river_town()
    i = int(np.searchsorted(town.node_ids, node + 100))
    return Place(float(town.lon[i]) + east * STEP_LON, float(town.lat[i]) + north * STEP_LAT)


@pytest.fixture(scope="session")
def town_file(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("town") / "town.osm.pbf"
    write_streets(river_town(), path)
    return path


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("cache")
    return folder


@pytest.fixture(scope="session")
def roads(town_file, cache) -> OsrmRoads:
    return open_roads(town_file, HALVED, cache=cache)


DOORS = [place(20, 0.4), place(23, 0.3), place(11, 0.5), place(14, -0.4), place(1, 0.5), place(4, 0.4), place(32, 0.5)]


def test_roads_have_the_shape_that_flows_ask_for(roads):
    asked: Roads = roads

    assert asked.edges == (0, 28_800)
    assert asked.attribution == "A town that never was"


def test_a_place_is_snapped_to_its_street(roads):
    (snapped,) = roads.snap([place(21, 0.5, 0.1)])

    assert snapped.street == "North Road"
    assert snapped.metres_away == pytest.approx(20, abs=1)
    assert crow_metres(snapped.on_road, place(21, 0.5)) < 1


def test_legs_to_and_from_one_place_are_its_row_and_column(roads):
    new, others = place(21, 0.3), [*DOORS, place(21, 0.3)]
    times = roads.times([new, *others])

    legs = roads.legs(new, others, [1, 0])

    for k, slot in enumerate((1, 0)):
        assert legs[k, 0].tolist() == times.seconds[slot, 0, 1:].tolist()
        assert legs[k, 1].tolist() == times.seconds[slot, 1:, 0].tolist()
        assert legs[k, 2].tolist() == times.metres[slot, 0, 1:].tolist()
        assert legs[k, 3].tolist() == times.metres[slot, 1:, 0].tolist()


def test_legs_asked_for_part_by_part_are_those_of_the_matrices(roads, monkeypatch):
    monkeypatch.setattr(osrm, "_AT_ONCE", 3)
    times, legs = roads.times(DOORS), roads.legs_between(DOORS)
    every, back = list(range(len(DOORS))), list(reversed(range(len(DOORS))))

    for found, what in zip(legs.table(every, [2, 0]), (times.seconds, times.metres), strict=True):
        assert (found == what[:, :, [2, 0]]).all()
    for starts, ends in ((every, back), ([1] * len(every), every), (every, [1] * len(every))):
        for found, what in zip(legs.pairs(starts, ends), (times.seconds, times.metres), strict=True):
            assert (found == what[:, starts, ends]).all()
    assert int(times.seconds.max()) <= legs.longest()[0]
    assert int(times.metres.max()) <= legs.longest()[1]
    assert copy.deepcopy(legs).name == legs.name


@pytest.mark.parametrize(("gone", "hub", "named"), [([2], 0, 2), ([0, 1, 2], 3, 3)])
def test_legs_that_are_missing_name_their_place_and_ask_no_matrix(roads, monkeypatch, gone, hub, named):
    legs = roads.legs_between(DOORS[:4])

    def none_there(self, place, others, slots):
        found = np.ones((len(slots), 4, len(others)), np.int32)
        found[0, 1, [others.index(DOORS[row]) for row in gone]] = -1
        return found

    monkeypatch.setattr(OsrmRoads, "legs", none_there)
    monkeypatch.setattr(OsrmRoads, "times", lambda *_: pytest.fail("asked a matrix"))
    others = [row for row in range(4) if row != hub]

    with pytest.raises(UnreachablePlace, match=rf"got: place {named} \([^;]*can't reach") as raised:
        legs.pairs([hub] * 3, others)
    assert raised.value.indices == (named,)
    with pytest.raises(UnreachablePlace, match=f"got: place {gone[0]} "):
        legs.longest()


def test_legs_asked_for_name_a_far_place_at_once(roads):
    with pytest.raises(UnreachablePlace, match="place 1"):
        roads.legs_between([place(0), Place(5.0, 5.0)])


def test_the_way_across_the_river_takes_the_bridge(roads):
    times = roads.times([place(1, 0.5), place(11, 0.5)])

    assert times.metres[0, 0, 1] == pytest.approx(2 * 700 + 600, abs=5)


def test_a_one_way_street_is_left_the_way_it_runs(roads):
    west, east = place(32, 0.2), place(32, 0.8)
    metres = roads.times([west, east]).metres[0]

    assert metres[0, 1] == pytest.approx(120, abs=2)
    assert metres[1, 0] == pytest.approx(40 + 200 + 200 + 200 + 40, abs=4)


def test_halved_speeds_double_the_time_of_a_straight_road(roads):
    times = roads.times([place(20, 0.5), place(24, 0.5)])

    assert times.slot(3 * 3600) == 0
    assert times.slot(8 * 3600) == 1
    assert times.seconds[0, 0, 1] == pytest.approx(800 / 65 * 3.6, abs=1)
    assert times.seconds[1, 0, 1] == pytest.approx(2 * times.seconds[0, 0, 1], abs=1)


def test_matrices_are_whole_directed_and_zero_on_the_diagonal(roads):
    times = roads.times(DOORS)

    assert times.seconds.shape == times.metres.shape == (2, len(DOORS), len(DOORS))
    assert times.seconds.dtype == times.metres.dtype == np.int32
    assert not times.seconds.diagonal(axis1=1, axis2=2).any()
    assert (times.seconds[1] >= times.seconds[0]).all()
    assert times.metres[0, 6, 4] != times.metres[0, 4, 6]


def test_matrices_obey_the_triangle_to_the_rounding(roads):
    seconds = roads.times(DOORS).seconds
    for via in range(len(DOORS)):
        assert (seconds <= seconds[:, :, [via]] + seconds[:, [via], :] + 2).all()


def test_large_matrices_are_shared_with_a_second_process_and_stay_the_same(town_file, cache, roads, monkeypatch):
    doors = [place(20, i / 40) for i in range(37)] + DOORS
    alone = roads.times(doors)
    monkeypatch.setattr(osrm_tables, "_WORTH_A_PROCESS", 100)
    monkeypatch.setattr(osrm_tables, "_ROWS_AT_ONCE", 10)
    for speeds in (HALVED, slot_speeds([0], {})):
        again = open_roads(town_file, speeds, cache=cache).times(doors)

        assert (again.seconds[0] == alone.seconds[0]).all()
        assert (again.metres[-1] == alone.metres[len(again.edges) - 1]).all()


def test_a_second_process_that_dies_is_reported(roads, monkeypatch):
    monkeypatch.setattr(osrm_tables, "_WORTH_A_PROCESS", 1)
    monkeypatch.setattr("sys.executable", "/bin/false")

    with pytest.raises(Outside, match=r"second process .* ended with 1"):
        roads.times(DOORS)


def slow_truth(doors: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Return free-flow seconds between the middles of segments by plain Dijkstra, without the cost of turns."""
    town = river_town()
    arcs = {}
    for street in town.streets:
        for a, b in zip(street.nodes, street.nodes[1:], strict=False):
            ends = [Place(float(town.lon[n]), float(town.lat[n])) for n in (a, b)]
            seconds = crow_metres(*ends) / HALVED.kmh(street, 0) * 3.6
            arcs[a, b] = seconds
            if not street.oneway:
                arcs[b, a] = seconds
    n = len(town.node_ids)
    rank = {int(node) - 100: i for i, node in enumerate(town.node_ids)}
    for k, (a, b) in enumerate(doors):  # a door is a node of its own in the middle of a segment
        for u, v in ((rank[a], rank[b]), (rank[b], rank[a])):
            if (u, v) in arcs:
                arcs[u, n + k] = arcs[n + k, v] = arcs[u, v] / 2
    (starts, ends), weights = np.array(list(arcs)).T, list(arcs.values())
    size = n + len(doors)
    network = coo_array((weights, (starts, ends)), shape=(size, size)).tocsr()
    return np.asarray(dijkstra(network, indices=range(n, size)))[:, n:]


def test_times_are_those_of_plain_dijkstra_plus_the_cost_of_turns(roads):
    """No way here has more than six turns; on a straight road nothing is added but rounding."""
    segments = [(20, 21), (22, 23), (24, 25), (11, 12), (14, 15), (1, 2), (4, 5), (32, 33), (2, 32)]
    town, truth = river_town(), slow_truth(segments)
    ends = [[place(a), place(b)] for a, b in segments]
    middles = [Place((a.lon + b.lon) / 2, (a.lat + b.lat) / 2) for a, b in ends]
    seconds = roads.times(middles).seconds[0]

    assert len(town.streets) == 18
    assert (seconds >= truth - 2).all()
    assert (seconds <= truth + 6 * TURN_S + 2).all()
    assert np.allclose(seconds[:3, :3], truth[:3, :3], atol=1.5)


def test_routes_sum_to_the_matrix_and_follow_the_streets(roads):
    town, times = river_town(), roads.times(DOORS)
    corners = [Place(float(lon), float(lat)) for lon, lat in zip(town.lon, town.lat, strict=True)]
    for slot in (0, 1):
        legs = roads.route(DOORS, slot)

        assert len(legs) == len(DOORS) - 1
        for i, leg in enumerate(legs):
            assert abs(leg.seconds - times.seconds[slot, i, i + 1]) <= 1
            assert abs(leg.metres - times.metres[slot, i, i + 1]) <= 1
            assert all(min(crow_metres(bend, corner) for corner in corners) < 0.5 for bend in leg.shape[1:-1])
            drawn = sum(crow_metres(a, b) for a, b in zip(leg.shape, leg.shape[1:], strict=False))
            assert drawn == pytest.approx(leg.metres, rel=0.01, abs=3)


def test_a_leg_begins_and_ends_where_its_places_meet_the_road(roads):
    start, end = roads.snap([DOORS[0], DOORS[5]])
    (leg,) = roads.route([DOORS[0], DOORS[5]], 0)

    assert crow_metres(leg.shape[0], start.on_road) < 1
    assert crow_metres(leg.shape[-1], end.on_road) < 1


def test_the_same_place_twice_is_no_distance_from_itself(roads):
    times = roads.times([DOORS[0], DOORS[3], DOORS[0]])

    assert times.seconds[0, 0, 2] == times.seconds[0, 2, 0] == times.metres[0, 0, 2] == 0
    assert times.seconds[0, 0, 1] == times.seconds[0, 2, 1] > 0
    assert roads.route([DOORS[0], DOORS[0]], 0)[0].metres == 0


def test_no_places_and_one_place_are_answered(roads):
    assert roads.times([]).seconds.shape == (2, 0, 0)
    assert roads.times(DOORS[:1]).seconds.tolist() == [[[0]], [[0]]]
    assert roads.snap([]) == roads.route([], 0) == roads.route(DOORS[:1], 0) == ()


def test_a_far_place_is_named_with_its_distance(roads):
    far = [DOORS[0], place(22, 0, 3), DOORS[1], Place(100, -41)]

    with pytest.raises(UnreachablePlace, match=r"place 1 .*no road within 200 m \(the nearest is 599 m") as raised:
        roads.times(far)
    assert raised.value.indices == (1, 3)


def test_an_island_is_named_as_one(roads):
    isle = place(90, 0.5)
    for ask in (roads.snap, roads.times, lambda places: roads.route(places, 0)):
        with pytest.raises(UnreachablePlace, match=r"place 1 .* piece of the network that the rest can't") as raised:
            ask([DOORS[0], isle, DOORS[1]])
        assert raised.value.indices == (1,)


def test_an_island_is_named_even_when_all_places_lie_on_it(roads):
    with pytest.raises(UnreachablePlace) as raised:
        roads.times([place(90, 0.3), place(90, 0.7)])
    assert raised.value.indices == (0, 1)


def test_two_towns_that_no_road_joins_name_the_places_of_the_smaller_share(tmp_path):
    """Both pieces are large, so each place is near a good road: only the matrix can tell."""
    town = river_town()
    n = len(town.node_ids)
    moved = tuple(
        replace(street, way_id=street.way_id + 100, nodes=tuple(node + n for node in street.nodes))
        for street in town.streets
    )
    twins = StreetMap(
        np.r_[town.node_ids, town.node_ids + 1000], np.r_[town.lon, town.lon + 1], np.r_[town.lat, town.lat],
        town.streets + moved,
    )  # fmt: skip
    write_streets(twins, tmp_path / "twins.osm.pbf")
    roads = open_roads(tmp_path / "twins.osm.pbf", HALVED, cache=tmp_path / "cache")
    away = Place(DOORS[2].lon + 1, DOORS[2].lat)

    with pytest.raises(UnreachablePlace, match="piece of the network"):
        roads.times([*DOORS[:3], away])
    with pytest.raises(UnreachablePlace, match="place"):
        roads.route([DOORS[0], away], 0)


def test_a_slot_that_is_not_there_is_refused(roads):
    with pytest.raises(YourInput, match="slot from 0 to 1, got 2"):
        roads.route(DOORS, 2)


def folders(cache: Path) -> dict[str, float]:
    return {at.name: at.stat().st_mtime for at in cache.iterdir() if at.is_dir()}


def test_a_second_opening_builds_nothing(town_file, cache, roads):
    before, told = folders(cache), []
    again = open_roads(town_file, HALVED, cache=cache, on_progress=lambda share, what: told.append(what))

    assert folders(cache) == before
    assert told == ["roads are ready"]
    assert (again.times(DOORS).seconds == roads.times(DOORS).seconds).all()


def test_the_same_streets_under_another_name_build_nothing(town_file, cache, roads, tmp_path):
    copy = tmp_path / "copy.osm.pbf"
    copy.write_bytes(town_file.read_bytes())
    before = folders(cache)
    open_roads(copy, HALVED, cache=cache)

    assert folders(cache) == before


def test_changed_speeds_build_their_slot_and_nothing_else(town_file, cache, roads):
    before = folders(cache)
    slower = slot_speeds([0, 28_800], dict.fromkeys(["primary", "secondary", "residential"], (1.0, 0.25)), "test")
    changed = open_roads(town_file, slower, cache=cache)
    new = set(folders(cache)) - set(before)

    assert len(new) == 1
    assert new.pop().startswith("slot-")
    assert changed.times(DOORS).seconds[1].sum() > 1.5 * roads.times(DOORS).seconds[1].sum()
    assert (changed.times(DOORS).seconds[0] == roads.times(DOORS).seconds[0]).all()


def test_slots_of_equal_speed_share_one_dataset(town_file, tmp_path):
    flat = slot_speeds([0, 21_600, 43_200], {"residential": (1, 1, 1)})
    open_roads(town_file, flat, cache=tmp_path)

    assert sum(name.startswith("slot-") for name in folders(tmp_path)) == 1


@pytest.mark.parametrize("profile", ["bike", "foot"])
def test_bikes_and_feet_have_roads_that_traffic_does_not_slow(town_file, tmp_path, roads, profile):
    slow = open_roads(town_file, HALVED, cache=tmp_path, profile=profile)
    times = slow.times(DOORS)

    assert (times.seconds[0] == times.seconds[1]).all()
    assert times.seconds[0].sum() > roads.times(DOORS).seconds[0].sum()


def test_feet_ignore_one_ways(town_file, tmp_path):
    walk = open_roads(town_file, HALVED, cache=tmp_path, profile="foot")

    assert walk.times([place(32, 0.8), place(32, 0.2)]).metres[0, 0, 1] == pytest.approx(120, abs=2)


def test_an_unknown_profile_and_a_bad_map_are_refused_and_leave_nothing(tmp_path, town_file):
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(b"no map")

    with pytest.raises(YourInput, match="car, bike, foot, got 'rocket'"):
        open_roads(town_file, HALVED, cache=tmp_path / "cache", profile="rocket")
    with pytest.raises(YourInput, match="can't be read"):
        open_roads(bad, HALVED, cache=tmp_path / "cache")
    with pytest.raises(YourInput, match="found nothing there"):
        open_roads(tmp_path / "absent.osm.pbf", HALVED, cache=tmp_path / "cache")
    assert not folders(tmp_path / "cache")


KILLED = """
import os, signal, sys
from pathlib import Path
from doorstep.adapters.osrm import open_roads
from doorstep.roads.speeds import DEFAULT_SPEEDS

def die(share, what):
    if what == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

open_roads(Path(sys.argv[1]), DEFAULT_SPEEDS, cache=Path(sys.argv[2]), on_progress=die)
"""


@pytest.mark.parametrize("moment", ["dividing it into cells", "setting the speeds of each slot"])
def test_a_killed_build_leaves_nothing_half_usable(town_file, tmp_path, moment):
    ended = subprocess.run([sys.executable, "-c", KILLED, town_file, tmp_path, moment], check=False)
    roads = open_roads(town_file, DEFAULT_SPEEDS, cache=tmp_path)

    assert ended.returncode == -9
    assert len(roads.times(DOORS).edges) == 6
    assert not [name for name in folders(tmp_path) if not name.startswith(("graph-", "slot-"))]


def test_two_builds_at_once_make_one_graph(town_file, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: open_roads(town_file, HALVED, cache=tmp_path), range(2))

    assert (one.times(DOORS).seconds == two.times(DOORS).seconds).all()
    assert sorted(name.split("-")[0] for name in folders(tmp_path)) == ["graph", "slot", "slot"]


def test_a_failing_engine_is_quoted_with_its_last_lines(town_file, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(osrm_build, "_cell_sizes", lambda edges: "nonsense")

    with pytest.raises(Outside, match=r"osrm-partition .*max-cell-sizes.* is invalid .all of it in"):
        open_roads(town_file, HALVED, cache=tmp_path)
    assert (tmp_path / "failed-build.log").exists()
    assert capfd.readouterr() == ("", "")


def test_a_damaged_graph_says_which_folder_to_delete(town_file, tmp_path):
    open_roads(town_file, HALVED, cache=tmp_path)
    for slot in tmp_path.glob("slot-*[!k]"):
        (slot / "map.osrm.cells").unlink()

    with pytest.raises(Outside, match=r"delete that folder"):
        open_roads(town_file, HALVED, cache=tmp_path).snap(DOORS)


def test_a_cache_that_cannot_be_made_is_the_outsides_fault(town_file, tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(Outside, match="the disk refused"):
        open_roads(town_file, HALVED, cache=tmp_path / "file")


def test_the_cache_is_where_the_user_says(monkeypatch):
    monkeypatch.setenv("DOORSTEP_CACHE", "/somewhere")
    assert osrm_build.default_cache() == Path("/somewhere/roads")

    monkeypatch.delenv("DOORSTEP_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/user")
    assert osrm_build.default_cache() == Path("/user/doorstep/roads")


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "profile", "reached"),
    [
        ("monaco.osm.pbf", "car", 45),
        ("helsinki_centre.osm.pbf", "car", 45),
        ("helsinki_centre.osm.pbf", "bike", 45),
        ("north_bayreuth.osm.gz", "car", 45),
        ("north_bayreuth.osm.gz", "foot", 45),
        ("berlin_siegessaeule.osm.gz", "car", 20),  # one square, cut so that most of its ends lead nowhere
    ],
)
def test_real_streets_build_and_routes_agree_with_matrices(shared_data, tmp_path, name, profile, reached):
    """Most of 60 corners of streets can be reached; of the rest each is named."""
    path = shared_data("osm_extracts") / name
    two = slot_speeds([0, 28_800], {"primary": (1, 0.6), "residential": (1, 0.8)})
    roads, streets = open_roads(path, two, cache=tmp_path, profile=profile), read_streets(path)
    rng = np.random.default_rng(7)
    corners = rng.choice(len(streets.lon), 60)
    places = [Place(float(streets.lon[i]), float(streets.lat[i])) for i in corners]
    try:
        roads.snap(places)
    except UnreachablePlace as error:
        places = [at for i, at in enumerate(places) if i not in error.indices]
    times = roads.times(places)

    assert len(places) >= reached
    legs = roads.route(places, 1)
    apart = [abs(leg.seconds - times.seconds[1, i, i + 1]) for i, leg in enumerate(legs)]
    assert np.mean(np.array(apart) <= 2) >= 0.95
    assert max(apart) <= 10
    assert (times.seconds[1] >= times.seconds[0] - 1).all()
    shapes = [point for leg in legs for point in leg.shape]
    assert len(shapes) > 3 * len(legs)


@pytest.mark.data
@pytest.mark.slow
def test_in_porto_the_way_to_the_other_bank_takes_a_bridge(shared_data, tmp_path):
    roads = open_roads(
        shared_data("osm_extracts") / "porto_portugal_2015.osm.pbf", slot_speeds([0], {}), cache=tmp_path
    )
    ribeira, gaia, aliados = Place(-8.6134, 41.1408), Place(-8.6120, 41.1375), Place(-8.6110, 41.1480)
    times = roads.times([ribeira, gaia, aliados])
    legs = roads.route([ribeira, gaia, aliados], 0)

    assert times.metres[0, 0, 1] > 1.5 * crow_metres(ribeira, gaia)
    assert times.seconds[0, 0, 1] != times.seconds[0, 1, 0]
    assert [leg.metres for leg in legs] == pytest.approx([times.metres[0, 0, 1], times.metres[0, 1, 2]], abs=2)
    assert all(len(leg.shape) > 10 for leg in legs)
    assert roads.snap([aliados])[0].street

"""A street map given to a command: legs follow it, maps are drawn along it, and its makers are named."""

import json
from pathlib import Path

import numpy as np
import pytest

from doorstep.adapters import travel_files
from doorstep.adapters.instances import coordinates
from doorstep.adapters.osm_files import write_streets
from doorstep.domain.places import Place
from doorstep.domain.streets import Path as Road
from doorstep.domain.streets import Street, StreetMap
from doorstep.domain.units import Metres, Seconds
from doorstep.server.commands import in_cells
from doorstep.server.commands.streets import along

pytestmark = pytest.mark.usefixtures("kernels")

STEP = 0.002


@pytest.fixture(scope="module")
def bay(tmp_path_factory) -> Path:
    """A horseshoe of one street: between its ends the way is three times as long as the straight line."""
    corners = [(k, 0) for k in range(5)] + [(4, k) for k in range(1, 5)] + [(k, 4) for k in range(3, -1, -1)]
    lon, lat = (np.array([10.0 + STEP * x for x, _ in corners]), np.array([50.0 + STEP * y for _, y in corners]))
    street = Street(1, "Horseshoe", "residential", 0, 0, tuple(range(len(corners))))
    path: Path = tmp_path_factory.mktemp("bay") / "bay.osm.pbf"
    write_streets(StreetMap(np.arange(len(corners)) + 1, lon, lat, (street,), attribution="The bay's surveyors"), path)
    return path


@pytest.fixture
def asked(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("DOORSTEP_CACHE", str(tmp_path / "cache"))
    document = {
        "vehicles": [{"id": 1, "start": [10.0, 50.0], "end": [10.0, 50.0]}],
        "jobs": [{"id": 1, "location": [10.0, 50.008]}, {"id": 2, "location": [10.008, 50.004]}],
    }
    path: Path = tmp_path / "asked.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def solved(doorstep):
    """Return what `doorstep solve` gives after a moment."""
    return lambda *words: doorstep("solve", *words, "--seconds", 0.2)


def test_legs_and_lines_follow_the_streets_and_the_makers_are_named(solved, asked, bay):
    code, out, err = solved(asked, "--osm", bay, "--answer", "same")
    answer = json.loads(out)
    _, drawn, _ = solved(asked, "--osm", bay, "--answer", "geojson")
    map_of = json.loads(drawn)
    line = map_of["features"][0]

    assert code == 0
    assert answer["travel"] == "roads without traffic (car)"
    assert "travel: roads without traffic (car); The bay's surveyors" in err
    assert answer["attribution"] == map_of["attribution"] == "The bay's surveyors"
    assert len(line["geometry"]["coordinates"]) > 5
    assert line["properties"]["drawn"] == "roads"
    assert answer["summary"]["distance"] > 2 * 2000


def test_a_plan_is_checked_against_the_same_streets(doorstep, solved, tmp_path, asked, bay):
    solved(asked, "--osm", bay, "--out", tmp_path / "plan.json")

    assert doorstep("check", asked, tmp_path / "plan.json", "--osm", bay)[0] == 0
    code, out, _ = doorstep("check", asked, tmp_path / "plan.json")
    assert code == 2
    assert "expected problem_sha256" in out


def test_many_places_are_planned_in_cells_along_the_streets(doorstep, solved, tmp_path, asked, bay, monkeypatch):
    for module in (coordinates, travel_files):
        monkeypatch.setattr(module, "MATRIX_PLACES", 6)
    for name in ("CELL", "DEAR_CELL"):
        monkeypatch.setattr(in_cells, name, 6)
    document = json.loads(asked.read_text())
    doors = [[10.0 + STEP * k / 3, 50.0] for k in range(1, 9)] + [[10.0 + STEP * k / 3, 50.008] for k in range(1, 9)]
    document["jobs"] = [{"id": k, "location": at, "delivery": [1]} for k, at in enumerate(doors)]
    document["vehicles"] = [{**document["vehicles"][0], "id": k, "capacity": [5]} for k in range(5)]
    asked.write_text(json.dumps(document))
    code, _, err = solved(asked, "--osm", bay, "--processes", 1, "--out", tmp_path / "plan.json")

    assert code == 0, err
    assert "Planned in 3 cells" in err
    assert "16 visits, 0 orders unserved" in err
    for words in (
        (asked, tmp_path / "plan.json", "--osm", bay),
        (tmp_path / "plan.json.problem.json", tmp_path / "plan.json"),
    ):
        assert doorstep("check", *words)[0] == 0


def test_a_place_far_from_every_street_is_a_sentence(solved, asked, bay):
    asked.write_text(asked.read_text().replace("50.008", "51.0"))
    code, out, err = solved(asked, "--osm", bay)

    assert (code, out) == (2, "")
    assert "xpected" in err


def test_a_missing_map_is_a_sentence(solved, asked, tmp_path):
    code, _, err = solved(asked, "--osm", tmp_path / "gone.osm.pbf")

    assert code == 2
    assert "gone.osm.pbf" in err


class _Slotted:
    """Roads that remember which slot each leg was asked for in."""

    edges = (Seconds(0), Seconds(100))
    attribution = ""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def route(self, places: list[Place], slot: int) -> tuple[Road, ...]:
        self.asked.append((slot, len(places)))
        return tuple(Road(Seconds(1), Metres(1), (a, a)) for a in places[:-1])


def test_each_leg_is_drawn_under_the_traffic_in_which_it_begins():
    roads = _Slotted()
    places = [Place(float(k), 0.0) for k in range(5)]

    found = along(lambda _: roads)(places, [-5, 99, 100, 250], "car x 2")  # type: ignore[arg-type, return-value]

    assert roads.asked == [(0, 3), (1, 3)]
    assert [path.shape[0] for path in found] == places[:4]

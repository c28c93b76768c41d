"""OpenStreetMap files, read and written: .osm.pbf, .osm, .osm.gz and .osm.bz2.

Clipped extracts name nodes that they don't hold; a street loses those nodes and keeps the rest.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium

from doorstep.domain.errors import Outside, YourInput
from doorstep.domain.places import Place
from doorstep.domain.streets import Address, Area, Street, StreetMap

logger = logging.getLogger(__name__)

OSM_ATTRIBUTION = "© OpenStreetMap contributors"

DRIVABLE = frozenset({
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
    "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service", "road",
})  # fmt: skip

# The file's `generator` is the one header that pbf and XML both keep, so an attribution of our own travels in it.
_GENERATOR = "doorstep; attribution="
_ENDINGS = (".osm.pbf", ".osm.gz", ".osm.bz2", ".osm", ".pbf")
_KEYS = ("highway", "natural", "waterway", "leisure", "landuse", "addr:housenumber", "addr:interpolation")
_AREA_TAGS = (
    ("natural", "water"), ("waterway", "riverbank"), ("landuse", "reservoir"), ("leisure", "park"),
)  # fmt: skip
_MPH = 1.609344
_NAMED_LIMITS = {"urban": 50, "rural": 90, "trunk": 110, "motorway": 120, "living_street": 10, "walk": 7}


def read_streets(path: Path) -> StreetMap:
    """Read drivable streets, house numbers, water and parks from an OSM file; about 2 s for a city of 50,000 ways.

    Streets that no motor vehicle may use are left out. House numbers come from nodes and from the middle of
    building outlines; the ends of interpolation ways take the way's street name. Attribution is OpenStreetMap's
    unless the file carries another written by `write_streets`. Raises YourInput for a file that is missing,
    damaged, of another kind, or without a drivable street.
    """
    _expect_osm_name(path)
    try:
        attribution = _attribution(path)
        found = _collect(path)
    except (RuntimeError, OSError) as error:
        raise YourInput(
            f"Expected a whole OpenStreetMap file, but {path} can't be read ({error}); download or export it again."
        ) from error
    if not found.ways:
        raise YourInput(
            f"Expected drivable streets (highway=residential and such) in {path}, found none; "
            "check that the extract covers a town and wasn't filtered."
        )
    logger.info("read streets=%d addresses=%d areas=%d", len(found.ways), len(found.addresses), len(found.areas))
    return _as_map(found, attribution)


def write_streets(streets: StreetMap, path: Path) -> None:
    """Write a map as an OSM file that OSRM and osmium read back; the ending chooses the format.

    Overwrites. Nodes of addresses and areas get fresh ids above the streets' own. Raises YourInput for another
    ending, Outside when the disk refuses.
    """
    _expect_osm_ending(path)
    header = osmium.io.Header()
    header.set("generator", f"{_GENERATOR}{streets.attribution}")
    if len(streets.lon):
        header.add_box(osmium.osm.Box(streets.lon.min(), streets.lat.min(), streets.lon.max(), streets.lat.max()))
    try:
        with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
            _write(streets, writer)
    except (RuntimeError, OSError) as error:
        raise Outside(f"Expected to write the map to {path}, but the disk refused ({error}).") from error


def _expect_osm_ending(path: Path) -> None:
    if not path.name.lower().endswith(_ENDINGS):
        raise YourInput(f"Expected a map file ending in .osm.pbf, .osm, .osm.gz or .osm.bz2, got {path.name}.")


def _expect_osm_name(path: Path) -> None:
    if not path.is_file():
        what = "a folder" if path.is_dir() else "nothing"
        raise YourInput(f"Expected an OpenStreetMap file at {path}, found {what} there; check the path.")
    _expect_osm_ending(path)
    if path.stat().st_size == 0:
        raise YourInput(f"Expected a whole OpenStreetMap file, but {path} is empty; download or export it again.")


def _attribution(path: Path) -> str:
    with osmium.io.Reader(str(path), osmium.osm.NOTHING) as reader:
        generator = reader.header().get("generator")
    return generator.removeprefix(_GENERATOR) if generator.startswith(_GENERATOR) else OSM_ATTRIBUTION


@dataclass(slots=True)
class _Found:
    """What one pass over a file leaves: ways as (id, tags, number of nodes), their nodes in flat lists."""

    ways: list[tuple[int, Mapping[str, str], int]] = field(default_factory=list)
    refs: list[int] = field(default_factory=list)
    lons: list[float] = field(default_factory=list)
    lats: list[float] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    nameless: dict[int, tuple[Place, Mapping[str, str]]] = field(default_factory=dict)


def _collect(path: Path) -> _Found:
    found = _Found()
    objects: Any = (
        osmium.FileProcessor(str(path))
        .with_areas(osmium.filter.TagFilter(*_AREA_TAGS))
        .with_filter(osmium.filter.KeyFilter(*_KEYS))
    )
    for thing in objects:
        if thing.is_node():
            _take_node(found, thing)
        elif thing.is_way():
            _take_way(found, thing)
        elif thing.is_area():
            _take_area(found, thing)
    return found


def _take_node(found: _Found, node: Any) -> None:
    if "addr:housenumber" not in node.tags:
        return
    tags, place = dict(node.tags), Place(node.lon, node.lat)
    if _street_of(tags):
        found.addresses.append(_address(place, tags))
    else:
        found.nameless[node.id] = place, tags


def _take_way(found: _Found, way: Any) -> None:
    tags = dict(way.tags)
    nodes = [node for node in way.nodes if node.location.valid()]
    if len(nodes) < 2:
        return
    if _is_drivable(tags):
        found.refs += [node.ref for node in nodes]
        found.lons += [node.lon for node in nodes]
        found.lats += [node.lat for node in nodes]
        found.ways.append((way.id, tags, len(nodes)))
    if "addr:interpolation" in tags:
        _name_the_ends(found, tags, [node.ref for node in nodes])
    elif "addr:housenumber" in tags and _street_of(tags):
        found.addresses.append(_address(_middle([(node.lon, node.lat) for node in nodes]), tags))
    kind = _line_kind(tags)
    if kind:
        found.areas.append(Area(kind, tuple(Place(node.lon, node.lat) for node in nodes)))


def _take_area(found: _Found, area: Any) -> None:
    kind = _area_kind(area.tags)
    if kind:
        for ring in area.outer_rings():
            found.areas.append(Area(kind, tuple(Place(node.lon, node.lat) for node in ring)))


def _area_kind(tags: Any) -> str:
    if tags.get("leisure") == "park":
        return "park"
    return "water" if any(tags.get(key) == value for key, value in _AREA_TAGS) else ""


def _line_kind(tags: Mapping[str, str]) -> str:
    if tags.get("waterway") in {"river", "canal"}:
        return "river"
    return "coast" if tags.get("natural") == "coastline" else ""


def _is_drivable(tags: Mapping[str, str]) -> bool:
    if tags.get("highway") not in DRIVABLE or tags.get("area") == "yes":
        return False
    access = (tags[key] for key in ("motorcar", "motor_vehicle", "vehicle", "access") if key in tags)
    return next(access, "yes") != "no"  # the most particular tag decides


def _street_of(tags: Mapping[str, str]) -> str:
    return tags.get("addr:street") or tags.get("addr:place") or ""


def _address(place: Place, tags: Mapping[str, str], street: str = "") -> Address:
    return Address(
        place,
        street or _street_of(tags),
        tags["addr:housenumber"],
        tags.get("addr:postcode", ""),
        tags.get("addr:city", ""),
    )


def _name_the_ends(found: _Found, way: Mapping[str, str], refs: Sequence[int]) -> None:
    street = _street_of(way)
    for ref in refs:
        if street and ref in found.nameless:
            place, tags = found.nameless.pop(ref)
            found.addresses.append(_address(place, tags, street))


def _middle(points: Sequence[tuple[float, float]]) -> Place:
    """Return the mean of an outline's corners, its closing corner counted once."""
    corners = points[:-1] if points[0] == points[-1] else points
    return Place(sum(lon for lon, _ in corners) / len(corners), sum(lat for _, lat in corners) / len(corners))


def _as_map(found: _Found, attribution: str) -> StreetMap:
    node_ids, first, where = np.unique(np.array(found.refs, dtype=np.int64), return_index=True, return_inverse=True)
    indices = where.tolist()
    streets, begin = [], 0
    for way_id, tags, length in found.ways:
        streets.append(_street(way_id, tags, tuple(indices[begin : begin + length])))
        begin += length
    return StreetMap(
        node_ids,
        np.array(found.lons)[first],
        np.array(found.lats)[first],
        tuple(streets),
        tuple(found.addresses),
        tuple(found.areas),
        attribution,
    )


def _street(way_id: int, tags: Mapping[str, str], nodes: tuple[int, ...]) -> Street:
    limit = _maxspeed_kmh(tags.get("maxspeed", ""))
    return Street(way_id, tags.get("name", ""), tags["highway"], _oneway(tags), limit, nodes)


def _oneway(tags: Mapping[str, str]) -> int:
    """Return 1 along the way, -1 against it, 0 both; implied on roundabouts and motorways, as OSRM has it."""
    tag = tags.get("oneway", "")
    if tag in {"-1", "reverse"}:
        return -1
    if tag in {"yes", "1", "true"}:
        return 1
    implied = tags["highway"] == "motorway" or tags.get("junction") in {"roundabout", "circular"}
    return int(implied and tag != "no")


def _maxspeed_kmh(tag: str) -> int:
    """Return a limit in whole km/h, 0 when there is none we understand.

    >>> [_maxspeed_kmh(tag) for tag in ("50", "30 mph", "DE:urban", "none", "5 knots", "80;60")]
    [50, 48, 50, 0, 0, 80]
    """
    text = tag.split(";", maxsplit=1)[0].split("|", maxsplit=1)[0].strip().lower()
    if text.split(":")[-1] in _NAMED_LIMITS:
        return _NAMED_LIMITS[text.split(":")[-1]]
    number, _, unit = text.removesuffix("km/h").removesuffix("kmh").removesuffix("kph").strip().partition(" ")
    if number.endswith("mph"):
        number, unit = number.removesuffix("mph"), "mph"
    if not number.isdecimal() or unit.strip() not in {"", "mph"}:
        return 0
    limit = round(int(number) * (_MPH if unit else 1))
    return limit if 1 <= limit <= 200 else 0


def _write(streets: StreetMap, writer: Any) -> None:
    """Write nodes before ways, both by rising id: OSRM and osmium expect files sorted so."""
    new_id = _counter(int(streets.node_ids.max()) + 1 if len(streets.node_ids) else 1)
    for index in np.argsort(streets.node_ids, kind="stable"):
        at = (float(streets.lon[index]), float(streets.lat[index]))
        writer.add_node(osmium.osm.mutable.Node(id=int(streets.node_ids[index]), version=1, location=at))
    for address in streets.addresses:
        at = (address.place.lon, address.place.lat)
        writer.add_node(osmium.osm.mutable.Node(id=new_id(), version=1, location=at, tags=_address_tags(address)))
    outlines = [(area, _write_corners(area, writer, new_id)) for area in streets.areas]
    for street in sorted(streets.streets, key=lambda street: street.way_id):
        refs = [int(streets.node_ids[node]) for node in street.nodes]
        writer.add_way(osmium.osm.mutable.Way(id=street.way_id, version=1, nodes=refs, tags=_street_tags(street)))
    new_way = _counter(max((street.way_id for street in streets.streets), default=0) + 1)
    for area, refs in outlines:
        writer.add_way(osmium.osm.mutable.Way(id=new_way(), version=1, nodes=refs, tags=_area_tags(area)))


def _counter(start: int) -> Callable[[], int]:
    numbers: Iterator[int] = iter(range(start, 2**62))
    return lambda: next(numbers)


def _write_corners(area: Area, writer: Any, new_id: Callable[[], int]) -> list[int]:
    closed = _is_ring(area)
    corners = area.ring[:-1] if closed and area.ring[0] == area.ring[-1] else area.ring
    refs = []
    for corner in corners:
        refs.append(new_id())
        writer.add_node(osmium.osm.mutable.Node(id=refs[-1], version=1, location=(corner.lon, corner.lat)))
    return [*refs, refs[0]] if closed else refs


def _address_tags(address: Address) -> dict[str, str]:
    tags = {
        "addr:street": address.street,
        "addr:housenumber": address.number,
        "addr:postcode": address.postcode,
        "addr:city": address.city,
    }
    return {key: value for key, value in tags.items() if value}


def _street_tags(street: Street) -> dict[str, str]:
    oneway = {1: "yes", -1: "-1", 0: "no"}[street.oneway]
    tags = {"highway": street.highway, "name": street.name, "oneway": oneway}
    if street.maxspeed_kmh:
        tags["maxspeed"] = str(street.maxspeed_kmh)
    return {key: value for key, value in tags.items() if value}


def _area_tags(area: Area) -> dict[str, str]:
    if area.kind == "park":
        return {"leisure": "park"}
    if area.kind == "coast":
        return {"natural": "coastline"}
    return {"natural": "water"} if _is_ring(area) else {"waterway": "river"}


def _is_ring(area: Area) -> bool:
    """Tell rings from lines: water and parks are rings even where nobody repeated the first corner."""
    if area.kind in {"water", "park"}:
        return len(area.ring) > 2
    return len(area.ring) > 3 and area.ring[0] == area.ring[-1]

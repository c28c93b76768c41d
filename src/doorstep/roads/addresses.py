"""Where an address is, looked up in the same map that vans drive on, with how sure we are.

Streets of the same name in several villages are kept apart: without a postcode that tells them apart, a match among
many is a doubtful one.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz, process

from doorstep.domain.places import Place, crow_metres
from doorstep.domain.streets import Address, StreetMap
from doorstep.roads.address_text import Reading, house_number, readings, split_postcode, street_key

How = Literal["house number", "interpolated", "street", "postcode", "nothing"]

DOUBTFUL_BELOW = 0.6

_CELL = 0.003  # degrees, about 300 m: pieces of one name this near are one street
_NAME_CUTOFF = 78  # of 100: below it two names are two streets
_POSTCODE_FITS_M = 4000.0


@dataclass(frozen=True, slots=True)
class Match:
    """An address found: where (None when nothing was), how sure (0 to 1), by what, and what the map calls it."""

    place: Place | None
    confidence: float
    how: How
    label: str

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at it before a van is sent."""
        return self.confidence < DOUBTFUL_BELOW


NOTHING = Match(None, 0.0, "nothing", "")


@dataclass(slots=True)
class _House:
    number: int
    letter: str
    place: Place
    postcode: str


@dataclass(slots=True)
class _Street:
    """Pieces of one name that lie together; houses by rising number."""

    name: str
    points: list[Place]
    houses: list[_House] = field(default_factory=list)

    def middle(self) -> Place:
        """Return the street's corner nearest to the mean of its corners, so that it lies on the street."""
        lon = sum(point.lon for point in self.points) / len(self.points)
        lat = sum(point.lat for point in self.points) / len(self.points)
        return min(self.points, key=lambda point: (point.lon - lon) ** 2 + (point.lat - lat) ** 2)

    def reach(self) -> float:
        """Return how far, in metres, a house may be from the middle."""
        middle = self.middle()
        return max(crow_metres(middle, point) for point in self.points)


class Geocoder:
    """Addresses and street names of one map, ready to be searched; about 1 s to make for a city."""

    def __init__(self, streets: StreetMap) -> None:
        self._streets = _streets_by_key(streets)
        self._keys = list(self._streets)
        self._postcodes = _centres(streets.addresses)
        # Many orders go to few streets: a name is compared with the whole map once.
        self._candidates = lru_cache(maxsize=20_000)(self._similar)

    def find(self, text: str, *, number: str = "", postcode: str = "") -> Match:
        """Return the best match for an address in one line, or for a street with its number and postcode apart.

        By falling precision: a house number on the map, one interpolated between its neighbours, the street's
        middle, the postcode's centre. About 1 ms; never raises: what isn't found is a Match 'nothing'.
        """
        line, seen = split_postcode(text, self._postcodes) if not postcode else (text, postcode)
        best = NOTHING
        for reading in readings(line):
            asked = _with_number(reading, number)
            best = max(best, self._on_street(asked, seen), key=lambda match: match.confidence)
            if best.confidence >= 0.99:
                break
        return best if best.place else self._by_postcode(seen)

    def _on_street(self, asked: Reading, postcode: str) -> Match:
        """Return the best match among all streets whose name resembles the one asked for."""
        if not asked.street:
            return NOTHING
        centre = self._centre(postcode)
        matches = []
        for key, alike in self._candidates(asked.street):
            found = [_on(street, asked, postcode) for street in self._streets[key]]
            matches += [replace(match, confidence=match.confidence * alike) for match in _told_apart(found, centre)]
        return max(matches, key=lambda match: match.confidence, default=NOTHING)

    def _similar(self, key: str) -> tuple[tuple[str, float], ...]:
        if key in self._streets:
            return ((key, 1.0),)
        hits = process.extract(key, self._keys, scorer=fuzz.ratio, score_cutoff=_NAME_CUTOFF, limit=3)
        return tuple((str(name), score / 100 * 0.95) for name, score, _ in hits)

    def _centre(self, postcode: str) -> Place | None:
        return self._postcodes.get(postcode) or self._postcodes.get(_district(postcode))

    def _by_postcode(self, postcode: str) -> Match:
        centre = self._centre(postcode) if postcode else None
        if centre is None:
            return NOTHING
        return Match(centre, 0.3 if postcode in self._postcodes else 0.2, "postcode", postcode)


def _with_number(reading: Reading, number: str) -> Reading:
    if not number:
        return reading
    count, letter = house_number(number)
    return replace(reading, number=count, letter=letter)


def _told_apart(found: Sequence[Match], centre: Place | None) -> list[Match]:
    """Choose among streets of the same name: by the postcode's centre, else doubt grows with their number."""
    if centre is None:
        share = 1 / len(found)
        exact = [match for match in found if match.how == "house number"]
        if len(exact) == 1:
            return exact
        return [replace(match, confidence=match.confidence * share) for match in found]
    near = min(found, key=lambda match: crow_metres(match.place, centre) if match.place else math.inf)
    if near.place and crow_metres(near.place, centre) > _POSTCODE_FITS_M:
        near = replace(near, confidence=near.confidence * 0.6)
    return [near]


def _on(street: _Street, asked: Reading, postcode: str) -> Match:
    """Return the most precise place on one street."""
    if asked.number and street.houses:
        found = _house(street, asked, postcode) or _between(street, asked)
        if found:
            return found
    reach = street.reach()
    sure = 0.75 - min(reach, 700.0) / 2000  # 0.75 where the middle is as good as the door, 0.4 on a long street
    return Match(street.middle(), sure, "street", street.name)


def _house(street: _Street, asked: Reading, postcode: str) -> Match | None:
    same = [house for house in street.houses if house.number == asked.number]
    if not same:
        return None
    best = max(same, key=lambda house: (house.letter == asked.letter, bool(postcode) and house.postcode == postcode))
    sure = 1.0 if best.letter == asked.letter else 0.9
    return Match(best.place, sure, "house number", f"{street.name} {best.number}{best.letter}")


def _between(street: _Street, asked: Reading) -> Match | None:
    """Interpolate between the nearest known numbers of the same side (odd or even), else of any."""
    same_side = [house for house in street.houses if (house.number - asked.number) % 2 == 0]
    for houses in (same_side, street.houses):
        at = bisect_left([house.number for house in houses], asked.number)
        if 0 < at < len(houses):
            below, above = houses[at - 1], houses[at]
            share = (asked.number - below.number) / (above.number - below.number)
            gap = crow_metres(below.place, above.place)
            sure = max(0.5, 0.88 - gap / 2000) - (0.0 if houses is same_side else 0.05)
            return Match(_along(below.place, above.place, share), sure, "interpolated", f"{street.name} {asked.number}")
    return None


def _along(a: Place, b: Place, share: float) -> Place:
    return Place(a.lon + (b.lon - a.lon) * share, a.lat + (b.lat - a.lat) * share)


def _district(postcode: str) -> str:
    """Return the part of a postcode that names a district: 4050 of 4050-180, EC1A of EC1A 1BB."""
    return postcode.split("-", maxsplit=1)[0].split(" ", maxsplit=1)[0]


def _centres(addresses: Iterable[Address]) -> dict[str, Place]:
    groups: dict[str, list[Place]] = defaultdict(list)
    for address in addresses:
        if address.postcode:
            for code in {address.postcode, _district(address.postcode)}:
                groups[code].append(address.place)
    return {code: _mean(places) for code, places in groups.items()}


def _mean(places: Sequence[Place]) -> Place:
    return Place(sum(p.lon for p in places) / len(places), sum(p.lat for p in places) / len(places))


def _streets_by_key(streets: StreetMap) -> dict[str, list[_Street]]:
    """Gather corners and houses by name, then part what lies apart."""
    corners: dict[str, list[tuple[Place, str]]] = defaultdict(list)
    for street in streets.streets:
        if street.name:
            points = [Place(float(streets.lon[n]), float(streets.lat[n])) for n in street.nodes]
            corners[street_key(street.name)] += [(point, street.name) for point in points]
    houses: dict[str, list[Address]] = defaultdict(list)
    for address in streets.addresses:
        houses[street_key(address.street)].append(address)
    keys = [key for key in {**corners, **houses} if key]
    return {key: _parted(corners.get(key, []), houses.get(key, [])) for key in keys}


def _parted(corners: Sequence[tuple[Place, str]], houses: Sequence[Address]) -> list[_Street]:
    cells: dict[tuple[int, int], list[tuple[Place, str]]] = defaultdict(list)
    for place, name in corners or [(house.place, house.street) for house in houses]:
        cells[_cell(place)].append((place, name))
    parted = []
    while cells:
        together = _flood(cells)
        parted.append(_Street(together[0][1], [place for place, _ in together]))
    for house in sorted(houses, key=lambda house: house_number(house.number)):
        number, letter = house_number(house.number)
        nearest = min(parted, key=lambda street: _apart(street, house.place)) if len(parted) > 1 else parted[0]
        if number:
            nearest.houses.append(_House(number, letter, house.place, house.postcode))
    return parted


def _cell(place: Place) -> tuple[int, int]:
    return math.floor(place.lon * math.cos(math.radians(place.lat)) / _CELL), math.floor(place.lat / _CELL)


def _flood(cells: dict[tuple[int, int], list[tuple[Place, str]]]) -> list[tuple[Place, str]]:
    """Take a cell and all that touch it, and theirs, out of `cells`."""
    start, gathered = cells.popitem()
    edge = [start]
    while edge:
        x, y = edge.pop()
        for near in [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]:
            if near in cells:
                gathered = gathered + cells.pop(near)
                edge.append(near)
    return gathered


def _apart(street: _Street, place: Place) -> float:
    return min((point.lon - place.lon) ** 2 + (point.lat - place.lat) ** 2 for point in street.points)

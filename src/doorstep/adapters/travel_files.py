"""Travel in `problem.json`: matrices by slot, arrival functions or kept legs, inline or in an `.npz`; or lines."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.adapters.kept_legs import KeptLegs
from doorstep.adapters.straight_lines import GlobeLines
from doorstep.adapters.strict_json import LARGEST, Spot, keep, shown
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.travel import MATRIX_PLACES, ArrivalFunctions, AskedTimes, TimesByProfile, Travel, TravelTimes
from doorstep.domain.units import Seconds

MOST_LEGS = 400_000_000
"""Entries of all matrices together (a knot of an arrival function counts as one): 3.2 GB of seconds and metres."""
LARGEST_ARCHIVE = 8 * MOST_LEGS + (1 << 20)
"""Bytes of an `.npz`: both matrices in 32 bits, and what the archive adds."""
NO_ARCHIVE = (zipfile.BadZipFile, zlib.error, RuntimeError)
"""What damaged, encrypted or strangely packed archives raise (NotImplementedError is a RuntimeError)."""
FARTHEST = (1 << 28) - 1
"""Seconds that a leg may take; more stands for no way at all: eight years."""
INLINE_LEGS = 20_000
"""Up to this many entries a written file carries its travel itself."""
UNKNOWN = "doorstep does not read it, and leaving it out silently would change the problem"


# Reading


def travel_of(
    spot: Spot, whose: Sequence[str], needed: set[str], folder: Path, places: Sequence[Place | None] = ()
) -> dict[str, Travel]:
    """Return travel between places by profile; an `.npz` is looked for in `folder`.

    `whose` says of each place, in words, who is there.
    """
    n = len(whose)
    missing = sorted(needed - set(spot.names()))
    if missing:
        raise spot.wrong(f"expected matrices for profile {missing[0]!r}, which a shift drives; found none.")
    asked = {p: _asked(spot.at(p), places, folder) for p in spot.names() if _is_asked(spot.at(p))}
    edges = {p: _edges(spot.at(p).at("edges")) for p in spot.names() if p not in asked and not _by_function(spot.at(p))}
    legs = sum(len(starts) * n * n for starts in edges.values())
    if legs > MOST_LEGS:
        raise spot.wrong(f"expected at most {MOST_LEGS:,} legs, got {legs:,}; split the day by depot.")
    archives = _Archives(folder)
    return asked | {
        profile: _times(spot.at(profile), edges[profile], whose, archives)
        if profile in edges
        else _functions(spot.at(profile), whose, archives)
        for profile in spot.names()
        if profile not in asked
    }


def _is_asked(spot: Spot) -> bool:
    return spot.get("lines") is not None or spot.get("ends") is not None


def _asked(spot: Spot, places: Sequence[Place | None], folder: Path) -> TravelTimes:
    """Return travel that is no matrix: straight lines between the places, or some legs that were kept."""
    if spot.get("lines") is not None:
        return _lines(spot.only(("lines",), UNKNOWN).at("lines"), places)
    spot.only(("edges", "name", "npz", "sha256", "ends", "seconds", "metres"), UNKNOWN)
    edges, archives = _edges(spot.at("edges")), _Archives(folder)
    content, n = archives.content(spot), len(places)
    size = _length(content, spot.at("ends"))
    if len(edges) * size > MOST_LEGS:
        raise spot.wrong(f"expected at most {MOST_LEGS:,} legs in all slots, got {len(edges)} slots of {size} legs.")
    ends = _from_npz(content, spot.at("ends"), (size,), n * n).astype(np.int64)
    if size and (np.diff(ends) <= 0).any():
        raise spot.at("ends").wrong("expected ends that rise, got others.")
    legs = [_from_npz(content, spot.at(name), (len(edges), size)) for name in ("seconds", "metres")]
    return KeptLegs(spot.at("name").text(), edges, n, ends, np.stack(legs).astype(np.int32)).times()


def _lines(spot: Spot, places: Sequence[Place | None]) -> TravelTimes:
    """Return straight lines: matrices of a few places, to be asked for between many."""
    spot.only(("edges", "detour", "metres_per_second"), UNKNOWN)
    edges = (Seconds(0),) if spot.get("edges") is None else _edges(spot.at("edges"))
    speeds = [one.number(0.1, 1000) for one in spot.at("metres_per_second").items()]
    if len(speeds) != len(edges):
        raise spot.wrong(f"expected one speed for each of {len(edges)} slots, got {len(speeds)}.")
    if len(edges) * min(len(places), MATRIX_PLACES) ** 2 > MOST_LEGS:
        raise spot.wrong(
            f"expected at most {MOST_LEGS:,} legs in all slots, got {len(edges)} slots of {len(places)} places."
        )
    known = [place for place in places if place is not None]
    if len(known) < len(places):
        raise spot.wrong(f"expected coordinates of every place, got none for place {list(places).index(None)}.")
    detour = 1.0 if spot.get("detour") is None else spot.at("detour").number(1, 10)
    return at_hand(GlobeLines.of(known, detour=detour, metres_per_second=speeds, edges=edges).times())


def _by_function(spot: Spot) -> bool:
    return spot.get("arrivals") is not None or spot.get("begins") is not None


def _edges(spot: Spot) -> tuple[Seconds, ...]:
    edges = spot.wholes()
    if not edges or edges[0] != 0 or any(a >= b for a, b in pairwise(edges)):
        raise spot.refused("slot edges that start at 0 and rise")
    return tuple(Seconds(edge) for edge in edges)


def _times(spot: Spot, edges: tuple[Seconds, ...], whose: Sequence[str], archives: "_Archives") -> TravelTimes:
    shape = (len(edges), len(whose), len(whose))
    if spot.get("npz") is None:
        spot.only(("edges", "seconds", "metres"), UNKNOWN)
        seconds = _legs(spot.at("seconds"), shape, whose, FARTHEST)
        metres = _legs(spot.at("metres"), shape, whose, LARGEST)
    else:
        spot.only(("edges", "npz", "sha256", "seconds", "metres"), UNKNOWN)
        content = archives.content(spot)
        seconds = _legs_from_npz(content, spot.at("seconds"), shape, whose, FARTHEST)
        metres = _legs_from_npz(content, spot.at("metres"), shape, whose, LARGEST)
    for name, array in (("seconds", seconds), ("metres", metres)):
        stays = np.argwhere(np.diagonal(array, axis1=1, axis2=2) != 0)
        if len(stays):
            k, i = (int(x) for x in stays[0])
            raise YourInput(
                f"{spot.where}.{name}[{k}][{i}][{i}]: expected 0 from a place to itself, got {array[k, i, i]}."
            )
    return TravelTimes(edges, seconds.astype(np.int32), metres.astype(np.int32))


def _legs(spot: Spot, shape: tuple[int, ...], whose: Sequence[str], most: int) -> NDArray[np.int32]:
    """Return nested lists of legs; where one can't be a leg, its two ends are named."""
    try:
        return spot.array(shape, most)
    except YourInput:
        _refuse_no_leg(spot, (), whose, (len(shape), most))
        raise


def _refuse_no_leg(spot: Spot, at: tuple[int, ...], whose: Sequence[str], fits: tuple[int, int]) -> None:
    """Raise at the first leg that is null, no whole number, negative or too far, if there is one.

    `fits` are how deep legs lie in the lists, and how much one may be.
    """
    deep, most = fits
    if isinstance(spot.value, list) and len(at) < deep:
        for k, item in enumerate(spot.value):
            _refuse_no_leg(Spot(item, f"{spot.where}[{k}]"), (*at, k), whose, fits)
    elif len(at) == deep and max(at[-2:]) < len(whose) and not _is_leg(spot.value, most):
        raise _no_leg(spot, (whose[at[-2]], whose[at[-1]]), most)


def _is_leg(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _legs_from_npz(content: bytes, spot: Spot, shape: tuple[int, ...], whose: Sequence[str], most: int) -> NDArray[Any]:
    """Return an array of legs; where one can't be a leg, its two ends are named."""
    legs = _array(content, spot, shape)
    for at in np.argwhere((legs < 0) | (legs > most))[:1].tolist():
        leg = Spot(int(legs[tuple(at)]), f"{spot.where}{''.join(f'[{k}]' for k in at)}")
        raise _no_leg(leg, (whose[at[-2]], whose[at[-1]]), most)
    return legs


def _no_leg(leg: Spot, ends: tuple[str, str], most: int) -> YourInput:
    """Return the error for a leg that nobody can take, or that is given as if so."""
    null = " (OSRM's word for no way at all)" if leg.value is None else ""
    return leg.wrong(
        f"expected a whole number from 0 to {most:,} for the leg from {ends[0]} to {ends[1]}, got {shown(leg.value)}"
        f"{null}; give it a number, or leave one of the two out where no way leads from one to the other."
    )


def _functions(spot: Spot, whose: Sequence[str], archives: "_Archives") -> ArrivalFunctions:
    """Return arrival functions: `arrivals[i][j]` is [departures, arrivals] inline, flat arrays in an `.npz`."""
    n = len(whose)
    if spot.get("npz") is None:
        spot.only(("arrivals", "metres"), UNKNOWN)
        begins, at, there = _flat(spot.at("arrivals"), n)
        metres = _legs(spot.at("metres"), (n, n), whose, LARGEST)
    else:
        spot.only(("npz", "sha256", "begins", "at", "there", "metres"), UNKNOWN)
        content = archives.content(spot)
        begins = _from_npz(content, spot.at("begins"), (n * n + 1,))
        at, there = (_from_npz(content, spot.at(name), (int(begins[-1]),)) for name in ("at", "there"))
        metres = _legs_from_npz(content, spot.at("metres"), (n, n), whose, LARGEST)
    try:
        return ArrivalFunctions(begins.astype(np.int64), *(x.astype(np.int32) for x in (at, there, metres)))
    except YourInput as error:
        raise spot.wrong(f"{error}") from None


def _flat(spot: Spot, n: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return beginnings, departures and arrivals of nested lists of legs."""
    begins, knots = [0], [np.zeros((2, 0), np.int32)]
    rows = list(spot.items())
    for row in rows:
        legs = list(row.items())
        if len(legs) != n or len(rows) != n:
            raise row.wrong(f"expected {n} rows of {n} legs, got {len(rows)} rows and here {len(legs)} legs.")
        for leg in legs:
            pair = list(leg.items())
            if len(pair) not in (0, 2):
                raise leg.wrong(f"expected [departures, arrivals], or [] where it stays, got {len(pair)} items.")
            if pair:
                at, there = (np.array(side.wholes(), np.int32) for side in pair)
                if len(at) != len(there):
                    raise leg.wrong(f"expected as many arrivals as departures, got {len(there)} and {len(at)}.")
                knots.append(np.stack([at, there]))
            begins.append(begins[-1] + (len(at) if pair else 0))
    flat = np.concatenate(knots, axis=1)
    return np.array(begins, np.int64), flat[0], flat[1]


class _Archives:
    """The `.npz` files beside a problem, each read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.read: dict[str, bytes] = {}

    def content(self, spot: Spot) -> bytes:
        """Return the bytes of the archive that a profile names, after comparing their fingerprint."""
        name, sha256 = spot.at("npz").text(), spot.at("sha256").text()
        if Path(name).name != name:
            raise spot.at("npz").refused("the bare name of a file beside the problem")
        if name not in self.read:
            self.read[name] = bytes_of(self.folder / name, spot.at("npz"), LARGEST_ARCHIVE)
        found = hashlib.sha256(self.read[name]).hexdigest()
        if found != sha256:
            raise YourInput(
                f"{spot.where}.sha256: expected {name} to have {shown(sha256)}, found {found}; it was changed."
            )
        return self.read[name]


def bytes_of(path: Path, spot: Spot, most: int) -> bytes:
    """Return the content of a file that a spot names, up to `most` bytes."""
    try:
        if not path.is_file():
            raise spot.refused(f"a file in {path.parent}", "there is none of that name")
        if path.stat().st_size > most:
            raise spot.refused(f"a file of at most {most:,} bytes", "split the day by depot")
        return path.read_bytes()
    except OSError as error:
        raise spot.refused(f"a file in {path.parent}", f"{error.strerror}") from error


def _length(content: bytes, spot: Spot) -> int:
    """Return how long an array of an archive claims to be."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(f"{spot.text()}.npy") as member:
            shape, _ = _npy_header(member)
    except (*NO_ARCHIVE, KeyError, ValueError, OSError, EOFError) as error:
        raise spot.wrong(f"expected array {spot.text()!r} in the .npz, got {error}.") from error
    if len(shape) != 1 or shape[0] > MOST_LEGS:
        raise spot.wrong(f"expected up to {MOST_LEGS:,} numbers in a row, got shape {shape}.")
    return shape[0]


def _from_npz(content: bytes, spot: Spot, shape: tuple[int, ...], most: int = LARGEST) -> NDArray[Any]:
    """Return an array of an archive with whole numbers from 0 to `most`."""
    array = _array(content, spot, shape)
    wrong = np.argwhere((array < 0) | (array > most))
    if len(wrong):
        index = tuple(int(k) for k in wrong[0])
        raise YourInput(f"{spot.where}{list(index)}: expected 0 to {most:,}, got {array[index]}.")
    return array


def _array(content: bytes, spot: Spot, shape: tuple[int, ...]) -> NDArray[Any]:
    name = spot.text()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            with archive.open(f"{name}.npy") as member:
                found_shape, dtype = _npy_header(member)
            if found_shape != shape or dtype.kind not in "iu":
                raise spot.wrong(f"expected whole numbers of shape {shape}, got {dtype} of {found_shape}.")
            # np.load would rather take a member called `name` alone, whose size nobody has looked at.
            with archive.open(f"{name}.npy") as member:
                array: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
    except (*NO_ARCHIVE, KeyError, ValueError, OSError, EOFError) as error:
        raise spot.wrong(f"expected array {name!r} in the .npz, got {error}.") from error
    return array


def _npy_header(member: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type that an array claims, before any memory is given to it."""
    version = np.lib.format.read_magic(member)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"a format version {version}")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(member)
    return shape, dtype


def at_hand(times: AskedTimes) -> TravelTimes:
    """Return the matrices where there are few places, else the travel as it is: to be asked for."""
    if len(times.rows) > MATRIX_PLACES:
        return times
    return TravelTimes(times.edges, times.seconds, times.metres)


# Writing


def travel_document(times: TimesByProfile, beside: Path, *, inline: bool | None) -> dict[str, Any]:
    """Return travel as JSON values; what is not to stand inline is written to the `.npz` file `beside`.

    None: inline where it is small.
    """
    asked = {profile: travel for profile, travel in times.items() if isinstance(travel, AskedTimes)}
    lines = {profile: _lines_row(t.legs) for profile, t in asked.items() if isinstance(t.legs, GlobeLines)}
    kept = {profile: KeptLegs.of(t) for profile, t in asked.items() if profile not in lines}
    held = {profile: travel for profile, travel in times.items() if profile not in asked}
    entries = sum(t.seconds.size if isinstance(t, TravelTimes) else t.at.size for t in held.values())
    if not kept and (entries <= INLINE_LEGS if inline is None else inline):
        return lines | {profile: _inline(travel) for profile, travel in held.items()}
    return lines | _beside({**held, **kept}, beside)


def _lines_row(legs: GlobeLines) -> dict[str, Any]:
    slots = {"edges": list(legs.edges)} if len(legs.edges) > 1 else {}
    return {"lines": {**slots, "detour": legs.detour, "metres_per_second": list(legs.metres_per_second)}}


def _inline(travel: Travel) -> dict[str, Any]:
    metres = travel.metres.tolist()
    if isinstance(travel, TravelTimes):
        return {"edges": list(travel.edges), "seconds": travel.seconds.tolist(), "metres": metres}
    n = len(travel.metres)
    legs = [
        [travel.at[a:b].tolist(), travel.there[a:b].tolist()] if b > a else []
        for a, b in pairwise(travel.begins.tolist())
    ]
    return {"arrivals": [legs[i * n : (i + 1) * n] for i in range(n)], "metres": metres}


def _beside(times: Mapping[str, Travel | KeptLegs], path: Path) -> dict[str, Any]:
    arrays: dict[str, NDArray[Any]] = {}
    entries: dict[str, dict[str, Any]] = {}
    for k, (profile, travel) in enumerate(times.items()):
        parts = _parts(travel)
        arrays |= {f"{name}_{k}": array for name, array in parts.items()}
        edges: dict[str, Any] = {} if isinstance(travel, ArrivalFunctions) else {"edges": list(travel.edges)}
        edges |= {"name": travel.name} if isinstance(travel, KeptLegs) else {}
        entries[profile] = edges | {name: f"{name}_{k}" for name in parts}
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    keep(path, content.getvalue())
    sha256 = hashlib.sha256(content.getvalue()).hexdigest()
    return {profile: {**entry, "npz": path.name, "sha256": sha256} for profile, entry in entries.items()}


def _parts(travel: Travel | KeptLegs) -> Mapping[str, NDArray[Any]]:
    """Return the arrays that travel is made of, little-endian."""
    if isinstance(travel, KeptLegs):
        seconds, metres = (np.ascontiguousarray(legs, "<i4") for legs in travel.legs)
        return {"ends": np.ascontiguousarray(travel.ends, "<i8"), "seconds": seconds, "metres": metres}
    metres = np.ascontiguousarray(travel.metres, "<i4")
    if isinstance(travel, TravelTimes):
        return {"seconds": np.ascontiguousarray(travel.seconds, "<i4"), "metres": metres}
    at, there = (np.ascontiguousarray(x, "<i4") for x in (travel.at, travel.there))
    return {"begins": np.ascontiguousarray(travel.begins, "<i8"), "at": at, "there": there, "metres": metres}


def travel_sha256(times: TimesByProfile, digest: "hashlib._Hash") -> None:
    """Add travel to a fingerprint: for each profile its name, slot edges and shape, then its arrays.

    Of legs that are asked for it is what they are, in words: some of them, kept, are the same travel.
    """
    for profile, travel in sorted(times.items()):
        if isinstance(travel, AskedTimes):
            digest.update(json.dumps([profile, list(travel.edges), travel.name]).encode())
            continue
        edges = list(travel.edges) if isinstance(travel, TravelTimes) else "arrivals"
        parts = _parts(travel)
        digest.update(json.dumps([profile, edges, list(next(iter(parts.values())).shape)]).encode())
        for array in parts.values():
            digest.update(array.tobytes())

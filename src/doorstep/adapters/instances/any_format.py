"""A problem in whatever format it comes."""

from pathlib import Path

from doorstep.adapters.instances.asked import Asked
from doorstep.adapters.instances.coordinates import Ways, straight_ways
from doorstep.adapters.instances.lyon import is_lyon, read_lyon
from doorstep.adapters.instances.route_optimization import is_route_optimization, read_route_optimization
from doorstep.adapters.instances.solomon import is_solomon, read_solomon
from doorstep.adapters.instances.vroom import is_vroom, read_vroom
from doorstep.adapters.instances.vrplib import is_vrplib, read_vrplib
from doorstep.adapters.problem_files import problem_of
from doorstep.adapters.strict_json import Spot, parsed, text_of
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Problem

KNOWN = (
    "doorstep's problem.json, VRPLIB or Solomon text, VROOM JSON, a Route Optimization request, or MAMUT-routing's "
    "time-dependent JSON"
)


def read_any(path: Path, *, vehicles: int | None = None) -> Problem:
    """Return the problem of a file in any known format, told from its content.

    `vehicles` replaces the number in a benchmark text; the other formats list their vehicles one by one.
    Raises YourInput with the spot, what was expected and what came.
    """
    return read_asked(path, vehicles=vehicles).problem


def read_asked(path: Path, *, vehicles: int | None = None, ways: Ways = straight_ways) -> Asked:
    """Return all that a file asks, with the plan it brings along and the way to answer in its own words.

    `ways` gives the legs between coordinates where a file has no matrices.
    """
    text = text_of(path)
    if text[:4000].lstrip().startswith(("{", "[")):
        if vehicles is not None:
            raise YourInput(f"{path.name}: expected no number of vehicles, because JSON lists them one by one.")
        try:
            return _from_json(parsed(text, path.name), path, ways)
        except RecursionError:
            raise YourInput(f"{path.name}: expected JSON of usual depth, got lists in lists; check the file.") from None
    if vehicles is not None and vehicles < 1:
        raise YourInput(f"Expected at least one vehicle, got {vehicles}.")
    if is_solomon(text):
        return Asked(read_solomon(text, path.name, vehicles=vehicles))
    if is_vrplib(text):
        return Asked(read_vrplib(text, path.name, vehicles=vehicles))
    start = text[:40].split("\n", 1)[0]
    raise YourInput(
        f"{path.name}: expected {KNOWN}, got a text that begins {start!r}; check that this is the right file."
    )


def _from_json(root: Spot, path: Path, ways: Ways) -> Asked:
    keys = set(root.names())
    if is_route_optimization(root):
        return read_route_optimization(root, path.stem, ways)
    if is_vroom(root):
        return read_vroom(root, path.stem, ways)
    _refuse_answer(root, keys)
    if is_lyon(root):
        return Asked(read_lyon(root, path.parent))
    if "schema_version" not in keys:
        raise root.wrong(f"expected {KNOWN}, got JSON with the keys {', '.join(sorted(keys)[:8]) or 'none'}.")
    return Asked(problem_of(root, path.parent))


def _refuse_answer(root: Spot, keys: set[str]) -> None:
    """Refuse a plan where a problem belongs, by whose plan it looks like."""
    if "routes" in keys and "unserved" in keys:
        raise root.wrong("expected a problem, got a plan; name the problem first.")
    if "routes" in keys and "unassigned" in keys:
        raise root.wrong("expected a problem, got VROOM's answer to one; name the question.")
    if "routes" in keys and "metrics" in keys:
        raise root.wrong("expected a problem, got Route Optimization's answer to one; name the request.")

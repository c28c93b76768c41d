"""Names in `problem.json` that other parts refer to: each is there once, and whoever is referred to exists."""

from collections.abc import Container, Iterable, Iterator

from doorstep.adapters.strict_json import Spot
from doorstep.domain.problem import Charge, PlannedShift, Problem


def refuse_unknown_names(root: Spot, problem: Problem) -> None:
    """Raise YourInput where an id stands twice, or a part names what the problem does not have."""
    stops, shifts = list(root.at("stops").items()), list(root.at("shifts").items())
    each_once("stop_id", ((s.stop_id, spot) for s, spot in zip(problem.stops, stops, strict=True)))
    each_once("order id", ((o, spot) for s, spot in zip(problem.stops, stops, strict=True) for o in s.order_ids))
    each_once("shift_id", ((s.shift_id, spot) for s, spot in zip(problem.shifts, shifts, strict=True)))
    chargers = zip(problem.chargers, _items(root, "chargers"), strict=True)
    each_once("charger_id", ((c.charger_id, spot) for c, spot in chargers))
    stop_ids = {stop.stop_id for stop in problem.stops}
    _pairs(root, stop_ids)
    _vetoes(root, problem, stop_ids)
    _pairings(root, problem, stop_ids)
    _firsts(problem, shifts, stop_ids)


def each_once(name: str, ids: Iterable[tuple[str, Spot]]) -> None:
    """Raise where a name comes twice."""
    seen: dict[str, Spot] = {}
    for found, spot in ids:
        if found in seen:
            raise spot.wrong(f"expected each {name} once, got {found!r} as in {seen[found].where} already.")
        seen[found] = spot


def _items(root: Spot, name: str) -> Iterator[Spot]:
    spot = root.get(name)
    return iter(()) if spot is None else spot.items()


def _known(spot: Spot, name: str, known: Container[str], what: str) -> None:
    if name not in known:
        raise spot.wrong(f"expected {what} of this problem, got {name!r}.")


def _pairs(root: Spot, stop_ids: Container[str]) -> None:
    """Raise where a pair is none."""
    halves: list[tuple[str, Spot]] = []
    for spot in _items(root, "pairs"):
        both = [(spot.at(name).text(), spot.at(name)) for name in ("pickup", "delivery")]
        for stop_id, half in both:
            _known(half, stop_id, stop_ids, "a stop")
        if both[0][0] == both[1][0]:
            raise spot.wrong(f"expected a pick-up and a delivery at two stops, got {both[0][0]!r} twice.")
        halves += both
    each_once("stop in one pair", halves)


def _vetoes(root: Spot, problem: Problem, stop_ids: Container[str]) -> None:
    people = {who for shift in problem.shifts for who in (shift.shift_id, shift.driver_id) if who is not None}
    for veto, spot in zip(problem.vetoes, _items(root, "vetoes"), strict=True):
        _known(spot.at("who"), veto.who, people, "a shift or a driver")
        _known(spot.at("stop_id"), veto.stop_id, stop_ids, "a stop")


def _pairings(root: Spot, problem: Problem, stop_ids: Container[str]) -> None:
    shift_ids = {shift.shift_id for shift in problem.shifts}
    for part, shifts in problem.valuation.pairings.items():
        spot = root.at("pairings").at(part)
        for shift_id, stops in shifts.items():
            _known(spot, shift_id, shift_ids, "a shift")
            for stop_id in stops:
                _known(spot.at(shift_id), stop_id, stop_ids, "a stop")


def _firsts(problem: Problem, spots: Iterable[Spot], stop_ids: Container[str]) -> None:
    """Raise where what is driven or frozen is unknown, or comes first in two places."""
    chargers = {charger.charger_id for charger in problem.chargers}
    firsts: list[tuple[str, Spot]] = []
    for shift, spot in zip(problem.shifts, spots, strict=True):
        for name, at in _first_stops(shift, spot):
            _known(at, name, stop_ids, "a stop")
            firsts.append((name, at))
        for driven in shift.driven:
            if isinstance(driven.halt, Charge):
                _known(spot.at("driven"), driven.halt.charger_id, chargers, "a charger")
    each_once("driven or frozen stop", firsts)


def _first_stops(shift: PlannedShift, spot: Spot) -> Iterator[tuple[str, Spot]]:
    """Yield the stops that a shift has driven, then those that are frozen."""
    yield from ((driven.halt, spot.at("driven")) for driven in shift.driven if isinstance(driven.halt, str))
    yield from ((stop_id, spot.at("frozen")) for stop_id in shift.frozen)

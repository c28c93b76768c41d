"""Who may serve what: shifts that are searched together, and stops that must be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from operator import le

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import PlannedShift, Problem, Stop

Kind = tuple[frozenset[str], tuple[int, ...], int, int]
"""Skills, room, and the first and last second of a shift."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Shifts that share stops: who they are, and each kind of skills, room and hours once."""

    shifts: tuple[PlannedShift, ...]
    who: frozenset[str]
    kinds: frozenset[Kind]

    @classmethod
    def of(cls, shifts: Sequence[PlannedShift]) -> "Crew":
        """Return the crew of these shifts."""
        names = frozenset(name for s in shifts for name in (s.shift_id, s.driver_id) if name)
        return cls(tuple(shifts), names, frozenset((s.offers, s.capacities, s.starts, s.ends) for s in shifts))

    def may(self, stop: Stop) -> bool:
        """Return whether somebody has the skills, the room and the hours, and is among those who may come."""
        most = most_at_once(stop)
        return (not stop.only or bool(stop.only & self.who)) and any(
            stop.needs <= offers and all(map(le, most, capacities)) and _at_work(stop, starts, ends)
            for offers, capacities, starts, ends in self.kinds
        )

    def may_all(self, stops: Sequence[Stop]) -> bool:
        """Return whether each of these stops may be served by somebody."""
        return all(self.may(stop) for stop in stops)


def _at_work(stop: Stop, starts: int, ends: int) -> bool:
    return stop.release <= ends and (
        not stop.windows or any(w.opens <= ends and w.closes >= starts for w in stop.windows)
    )


def most_at_once(stop: Stop) -> tuple[int, ...]:
    """Return by dimension the room that a van needs for a stop: for what it brings, or takes along."""
    return tuple(map(max, stop.amounts, stop.picks)) if stop.picks else stop.amounts


def anchors(problem: Problem) -> dict[str, str]:
    """Return for each stop the stop whose cell it shares: itself, or the pick-up of its pair."""
    return {s.stop_id: s.stop_id for s in problem.stops} | {p.delivery: p.pickup for p in problem.pairs}


def errands(problem: Problem) -> Mapping[str, Sequence[Stop]]:
    """Return the stops that share a cell, by the one that the others follow."""
    anchor, found = anchors(problem), dict[str, list[Stop]]()
    for stop in problem.stops:
        found.setdefault(anchor[stop.stop_id], []).append(stop)
    return found


def first_able(crews: Sequence[Crew], wanted: Sequence[int], errand: Sequence[Stop]) -> int:
    """Return the first of the cells wanted whose shifts may serve all of an errand; the first where none may."""
    return next((k for k in wanted if crews[k].may_all(errand)), wanted[0])


def has_room(shift: PlannedShift, on_board: Sequence[Stop], errand: Sequence[Stop]) -> bool:
    """Return whether a shift that serves stops can take an errand as well, by what its trips hold and its stops.

    Goods of a pair are on board for a part of the way only, so they count for nothing here.
    """
    if shift.max_stops is not None and len(on_board) + len(errand) > shift.max_stops:
        return False
    if len(errand) > 1:
        return True
    trips = trips_of(shift)
    return all(
        sum(stop.amounts[k] for stop in on_board) + amount <= trips * room
        for k, (amount, room) in enumerate(zip(errand[0].amounts, shift.capacities, strict=True))
    )


def trips_of(shift: PlannedShift) -> int:
    """Return how many loads a shift can bring."""
    return shift.max_trips if shift.reloads else 1


def dealt_by_need(
    shifts: Sequence[PlannedShift], quotas: Sequence[int], errands: Sequence[Sequence[Sequence[Stop]]]
) -> list[list[PlannedShift]]:
    """Return shifts dealt out in parts of so many, each with the kinds that its errands need.

    First come the shifts that some errands must have because not all others may serve them, as many as they need; then
    the others are dealt like cards, kind after kind, so that every part gets some of each.
    """
    hands: list[list[PlannedShift]] = [[] for _ in quotas]
    kinds = _kinds(shifts, {who for part in errands for errand in part for stop in errand for who in stop.only})
    needed = _needed(kinds, errands) if len(kinds) > 1 else {}
    for kind in sorted(needed, key=lambda kind: len(kinds[kind].shifts)):
        missing = np.ceil(needed[kind])
        for shift in kinds[kind].shifts:
            missing[[len(hand) >= quota for hand, quota in zip(hands, quotas, strict=True)]] = 0
            if missing.max() > 0:
                hands[int(missing.argmax())].append(shift)
                missing[missing.argmax()] -= 1
    held = {shift.shift_id for hand in hands for shift in hand}
    open_hands = cycle(range(len(quotas)))
    for shift in in_kinds(s for s in shifts if s.shift_id not in held):
        hands[next(k for k in open_hands if len(hands[k]) < quotas[k])].append(shift)
    return hands


def in_kinds(shifts: Iterable[PlannedShift]) -> list[PlannedShift]:
    """Return shifts in the order in which they are dealt: kind after kind."""
    return sorted(shifts, key=lambda s: (s.start, s.profile, s.capacities, s.starts, s.ends))


def _kinds(shifts: Sequence[PlannedShift], named: set[str]) -> list[Crew]:
    """Return the shifts by skills, room, and whom somebody names; the plainest first."""
    found: dict[tuple[object, ...], list[PlannedShift]] = {}
    for s in shifts:
        found.setdefault((s.offers, s.capacities, frozenset({s.shift_id, s.driver_id} & named)), []).append(s)
    return [Crew.of(same) for same in sorted(found.values(), key=lambda x: (len(x[0].offers), sum(x[0].capacities)))]


def _needed(kinds: Sequence[Crew], errands: Sequence[Sequence[Sequence[Stop]]]) -> dict[int, NDArray[np.float64]]:
    """Return by kind how many of its shifts each part needs for errands that not every kind may serve."""
    common = frozenset.intersection(*(one.shifts[0].offers for one in kinds))
    least = tuple(map(min, *(one.shifts[0].capacities for one in kinds)))
    found: dict[int, NDArray[np.float64]] = {}
    for part, own in enumerate(errands):
        for errand in own:
            if all(not s.only and s.needs <= common and all(map(le, most_at_once(s), least)) for s in errand):
                continue
            kind = next((k for k, crew in enumerate(kinds) if crew.may_all(errand)), None)
            if kind is not None:
                found.setdefault(kind, np.zeros(len(errands)))[part] += part_of_a_van(kinds[kind].shifts[0], errand)
    return found


def part_of_a_van(shift: PlannedShift, errand: Sequence[Stop]) -> float:
    """Return which part of what a shift can take an errand takes, of what it takes most of."""
    loads = [
        a / (trips_of(shift) * c) for s in errand for a, c in zip(most_at_once(s), shift.capacities, strict=True) if c
    ]
    hours = sum(s.service for s in errand) / max(1, shift.ends - shift.starts)
    of_stops = 0.0 if shift.max_stops is None else len(errand) / max(1, shift.max_stops)
    return max(*loads, hours, of_stops, 0.001)

"""The problem by id: who is who, which stops make pairs, and who must not be given what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doorstep.domain.problem import Charger, PlannedShift, Problem, Stop, Veto
from doorstep.domain.units import Seconds


@dataclass(frozen=True, slots=True)
class Question:
    """A problem, looked up by id. `fetched_for[pickup]` are its deliveries, `fetched_at[delivery]` its pickups."""

    problem: Problem
    stops: Mapping[str, Stop]
    stop_of: Mapping[str, Stop]
    shifts: Mapping[str, PlannedShift]
    chargers: Mapping[str, Charger]
    fetched_for: Mapping[str, tuple[str, ...]]
    fetched_at: Mapping[str, tuple[str, ...]]
    vetoes: Mapping[str, Sequence[Veto]]

    @classmethod
    def of(cls, problem: Problem) -> "Question":
        """Return the problem, looked up by id."""
        stops = {stop.stop_id: stop for stop in problem.stops}
        known = [(p.pickup, p.delivery) for p in problem.pairs if p.pickup in stops and p.delivery in stops]
        return cls(
            problem=problem,
            stops=stops,
            stop_of={order: stop for stop in problem.stops for order in stop.order_ids},
            shifts={shift.shift_id: shift for shift in problem.shifts},
            chargers={charger.charger_id: charger for charger in problem.chargers},
            fetched_for=_grouped(known),
            fetched_at=_grouped([(delivery, pickup) for pickup, delivery in known]),
            vetoes=_by_stop(problem.vetoes),
        )

    def kind(self, stop: Stop) -> str:
        """Return what a visit of that stop is: a pick-up, or a plain stop."""
        only_picks = any(stop.picks) and not any(stop.amounts)
        return "pickup" if stop.stop_id in self.fetched_for or only_picks else "stop"

    def refusals(self, shift: PlannedShift, stop: Stop) -> list[tuple[str, str]]:
        """Return who of this shift and its driver must not be given that stop, and each reason why."""
        vetoes = self.vetoes.get(stop.stop_id, ())
        return [(veto.who, veto.reason) for veto in vetoes if veto.who in (shift.shift_id, shift.driver_id)]


def may_come(shift: PlannedShift, stop: Stop) -> bool:
    """Return whether the stop is open to this shift or its driver."""
    return not stop.only or shift.shift_id in stop.only or shift.driver_id in stop.only


def paid_from(shift: PlannedShift, leaves_at: int) -> int:
    """Return the instant from which the driver is paid."""
    return leaves_at if shift.free_departure else Seconds(shift.starts)


def _grouped(links: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    grouped: dict[str, tuple[str, ...]] = {}
    for one, other in links:
        grouped[one] = (*grouped.get(one, ()), other)
    return grouped


def _by_stop(vetoes: Sequence[Veto]) -> dict[str, list[Veto]]:
    grouped: dict[str, list[Veto]] = {}
    for veto in vetoes:
        grouped.setdefault(veto.stop_id, []).append(veto)
    return grouped

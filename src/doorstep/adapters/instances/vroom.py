"""VROOM's JSON: jobs, shipments, vehicles, matrices or coordinates, by its API page of 2025.

What doorstep can't plan is refused by name. A vehicle leaves when it likes inside its time window. VROOM serves as
many tasks as it can, the more important first; so do the prices of leaving out here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from doorstep.adapters.instances.asked import Asked
from doorstep.adapters.instances.coordinates import Ways, straight_ways
from doorstep.adapters.instances.vroom_answer import Words
from doorstep.adapters.instances.vroom_parts import (
    NOT_YET,
    TOP,
    Span,
    Task,
    Vehicle,
    given_steps,
    tasks_of,
    vehicles_of,
)
from doorstep.adapters.instances.vroom_prices import valuation_of
from doorstep.adapters.instances.vroom_travel import LaidOut, Network, laid_out, network
from doorstep.adapters.strict_json import Spot
from doorstep.domain.duty import BreakRule
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Break, Halt, Pair, PlannedShift, Problem, Stop
from doorstep.domain.units import Metres, Seconds
from doorstep.domain.valuation import Valuation
from doorstep.domain.windows import TimeWindow

DEPOT = "vroom"
DAY = 86_400
FAR = 1 << 27
"""Four years: no route lasts longer, and windows that end later say nothing more."""


def is_vroom(root: Spot) -> bool:
    """Return whether a document is a VROOM problem."""
    return isinstance(root.value, dict) and "vehicles" in root.value and bool({"jobs", "shipments"} & set(root.value))


def read_vroom(root: Spot, name: str, ways: Ways = straight_ways) -> Asked:
    """Return what a VROOM document asks; raises YourInput for what is wrong, or can't be planned.

    `ways` gives the legs between coordinates of a document without matrices.
    """
    root.only(TOP, NOT_YET)
    vehicles = vehicles_of(root)
    tasks = tasks_of(root, len(vehicles[0].capacity))
    net = network(root, tasks, vehicles, ways)
    rows = laid_out(tasks, vehicles, net)
    frame = _frame(tasks, vehicles, net, rows)
    problem = Problem(
        company=name,
        depot_id=DEPOT,
        day=datetime.fromtimestamp(frame.midnight, UTC).date().isoformat(),
        timezone="UTC",
        currency="XXX",
        dimensions=tuple(f"amount_{k}" for k in range(1, len(vehicles[0].capacity) + 1)),
        places=tuple(net.places[row.reached] if row.reached >= 0 else None for row in rows.rows.rows),
        stops=tuple(_stop(task, k, rows, frame) for k, task in enumerate(tasks)),
        shifts=tuple(_shift(vehicle, k, rows, frame, net) for k, vehicle in enumerate(vehicles)),
        times=rows.times(net.legs),
        valuation=Valuation("cost", (), {}, {}, {}),
        pairs=_pairs(tasks),
    )
    valuation = valuation_of(problem, tasks, vehicles, rows, net.legs)
    if net.said:
        valuation = replace(valuation, valued_by=(*valuation.valued_by, net.said))
    words = Words(tasks, vehicles, net, rows, frame.midnight)
    return Asked(problem.valued(valuation), _start(tasks, vehicles), words.document, "VROOM", net.said, net.attribution)


def _pairs(tasks: Sequence[Task]) -> tuple[Pair, ...]:
    halves = [task.stop_id for task in tasks if task.kind != "job"]
    return tuple(Pair(pickup, delivery) for pickup, delivery in zip(halves[::2], halves[1::2], strict=True))


# Time


@dataclass(frozen=True, slots=True)
class _Frame:
    """The midnight that seconds count from, and the latest second that anything can need."""

    midnight: int
    horizon: int

    def window(self, span: Span) -> TimeWindow:
        """Return a time window in seconds of the day; an end beyond all is as good as FAR."""
        opens, closes = (edge - self.midnight for edge in span)
        return TimeWindow(Seconds(opens), Seconds(max(opens, min(closes, FAR))))


def _frame(tasks: Sequence[Task], vehicles: Sequence[Vehicle], net: Network, rows: LaidOut) -> _Frame:
    spans = [vehicle.span for vehicle in vehicles if vehicle.span is not None]
    spans += [span for vehicle in vehicles for rest in vehicle.rests for span in rest.spans]
    spans += [span for task in tasks for span in task.spans]
    opens = [span[0] for span in spans]
    midnight = min(opens, default=0) // DAY * DAY
    if max(opens, default=0) - midnight > FAR:
        raise YourInput(
            f"{vehicles[0].spot.where}: expected time windows of one period, got from {min(opens)} to {max(opens)}; "
            "count all of them from the same moment."
        )
    slowest = max(kind.hundredths for kind in rows.kinds)
    longest = max(legs.longest() for legs in net.legs.values()) * slowest // 100 + 1
    at_doors = sum(max(sum(lasts) for lasts in each) for each in rows.lasts)
    resting = max(sum(rest.service for rest in vehicle.rests) for vehicle in vehicles)
    ends = max(opens, default=0) - midnight + (len(tasks) + 1) * longest + at_doors + resting
    return _Frame(midnight, min(FAR, max(DAY, ends)))


# Stops and shifts


def _stop(task: Task, k: int, rows: LaidOut, frame: _Frame) -> Stop:
    return Stop(
        stop_id=task.stop_id,
        order_ids=(task.stop_id,),
        location=rows.at[k],
        windows=tuple(frame.window(span) for span in task.spans),
        service=Seconds(rows.service[k]),
        amounts=task.delivers,
        needs=task.skills,
        picks=task.picks,
    )


def _shift(vehicle: Vehicle, k: int, rows: LaidOut, frame: _Frame, net: Network) -> PlannedShift:
    hours = TimeWindow(Seconds(0), Seconds(frame.horizon)) if vehicle.span is None else frame.window(vehicle.span)
    most = vehicle.most
    start, end = rows.ends[k]
    if "max_distance" in most and (
        not net.legs[vehicle.profile].measured or net.legs[vehicle.profile].costs is not None
    ):
        raise vehicle.spot.at("max_distance").refused(
            f"distances and no costs in the matrices of {vehicle.profile!r} beside a max_distance", "give them"
        )
    return PlannedShift(
        shift_id=vehicle.shift_id,
        vehicle_id=vehicle.shift_id,
        driver_id=None,
        starts=hours.opens,
        ends=hours.closes,
        start=start,
        end=end,
        capacities=vehicle.capacity,
        offers=vehicle.skills,
        max_stops=most.get("max_tasks"),
        profile=rows.kinds[rows.kind_of[k]].name,
        free_departure=True,
        max_metres=Metres(most["max_distance"]) if "max_distance" in most else None,
        max_driving=Seconds(most["max_travel_time"]) if "max_travel_time" in most else None,
        breaks=tuple(
            BreakRule(
                name=f"break {rest.number}",
                counted="elapsed",
                after=Seconds(FAR),
                length=Seconds(rest.service),
                windows=tuple(frame.window(span) for span in rest.spans) or (hours,),
            )
            for rest in vehicle.rests
        ),
    )


# The plan a file brings along


def _start(tasks: Sequence[Task], vehicles: Sequence[Vehicle]) -> Mapping[str, tuple[Halt, ...]]:
    known = {(str(task.kind), task.number): task.stop_id for task in tasks}
    seen: set[tuple[str, int]] = set()
    start: dict[str, tuple[Halt, ...]] = {}
    for vehicle in vehicles:
        rests = {rest.number: Break(Seconds(rest.service)) for rest in vehicle.rests}
        halts: list[Halt] = []
        for spot, kind, number in given_steps(vehicle):
            halt = rests.get(number) if kind == "break" else known.get((kind, number))
            if halt is None:
                raise spot.at("id").refused(f"the id of a {kind} of this problem")
            if kind != "break" and (kind, number) in seen:
                raise spot.at("id").refused(f"every {kind} in one step")
            seen.add((kind, number))
            halts.append(halt)
        if halts:
            start[vehicle.shift_id] = tuple(halts)
    return start

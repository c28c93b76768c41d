"""A straight street of 20 places, a minute (about a kilometre) from each to the next: days to reason about by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule

MINUTE = 60


def at(minute: int) -> Seconds:
    return Seconds(minute * MINUTE)


def stop(k: int, **more: Any) -> Stop:
    """Return stop k at place k, one unit of goods, a minute at the door; windows are minutes."""
    windows = tuple(TimeWindow(at(a), at(b)) for a, b in more.pop("windows", ()))
    return Stop(f"s{k}", (f"o{k}",), k, windows, **{"service": Seconds(60), "amounts": (1,), **more})


def van(k: int, **more: Any) -> PlannedShift:
    return PlannedShift(
        f"h{k}", f"v{k}", f"d{k}",
        **{"starts": Seconds(0), "ends": at(600), "capacities": (10,), "start": 0, "end": 0, **more},
    )  # fmt: skip


def street(stops: Sequence[Stop], vans: Sequence[PlannedShift], **more: Any) -> Problem:
    """Return a day where driving costs, and leaving a stop out costs 1,000.00."""
    between = (np.abs(np.subtract.outer(np.arange(20), np.arange(20))) * MINUTE).astype(np.int32)[None]
    unserved = more.pop("unserved", {s.stop_id: Cents(100_000) for s in stops})
    rates = {s.shift_id: Rates(cents_per_hour=600, waiting_cents_per_hour=600, cents_per_km=100) for s in vans}
    places = tuple(Place(-8.6 + 0.012 * k, 41.1) for k in range(20))
    return Problem(
        "test", "d", "2026-01-01", "UTC", "EUR", ("load",), places, tuple(stops), tuple(vans),
        {"car": TravelTimes((Seconds(0),), between, between * 16)}, Valuation("test", (), {}, unserved, rates), **more,
    )  # fmt: skip


def planned(problem: Problem, sequences: Mapping[str, Sequence[Halt]]) -> Plan:
    """Return a plan that holds."""
    plan = schedule(problem, sequences, seed=1, problem_sha256="")
    report = check(problem, plan)
    assert len(report.violations) == len(report.left_out)
    return plan

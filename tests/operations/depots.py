"""Days of several depots on a flat map, whose travel is 1.3 times as long as a line and 12 m/s fast."""

from collections.abc import Sequence

import numpy as np

from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation

AM, PM = Seconds(7 * 3600), Seconds(19 * 3600)


def on_a_map(depots: Sequence[Sequence[float]], doors: Sequence[Sequence[float]], vans: Sequence[int]) -> Problem:
    """Return a day with depots and doors at so many km; van k starts at depot k mod depots with room for `vans[k]`."""
    xy = np.vstack([np.array(depots, float), np.array(doors, float)])
    metres = (1300 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int32)
    times = TravelTimes((Seconds(0),), (metres / 12).astype(np.int32)[None], metres[None])
    first = len(depots)
    stops = tuple(Stop(f"s{k}", (f"o{k}",), first + k, (), Seconds(180), (1,)) for k in range(len(doors)))
    shifts = tuple(
        PlannedShift(f"h{k}", f"v{k}", None, AM, PM, k % first, k % first, (room,)) for k, room in enumerate(vans)
    )
    rates = {s.shift_id: Rates(cents_per_hour=1500, cents_per_km=20) for s in shifts}
    places = tuple(Place(float(x) / 111, float(y) / 111) for x, y in xy)
    return Problem(
        "test", "d", "2026-01-01", "UTC", "EUR", ("parcels",), places, stops, shifts, {"car": times},
        Valuation("cost", (), {}, {}, rates),
    )  # fmt: skip


def region(depots: int, km: float, stops: int, vans: int, room: int, seed: int = 1) -> Problem:
    """Return a day of depots so far apart, each with as many stops in 40 x 40 km around it; vans have `room` in all."""
    homes = np.array([[k % 2 * km, k // 2 * km] for k in range(depots)], float)
    doors = homes[np.arange(stops) % depots] + np.random.default_rng(seed).uniform(-20, 20, (stops, 2))
    return on_a_map(homes.tolist(), doors.tolist(), [room // vans + (k < room % vans) for k in range(vans)])

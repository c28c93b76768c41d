"""Compile all kernels by solving two tiny problems: `python -m doorstep.operations.search.warm`."""

from dataclasses import replace

import numpy as np

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.operations.search.fleet import FleetRun
from doorstep.operations.search.loop import search


def tiny(rates: Rates) -> Problem:
    """Return four stops on a line and one shift."""
    line = (np.abs(np.subtract.outer(np.arange(5), np.arange(5))) * 60).astype(np.int32)[None]
    stops = tuple(Stop(f"s{k}", (f"o{k}",), k, (), Seconds(60), ()) for k in range(1, 5))
    shift = PlannedShift("h", "v", None, Seconds(0), Seconds(36_000), 0, 0, ())
    valuation = Valuation("warm", (), {}, {}, {"h": rates})
    return Problem(
        "warm", "d", "2026-01-01", "UTC", "EUR", (), (None,) * 5, stops, (shift,),
        {"car": TravelTimes((Seconds(0),), line, line)}, valuation,
    )  # fmt: skip


def main() -> None:
    """Solve one problem by distance and one by hours, and the first one with the fleet's search too."""
    by_distance = tiny(Rates(cents_per_km=1000))
    by_hours = by_distance.valued(replace(by_distance.valuation, rates={"h": Rates(cents_per_hour=3600)}))
    for problem in (by_distance, by_hours):
        result = search(problem, seconds=1, seed=1, iterations=10)
        expected = Cents(480 if problem is by_distance else 720)
        if round(result.price) != expected:
            raise SystemExit(f"Expected {expected} cents from a freshly compiled kernel, got {result.price}.")
    run = FleetRun(by_distance, 1, None)
    run.advance(10, 0.0, 0.1)
    if round(run.price) != 480:
        raise SystemExit(f"Expected 480 cents from a freshly compiled fleet kernel, got {run.price}.")


if __name__ == "__main__":
    main()

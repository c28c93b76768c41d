"""Compile kernels by solving tiny problems: `python -m doorstep.operations.search.warm [FAMILY ...]`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.operations.search.cache import roomy
from doorstep.operations.search.loop import Run


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


BY_DISTANCE, BY_HOURS = Rates(cents_per_km=1000), Rates(cents_per_hour=3600)


def _static() -> Run:
    from doorstep.operations.search.static import StaticRun  # noqa: PLC0415 - only what is asked for is imported

    return StaticRun(tiny(BY_DISTANCE), 1, None)


def _fleet() -> Run:
    from doorstep.operations.search.fleet import FleetRun  # noqa: PLC0415

    return FleetRun(tiny(BY_DISTANCE), 1, None)


def _priced() -> Run:
    from doorstep.operations.search.priced import PricedRun  # noqa: PLC0415

    return PricedRun(tiny(BY_HOURS), 1, None)


def _duration() -> Run:
    from doorstep.operations.search.duration import DurationRun  # noqa: PLC0415

    problem = tiny(BY_HOURS)
    free = replace(problem.shifts[0], free_departure=True)
    return DurationRun(replace(problem, shifts=(free,)), 1, None)


def _rich() -> Run:
    from doorstep.operations.search.rich import RichRun  # noqa: PLC0415

    return RichRun(tiny(BY_HOURS), 1, None)


FAMILIES: Mapping[str, tuple[Callable[[], Run], int]] = {
    "static": (_static, 480),
    "priced": (_priced, 720),
    "fleet": (_fleet, 480),
    "duration": (_duration, 720),
    "rich": (_rich, 720),
}
"""A tiny search by each family of kernels, and the cents that it must find."""


@roomy
def main(names: Sequence[str] = ()) -> None:
    """Compile some families of kernels, or all."""
    unknown = [name for name in names if name not in FAMILIES]
    if unknown:
        raise SystemExit(f"Expected families of kernels among {', '.join(FAMILIES)}, got {unknown[0]!r}.")
    for name in names or FAMILIES:
        opened, cents = FAMILIES[name]
        run = opened()
        for _ in range(5):
            run.advance(10, 0.0, 0.1)
        if round(run.price) != cents:
            raise SystemExit(f"Expected {cents} cents from the freshly compiled {name} kernel, got {run.price}.")


if __name__ == "__main__":
    main(sys.argv[1:])

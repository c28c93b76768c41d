"""Compile kernels by having them answer tiny problems: `python -m doorstep.operations.search.warm [FAMILY ...]`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

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


def _searched(run: Run) -> float:
    """Return the price of a tiny search."""
    for _ in range(5):
        run.advance(10, 0.0, 0.1)
    return run.price


def _static() -> float:
    from doorstep.operations.search.static import StaticRun  # noqa: PLC0415 - only what is asked for is imported

    return _searched(StaticRun(tiny(BY_DISTANCE), 1, None))


def _fleet() -> float:
    from doorstep.operations.search.fleet import FleetRun  # noqa: PLC0415

    return _searched(FleetRun(tiny(BY_DISTANCE), 1, None))


def _priced() -> float:
    from doorstep.operations.search.priced import PricedRun  # noqa: PLC0415

    return _searched(PricedRun(tiny(BY_HOURS), 1, None))


def _duration() -> float:
    from doorstep.operations.search.duration import DurationRun  # noqa: PLC0415

    problem = tiny(BY_HOURS)
    free = replace(problem.shifts[0], free_departure=True)
    return _searched(DurationRun(replace(problem, shifts=(free,)), 1, None))


def _rich() -> float:
    from doorstep.operations.search.rich import RichRun  # noqa: PLC0415

    return _searched(RichRun(tiny(BY_HOURS), 1, None))


def _quote() -> float:
    """Return what a new stop adds to a route of one: a minute's drive from the depot each, in a line.

    The arrays are of the types that `operations.quote` hands over; a test holds them against each other.
    """
    from doorstep.operations.search import kernel_quote as kernel  # noqa: PLC0415
    from doorstep.operations.search.kernel_prices import NEVER  # noqa: PLC0415
    from doorstep.operations.search.layout import slot_bins  # noqa: PLC0415

    def whole(*shape: int, **cells: int) -> NDArray[np.int64]:
        found = np.zeros(shape, np.int64)
        for name, value in cells.items():
            found[0, getattr(kernel, name)] = value
        return found

    never, minutes = int(kernel.NEVER), np.array([[60], [60]], np.int32)
    day = kernel.Day(
        np.array([0, 1]), whole(1), whole(1, 13, ENDS=36_000, MOST_SECONDS=never, MOST_METRES=never, LOADED=-1),
        whole(1, 11, HOUR=3600), whole(2),
        whole(1, 6, SERVICE=60, CURVE=-1, ROW=1), whole(2), whole(0), minutes, np.zeros((2, 1), np.int32),
        np.array([[0, never]]), slot_bins(np.array([[0, NEVER]], np.int32)), whole(1), whole(0), whole(1), whole(0),
        whole(2), whole(2), np.zeros((2, kernel.KNOTS)),
    )  # fmt: skip
    kernel.lay_out(day)
    legs, nothing = np.array([[[120], [60]]], np.int32), np.zeros((1, 2, 1), np.int32)
    new = kernel.New(
        legs, legs, nothing, nothing, np.array([60, 0, 0, -1]), np.ones(2, np.bool_), whole(1),
        np.array([[0, 36_000]]), np.array([180]), whole(1), whole(0), whole(1), whole(0),
    )  # fmt: skip
    found = kernel.Found(np.zeros((1, 2)), whole(1, 2), whole(1, 4), whole(1, 1, 2))
    kernel.quote(day, new, found, 2)
    return float(found.best[0, 0])


FAMILIES: Mapping[str, tuple[Callable[[], float], int]] = {
    "static": (_static, 480),
    "priced": (_priced, 720),
    "fleet": (_fleet, 480),
    "duration": (_duration, 720),
    "rich": (_rich, 720),
    "quote": (_quote, 180),
}
"""A tiny problem for each family of kernels, and the cents that it must find."""


@roomy
def main(names: Sequence[str] = ()) -> None:
    """Compile some families of kernels, or all."""
    unknown = [name for name in names if name not in FAMILIES]
    if unknown:
        raise SystemExit(f"Expected families of kernels among {', '.join(FAMILIES)}, got {unknown[0]!r}.")
    for name in names or FAMILIES:
        tried, cents = FAMILIES[name]
        found = tried()
        if round(found) != cents:
            raise SystemExit(f"Expected {cents} cents from the freshly compiled {name} kernel, got {found}.")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Travel by slot as the priced kernel wants it: all there is to know of a leg side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import Problem
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Seconds
from doorstep.operations.search.kernel_prices import NEVER
from doorstep.operations.search.layout import depot_rows, slot_bins
from doorstep.operations.search.widths import MOST_16, fits_16

Int32s = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Matrices by node, a line of seconds by slot and metres for each leg; slot edges and bins that lead to them.

    `into` is `lines` with its two nodes exchanged. `shape` is as the kernel names it. Numbers have 16 bits; a problem
    that needs more has the high halves behind the low ones, so that one kernel does for all.
    """

    lines: NDArray[np.uint16]
    into: NDArray[np.uint16]
    edges: Int32s
    bins: Int32s
    shape: NDArray[np.int64]


def lanes(problem: Problem) -> Lanes:
    """Lay out the matrices of all profiles in use, without the slots that end before anybody leaves."""
    names = list(dict.fromkeys(s.profile for s in problem.shifts))
    first = min(s.starts for s in problem.shifts)
    every = [_from(by_slot(problem.times[name]), first) for name in names]
    at = np.array([*(s.location for s in problem.stops), *depot_rows(problem)])
    slots = max(len(t.edges) for t in every)
    varying = any((t.metres[1:] != t.metres[:1]).any() for t in every)
    numbers = slots + (slots if varying else 1)
    legs = np.zeros((len(names), len(at), len(at), numbers), np.int32)
    edges = np.full((len(names), slots + 1), NEVER, np.int32)
    for p, times in enumerate(every):
        edges[p, : len(times.edges)] = times.edges
        for k in range(len(times.edges)):
            legs[p, :, :, k] = times.seconds[k][np.ix_(at, at)]
        for k in range(len(times.edges) if varying else 1):
            legs[p, :, :, slots + k] = times.metres[k][np.ix_(at, at)]
    if fits_16(problem):
        np.minimum(legs[..., :slots], MOST_16, out=legs[..., :slots])
    wide = bool(legs.max(initial=0) > MOST_16)
    halves = np.concatenate([legs & MOST_16, legs >> 16], axis=3) if wide else legs
    lines, into = _in_lines(halves), _in_lines(halves.transpose(0, 2, 1, 3))
    bins = slot_bins(edges)
    high = (numbers, MOST_16 + 1) if wide else (0, 0)
    columns = len(problem.dimensions) + 2
    shape = np.array([len(at), slots, bins.shape[1], columns, lines.shape[3], int(varying), *high], np.int64)
    return Lanes(lines.reshape(-1), into.reshape(-1), edges.reshape(-1), bins.reshape(-1), shape)


def _from(times: TravelTimes, at: int) -> TravelTimes:
    """Return travel without the slots that have ended before anybody leaves."""
    k = times.slot(at)
    return TravelTimes((Seconds(0), *times.edges[k + 1 :]), times.seconds[k:], times.metres[k:])


def _in_lines(legs: Int32s) -> NDArray[np.uint16]:
    """Return legs in 16 bits, none across two lines of the processor's cache where one can hold it."""
    wide = legs.shape[3]
    stride = 1 << (wide - 1).bit_length() if wide <= 32 else -(-wide // 32) * 32
    size = int(np.prod(legs.shape[:3])) * stride
    room = np.zeros(size + 32, np.uint16)
    first = -(room.ctypes.data % -64) // 2
    lines = room[first : first + size].reshape(*legs.shape[:3], stride)
    lines[..., :wide] = legs
    return lines

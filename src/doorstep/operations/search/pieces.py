"""Arrival functions as the pieces that a kernel evaluates: for each leg, up to when which rule holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.travel import ArrivalFunctions
from doorstep.operations.search.kernel_duration import BIN
from doorstep.operations.search.kernel_prices import NEVER

Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of all legs, four int32 each as `kernel_duration.Ask` says, and where a leg's pieces begin.

    `at` has shape (profiles, rows, rows); `bins` adds an axis of 2**BIN seconds with how many pieces end before.
    `fractions` are pairs, the first of them unused; `metres` have the shape of `at`.
    """

    road: Int32s
    at: Int32s
    bins: NDArray[np.uint16]
    fractions: Int64s
    metres: Int32s


def pieces(every: Sequence[ArrivalFunctions], rows: Sequence[int]) -> Pieces:
    """Lay out the legs between some locations (a location may stand there twice) for several profiles."""
    parts, fractions, begins = [], {(0, 1): 0}, 0
    at, bins, metres = [], [], []
    last = max((int(f.at.max(initial=0)) for f in every), default=0)
    for functions in every:
        road, first = _pieces(functions, fractions)
        legs = np.array(rows)[:, None] * len(functions.metres) + np.array(rows)[None, :]
        at.append(begins + first[:-1][legs])
        bins.append(_bins(road, first, last)[legs])
        metres.append(functions.metres[np.ix_(rows, rows)])
        parts.append(road)
        begins += len(road)
    return Pieces(
        np.concatenate(parts).astype(np.int32).reshape(-1),
        np.stack(at).astype(np.int32),
        np.stack(bins).astype(np.uint16),
        np.array(list(fractions), np.int64).reshape(-1),
        np.stack(metres).astype(np.int32),
    )


def _pieces(functions: ArrivalFunctions, fractions: dict[tuple[int, int], int]) -> tuple[Int64s, Int64s]:
    """Return all pieces, shape (k, 4), and where each leg's begin; adds slopes that are neither 0 nor 1 to `fractions`.

    A piece that rises one by one and a flat one behind it are one: whoever leaves later there arrives no later.
    """
    legs = len(functions.begins) - 1
    at, there = functions.at.astype(np.int64), functions.there.astype(np.int64)
    leg = np.repeat(np.arange(legs), np.diff(functions.begins))
    inner = np.flatnonzero((leg[1:] == leg[:-1]) & (at[1:] > at[:-1])) + 1
    firsts = functions.begins[:-1][np.diff(functions.begins) > 0]
    lasts = functions.begins[1:][np.diff(functions.begins) > 0] - 1
    stays = np.flatnonzero(np.diff(functions.begins) == 0)
    run, rise = at[inner] - at[inner - 1], there[inner] - there[inner - 1]
    unit, flat = rise == run, rise == 0
    takes = there[inner] - at[inner]
    columns = (
        np.concatenate([leg[firsts], leg[inner], leg[lasts], stays]),
        np.concatenate([at[firsts], at[inner], np.full(len(lasts) + len(stays), NEVER)]),
        np.concatenate(
            [(there - at)[firsts], np.where(unit, takes, NEVER), (there - at)[lasts], np.zeros(len(stays), np.int64)]
        ),
        np.concatenate(
            [np.full(len(firsts), NEVER), np.where(unit, NEVER, there[inner]), np.full(len(lasts) + len(stays), NEVER)]
        ),
        np.concatenate(
            [
                np.zeros(len(firsts), np.int64),
                _slopes(rise, run, ~(unit | flat), fractions),
                np.zeros(len(lasts) + len(stays), np.int64),
            ]
        ),
    )
    order = np.lexsort((columns[1], columns[0]))
    owner, until, add, most, fraction = (column[order] for column in columns)
    rises, lies = (add < NEVER) & (fraction == 0), (add == NEVER) & (fraction == 0)
    joins = np.zeros(len(owner), bool)
    joins[1:] = rises[:-1] & lies[1:] & (owner[1:] == owner[:-1]) & (until[:-1] + add[:-1] == most[1:])
    add[1:] = np.where(joins[1:], add[:-1], add[1:])
    kept = np.ones(len(owner), bool)
    kept[:-1] = ~joins[1:]
    road = np.stack([until, add, most, fraction], axis=1)[kept]
    return road, np.searchsorted(owner[kept], np.arange(legs + 1))


def _slopes(rise: Int64s, run: Int64s, steep: NDArray[np.bool_], fractions: dict[tuple[int, int], int]) -> Int64s:
    """Return each piece's place among the fractions, 0 where it has none."""
    found = np.zeros(len(rise), np.int64)
    for k in np.flatnonzero(steep):
        found[k] = fractions.setdefault((int(rise[k]), int(run[k])), len(fractions))
    return found


def _bins(road: Int64s, first: Int64s, last: int) -> Int64s:
    """Return for each leg and each bin of the day how many of its pieces end before the bin begins."""
    starts = np.arange((last >> BIN) + 2) << BIN
    span = 2 * NEVER
    ends = np.repeat(np.arange(len(first) - 1), np.diff(first)) * span + road[:, 0]
    asked = np.arange(len(first) - 1)[:, None] * span + starts[None, :]
    found: Int64s = np.searchsorted(ends, asked) - first[:-1, None]
    return found

"""Arrival functions as the pieces that a kernel evaluates: for each leg, up to when which rule holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.travel import ArrivalFunctions
from doorstep.operations.search.kernel_duration import BIN, STEEP
from doorstep.operations.search.kernel_prices import NEVER

Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]

MOST_16 = (1 << 16) - 1
FLAT_16 = (1 << 15) - 1
"""Seconds that a piece can take, and that it can lie flat, where it is not steep."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of all legs as `kernel_duration.Ask` says; `at` has shape (profiles, rows, rows, 2).

    `bins` has shape (profiles, rows, rows, bins): how many of a leg's pieces end before each 2**BIN seconds begin.
    """

    road: Int32s
    at: Int32s
    bins: NDArray[np.uint16]
    steep: Int32s
    fractions: Int64s


def pieces(every: Sequence[ArrivalFunctions], rows: Sequence[int]) -> Pieces:
    """Lay out the legs between some locations (a location may stand there twice) for several profiles."""
    fractions: dict[tuple[int, int], int] = {}
    roads, ends, at, bins, begins = [], [], [], [], 0
    last = max((int(f.at.max(initial=0)) for f in every), default=0)
    for functions in every:
        road, more, first = _pieces(functions, fractions)
        legs = np.array(rows)[:, None] * len(functions.metres) + np.array(rows)[None, :]
        at.append(np.stack([begins + 2 * first[:-1][legs], functions.metres[np.ix_(rows, rows)]], axis=2))
        bins.append(_bins(road[:, 0], first, last)[legs])
        roads.append(road)
        ends.append(more)
        begins += 2 * len(road)
    steep = np.concatenate(ends).astype(np.int32).reshape(-1)
    return Pieces(
        np.concatenate(roads).astype(np.int32).reshape(-1),
        np.stack(at).astype(np.int32),
        np.stack(bins).astype(np.uint16),
        steep if fractions else np.zeros(1, np.int32),
        np.array(list(fractions) or [(0, 1)], np.int64).reshape(-1),
    )


def _pieces(functions: ArrivalFunctions, fractions: dict[tuple[int, int], int]) -> tuple[Int64s, Int64s, Int64s]:
    """Return all pieces and what is to know of the steep ones, shapes (k, 2), and where each leg's pieces begin.

    Between two knots lies one piece, before the first and behind the last another, which rise one by one. A piece that
    does so and a flat one behind it are one. Adds slopes that are neither to `fractions`.
    """
    legs = len(functions.begins) - 1
    at, there = (np.minimum(knots.astype(np.int64), NEVER - 1) for knots in (functions.at, functions.there))
    leg = np.repeat(np.arange(legs), np.diff(functions.begins))
    some = np.diff(functions.begins) > 0
    firsts, lasts = functions.begins[:-1][some], functions.begins[1:][some] - 1
    inner = np.flatnonzero((leg[1:] == leg[:-1]) & (at[1:] > at[:-1])) + 1
    stays = np.flatnonzero(~some)
    ones, zeros = np.ones(len(firsts), np.int64), np.zeros(len(stays), np.int64)
    never = np.full(len(lasts), NEVER)
    owner = np.concatenate([leg[firsts], leg[inner], leg[lasts], stays])
    until = np.concatenate([at[firsts], at[inner], never, zeros + NEVER])
    value = np.concatenate([there[firsts], there[inner], never + (there - at)[lasts], zeros + NEVER])
    rise = np.concatenate([ones, there[inner] - there[inner - 1], ones, zeros + 1])
    run = np.concatenate([ones, at[inner] - at[inner - 1], ones, zeros + 1])
    order = np.lexsort((until, owner))
    owner, until, value, rise, run = (column[order] for column in (owner, until, value, rise, run))
    return _packed(owner, until, value, rise, run, legs=legs, fractions=fractions)


def _packed(*columns: Int64s, legs: int, fractions: dict[tuple[int, int], int]) -> tuple[Int64s, Int64s, Int64s]:
    """Return pieces packed in two words, joined where one can say what two did; see `_pieces`."""
    owner, until, value, rise, run = columns
    takes = value - until
    unit = (rise == run) & (takes <= MOST_16)
    flat = (rise == 0) & (run <= FLAT_16) & (takes + run <= MOST_16)
    steep = ~(unit | flat)
    joins = np.zeros(len(owner), bool)
    joins[1:] = unit[:-1] & flat[1:] & (owner[1:] == owner[:-1]) & (value[:-1] == value[1:])
    word = np.where(unit, takes, ((run << 16) | np.where(flat, takes + run, 0)))
    word[steep] = STEEP
    kept = np.ones(len(owner), bool)
    kept[:-1] = ~joins[1:]
    more = np.zeros((len(owner), 2), np.int64)
    for k in np.flatnonzero(steep):
        more[k] = value[k], fractions.setdefault((int(rise[k]), int(run[k])), len(fractions))
    return np.stack([until, word], axis=1)[kept], more[kept], np.searchsorted(owner[kept], np.arange(legs + 1))


def _bins(until: Int64s, first: Int64s, last: int) -> Int64s:
    """Return for each leg and each bin of the day how many of its pieces end before the bin begins."""
    starts = np.arange((last >> BIN) + 2) << BIN
    span = 2 * NEVER
    ends = np.repeat(np.arange(len(first) - 1), np.diff(first)) * span + until
    asked = np.arange(len(first) - 1)[:, None] * span + starts[None, :]
    found: Int64s = np.searchsorted(ends, asked) - first[:-1, None]
    return found

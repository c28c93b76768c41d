"""Travel between rows in O(1), a leg in one line of the processor's cache, and what a day on it costs. Compiled.

The same formulas as TravelTimes and Rates, over flat arrays.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import BRICK, compiled
from doorstep.operations.search.kernel_prices import K_HOUR, K_OVER, K_OVER_AFTER, K_STARTS, NEVER

ROWS, SLOTS, BINS, DIMS, STRIDE, METRE_STEP, HIGH, HIGH_WORTH = range(8)
"""What `shape` says: rows of a matrix, slots, bins of 256 s per profile, columns of amounts; numbers of a leg's line,
1 where metres depend on the slot, where the high halves are, and what they are worth."""


@compiled(**BRICK)
def number(tt, shape, j):
    """Return one of a line's numbers: 16 bits, and 16 more where a problem needs them (else times nothing)."""
    return np.int64(tt[j]) + np.int64(tt[j + shape[HIGH]]) * shape[HIGH_WORTH]


@compiled(**BRICK)
def leg(tt, edges, bins, shape, p, u, v, t):
    """Return (arrival, metres) of the way from u to v with profile p, leaving at t; exactly TravelTimes.arrival.

    A leg's line holds seconds by slot, then metres (by slot, if they depend on it).
    """
    slots = shape[SLOTS]
    line = ((p * shape[ROWS] + u) * shape[ROWS] + v) * shape[STRIDE]
    k = np.int64(bins[p * shape[BINS] + min(max(t, 0) >> 8, shape[BINS] - 1)])
    e = p * (slots + 1) + 1
    while t >= edges[e + k]:
        k += 1
    left = number(tt, shape, line + k)
    metres = number(tt, shape, line + slots + k * shape[METRE_STEP])
    while t + left > edges[e + k]:
        here, there = number(tt, shape, line + k), number(tt, shape, line + k + 1)
        left -= edges[e + k] - t
        left = (left * there + here - 1) // here
        t = np.int64(edges[e + k])
        k += 1
    return t + left, metres


@compiled(**BRICK)
def latest_leave(tt, edges, bins, shape, p, u, v, by):
    """Return the last second at which a van may leave u to reach v at `by`; exact inverse of `leg`."""
    if by < 0:
        return np.int64(-NEVER)
    slots = shape[SLOTS]
    line = ((p * shape[ROWS] + u) * shape[ROWS] + v) * shape[STRIDE]
    k = np.int64(bins[p * shape[BINS] + min(by >> 8, shape[BINS] - 1)])
    e = p * (slots + 1)
    while by >= edges[e + k + 1]:
        k += 1
    t = by - number(tt, shape, line + k)
    allowed = by - np.int64(edges[e + k])
    while k > 0 and t < edges[e + k]:
        here, there = number(tt, shape, line + k - 1), number(tt, shape, line + k)
        allowed = allowed * here // there if there > 0 else np.int64(NEVER)
        t = min(np.int64(edges[e + k]) - here + allowed, np.int64(edges[e + k]) - 1)
        k -= 1
        allowed += np.int64(edges[e + k + 1]) - edges[e + k]
    return t


@compiled(**BRICK)
def day_end(kint, kflt, even, g, t):
    """Return what a shift of kind g costs in paid seconds, overtime and unevenness when it is back at t.

    `even`: two numbers a kind, cents per second of paid time beyond the share, and the share.
    """
    paid = np.float64(t - kint[g * 8 + K_STARTS])
    price = kflt[g * 8 + K_HOUR] * paid + kflt[g * 8 + K_OVER] * max(0.0, paid - kflt[g * 8 + K_OVER_AFTER])
    return price + even[2 * g] * max(0.0, paid - even[2 * g + 1])

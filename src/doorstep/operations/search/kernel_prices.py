"""Travel, doors and shifts priced in O(1): the bricks of the priced kernel. Compiled.

The same formulas as TravelTimes, PriceCurve and Rates, over flat arrays.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import BRICK, compiled

OPENS, CLOSES, SERVICE, STRAIN, SPAN, SPANS_END, LAST_CLOSE = range(7)
"""A stop's eight int32; further windows are `spans[SPAN:SPANS_END]` as pairs."""
K_START, K_END, K_STARTS, K_ENDS, K_PROFILE, K_STOPS, K_STRAIN_FREE = range(7)
"""A kind's eight int32: rows in the matrices, times, profile, most stops, free strain."""
K_HOUR, K_WAIT, K_OVER, K_OVER_AFTER, K_METRE, K_FIXED, K_STRAIN = range(7)
"""A kind's eight float64: cents per second, per second waiting (less the hour's), per second of overtime, ..."""

NEVER = 1 << 29
INFINITE = 1e15
TOO_LATE = 1e12
"""Cents that a route which can't be driven in time counts for, until a stop put back mends it."""


@compiled(**BRICK)
def leg(tt, edges, bins, shape, p, u, v, t):
    """Return (arrival, metres) of the way from u to v with profile p, leaving at t; exactly TravelTimes.arrival.

    `shape` is (rows of a matrix, slots, bins of 256 s per profile). A leg's line holds seconds, then metres, by slot.
    """
    slots = shape[1]
    line = ((p * shape[0] + u) * shape[0] + v) * 2 * slots
    k = np.int64(bins[p * shape[2] + min(max(t, 0) >> 8, shape[2] - 1)])
    e = p * (slots + 1) + 1
    while t >= edges[e + k]:
        k += 1
    left = np.int64(tt[line + k])
    metres = np.int64(tt[line + slots + k])
    while t + left > edges[e + k]:
        here, there = np.int64(tt[line + k]), np.int64(tt[line + k + 1])
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
    slots = shape[1]
    line = ((p * shape[0] + u) * shape[0] + v) * 2 * slots
    k = np.int64(bins[p * shape[2] + min(by >> 8, shape[2] - 1)])
    e = p * (slots + 1)
    while by >= edges[e + k + 1]:
        k += 1
    t = by - np.int64(tt[line + k])
    allowed = by - np.int64(edges[e + k])
    while k > 0 and t < edges[e + k]:
        here, there = np.int64(tt[line + k - 1]), np.int64(tt[line + k])
        allowed = allowed * here // there if there > 0 else np.int64(NEVER)
        t = min(np.int64(edges[e + k]) - here + allowed, np.int64(edges[e + k]) - 1)
        k -= 1
        allowed += np.int64(edges[e + k + 1]) - edges[e + k]
    return t


@compiled(**BRICK)
def knock(stop, spans, x, t):
    """Return when service starts at stop x for a van that arrives at t; t itself when every window has closed."""
    if t <= stop[x * 8 + CLOSES]:
        return max(t, np.int64(stop[x * 8 + OPENS]))
    for j in range(stop[x * 8 + SPAN], stop[x * 8 + SPANS_END]):
        if t <= spans[2 * j + 1]:
            return max(t, np.int64(spans[2 * j]))
    return t


@compiled(**BRICK)
def latest_arrival(stop, spans, x, start_by):
    """Return the last arrival at stop x after which service still starts by `start_by`, or -NEVER."""
    for j in range(stop[x * 8 + SPANS_END] - 1, stop[x * 8 + SPAN] - 1, -1):
        if spans[2 * j] <= start_by:
            return min(start_by, np.int64(spans[2 * j + 1]))
    if stop[x * 8 + OPENS] <= start_by:
        return min(start_by, np.int64(stop[x * 8 + CLOSES]))
    return np.int64(-NEVER)


@compiled(**BRICK)
def door(curve_of, knots, values, curve_bins, x, t):
    """Return the price at stop x's door when somebody knocks at t. `values`: pairs of cents and cents a second."""
    c = curve_of[x]
    if c < 0:
        return 0.0
    j = curve_bins[c, min(max(t, 0) >> 9, curve_bins.shape[1] - 1)]
    while t >= knots[j + 1]:
        j += 1
    return values[2 * j] + values[2 * j + 1] * (t - knots[j])


@compiled(**BRICK)
def day_end(kint, kflt, g, t):
    """Return what a shift of kind g costs in paid seconds and overtime when it is back at t."""
    paid = np.float64(t - kint[g * 8 + K_STARTS])
    return kflt[g * 8 + K_HOUR] * paid + kflt[g * 8 + K_OVER] * max(0.0, paid - kflt[g * 8 + K_OVER_AFTER])


@compiled(**BRICK)
def burden_price(kint, kflt, g, strain):
    """Return what a route's strain costs on kind g."""
    return kflt[g * 8 + K_STRAIN] * max(0, strain - kint[g * 8 + K_STRAIN_FREE])

"""What any route costs, driven plainly or with breaks and charges, and bringing it up to date. Compiled."""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import INNER
from doorstep.operations.search.kernel_prices import (
    INFINITE,
    K_ENDS,
    K_FIXED,
    K_METRE,
    K_PROFILE,
    K_STARTS,
    K_WAIT,
    LAST_CLOSE,
    SERVICE,
    burden_price,
    knock,
)
from doorstep.operations.search.kernel_rich_memory import ask_of, live_of
from doorstep.operations.search.kernel_rich_rests import rest_drive, write_rests
from doorstep.operations.search.kernel_rich_routes import (
    ARRIVES,
    BOUND,
    BROKEN,
    BURDEN,
    COUPLED,
    LASTLY,
    LATEST,
    LEAVES,
    LIMITED,
    MOST_DRIVING,
    MOST_METRES,
    MOST_WORKING,
    NEXT,
    NODE,
    OPEN,
    PLACE,
    PRICE,
    RELEASED,
    RELOAD_SECONDS,
    REST,
    SO_FAR,
    STOPS,
    STRAINS,
    TRIPS,
    USED,
    WAITS,
    backward,
    door_price,
    end_price,
    forward,
    released_from,
    row_from,
    row_to,
    way,
)
from doorstep.operations.search.parts import part


@part(**INNER)
def drive(mem, g, u, last, bound):
    """Return the exact price of a route of kind g that is known up to node u and goes on along NEXT; else INFINITE.

    Without the fixed price and strain. `u` may be the route's own node: then from the start, and it must be where a van
    rests, charges or leaves freely. Only after node `last`
    the times known before are trusted. Gives up when the price so far exceeds `bound`.
    """
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    if ask.kmore[g * 16 + COUPLED]:
        live.cost[BOUND] = bound
        return rest_drive(mem, g, u, False)[0]
    p, metre, wait = np.int64(ask.kint[g * 8 + K_PROFILE]), ask.kflt[g * 8 + K_METRE], ask.kflt[g * 8 + K_WAIT]
    limited = ask.kmore[g * 16 + LIMITED] > 0
    starts = np.int64(ask.kint[g * 8 + K_STARTS])
    length, driving, working = np.int64(0), np.int64(0), np.int64(0)
    if u >= n and u < n + ask.m:
        t = max(starts, released_from(mem, np.int64(it[u * NODE + NEXT]))) if ask.releases else starts
        price = wait * (t - starts)
    else:
        t, price = np.int64(it[u * NODE + LEAVES]), live.fl[u * 8 + SO_FAR]
    seen = u == last
    for _ in range(live.nodes):
        x = np.int64(it[u * NODE + NEXT])
        at, metres = way(mem, ask.tt, p, row_from(mem, g, u), row_to(mem, g, x), t)
        price += metre * metres
        length += metres
        driving += at - t
        if x >= n and x < n + ask.m:
            if at > it[x * NODE + LATEST]:
                return INFINITE
            if limited and (
                length > ask.kmore[g * 16 + MOST_METRES]
                or driving > ask.kmore[g * 16 + MOST_DRIVING]
                or driving + working > ask.kmore[g * 16 + MOST_WORKING]
            ):
                return INFINITE
            return price + end_price(mem, g, at - starts)
        if price > bound:
            return INFINITE
        if seen and not limited and at == it[x * NODE + ARRIVES]:
            return price + live.fl[x * 8 + REST]
        if x < n:
            if at > ask.stop[x * 8 + LAST_CLOSE]:
                return INFINITE
            begins = knock(ask.stop, ask.spans, x, at)
            price += door_price(mem, g, x, begins, begins - at)
            t = begins + ask.stop[x * 8 + SERVICE]
        else:
            begins = max(at, released_from(mem, np.int64(it[x * NODE + NEXT]))) if ask.releases else at
            price += wait * (begins - at)
            t = begins + ask.kmore[g * 16 + RELOAD_SECONDS]
        working += t - begins
        seen = seen or x == last
        u = x
    return INFINITE


@part(**INNER)
def settle_rests(mem, r):
    """Choose breaks, charges and departure of route r anew, after `forward`."""
    ask, live = ask_of(mem), live_of(mem)
    d = ask.n + r
    g = np.int64(ask.kind_of[r])
    live.cost[BOUND] = INFINITE
    price, leaves, places = rest_drive(mem, g, d, True)
    if price < INFINITE:
        write_rests(mem, g, r, leaves, places)
        price += ask.kflt[g * 8 + K_FIXED] + burden_price(ask.kint, ask.kflt, g, np.int64(live.rt[r * 8 + STRAINS]))
        live.fl[d * 8 + PRICE] = price
    else:
        live.fl[d * 8 + PRICE] += BROKEN


@part(**INNER)
def settle(mem, r, had):
    """Recompute all of route r, which had `had` stops, and count whether it became empty or used."""
    ask, live = ask_of(mem), live_of(mem)
    d = ask.n + r
    if live.it[d * NODE + NEXT] != d:
        forward(mem, r)
        if ask.kmore[ask.kind_of[r] * 16 + COUPLED]:
            settle_rests(mem, r)
        backward(mem, r)
    else:
        live.fl[d * 8 + PRICE] = 0.0
        live.fl[d * 8 + SO_FAR] = 0.0
        for f in range(8):
            live.rt[r * 8 + f] = 0
        for k in range(3 * ask.dims):
            live.ld[d * 3 * ask.dims + k] = 0
        for f in (OPEN, WAITS, BURDEN, PLACE, TRIPS, RELEASED):
            live.it[d * NODE + f] = 0
        live.it[d * NODE + LEAVES] = ask.kint[ask.kind_of[r] * 8 + K_STARTS]
        live.it[d * NODE + LASTLY] = ask.kint[ask.kind_of[r] * 8 + K_ENDS]
    change = (1 if had > 0 else 0) - (1 if live.rt[r * 8 + STOPS] > 0 else 0)
    live.empty[ask.kind_of[r]] += change
    live.count[USED] -= change

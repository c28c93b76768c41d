"""Routes of trips, pairs and halts: what they hold, when they drive, what they cost, and how to take it back. Compiled.

Routes are doubly linked lists. Stop x is node x, route r begins and ends at node n + r, and nodes from n + m on are
reloads, taken from a pool. A trip is named by the node where it begins: the route's or a reload's. Breaks and charges
are no nodes: `kernel_rich_rests` places them whenever a shift that needs them is driven.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import BRICK, INNER
from doorstep.operations.search.kernel_prices import (
    K_END,
    K_FIXED,
    K_METRE,
    K_PROFILE,
    K_START,
    K_STARTS,
    K_WAIT,
    NEVER,
    SERVICE,
    STRAIN,
    burden_price,
    day_end,
    door,
    knock,
    latest_arrival,
    latest_leave,
    leg,
)
from doorstep.operations.search.kernel_rich_memory import ask_of, live_of
from doorstep.operations.search.parts import part

PREV, NEXT, ROUTE, ARRIVES, LEAVES, LATEST, TRIP, OPEN = range(8)
SECS, WAITS, BURDEN, PLACE, TRIPS, RELEASED, TAIL, ROW = range(8, 16)
"""A node's sixteen int32. LATEST: last arrival after which the rest can be driven; OPEN: pairs on board; WAITS: seconds
waited in this trip; TRIPS: reloads so far; RELEASED: last release of this trip up to here (at its beginning: of all
of it); TAIL: last release from here on in this trip (at its beginning: the last second to begin it); ROW: a reload's
place.
"""
LASTLY = TAIL
NODE = 16

SO_FAR, ARC, REST, SOONEST, PRICE = 0, 1, 2, 6, 7
"""A node's eight float64: price up to here, of the way on, of the rest at four delays; the first second it could be
left if nothing before rested and the van left as soon as it may; a route's whole price."""

STOPS, STRAINS, RELOADS, METRES, DRIVING, WORKING, LEFT_AT = range(7)
"""A route's eight int32."""

MATE, ROLE, RELEASE, FROZEN = range(4)
"""A stop's four further int32: the other stop of its pair or -1, its part in it, its release, whether it may move."""
ALONE, PICKUP, DELIVERY = range(3)

BROKEN = 1e12
"""Cents that a route which may not be driven counts for: more than all stops that must be served."""

(
    RELOAD_FROM,
    RELOAD_TO,
    MOST_RELOADS,
    RELOAD_SECONDS,
    LIFO,
    LIMITED,
    COUPLED,
    MOST_METRES,
    MOST_DRIVING,
    MOST_WORKING,
) = range(10)
RULES_FROM, RULES_TO, BREAKS_FROM, BREAKS_TO, FREE, MOST_SECONDS = range(10, 16)
"""A kind's sixteen further int32: its reload rows, trips and limits, break rules and lengths. COUPLED: it rests,
charges or leaves freely."""

COST, BEST_COST, BOUND = range(3)
"""Slots of `cost`. BOUND: what a route driven with breaks must cost less than."""
LEFT, BEST_LEFT, USED, CLOCK, JOURNAL, JOURNAL_ROUTES, BLINK, IMPROVED, LOOK, POOL, FREED, LABELLED, CHOSEN, DEAR = (
    range(14)
)
"""Slots of `count`. POOL: reload nodes that are free; FREED: those given back in this iteration; LABELLED: when the
route driven last with breaks left, CHOSEN: its label at the end; DEAR: whether a label of it cost more than BOUND."""


@part(**BRICK)
def way(mem, tt, p, u, v, t):
    """Return (arrival, metres) of the way from row u to row v; `tt` may be turned around with its rows."""
    ask = ask_of(mem)
    if ask.still:
        line = ((p * ask.shape[0] + u) * ask.shape[0] + v) * 2
        return t + np.int64(tt[line]), np.int64(tt[line + 1])
    return leg(tt, ask.edges, ask.bins, ask.shape, p, u, v, t)


@part(**BRICK)
def last_leave(mem, p, u, v, by):
    """Return the last second to leave row u and reach row v at `by`."""
    ask = ask_of(mem)
    if ask.still:
        return by - np.int64(ask.tt[((p * ask.shape[0] + u) * ask.shape[0] + v) * 2]) if by >= 0 else np.int64(-NEVER)
    return latest_leave(ask.tt, ask.edges, ask.bins, ask.shape, p, u, v, by)


@part(**BRICK)
def row_from(mem, g, u):
    """Return the matrix row that a van of kind g leaves at node u."""
    ask, it = ask_of(mem), live_of(mem).it
    if u < ask.n:
        return np.int64(u)
    return np.int64(ask.kint[g * 8 + K_START]) if u < ask.n + ask.m else np.int64(it[u * NODE + ROW])


@part(**BRICK)
def row_to(mem, g, w):
    """Return the matrix row that a van of kind g reaches at node w."""
    ask, it = ask_of(mem), live_of(mem).it
    if w < ask.n:
        return np.int64(w)
    return np.int64(ask.kint[g * 8 + K_END]) if w < ask.n + ask.m else np.int64(it[w * NODE + ROW])


@part(**BRICK)
def decided(mem, w):
    """Return whether nothing may come before node w any more: a frozen stop, or a reload that one follows."""
    ask = ask_of(mem)
    if w >= ask.n:
        w = np.int64(live_of(mem).it[w * NODE + NEXT]) if w >= ask.n + ask.m else np.int64(w)
    return w < ask.n and ask.more[w * 4 + FROZEN] > 0


@part(**BRICK)
def begin_of(mem, g, s):
    """Return when the trip that begins at node s begins: leaves the depot, or is reloaded."""
    ask, it = ask_of(mem), live_of(mem).it
    at = np.int64(it[s * NODE + LEAVES])
    return at if s < ask.n + ask.m else at - ask.kmore[g * 16 + RELOAD_SECONDS]


@part(**BRICK)
def end_price(mem, g, paid):
    """Return what `paid` seconds cost a shift of kind g: hours, overtime, unevenness."""
    ask = ask_of(mem)
    price = day_end(ask.kint, ask.kflt, g, paid + ask.kint[g * 8 + K_STARTS])
    return price + ask.keven[2 * g + 1] * abs(paid - ask.keven[2 * g])


@part(**BRICK)
def rest_price(mem, g, w, reach):
    """Return the price of the rest of the route from node w, reached at `reach`, by its table where time costs."""
    ask, live = ask_of(mem), live_of(mem)
    if w >= ask.n and w < ask.n + ask.m:
        return end_price(mem, g, reach - np.int64(ask.kint[g * 8 + K_STARTS])) if ask.timed else 0.0
    b = w * 8 + REST
    fl = live.fl
    if not ask.timed:
        return fl[b]
    delay = reach - live.it[w * NODE + ARRIVES]
    if delay <= 120:
        return fl[b] + (fl[b + 1] - fl[b]) * (max(delay, -1800) / 120.0)
    if delay <= 600:
        return fl[b + 1] + (fl[b + 2] - fl[b + 1]) * ((delay - 120) / 480.0)
    return fl[b + 2] + (fl[b + 3] - fl[b + 2]) * ((delay - 600) / 1800.0)


@part(**BRICK)
def door_price(mem, g, x, starts, waits):
    """Return what stop x costs when kind g knocks at `starts` after so much waiting."""
    ask = ask_of(mem)
    price = ask.pairing[x, g]
    if ask.timed:
        price += door(ask.curve_of, ask.knots, ask.values, ask.curve_bins, x, starts)
        price += ask.kflt[g * 8 + K_WAIT] * waits
    return price


@part(**INNER)
def released_from(mem, x):
    """Return the last release of the stops from node x to the end of its trip."""
    ask, it = ask_of(mem), live_of(mem).it
    last = np.int64(0)
    while x < ask.n:
        last = max(last, np.int64(ask.more[x * 4 + RELEASE]))
        x = np.int64(it[x * NODE + NEXT])
    return last


@part(**INNER)
def forward(mem, r):
    """Recompute trips, times, loads and prices so far of route r."""
    ask, live = ask_of(mem), live_of(mem)
    it, fl, ld, n, dims = live.it, live.fl, live.ld, ask.n, ask.dims
    d = n + r
    g = np.int64(ask.kind_of[r])
    p, wait = np.int64(ask.kint[g * 8 + K_PROFILE]), ask.kflt[g * 8 + K_WAIT]
    s, x = d, np.int64(it[d * NODE + NEXT])
    it[s * NODE + RELEASED] = 0
    for k in range(dims):
        ld[s * 3 * dims + k] = 0
    while x != d:
        if x >= n:
            s = x
            it[s * NODE + RELEASED] = 0
            for k in range(dims):
                ld[s * 3 * dims + k] = 0
        else:
            it[s * NODE + RELEASED] = max(it[s * NODE + RELEASED], ask.more[x * 4 + RELEASE])
            for k in range(dims):
                ld[s * 3 * dims + k] += ask.brought[x * dims + k]
        it[x * NODE + TRIP] = s
        x = np.int64(it[x * NODE + NEXT])
    starts = np.int64(ask.kint[g * 8 + K_STARTS])
    t = max(starts, np.int64(it[d * NODE + RELEASED]))
    price = wait * (t - starts) if ask.timed else 0.0
    it[d * NODE + LEAVES] = t
    it[d * NODE + TRIP] = d
    for f in (OPEN, WAITS, BURDEN, PLACE, TRIPS):
        it[d * NODE + f] = 0
    fl[d * 8 + SO_FAR], fl[d * 8 + SOONEST] = price, t
    for k in range(dims):
        ld[(d * 3 + 1) * dims + k] = ld[d * 3 * dims + k]
    strain, place, trips, waits = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    opened, driving, working, length = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    u = d
    while True:
        x = np.int64(it[u * NODE + NEXT])
        at, metres = way(mem, ask.tt, p, row_from(mem, g, u), row_to(mem, g, x), t)
        cents = ask.kflt[g * 8 + K_METRE] * metres
        fl[u * 8 + ARC] = cents
        price += cents
        it[u * NODE + SECS] = at - t
        driving += at - t
        length += metres
        it[x * NODE + ARRIVES] = at
        if x == d:
            break
        if x < n:
            begins = knock(ask.stop, ask.spans, x, at)
            price += door_price(mem, g, x, begins, begins - at)
            waits += begins - at
            t = begins + ask.stop[x * 8 + SERVICE]
            strain += ask.stop[x * 8 + STRAIN]
            place += 1
            role = ask.more[x * 4 + ROLE]
            opened += 1 if role == PICKUP else (-1 if role == DELIVERY else 0)
            if u < n:
                it[x * NODE + RELEASED] = max(it[u * NODE + RELEASED], ask.more[x * 4 + RELEASE])
            else:
                it[x * NODE + RELEASED] = ask.more[x * 4 + RELEASE]
            for k in range(dims):
                load = ld[u * 3 * dims + k] - ask.brought[x * dims + k]
                if ask.mixed:
                    load += ask.picked[x * dims + k]
                    if role == PICKUP:
                        load += ask.goods[x * dims + k]
                    elif role == DELIVERY:
                        load -= ask.goods[x * dims + k]
                ld[x * 3 * dims + k] = load
                ld[(x * 3 + 1) * dims + k] = max(ld[(u * 3 + 1) * dims + k], load)
        else:
            begins = max(at, np.int64(it[x * NODE + RELEASED]))
            price += wait * (begins - at) if ask.timed else 0.0
            t = begins + ask.kmore[g * 16 + RELOAD_SECONDS]
            waits = np.int64(0)
            opened = np.int64(0)  # what frozen stops fetched and nobody brought
            trips += 1
            for k in range(dims):
                ld[(x * 3 + 1) * dims + k] = ld[x * 3 * dims + k]
        working += t - begins
        it[x * NODE + LEAVES], it[x * NODE + OPEN], it[x * NODE + WAITS] = t, opened, waits
        it[x * NODE + BURDEN], it[x * NODE + PLACE], it[x * NODE + TRIPS] = strain, place, trips
        fl[x * 8 + SO_FAR], fl[x * 8 + SOONEST] = price, t
        u = x
    q = r * 8
    live.rt[q + STOPS], live.rt[q + STRAINS], live.rt[q + RELOADS] = place, strain, trips
    live.rt[q + METRES], live.rt[q + DRIVING], live.rt[q + WORKING] = length, driving, driving + working
    if ask.timed:
        price += end_price(mem, g, at - starts)
    fl[d * 8 + PRICE] = price + ask.kflt[g * 8 + K_FIXED] + burden_price(ask.kint, ask.kflt, g, strain)


@part(**INNER)
def rest_table(mem, g, p, x, w):
    """Fill the price of the rest of the route from node x, followed by w, at four delays."""
    ask, live = ask_of(mem), live_of(mem)
    it, fl, n = live.it, live.fl, ask.n
    if not ask.timed:
        rest = fl[x * 8 + ARC] + (fl[w * 8 + REST] if w < n or w >= n + ask.m else 0.0)
        fl[x * 8 + REST] = rest + (ask.pairing[x, g] if x < n else 0.0)
        return
    for k in range(4):
        delay = 0 if k == 0 else (120 if k == 1 else (600 if k == 2 else 2400))
        t = np.int64(it[x * NODE + ARRIVES]) + delay
        if x < n:
            begins = knock(ask.stop, ask.spans, x, t)
            price = door_price(mem, g, x, begins, begins - t)
            leaves = begins + ask.stop[x * 8 + SERVICE]
        else:
            begins = max(t, np.int64(it[x * NODE + RELEASED]))
            price = ask.kflt[g * 8 + K_WAIT] * (begins - t)
            leaves = begins + ask.kmore[g * 16 + RELOAD_SECONDS]
        if leaves == it[x * NODE + LEAVES]:
            price += fl[x * 8 + ARC]
            t = np.int64(it[w * NODE + ARRIVES])
        else:
            rested = it[w * NODE + ARRIVES] - it[x * NODE + LEAVES] - it[x * NODE + SECS]
            t, metres = way(mem, ask.tt, p, row_from(mem, g, x), row_to(mem, g, w), leaves)
            t += rested
            price += ask.kflt[g * 8 + K_METRE] * metres
        fl[x * 8 + REST + k] = price + rest_price(mem, g, w, t)


@part(**INNER)
def backward(mem, r):
    """Recompute latest arrivals, greatest loads to come, and the rest's price of route r, from its return."""
    ask, live = ask_of(mem), live_of(mem)
    it, ld, n, dims = live.it, live.ld, ask.n, ask.dims
    d = n + r
    g = np.int64(ask.kind_of[r])
    p = np.int64(ask.kint[g * 8 + K_PROFILE])
    w, x = d, np.int64(it[d * NODE + PREV])
    while True:
        by = last_leave(mem, p, row_from(mem, g, x), row_to(mem, g, w), np.int64(it[w * NODE + LATEST]))
        if x == d:
            it[d * NODE + LASTLY] = by
            break
        if x < n:
            it[x * NODE + LATEST] = latest_arrival(ask.stop, ask.spans, x, by - ask.stop[x * 8 + SERVICE])
            it[x * NODE + TAIL] = max(ask.more[x * 4 + RELEASE], it[w * NODE + TAIL] if w < n else 0)
            if ask.mixed:
                for k in range(dims):
                    load = ld[x * 3 * dims + k]
                    ld[(x * 3 + 2) * dims + k] = max(load, ld[(w * 3 + 2) * dims + k]) if w < n else load
        else:
            by -= ask.kmore[g * 16 + RELOAD_SECONDS]
            it[x * NODE + LASTLY] = by
            it[x * NODE + LATEST] = by if it[x * NODE + RELEASED] <= by else -NEVER
        rest_table(mem, g, p, x, w)
        w = x
        x = np.int64(it[x * NODE + PREV])
    q = r * 8
    late = it[d * NODE + LEAVES] > it[d * NODE + LASTLY]
    if ask.kmore[g * 16 + LIMITED]:
        late = late or live.rt[q + METRES] > ask.kmore[g * 16 + MOST_METRES]
        late = late or live.rt[q + DRIVING] > ask.kmore[g * 16 + MOST_DRIVING]
        late = late or live.rt[q + WORKING] > ask.kmore[g * 16 + MOST_WORKING]
    if late:
        # Where a detour is faster than the direct way, taking its stop out makes the rest late.
        live.fl[d * 8 + PRICE] += BROKEN


@part(**BRICK)
def join(it, u, w):
    """Let w follow u."""
    it[u * NODE + NEXT] = w
    it[w * NODE + PREV] = u


@part(**BRICK)
def take_reload(mem, row):
    """Return a reload node from the pool, at a matrix row; -1 where none is free."""
    live = live_of(mem)
    count = live.count
    if count[POOL] == 0:
        return np.int64(-1)
    count[POOL] -= 1
    x = np.int64(live.pool[count[POOL]])
    live.it[x * NODE + ROW] = row
    return x


@part(**INNER)
def give_back(mem, x):
    """Note a reload node that left its route; it is free again when the iteration has been accepted."""
    live = live_of(mem)
    half = live.half
    live.pool[half + live.count[FREED]] = x
    live.count[FREED] += 1


@part(**INNER)
def drop_empty_trips(mem, r):
    """Take reloads out of route r that begin or end a trip without stops."""
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    d = n + r
    x = np.int64(it[d * NODE + NEXT])
    while x != d:
        after = np.int64(it[x * NODE + NEXT])
        if x >= n and (it[x * NODE + PREV] >= n or after == d):
            join(it, np.int64(it[x * NODE + PREV]), after)
            give_back(mem, x)
            if after == d and it[d * NODE + PREV] >= n:
                after = np.int64(it[d * NODE + PREV])
        x = after


@part(**INNER)
def keep(mem, r):
    """Copy route r into the journal, once per iteration."""
    ask, live = ask_of(mem), live_of(mem)
    count, it, dims = live.count, live.it, ask.dims
    if live.stamp[r] == count[CLOCK]:
        return
    live.stamp[r] = count[CLOCK]
    q = count[JOURNAL_ROUTES]
    live.old_routes[q] = r
    for f in range(8):
        live.old_rt[q * 8 + f] = live.rt[r * 8 + f]
    count[JOURNAL_ROUTES] = q + 1
    j = count[JOURNAL]
    d = ask.n + r
    x = d
    while True:
        live.old_ids[j] = x
        for f in range(NODE):
            live.old_it[j * NODE + f] = it[x * NODE + f]
        for f in range(8):
            live.old_fl[j * 8 + f] = live.fl[x * 8 + f]
        for k in range(3 * dims):
            live.old_ld[j * 3 * dims + k] = live.ld[x * 3 * dims + k]
        j += 1
        x = np.int64(it[x * NODE + NEXT])
        if x == d:
            break
    count[JOURNAL] = j


@part(**INNER)
def undo(mem):
    """Copy the journal back."""
    ask, live = ask_of(mem), live_of(mem)
    dims = ask.dims
    for j in range(live.count[JOURNAL]):
        x = np.int64(live.old_ids[j])
        for f in range(NODE):
            live.it[x * NODE + f] = live.old_it[j * NODE + f]
        for f in range(8):
            live.fl[x * 8 + f] = live.old_fl[j * 8 + f]
        for k in range(3 * dims):
            live.ld[x * 3 * dims + k] = live.old_ld[j * 3 * dims + k]
    for q in range(live.count[JOURNAL_ROUTES]):
        r = live.old_routes[q]
        for f in range(8):
            live.rt[r * 8 + f] = live.old_rt[q * 8 + f]

"""Ruin and recreate where every van may choose when it leaves, on travel of either form. Compiled.

A route's best departure is found exactly by `scan`: it drives the route at one departure after another, learns from
each drive how far the next ones can only be worse (who leaves later never comes back earlier), and jumps there. Each
route also keeps the exact times of a few departures, its lanes, good ones all over its day: what a stop would cost at
some place is first estimated between the lanes before and behind that place, and the best few are then scanned.
Routes are doubly linked lists; stop x is node x, route r begins and ends at node n + r. After Christiaens and Vanden
Berghe 2020 (ruin and recreate), and Visser and Spliet 2020 and Blauth et al. 2024, who screen moves of time-dependent
routes by what lies before and behind.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

from typing import Any, NamedTuple

import numpy as np
from numba import types

from doorstep.operations.search.compiled import BRICK, INNER, compiled
from doorstep.operations.search.kernel_common import (
    below,
    how_many_strings,
    shuffle_by_rank,
    uniform,
    until_blink,
)
from doorstep.operations.search.kernel_memory import opener
from doorstep.operations.search.kernel_prices import (
    INFINITE,
    K_END,
    K_ENDS,
    K_FIXED,
    K_HOUR,
    K_METRE,
    K_OVER,
    K_OVER_AFTER,
    K_PROFILE,
    K_START,
    K_STARTS,
    K_STOPS,
    K_WAIT,
    LAST_CLOSE,
    NEVER,
    SERVICE,
    SPAN,
    SPANS_END,
    STRAIN,
    burden_price,
    door,
    knock,
    latest_arrival,
    latest_leave,
)
from doorstep.operations.search.parts import WHOLE, part

PREV, NEXT, ROUTE, LATEST, BURDEN, PLACE = range(6)
"""A node's eight int32. LATEST: the last arrival after which the rest can be driven (a depot: its last departure)."""
STOPS, STRAINS, LANES, DEPARTS = range(4)
"""A route's four int32."""
COST, BEST_COST = range(2)
LEFT, BEST_LEFT, USED, CLOCK, JOURNAL, JOURNAL_ROUTES, BLINK, IMPROVED, LOOK, DRIVES = range(10)
"""Slots of `count`."""
FREE, MOST_SECONDS = range(2)
"""A kind's two further int32."""
ROWS, SLOTS, SLOT_BINS, DIMS, BY_FUNCTION, ROAD_BINS, STEADY = range(7)
"""Slots of `shape`. STEADY: no leg's metres depend on when it begins."""

LANE = 8
"""Departures of a route whose times are kept at every node."""
FEW = 3
"""Places that are priced exactly before one is chosen."""
SMALL = 20
"""Stops of a day in which every place is looked at exactly for a stop that would be left out."""
EXACTLY, ROUGHLY = 1 << 12, 1 << 8
"""Drives that look for the best departure with a stop at one place, in small days and in others."""
SEEN = 512
"""Departures that one scan can note."""
BIN = 11
"""A bin of an arrival function is 2**11 seconds."""
TOO_LATE = 1e12
"""Cents that a route which can't be driven counts for, until a stop put back mends it: more than any stop left out."""
STEEP = -1
"""Marks a piece that neither lies flat nor rises one by one."""


class Ask(NamedTuple):
    """The problem as flat arrays.

    A piece of an arrival function is two int32 of `road`: until when it holds; and in 16 bits each how long the leg
    takes then, and how many seconds before its end it turns flat (who leaves later arrives no later). Where the second
    is STEEP, the same place of `steep` has the arrival at the end and a fraction: going back from there, the function
    falls by numerator // denominator a second. `road_at`: where a leg's pieces begin, and its metres.
    """

    n: Any
    m: Any
    kinds: Any
    stop: Any
    spans: Any
    amounts: Any
    curve_of: Any
    knots: Any
    values: Any
    curve_bins: Any
    kint: Any
    kmore: Any
    kflt: Any
    kcap: Any
    kind_of: Any
    kind_begins: Any
    kind_routes: Any
    allowed: Any
    alone: Any
    unserved: Any
    road: Any
    road_at: Any
    road_bin: Any
    steep: Any
    fractions: Any
    tt: Any
    edges: Any
    bins: Any
    shape: Any
    mean: Any
    pred: Any
    succ: Any
    near: Any
    ranks: Any


class Live(NamedTuple):
    """The search's state: routes and lanes, what is left out, the best found, and a journal to take a step back.

    By node and lane: `lv` departure, `ar` arrival, `ca` price on arriving, `pf` price on leaving, `sl` how many seconds
    later the van could have left the depot to leave here as much later; by route and lane: `lt` the whole price. These
    prices are without what is fixed, overtime and strain.
    """

    it: Any
    lv: Any
    ar: Any
    ca: Any
    pf: Any
    sl: Any
    lt: Any
    cum: Any
    rload: Any
    rint: Any
    rprice: Any
    cost: Any
    count: Any
    empty: Any
    left: Any
    best_next: Any
    best_leaves: Any
    seen: Any
    seen_price: Any
    few: Any
    few_at: Any
    todo: Any
    key: Any
    looked: Any
    stamp: Any
    old_left: Any
    old_empty: Any
    old_ids: Any
    old_it: Any
    old_times: Any
    old_prices: Any
    old_lt: Any
    old_cum: Any
    old_r: Any
    old_rp: Any


NUMBERS = {"n", "m", "kinds"}
FLOATS = {
    "values", "kflt", "alone", "unserved", "mean", "lt", "rprice", "cost", "seen_price", "few", "old_lt", "old_rp",
}  # fmt: skip
HALVES = {"ca", "pf", "old_prices"}
LONGS = {"fractions", "shape", "count", "few_at", "key", "looked", "stamp"}
OTHERS: dict[str, types.Type] = {"road_bin": types.uint16, "allowed": types.uint8}
TABLES = {"curve_bins", "allowed", "alone", "pred", "succ", "near", "ranks"}
"""Fields by type: plain numbers, floats of 64 and 32 bits, whole numbers of 64 bits, others; the rest are whole numbers
of 32 bits. TABLES have two axes."""


def type_of(field: str) -> types.Type:
    """Return the numba type of a field."""
    if field in NUMBERS:
        return types.int64
    dtype: types.Type = types.int64 if field in LONGS else OTHERS.get(field, types.int32)
    if field in FLOATS | HALVES:
        dtype = types.float64 if field in FLOATS else types.float32
    return types.Array(dtype, 2 if field in TABLES else 1, "C")


ASK = {field: type_of(field) for field in Ask._fields}
LIVE = {field: type_of(field) for field in Live._fields}
ask_of = opener(Ask, ASK, 0)
live_of = opener(Live, LIVE, len(ASK))


@part(**BRICK)
def arc(mem, p, u, v, t):
    """Return (arrival, metres, room, stuck) of the way from row u to row v with profile p, leaving at t.

    Whoever leaves up to `room` seconds later arrives as much later, or, where it is `stuck`, at the same second.
    """
    ask = ask_of(mem)
    shape = ask.shape
    rows = shape[ROWS]
    leg = (p * rows + u) * rows + v
    if shape[BY_FUNCTION]:
        road = ask.road
        k = np.int64(ask.road_at[2 * leg])
        k += 2 * np.int64(ask.road_bin[leg * shape[ROAD_BINS] + min(max(t, 0) >> BIN, shape[ROAD_BINS] - 1)])
        while t > road[k]:
            k += 2
        until, word = np.int64(road[k]), np.int64(road[k + 1])
        metres = np.int64(ask.road_at[2 * leg + 1])
        if word == STEEP:
            fraction = 2 * np.int64(ask.steep[k + 1])
            fall = (until - t) * ask.fractions[fraction] // ask.fractions[fraction + 1]
            return ask.steep[k] - fall, metres, np.int64(0), False
        turns, takes = until - (word >> 16), word & 0xFFFF
        if t < turns:
            return t + takes, metres, turns - t, False
        return turns + takes, metres, until - t, True
    slots = shape[SLOTS]
    tt, edges = ask.tt, ask.edges
    line = leg * 2 * slots
    k = np.int64(ask.bins[p * shape[SLOT_BINS] + min(max(t, 0) >> 8, shape[SLOT_BINS] - 1)])
    e = p * (slots + 1) + 1
    while t >= edges[e + k]:
        k += 1
    takes = np.int64(tt[line + k])
    metres = np.int64(tt[line + slots + k])
    room = edges[e + k] - t - max(takes, np.int64(1))
    if room >= 0:
        return t + takes, metres, room, False
    while t + takes > edges[e + k]:
        here, there = np.int64(tt[line + k]), np.int64(tt[line + k + 1])
        takes -= edges[e + k] - t
        takes = (takes * there + here - 1) // here
        t = np.int64(edges[e + k])
        k += 1
    return t + takes, metres, np.int64(0), False


@part(**INNER)
def leave_by(mem, p, u, v, by):
    """Return the last second at which a van may leave row u to reach row v at `by`; exact inverse of `arc`."""
    ask = ask_of(mem)
    shape = ask.shape
    if not shape[BY_FUNCTION]:
        return latest_leave(ask.tt, ask.edges, ask.bins, shape, p, u, v, by)
    if by < 0:
        return np.int64(-NEVER)
    road = ask.road
    leg = (p * shape[ROWS] + u) * shape[ROWS] + v
    first = np.int64(ask.road_at[2 * leg])
    k = first + 2 * np.int64(ask.road_bin[leg * shape[ROAD_BINS] + min(by >> BIN, shape[ROAD_BINS] - 1)])
    while by > road[k]:
        k += 2
    for _ in range(1 << 30):
        until, word = np.int64(road[k]), np.int64(road[k + 1])
        if word == STEEP:
            fraction, excess = 2 * np.int64(ask.steep[k + 1]), ask.steep[k] - by
            rise, run = ask.fractions[fraction], ask.fractions[fraction + 1]
            t = until - (excess * run + rise - 1) // rise if excess > 0 else until
        else:
            turns, takes = until - (word >> 16), word & 0xFFFF
            t = until if turns + takes <= by else by - takes
        if k == first or t > road[k - 2]:
            return t
        k -= 2
    return np.int64(-NEVER)


@part(**INNER)
def scan(mem, g, d, u, x, w, strain, hint, limit, begin, to, looks, spread, noting):
    """Return (price, departure) of the cheapest departure of the route that begins at node d, on a shift of kind g.

    After node u it goes on with stop x (-1: none) and then with node w instead of NEXT. Only what costs less than
    `limit` counts: else (INFINITE, -1). `hint` is a departure to try first. At most `looks` drives look between `begin`
    and `to`, `spread` evenly or else from the beginning on; enough of them, not spread, give the exact answer.
    `noting`: departures and prices go to `seen`, count[DRIVES] says how many.
    """
    ask, live = ask_of(mem), live_of(mem)
    n, it, stop, kint, kflt = ask.n, live.it, ask.stop, ask.kint, ask.kflt
    p = np.int64(kint[g * 8 + K_PROFILE])
    first, end = np.int64(kint[g * 8 + K_START]), np.int64(kint[g * 8 + K_END])
    lo, ends = np.int64(kint[g * 8 + K_STARTS]), np.int64(kint[g * 8 + K_ENDS])
    free, most = ask.kmore[g * 2 + FREE] > 0, np.int64(ask.kmore[g * 2 + MOST_SECONDS])
    hour, idle, metre = kflt[g * 8 + K_HOUR], kflt[g * 8 + K_WAIT], kflt[g * 8 + K_METRE]
    over, over_after = kflt[g * 8 + K_OVER], kflt[g * 8 + K_OVER_AFTER]
    least = min(hour, hour + idle)
    fixed = kflt[g * 8 + K_FIXED] + burden_price(kint, kflt, g, strain)
    steady = ask.shape[STEADY] > 0
    best, best_at = limit, np.int64(-1)
    probing = free and hint > lo
    begin = max(lo, begin) if free else lo
    at = hint if probing else begin
    to = min(to, ends)
    count = 0
    while looks > 0 and at <= to:
        looks -= 1
        t, y, row = at, d, first
        room, stuck, held_by_door, in_time = np.int64(NEVER), False, False, True
        waiting, service, metres = np.int64(0), np.int64(0), np.int64(0)
        doors = 0.0
        for _ in range(n + 2):
            z = np.int64(it[y * 8 + NEXT])
            if y == u:
                z = x if x >= 0 else w
            elif y == x:
                z = w
            row_z = end if z >= n else z
            t, way, room_here, stuck_here = arc(mem, p, row, row_z, t)
            metres += way
            if not stuck:
                room = min(room, room_here)
                stuck = stuck_here
            if z >= n:
                break
            if t > stop[z * 8 + LAST_CLOSE]:
                in_time = False
                break
            starts = knock(stop, ask.spans, z, t)
            if not stuck:
                if starts > t:
                    stuck, held_by_door = True, True
                    room = min(room, starts - t)
                elif ask.curve_of[z] >= 0 or stop[z * 8 + SPAN] < stop[z * 8 + SPANS_END]:
                    room = np.int64(0)
                else:
                    room = min(room, stop[z * 8 + LAST_CLOSE] - t)
            waiting += starts - t
            doors += door(ask.curve_of, ask.knots, ask.values, ask.curve_bins, z, starts)
            service += stop[z * 8 + SERVICE]
            t = starts + stop[z * 8 + SERVICE]
            y = z
            row = z
        if not in_time or t > ends:
            if probing:
                probing = False
                at = begin
                continue
            break
        if free and stuck and room > 0:
            at += room
            waiting -= room if held_by_door else 0
        paid = t - at if free else t - lo
        price = fixed + hour * paid + idle * waiting + metre * metres + doors + over * max(0.0, paid - over_after)
        if paid <= most and price < best - 1e-9:
            best, best_at = price, at
        if not free:
            break
        if probing:
            probing = False
            at = begin
            continue
        if noting > 0 and count < SEEN and paid <= most:
            live.seen[count] = at
            live.seen_price[count] = price
            count += 1
        # Who leaves s seconds later is away at least `paid` - s seconds: until that could pay, nothing is looked at.
        step = np.int64(1)
        if least > 0.0 and best < INFINITE:
            bound = fixed + least * paid + (hour - least) * service + (metre * metres if steady else 0.0)
            step = max(step, np.int64((bound - best) / least) + 1)
        if paid > most:
            step = max(step, paid - most)
        if not stuck:
            step = max(step, room + 1)
        if spread > 0 or looks < 16:
            step = max(step, (to - at) // (looks + 1))
        at += step
    if noting > 0:
        live.count[DRIVES] = count
    if best_at < 0:
        return INFINITE, best_at
    return best, best_at


@part(**INNER)
def choose_lanes(mem, d, at):
    """Fill the departures of depot node d from what a scan has seen; `at` is its best. Returns how many.

    The first is the earliest that helps anybody; the others are the best of equal parts of the time behind it.
    """
    live = live_of(mem)
    seen, price, lv = live.seen, live.seen_price, live.lv
    count = live.count[DRIVES]
    if count == 0:
        lv[d * LANE] = at
        return 1
    lv[d * LANE] = seen[0]
    lanes = 1
    begin, last = np.int64(seen[min(1, count - 1)]), max(np.int64(seen[count - 1]), at)
    begin = min(begin, at) if at > seen[0] else begin
    width = (last - begin) // (LANE - 1) + 1
    k = 1
    for share in range(LANE - 1):
        to = begin + (share + 1) * width
        pick, cheapest = np.int64(-1), np.inf
        while k < count and seen[k] < to:
            if price[k] < cheapest:
                pick, cheapest = np.int64(seen[k]), price[k]
            k += 1
        if to - width <= at < to:
            pick = at
        if pick > lv[d * LANE + lanes - 1]:
            lv[d * LANE + lanes] = pick
            lanes += 1
    return lanes


@part(**BRICK)
def half_a_lane(mem):
    """Return half of the seconds that would part two lanes of the departures just seen."""
    live = live_of(mem)
    count = live.count[DRIVES]
    if count == 0:
        return np.int64(60)
    return np.int64(live.seen[count - 1] - live.seen[min(1, count - 1)]) // (2 * LANE) + 60


@part(**INNER)
def drive_lane(mem, g, r, k, at, u, x, w, storing):
    """Drive route r on from node u as in lane k (from the depot: at second `at`); next come stop x (-1: none), node w.

    Returns (the whole price as in the lanes, seconds that the van could leave later and wait or stand less, return);
    the price counts that gain already, and is INFINITE where something is missed. `storing` keeps times and prices at
    every node, as driven. Else the drive ends where it meets another lane.
    """
    ask, live = ask_of(mem), live_of(mem)
    n, it, stop, kint, kflt = ask.n, live.it, ask.stop, ask.kint, ask.kflt
    lv, ar, ca, pf, sl = live.lv, live.ar, live.ca, live.pf, live.sl
    p = np.int64(kint[g * 8 + K_PROFILE])
    hour, metre = kflt[g * 8 + K_HOUR], kflt[g * 8 + K_METRE]
    wait = hour + kflt[g * 8 + K_WAIT]
    end = np.int64(kint[g * 8 + K_END])
    d = np.int64(n + r)
    lanes, j = np.int64(live.rint[r * 4 + LANES]), np.int64(0)
    if u >= n:
        row, t, price = np.int64(kint[g * 8 + K_START]), at, 0.0
        room = np.int64(NEVER) if ask.kmore[g * 2 + FREE] else np.int64(0)
        if storing > 0:
            lv[d * LANE + k], pf[d * LANE + k], sl[d * LANE + k] = t, 0.0, room
    else:
        row, t, price = u, np.int64(lv[u * LANE + k]), np.float64(pf[u * LANE + k])
        room = np.int64(sl[u * LANE + k])
    gain, later = 0.0, np.int64(0)
    y = u
    for _ in range(n + 2):
        z = np.int64(it[y * 8 + NEXT])
        if y == u:
            z = x if x >= 0 else w
        elif y == x:
            z = w
        row_z = end if z >= n else z
        arrives, way, room_here, stuck = arc(mem, p, row, row_z, t)
        price += hour * (arrives - t) + metre * way
        if room > 0:
            room = min(room, room_here)
            if stuck:
                later, gain, room = room, hour * room, np.int64(0)
        if storing > 0:
            ar[z * LANE + k], ca[z * LANE + k] = arrives, price
        if z >= n:
            if arrives > kint[g * 8 + K_ENDS]:
                return INFINITE, later, arrives
            break
        if arrives > (stop[z * 8 + LAST_CLOSE] if z == x else it[z * 8 + LATEST]):
            return INFINITE, later, arrives
        if storing == 0 and z != x:
            while j + 1 < lanes and ar[z * LANE + j] < arrives:
                j += 1
            if ar[z * LANE + j] == arrives:
                price += live.lt[r * LANE + j] - ca[z * LANE + j]
                return price - gain, later, np.int64(ar[d * LANE + j])
        starts = knock(stop, ask.spans, z, arrives)
        if room > 0:
            if starts > arrives:
                later = min(room, starts - arrives)
                gain, room = wait * later, np.int64(0)
            elif ask.curve_of[z] >= 0 or stop[z * 8 + SPAN] < stop[z * 8 + SPANS_END]:
                room = np.int64(0)
            else:
                room = min(room, stop[z * 8 + LAST_CLOSE] - arrives)
        price += wait * (starts - arrives) + hour * stop[z * 8 + SERVICE]
        price += door(ask.curve_of, ask.knots, ask.values, ask.curve_bins, z, starts)
        t = starts + stop[z * 8 + SERVICE]
        if storing > 0:
            lv[z * LANE + k], pf[z * LANE + k], sl[z * LANE + k] = t, price, room
        y = z
        row = z
    if storing > 0:
        live.lt[r * LANE + k] = price
    return price - gain, later, arrives


@part(**BRICK)
def whole_price(mem, g, strain, price, at, back):
    """Return a route's price from that of a lane; INFINITE where it lasts too long."""
    ask = ask_of(mem)
    kint, kflt = ask.kint, ask.kflt
    paid = back - (at if ask.kmore[g * 2 + FREE] > 0 else np.int64(kint[g * 8 + K_STARTS]))
    if price >= INFINITE or paid > ask.kmore[g * 2 + MOST_SECONDS]:
        return INFINITE
    over = kflt[g * 8 + K_OVER] * max(0.0, paid - kflt[g * 8 + K_OVER_AFTER])
    return price + over + kflt[g * 8 + K_FIXED] + burden_price(kint, kflt, g, strain)


@part(**INNER)
def copy_lane(mem, r, k, q):
    """Copy lane k of route r to lane q, at every node."""
    ask, live = ask_of(mem), live_of(mem)
    n, it = ask.n, live.it
    x = np.int64(n + r)
    for _ in range(n + 1):
        live.lv[x * LANE + q], live.ar[x * LANE + q] = live.lv[x * LANE + k], live.ar[x * LANE + k]
        live.ca[x * LANE + q], live.pf[x * LANE + q] = live.ca[x * LANE + k], live.pf[x * LANE + k]
        live.sl[x * LANE + q] = live.sl[x * LANE + k]
        x = np.int64(it[x * 8 + NEXT])
        if x >= n:
            break
    live.lt[r * LANE + q] = live.lt[r * LANE + k]


@part(**INNER)
def redrive_lanes(mem, g, r, u, at):
    """Drive all lanes of route r again, whose stops have changed behind node u, and one that leaves at second `at`.

    Lanes that came to nothing are dropped. Sets price and departure to the best of them; returns whether there is any.
    """
    ask, live = ask_of(mem), live_of(mem)
    n, lv, rint = ask.n, live.lv, live.rint
    d = np.int64(n + r)
    strain, none, one = np.int64(rint[r * 4 + STRAINS]), np.int64(-1), np.int64(1)
    best, best_at, kept = INFINITE, np.int64(-1), np.int64(0)
    lanes = np.int64(rint[r * 4 + LANES])
    first = np.int64(live.it[d * 8 + NEXT])
    fresh = at < 0
    for k in range(lanes):
        leaves = np.int64(lv[d * LANE + k])
        price, later, back = drive_lane(mem, g, r, k, leaves, u, none, np.int64(live.it[u * 8 + NEXT]), one)
        if later > 0 and price < INFINITE:
            leaves += later
            price, later, back = drive_lane(mem, g, r, k, leaves, d, none, first, one)
        if price >= INFINITE or (kept > 0 and leaves <= lv[d * LANE + kept - 1]):
            continue
        if kept != k:
            copy_lane(mem, r, k, kept)
        fresh = fresh or leaves == at
        kept += 1
        price = whole_price(mem, g, strain, price, leaves + later, back)
        if price < best:
            best, best_at = price, leaves + later
    if not fresh:
        place = np.int64(0)
        while place < kept and lv[d * LANE + place] < at:
            place += 1
        if kept < LANE:
            for k in range(kept, place, -1):
                copy_lane(mem, r, k - 1, k)
            kept += 1
        else:
            place = min(place, np.int64(LANE - 1))
        price, later, back = drive_lane(mem, g, r, place, at, d, none, first, one)
        price = whole_price(mem, g, strain, price, at + later, back)
        if price < best:
            best, best_at = price, at + later
    rint[r * 4 + LANES] = kept
    if best_at < 0:
        return False
    live.rprice[r] = best
    rint[r * 4 + DEPARTS] = best_at
    return True


@part(**INNER)
def count_stops(mem, r):
    """Recompute what of route r doesn't depend on when it drives: sums, and last arrivals. Returns its last departure.

    -1 where it has no stops.
    """
    ask, live = ask_of(mem), live_of(mem)
    n, it, stop, kint = ask.n, live.it, ask.stop, ask.kint
    dims = ask.shape[DIMS]
    rint, cum = live.rint, live.cum
    g = np.int64(ask.kind_of[r])
    d = np.int64(n + r)
    u, x = d, np.int64(it[d * 8 + NEXT])
    had = rint[r * 4 + STOPS]
    place, strain = np.int64(0), np.int64(0)
    for _ in range(n):
        if x >= n:
            break
        place += 1
        strain += stop[x * 8 + STRAIN]
        it[x * 8 + PLACE], it[x * 8 + BURDEN], it[x * 8 + ROUTE] = place, strain, r
        for k in range(dims):
            cum[x * dims + k] = ask.amounts[x * dims + k] + (cum[u * dims + k] if u < n else 0)
        u = x
        x = np.int64(it[x * 8 + NEXT])
    for k in range(dims):
        live.rload[r * dims + k] = cum[u * dims + k] if u < n else 0
    rint[r * 4 + STOPS], rint[r * 4 + STRAINS] = place, strain
    if had == 0 and place > 0:
        live.count[USED] += 1
        live.empty[g] -= 1
    elif had > 0 and place == 0:
        live.count[USED] -= 1
        live.empty[g] += 1
    if place == 0:
        return np.int64(-1)
    p = np.int64(kint[g * 8 + K_PROFILE])
    by, row = np.int64(kint[g * 8 + K_ENDS]), np.int64(kint[g * 8 + K_END])
    for _ in range(n):
        by = latest_arrival(stop, ask.spans, u, leave_by(mem, p, u, row, by) - stop[u * 8 + SERVICE])
        it[u * 8 + LATEST] = by
        row = u
        u = np.int64(it[u * 8 + PREV])
        if u >= n:
            break
    it[d * 8 + LATEST] = kint[g * 8 + K_ENDS]
    return leave_by(mem, p, np.int64(kint[g * 8 + K_START]), row, by)


@part(**INNER)
def settle(mem, r, hint, looks, spread):
    """Recompute everything of route r: sums, last arrivals, its best departure and price, its lanes.

    `spread`: departures are looked at all over the day, and once more around the best of them; else one by one.
    """
    ask, live = ask_of(mem), live_of(mem)
    rint = live.rint
    g = np.int64(ask.kind_of[r])
    d = np.int64(ask.n + r)
    last = count_stops(mem, r)
    none, zero, one = np.int64(-1), np.int64(0), np.int64(1)
    rint[r * 4 + LANES] = 0
    if rint[r * 4 + STOPS] == 0:
        live.rprice[r] = 0.0
        return
    strain = np.int64(rint[r * 4 + STRAINS])
    price, at = scan(mem, g, d, none, none, none, strain, hint, INFINITE, zero, last, looks, spread, one)
    if at < 0:
        # Where a detour is faster than the direct way, taking its stop out makes the rest late.
        live.rprice[r] = TOO_LATE
        rint[r * 4 + DEPARTS] = ask.kint[g * 8 + K_STARTS]
        return
    if spread > 0:
        reach = half_a_lane(mem)
        better, there = scan(
            mem, g, d, none, none, none, strain, none, price, at - reach, min(last, at + reach), looks, spread, zero
        )
        if there >= 0:
            price, at = better, there
    live.rprice[r] = price
    rint[r * 4 + DEPARTS] = at
    lanes = choose_lanes(mem, d, at)
    rint[r * 4 + LANES] = lanes
    first = np.int64(live.it[d * 8 + NEXT])
    for k in range(lanes):
        drive_lane(mem, g, r, np.int64(k), np.int64(live.lv[d * LANE + k]), d, none, first, one)


@part(**INNER)
def settle_insertion(mem, r, u, at, looks):
    """Recompute everything of route r after a stop was put behind node u, from its lanes and a departure at `at`."""
    ask, live = ask_of(mem), live_of(mem)
    if live.rint[r * 4 + LANES] > 0:
        count_stops(mem, r)
        if redrive_lanes(mem, np.int64(ask.kind_of[r]), r, u, at):
            return
    settle(mem, r, at, looks, np.int64(1))


@part(**INNER)
def join(it, u, w):
    """Let w follow u."""
    it[u * 8 + NEXT] = w
    it[w * 8 + PREV] = u


@part(**INNER)
def keep(mem, r):
    """Copy route r into the journal, once per iteration."""
    ask, live = ask_of(mem), live_of(mem)
    count, n, dims = live.count, ask.n, ask.shape[DIMS]
    if live.stamp[r] == count[CLOCK]:
        return
    live.stamp[r] = count[CLOCK]
    q = count[JOURNAL_ROUTES]
    live.old_r[q * 5] = r
    for f in range(4):
        live.old_r[q * 5 + 1 + f] = live.rint[r * 4 + f]
    live.old_rp[q] = live.rprice[r]
    for k in range(LANE):
        live.old_lt[q * LANE + k] = live.lt[r * LANE + k]
    count[JOURNAL_ROUTES] = q + 1
    j = count[JOURNAL]
    x = np.int64(n + r)
    for k in range(dims):
        live.old_cum[j * dims + k] = live.rload[r * dims + k]
    for _ in range(n + 1):
        live.old_ids[j] = x
        for f in range(8):
            live.old_it[j * 8 + f] = live.it[x * 8 + f]
        for k in range(live.rint[r * 4 + LANES]):
            live.old_times[(3 * j) * LANE + k] = live.lv[x * LANE + k]
            live.old_times[(3 * j + 1) * LANE + k] = live.ar[x * LANE + k]
            live.old_times[(3 * j + 2) * LANE + k] = live.sl[x * LANE + k]
            live.old_prices[(2 * j) * LANE + k] = live.ca[x * LANE + k]
            live.old_prices[(2 * j + 1) * LANE + k] = live.pf[x * LANE + k]
        if x < n:
            for k in range(dims):
                live.old_cum[j * dims + k] = live.cum[x * dims + k]
        j += 1
        x = np.int64(live.it[x * 8 + NEXT])
        if x >= n:
            break
    count[JOURNAL] = j


@part(**INNER)
def undo(mem):
    """Copy the journal back."""
    ask, live = ask_of(mem), live_of(mem)
    count, n, dims = live.count, ask.n, ask.shape[DIMS]
    for q in range(count[JOURNAL_ROUTES]):
        r = live.old_r[q * 5]
        for f in range(4):
            live.rint[r * 4 + f] = live.old_r[q * 5 + 1 + f]
        live.rprice[r] = live.old_rp[q]
        for k in range(LANE):
            live.lt[r * LANE + k] = live.old_lt[q * LANE + k]
    lanes = 0
    for j in range(count[JOURNAL]):
        x = np.int64(live.old_ids[j])
        if x >= n:
            lanes = live.rint[(x - n) * 4 + LANES]
        for f in range(8):
            live.it[x * 8 + f] = live.old_it[j * 8 + f]
        for k in range(lanes):
            live.lv[x * LANE + k] = live.old_times[(3 * j) * LANE + k]
            live.ar[x * LANE + k] = live.old_times[(3 * j + 1) * LANE + k]
            live.sl[x * LANE + k] = live.old_times[(3 * j + 2) * LANE + k]
            live.ca[x * LANE + k] = live.old_prices[(2 * j) * LANE + k]
            live.pf[x * LANE + k] = live.old_prices[(2 * j + 1) * LANE + k]
        for k in range(dims):
            if x < n:
                live.cum[x * dims + k] = live.old_cum[j * dims + k]
            else:
                live.rload[(x - n) * dims + k] = live.old_cum[j * dims + k]


@part(**BRICK)
def room_for(mem, r, g, x):
    """Return whether route r of kind g may take stop x besides what it has, times aside."""
    ask, live = ask_of(mem), live_of(mem)
    dims = ask.shape[DIMS]
    if not ask.allowed[x, g] or live.rint[r * 4 + STOPS] >= ask.kint[g * 8 + K_STOPS]:
        return False
    fits = True
    for k in range(dims):
        fits = fits and live.rload[r * dims + k] + ask.amounts[x * dims + k] <= ask.kcap[g * dims + k]
    return fits


@part(**BRICK)
def rest_price(mem, r, w, lanes, j, t):
    """Return about what is left to pay from node w on, reached at t, between lanes j and j + 1 of route r."""
    live = live_of(mem)
    ar, ca, lt = live.ar, live.ca, live.lt
    here = lt[r * LANE + j] - ca[w * LANE + j]
    if j + 1 >= lanes or t <= ar[w * LANE + j]:
        return here
    there = lt[r * LANE + j + 1] - ca[w * LANE + j + 1]
    span = ar[w * LANE + j + 1] - ar[w * LANE + j]
    return here + (there - here) * ((t - ar[w * LANE + j]) / span)


@part(**BRICK)
def guess(mem, g, r, u, x, w):
    """Return (about what route r would cost with stop x between nodes u and w, the best lanes, when to leave).

    INFINITE where it is too late in every lane.
    """
    ask, live = ask_of(mem), live_of(mem)
    n, stop, kint, kflt = ask.n, ask.stop, ask.kint, ask.kflt
    lv, ar, pf = live.lv, live.ar, live.pf
    p = np.int64(kint[g * 8 + K_PROFILE])
    row_u = np.int64(kint[g * 8 + K_START]) if u >= n else u
    row_w = np.int64(kint[g * 8 + K_END]) if w >= n else w
    hour, metre = kflt[g * 8 + K_HOUR], kflt[g * 8 + K_METRE]
    wait = hour + kflt[g * 8 + K_WAIT]
    lanes = np.int64(live.rint[r * 4 + LANES])
    service = np.int64(stop[x * 8 + SERVICE])
    d = np.int64(n + r)
    latest = np.int64(live.it[w * 8 + LATEST]) if w < n else np.int64(kint[g * 8 + K_ENDS])
    lo, free = np.int64(kint[g * 8 + K_STARTS]), ask.kmore[g * 2 + FREE] > 0
    j = np.int64(0)
    early = np.int64(0)
    best, best_at, next_best = INFINITE, np.int64(-1), INFINITE
    lane, next_lane = np.int64(-1), np.int64(-1)
    for k in range(lanes):
        leaves = np.int64(lv[u * LANE + k])
        before = np.float64(pf[u * LANE + k])
        if u >= n and free:
            leaves = max(lo, leaves - early)
        t, way, _room, _stuck = arc(mem, p, row_u, x, leaves)
        if t > stop[x * 8 + LAST_CLOSE]:
            break
        starts = knock(stop, ask.spans, x, t)
        there, way_on, _room, _stuck = arc(mem, p, x, row_w, starts + service)
        if there > latest:
            break
        if u >= n and k == 0:
            early = max(np.int64(0), there - ar[w * LANE])
        while j + 1 < lanes and ar[w * LANE + j + 1] <= there:
            j += 1
        waits = starts - t
        price = before + hour * (there - leaves - waits) + wait * waits + metre * (way + way_on)
        price += door(ask.curve_of, ask.knots, ask.values, ask.curve_bins, x, starts)
        price += rest_price(mem, r, w, lanes, j, there)
        at = np.int64(lv[d * LANE + k]) if u < n else leaves
        if waits > 0 and free:
            later = lv[u * LANE + k + 1] - leaves if k + 1 < lanes and u < n else np.int64(NEVER)
            if later > waits:
                # The van would leave later instead of waiting; what lies before costs as between two lanes.
                price -= wait * waits
                if later < NEVER:
                    price += (pf[u * LANE + k + 1] - before) * (waits / later)
                at += waits
        if price < best:
            next_best, next_lane = best, lane
            best, lane, best_at = price, np.int64(k), at
        elif price < next_best:
            next_best, next_lane = price, np.int64(k)
    return best, lane, next_lane, best_at


@part(**INNER)
def find(rng, mem, x, log_keep):
    """Return (node to follow, change of price, departure) of the best place for x in routes that drive, or (-1, ...).

    First among the neighbours in x's lists, else everywhere. The most promising few are priced exactly.
    """
    ask, live = ask_of(mem), live_of(mem)
    n, it, count = ask.n, live.it, live.count
    few, few_at = live.few, live.few_at
    width = ask.pred.shape[1]
    best, best_u, best_at = INFINITE, np.int64(-1), np.int64(-1)
    zero = np.int64(0)
    count[LOOK] += 1
    for attempt in range(2):
        found = 0
        for i in range(2 * width if attempt == 0 else n + ask.m):
            if attempt == 0:
                v = np.int64(ask.pred[x, i // 2]) if i % 2 == 0 else np.int64(ask.succ[x, i // 2])
                if v < 0 or it[v * 8 + ROUTE] < 0:
                    continue
                u = v if i % 2 == 0 else np.int64(it[v * 8 + PREV])
            else:
                u = np.int64(i)
                if it[u * 8 + ROUTE] < 0:
                    continue
            r = np.int64(it[u * 8 + ROUTE])
            if live.looked[u] == count[LOOK] or live.rint[r * 4 + LANES] == 0:
                continue
            live.looked[u] = count[LOOK]
            g = np.int64(ask.kind_of[r])
            if not room_for(mem, r, g, x):
                continue
            w = np.int64(it[u * 8 + NEXT])
            row_u = np.int64(ask.kint[g * 8 + K_START]) if u >= n else u
            row_w = np.int64(ask.kint[g * 8 + K_END]) if w >= n else w
            rows = ask.shape[ROWS]
            now = live.rprice[r]
            detour = ask.mean[row_u * rows + x] + ask.mean[x * rows + row_w] - ask.mean[row_u * rows + row_w]
            if found == FEW and detour > few[FEW - 1] + 0.1 * now:
                continue
            price, lane, next_lane, at = guess(mem, g, r, u, x, w)
            if price >= INFINITE:
                continue
            change = price - (now - ask.kflt[g * 8 + K_FIXED])
            if found == FEW and change >= few[FEW - 1]:
                continue
            count[BLINK] -= 1
            if count[BLINK] < 0:
                count[BLINK] = until_blink(rng, log_keep)
                continue
            q = found if found < FEW else FEW - 1
            while q > 0 and few[q - 1] > change:
                few[q] = few[q - 1]
                for f in range(4):
                    few_at[4 * q + f] = few_at[4 * q - 4 + f]
                q -= 1
            few[q] = change
            few_at[4 * q], few_at[4 * q + 1], few_at[4 * q + 2], few_at[4 * q + 3] = u, lane, next_lane, at
            found = min(found + 1, FEW)
        for q in range(found):
            u = np.int64(few_at[4 * q])
            r = np.int64(it[u * 8 + ROUTE])
            g = np.int64(ask.kind_of[r])
            w = np.int64(it[u * 8 + NEXT])
            strain = np.int64(live.rint[r * 4 + STRAINS]) + ask.stop[x * 8 + STRAIN]
            for side in range(2):
                k = np.int64(few_at[4 * q + 1 + side])
                if k < 0:
                    break
                at = np.int64(few_at[4 * q + 3]) if side == 0 else np.int64(live.lv[(n + r) * LANE + k])
                price, later, back = drive_lane(mem, g, r, k, at, u, x, w, zero)
                if u < n:
                    at = np.int64(live.lv[(n + r) * LANE + k])
                change = whole_price(mem, g, strain, price, at + later, back) - live.rprice[r]
                if change < best:
                    best, best_u, best_at = change, u, at + later
        if best_u >= 0:
            break
    return best_u, best, best_at


@part(**INNER)
def cheapest_empty(rng, mem, x):
    """Return (a shift without stops that serves x alone at the lowest price, that price), or (-1, INFINITE).

    What is cheapest for one stop need not be for those that join it: so now and then a kind is passed over.
    """
    ask, live = ask_of(mem), live_of(mem)
    best, kind = INFINITE, -1
    skips = ask.kinds > 1 and uniform(rng) < 0.1
    for g in range(ask.kinds):
        if live.empty[g] > 0 and ask.alone[x, g] < best and not (skips and uniform(rng) < 0.5):
            best, kind = ask.alone[x, g], g
    if kind < 0:
        return np.int64(-1), INFINITE
    for k in range(ask.kind_begins[kind], ask.kind_begins[kind + 1]):
        r = np.int64(ask.kind_routes[k])
        if live.rint[r * 4 + STOPS] == 0:
            return r, best
    return np.int64(-1), INFINITE


@part(**INNER)
def find_exactly(mem, x, bound, looks):
    """Return (node to follow, change of price, departure) of the best place for x at any departure.

    (-1, ...) where none costs less than `bound`. In small days every place is looked at, in others those of x's lists.
    """
    ask, live = ask_of(mem), live_of(mem)
    n, it, count = ask.n, live.it, live.count
    best, best_u, best_at = bound, np.int64(-1), np.int64(-1)
    zero = np.int64(0)
    width = ask.pred.shape[1]
    everywhere = n <= SMALL
    count[LOOK] += 1
    for i in range(n + ask.m if everywhere else 2 * width):
        u = np.int64(i)
        if not everywhere:
            u = np.int64(ask.pred[x, i // 2]) if i % 2 == 0 else np.int64(ask.succ[x, i // 2])
            if u < 0 or it[u * 8 + ROUTE] < 0:
                continue
            u = u if i % 2 == 0 else np.int64(it[u * 8 + PREV])
        r = np.int64(it[u * 8 + ROUTE])
        if r < 0 or live.looked[u] == count[LOOK] or live.rint[r * 4 + LANES] == 0:
            continue
        live.looked[u] = count[LOOK]
        g = np.int64(ask.kind_of[r])
        if not room_for(mem, r, g, x):
            continue
        strain = np.int64(live.rint[r * 4 + STRAINS]) + ask.stop[x * 8 + STRAIN]
        price, at = scan(
            mem, g, np.int64(n + r), u, x, np.int64(it[u * 8 + NEXT]), strain, np.int64(live.rint[r * 4 + DEPARTS]),
            live.rprice[r] + best, zero, np.int64(NEVER), looks, zero, zero,
        )  # fmt: skip
        if at >= 0:
            best, best_u, best_at = price - live.rprice[r], u, at
    return best_u, best, best_at


@part(**INNER)
def recreate(rng, mem, size, log_keep, settle_looks, generous, exactly):
    """Insert `todo[:size]` in order, each at its cheapest place or left out. Returns the change of price.

    `generous`: leave half of the stops out only where they don't fit. `exactly`: the chance that a stop which would be
    left out, or alone, is looked at once more; a tenth of it for others.
    """
    ask, live = ask_of(mem), live_of(mem)
    n, it, count = ask.n, live.it, live.count
    total = 0.0
    for i in range(size):
        x = np.int64(live.todo[i])
        bound = INFINITE if generous and uniform(rng) < 0.5 else ask.unserved[x]
        u, change, at = find(rng, mem, x, log_keep)
        r, opening = cheapest_empty(rng, mem, x)
        alone = r >= 0 and opening < change
        if alone:
            u, change, at = np.int64(n + r), opening, np.int64(-1)
        lost = u < 0 or alone or change >= ask.unserved[x]
        if uniform(rng) < (exactly if lost else 0.1 * exactly):
            v, price, leaves = find_exactly(mem, x, min(change, bound), np.int64(EXACTLY if n <= SMALL else ROUGHLY))
            if v >= 0:
                u, change, at = v, price, leaves
        if u < 0 or change >= bound:
            live.left[count[LEFT]] = x
            count[LEFT] += 1
            it[x * 8 + ROUTE] = -1
            total += ask.unserved[x]
            continue
        r = np.int64(it[u * 8 + ROUTE])
        keep(mem, r)
        before = live.rprice[r]
        w = np.int64(it[u * 8 + NEXT])
        join(it, u, x)
        join(it, x, w)
        settle_insertion(mem, r, u, at, settle_looks)
        total += live.rprice[r] - before
    return total


@part(**INNER)
def ruin_string(rng, mem, n, x, length, size):
    """Take `length` neighbours around x out of its route, half of the time sparing one between; return todo's size."""
    live = live_of(mem)
    it, todo = live.it, live.todo
    r = it[x * 8 + ROUTE]
    stops = live.rint[r * 4 + STOPS]
    spared = length < stops and length > 1 and uniform(rng) < 0.5
    first = x
    for _ in range(below(rng, length)):
        if it[first * 8 + PREV] >= n:
            break
        first = np.int64(it[first * 8 + PREV])
    skip_at = 1 + below(rng, length - 1) if spared else np.int64(-1)
    before = np.int64(it[first * 8 + PREV])
    y, taken, passed = first, 0, 0
    while taken < length:
        if y < n:
            z = y
            y = np.int64(it[z * 8 + NEXT])
            passed += 1
            if passed - 1 == skip_at:
                continue
        elif before < n:
            z = before
            before = np.int64(it[z * 8 + PREV])
        else:
            break
        join(it, np.int64(it[z * 8 + PREV]), np.int64(it[z * 8 + NEXT]))
        it[z * 8 + ROUTE] = -1
        todo[size] = z
        size += 1
        taken += 1
    return size


@part(**INNER)
def call_back(rng, mem, seed, most):
    """Move some of the stops left out from `left` to `todo`: those near the seed, else any. Returns (size, price)."""
    ask, live = ask_of(mem), live_of(mem)
    it, count, left, todo = live.it, live.count, live.left, live.todo
    if count[LEFT] > most:
        called = 0
        for k in range(-1, ask.near.shape[1]):
            x = seed if k < 0 else np.int64(ask.near[seed, k])
            if x < 0 or called >= most - 4:
                break
            if it[x * 8 + ROUTE] == -2:
                it[x * 8 + ROUTE] = -1
                called += 1
        for _ in range(4):
            it[left[below(rng, count[LEFT])] * 8 + ROUTE] = -1
    price, size, still = 0.0, 0, 0
    for k in range(count[LEFT]):
        x = left[k]
        if count[LEFT] <= most or it[x * 8 + ROUTE] == -1:
            it[x * 8 + ROUTE] = -1
            todo[size] = x
            size += 1
            price += ask.unserved[x]
        else:
            left[still] = x
            still += 1
    count[LEFT] = still
    return size, price


@part(**INNER)
def ruin(rng, mem, seed, mean_removed, whole, size, settle_looks):
    """Take strings of stops near the seed (or its whole route) out. Returns (size of todo, price change)."""
    ask, live = ask_of(mem), live_of(mem)
    n, it, count = ask.n, live.it, live.count
    total = 0.0
    all_of_it = it[seed * 8 + ROUTE] >= 0 and uniform(rng) < whole
    longest = min(10.0, (n - count[LEFT]) / max(count[USED], 1))
    strings = np.int64(1) if all_of_it else how_many_strings(rng, mean_removed, longest)
    for k in range(-1, ask.near.shape[1]):
        x = seed if k < 0 else np.int64(ask.near[seed, k])
        if x < 0 or strings == 0:
            break
        r = np.int64(it[x * 8 + ROUTE])
        if r < 0 or live.stamp[r] == count[CLOCK]:
            continue
        keep(mem, r)
        had, before = live.rint[r * 4 + STOPS], live.rprice[r]
        if all_of_it:
            length = np.int64(had)
            x = np.int64(it[(n + r) * 8 + NEXT])
        else:
            length = 1 + below(rng, np.int64(min(longest, np.float64(had))))
        size = ruin_string(rng, mem, n, x, length, size)
        settle(mem, r, np.int64(live.rint[r * 4 + DEPARTS]), settle_looks, np.int64(1))
        total += live.rprice[r] - before
        strings -= 1
    return size, total


@part(**INNER)
def fits_tail(mem, g, a, rb, b, c, differ):
    """Return whether node c and the rest of route rb fit behind node a of a shift of kind g, times aside."""
    ask, live = ask_of(mem), live_of(mem)
    n, it, dims = ask.n, live.it, ask.shape[DIMS]
    place = it[a * 8 + PLACE] if a < n else 0
    gone = it[b * 8 + PLACE] if b < n else 0
    if place + live.rint[rb * 4 + STOPS] - gone > ask.kint[g * 8 + K_STOPS]:
        return False
    for k in range(dims):
        load = live.rload[rb * dims + k] - (live.cum[b * dims + k] if b < n else 0)
        if load + (live.cum[a * dims + k] if a < n else 0) > ask.kcap[g * dims + k]:
            return False
    x = c
    while differ and x < n:
        if not ask.allowed[x, g]:
            return False
        x = np.int64(it[x * 8 + NEXT])
    return True


@part(**INNER)
def guess_tail(mem, g, ra, a, rb, c):
    """Return (about the price of going on with node c of route rb behind node a of ra, when to leave).

    Without what is fixed, as in the lanes. 0 where nothing is left of the route.
    """
    ask, live = ask_of(mem), live_of(mem)
    n, kint, kflt = ask.n, ask.kint, ask.kflt
    if a >= n and c >= n:
        return 0.0, np.int64(-1)
    p = np.int64(kint[g * 8 + K_PROFILE])
    row_a = np.int64(kint[g * 8 + K_START]) if a >= n else a
    row_c = np.int64(kint[g * 8 + K_END]) if c >= n else c
    hour, metre = kflt[g * 8 + K_HOUR], kflt[g * 8 + K_METRE]
    free, lo = ask.kmore[g * 2 + FREE] > 0, np.int64(kint[g * 8 + K_STARTS])
    lanes = np.int64(live.rint[rb * 4 + LANES])
    latest = np.int64(live.it[c * 8 + LATEST]) if c < n else np.int64(kint[g * 8 + K_ENDS])
    best, best_at = INFINITE, np.int64(-1)
    j = np.int64(0)
    lanes_a = np.int64(live.rint[ra * 4 + LANES]) if a < n else (lanes if free else np.int64(1))
    for k in range(lanes_a):
        if a >= n:
            # Leave so as to reach c when its own route does.
            leaves = leave_by(mem, p, row_a, row_c, np.int64(live.ar[c * LANE + k])) if free else lo
            if leaves < lo:
                continue
            before, at = 0.0, leaves
        else:
            leaves, before = np.int64(live.lv[a * LANE + k]), np.float64(live.pf[a * LANE + k])
            at = np.int64(live.lv[(n + ra) * LANE + k])
        t, way, _room, _stuck = arc(mem, p, row_a, row_c, leaves)
        if t > latest:
            break
        price = before + hour * (t - leaves) + metre * way
        if c < n:
            while j + 1 < lanes and live.ar[c * LANE + j + 1] <= t:
                j += 1
            price += rest_price(mem, rb, c, lanes, j, t)
        if price < best:
            best, best_at = price, at
    return best, best_at


@part(**INNER)
def swap_tails(it, n, a, c, ra, rb):
    """Let c, of route rb, follow a, of route ra; what followed a follows what came before c."""
    b, d = np.int64(it[c * 8 + PREV]), np.int64(it[a * 8 + NEXT])
    last_a, last_b = np.int64(it[(n + ra) * 8 + PREV]), np.int64(it[(n + rb) * 8 + PREV])
    join(it, a, c)
    join(it, last_b, n + ra)
    if d < n:
        join(it, b, d)
        join(it, last_a, n + rb)
    else:
        join(it, b, n + rb)


@part(**INNER)
def improve_tails(mem, size, width, looks, settle_looks):
    """Try to swap tails around the stops just inserted (2-opt*); first improvement. Returns the change of price."""
    ask, live = ask_of(mem), live_of(mem)
    n, it, kflt = ask.n, live.it, ask.kflt
    total = 0.0
    none, one, zero = np.int64(-1), np.int64(1), np.int64(0)
    for i in range(size):
        c = np.int64(live.todo[i])
        for k in range(min(width, ask.pred.shape[1])):
            rb = np.int64(it[c * 8 + ROUTE])
            if rb < 0:
                break
            a = np.int64(ask.pred[c, k])
            if a < 0:
                break
            ra = np.int64(it[a * 8 + ROUTE])
            if ra < 0 or ra == rb or live.rint[ra * 4 + LANES] == 0 or live.rint[rb * 4 + LANES] == 0:
                continue
            b, d = np.int64(it[c * 8 + PREV]), np.int64(it[a * 8 + NEXT])
            ga, gb = np.int64(ask.kind_of[ra]), np.int64(ask.kind_of[rb])
            now = live.rprice[ra] + live.rprice[rb]
            price, at_a = guess_tail(mem, ga, ra, a, rb, c)
            if price >= now:
                continue
            price_b, at_b = guess_tail(mem, gb, rb, b, ra, d)
            vanishes = b >= n and d >= n
            price += price_b + kflt[ga * 8 + K_FIXED] + (0.0 if vanishes else kflt[gb * 8 + K_FIXED])
            if price >= now:
                continue
            differ = ga != gb
            if not (fits_tail(mem, ga, a, rb, b, c, differ) and fits_tail(mem, gb, b, ra, a, d, differ)):
                continue
            strain_a = np.int64(it[a * 8 + BURDEN])
            strain_b = np.int64(it[b * 8 + BURDEN]) if b < n else np.int64(0)
            more, less = live.rint[rb * 4 + STRAINS] - strain_b, live.rint[ra * 4 + STRAINS] - strain_a
            price, at_a = scan(
                mem, ga, np.int64(n + ra), a, none, c, strain_a + more, at_a, now, at_a - 600, at_a + 600, looks, one,
                zero,
            )  # fmt: skip
            if at_a < 0:
                continue
            if not vanishes:
                limit = now - price - 0.01
                price_b, at_b = scan(
                    mem, gb, np.int64(n + rb), b, none, d, strain_b + less, at_b, limit, at_b - 600, at_b + 600, looks,
                    one, zero,
                )  # fmt: skip
                if at_b < 0:
                    continue
            elif price >= now - 0.01:
                continue
            keep(mem, ra)
            keep(mem, rb)
            swap_tails(it, n, a, c, ra, rb)
            settle(mem, ra, at_a, settle_looks, np.int64(1))
            settle(mem, rb, at_b, settle_looks, np.int64(1))
            total += live.rprice[ra] + live.rprice[rb] - now
    return total


@part(**INNER)
def fits_whole(mem, r, g):
    """Return whether route r's stops fit a shift of kind g, times aside."""
    ask, live = ask_of(mem), live_of(mem)
    n, dims = ask.n, ask.shape[DIMS]
    if live.rint[r * 4 + STOPS] > ask.kint[g * 8 + K_STOPS]:
        return False
    for k in range(dims):
        if live.rload[r * dims + k] > ask.kcap[g * dims + k]:
            return False
    x = np.int64(live.it[(n + r) * 8 + NEXT])
    while x < n:
        if not ask.allowed[x, g]:
            return False
        x = np.int64(live.it[x * 8 + NEXT])
    return True


@part(**INNER)
def exchange(rng, mem, threshold, settle_looks):
    """Let two shifts of different kinds swap all their stops if that costs less than `threshold` more."""
    ask, live = ask_of(mem), live_of(mem)
    n, it, rint = ask.n, live.it, live.rint
    ra, rb = below(rng, ask.m), below(rng, ask.m)
    ga, gb = np.int64(ask.kind_of[ra]), np.int64(ask.kind_of[rb])
    if ga == gb or rint[ra * 4 + STOPS] + rint[rb * 4 + STOPS] == 0:
        return 0.0
    now = live.rprice[ra] + live.rprice[rb]
    price, none, zero = 0.0, np.int64(-1), np.int64(0)
    for side in range(2):
        r, g = (ra, gb) if side == 0 else (rb, ga)
        if rint[r * 4 + STOPS] == 0:
            continue
        if not fits_whole(mem, r, g):
            return 0.0
        found, at = scan(
            mem, g, np.int64(n + r), none, none, none, np.int64(rint[r * 4 + STRAINS]),
            np.int64(rint[r * 4 + DEPARTS]), INFINITE, zero, np.int64(NEVER), np.int64(ROUGHLY), zero, zero,
        )  # fmt: skip
        price += found
        if at < 0 or price - now >= threshold:
            return 0.0
    da, db = np.int64(n + ra), np.int64(n + rb)
    keep(mem, ra)
    keep(mem, rb)
    leaves_a, leaves_b = np.int64(rint[ra * 4 + DEPARTS]), np.int64(rint[rb * 4 + DEPARTS])
    first_a, last_a = np.int64(it[da * 8 + NEXT]), np.int64(it[da * 8 + PREV])
    first_b, last_b = np.int64(it[db * 8 + NEXT]), np.int64(it[db * 8 + PREV])
    join(it, da, da)
    join(it, db, db)
    if first_b < n:
        join(it, da, first_b)
        join(it, last_b, da)
    if first_a < n:
        join(it, db, first_a)
        join(it, last_a, db)
    settle(mem, ra, leaves_b, settle_looks, np.int64(1))
    settle(mem, rb, leaves_a, settle_looks, np.int64(1))
    return live.rprice[ra] + live.rprice[rb] - now


@part(**INNER)
def refine(mem, looks):
    """Settle the routes touched in this iteration exactly. Returns the change of price."""
    live = live_of(mem)
    total = 0.0
    for q in range(live.count[JOURNAL_ROUTES]):
        r = np.int64(live.old_r[q * 5])
        before = live.rprice[r]
        settle(mem, r, np.int64(live.rint[r * 4 + DEPARTS]), looks, np.int64(0))
        total += live.rprice[r] - before
    return total


@part(**INNER)
def prices_alone(mem, looks):
    """Fill `alone[x, g]` with the price of serving stop x and nothing else with kind g; INFINITE where it can't be."""
    ask = ask_of(mem)
    for g in range(ask.alone.shape[1]):
        d = np.int64(ask.n + ask.kind_routes[ask.kind_begins[g]])
        for x in range(ask.alone.shape[0]):
            ask.alone[x, g] = INFINITE
            if ask.allowed[x, g]:
                price, _at = scan(
                    mem, g, d, d, np.int64(x), d, np.int64(ask.stop[x * 8 + STRAIN]), np.int64(-1), INFINITE,
                    np.int64(0), np.int64(NEVER), looks, np.int64(0), np.int64(0),
                )  # fmt: skip
                ask.alone[x, g] = price


@part(**INNER)
def load(mem, sequence, begins, leaves, strict, looks):
    """Fill empty routes from a start: stops of route r are sequence[begins[r]:begins[r + 1]]; misfits stay out.

    Not `strict`: takes everything as given, feasible or not (to price a plan as it is).
    """
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    for r in range(ask.m):
        g = np.int64(ask.kind_of[r])
        d = np.int64(n + r)
        for j in range(begins[r], begins[r + 1]):
            x, u = np.int64(sequence[j]), np.int64(it[d * 8 + PREV])
            if strict and (it[x * 8 + ROUTE] >= 0 or not room_for(mem, r, g, x)):
                continue
            join(it, u, x)
            join(it, x, d)
            it[x * 8 + ROUTE] = r
            if strict or j + 1 == begins[r + 1]:
                settle(mem, r, np.int64(leaves[r]), looks, np.int64(0))
            if strict and live.rint[r * 4 + LANES] == 0:
                join(it, u, d)
                it[x * 8 + ROUTE] = -2
                settle(mem, r, np.int64(leaves[r]), looks, np.int64(0))


@part(**INNER)
def best_departures(mem, order, leaves, prices, looks):
    """Fill the exact best departure and the price of each route of the plan that `order` (NEXT by node) describes."""
    ask, live = ask_of(mem), live_of(mem)
    n, it, none, zero = ask.n, live.it, np.int64(-1), np.int64(0)
    for y in range(n + ask.m):
        it[y * 8 + NEXT] = order[y]
    for r in range(ask.m):
        g, d = np.int64(ask.kind_of[r]), np.int64(n + r)
        x, strain = np.int64(order[d]), np.int64(0)
        prices[r] = 0.0
        if x >= n:
            continue
        while x < n:
            strain += ask.stop[x * 8 + STRAIN]
            x = np.int64(order[x])
        price, at = scan(
            mem, g, d, none, none, none, strain, np.int64(leaves[r]), INFINITE, zero, np.int64(NEVER), looks, zero, zero
        )
        if at >= 0:
            prices[r], leaves[r] = price, at


@part(**INNER)
def run(mem, rng, setting, iterations, done, step):
    """Run `iterations` of ruin, recreate, tail swaps, exchanges and annealing; hold the best in `best_next`.

    `setting`: hot and cold temperature in cents, mean removed, width of tail swaps, chance of a whole route, chance
    of a skip, of an exchange, the most stops left out that are tried again at once, drives of a trial, of a settled
    route and of an exact answer, and how far above acceptance that is still sought (a share of the price). `done` is
    the share of the whole search that is over, `step` the share of one iteration.
    """
    ask, live = ask_of(mem), live_of(mem)
    n, it, count, cost, left = ask.n, live.it, live.count, live.cost, live.left
    hot, ratio = setting[0], np.log(setting[1] / setting[0])
    mean_removed, width, whole = setting[2], np.int64(setting[3]), setting[4]
    log_keep, exchanges, most = np.log(1.0 - setting[5]), setting[6], np.int64(setting[7])
    looks, settle_looks, exact_looks, slack = (
        np.int64(setting[8]),
        np.int64(setting[9]),
        np.int64(setting[10]),
        setting[11],
    )
    kinds = ask.kinds
    often = 5.0 / n
    fresh = False
    for i in range(iterations):
        temperature = hot * np.exp(ratio * min(1.0, done + i * step))
        threshold = -temperature * np.log(uniform(rng))
        count[CLOCK] += 1
        count[JOURNAL] = 0
        count[JOURNAL_ROUTES] = 0
        used, left_before = count[USED], count[LEFT]
        for k in range(left_before):
            live.old_left[k] = left[k]
        for k in range(kinds):
            live.old_empty[k] = live.empty[k]
        if kinds > 1 and uniform(rng) < exchanges:
            change = exchange(rng, mem, threshold, settle_looks)
        else:
            seed = below(rng, n)
            if left_before > 0 and uniform(rng) < 0.3:
                seed = np.int64(left[below(rng, left_before)])
            size, change = call_back(rng, mem, seed, most)
            change = -change
            if not (fresh and left_before > 0):  # a new best plan is first tried to be filled up
                size, saved = ruin(rng, mem, seed, mean_removed, whole, size, settle_looks)
                change += saved
            shuffle_by_rank(rng, live.todo, size, ask.ranks, live.key)
            generous = left_before > 0 and not fresh and uniform(rng) < setting[12]
            change += recreate(rng, mem, size, log_keep, settle_looks, generous, 1.0 if fresh else often)
            change += improve_tails(mem, size, width, looks, settle_looks)
        if change < threshold + slack * cost[COST]:
            change += refine(mem, exact_looks)
        fresh = False
        if change < threshold:
            cost[COST] += change
            for k in range(count[LEFT]):
                it[left[k] * 8 + ROUTE] = -2
            if cost[COST] < cost[BEST_COST] - 1e-6:
                fresh = True
                cost[BEST_COST] = cost[COST]
                count[BEST_LEFT] = count[LEFT]
                count[IMPROVED] += 1
                for x in range(n + ask.m):
                    live.best_next[x] = it[x * 8 + NEXT]
                for r in range(ask.m):
                    live.best_leaves[r] = live.rint[r * 4 + DEPARTS]
        else:
            undo(mem)
            count[USED], count[LEFT] = used, left_before
            for k in range(left_before):
                left[k] = live.old_left[k]
                it[left[k] * 8 + ROUTE] = -2
            for k in range(kinds):
                live.empty[k] = live.old_empty[k]


PRICE_ALONE, LOAD, LOOK_OVER, RUN = range(4)
"""What `work` can be asked to do."""


@compiled(**WHOLE)
def work(mem, task, rng, setting, order, begins, leaves, prices, numbers, done, step):
    """Do one task: the only function that Python calls, so that all are made into machine code once.

    PRICE_ALONE: fill `alone`. LOAD: begin with the plan in `order`. LOOK_OVER: the best departures of the plan in
    `order`. RUN: search. `numbers`: drives of an exact answer, whether a start must fit, and iterations.
    """
    if task == PRICE_ALONE:
        prices_alone(mem, numbers[0])
    elif task == LOAD:
        load(mem, order, begins, leaves, numbers[1], numbers[0])
    elif task == LOOK_OVER:
        best_departures(mem, order, leaves, prices, numbers[0])
    else:
        run(mem, rng, setting, numbers[2], done, step)

"""Ruin and recreate for whole fleets where travel never changes: kinds, depots, prizes, durations. Compiled.

Like `kernel_static`, with money in whole eighteen-thousandths of a cent, so that cents per kilometre and per hour are
both exact. A node's row: previous, next, route, earliest departure, latest start, metres so far, metres and seconds to
the next. `seg` holds what durations need (Vidal et al. 2013): of the way up to a node its least duration and the latest
second it can end without lasting longer; of the rest its least duration and the earliest second it can begin so. `cum`
holds loads: delivered and picked up so far, and the most on board before and after. Node n + r begins and ends route r.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import BRICK, INNER, compiled
from doorstep.operations.search.kernel_common import below, fetch_row, how_many_strings, uniform, until_blink
from doorstep.operations.search.parts import WHOLE, part

PREV, NEXT, ROUTE, DEP, LAT, FAR, METRES, SECONDS = range(8)
OPENS, CLOSES, SERVICE, AMOUNT = range(4)
LASTS, ENDS_BY, BEGINS, REST, BUSY, NUMBER = range(6)
"""Columns of `seg`: least duration so far, its latest end, earliest begin and duration of the rest, travel, count."""
BROUGHT, TAKEN, BEFORE, AFTER = range(4)
"""Columns of `cum`: delivered so far, picked up so far, most on board up to here, and from here on."""
KIND, ROOM, FROM, UNTIL = range(4)
"""Columns of `rr`: a route's kind, room left in the first dimension, matrix rows where it begins and ends."""
COUNT, R_METRES, R_BUSY, R_PAID, R_PRICE, MONEY = range(6)
"""Columns of `rt`: stops, metres, travel seconds, paid seconds, sum of the stops' prices, and what it all costs."""
START, END, STARTS, ENDS, BASE, MOST_STOPS, MOST_SECONDS, MOST_METRES, FREE, ALIKE = range(10)
"""Columns of `kint`. Kinds of one `ALIKE` differ by capacity, fixed price and price of a metre alone."""
PER_METRE, PER_SECOND, PER_PAID, OVER_AFTER, PER_OVER, EVEN_AT, PER_EVEN, FIXED = range(8)
"""Columns of `kmon`."""
N, ROUTES, DIMS, MIXED, TIMED, ROWS, KINDS, OPTIONAL, LIMITED, MANY, PROFILES, UNEVEN, FAIR, HOURLY = range(14)
"""Slots of `size`: stops, routes, dimensions; whether there are pick-ups, durations, prizes, scarce kinds,
several kinds; profiles; prices by kind, of uneven hours, of every second."""
COST, LOST, BEST, LEFT, MUST_LEFT, CLOCK, JOURNAL, JOURNAL_ROUTES, BLINK = range(9)
"""Slots of `state`."""

NEVER = -(1 << 29)
"""Latest start of a stop whose route can't be driven in time, however early it begins."""

UNIT = 18_000
"""What a cent is divided into: a metre at one cent a kilometre is 18 of it, a second at one cent an hour 5."""

MUST = 10**9 * UNIT
"""What a stop counts for that must be served and isn't; also the price of what is not allowed."""

NOWHERE = 1 << 60


@part(**BRICK)
def by_time(kmon, g, paid):
    """Return what `paid` seconds cost a route of kind g, apart from what every second of travel and service costs."""
    over = max(0, paid - kmon[g * 8 + OVER_AFTER])
    even = abs(paid - kmon[g * 8 + EVEN_AT])
    return kmon[g * 8 + PER_PAID] * paid + kmon[g * 8 + PER_OVER] * over + kmon[g * 8 + PER_EVEN] * even


@part(**BRICK)
def cost_of(kmon, g, metres, busy, paid, price):
    """Return what a route of kind g that serves somebody costs."""
    way = kmon[g * 8 + PER_METRE] * metres + kmon[g * 8 + PER_SECOND] * busy
    return way + by_time(kmon, g, paid) + kmon[g * 8 + FIXED] + price


@part(**BRICK)
def begin(x, n, kint, g):
    """Return the matrix row of a node that is left, in a route of kind g."""
    return np.int64(x) if x < n else kint[g * 16 + START]


@part(**BRICK)
def finish(x, n, kint, g):
    """Return the matrix row of a node that is reached, in a route of kind g."""
    return np.int64(x) if x < n else kint[g * 16 + END]


@part(**INNER)
def forward(plan, world, size, r, x):
    """Recompute route r's earliest departures, loads and sums from node x on; x may be any of its stops."""
    row, seg, cum, rr, rt, rload = plan
    stop, amt, cap = world[0], world[1], world[7]
    n, dims, timed = size[N], size[DIMS], size[TIMED] > 0
    g = np.int64(rr[r * 4 + KIND])
    p = np.int64(row[x * 8 + PREV])
    first = p >= n
    leaves, leg, far = row[p * 8 + DEP], row[p * 8 + SECONDS], row[p * 8 + FAR] + row[p * 8 + METRES]
    while x < n:
        t = max(leaves + leg, stop[x * 4 + OPENS])
        leaves = t + stop[x * 4 + SERVICE]
        row[x * 8 + DEP] = leaves
        row[x * 8 + FAR] = far
        for d in range(dims):
            j = (x * dims + d) * 4
            brought = np.int32(0) if first else cum[(p * dims + d) * 4 + BROUGHT]
            cum[j + BROUGHT] = brought + amt[(x * dims + d) * 2]
            if size[MIXED]:
                taken = np.int32(0) if first else cum[(p * dims + d) * 4 + TAKEN]
                most = np.int32(0) if first else cum[(p * dims + d) * 4 + BEFORE]
                here = max(amt[(x * dims + d) * 2], amt[(x * dims + d) * 2 + 1])
                cum[j + TAKEN] = taken + amt[(x * dims + d) * 2 + 1]
                cum[j + BEFORE] = max(most + amt[(x * dims + d) * 2], here + taken)
        if timed:
            by = seg[p * 8 + ENDS_BY] + leg
            wait = max(0, stop[x * 4 + OPENS] - by)
            seg[x * 8 + ENDS_BY] = min(max(by, stop[x * 4 + OPENS]), stop[x * 4 + CLOSES]) + stop[x * 4 + SERVICE]
            seg[x * 8 + LASTS] = seg[p * 8 + LASTS] + leg + wait + stop[x * 4 + SERVICE]
            seg[x * 8 + BUSY] = seg[p * 8 + BUSY] + leg
            seg[x * 8 + NUMBER] = seg[p * 8 + NUMBER] + 1
        first = False
        leg = row[x * 8 + SECONDS]
        far += row[x * 8 + METRES]
        p = np.int64(x)
        x = np.int64(row[x * 8 + NEXT])
    rt[r * 8 + R_METRES] = far
    for d in range(dims):
        rload[(r * dims + d) * 2] = cum[(p * dims + d) * 4 + BROUGHT]
        if size[MIXED]:
            rload[(r * dims + d) * 2 + 1] = cum[(p * dims + d) * 4 + TAKEN]
    if dims > 0:
        rr[r * 4 + ROOM] = cap[g * dims] - rload[r * dims * 2]
    if timed:
        rt[r * 8 + R_BUSY] = seg[p * 8 + BUSY] + leg
        rt[r * 8 + R_PAID] = seg[p * 8 + LASTS] + leg


@part(**INNER)
def backward(plan, world, size, x, until_same):
    """Recompute latest starts, and what durations and loads need, from node x to its route's beginning."""
    row, seg, cum, _, _, rload = plan
    stop, amt = world[0], world[1]
    n, dims, timed, mixed = size[N], size[DIMS], size[TIMED] > 0, size[MIXED] > 0
    w = np.int64(row[x * 8 + NEXT])
    latest = row[w * 8 + LAT]
    r = np.int64(row[x * 8 + ROUTE])
    until_same = until_same and not timed and not mixed
    while x < n:
        t = min(latest - row[x * 8 + SECONDS] - stop[x * 4 + SERVICE], stop[x * 4 + CLOSES])
        if t < stop[x * 4 + OPENS]:
            t = np.int64(NEVER)
        if until_same and t == row[x * 8 + LAT]:
            break
        row[x * 8 + LAT] = t
        latest = np.int32(t)
        if timed:
            back = seg[w * 8 + BEGINS] - row[x * 8 + SECONDS] - stop[x * 4 + SERVICE]
            wait = max(0, back - stop[x * 4 + CLOSES])
            seg[x * 8 + BEGINS] = min(max(back, stop[x * 4 + OPENS]), stop[x * 4 + CLOSES])
            seg[x * 8 + REST] = stop[x * 4 + SERVICE] + row[x * 8 + SECONDS] + wait + seg[w * 8 + REST]
        if mixed:
            for d in range(dims):
                j = (x * dims + d) * 4
                here = max(amt[(x * dims + d) * 2], amt[(x * dims + d) * 2 + 1])
                later = rload[(r * dims + d) * 2] - cum[j + BROUGHT]
                most = np.int32(0) if w >= n else cum[(w * dims + d) * 4 + AFTER]
                cum[j + AFTER] = max(here + later, most + amt[(x * dims + d) * 2 + 1])
        w = np.int64(x)
        x = np.int64(row[x * 8 + PREV])


@part(**INNER)
def count_used(rr, rt, used, r, before):
    """Keep the number of routes in use by kind; `before` is how many stops route r had."""
    now = rt[r * 8 + COUNT]
    if before == 0 and now > 0:
        used[rr[r * 4 + KIND]] += 1
    elif before > 0 and now == 0:
        used[rr[r * 4 + KIND]] -= 1


@part(**INNER)
def refresh(plan, world, size, used, r):
    """Recompute everything of route r from its links."""
    row, _, _, rr, rt, rload = plan
    price, cap = world[4], world[7]
    n, dims, kinds = size[N], size[DIMS], size[KINDS]
    g = np.int64(rr[r * 4 + KIND])
    before, count, total = rt[r * 8 + COUNT], 0, np.int64(0)
    x = np.int64(row[(n + r) * 8 + NEXT])
    first = x
    while x < n:
        count += 1
        total += price[x * kinds + g]
        x = np.int64(row[x * 8 + NEXT])
    rt[r * 8 + COUNT] = count
    rt[r * 8 + R_PRICE] = total
    count_used(rr, rt, used, r, before)
    if count == 0:
        for f in range(R_METRES, MONEY + 1):
            rt[r * 8 + f] = 0
        for d in range(dims):
            rload[(r * dims + d) * 2] = 0
            rload[(r * dims + d) * 2 + 1] = 0
        if dims > 0:
            rr[r * 4 + ROOM] = cap[g * dims]
        return
    forward(plan, world, size, r, first)
    backward(plan, world, size, np.int64(row[(n + r) * 8 + PREV]), False)


@part(**BRICK)
def join(row, out, size, kint, g, u, w):
    """Let w follow u in a route of kind g."""
    row[u * 8 + NEXT] = w
    row[w * 8 + PREV] = u
    k = kint[g * 16 + BASE] + (begin(u, size[N], kint, g) * size[ROWS] + finish(w, size[N], kint, g)) * 2
    row[u * 8 + METRES] = out[k]
    row[u * 8 + SECONDS] = out[k + 1]


@part(**INNER)
def keep(plan, size, journal, r, state):
    """Copy route r into the journal, once per iteration."""
    row, seg, cum, rr, rt, rload = plan
    stamp, ids, rows, segs, cums, routes, sums, loads = journal
    if stamp[r] == state[CLOCK]:
        return
    stamp[r] = state[CLOCK]
    n, dims = size[N], size[DIMS]
    k = state[JOURNAL_ROUTES]
    routes[k * 2], routes[k * 2 + 1] = r, rr[r * 4 + ROOM]
    for f in range(8):
        sums[k * 8 + f] = rt[r * 8 + f]
    for d in range(2 * dims):
        loads[k * 2 * dims + d] = rload[r * 2 * dims + d]
    state[JOURNAL_ROUTES] = k + 1
    j = state[JOURNAL]
    x = n + r
    while True:
        ids[j] = x
        for f in range(8):
            rows[j * 8 + f] = row[x * 8 + f]
        if size[TIMED]:
            for f in range(8):
                segs[j * 8 + f] = seg[x * 8 + f]
        if x < n:
            for f in range(4 * dims):
                cums[j * 4 * dims + f] = cum[x * 4 * dims + f]
        j += 1
        x = np.int64(row[x * 8 + NEXT])
        if x >= n:
            break
    state[JOURNAL] = j


@part(**INNER)
def undo(plan, size, journal, used, state):
    """Copy the journal back."""
    row, seg, cum, rr, rt, rload = plan
    _, ids, rows, segs, cums, routes, sums, loads = journal
    dims = size[DIMS]
    for j in range(state[JOURNAL]):
        x = np.int64(ids[j])
        for f in range(8):
            row[x * 8 + f] = rows[j * 8 + f]
        if size[TIMED]:
            for f in range(8):
                seg[x * 8 + f] = segs[j * 8 + f]
        if x < size[N]:
            for f in range(4 * dims):
                cum[x * 4 * dims + f] = cums[j * 4 * dims + f]
    for k in range(state[JOURNAL_ROUTES]):
        r = np.int64(routes[k * 2])
        before = rt[r * 8 + COUNT]
        rr[r * 4 + ROOM] = routes[k * 2 + 1]
        for f in range(8):
            rt[r * 8 + f] = sums[k * 8 + f]
        for d in range(2 * dims):
            rload[r * 2 * dims + d] = loads[k * 2 * dims + d]
        count_used(rr, rt, used, r, before)


@part(**INNER)
def sound(plan, world, size, r):
    """Return whether route r can be driven; a stop taken out of it can make it late where a detour is faster."""
    row, _, _, rr, rt, _ = plan
    stop, kint = world[0], world[5]
    if rt[r * 8 + COUNT] == 0:
        return True
    d = size[N] + r
    g = np.int64(rr[r * 4 + KIND])
    x = np.int64(row[d * 8 + NEXT])
    if max(row[d * 8 + DEP] + row[d * 8 + SECONDS], stop[x * 4 + OPENS]) > row[x * 8 + LAT]:
        return False
    if rt[r * 8 + R_METRES] > kint[g * 16 + MOST_METRES]:
        return False
    return size[TIMED] == 0 or rt[r * 8 + R_PAID] <= kint[g * 16 + MOST_SECONDS]


@part(**INNER)
def leave_out(left, where, prize, state, x):
    """Note that stop x is in no route."""
    where[x] = state[LEFT]
    left[state[LEFT]] = x
    state[LEFT] += 1
    state[LOST] += prize[x]
    if prize[x] >= MUST:
        state[MUST_LEFT] += 1


@part(**INNER)
def call_back(left, where, prize, state, x):
    """Note that stop x is no longer left out."""
    k = where[x]
    state[LEFT] -= 1
    y = left[state[LEFT]]
    left[k] = y
    where[y] = k
    where[x] = -1
    state[LOST] -= prize[x]
    if prize[x] >= MUST:
        state[MUST_LEFT] -= 1


@part(**INNER)
def take_out(row, out, size, kint, g, x):
    """Unlink stop x of a route of kind g."""
    join(row, out, size, kint, g, np.int64(row[x * 8 + PREV]), np.int64(row[x * 8 + NEXT]))
    row[x * 8 + ROUTE] = -1


@part(**INNER)
def ruin_string(rng, plan, world, size, x, length, todo, count):
    """Take `length` neighbours around x (x among them) out of its route, half of the time sparing one between."""
    row, rr, rt = plan[0], plan[3], plan[4]
    out, kint = world[3], world[5]
    n = size[N]
    r = np.int64(row[x * 8 + ROUTE])
    g = np.int64(rr[r * 4 + KIND])
    spared = length < rt[r * 8 + COUNT] and length > 1 and uniform(rng) < 0.5
    first = x
    for _ in range(below(rng, length)):
        if row[first * 8 + PREV] >= n:
            break
        first = np.int64(row[first * 8 + PREV])
    skip_at = 1 + below(rng, length - 1) if spared else np.int64(-1)
    before = np.int64(row[first * 8 + PREV])
    y, taken, seen = first, 0, 0
    while taken < length and y < n:
        after = np.int64(row[y * 8 + NEXT])
        if seen != skip_at:
            take_out(row, out, size, kint, g, y)
            todo[count] = y
            count += 1
            taken += 1
        seen += 1
        y = after
    while taken < length and before < n:
        y, before = before, np.int64(row[before * 8 + PREV])
        take_out(row, out, size, kint, g, y)
        todo[count] = y
        count += 1
        taken += 1
    return count


@part(**INNER)
def place(plan, world, size, used, x, u, r):
    """Put stop x behind node u of route r."""
    row, rr, rt = plan[0], plan[3], plan[4]
    price, out, kint = world[4], world[3], world[5]
    g = np.int64(rr[r * 4 + KIND])
    w = np.int64(row[u * 8 + NEXT])
    join(row, out, size, kint, g, u, x)
    join(row, out, size, kint, g, x, w)
    row[x * 8 + ROUTE] = r
    rt[r * 8 + COUNT] += 1
    if rt[r * 8 + COUNT] == 1:
        used[g] += 1
    rt[r * 8 + R_PRICE] += price[x * size[KINDS] + g]
    forward(plan, world, size, r, x)
    row[x * 8 + LAT] = -1
    backward(plan, world, size, x, True)


@part(**INNER)
def room_for(plan, world, size, x, u, w, r, g):
    """Return whether x may stand between u and w of route r by loads, all dimensions and pick-ups counted."""
    cum, rload = plan[2], plan[5]
    amt, cap = world[1], world[7]
    n, dims = size[N], size[DIMS]
    for d in range(dims):
        bring, take = amt[(x * dims + d) * 2], amt[(x * dims + d) * 2 + 1]
        most = cap[g * dims + d]
        if size[MIXED] == 0:
            if rload[(r * dims + d) * 2] + bring > most:
                return False
            continue
        brought = cum[(u * dims + d) * 4 + BROUGHT] if u < n else np.int32(0)
        taken = cum[(u * dims + d) * 4 + TAKEN] if u < n else np.int32(0)
        later = rload[(r * dims + d) * 2] - brought
        before = cum[(u * dims + d) * 4 + BEFORE] if u < n else np.int32(0)
        after = cum[(w * dims + d) * 4 + AFTER] if w < n else np.int32(0)
        if before + bring + later > most or max(bring, take) + taken + later > most or after + taken + take > most:
            return False
    return True


@part(**INNER)
def paid_with(plan, world, size, x, u, w, to_x, from_x):
    """Return the least duration of a route with x between u and w, given the seconds to x and from it."""
    seg, stop = plan[1], world[0]
    by = seg[u * 8 + ENDS_BY] + to_x
    wait = max(0, stop[x * 4 + OPENS] - by)
    by = min(max(by, stop[x * 4 + OPENS]), stop[x * 4 + CLOSES]) + stop[x * 4 + SERVICE] + from_x
    wait += max(0, seg[w * 8 + BEGINS] - by)
    return seg[u * 8 + LASTS] + to_x + wait + stop[x * 4 + SERVICE] + from_x + seg[w * 8 + REST]


@part(**INNER)
def larger(plan, world, size, used, counts, r, x):
    """Return (kind, more to pay, more per metre) of the cheapest free vehicle that could drive route r and x.

    Only among kinds alike; (-1, 0, 0) where there is none.
    """
    rr, rt, rload = plan[3], plan[4], plan[5]
    amt, kint, kmon, cap = world[1], world[5], world[6], world[7]
    dims, g = size[DIMS], np.int64(rr[r * 4 + KIND])
    found, best, per_metre = np.int64(-1), np.int64(NOWHERE), np.int64(0)
    for h in range(size[KINDS]):
        if h == g or kint[h * 16 + ALIKE] != kint[g * 16 + ALIKE] or used[h] >= counts[h]:
            continue
        fits = True
        for d in range(dims):
            fits = fits and rload[(r * dims + d) * 2] + amt[(x * dims + d) * 2] <= cap[h * dims + d]
        if not fits:
            continue
        dearer = kmon[h * 8 + PER_METRE] - kmon[g * 8 + PER_METRE]
        more = kmon[h * 8 + FIXED] - kmon[g * 8 + FIXED] + dearer * rt[r * 8 + R_METRES]
        if more < best:
            found, best, per_metre = np.int64(h), more, dearer
    return found, best, per_metre


@part(**INNER)
def find(
    rng, row, rr, rt, stop, into, out, price, kint, kmon, lists, size, state, x, log_keep, plan, world, used, counts,
    offers,
):  # fmt: skip
    """Return (node to follow, change of price, kind to change to or -1) of the cheapest place for x in its lists.

    With one profile the leg between x and a stop of its list is read from the list: the matrix is too large for the
    processor's cache. What takes longer to look at is looked at only where a place is cheaper than the best so far.
    """
    n, kinds = size[N], size[KINDS]
    uneven, many, profiles, hourly = size[UNEVEN] > 0, size[MANY] > 0, size[PROFILES] > 1, size[HOURLY] > 0
    timed, detailed = size[TIMED] > 0, size[MIXED] > 0 or size[DIMS] > 1
    best, best_u, best_up = np.int64(NOWHERE), np.int64(-1), np.int64(-1)
    base = x * size[ROWS] * 2
    opens, closes, service, amount = stop[x * 4], stop[x * 4 + 1], stop[x * 4 + 2], stop[x * 4 + AMOUNT]
    rate = kmon[PER_METRE]
    blink = state[BLINK]
    for side in range(2):
        entries = lists[side]
        for k in range(entries.shape[1]):
            v = entries[x, k, 0]
            if v < 0:
                break
            r = row[v * 8 + ROUTE]
            if r < 0:
                continue
            full = amount > rr[r * 4 + ROOM]
            if full and not many:
                continue
            shift = base
            if profiles:
                shift += kint[rr[r * 4 + KIND] * 16 + BASE]
            if side == 0:
                u = np.int64(v)
                w = np.int64(row[u * 8 + NEXT])
                in_m, in_s = entries[x, k, 1], entries[x, k, 2]
                if profiles:
                    in_m, in_s = into[shift + u * 2], into[shift + u * 2 + 1]
                t = max(row[u * 8 + DEP] + in_s, opens)
                if t > closes:
                    continue
                o = shift + (w if w < n else np.int64(rr[r * 4 + UNTIL])) * 2
                out_m, out_s = out[o], out[o + 1]
                if t + service + out_s > row[w * 8 + LAT]:
                    continue
            else:
                w = np.int64(v)
                u = np.int64(row[w * 8 + PREV])
                out_m, out_s = entries[x, k, 1], entries[x, k, 2]
                if profiles:
                    out_m, out_s = out[shift + w * 2], out[shift + w * 2 + 1]
                latest = row[w * 8 + LAT] - out_s - service
                if latest < opens:
                    continue
                i = shift + (u if u < n else np.int64(rr[r * 4 + FROM])) * 2
                in_m, in_s = into[i], into[i + 1]
                t = max(row[u * 8 + DEP] + in_s, opens)
                if t > closes or t > latest:
                    continue
            metres = np.int64(in_m) + out_m - row[u * 8 + METRES]
            change = metres * rate
            g = np.int64(0)
            if uneven:
                g = np.int64(rr[r * 4 + KIND])
                change = metres * kmon[g * 8 + PER_METRE] + price[x * kinds + g]
                if price[x * kinds + g] >= MUST:
                    continue
            if hourly:
                change += kmon[g * 8 + PER_SECOND] * (np.int64(in_s) + out_s - row[u * 8 + SECONDS])
            if change >= best:
                continue
            up = np.int64(-1)
            if full:
                if offers[r * 4 + 3] != (state[CLOCK] << 20) + x:
                    offers[r * 4 + 3] = (state[CLOCK] << 20) + x
                    offers[r * 4], offers[r * 4 + 1], offers[r * 4 + 2] = larger(
                        plan, world, size, used, counts, np.int64(r), x
                    )
                up = offers[r * 4]
                if up < 0 or size[MIXED]:
                    continue
                change += offers[r * 4 + 1] + offers[r * 4 + 2] * metres
            elif detailed and not room_for(plan, world, size, x, u, w, np.int64(r), g):
                continue
            if rt[r * 8 + R_METRES] + metres > kint[g * 16 + MOST_METRES]:
                continue
            if timed:
                if rt[r * 8 + COUNT] >= kint[g * 16 + MOST_STOPS]:
                    continue
                paid = paid_with(plan, world, size, x, u, w, in_s, out_s)
                if paid > kint[g * 16 + MOST_SECONDS]:
                    continue
                change += by_time(kmon, g, paid) - by_time(kmon, g, rt[r * 8 + R_PAID])
            if change >= best:
                continue
            blink -= 1
            if blink < 0:
                blink = until_blink(rng, log_keep)
                continue
            best, best_u, best_up = change, u, up
    state[BLINK] = blink
    return best_u, best, best_up


@part(**INNER)
def find_anywhere(plan, world, size, x):
    """Return (node to follow, change of price) of the cheapest place for x in all routes, or (-1, NOWHERE)."""
    row, _, _, rr, rt, _ = plan
    stop, _, into, out, price, kint, kmon, _ = world
    n = size[N]
    best, best_u = np.int64(NOWHERE), np.int64(-1)
    for r in range(size[ROUTES]):
        g = np.int64(rr[r * 4 + KIND])
        if rt[r * 8 + COUNT] == 0 or stop[x * 4 + AMOUNT] > rr[r * 4 + ROOM] or price[x * size[KINDS] + g] >= MUST:
            continue
        if rt[r * 8 + COUNT] >= kint[g * 16 + MOST_STOPS]:
            continue
        base = kint[g * 16 + BASE] + x * size[ROWS] * 2
        u = n + r
        while True:
            w = np.int64(row[u * 8 + NEXT])
            i, o = base + begin(u, n, kint, g) * 2, base + finish(w, n, kint, g) * 2
            t = max(row[u * 8 + DEP] + into[i + 1], stop[x * 4 + OPENS])
            if t > stop[x * 4 + CLOSES]:
                break
            metres = np.int64(into[i]) + out[o] - row[u * 8 + METRES]
            change = kmon[g * 8 + PER_METRE] * metres + price[x * size[KINDS] + g]
            if (
                change < best
                and t + stop[x * 4 + SERVICE] + out[o + 1] <= row[w * 8 + LAT]
                and rt[r * 8 + R_METRES] + metres <= kint[g * 16 + MOST_METRES]
                and room_for(plan, world, size, x, u, w, r, g)
            ):
                paid = np.int64(0)
                if size[TIMED]:
                    paid = paid_with(plan, world, size, x, u, w, into[i + 1], out[o + 1])
                    change += kmon[g * 8 + PER_SECOND] * (np.int64(into[i + 1]) + out[o + 1] - row[u * 8 + SECONDS])
                    change += by_time(kmon, g, paid) - by_time(kmon, g, rt[r * 8 + R_PAID])
                if change < best and paid <= kint[g * 16 + MOST_SECONDS]:
                    best, best_u = change, np.int64(u)
            u = w
            if u >= n:
                break
    return best_u, best


@part(**INNER)
def empty_route(rt, begins, routes_of, h):
    """Return a route of kind h without stops, or -1."""
    for k in range(begins[h], begins[h + 1]):
        if rt[routes_of[k] * 8 + COUNT] == 0:
            return np.int64(routes_of[k])
    return np.int64(-1)


@part(**INNER)
def relabel(row, out, size, kint, g, r, first, last):
    """Make the chain from `first` to `last` the whole of route r, of kind g."""
    d = size[N] + r
    join(row, out, size, kint, g, d, first)
    x = first
    while True:
        row[x * 8 + ROUTE] = r
        if x == last:
            break
        w = np.int64(row[x * 8 + NEXT])
        join(row, out, size, kint, g, x, w)
        x = w
    join(row, out, size, kint, g, last, d)


@part(**INNER)
def move_route(plan, world, size, used, r, e):
    """Drive route r with the free vehicle e, or exchange the vehicles of both."""
    row, rr = plan[0], plan[3]
    out, kint, n = world[3], world[5], size[N]
    first_r, last_r = np.int64(row[(n + r) * 8 + NEXT]), np.int64(row[(n + r) * 8 + PREV])
    first_e, last_e = np.int64(row[(n + e) * 8 + NEXT]), np.int64(row[(n + e) * 8 + PREV])
    relabel(row, out, size, kint, np.int64(rr[e * 4 + KIND]), e, first_r, last_r)
    if first_e < n:
        relabel(row, out, size, kint, np.int64(rr[r * 4 + KIND]), r, first_e, last_e)
    else:
        row[(n + r) * 8 + NEXT] = n + r
        row[(n + r) * 8 + PREV] = n + r
    refresh(plan, world, size, used, r)
    refresh(plan, world, size, used, e)


@part(**INNER)
def recreate(
    rng, plan, world, size, lists, fleet, journal, pool, alone, state, todo, count, lift, bonus, opening, log_keep,
    offers,
):  # fmt: skip
    """Insert `todo[:count]` in order, each at its cheapest place; what fits nowhere, or isn't worth it, is left out.

    Worth it is its prize times `lift`, and `bonus`; that of one stop that opens a route also `opening`.
    """
    row, rr = plan[0], plan[3]
    used, counts, begins, routes_of = fleet
    left, where, prize = pool
    n, kinds = size[N], size[KINDS]
    for i in range(count):
        x = np.int64(todo[i])
        if i + 1 < count:
            for side in range(2):
                wide = 3 * lists[side].shape[1]
                fetch_row(lists[side], np.int64(todo[i + 1]) * wide, wide, 16)
        u, change, up = find(
            rng, row, rr, plan[4], world[0], world[2], world[3], world[4], world[5], world[6], lists, size, state, x,
            log_keep, plan, world, used, counts, offers,
        )  # fmt: skip
        opened = np.int64(-1)
        # An uneven price of hours falls with the second stop of a route: the first must be allowed to cost more.
        dearest = np.int64(NOWHERE) if size[FAIR] > 0 and uniform(rng) < 0.1 else change
        for h in range(kinds):
            if alone[x * kinds + h] < dearest and used[h] < counts[h]:
                change, opened = alone[x * kinds + h], np.int64(h)
                dearest = change
        if opened < 0 and u < 0 and prize[x] >= MUST:
            u, change = find_anywhere(plan, world, size, x)
        if change >= lift * prize[x] + bonus + (opening if opened >= 0 else 0):
            leave_out(left, where, prize, state, x)
            continue
        if opened >= 0:
            r = empty_route(plan[4], begins, routes_of, opened)
            u = n + r
            opening = np.int64(0)
        else:
            r = np.int64(u - n if u >= n else row[u * 8 + ROUTE])
            if up >= 0:
                e = empty_route(plan[4], begins, routes_of, up)
                keep(plan, size, journal, r, state)
                keep(plan, size, journal, e, state)
                move_route(plan, world, size, used, r, e)
                u, r = (n + e if u >= n else u), e
        keep(plan, size, journal, r, state)
        place(plan, world, size, used, x, u, r)


@part(**INNER)
def walk(plan, world, size, u, g, w):
    """Follow the chain from w to its end behind node u, with a vehicle of kind g.

    Returns whether it is in time, metres, travel seconds, paid seconds, prices and number of the stops from w on.
    """
    row, seg = plan[0], plan[1]
    stop, out, price, kint = world[0], world[3], world[4], world[5]
    n, timed = size[N], size[TIMED] > 0
    here = begin(u, n, kint, g)
    at, metres = np.int64(row[u * 8 + DEP]), np.int64(row[u * 8 + FAR])
    by, lasts, busy, total, number = np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    if timed:
        by, lasts, busy = np.int64(seg[u * 8 + ENDS_BY]), np.int64(seg[u * 8 + LASTS]), np.int64(seg[u * 8 + BUSY])
    x = w
    while x < n:
        k = kint[g * 16 + BASE] + (here * size[ROWS] + x) * 2
        metres += out[k]
        opens, closes, service = stop[x * 4 + OPENS], stop[x * 4 + CLOSES], stop[x * 4 + SERVICE]
        at = max(at + out[k + 1], np.int64(opens))
        if at > closes:
            return False, metres, busy, lasts, total, number
        at += service
        if timed:
            by += out[k + 1]
            lasts += out[k + 1] + max(0, opens - by) + service
            by = min(max(by, np.int64(opens)), np.int64(closes)) + service
            busy += out[k + 1]
        total += price[x * size[KINDS] + g]
        number += 1
        here = x
        x = np.int64(row[x * 8 + NEXT])
    k = kint[g * 16 + BASE] + (here * size[ROWS] + kint[g * 16 + END]) * 2
    if number == 0 and u >= n:
        return True, np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    metres += out[k]
    in_time = (
        at + out[k + 1] <= kint[g * 16 + ENDS]
        and metres <= kint[g * 16 + MOST_METRES]
        and lasts + out[k + 1] <= kint[g * 16 + MOST_SECONDS]
        and total < MUST
    )
    return in_time, metres, busy + out[k + 1], lasts + out[k + 1], total, number


@part(**INNER)
def own_price(plan, world, size, g, w):
    """Return the prices of the stops from w on for kind g, and their number."""
    row, price = plan[0], world[4]
    total, number = np.int64(0), np.int64(0)
    x = w
    while x < size[N]:
        total += price[x * size[KINDS] + g]
        number += 1
        x = np.int64(row[x * 8 + NEXT])
    return total, number


@part(**INNER)
def tails_fit(plan, world, size, a, b, c, d, ra, rb, ga, gb):
    """Return whether the loads allow c's tail behind a and d's behind b."""
    cum, rload = plan[2], plan[5]
    cap, n, dims = world[7], size[N], size[DIMS]
    for k in range(dims):
        head_a = cum[(a * dims + k) * 4 + BROUGHT]
        head_b = cum[(b * dims + k) * 4 + BROUGHT] if b < n else np.int32(0)
        tail_a, tail_b = rload[(ra * dims + k) * 2] - head_a, rload[(rb * dims + k) * 2] - head_b
        if head_a + tail_b > cap[ga * dims + k] or head_b + tail_a > cap[gb * dims + k]:
            return False
        if size[MIXED]:
            taken_a = cum[(a * dims + k) * 4 + TAKEN]
            taken_b = cum[(b * dims + k) * 4 + TAKEN] if b < n else np.int32(0)
            before_b = cum[(b * dims + k) * 4 + BEFORE] if b < n else np.int32(0)
            after_d = cum[(d * dims + k) * 4 + AFTER] if d < n else np.int32(0)
            if cum[(a * dims + k) * 4 + BEFORE] + tail_b > cap[ga * dims + k]:
                return False
            if cum[(c * dims + k) * 4 + AFTER] + taken_a > cap[ga * dims + k]:
                return False
            if before_b + tail_a > cap[gb * dims + k] or after_d + taken_b > cap[gb * dims + k]:
                return False
    return True


@part(**INNER)
def swap_tails(plan, world, size, used, a, c, ra, rb):
    """Let c, of route rb, follow a, of route ra; what followed a follows what came before c."""
    row, rr = plan[0], plan[3]
    out, kint, n = world[3], world[5], size[N]
    ga, gb = np.int64(rr[ra * 4 + KIND]), np.int64(rr[rb * 4 + KIND])
    b, d = np.int64(row[c * 8 + PREV]), np.int64(row[a * 8 + NEXT])
    last_a, last_b = np.int64(row[(n + ra) * 8 + PREV]), np.int64(row[(n + rb) * 8 + PREV])
    other = kint[ga * 16 + BASE] != kint[gb * 16 + BASE]
    x = d
    while x < n:
        row[x * 8 + ROUTE] = rb
        w = np.int64(row[x * 8 + NEXT])
        if other and w < n:
            join(row, out, size, kint, gb, x, w)
        x = w
    x = c
    while x < n:
        row[x * 8 + ROUTE] = ra
        w = np.int64(row[x * 8 + NEXT])
        if other and w < n:
            join(row, out, size, kint, ga, x, w)
        x = w
    join(row, out, size, kint, ga, a, c)
    join(row, out, size, kint, ga, last_b, n + ra)
    if d < n:
        join(row, out, size, kint, gb, b, d)
        join(row, out, size, kint, gb, last_a, n + rb)
    else:
        join(row, out, size, kint, gb, b, n + rb)
    refresh(plan, world, size, used, ra)
    refresh(plan, world, size, used, rb)


@part(**INNER)
def exact_gain(plan, world, size, a, b, c, d, ra, rb, ga, gb):
    """Return what swapping tails saves, walked stop by stop; negative where it may not be done."""
    rt, kint, kmon, n = plan[4], world[5], world[6], size[N]
    ok, m1, s1, p1, tail_c, count_c = walk(plan, world, size, a, ga, c)
    if not ok:
        return np.int64(-1)
    u = b if b < n else n + rb
    ok, m2, s2, p2, tail_d, count_d = walk(plan, world, size, u, gb, d)
    if not ok:
        return np.int64(-1)
    was_c, was_d = tail_c, tail_d
    if ga != gb:
        was_c, _ = own_price(plan, world, size, gb, c)
        was_d, _ = own_price(plan, world, size, ga, d)
    number_a = rt[ra * 8 + COUNT] - count_d + count_c
    number_b = rt[rb * 8 + COUNT] - count_c + count_d
    if number_a > kint[ga * 16 + MOST_STOPS] or number_b > kint[gb * 16 + MOST_STOPS]:
        return np.int64(-1)
    before = full_cost(plan, world, ra) + full_cost(plan, world, rb)
    after = cost_of(kmon, ga, m1, s1, p1, rt[ra * 8 + R_PRICE] - was_d + tail_c)
    if number_b > 0:
        after += cost_of(kmon, gb, m2, s2, p2, rt[rb * 8 + R_PRICE] - was_c + tail_d)
    return before - after


@part(**INNER)
def full_cost(plan, world, r):
    """Return what route r costs now."""
    rr, rt, kmon = plan[3], plan[4], world[6]
    if rt[r * 8 + COUNT] == 0:
        return np.int64(0)
    g = np.int64(rr[r * 4 + KIND])
    return cost_of(kmon, g, rt[r * 8 + R_METRES], rt[r * 8 + R_BUSY], rt[r * 8 + R_PAID], rt[r * 8 + R_PRICE])


@part(**INNER)
def cheapest_kind(plan, world, size, fleet, own, other, metres, busy, price, from_r, head, tail_r, tail):
    """Return (kind, cost) of the cheapest vehicle for a route of these metres and loads, its own or a free one alike.

    The loads are those of route `from_r` up to node `head` and of route `tail_r` from node `tail` on. A kind that
    `other` has just taken the last vehicle of isn't free.
    """
    cum, rload = plan[2], plan[5]
    kint, kmon, cap = world[5], world[6], world[7]
    used, counts = fleet[0], fleet[1]
    n, dims = size[N], size[DIMS]
    found, best = np.int64(-1), np.int64(NOWHERE)
    for h in range(size[KINDS]):
        free = counts[h] - used[h] - (1 if other == h else 0)
        if h != own and (free < 1 or kint[h * 16 + ALIKE] != kint[own * 16 + ALIKE]):
            continue
        cost = cost_of(kmon, h, metres, busy, np.int64(0), price)
        if cost >= best or metres > kint[h * 16 + MOST_METRES]:
            continue
        fits = True
        for d in range(dims):
            load = cum[(head * dims + d) * 4 + BROUGHT] if head < n else np.int32(0)
            if tail < n:
                load += rload[(tail_r * dims + d) * 2]
                before = np.int64(plan[0][tail * 8 + PREV])
                load -= cum[(before * dims + d) * 4 + BROUGHT] if before < n else np.int32(0)
            fits = fits and load <= cap[h * dims + d]
        if fits:
            found, best = np.int64(h), cost
    return found, best


@part(**INNER)
def change_kind(plan, world, size, fleet, journal, state, r, h):
    """Drive route r with a free vehicle of kind h, if it isn't of that kind; return its new number."""
    if plan[3][r * 4 + KIND] == h:
        return r
    e = empty_route(plan[4], fleet[2], fleet[3], h)
    keep(plan, size, journal, r, state)
    keep(plan, size, journal, e, state)
    move_route(plan, world, size, fleet[0], r, e)
    return e


@part(**INNER)
def mix_tails(plan, world, size, fleet, journal, state, a, c, ra, rb):
    """Swap the tails from behind a and from c on if that pays with the vehicles that then suit best.

    For kinds alike of one profile without durations or pick-ups. Returns whether it was done.
    """
    row, _, _, rr, rt, _ = plan
    out, kint = world[3], world[5]
    n, rows = size[N], size[ROWS]
    ga, gb = np.int64(rr[ra * 4 + KIND]), np.int64(rr[rb * 4 + KIND])
    b, d = np.int64(row[c * 8 + PREV]), np.int64(row[a * 8 + NEXT])
    j = kint[ga * 16 + BASE] + (a * rows + c) * 2
    m = kint[gb * 16 + BASE] + (begin(b, n, kint, gb) * rows + finish(d, n, kint, gb)) * 2
    if row[a * 8 + DEP] + out[j + 1] > row[c * 8 + LAT]:
        return False
    emptied = b >= n and d >= n
    if not emptied and row[b * 8 + DEP] + out[m + 1] > row[d * 8 + LAT]:
        return False
    tail_c = rt[rb * 8 + R_METRES] - row[c * 8 + FAR]
    head_b = np.int64(row[b * 8 + FAR]) if b < n else np.int64(0)
    tail_d = rt[ra * 8 + R_METRES] - row[d * 8 + FAR] if d < n else np.int64(0)
    metres_a = row[a * 8 + FAR] + out[j] + tail_c
    metres_b = np.int64(0) if emptied else head_b + out[m] + tail_d
    both = rt[ra * 8 + R_PRICE] + rt[rb * 8 + R_PRICE]  # alike: who serves a stop makes no difference
    before = full_cost(plan, world, ra) + full_cost(plan, world, rb)
    ka, cost = cheapest_kind(plan, world, size, fleet, ga, np.int64(-1), metres_a, np.int64(0), both, ra, a, rb, c)
    if ka < 0 or cost >= before:
        return False
    kb, more = gb, np.int64(0)
    if not emptied:
        last = ka if ka != ga else np.int64(-1)
        kb, more = cheapest_kind(plan, world, size, fleet, gb, last, metres_b, np.int64(0), np.int64(0), rb, b, ra, d)
    if kb < 0 or cost + more >= before:
        return False
    keep(plan, size, journal, ra, state)
    keep(plan, size, journal, rb, state)
    swap_tails(plan, world, size, fleet[0], a, c, ra, rb)
    change_kind(plan, world, size, fleet, journal, state, ra, ka)
    if not emptied:
        change_kind(plan, world, size, fleet, journal, state, rb, kb)
    return True


@part(**INNER)
def improve_tails(plan, world, size, lists, fleet, journal, state, todo, count, width):
    """Try to swap tails around the stops just inserted (2-opt*); first improvement."""
    row, _, _, rr, rt, _ = plan
    _, _, into, out, _, kint, kmon, _ = world
    pred, used = lists[0], fleet[0]
    n, rows = size[N], size[ROWS]
    mixing = size[MANY] > 0 and size[TIMED] == 0 and size[MIXED] == 0
    for i in range(count):
        c = np.int64(todo[i])
        rb = np.int64(row[c * 8 + ROUTE])
        if rb < 0:
            continue
        for k in range(width):
            a = np.int64(pred[c, k, 0])
            if a < 0:
                break
            ra = np.int64(row[a * 8 + ROUTE])
            if ra < 0 or ra == rb:
                continue
            ga, gb = np.int64(rr[ra * 4 + KIND]), np.int64(rr[rb * 4 + KIND])
            if mixing and kint[ga * 16 + ALIKE] == kint[gb * 16 + ALIKE]:
                if mix_tails(plan, world, size, fleet, journal, state, a, c, ra, rb):
                    rb = np.int64(row[c * 8 + ROUTE])
                continue
            b, d = np.int64(row[c * 8 + PREV]), np.int64(row[a * 8 + NEXT])
            j = kint[ga * 16 + BASE] + (c * rows + a) * 2
            m = kint[gb * 16 + BASE] + (begin(b, n, kint, gb) * rows + finish(d, n, kint, gb)) * 2
            emptied = b >= n and d >= n
            rate_a, rate_b = kmon[ga * 8 + PER_METRE], kmon[gb * 8 + PER_METRE]
            gain = rate_a * (np.int64(row[a * 8 + METRES]) - into[j]) + rate_b * row[b * 8 + METRES]
            gain += kmon[gb * 8 + FIXED] if emptied else -rate_b * out[m]
            if size[TIMED]:
                sa, sb = kmon[ga * 8 + PER_SECOND], kmon[gb * 8 + PER_SECOND]
                gain += sa * (np.int64(row[a * 8 + SECONDS]) - into[j + 1]) + sb * row[b * 8 + SECONDS]
                gain -= 0 if emptied else sb * out[m + 1]
            if ga != gb:
                tail_c = rt[rb * 8 + R_METRES] - row[c * 8 + FAR]
                tail_d = rt[ra * 8 + R_METRES] - row[a * 8 + FAR] - row[a * 8 + METRES]
                gain -= (rate_a - rate_b) * (tail_c - tail_d)
                if kint[ga * 16 + END] != kint[gb * 16 + END]:
                    last_a, last_b = np.int64(row[(n + ra) * 8 + PREV]), np.int64(row[(n + rb) * 8 + PREV])
                    base_a, base_b = kint[ga * 16 + BASE], kint[gb * 16 + BASE]
                    end_a, end_b = kint[ga * 16 + END], kint[gb * 16 + END]
                    gain -= rate_a * (
                        np.int64(out[base_a + (last_b * rows + end_a) * 2]) - out[base_b + (last_b * rows + end_b) * 2]
                    )
                    if d < n:
                        gain -= rate_b * (
                            np.int64(out[base_b + (last_a * rows + end_b) * 2])
                            - out[base_a + (last_a * rows + end_a) * 2]
                        )
            if gain <= 0:
                continue
            if not tails_fit(plan, world, size, a, b, c, d, ra, rb, ga, gb):
                continue
            if ga != gb or size[TIMED] or kint[ga * 16 + MOST_METRES] < NOWHERE:
                if exact_gain(plan, world, size, a, b, c, d, ra, rb, ga, gb) <= 0:
                    continue
            else:
                if row[a * 8 + DEP] + into[j + 1] > row[c * 8 + LAT]:
                    continue
                if not emptied and row[b * 8 + DEP] + out[m + 1] > row[d * 8 + LAT]:
                    continue
            keep(plan, size, journal, ra, state)
            keep(plan, size, journal, rb, state)
            swap_tails(plan, world, size, used, a, c, ra, rb)
            rb = ra


@part(**INNER)
def loads_fit(plan, world, size, r, h):
    """Return whether route r's loads fit a vehicle of kind h, pick-ups counted."""
    row, _, cum, _, _, rload = plan
    cap, n, dims = world[7], size[N], size[DIMS]
    for d in range(dims):
        most = rload[(r * dims + d) * 2]
        if size[MIXED]:
            first = np.int64(row[(n + r) * 8 + NEXT])
            most = cum[(first * dims + d) * 4 + AFTER]
        if most > cap[h * dims + d]:
            return False
    return True


@part(**INNER)
def improve_kinds(rng, plan, world, size, fleet, journal, state, share):
    """Give the routes just touched the vehicles that suit them best: free ones, or those of other routes."""
    row, _, _, rr, rt, _ = plan
    kint, kmon = world[5], world[6]
    used, counts, begins, routes_of = fleet
    n = size[N]
    for k in range(state[JOURNAL_ROUTES]):
        r = np.int64(journal[5][k * 2])
        if rt[r * 8 + COUNT] == 0:
            continue
        g = np.int64(rr[r * 4 + KIND])
        best, best_h = full_cost(plan, world, r), np.int64(-1)
        for h in range(size[KINDS]):
            if h == g or used[h] >= counts[h]:
                continue
            if kint[h * 16 + ALIKE] == kint[g * 16 + ALIKE]:
                now = cost_of(
                    kmon, h, rt[r * 8 + R_METRES], rt[r * 8 + R_BUSY], rt[r * 8 + R_PAID], rt[r * 8 + R_PRICE]
                )
                if now < best and loads_fit(plan, world, size, r, h):
                    best, best_h = now, np.int64(h)
            elif uniform(rng) < share and loads_fit(plan, world, size, r, h):
                if rt[r * 8 + COUNT] > kint[h * 16 + MOST_STOPS]:
                    continue
                e = empty_route(rt, begins, routes_of, h)
                ok, metres, busy, paid, total, _ = walk(plan, world, size, n + e, h, np.int64(row[(n + r) * 8 + NEXT]))
                now = cost_of(kmon, h, metres, busy, paid, total)
                if ok and now < best:
                    best, best_h = now, np.int64(h)
        if best_h >= 0:
            e = empty_route(rt, begins, routes_of, best_h)
            keep(plan, size, journal, e, state)
            move_route(plan, world, size, used, r, e)
            continue
        if size[LIMITED] and uniform(rng) < share:
            exchange_kinds(plan, world, size, used, journal, state, r)


@part(**INNER)
def exchange_kinds(plan, world, size, used, journal, state, r):
    """Exchange the vehicles of route r and of the route where that saves most, among kinds alike."""
    rr, rt = plan[3], plan[4]
    kint, kmon = world[5], world[6]
    g = np.int64(rr[r * 4 + KIND])
    best, best_q = np.int64(0), np.int64(-1)
    for q in range(size[ROUTES]):
        h = np.int64(rr[q * 4 + KIND])
        if h == g or rt[q * 8 + COUNT] == 0 or kint[h * 16 + ALIKE] != kint[g * 16 + ALIKE]:
            continue
        change = (kmon[h * 8 + PER_METRE] - kmon[g * 8 + PER_METRE]) * (rt[r * 8 + R_METRES] - rt[q * 8 + R_METRES])
        if change < best and loads_fit(plan, world, size, r, h) and loads_fit(plan, world, size, q, g):
            best, best_q = change, np.int64(q)
    if best_q >= 0:
        keep(plan, size, journal, best_q, state)
        move_route(plan, world, size, used, r, best_q)


@part(**INNER)
def prune(plan, world, size, used, pool, journal, state, todo, count, mark, was, lift):
    """Leave out what costs more than it is worth in the routes just touched; returns the new length of `todo`."""
    row, _, _, rr, rt, _ = plan
    out, price, kint, kmon = world[3], world[4], world[5], world[6]
    left, where, prize = pool
    n, rows, kinds = size[N], size[ROWS], size[KINDS]
    for k in range(state[JOURNAL_ROUTES]):
        r = np.int64(journal[5][k * 2])
        g = np.int64(rr[r * 4 + KIND])
        worth, changed = np.int64(0), False
        x = np.int64(row[(n + r) * 8 + NEXT])
        while x < n:
            u, w = np.int64(row[x * 8 + PREV]), np.int64(row[x * 8 + NEXT])
            j = kint[g * 16 + BASE] + (begin(u, n, kint, g) * rows + finish(w, n, kint, g)) * 2
            saved = np.int64(row[u * 8 + METRES]) + row[x * 8 + METRES] - out[j]
            quick = np.int64(row[u * 8 + SECONDS]) + row[x * 8 + SECONDS] - out[j + 1]
            gain = kmon[g * 8 + PER_METRE] * saved + kmon[g * 8 + PER_SECOND] * quick + price[x * kinds + g]
            gain += kmon[g * 8 + FIXED] if u >= n and w >= n else 0
            if gain > lift * prize[x]:
                take_out(row, out, size, kint, g, x)
                changed = True
                if mark[x] != state[CLOCK]:
                    mark[x] = state[CLOCK]
                    was[x] = 0
                    todo[count] = x
                    count += 1
                leave_out(left, where, prize, state, x)
            else:
                worth += prize[x]
            x = w
        if changed:
            refresh(plan, world, size, used, r)
        if rt[r * 8 + COUNT] > 0 and full_cost(plan, world, r) > lift * worth:
            x = np.int64(row[(n + r) * 8 + NEXT])
            while x < n:
                w = np.int64(row[x * 8 + NEXT])
                row[x * 8 + ROUTE] = -1
                if mark[x] != state[CLOCK]:
                    mark[x] = state[CLOCK]
                    was[x] = 0
                    todo[count] = x
                    count += 1
                leave_out(left, where, prize, state, x)
                x = w
            row[(n + r) * 8 + NEXT] = n + r
            row[(n + r) * 8 + PREV] = n + r
            refresh(plan, world, size, used, r)
    return count


@part(**INNER)
def ruin(rng, plan, world, size, near, fleet, journal, pool, state, mean_removed, whole, group, todo, mark, was):
    """Take strings of neighbouring stops (or, by chance, a whole route) out, and call some left out back."""
    row, rt = plan[0], plan[4]
    used = fleet[0]
    left = pool[0]
    n, count = size[N], np.int64(0)
    seed = below(rng, n)
    if state[MUST_LEFT] > 0 and uniform(rng) < 0.5:
        seed = np.int64(left[below(rng, state[LEFT])])
    in_use = 0
    for h in range(size[KINDS]):
        in_use += used[h]
    if uniform(rng) < whole and row[seed * 8 + ROUTE] >= 0:
        r = np.int64(row[seed * 8 + ROUTE])
        keep(plan, size, journal, r, state)
        first = np.int64(row[(n + r) * 8 + NEXT])
        count = ruin_string(rng, plan, world, size, first, rt[r * 8 + COUNT], todo, 0)
        refresh(plan, world, size, used, r)
    else:
        mean_length = (n - state[LEFT]) / max(in_use, 1)
        longest = max(1.0, min(10.0, mean_length))
        strings = how_many_strings(rng, mean_removed, longest)
        for k in range(-1, near.shape[1]):
            x = seed if k < 0 else np.int64(near[seed, k])
            if x < 0 or strings == 0:
                break
            r = np.int64(row[x * 8 + ROUTE])
            if r < 0 or journal[0][r] == state[CLOCK]:
                continue
            keep(plan, size, journal, r, state)
            length = 1 + below(rng, np.int64(min(longest, np.float64(rt[r * 8 + COUNT]))))
            count = ruin_string(rng, plan, world, size, x, length, todo, count)
            refresh(plan, world, size, used, r)
            strings -= 1
    for i in range(count):
        mark[todo[i]] = state[CLOCK]
        was[todo[i]] = 0
    if state[LEFT] > 0:
        count = gather(rng, near, pool, state, seed, group, todo, count, mark, was)
    return count


@part(**INNER)
def gather(rng, near, pool, state, seed, group, todo, count, mark, was):
    """Call stops that are left out back into `todo`: some near the seed, and those that must be served."""
    left, where, prize = pool
    quota = below(rng, 2 * group + 1) if group > 0 else np.int64(0)
    skip = uniform(rng) * 0.6
    for k in range(-1, near.shape[1]):
        if quota <= 0:
            break
        x = seed if k < 0 else np.int64(near[seed, k])
        if x < 0:
            break
        if where[x] >= 0 and (k < 0 or uniform(rng) >= skip):
            call_back(left, where, prize, state, x)
            mark[x], was[x] = state[CLOCK], 1
            todo[count] = x
            count += 1
            quota -= 1
    if state[MUST_LEFT] > 0:
        at = below(rng, state[LEFT])
        some = 16
        for _ in range(min(state[LEFT], 64)):
            if state[LEFT] == 0 or some == 0:
                break
            at = at % state[LEFT]
            x = np.int64(left[at])
            if prize[x] >= MUST:
                call_back(left, where, prize, state, x)
                mark[x], was[x] = state[CLOCK], 1
                todo[count] = x
                count += 1
                some -= 1
            else:
                at += 1
    return count


@part(**INNER)
def shuffle(rng, todo, count, ranks, key):
    """Sort `todo[:count]` by chance, or by a column of `ranks` drawn by chance: six of eight may fall either way."""
    pick = below(rng, 17)
    for i in range(count):
        x = todo[i]
        if pick < 4:
            key[i] = below(rng, 1 << 30)
        elif pick < 8:
            key[i] = -ranks[x, 0]
        elif pick < 10:
            key[i] = -ranks[x, 1]
        elif pick < 11:
            key[i] = ranks[x, 1]
        elif pick < 13:
            key[i] = ranks[x, 2]
        elif pick < 14:
            key[i] = ranks[x, 3]
        elif pick < 15:
            key[i] = -ranks[x, 3]
        else:
            key[i] = -ranks[x, 4]
    gap = 1
    while gap < count // 9:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, count):
            k, x = key[i], todo[i]
            j = i - gap
            while j >= 0 and key[j] > k:
                key[j + gap] = key[j]
                todo[j + gap] = todo[j]
                j -= gap
            key[j + gap] = k
            todo[j + gap] = x
        gap //= 3


@compiled(**WHOLE)
def prices_alone(world, size, alone):
    """Fill what serving one stop alone costs by kind; what may not be gets more than any price."""
    stop, amt, into, out, price, kint, kmon, cap = world
    n, kinds, dims, rows = size[N], size[KINDS], size[DIMS], size[ROWS]
    for x in range(n):
        for g in range(kinds):
            alone[x * kinds + g] = NOWHERE
            i = kint[g * 16 + BASE] + (x * rows + kint[g * 16 + START]) * 2
            o = kint[g * 16 + BASE] + (x * rows + kint[g * 16 + END]) * 2
            at = max(kint[g * 16 + STARTS] + into[i + 1], np.int64(stop[x * 4 + OPENS]))
            back = at + stop[x * 4 + SERVICE] + out[o + 1]
            metres = np.int64(into[i]) + out[o]
            paid = back - kint[g * 16 + STARTS]
            if kint[g * 16 + FREE]:
                paid = min(paid, np.int64(into[i + 1]) + stop[x * 4 + SERVICE] + out[o + 1])
            fits = at <= stop[x * 4 + CLOSES] and back <= kint[g * 16 + ENDS] and price[x * kinds + g] < MUST
            fits = fits and metres <= kint[g * 16 + MOST_METRES] and kint[g * 16 + MOST_STOPS] > 0
            fits = fits and (size[TIMED] == 0 or paid <= kint[g * 16 + MOST_SECONDS])
            for d in range(dims):
                most = max(amt[(x * dims + d) * 2], amt[(x * dims + d) * 2 + 1])
                fits = fits and most <= cap[g * dims + d]
            if fits:
                busy = np.int64(into[i + 1]) + out[o + 1] if size[TIMED] else np.int64(0)
                paid = paid if size[TIMED] else np.int64(0)
                alone[x * kinds + g] = cost_of(kmon, g, metres, busy, paid, price[x * kinds + g])


@compiled(**WHOLE)
def refresh_from_python(plan, world, size, used, r):
    """Recompute everything of route r, for tests."""
    refresh(plan, world, size, used, r)


@compiled(**WHOLE)
def load(plan, world, size, fleet, pool, state, sequence, begins):
    """Fill empty routes from a start: stop ids of route r are sequence[begins[r]:begins[r + 1]]; misfits are left out.

    Afterwards every stop is in a route or left out, and `state` has the price.
    """
    row, _, _, rr, rt, _ = plan
    stop, _, _, out, price, kint, _, _ = world
    used = fleet[0]
    left, where, prize = pool
    n = size[N]
    for r in range(len(begins) - 1):
        g = np.int64(rr[r * 4 + KIND])
        for k in range(begins[r], begins[r + 1]):
            x, u, w = np.int64(sequence[k]), np.int64(row[(n + r) * 8 + PREV]), n + r
            i = kint[g * 16 + BASE] + (begin(u, n, kint, g) * size[ROWS] + x) * 2
            o = kint[g * 16 + BASE] + (x * size[ROWS] + kint[g * 16 + END]) * 2
            t = max(row[u * 8 + DEP] + out[i + 1], stop[x * 4])
            late = t > stop[x * 4 + 1] or t + stop[x * 4 + 2] + out[o + 1] > row[w * 8 + LAT]
            if late or price[x * size[KINDS] + g] >= MUST or not room_for(plan, world, size, x, u, w, r, g):
                continue
            if rt[r * 8 + COUNT] >= kint[g * 16 + MOST_STOPS]:
                continue
            metres = rt[r * 8 + R_METRES] + out[i] + out[o] - (row[u * 8 + METRES] if u < n else 0)
            if metres > kint[g * 16 + MOST_METRES]:
                continue
            if (
                size[TIMED]
                and paid_with(plan, world, size, x, u, w, out[i + 1], out[o + 1]) > kint[g * 16 + MOST_SECONDS]
            ):
                continue
            place(plan, world, size, used, x, u, np.int64(r))
    settle(plan, world, size, state)
    for y in range(n):
        where[y] = -1
        if row[y * 8 + ROUTE] < 0:
            leave_out(left, where, prize, state, y)


@part(**INNER)
def settle(plan, world, size, state):
    """Sum up what all routes cost."""
    rt = plan[4]
    state[COST] = 0
    for r in range(size[ROUTES]):
        rt[r * 8 + MONEY] = full_cost(plan, world, r)
        state[COST] += rt[r * 8 + MONEY]


@compiled(**WHOLE)
def run(
    plan, world, size, lists, near, ranks, fleet, journal, pool, alone, offers, state, rng, setting, best_next,
    todo, mark, was, key, iterations, done, step,
):  # fmt: skip
    """Run `iterations` of ruin, recreate, tail swaps and annealing; hold the best in `best_next`.

    `setting`: hot and cold temperature, mean removed, width of tail swaps, chance of a whole route, chance of a skip,
    stops left out that are called back, chance and mean of a bonus for serving, chance of pruning, share of vehicle
    changes that are tried, how many times its prize a stop is worth, whether routes that lost stops get a smaller
    vehicle, chance that many are called back together. `done` is the share of the whole search that is over, `step`
    that of one iteration.
    """
    row, rt = plan[0], plan[4]
    used = fleet[0]
    left, where, prize = pool
    n = size[N]
    hot, ratio = setting[0], np.log(setting[1] / setting[0])
    mean_removed, width, whole = setting[2], np.int64(setting[3]), setting[4]
    log_keep, group, lift = np.log(1.0 - setting[5]), np.int64(setting[6]), setting[11]
    for i in range(iterations):
        temperature = hot * np.exp(ratio * min(1.0, done + i * step))
        state[CLOCK] += 1
        state[JOURNAL] = 0
        state[JOURNAL_ROUTES] = 0
        lost = state[LOST]
        together = size[OPTIONAL] > 0 and uniform(rng) < setting[13]
        called = np.int64(near.shape[1] // 2) if together else group
        count = ruin(
            rng, plan, world, size, near, fleet, journal, pool, state, mean_removed, whole, called, todo, mark, was
        )
        opening = np.int64(0)
        for k in range(count if together else 0):
            opening += np.int64(lift * prize[todo[k]]) if was[todo[k]] == 1 and prize[todo[k]] < MUST else 0
        if size[MANY] and setting[12] > 0:
            improve_kinds(rng, plan, world, size, fleet, journal, state, 0.0)
        bonus = np.int64(0)
        if size[OPTIONAL] and uniform(rng) < setting[7]:
            bonus = np.int64(-np.log(uniform(rng)) * setting[8])
        shuffle(rng, todo, count, ranks, key)
        recreate(
            rng, plan, world, size, lists, fleet, journal, pool, alone, state, todo, count, lift, bonus, opening,
            log_keep, offers,
        )  # fmt: skip
        improve_tails(plan, world, size, lists, fleet, journal, state, todo, count, width)
        if size[MANY]:
            improve_kinds(rng, plan, world, size, fleet, journal, state, setting[10])
        if size[OPTIONAL] and uniform(rng) < setting[9]:
            count = prune(plan, world, size, used, pool, journal, state, todo, count, mark, was, lift)
        change = np.int64(0)
        for k in range(state[JOURNAL_ROUTES]):
            r = np.int64(journal[5][k * 2])
            rt[r * 8 + MONEY] = full_cost(plan, world, r)
            change += rt[r * 8 + MONEY] - journal[6][k * 8 + MONEY]
        worse = change + lift * (state[LOST] - lost)
        fine = worse < -temperature * np.log(uniform(rng))
        if fine:
            for k in range(state[JOURNAL_ROUTES]):
                fine = fine and sound(plan, world, size, np.int64(journal[5][k * 2]))
        if fine:
            state[COST] += change
            if state[COST] + state[LOST] < state[BEST]:
                state[BEST] = state[COST] + state[LOST]
                for y in range(n + size[ROUTES]):
                    best_next[y] = row[y * 8 + NEXT]
                for k in range(state[LEFT]):
                    best_next[left[k]] = -1
            continue
        undo(plan, size, journal, used, state)
        for k in range(count):
            x = np.int64(todo[k])
            if was[x] == 0 and where[x] >= 0:
                call_back(left, where, prize, state, x)
            elif was[x] == 1:
                row[x * 8 + ROUTE] = -1
                if where[x] < 0:
                    leave_out(left, where, prize, state, x)


@compiled(**WHOLE)
def fill(
    plan, world, size, lists, fleet, journal, pool, alone, offers, state, rng, ranks, todo, mark, was, key, bonus, width
):  # fmt: skip
    """Insert every stop that is left out where it costs least, up to its prize and `bonus`."""
    left, where, prize = pool
    state[CLOCK] += 1
    state[JOURNAL] = 0
    state[JOURNAL_ROUTES] = 0
    count = np.int64(0)
    while state[LEFT] > 0:
        x = np.int64(left[state[LEFT] - 1])
        call_back(left, where, prize, state, x)
        mark[x], was[x] = state[CLOCK], 1
        todo[count] = x
        count += 1
    shuffle(rng, todo, count, ranks, key)
    recreate(
        rng, plan, world, size, lists, fleet, journal, pool, alone, state, todo, count, 1.0, bonus, np.int64(0),
        np.log(0.99), offers,
    )  # fmt: skip
    improve_tails(plan, world, size, lists, fleet, journal, state, todo, count, width)
    if size[MANY]:
        improve_kinds(rng, plan, world, size, fleet, journal, state, 1.0)
    if size[OPTIONAL] and bonus == 0:
        prune(plan, world, size, fleet[0], pool, journal, state, todo, count, mark, was, 1.0)
    settle(plan, world, size, state)

"""Ruin and recreate on the true price: travel by slot, a price curve at every door, waiting, overtime. Compiled.

Routes are doubly linked lists; stop x is node x, route r begins and ends at node n + r. Each node knows its exact
times, the price so far and the last second at which it may be reached. It also has a table: the price of the rest of
its route if it is reached at one of five seconds. That depends on what follows alone, so an insertion before it leaves
the table right. Static prices choose which places are looked at, tables rank these in O(1), the best few are priced
exactly, and what is accepted is always the exact price. Tables in front of an insertion are mended when a change is
accepted. `twin.py` is the readable form. After Christiaens and Vanden Berghe 2020 (ruin and recreate) and Ichoua,
Gendreau and Potvin 2003 (travel).
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

from typing import Any, NamedTuple

import numpy as np

from doorstep.operations.search.compiled import BRICK, INNER, compiled
from doorstep.operations.search.kernel_common import (
    below,
    fetch,
    fetch_row,
    how_many_strings,
    shuffle_by_rank,
    uniform,
    until_blink,
)
from doorstep.operations.search.kernel_prices import (
    INFINITE,
    K_END,
    K_ENDS,
    K_FIXED,
    K_METRE,
    K_PROFILE,
    K_START,
    K_STARTS,
    K_WAIT,
    LAST_CLOSE,
    NEVER,
    SERVICE,
    TOO_LATE,
    burden_price,
    door,
    knock,
    latest_arrival,
)
from doorstep.operations.search.kernel_roads import DIMS, ROWS, STRIDE, day_end, latest_leave, leg
from doorstep.operations.search.parts import WHOLE, part

K_METRES, ENDLESS = 7, 2**31 - 1
"""A kind's eighth int32: the most metres, and what stands there where they are not limited."""

FROZEN = 7
"""A stop's eighth int32: 1 where it stays where it is."""

PREV, NEXT, ROUTE, ARRIVES, LEAVES, LATEST, BUILT, NEAR = range(8)
"""A node's eight int32; NEAR is the static price of the way on. A depot's row has the shift's start as LEAVES and the
return as ARRIVES."""
SO_FAR, ARC, REST, FAR = 0, 1, 2, 7
"""A node's eight float64: price up to here, price of the way on, the rest's price at five arrivals, metres up to here.
A depot's row has what the whole route comes to."""
COST, BEST_COST = range(2)
LEFT, BEST_LEFT, USED, CLOCK, JOURNAL, JOURNAL_ROUTES, BLINK, IMPROVED, LOOK = range(9)

MANY, FEW = 24, 3
"""Places that are looked at, and those of them that are priced exactly before one is chosen."""

BITS = 7
MOST, USED_UP, AHEAD = 1 << BITS, 2**31 - 1, 4
"""Most places next to a stop's neighbours, the code of none, and how many places ahead travel is sent for."""

SPARE = 7200
"""Seconds between an arrival and the latest one that are time to spare."""

D0, D1, D2, D3, D4 = -900.0, 0.0, 360.0, 1500.0, 6000.0
"""Where a node's table has its knots: seconds after the arrival for which it was built."""


class Doors(NamedTuple):
    """Stops: what they ask for and cost. Two columns of `amounts` follow the dimensions: one stop, and its strain."""

    stop: Any
    spans: Any
    amounts: Any
    curve_of: Any
    knots: Any
    values: Any
    bins: Any
    allowed: Any
    pay: Any
    alone: Any
    unserved: Any


class Fleet(NamedTuple):
    """Kinds of shift, and the routes of each."""

    ints: Any
    floats: Any
    even: Any
    caps: Any
    of_route: Any
    begins: Any
    routes: Any


class Roads(NamedTuple):
    """Travel; `near` and `near_into` are static prices between rows, by the first and by the second."""

    lines: Any
    into: Any
    edges: Any
    bins: Any
    shape: Any
    near: Any
    near_into: Any


class Routes(NamedTuple):
    """The plan as it stands."""

    it: Any
    fl: Any
    cum: Any
    price: Any
    count: Any
    empty: Any
    left: Any


class Journal(NamedTuple):
    """What routes were like before this iteration."""

    stamp: Any
    it: Any
    fl: Any
    cum: Any
    ids: Any
    routes: Any
    price: Any
    left: Any
    empty: Any


class Work(NamedTuple):
    """Lists of neighbours, and room to work."""

    pred: Any
    succ: Any
    pred_near: Any
    succ_near: Any
    close: Any
    ranks: Any
    todo: Any
    key: Any
    looked: Any
    codes: Any
    nodes: Any
    near_by: Any
    few: Any
    few_at: Any
    ever: Any
    rng: Any
    setting: Any


@part(**BRICK)
def too_far(fleet, g, metres):
    """Return whether a way is longer than a kind may drive."""
    return fleet.ints[g * 8 + K_METRES] < ENDLESS and metres > fleet.ints[g * 8 + K_METRES]


@part(**BRICK)
def rest_at(it, fl, w, t):
    """Return the price of the rest of the route from w on by its table, if w is reached at t."""
    b = w * 8 + REST
    d = np.float64(t - it[w * 8 + BUILT])
    if d <= D1:
        return fl[b + 1] + (fl[b + 1] - fl[b]) * ((d - D1) / (D1 - D0))
    if d <= D2:
        return fl[b + 1] + (fl[b + 2] - fl[b + 1]) * ((d - D1) / (D2 - D1))
    if d <= D3:
        return fl[b + 2] + (fl[b + 3] - fl[b + 2]) * ((d - D2) / (D3 - D2))
    return fl[b + 3] + (fl[b + 4] - fl[b + 3]) * ((d - D3) / (D4 - D3))


@part(**BRICK)
def row_from(fleet, n, g, u):
    """Return the matrix row of node u, a stop or where shifts of kind g begin."""
    return np.int64(fleet.ints[g * 8 + K_START]) if u >= n else u


@part(**BRICK)
def row_to(fleet, n, g, w):
    """Return the matrix row of node w, a stop or where shifts of kind g end."""
    return np.int64(fleet.ints[g * 8 + K_END]) if w >= n else w


@part(**BRICK)
def join(it, u, w):
    """Let w follow u."""
    it[u * 8 + NEXT] = w
    it[w * 8 + PREV] = u


@part(**BRICK)
def total(fleet, dims, it, fl, cum, n, r):
    """Return the price of route r from what its depot's row says."""
    d = n + r
    g = np.int64(fleet.of_route[r])
    price = fleet.floats[g * 8 + K_FIXED] + fl[d * 8 + SO_FAR]
    price += day_end(fleet.ints, fleet.floats, fleet.even, g, np.int64(it[d * 8 + ARRIVES]))
    return price + burden_price(fleet.ints, fleet.floats, g, np.int64(cum[d * dims + dims - 1]))


@part(**INNER)
def forward(doors, fleet, roads, plan, n, r, x, known):
    """Recompute times, loads and prices so far of route r from node x (not the depot) to the return.

    From `known` on (-1: nowhere) nothing but the arrival changed: once that is as it was, sums are carried on. A route
    that is late, or too long, gets a price that no change may have.
    """
    it, fl, cum = plan.it, plan.fl, plan.cum
    stop, amounts, shape = doors.stop, doors.amounts, roads.shape
    dims, rows = shape[DIMS], shape[ROWS]
    g = np.int64(fleet.of_route[r])
    p = np.int64(fleet.ints[g * 8 + K_PROFILE])
    metre, wait = fleet.floats[g * 8 + K_METRE], fleet.floats[g * 8 + K_WAIT]
    u = np.int64(it[x * 8 + PREV])
    row_u = row_from(fleet, n, g, u)
    at = np.int64(it[u * 8 + LEAVES])
    price, far = 0.0, 0.0
    if u < n:
        price, far = fl[u * 8 + SO_FAR], fl[u * 8 + FAR]
    fresh, same = True, False
    sound, late = plan.price[r] < TOO_LATE, False
    for _ in range(n + 1):
        row_x = row_to(fleet, n, g, x)
        at, metres = leg(roads.lines, roads.edges, roads.bins, shape, p, row_u, row_x, at)
        way = metre * metres
        fl[u * 8 + ARC] = way
        if fresh:
            it[u * 8 + NEAR] = roads.near[row_u * rows + row_x]
            fresh = x != known
        same = sound and not fresh and at == it[x * 8 + ARRIVES]
        price += way
        far += metres
        if x >= n or same:
            break
        it[x * 8 + ARRIVES] = at
        late = late or at > stop[x * 8 + LAST_CLOSE]
        starts = knock(stop, doors.spans, x, at)
        price += door(doors.curve_of, doors.knots, doors.values, doors.bins, x, starts) + wait * (starts - at)
        price += doors.pay[x, g]
        at = starts + stop[x * 8 + SERVICE]
        it[x * 8 + LEAVES] = at
        fl[x * 8 + SO_FAR], fl[x * 8 + FAR] = price, far
        for k in range(dims):
            cum[x * dims + k] = amounts[x * dims + k] + (cum[u * dims + k] if u < n else 0)
        u = x
        row_u = u
        x = np.int64(it[x * 8 + NEXT])
    d = n + r
    if x >= n:
        it[d * 8 + ARRIVES] = at
        fl[d * 8 + SO_FAR], fl[d * 8 + FAR] = price, far
        for k in range(dims):
            cum[d * dims + k] = cum[u * dims + k] if u < n else 0
    else:
        starts = knock(stop, doors.spans, x, at)
        price += door(doors.curve_of, doors.knots, doors.values, doors.bins, x, starts) + wait * (starts - at)
        price += doors.pay[x, g] - fl[x * 8 + SO_FAR]
        far -= fl[x * 8 + FAR]
        for k in range(dims):
            more = amounts[x * dims + k] + (cum[u * dims + k] if u < n else 0) - cum[x * dims + k]
            y = x
            while y < n and more != 0:
                cum[y * dims + k] += more
                y = np.int64(it[y * 8 + NEXT])
            cum[d * dims + k] += more
        while x < n:
            fl[x * 8 + SO_FAR] += price
            fl[x * 8 + FAR] += far
            x = np.int64(it[x * 8 + NEXT])
        fl[d * 8 + SO_FAR] += price
        fl[d * 8 + FAR] += far
    plan.price[r] = total(fleet, dims, it, fl, cum, n, r)
    if late or it[d * 8 + ARRIVES] > fleet.ints[g * 8 + K_ENDS] or too_far(fleet, g, fl[d * 8 + FAR]):
        # Where a detour is faster than the direct way, taking its stop out makes the rest late.
        plan.price[r] += TOO_LATE


@part(**INNER)
def tighten(doors, fleet, roads, plan, n, r, x, until, spare):
    """Recompute the latest arrivals of route r from node x back: all up to `until`, then as long as they change.

    Stops as well where there is time to spare: what stands before is then somewhat too generous until the next ruin
    or acceptance, and `forward` is there to notice.
    """
    it = plan.it
    g = np.int64(fleet.of_route[r])
    p = np.int64(fleet.ints[g * 8 + K_PROFILE])
    surely = True
    for _ in range(n):
        if x >= n:
            break
        w = np.int64(it[x * 8 + NEXT])
        row_w = row_to(fleet, n, g, w)
        by = latest_leave(roads.lines, roads.edges, roads.bins, roads.shape, p, x, row_w, np.int64(it[w * 8 + LATEST]))
        by = latest_arrival(doors.stop, doors.spans, x, by - doors.stop[x * 8 + SERVICE])
        loose = by - it[x * 8 + ARRIVES] > spare
        if not surely and (loose or by == it[x * 8 + LATEST]):
            break
        it[x * 8 + LATEST] = by
        if x == until:
            surely = False
        x = np.int64(it[x * 8 + PREV])


@part(**INNER)
def tabulate(doors, fleet, roads, plan, n, r, x, whole):
    """Recompute the tables of route r from node x back to its first, or x's alone unless `whole`."""
    it, fl = plan.it, plan.fl
    stop = doors.stop
    g = np.int64(fleet.of_route[r])
    p = np.int64(fleet.ints[g * 8 + K_PROFILE])
    metre, wait = fleet.floats[g * 8 + K_METRE], fleet.floats[g * 8 + K_WAIT]
    for _ in range(n):
        if x >= n:
            break
        w = np.int64(it[x * 8 + NEXT])
        row_w = row_to(fleet, n, g, w)
        now = np.int64(it[x * 8 + ARRIVES])
        it[x * 8 + BUILT] = now
        for k in range(5):
            t = now + np.int64(D0 if k == 0 else D1 if k == 1 else D2 if k == 2 else D3 if k == 3 else D4)
            starts = knock(stop, doors.spans, x, t)
            price = door(doors.curve_of, doors.knots, doors.values, doors.bins, x, starts) + wait * (starts - t)
            t, metres = leg(
                roads.lines, roads.edges, roads.bins, roads.shape, p, x, row_w, starts + stop[x * 8 + SERVICE]
            )
            price += metre * metres + doors.pay[x, g]
            price += day_end(fleet.ints, fleet.floats, fleet.even, g, t) if w >= n else rest_at(it, fl, w, t)
            fl[x * 8 + REST + k] = price
        if not whole:
            break
        x = np.int64(it[x * 8 + PREV])


@part(**INNER)
def settle(doors, fleet, roads, plan, n, r, had):
    """Recompute all of route r, which had `had` stops, and count whether it became empty or used."""
    dims = roads.shape[DIMS]
    d = n + r
    x = np.int64(plan.it[d * 8 + NEXT])
    if x < n:
        forward(doors, fleet, roads, plan, n, r, x, np.int64(-1))
        last = np.int64(plan.it[d * 8 + PREV])
        tighten(doors, fleet, roads, plan, n, r, last, x, NEVER)
        tabulate(doors, fleet, roads, plan, n, r, last, True)
    else:
        plan.price[r] = 0.0
        for k in range(dims):
            plan.cum[d * dims + k] = 0
    change = (1 if had > 0 else 0) - (1 if plan.cum[d * dims + dims - 2] > 0 else 0)
    plan.empty[fleet.of_route[r]] += change
    plan.count[USED] -= change


@part(**INNER)
def rest_now(fleet, plan, n, r, g, w):
    """Return the exact price of the rest of route r (of kind g) from node w on as it is now."""
    it, fl = plan.it, plan.fl
    d = n + r
    u = np.int64(it[w * 8 + PREV])
    rest = (
        fl[d * 8 + SO_FAR]
        + day_end(fleet.ints, fleet.floats, fleet.even, g, np.int64(it[d * 8 + ARRIVES]))
        - fl[u * 8 + ARC]
    )
    return rest - fl[u * 8 + SO_FAR] if u < n else rest


@part(**INNER)
def tail_price(doors, fleet, roads, plan, n, g, r, x, t, most):
    """Return the exact price of going on from node x, reached at t, to the return of a shift of kind g.

    INFINITE where a window or the shift's end is missed, or (by the tables) it would come to more than `most`. Where
    x's route r is of kind g already (else r is -1), the rest is known as soon as the times agree.
    """
    it, fl, stop = plan.it, plan.fl, doors.stop
    p = np.int64(fleet.ints[g * 8 + K_PROFILE])
    metre, wait = fleet.floats[g * 8 + K_METRE], fleet.floats[g * 8 + K_WAIT]
    price = 0.0
    for _ in range(n + 1):
        if x >= n:
            break
        if r >= 0:
            if t == it[x * 8 + ARRIVES]:
                return price + rest_now(fleet, plan, n, r, g, x)
            if price + rest_at(it, fl, x, t) > most:
                return INFINITE
        if t > stop[x * 8 + LAST_CLOSE]:
            return INFINITE
        starts = knock(stop, doors.spans, x, t)
        price += door(doors.curve_of, doors.knots, doors.values, doors.bins, x, starts) + wait * (starts - t)
        price += doors.pay[x, g]
        w = np.int64(it[x * 8 + NEXT])
        t, metres = leg(
            roads.lines, roads.edges, roads.bins, roads.shape, p, x, row_to(fleet, n, g, w),
            starts + stop[x * 8 + SERVICE],
        )  # fmt: skip
        price += metre * metres
        x = w
    if t > fleet.ints[g * 8 + K_ENDS]:
        return INFINITE
    return price + day_end(fleet.ints, fleet.floats, fleet.even, g, t)


@part(**INNER)
def whole_price(doors, fleet, roads, plan, n, r, g):
    """Return the exact price of route r's stops on a shift of kind g, or INFINITE where they don't fit."""
    it = plan.it
    dims = roads.shape[DIMS]
    x = np.int64(it[(n + r) * 8 + NEXT])
    if x >= n:
        return 0.0
    for k in range(dims):
        if plan.cum[(n + r) * dims + k] > fleet.caps[g * dims + k]:
            return INFINITE
    y = x
    for _ in range(n):
        if y >= n:
            break
        if not doors.allowed[y, g]:
            return INFINITE
        y = np.int64(it[y * 8 + NEXT])
    p = np.int64(fleet.ints[g * 8 + K_PROFILE])
    start, starts = np.int64(fleet.ints[g * 8 + K_START]), np.int64(fleet.ints[g * 8 + K_STARTS])
    t, metres = leg(roads.lines, roads.edges, roads.bins, roads.shape, p, start, x, starts)
    price = tail_price(doors, fleet, roads, plan, n, g, np.int64(-1), x, t, INFINITE)
    price += fleet.floats[g * 8 + K_METRE] * metres + fleet.floats[g * 8 + K_FIXED]
    return price + burden_price(fleet.ints, fleet.floats, g, np.int64(plan.cum[(n + r) * dims + dims - 1]))


@part(**INNER)
def keep(plan, journal, n, dims, r):
    """Copy route r into the journal, once per iteration."""
    it, fl, cum, count = plan.it, plan.fl, plan.cum, plan.count
    if journal.stamp[r] == count[CLOCK]:
        return
    journal.stamp[r] = count[CLOCK]
    q = count[JOURNAL_ROUTES]
    journal.routes[q] = r
    journal.price[q] = plan.price[r]
    count[JOURNAL_ROUTES] = q + 1
    j = count[JOURNAL]
    x = np.int64(n + r)
    for _ in range(n + 1):
        journal.ids[j] = x
        for f in range(8):
            journal.it[j * 8 + f] = it[x * 8 + f]
            journal.fl[j * 8 + f] = fl[x * 8 + f]
        for k in range(dims):
            journal.cum[j * dims + k] = cum[x * dims + k]
        j += 1
        x = np.int64(it[x * 8 + NEXT])
        if x >= n:
            break
    count[JOURNAL] = j


@part(**INNER)
def undo(plan, journal, dims):
    """Copy the journal back."""
    it, fl, cum = plan.it, plan.fl, plan.cum
    for j in range(plan.count[JOURNAL]):
        x = np.int64(journal.ids[j])
        for f in range(8):
            it[x * 8 + f] = journal.it[j * 8 + f]
            fl[x * 8 + f] = journal.fl[j * 8 + f]
        for k in range(dims):
            cum[x * dims + k] = journal.cum[j * dims + k]
    for q in range(plan.count[JOURNAL_ROUTES]):
        plan.price[journal.routes[q]] = journal.price[q]


@part(**BRICK)
def room_for(doors, fleet, plan, dims, d, g, x):
    """Return whether the route of depot node d and kind g may take stop x besides what it has, times aside."""
    fits = doors.allowed[x, g] != 0
    for k in range(dims):
        fits = fits and plan.cum[d * dims + k] + doors.amounts[x * dims + k] <= fleet.caps[g * dims + k]
    return fits


@part(**BRICK)
def try_place(doors, fleet, roads, plan, n, r, g, x, u, w):
    """Return (change of price by the table, arrival at w, exact change up to w) of x between u and w of route r.

    INFINITE where times or the way forbid it.
    """
    it, fl, stop, shape = plan.it, plan.fl, doors.stop, roads.shape
    dims = shape[DIMS]
    p = np.int64(fleet.ints[g * 8 + K_PROFILE])
    row_u, row_w = row_from(fleet, n, g, u), row_to(fleet, n, g, w)
    t, metres = leg(roads.into, roads.edges, roads.bins, shape, p, x, row_u, np.int64(it[u * 8 + LEAVES]))
    if t > stop[x * 8 + LAST_CLOSE]:
        return INFINITE, np.int64(0), 0.0
    starts = knock(stop, doors.spans, x, t)
    reach, onward = leg(roads.lines, roads.edges, roads.bins, shape, p, x, row_w, starts + stop[x * 8 + SERVICE])
    if reach > it[w * 8 + LATEST]:
        return INFINITE, np.int64(0), 0.0
    metres += onward
    d = n + r
    longest = fleet.ints[g * 8 + K_METRES]
    if longest < ENDLESS:
        now = fl[w * 8 + FAR] - (fl[u * 8 + FAR] if u < n else 0.0)
        if fl[d * 8 + FAR] + metres - now > longest:
            return INFINITE, np.int64(0), 0.0
    price = fleet.floats[g * 8 + K_METRE] * metres + fleet.floats[g * 8 + K_WAIT] * (starts - t)
    price += door(doors.curve_of, doors.knots, doors.values, doors.bins, x, starts) + doors.pay[x, g]
    price -= fl[u * 8 + ARC]
    strain, more = np.int64(plan.cum[d * dims + dims - 1]), np.int64(doors.amounts[x * dims + dims - 1])
    if more > 0:
        price += burden_price(fleet.ints, fleet.floats, g, strain + more)
        price -= burden_price(fleet.ints, fleet.floats, g, strain)
    now = np.int64(it[w * 8 + ARRIVES])
    if w >= n:
        later = day_end(fleet.ints, fleet.floats, fleet.even, g, reach) - day_end(
            fleet.ints, fleet.floats, fleet.even, g, now
        )
    else:
        later = rest_at(it, fl, w, reach) - rest_at(it, fl, w, now)
    return price + later, reach, price


@part(**BRICK)
def note(few, few_at, change, u, reach, price):
    """Insert a place among the best few, cheapest first."""
    k = FEW - 1
    while k > 0 and few[k - 1] > change:
        few[k], few[FEW + k] = few[k - 1], few[FEW + k - 1]
        few_at[k], few_at[FEW + k] = few_at[k - 1], few_at[FEW + k - 1]
        k -= 1
    few[k], few[FEW + k], few_at[k], few_at[FEW + k] = change, price, u, reach


@part(**INNER)
def nearby(doors, fleet, roads, plan, work, n, x):
    """Note all places for x next to its neighbours with their static detours; return how many.

    A place's code is its detour and, in the low bits, which one it is. There are no branches to guess wrong.
    """
    it, count, codes, nodes, looked = plan.it, plan.count, work.codes, work.nodes, work.looked
    rows = roads.shape[ROWS]
    nowhere = np.int64(n + len(plan.price))
    count[LOOK] += 1
    look = count[LOOK]
    looked[nowhere] = 2 * look
    rooms = nowhere + 1
    found = 0
    for side in range(2):
        for k in range(work.pred.shape[1]):
            v = np.int64(work.pred[x, k] if side == 0 else work.succ[x, k])
            if v < 0:
                break
            r = np.int64(it[v * 8 + ROUTE])
            u = v if side == 0 else np.int64(it[v * 8 + PREV])
            u = u if r >= 0 else nowhere
            r = r if r >= 0 else np.int64(0)
            if looked[rooms + r] >> 1 != look:
                g = np.int64(fleet.of_route[r])
                fits = room_for(doors, fleet, plan, roads.shape[DIMS], n + r, g, x)
                looked[rooms + r] = 2 * look + (1 if fits else 0)
            w = np.int64(it[u * 8 + NEXT])
            row_u, row_w = u, w
            if u >= n or w >= n:
                g = np.int64(fleet.of_route[r])
                row_u, row_w = row_from(fleet, n, g, u), row_to(fleet, n, g, w)
            detour = np.int64(roads.near_into[x * rows + row_u]) + np.int64(roads.near[x * rows + row_w])
            detour -= it[u * 8 + NEAR]
            codes[found] = detour * MOST + found
            nodes[found] = u
            free = (looked[rooms + r] & 1) * (1 - doors.stop[w * 8 + FROZEN] if w < n else 1)
            found += int(free) if looked[u] != 2 * look else 0
            looked[u] = 2 * look
    return found


@part(**BRICK)
def least_code(codes, found):
    """Return the least code."""
    least = codes[0]
    for k in range(1, found):
        least = min(least, codes[k])
    return np.int64(least)


@part(**INNER)
def find(doors, fleet, roads, plan, work, n, x, log_keep):
    """Return (node to follow, change of price) of the best place for x next to its neighbours.

    Static prices say which places are worth a look, the table ranks, the best few are priced exactly. (-1, INFINITE)
    where there is none. Lines of travel are sent for a few places ahead.
    """
    it, count, few, few_at, codes, shape = plan.it, plan.count, work.few, work.few_at, work.codes, roads.shape
    slack, unit = work.setting[10], work.setting[13]
    rows = shape[ROWS]
    for k in range(FEW):
        few[k], few_at[k] = INFINITE, -1
    blink = count[BLINK]
    least, enough = INFINITE, INFINITE
    found = nearby(doors, fleet, roads, plan, work, n, x)
    k, chosen, most = 0, 0, min(found, MANY)
    while True:
        while chosen < min(k + AHEAD, most):
            code = least_code(codes, found)
            codes[code & (MOST - 1)] = USED_UP
            u = np.int64(work.nodes[code & (MOST - 1)])
            r = u - n if u >= n else np.int64(it[u * 8 + ROUTE])
            w, g = np.int64(it[u * 8 + NEXT]), np.int64(fleet.of_route[r])
            line = (np.int64(fleet.ints[g * 8 + K_PROFILE]) * rows + x) * rows
            fetch(roads.into, (line + row_from(fleet, n, g, u)) * shape[STRIDE])
            fetch(roads.lines, (line + row_to(fleet, n, g, w)) * shape[STRIDE])
            work.near_by[2 * chosen], work.near_by[2 * chosen + 1] = code >> BITS, u
            chosen += 1
        if k >= chosen:
            break
        detour, u = unit * work.near_by[2 * k], np.int64(work.near_by[2 * k + 1])
        k += 1
        if detour > enough:
            break
        r = u - n if u >= n else np.int64(it[u * 8 + ROUTE])
        w, g = np.int64(it[u * 8 + NEXT]), np.int64(fleet.of_route[r])
        change, reach, price = try_place(doors, fleet, roads, plan, n, r, g, x, u, w)
        least = min(least, change - detour)
        if change < few[FEW - 1]:
            blink -= 1
            if blink < 0:
                blink = until_blink(work.rng, log_keep)
                continue
            note(few, few_at, change, u, reach, price)
        if few[FEW - 1] < INFINITE:
            enough = few[FEW - 1] - least + slack
    count[BLINK] = blink
    return best_of_few(doors, fleet, roads, plan, work, n)


@part(**INNER)
def find_anywhere(doors, fleet, roads, plan, work, n, n_routes, x):
    """Return (node to follow, change of price) of the best place for x in all routes that are used."""
    it, few, few_at = plan.it, work.few, work.few_at
    for k in range(FEW):
        few[k], few_at[k] = INFINITE, -1
    for r in range(n_routes):
        u, g = np.int64(n + r), np.int64(fleet.of_route[r])
        if it[u * 8 + NEXT] >= n or not room_for(doors, fleet, plan, roads.shape[DIMS], n + r, g, x):
            continue
        for _ in range(n + 1):
            w = np.int64(it[u * 8 + NEXT])
            if w >= n or not doors.stop[w * 8 + FROZEN]:
                change, reach, price = try_place(doors, fleet, roads, plan, n, np.int64(r), g, x, u, w)
                if change < few[FEW - 1]:
                    note(few, few_at, change, u, reach, price)
            u = w
            if u >= n:
                break
    return best_of_few(doors, fleet, roads, plan, work, n)


@part(**INNER)
def best_of_few(doors, fleet, roads, plan, work, n):
    """Return (node to follow, exact change of price) of the best among the few noted."""
    it, few, few_at = plan.it, work.few, work.few_at
    margin = work.setting[12]
    best, best_u = INFINITE, np.int64(-1)
    for k in range(FEW):
        u = few_at[k]
        if u < 0 or few[k] > best + margin:
            break
        w = np.int64(it[u * 8 + NEXT])
        r = u - n if u >= n else np.int64(it[u * 8 + ROUTE])
        g = np.int64(fleet.of_route[r])
        now = rest_now(fleet, plan, n, r, g, w)
        most = best - few[FEW + k] + now + margin
        exact = few[FEW + k] - now
        exact += tail_price(doors, fleet, roads, plan, n, g, r, w, few_at[FEW + k], most)
        if exact < best:
            best, best_u = exact, u
    return best_u, best


@part(**INNER)
def open_route(doors, fleet, plan, n, dims, x):
    """Return (route, price) of the cheapest kind of empty route that can serve x alone, or (-1, INFINITE)."""
    best, best_g = INFINITE, -1
    for g in range(len(plan.empty)):
        if plan.empty[g] > 0 and doors.alone[x, g] < best:
            best, best_g = doors.alone[x, g], g
    if best_g < 0:
        return np.int64(-1), INFINITE
    for k in range(fleet.begins[best_g], fleet.begins[best_g + 1]):
        r = np.int64(fleet.routes[k])
        if plan.it[(n + r) * 8 + NEXT] >= n:
            return r, best
    return np.int64(-1), INFINITE


@part(**INNER)
def leave_out(doors, plan, x):
    """Put x among what is left out; return what that costs."""
    plan.left[plan.count[LEFT]] = x
    plan.count[LEFT] += 1
    return doors.unserved[x]


@part(**INNER)
def recreate(doors, fleet, roads, plan, journal, work, n, n_routes, size, log_keep, generous, change, threshold):
    """Insert `todo[:size]` in order where that is cheapest, or leave them out where that is cheaper still.

    Returns `change` with the change of price. `generous`: leave nothing out that fits. Ends early, with INFINITE, where
    what is still to come would exceed the threshold if it cost no more than it ever did.
    """
    it, dims, rows = plan.it, roads.shape[DIMS], roads.shape[ROWS]
    to_come = 0.0
    for i in range(size):
        to_come += work.ever[work.todo[i]]
    for i in range(size):
        x = np.int64(work.todo[i])
        if i + 1 < size:
            fetch_row(roads.near, np.int64(work.todo[i + 1]) * rows, rows, 32)
            fetch_row(roads.near_into, np.int64(work.todo[i + 1]) * rows, rows, 32)
        if change + to_come > threshold and to_come < INFINITE:
            return INFINITE
        to_come -= work.ever[x]
        u, price = find(doors, fleet, roads, plan, work, n, x, log_keep)
        fresh, alone = open_route(doors, fleet, plan, n, dims, x)
        if alone < price:
            u, price = n + fresh, alone
        elif u < 0:
            u, price = find_anywhere(doors, fleet, roads, plan, work, n, n_routes, x)
        work.ever[x] = min(work.ever[x], price, doors.unserved[x])
        if u < 0 or (price > doors.unserved[x] and not generous):
            change += leave_out(doors, plan, x)
            continue
        r = u - n if u >= n else np.int64(it[u * 8 + ROUTE])
        keep(plan, journal, n, dims, r)
        w = np.int64(it[u * 8 + NEXT])
        if u >= n and w >= n:
            plan.empty[fleet.of_route[r]] -= 1
            plan.count[USED] += 1
        before = plan.price[r]
        join(it, u, x)
        join(it, x, w)
        it[x * 8 + ROUTE] = r
        forward(doors, fleet, roads, plan, n, r, x, w)
        tighten(doors, fleet, roads, plan, n, r, x, x, SPARE)
        if plan.price[r] >= TOO_LATE and before < TOO_LATE:
            join(it, u, w)
            it[x * 8 + ROUTE] = -1
            settle(doors, fleet, roads, plan, n, r, np.int64(1))
            change += leave_out(doors, plan, x) + plan.price[r] - before
            continue
        tabulate(doors, fleet, roads, plan, n, r, x, False)
        change += plan.price[r] - before
    return change


@part(**INNER)
def fits_tail(doors, fleet, plan, dims, n, ga, a, rb, b, c, differ):
    """Return whether a route of kind ga may have its head up to a and the tail from c (behind b) of route rb."""
    cum = plan.cum
    for k in range(dims):
        head_a = cum[a * dims + k] if a < n else 0
        head_b = cum[b * dims + k] if b < n else 0
        if head_a + cum[(n + rb) * dims + k] - head_b > fleet.caps[ga * dims + k]:
            return False
    if differ:
        x = c
        for _ in range(n):
            if x >= n:
                break
            if not doors.allowed[x, ga]:
                return False
            x = np.int64(plan.it[x * 8 + NEXT])
    return True


@part(**INNER)
def head_and_tail(doors, fleet, roads, plan, n, ga, a, rb, b, c, same, screen, most):
    """Return the price of the head up to a, on kind ga, going on with the tail from c (behind b, of route rb).

    `screen`: by the table, which may be wrong; else exact. c may be rb's depot: the head then drives home.
    """
    it, fl, dims = plan.it, plan.fl, roads.shape[DIMS]
    home = c >= n
    if a >= n and home:
        return 0.0
    p = np.int64(fleet.ints[ga * 8 + K_PROFILE])
    t, metres = leg(
        roads.lines, roads.edges, roads.bins, roads.shape, p, row_from(fleet, n, ga, a), row_to(fleet, n, ga, c),
        np.int64(it[a * 8 + LEAVES]),
    )  # fmt: skip
    d = n + rb
    strain = np.int64(plan.cum[d * dims + dims - 1]) - (plan.cum[b * dims + dims - 1] if b < n else 0)
    strain += plan.cum[a * dims + dims - 1] if a < n else 0
    longest = fleet.ints[ga * 8 + K_METRES]
    if longest < ENDLESS:
        way = metres + fl[d * 8 + FAR] - fl[c * 8 + FAR] + (fl[a * 8 + FAR] if a < n else 0.0)
        if way > longest:
            return INFINITE
    price = (fl[a * 8 + SO_FAR] if a < n else 0.0) + fleet.floats[ga * 8 + K_METRE] * metres
    price += fleet.floats[ga * 8 + K_FIXED] + burden_price(fleet.ints, fleet.floats, ga, strain)
    if home:
        return (
            price + day_end(fleet.ints, fleet.floats, fleet.even, ga, t)
            if t <= fleet.ints[ga * 8 + K_ENDS]
            else INFINITE
        )
    if t > (it[c * 8 + LATEST] if same else doors.stop[c * 8 + LAST_CLOSE]):
        return INFINITE
    if screen:
        return price + rest_at(it, fl, c, t)
    return price + tail_price(doors, fleet, roads, plan, n, ga, rb if same else np.int64(-1), c, t, most - price)


@part(**INNER)
def swap_tails(it, n, a, c, ra, rb):
    """Let c, of route rb, follow a, of route ra; what followed a follows what came before c."""
    b, d = np.int64(it[c * 8 + PREV]), np.int64(it[a * 8 + NEXT])
    last_a, last_b = np.int64(it[(n + ra) * 8 + PREV]), np.int64(it[(n + rb) * 8 + PREV])
    x = d
    while x < n:
        it[x * 8 + ROUTE] = rb
        x = np.int64(it[x * 8 + NEXT])
    x = c
    while x < n:
        it[x * 8 + ROUTE] = ra
        x = np.int64(it[x * 8 + NEXT])
    join(it, a, c)
    join(it, last_b, n + ra)
    if d < n:
        join(it, b, d)
        join(it, last_a, n + rb)
    else:
        join(it, b, n + rb)


@part(**INNER)
def walk(doors, fleet, roads, plan, n, g, u, t, x, last, back):
    """Return (leave, price, metres) of driving on from node u at t through stops x to last.

    Against their order if `back`. INFINITE where a window is missed.
    """
    it, stop, shape = plan.it, doors.stop, roads.shape
    p = np.int64(fleet.ints[g * 8 + K_PROFILE])
    metre, wait = fleet.floats[g * 8 + K_METRE], fleet.floats[g * 8 + K_WAIT]
    price, far = 0.0, np.int64(0)
    row = row_from(fleet, n, g, u)
    for _ in range(n):
        t, metres = leg(roads.lines, roads.edges, roads.bins, shape, p, row, x, t)
        if t > stop[x * 8 + LAST_CLOSE]:
            return t, INFINITE, far
        starts = knock(stop, doors.spans, x, t)
        price += door(doors.curve_of, doors.knots, doors.values, doors.bins, x, starts) + wait * (starts - t)
        price += metre * metres + doors.pay[x, g]
        far += metres
        t = starts + stop[x * 8 + SERVICE]
        if x == last:
            break
        row = x
        x = np.int64(it[x * 8 + PREV] if back else it[x * 8 + NEXT])
    return t, price, far


@part(**INNER)
def rearranged(doors, fleet, roads, plan, n, r, s, m, e, margin):
    """Return by how much route r gets cheaper if stops s to m and those behind m up to e change places.

    Where m is e, s to e are turned round instead.
    """
    it, fl = plan.it, plan.fl
    g = np.int64(fleet.of_route[r])
    u, w, d = np.int64(it[s * 8 + PREV]), np.int64(it[e * 8 + NEXT]), n + r
    now = rest_now(fleet, plan, n, r, g, s) + fl[u * 8 + ARC]
    t, so_far = np.int64(it[u * 8 + LEAVES]), np.int64(0)
    if m == e:
        t, price, far = walk(doors, fleet, roads, plan, n, g, u, t, e, s, True)
        m = s
    else:
        t, price, far = walk(doors, fleet, roads, plan, n, g, u, t, np.int64(it[m * 8 + NEXT]), e, False)
        if price < now:
            t, more, so_far = walk(doors, fleet, roads, plan, n, g, e, t, s, m, False)
            price += more
    if price >= now:
        return -INFINITE
    t, metres = leg(
        roads.lines, roads.edges, roads.bins, roads.shape, np.int64(fleet.ints[g * 8 + K_PROFILE]), m,
        row_to(fleet, n, g, w), t,
    )  # fmt: skip
    longest = fleet.ints[g * 8 + K_METRES]
    if longest < ENDLESS:
        gone = fl[w * 8 + FAR] - (fl[u * 8 + FAR] if u < n else 0.0)
        if fl[d * 8 + FAR] - gone + far + so_far + metres > longest:
            return -INFINITE
    price += fleet.floats[g * 8 + K_METRE] * metres
    return now - price - tail_price(doors, fleet, roads, plan, n, g, r, w, t, now - price + margin)


@part(**INNER)
def turn(it, s, e):
    """Turn stops s to e of a route round."""
    u, w, x = np.int64(it[s * 8 + PREV]), np.int64(it[e * 8 + NEXT]), s
    while x != w:
        after = np.int64(it[x * 8 + NEXT])
        it[x * 8 + NEXT], it[x * 8 + PREV] = it[x * 8 + PREV], after
        x = after
    join(it, u, e)
    join(it, s, w)


@part(**INNER)
def change_places(it, s, m, e):
    """Let stops s to m and those behind m up to e change places; where m is e, turn s to e round."""
    u, w, x = np.int64(it[s * 8 + PREV]), np.int64(it[e * 8 + NEXT]), np.int64(it[m * 8 + NEXT])
    if m == e:
        turn(it, s, e)
    else:
        join(it, u, x)
        join(it, e, s)
        join(it, m, w)


@part(**INNER)
def rearrange(doors, fleet, roads, plan, journal, work, n, r, s, m, e):
    """Do what `rearranged` tells of if that is cheaper; return the change of price."""
    if rearranged(doors, fleet, roads, plan, n, r, s, m, e, work.setting[12]) <= 0.01:
        return 0.0
    it, dims, before = plan.it, roads.shape[DIMS], plan.price[r]
    keep(plan, journal, n, dims, r)
    change_places(it, s, m, e)
    settle(doors, fleet, roads, plan, n, r, np.int64(1))
    return plan.price[r] - before


@part(**BRICK)
def improve_within(doors, fleet, roads, plan, journal, work, n, r, a, c, width):
    """Try to let c follow a in their route r: two stretches change places, or one is turned round."""
    it, rows, dims = plan.it, roads.shape[ROWS], roads.shape[DIMS]
    stops = dims - 2
    g = np.int64(fleet.of_route[r])
    b, d = np.int64(it[c * 8 + PREV]), np.int64(it[a * 8 + NEXT])
    ahead = plan.cum[a * dims + stops] < plan.cum[c * dims + stops]
    if b == a or d >= n or (ahead and doors.stop[d * 8 + FROZEN]):
        return 0.0
    first = np.int64(it[a * 8 + NEAR]) + it[b * 8 + NEAR] - np.int64(roads.near_into[c * rows + a])
    if ahead:
        f = np.int64(it[c * 8 + NEXT])
        gain = np.int64(it[a * 8 + NEAR]) + it[c * 8 + NEAR] - np.int64(roads.near_into[c * rows + a])
        gain -= np.int64(roads.near[d * rows + row_to(fleet, n, g, f)])
        if gain > 0:
            change = rearrange(doors, fleet, roads, plan, journal, work, n, r, d, c, c)
            if change < 0.0:
                return change
    if first <= 0:
        return 0.0
    for k in range(width):
        e = np.int64(work.pred[d, k])
        if e < 0:
            break
        if it[e * 8 + ROUTE] != r or plan.cum[e * dims + stops] < plan.cum[c * dims + stops]:
            continue
        if not ahead and plan.cum[e * dims + stops] >= plan.cum[a * dims + stops]:
            continue
        f = np.int64(it[e * 8 + NEXT])
        gain = first + it[e * 8 + NEAR] - np.int64(roads.near_into[d * rows + e])
        gain -= np.int64(roads.near[row_from(fleet, n, g, b) * rows + row_to(fleet, n, g, f)])
        if gain > 0:
            s, m, last = (d, b, e) if ahead else (c, e, a)
            change = rearrange(doors, fleet, roads, plan, journal, work, n, r, s, m, last)
            if change < 0.0:
                return change
    return 0.0


@part(**INNER)
def improve_tails(doors, fleet, roads, plan, journal, work, n, size, width):
    """Try to swap tails around the stops just inserted (2-opt*), or stretches of one route, first improvement.

    Returns the change of price.
    """
    change = 0.0
    it, dims, rows = plan.it, roads.shape[DIMS], roads.shape[ROWS]
    slack, margin, unit = work.setting[11], work.setting[12], work.setting[13]
    for i in range(size):
        c = np.int64(work.todo[i])
        rb = np.int64(it[c * 8 + ROUTE])
        if rb < 0:
            continue
        for k in range(width):
            a = np.int64(work.pred[c, k])
            if a < 0:
                break
            ra = np.int64(it[a * 8 + ROUTE])
            if ra < 0:
                continue
            if ra == rb:
                change += improve_within(doors, fleet, roads, plan, journal, work, n, ra, a, c, width)
                continue
            b, d = np.int64(it[c * 8 + PREV]), np.int64(it[a * 8 + NEXT])
            if d < n and doors.stop[d * 8 + FROZEN]:
                continue
            ga, gb = np.int64(fleet.of_route[ra]), np.int64(fleet.of_route[rb])
            gain = np.int64(it[a * 8 + NEAR]) + it[b * 8 + NEAR]
            gain -= np.int64(roads.near_into[c * rows + row_from(fleet, n, ga, a)])
            gain -= np.int64(roads.near[row_from(fleet, n, gb, b) * rows + row_to(fleet, n, gb, d)])
            if unit * gain < -slack:
                continue
            differ = ga != gb
            if not (
                fits_tail(doors, fleet, plan, dims, n, ga, a, rb, b, c, differ)
                and fits_tail(doors, fleet, plan, dims, n, gb, b, ra, a, d, differ)
            ):
                continue
            now = plan.price[ra] + plan.price[rb]
            price = 0.0
            for exact in range(2):
                price = head_and_tail(
                    doors, fleet, roads, plan, n, ga, a, rb, b, c, not differ, exact == 0, now + margin
                )
                if price >= now:
                    break
                price += head_and_tail(
                    doors, fleet, roads, plan, n, gb, b, ra, a, d, not differ, exact == 0, now - price + margin
                )
                if price >= now - 0.01:
                    break
            if price >= now - 0.01:
                continue
            keep(plan, journal, n, dims, ra)
            keep(plan, journal, n, dims, rb)
            had_a = np.int64(plan.cum[(n + ra) * dims + dims - 2])
            had_b = np.int64(plan.cum[(n + rb) * dims + dims - 2])
            swap_tails(it, n, a, c, ra, rb)
            settle(doors, fleet, roads, plan, n, ra, had_a)
            settle(doors, fleet, roads, plan, n, rb, had_b)
            change += plan.price[ra] + plan.price[rb] - now
            rb = ra
    return change


@part(**INNER)
def exchange(doors, fleet, roads, plan, journal, work, n, n_routes, threshold):
    """Let two shifts of different kinds swap all their stops if that costs less than `threshold` more."""
    it, dims = plan.it, roads.shape[DIMS]
    ra, rb = below(work.rng, n_routes), below(work.rng, n_routes)
    ga, gb = np.int64(fleet.of_route[ra]), np.int64(fleet.of_route[rb])
    da, db = np.int64(n + ra), np.int64(n + rb)
    first_a, last_a = np.int64(it[da * 8 + NEXT]), np.int64(it[da * 8 + PREV])
    first_b, last_b = np.int64(it[db * 8 + NEXT]), np.int64(it[db * 8 + PREV])
    if ga == gb or (first_a >= n and first_b >= n):
        return 0.0
    if (first_a < n and doors.stop[first_a * 8 + FROZEN]) or (first_b < n and doors.stop[first_b * 8 + FROZEN]):
        return 0.0
    now = plan.price[ra] + plan.price[rb]
    price = whole_price(doors, fleet, roads, plan, n, ra, gb)
    if price - now >= threshold:
        return 0.0
    price += whole_price(doors, fleet, roads, plan, n, rb, ga)
    if price - now >= threshold:
        return 0.0
    keep(plan, journal, n, dims, ra)
    keep(plan, journal, n, dims, rb)
    join(it, da, da)
    join(it, db, db)
    if first_b < n:
        join(it, da, first_b)
        join(it, last_b, da)
    if first_a < n:
        join(it, db, first_a)
        join(it, last_a, db)
    had_a, had_b = np.int64(plan.cum[da * dims + dims - 2]), np.int64(plan.cum[db * dims + dims - 2])
    for r in (ra, rb):
        x = np.int64(it[(n + r) * 8 + NEXT])
        while x < n:
            it[x * 8 + ROUTE] = r
            x = np.int64(it[x * 8 + NEXT])
    settle(doors, fleet, roads, plan, n, ra, had_a)
    settle(doors, fleet, roads, plan, n, rb, had_b)
    return plan.price[ra] + plan.price[rb] - now


@part(**INNER)
def split(doors, fleet, roads, plan, journal, work, n, c, threshold):
    """Let an empty van of any kind drive the route of stop c from c on, if that costs less than `threshold` more.

    Where evenness is paid for, a second van is worth its price only with half of the stops, never with the first.
    """
    it, dims = plan.it, roads.shape[DIMS]
    ga = below(work.rng, len(plan.empty))
    rb, ra = np.int64(it[c * 8 + ROUTE]), np.int64(-1)
    for k in range(fleet.begins[ga], fleet.begins[ga + 1] if plan.empty[ga] > 0 else fleet.begins[ga]):
        ra = np.int64(fleet.routes[k])
        if it[(n + ra) * 8 + NEXT] >= n:
            break
    if ra < 0 or doors.stop[c * 8 + FROZEN]:
        return 0.0
    a, b, gb = n + ra, np.int64(it[c * 8 + PREV]), np.int64(fleet.of_route[rb])
    now, same = plan.price[rb], ga == gb
    if not fits_tail(doors, fleet, plan, dims, n, ga, a, rb, b, c, not same):
        return 0.0
    price = head_and_tail(doors, fleet, roads, plan, n, ga, a, rb, b, c, same, False, now + threshold)
    if price - now >= threshold:
        return 0.0
    price += head_and_tail(doors, fleet, roads, plan, n, gb, b, ra, a, a, same, False, now - price + threshold)
    if price - now >= threshold:
        return 0.0
    keep(plan, journal, n, dims, ra)
    keep(plan, journal, n, dims, rb)
    had = np.int64(plan.cum[(n + rb) * dims + dims - 2])
    swap_tails(it, n, a, c, ra, rb)
    settle(doors, fleet, roads, plan, n, ra, np.int64(0))
    settle(doors, fleet, roads, plan, n, rb, had)
    return plan.price[ra] + plan.price[rb] - now


@part(**INNER)
def reorder(doors, fleet, roads, plan, journal, work, n, threshold):
    """Turn a route, or one of its ends, let its two parts change places, or split it between two vans.

    Done if it costs less than `threshold` more. What is cheap at noon may be dear in the evening: static prices would
    hardly ever see a gain in turning.
    """
    it, dims = plan.it, roads.shape[DIMS]
    x = below(work.rng, n)
    r = np.int64(it[x * 8 + ROUTE])
    if r < 0:
        return 0.0
    d = n + r
    first, last = np.int64(it[d * 8 + NEXT]), np.int64(it[d * 8 + PREV])
    how = below(work.rng, 5)
    if how == 4:
        return split(doors, fleet, roads, plan, journal, work, n, x, threshold)
    s, e = first if how != 2 else x, last if how != 1 else x
    m = x if how == 3 else e
    if s == e or (how == 3 and m == e) or doors.stop[s * 8 + FROZEN]:
        return 0.0
    if -rearranged(doors, fleet, roads, plan, n, r, s, m, e, threshold) >= threshold:
        return 0.0
    before = plan.price[r]
    keep(plan, journal, n, dims, r)
    change_places(it, s, m, e)
    settle(doors, fleet, roads, plan, n, r, np.int64(1))
    return plan.price[r] - before


@part(**INNER)
def call_back(doors, plan, work, seed, most, size):
    """Move some of the stops left out from `left` to `todo`: those near the seed, else any. Returns (size, price)."""
    it, count, left = plan.it, plan.count, plan.left
    price = 0.0
    called = 0
    if count[LEFT] > most:
        for k in range(-1, work.close.shape[1]):
            x = seed if k < 0 else np.int64(work.close[seed, k])
            if x < 0 or called >= most - 4:
                break
            if it[x * 8 + ROUTE] == -2:
                it[x * 8 + ROUTE] = -1
                called += 1
        for _ in range(4):
            it[left[below(work.rng, count[LEFT])] * 8 + ROUTE] = -1
    still = 0
    for k in range(count[LEFT]):
        x = left[k]
        if count[LEFT] <= most or it[x * 8 + ROUTE] == -1:
            it[x * 8 + ROUTE] = -1
            work.todo[size] = x
            size += 1
            price += doors.unserved[x]
        else:
            left[still] = x
            still += 1
    count[LEFT] = still
    return size, price


@part(**INNER)
def ruin_string(doors, work, it, n, x, stops, length, size):
    """Take `length` neighbours around x out of its route, half of the time sparing one between.

    Returns (size of todo, last node before what was taken out, first node after it).
    """
    spared = length < stops and length > 1 and uniform(work.rng) < 0.5
    first = x
    for _ in range(below(work.rng, length)):
        before = np.int64(it[first * 8 + PREV])
        if before >= n or doors.stop[before * 8 + FROZEN]:
            break
        first = before
    skip_at = 1 + below(work.rng, length - 1) if spared else np.int64(-1)
    before = np.int64(it[first * 8 + PREV])
    y, taken, seen = first, 0, 0
    while taken < length and y < n:
        after = np.int64(it[y * 8 + NEXT])
        if seen != skip_at:
            join(it, np.int64(it[y * 8 + PREV]), after)
            it[y * 8 + ROUTE] = -1
            work.todo[size] = y
            size += 1
            taken += 1
        seen += 1
        y = after
    while taken < length and before < n and not doors.stop[before * 8 + FROZEN]:
        z = before
        before = np.int64(it[z * 8 + PREV])
        join(it, before, np.int64(it[z * 8 + NEXT]))
        it[z * 8 + ROUTE] = -1
        work.todo[size] = z
        size += 1
        taken += 1
    return size, before, y


@part(**INNER)
def ruin(doors, fleet, roads, plan, journal, work, n, seed, mean_removed, whole):
    """Take strings of stops near the seed (or its whole route) out. Returns (size of todo, price change)."""
    it, count = plan.it, plan.count
    dims = roads.shape[DIMS]
    change, size = 0.0, np.int64(0)
    all_of_it = it[seed * 8 + ROUTE] >= 0 and uniform(work.rng) < whole
    longest = min(10.0, (n - count[LEFT]) / max(count[USED], 1))
    strings = np.int64(1) if all_of_it else how_many_strings(work.rng, mean_removed, longest)
    for k in range(-1, work.close.shape[1]):
        x = seed if k < 0 else np.int64(work.close[seed, k])
        if x < 0 or strings == 0:
            break
        r = np.int64(it[x * 8 + ROUTE])
        if r < 0 or journal.stamp[r] == count[CLOCK] or doors.stop[x * 8 + FROZEN]:
            continue
        keep(plan, journal, n, dims, r)
        before = plan.price[r]
        had = np.int64(plan.cum[(n + r) * dims + dims - 2])
        length = had
        if not all_of_it:
            length = 1 + below(work.rng, np.int64(min(longest, np.float64(had))))
        size, u, w = ruin_string(doors, work, it, n, x, had, length, size)
        y = np.int64(it[u * 8 + NEXT])
        if u >= n and y >= n:
            settle(doors, fleet, roads, plan, n, r, had)
        else:
            forward(doors, fleet, roads, plan, n, r, y, w)
            last = np.int64(it[w * 8 + PREV])
            tighten(doors, fleet, roads, plan, n, r, last, u, NEVER)
            tabulate(doors, fleet, roads, plan, n, r, last, True)
        change += plan.price[r] - before
        strings -= 1
    return size, change


@compiled(**WHOLE)
def prices_alone(doors, fleet, roads):
    """Fill `alone[x, g]` with the price of serving stop x and nothing else with kind g; INFINITE where it can't be."""
    stop, kint, kflt = doors.stop, fleet.ints, fleet.floats
    dims = roads.shape[DIMS]
    for g in range(doors.alone.shape[1]):
        p = np.int64(kint[g * 8 + K_PROFILE])
        for x in range(doors.alone.shape[0]):
            doors.alone[x, g] = INFINITE
            if not doors.allowed[x, g]:
                continue
            start, end = np.int64(kint[g * 8 + K_START]), np.int64(kint[g * 8 + K_END])
            t, out = leg(
                roads.lines, roads.edges, roads.bins, roads.shape, p, start, x, np.int64(kint[g * 8 + K_STARTS])
            )
            starts = knock(stop, doors.spans, x, t)
            back, home = leg(
                roads.lines, roads.edges, roads.bins, roads.shape, p, x, end, starts + stop[x * 8 + SERVICE]
            )
            late = t > stop[x * 8 + LAST_CLOSE] or back > kint[g * 8 + K_ENDS]
            if late or too_far(fleet, g, np.float64(out + home)):
                continue
            price = kflt[g * 8 + K_FIXED] + kflt[g * 8 + K_METRE] * (out + home) + doors.pay[x, g]
            price += kflt[g * 8 + K_WAIT] * (starts - t)
            price += door(doors.curve_of, doors.knots, doors.values, doors.bins, x, starts)
            price += day_end(kint, kflt, fleet.even, g, back)
            price += burden_price(kint, kflt, g, np.int64(doors.amounts[x * dims + dims - 1]))
            doors.alone[x, g] = price


@compiled(**WHOLE)
def load(doors, fleet, roads, plan, n, n_routes, sequence, begins, strict):
    """Fill empty routes from a start: stops of route r are sequence[begins[r]:begins[r + 1]]; misfits stay out.

    Not `strict`: takes everything as given, feasible or not (to price a plan as it is). Frozen stops always are.
    """
    it = plan.it
    dims = roads.shape[DIMS]
    for r in range(n_routes):
        g = np.int64(fleet.of_route[r])
        d = np.int64(n + r)
        for j in range(begins[r], begins[r + 1]):
            x, u = np.int64(sequence[j]), np.int64(it[d * 8 + PREV])
            choosy = strict and not doors.stop[x * 8 + FROZEN]
            if choosy and (it[x * 8 + ROUTE] >= 0 or not room_for(doors, fleet, plan, dims, d, g, x)):
                continue
            had = np.int64(plan.cum[d * dims + dims - 2])
            join(it, u, x)
            join(it, x, d)
            it[x * 8 + ROUTE] = r
            settle(doors, fleet, roads, plan, n, r, had)
            if choosy and plan.price[r] >= TOO_LATE:
                had = np.int64(plan.cum[d * dims + dims - 2])
                join(it, u, d)
                it[x * 8 + ROUTE] = -2
                settle(doors, fleet, roads, plan, n, r, had)


@compiled(**WHOLE)
def run(doors, fleet, roads, plan, journal, work, cost, best_next, n, n_routes, iterations, done, step):
    """Run `iterations` of ruin, recreate, swaps, exchanges and annealing; hold the best in `best_next`.

    The setting: hot and cold temperature in cents, mean removed, width of tail swaps, chance of a whole route, chance
    of a skip, of a generous insertion, of an exchange, the most stops left out that are tried again at once, and the
    chance of another order. Behind what ranking allows for stands the chance that an annealing's iteration may end
    early.
    `done` is the share of the whole search that is over, `step` the share of one iteration.
    """
    it, count, left, empty, setting = plan.it, plan.count, plan.left, plan.empty, work.setting
    dims = roads.shape[DIMS]
    hot, ratio = setting[0], np.log(setting[1] / setting[0])
    mean_removed, width, whole = setting[2], np.int64(setting[3]), setting[4]
    log_keep, generosity, exchanges, most = np.log(1.0 - setting[5]), setting[6], setting[7], np.int64(setting[8])
    kinds = len(empty)
    for i in range(iterations):
        temperature = hot * np.exp(ratio * min(1.0, done + i * step))
        threshold = -temperature * np.log(uniform(work.rng))
        count[CLOCK] += 1
        count[JOURNAL] = 0
        count[JOURNAL_ROUTES] = 0
        used, left_before = count[USED], count[LEFT]
        for k in range(left_before):
            journal.left[k] = left[k]
        for k in range(kinds):
            journal.empty[k] = empty[k]
        if kinds > 1 and uniform(work.rng) < exchanges:
            change = exchange(doors, fleet, roads, plan, journal, work, n, n_routes, threshold)
        elif uniform(work.rng) < setting[9]:
            change = reorder(doors, fleet, roads, plan, journal, work, n, threshold)
        else:
            seed = below(work.rng, n)
            if left_before > 0 and uniform(work.rng) < 0.3:
                seed = np.int64(left[below(work.rng, left_before)])
            size, change = ruin(doors, fleet, roads, plan, journal, work, n, seed, mean_removed, whole)
            size, saved = call_back(doors, plan, work, seed, most, size)
            change -= saved
            shuffle_by_rank(work.rng, work.todo, size, work.ranks, work.key)
            generous = uniform(work.rng) < generosity
            change = recreate(
                doors,
                fleet,
                roads,
                plan,
                journal,
                work,
                n,
                n_routes,
                size,
                log_keep,
                generous,
                change,
                threshold if ratio < 0.0 and uniform(work.rng) < setting[14] else INFINITE,
            )
            if change < INFINITE:
                change += improve_tails(doors, fleet, roads, plan, journal, work, n, size, width)
        if change < threshold:
            cost[COST] += change
            for k in range(count[LEFT]):
                it[left[k] * 8 + ROUTE] = -2
            for q in range(count[JOURNAL_ROUTES]):
                r = np.int64(journal.routes[q])
                last = np.int64(it[(n + r) * 8 + PREV])
                tighten(doors, fleet, roads, plan, n, r, last, n + r, NEVER)
                tabulate(doors, fleet, roads, plan, n, r, last, True)
            if cost[COST] < cost[BEST_COST] - 1e-6:
                cost[BEST_COST] = cost[COST]
                count[BEST_LEFT] = count[LEFT]
                count[IMPROVED] += 1
                for x in range(n + n_routes):
                    best_next[x] = it[x * 8 + NEXT]
        else:
            undo(plan, journal, dims)
            count[USED], count[LEFT] = used, left_before
            for k in range(left_before):
                left[k] = journal.left[k]
                it[left[k] * 8 + ROUTE] = -2
            for k in range(kinds):
                empty[k] = journal.empty[k]

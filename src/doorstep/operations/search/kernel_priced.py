"""Ruin and recreate on the true price: travel by slot, a price curve at every door, waiting, overtime. Compiled.

Routes are doubly linked lists; stop x is node x, route r begins and ends at node n + r. Each node knows its exact
times and the price of the rest of its route if it were reached 0, 2, 10 or 40 minutes later: that table ranks places
in O(1), the best few are then priced exactly, and what is accepted is always the exact price. `twin.py` is the readable
form. After Christiaens and Vanden Berghe 2020 (ruin and recreate) and Ichoua, Gendreau and Potvin 2003 (travel).
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import BRICK, ENTRY, INNER, compiled
from doorstep.operations.search.kernel_common import (
    below,
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
    K_STOPS,
    K_WAIT,
    LAST_CLOSE,
    SERVICE,
    STRAIN,
    TOO_LATE,
    burden_price,
    day_end,
    door,
    knock,
    latest_arrival,
    latest_leave,
    leg,
)

PREV, NEXT, ROUTE, ARRIVES, LEAVES, LATEST, BURDEN, PLACE = range(8)
"""A node's eight int32. A depot's row has the shift's start as LEAVES and the return as ARRIVES."""
SO_FAR, ARC, REST = 0, 1, 2
"""A node's eight float64: price up to here, price of the way on, and the rest's price at four delays."""
COST, BEST_COST = range(2)
LEFT, BEST_LEFT, USED, CLOCK, JOURNAL, JOURNAL_ROUTES, BLINK, IMPROVED, LOOK = range(9)

FEW = 3
"""Places that are priced exactly before one is chosen."""


@compiled(**BRICK)
def rest_if_late(fl, w, delay):
    """Return the price of the rest of the route from w on, if w is reached `delay` seconds later than now."""
    b = w * 8 + REST
    if delay <= 120:
        return fl[b] + (fl[b + 1] - fl[b]) * (delay / 120.0)
    if delay <= 600:
        return fl[b + 1] + (fl[b + 2] - fl[b + 1]) * ((delay - 120) / 480.0)
    return fl[b + 2] + (fl[b + 3] - fl[b + 2]) * ((delay - 600) / 1800.0)


@compiled(**INNER)
def forward(
    it, fl, cum, rload, rint, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kind_of,
    tt, edges, bins, shape, n, r, x,
):  # fmt: skip
    """Recompute times, loads and prices so far of route r from node x (not the depot) to the return."""
    dims = shape[3]
    g = np.int64(kind_of[r])
    p = np.int64(kint[g * 8 + K_PROFILE])
    u = np.int64(it[x * 8 + PREV])
    row_u = np.int64(kint[g * 8 + K_START]) if u >= n else u
    at = np.int64(it[u * 8 + LEAVES])
    strain, place = np.int64(0), np.int64(0)
    price = 0.0
    if u < n:
        strain, place, price = np.int64(it[u * 8 + BURDEN]), np.int64(it[u * 8 + PLACE]), fl[u * 8 + SO_FAR]
    for _ in range(n + 1):
        row_x = np.int64(kint[g * 8 + K_END]) if x >= n else x
        at, metres = leg(tt, edges, bins, shape, p, row_u, row_x, at)
        way = kflt[g * 8 + K_METRE] * metres
        fl[u * 8 + ARC] = way
        price += way
        it[x * 8 + ARRIVES] = at
        if x >= n:
            break
        starts = knock(stop, spans, x, at)
        price += door(curve_of, knots, values, curve_bins, x, starts) + kflt[g * 8 + K_WAIT] * (starts - at)
        at = starts + stop[x * 8 + SERVICE]
        strain += stop[x * 8 + STRAIN]
        place += 1
        it[x * 8 + LEAVES], it[x * 8 + BURDEN], it[x * 8 + PLACE] = at, strain, place
        fl[x * 8 + SO_FAR] = price
        for k in range(dims):
            cum[x * dims + k] = amounts[x * dims + k] + (cum[u * dims + k] if u < n else 0)
        u = x
        row_u = u
        x = np.int64(it[x * 8 + NEXT])
    for k in range(dims):
        rload[r * dims + k] = cum[u * dims + k] if u < n else 0
    rint[r * 2], rint[r * 2 + 1] = place, strain


@compiled(**INNER)
def backward(
    it, fl, rprice, rint, stop, spans, curve_of, knots, values, curve_bins, kint, kflt, kind_of,
    tt, edges, bins, shape, n, r,
):  # fmt: skip
    """Recompute latest arrivals and the rest's price at every delay of route r, from its return to its start."""
    g = np.int64(kind_of[r])
    p = np.int64(kint[g * 8 + K_PROFILE])
    d = np.int64(n + r)
    w = d
    x = np.int64(it[d * 8 + PREV])
    if x >= n:
        rprice[r] = 0.0
        return
    for _ in range(n):
        row_w = np.int64(kint[g * 8 + K_END]) if w >= n else w
        by = latest_leave(tt, edges, bins, shape, p, x, row_w, np.int64(it[w * 8 + LATEST]))
        it[x * 8 + LATEST] = latest_arrival(stop, spans, x, by - stop[x * 8 + SERVICE])
        for k in range(4):
            delay = 0 if k == 0 else (120 if k == 1 else (600 if k == 2 else 2400))
            t = np.int64(it[x * 8 + ARRIVES]) + delay
            starts = knock(stop, spans, x, t)
            price = door(curve_of, knots, values, curve_bins, x, starts) + kflt[g * 8 + K_WAIT] * (starts - t)
            leaves = starts + stop[x * 8 + SERVICE]
            if leaves == it[x * 8 + LEAVES]:
                price += fl[x * 8 + ARC]
                price += day_end(kint, kflt, g, np.int64(it[w * 8 + ARRIVES])) if w >= n else fl[w * 8 + REST]
            else:
                t, metres = leg(tt, edges, bins, shape, p, x, row_w, leaves)
                price += kflt[g * 8 + K_METRE] * metres
                if w >= n:
                    price += day_end(kint, kflt, g, t)
                else:
                    price += rest_if_late(fl, w, t - it[w * 8 + ARRIVES])
            fl[x * 8 + REST + k] = price
        w = x
        x = np.int64(it[x * 8 + PREV])
        if x >= n:
            break
    rprice[r] = (
        kflt[g * 8 + K_FIXED] + fl[d * 8 + ARC] + fl[w * 8 + REST] + burden_price(kint, kflt, g, rint[r * 2 + 1])
    )
    if it[w * 8 + ARRIVES] > it[w * 8 + LATEST]:
        # Where a detour is faster than the direct way, taking its stop out makes the rest late.
        rprice[r] += TOO_LATE


@compiled(**INNER)
def refresh(
    it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kind_of,
    tt, edges, bins, shape, n, r, x,
):  # fmt: skip
    """Recompute route r, times from node x (of r) on and all tables."""
    forward(
        it, fl, cum, rload, rint, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kind_of,
        tt, edges, bins, shape, n, r, x,
    )  # fmt: skip
    backward(
        it, fl, rprice, rint, stop, spans, curve_of, knots, values, curve_bins, kint, kflt, kind_of,
        tt, edges, bins, shape, n, r,
    )  # fmt: skip


@compiled(**INNER)
def tail_price(
    it, fl, stop, spans, curve_of, knots, values, curve_bins, kint, kflt, tt, edges, bins, shape, n, g, same, x, t
):
    """Return the exact price of going on from node x, reached at t, to the return of a shift of kind g.

    INFINITE where a window or the shift's end is missed. `same`: x's route is of kind g already, so its own
    table holds where the times agree.
    """
    p = np.int64(kint[g * 8 + K_PROFILE])
    price = 0.0
    for _ in range(n + 1):
        if x >= n:
            break
        if same and t == it[x * 8 + ARRIVES]:
            return price + fl[x * 8 + REST]
        if t > stop[x * 8 + LAST_CLOSE]:
            return INFINITE
        starts = knock(stop, spans, x, t)
        price += door(curve_of, knots, values, curve_bins, x, starts) + kflt[g * 8 + K_WAIT] * (starts - t)
        w = np.int64(it[x * 8 + NEXT])
        row_w = np.int64(kint[g * 8 + K_END]) if w >= n else w
        t, metres = leg(tt, edges, bins, shape, p, x, row_w, starts + stop[x * 8 + SERVICE])
        price += kflt[g * 8 + K_METRE] * metres
        x = w
    if t > kint[g * 8 + K_ENDS]:
        return INFINITE
    return price + day_end(kint, kflt, g, t)


@compiled(**INNER)
def whole_price(
    it, fl, rload, rint, allowed, kcap, stop, spans, curve_of, knots, values, curve_bins, kint, kflt,
    tt, edges, bins, shape, n, r, g,
):  # fmt: skip
    """Return the exact price of route r's stops on a shift of kind g, or INFINITE where they don't fit."""
    x = np.int64(it[(n + r) * 8 + NEXT])
    if x >= n:
        return 0.0
    if rint[r * 2] > kint[g * 8 + K_STOPS]:
        return INFINITE
    for k in range(shape[3]):
        if rload[r * shape[3] + k] > kcap[g * shape[3] + k]:
            return INFINITE
    y = x
    for _ in range(n):
        if y >= n:
            break
        if not allowed[y, g]:
            return INFINITE
        y = np.int64(it[y * 8 + NEXT])
    p = np.int64(kint[g * 8 + K_PROFILE])
    t, metres = leg(tt, edges, bins, shape, p, np.int64(kint[g * 8 + K_START]), x, np.int64(kint[g * 8 + K_STARTS]))
    rest = tail_price(
        it, fl, stop, spans, curve_of, knots, values, curve_bins, kint, kflt, tt, edges, bins, shape, n, g, False, x, t
    )
    return rest + kflt[g * 8 + K_METRE] * metres + kflt[g * 8 + K_FIXED] + burden_price(kint, kflt, g, rint[r * 2 + 1])


@compiled(**INNER)
def join(it, u, w):
    """Let w follow u."""
    it[u * 8 + NEXT] = w
    it[w * 8 + PREV] = u


@compiled(**INNER)
def keep(it, fl, cum, rload, rint, rprice, n, dims, r, count, stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp):
    """Copy route r into the journal, once per iteration."""
    if stamp[r] == count[CLOCK]:
        return
    stamp[r] = count[CLOCK]
    q = count[JOURNAL_ROUTES]
    old_r[q * 3], old_r[q * 3 + 1], old_r[q * 3 + 2] = r, rint[r * 2], rint[r * 2 + 1]
    old_rp[q] = rprice[r]
    count[JOURNAL_ROUTES] = q + 1
    j = count[JOURNAL]
    x = np.int64(n + r)
    for k in range(dims):
        old_cum[j * dims + k] = rload[r * dims + k]
    for _ in range(n + 1):
        old_ids[j] = x
        for f in range(8):
            old_it[j * 8 + f] = it[x * 8 + f]
            old_fl[j * 8 + f] = fl[x * 8 + f]
        if x < n:
            for k in range(dims):
                old_cum[j * dims + k] = cum[x * dims + k]
        j += 1
        x = np.int64(it[x * 8 + NEXT])
        if x >= n:
            break
    count[JOURNAL] = j


@compiled(**INNER)
def undo(it, fl, cum, rload, rint, rprice, n, dims, count, old_it, old_fl, old_cum, old_ids, old_r, old_rp):
    """Copy the journal back."""
    for j in range(count[JOURNAL]):
        x = np.int64(old_ids[j])
        for f in range(8):
            it[x * 8 + f] = old_it[j * 8 + f]
            fl[x * 8 + f] = old_fl[j * 8 + f]
        for k in range(dims):
            if x < n:
                cum[x * dims + k] = old_cum[j * dims + k]
            else:
                rload[(x - n) * dims + k] = old_cum[j * dims + k]
    for q in range(count[JOURNAL_ROUTES]):
        r = old_r[q * 3]
        rint[r * 2], rint[r * 2 + 1], rprice[r] = old_r[q * 3 + 1], old_r[q * 3 + 2], old_rp[q]


@compiled(**INNER)
def ruin_string(rng, it, rint, n, x, length, todo, size):
    """Take `length` neighbours around x out of its route, half of the time sparing one between; return todo's size."""
    r = it[x * 8 + ROUTE]
    stops = rint[r * 2]
    spared = length < stops and length > 1 and uniform(rng) < 0.5
    first = x
    for _ in range(below(rng, length)):
        if it[first * 8 + PREV] >= n:
            break
        first = np.int64(it[first * 8 + PREV])
    skip_at = 1 + below(rng, length - 1) if spared else np.int64(-1)
    before = np.int64(it[first * 8 + PREV])
    y, taken, seen = first, 0, 0
    while taken < length and y < n:
        after = np.int64(it[y * 8 + NEXT])
        if seen != skip_at:
            join(it, np.int64(it[y * 8 + PREV]), after)
            it[y * 8 + ROUTE] = -1
            todo[size] = y
            size += 1
            taken += 1
        seen += 1
        y = after
    while taken < length and before < n:
        y = before
        before = np.int64(it[y * 8 + PREV])
        join(it, before, np.int64(it[y * 8 + NEXT]))
        it[y * 8 + ROUTE] = -1
        todo[size] = y
        size += 1
        taken += 1
    return size


@compiled(**BRICK)
def room_for(rload, rint, amounts, kcap, kint, allowed, dims, r, g, x):
    """Return whether route r of kind g may take stop x besides what it has, times aside."""
    if not allowed[x, g] or rint[r * 2] >= kint[g * 8 + K_STOPS]:
        return False
    fits = True
    for k in range(dims):
        fits = fits and rload[r * dims + k] + amounts[x * dims + k] <= kcap[g * dims + k]
    return fits


@compiled(**BRICK)
def try_place(
    it,
    fl,
    rint,
    stop,
    spans,
    curve_of,
    knots,
    values,
    curve_bins,
    kint,
    kflt,
    tt,
    into,
    edges,
    bins,
    shape,
    n,
    r,
    g,
    x,
    u,
    w,
):
    """Return (change of price by the table, arrival at w, exact price up to w) of putting x between u and w of route r.

    INFINITE where times forbid it. `into` is `tt` with its two nodes exchanged, so that all ways to x lie together.
    """
    p = np.int64(kint[g * 8 + K_PROFILE])
    row_u = np.int64(kint[g * 8 + K_START]) if u >= n else u
    row_w = np.int64(kint[g * 8 + K_END]) if w >= n else w
    t, metres = leg(into, edges, bins, shape, p, x, row_u, np.int64(it[u * 8 + LEAVES]))
    if t > stop[x * 8 + LAST_CLOSE]:
        return INFINITE, np.int64(0), 0.0
    starts = knock(stop, spans, x, t)
    leaves = starts + stop[x * 8 + SERVICE]
    reach, onward = leg(tt, edges, bins, shape, p, x, row_w, leaves)
    if reach > it[w * 8 + LATEST]:
        return INFINITE, np.int64(0), 0.0
    price = kflt[g * 8 + K_METRE] * (np.int64(metres) + onward) + kflt[g * 8 + K_WAIT] * (starts - t)
    price += door(curve_of, knots, values, curve_bins, x, starts)
    price -= fl[u * 8 + ARC]
    strain = np.int64(rint[r * 2 + 1])
    price += burden_price(kint, kflt, g, strain + stop[x * 8 + STRAIN]) - burden_price(kint, kflt, g, strain)
    if w >= n:
        price -= day_end(kint, kflt, g, np.int64(it[w * 8 + ARRIVES]))
        return price + day_end(kint, kflt, g, reach), reach, price
    price -= fl[w * 8 + REST]
    return price + rest_if_late(fl, w, reach - it[w * 8 + ARRIVES]), reach, price


@compiled(**BRICK)
def note(few_price, few_u, few_reach, few_exact, change, u, reach, price):
    """Insert a place among the best few, cheapest first."""
    k = FEW - 1
    while k > 0 and few_price[k - 1] > change:
        few_price[k], few_u[k] = few_price[k - 1], few_u[k - 1]
        few_reach[k], few_exact[k] = few_reach[k - 1], few_exact[k - 1]
        k -= 1
    few_price[k], few_u[k], few_reach[k], few_exact[k] = change, u, reach, price


@compiled(**INNER)
def find(
    rng, it, fl, rload, rint, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kcap, kind_of,
    allowed, tt, into, edges, bins, shape, pred, succ, count, n, n_routes, x, log_keep, everywhere,
    few_price, few_u, few_reach, few_exact, looked,
):  # fmt: skip
    """Return (node to follow, change of price) of the best place for x: from its lists, or in all routes.

    The table ranks, the best few are priced exactly. (-1, INFINITE) where there is none.
    """
    dims = shape[3]
    for k in range(FEW):
        few_price[k], few_u[k] = INFINITE, -1
    blink = count[BLINK]
    count[LOOK] += 1
    look = count[LOOK]
    rounds = n_routes if everywhere else 2
    for side in range(rounds):
        v = np.int64(-1)
        for k in range(n + 1 if everywhere else pred.shape[1]):
            if everywhere:
                v = np.int64(n + side) if k == 0 else np.int64(it[v * 8 + NEXT])
                if (k == 0 and it[v * 8 + NEXT] >= n) or (k > 0 and v >= n):
                    break
                r, u = np.int64(side), v
            else:
                v = np.int64(pred[x, k] if side == 0 else succ[x, k])
                if v < 0:
                    break
                r = np.int64(it[v * 8 + ROUTE])
                if r < 0:
                    continue
                u = v if side == 0 else np.int64(it[v * 8 + PREV])
            if looked[u] == look:
                continue
            looked[u] = look
            g = np.int64(kind_of[r])
            if not room_for(rload, rint, amounts, kcap, kint, allowed, dims, r, g, x):
                continue
            w = np.int64(it[u * 8 + NEXT])
            change, reach, price = try_place(
                it, fl, rint, stop, spans, curve_of, knots, values, curve_bins, kint, kflt,
                tt, into, edges, bins, shape, n, r, g, x, u, w,
            )  # fmt: skip
            if change < few_price[FEW - 1]:
                blink -= 1
                if blink < 0 and not everywhere:
                    blink = until_blink(rng, log_keep)
                    continue
                note(few_price, few_u, few_reach, few_exact, change, u, reach, price)
    count[BLINK] = blink
    best, best_u = INFINITE, np.int64(-1)
    for k in range(FEW):
        if few_u[k] < 0:
            break
        u = few_u[k]
        w = np.int64(it[u * 8 + NEXT])
        r = u - n if u >= n else np.int64(it[u * 8 + ROUTE])
        exact = few_exact[k] + tail_price(
            it, fl, stop, spans, curve_of, knots, values, curve_bins, kint, kflt, tt, edges, bins, shape,
            n, np.int64(kind_of[r]), True, w, few_reach[k],
        )  # fmt: skip
        if exact < best:
            best, best_u = exact, u
    return best_u, best


@compiled(**INNER)
def open_route(rint, empty, kind_begins, kind_routes, alone, x):
    """Return (route, price) of the cheapest kind of empty route that can serve x alone, or (-1, INFINITE)."""
    best, best_g = INFINITE, -1
    for g in range(len(empty)):
        if empty[g] > 0 and alone[x, g] < best:
            best, best_g = alone[x, g], g
    if best_g < 0:
        return np.int64(-1), INFINITE
    for k in range(kind_begins[best_g], kind_begins[best_g + 1]):
        r = np.int64(kind_routes[k])
        if rint[r * 2] == 0:
            return r, best
    return np.int64(-1), INFINITE


@compiled(**INNER)
def recreate(
    rng, it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kcap,
    kind_of, kind_begins, kind_routes, allowed, alone, unserved, tt, into, edges, bins, shape, pred, succ, count, empty,
    n, n_routes, todo, size, left, log_keep, generous,
    stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp, few_price, few_u, few_reach, few_exact, looked,
):  # fmt: skip
    """Insert `todo[:size]` in order where that is cheapest, or leave them out where that is cheaper still.

    Returns the change of price. `generous`: leave nothing out that fits.
    """
    total = 0.0
    dims = shape[3]
    for i in range(size):
        x = np.int64(todo[i])
        u, change = find(
            rng, it, fl, rload, rint, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kcap,
            kind_of, allowed, tt, into, edges, bins, shape, pred, succ, count, n, n_routes, x, log_keep, False,
            few_price, few_u, few_reach, few_exact, looked,
        )  # fmt: skip
        fresh, price = open_route(rint, empty, kind_begins, kind_routes, alone, x)
        if price < change:
            u, change = n + fresh, price
        elif u < 0:
            u, change = find(
                rng, it, fl, rload, rint, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kcap,
                kind_of, allowed, tt, into, edges, bins, shape, pred, succ, count, n, n_routes, x, log_keep, True,
                few_price, few_u, few_reach, few_exact, looked,
            )  # fmt: skip
        if u < 0 or (change > unserved[x] and not generous):
            left[count[LEFT]] = x
            count[LEFT] += 1
            total += unserved[x]
            continue
        r = u - n if u >= n else np.int64(it[u * 8 + ROUTE])
        keep(
            it, fl, cum, rload, rint, rprice, n, dims, r, count, stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp
        )
        if rint[r * 2] == 0:
            empty[kind_of[r]] -= 1
            count[USED] += 1
        w = np.int64(it[u * 8 + NEXT])
        join(it, u, x)
        join(it, x, w)
        it[x * 8 + ROUTE] = r
        total -= rprice[r]
        refresh(
            it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt,
            kind_of, tt, edges, bins, shape, n, r, x,
        )  # fmt: skip
        total += rprice[r]
    return total


@compiled(**INNER)
def fits_tail(it, cum, rload, rint, kcap, kint, allowed, dims, n, ga, a, rb, b, c, differ):
    """Return whether a route of kind ga may have its head up to a and the tail from c (behind b) of route rb."""
    place_a = it[a * 8 + PLACE] if a < n else 0
    place_b = it[b * 8 + PLACE] if b < n else 0
    if place_a + rint[rb * 2] - place_b > kint[ga * 8 + K_STOPS]:
        return False
    for k in range(dims):
        head_a = cum[a * dims + k] if a < n else 0
        head_b = cum[b * dims + k] if b < n else 0
        if head_a + rload[rb * dims + k] - head_b > kcap[ga * dims + k]:
            return False
    if differ:
        x = c
        for _ in range(n):
            if x >= n:
                break
            if not allowed[x, ga]:
                return False
            x = np.int64(it[x * 8 + NEXT])
    return True


@compiled(**INNER)
def head_and_tail(
    it, fl, rint, stop, spans, curve_of, knots, values, curve_bins, kint, kflt, tt, edges, bins, shape,
    n, ga, a, rb, b, c, same, screen,
):  # fmt: skip
    """Return the price of the head up to a, on kind ga, going on with the tail from c (behind b, of route rb).

    `screen`: by the table, which may be wrong; else exact. c may be rb's depot: the head then drives home.
    """
    row_a = np.int64(kint[ga * 8 + K_START]) if a >= n else a
    home = c >= n
    row_c = np.int64(kint[ga * 8 + K_END]) if home else c
    if a >= n and home:
        return 0.0
    t, metres = leg(
        tt, edges, bins, shape, np.int64(kint[ga * 8 + K_PROFILE]), row_a, row_c, np.int64(it[a * 8 + LEAVES])
    )
    strain = np.int64(rint[rb * 2 + 1]) - (it[b * 8 + BURDEN] if b < n else 0) + (it[a * 8 + BURDEN] if a < n else 0)
    price = (fl[a * 8 + SO_FAR] if a < n else 0.0) + kflt[ga * 8 + K_METRE] * metres
    price += kflt[ga * 8 + K_FIXED] + burden_price(kint, kflt, ga, strain)
    if home:
        return price + day_end(kint, kflt, ga, t) if t <= kint[ga * 8 + K_ENDS] else INFINITE
    if t > (it[c * 8 + LATEST] if same else stop[c * 8 + LAST_CLOSE]):
        return INFINITE
    if screen:
        return price + rest_if_late(fl, c, max(t - it[c * 8 + ARRIVES], -1800))
    return price + tail_price(
        it, fl, stop, spans, curve_of, knots, values, curve_bins, kint, kflt, tt, edges, bins, shape, n, ga, same, c, t
    )


@compiled(**INNER)
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


@compiled(**INNER)
def settle(
    it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kind_of,
    tt, edges, bins, shape, n, r, count, empty, had,
):  # fmt: skip
    """Recompute all of route r, which had `had` stops, and count whether it became empty or used."""
    x = np.int64(it[(n + r) * 8 + NEXT])
    if x < n:
        refresh(
            it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt,
            kind_of, tt, edges, bins, shape, n, r, x,
        )  # fmt: skip
    else:
        rint[r * 2], rint[r * 2 + 1], rprice[r] = 0, 0, 0.0
        for k in range(shape[3]):
            rload[r * shape[3] + k] = 0
    change = (1 if had > 0 else 0) - (1 if rint[r * 2] > 0 else 0)
    empty[kind_of[r]] += change
    count[USED] -= change


@compiled(**INNER)
def improve_tails(
    it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kcap,
    kind_of, allowed, tt, edges, bins, shape, pred, count, empty, n, todo, size, width,
    stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp,
):  # fmt: skip
    """Try to swap tails around the stops just inserted (2-opt*), first improvement. Returns the change of price."""
    total = 0.0
    dims = shape[3]
    for i in range(size):
        c = np.int64(todo[i])
        rb = np.int64(it[c * 8 + ROUTE])
        if rb < 0:
            continue
        for k in range(width):
            a = np.int64(pred[c, k])
            if a < 0:
                break
            ra = np.int64(it[a * 8 + ROUTE])
            if ra < 0 or ra == rb:
                continue
            b, d = np.int64(it[c * 8 + PREV]), np.int64(it[a * 8 + NEXT])
            ga, gb = np.int64(kind_of[ra]), np.int64(kind_of[rb])
            differ = ga != gb
            now = rprice[ra] + rprice[rb]
            price = 0.0
            for exact in range(2):
                price = head_and_tail(
                    it, fl, rint, stop, spans, curve_of, knots, values, curve_bins, kint, kflt, tt, edges, bins, shape,
                    n, ga, a, rb, b, c, not differ, exact == 0,
                )  # fmt: skip
                if price >= now:
                    break
                price += head_and_tail(
                    it, fl, rint, stop, spans, curve_of, knots, values, curve_bins, kint, kflt, tt, edges, bins, shape,
                    n, gb, b, ra, a, d, not differ, exact == 0,
                )  # fmt: skip
                if price >= now - 0.01:
                    break
                if exact == 0 and not (
                    fits_tail(it, cum, rload, rint, kcap, kint, allowed, dims, n, ga, a, rb, b, c, differ)
                    and fits_tail(it, cum, rload, rint, kcap, kint, allowed, dims, n, gb, b, ra, a, d, differ)
                ):
                    price = INFINITE
                    break
            if price >= now - 0.01:
                continue
            for r in (ra, rb):
                keep(
                    it, fl, cum, rload, rint, rprice, n, dims, r, count, stamp,
                    old_it, old_fl, old_cum, old_ids, old_r, old_rp,
                )  # fmt: skip
            had_a, had_b = rint[ra * 2], rint[rb * 2]
            swap_tails(it, n, a, c, ra, rb)
            settle(
                it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt,
                kind_of, tt, edges, bins, shape, n, ra, count, empty, had_a,
            )  # fmt: skip
            settle(
                it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt,
                kind_of, tt, edges, bins, shape, n, rb, count, empty, had_b,
            )  # fmt: skip
            total += rprice[ra] + rprice[rb] - now
            rb = ra
    return total


@compiled(**INNER)
def exchange(
    rng, it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kcap,
    kind_of, allowed, tt, edges, bins, shape, count, empty, n, n_routes, threshold,
    stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp,
):  # fmt: skip
    """Let two shifts of different kinds swap all their stops if that costs less than `threshold` more."""
    dims = shape[3]
    ra, rb = below(rng, n_routes), below(rng, n_routes)
    ga, gb = np.int64(kind_of[ra]), np.int64(kind_of[rb])
    if ga == gb or rint[ra * 2] + rint[rb * 2] == 0:
        return 0.0
    now = rprice[ra] + rprice[rb]
    price = whole_price(
        it, fl, rload, rint, allowed, kcap, stop, spans, curve_of, knots, values, curve_bins, kint, kflt,
        tt, edges, bins, shape, n, ra, gb,
    )  # fmt: skip
    if price - now >= threshold:
        return 0.0
    price += whole_price(
        it, fl, rload, rint, allowed, kcap, stop, spans, curve_of, knots, values, curve_bins, kint, kflt,
        tt, edges, bins, shape, n, rb, ga,
    )  # fmt: skip
    if price - now >= threshold:
        return 0.0
    da, db = np.int64(n + ra), np.int64(n + rb)
    for r in (ra, rb):
        keep(
            it, fl, cum, rload, rint, rprice, n, dims, r, count, stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp
        )
    had_a, had_b = rint[ra * 2], rint[rb * 2]
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
    for r in (ra, rb):
        x = np.int64(it[(n + r) * 8 + NEXT])
        while x < n:
            it[x * 8 + ROUTE] = r
            x = np.int64(it[x * 8 + NEXT])
    settle(
        it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt,
        kind_of, tt, edges, bins, shape, n, ra, count, empty, had_a,
    )  # fmt: skip
    settle(
        it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt,
        kind_of, tt, edges, bins, shape, n, rb, count, empty, had_b,
    )  # fmt: skip
    return rprice[ra] + rprice[rb] - now


@compiled(**INNER)
def call_back(rng, it, near, count, unserved, left, seed, most, todo, size):
    """Move some of the stops left out from `left` to `todo`: those near the seed, else any. Returns (size, price)."""
    price = 0.0
    called = 0
    if count[LEFT] > most:
        for k in range(-1, near.shape[1]):
            x = seed if k < 0 else np.int64(near[seed, k])
            if x < 0 or called >= most - 4:
                break
            if it[x * 8 + ROUTE] == -2:
                it[x * 8 + ROUTE] = -1
                called += 1
        for _ in range(4):
            it[left[below(rng, count[LEFT])] * 8 + ROUTE] = -1
    still = 0
    for k in range(count[LEFT]):
        x = left[k]
        if count[LEFT] <= most or it[x * 8 + ROUTE] == -1:
            it[x * 8 + ROUTE] = -1
            todo[size] = x
            size += 1
            price += unserved[x]
        else:
            left[still] = x
            still += 1
    count[LEFT] = still
    return size, price


@compiled(**INNER)
def ruin(
    rng, it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt,
    kind_of, tt, edges, bins, shape, near, count, empty, n, seed, mean_removed, whole, todo, size,
    stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp,
):  # fmt: skip
    """Take strings of stops near the seed (or its whole route) out. Returns (size of todo, price change)."""
    dims = shape[3]
    total = 0.0
    all_of_it = it[seed * 8 + ROUTE] >= 0 and uniform(rng) < whole
    longest = min(10.0, (n - count[LEFT]) / max(count[USED], 1))
    strings = np.int64(1) if all_of_it else how_many_strings(rng, mean_removed, longest)
    for k in range(-1, near.shape[1]):
        x = seed if k < 0 else np.int64(near[seed, k])
        if x < 0 or strings == 0:
            break
        r = np.int64(it[x * 8 + ROUTE])
        if r < 0 or stamp[r] == count[CLOCK]:
            continue
        keep(
            it, fl, cum, rload, rint, rprice, n, dims, r, count, stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp
        )
        had, before = rint[r * 2], rprice[r]
        if all_of_it:
            length = np.int64(had)
            x = np.int64(it[(n + r) * 8 + NEXT])
        else:
            length = 1 + below(rng, np.int64(min(longest, np.float64(had))))
        size = ruin_string(rng, it, rint, n, x, length, todo, size)
        settle(
            it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt,
            kind_of, tt, edges, bins, shape, n, r, count, empty, had,
        )  # fmt: skip
        total += rprice[r] - before
        strings -= 1
    return size, total


@compiled(**ENTRY)
def prices_alone(stop, spans, curve_of, knots, values, curve_bins, kint, kflt, allowed, tt, edges, bins, shape, alone):
    """Fill `alone[x, g]` with the price of serving stop x and nothing else with kind g; INFINITE where it can't be."""
    for g in range(alone.shape[1]):
        p = np.int64(kint[g * 8 + K_PROFILE])
        for x in range(alone.shape[0]):
            alone[x, g] = INFINITE
            if not allowed[x, g]:
                continue
            start = np.int64(kint[g * 8 + K_STARTS])
            t, out = leg(tt, edges, bins, shape, p, np.int64(kint[g * 8 + K_START]), x, start)
            starts = knock(stop, spans, x, t)
            back, home = leg(
                tt, edges, bins, shape, p, x, np.int64(kint[g * 8 + K_END]), starts + stop[x * 8 + SERVICE]
            )
            if t > stop[x * 8 + LAST_CLOSE] or back > kint[g * 8 + K_ENDS]:
                continue
            price = kflt[g * 8 + K_FIXED] + kflt[g * 8 + K_METRE] * (np.int64(out) + home)
            price += kflt[g * 8 + K_WAIT] * (starts - t) + door(curve_of, knots, values, curve_bins, x, starts)
            price += day_end(kint, kflt, g, back) + burden_price(kint, kflt, g, np.int64(stop[x * 8 + STRAIN]))
            alone[x, g] = price


@compiled(**ENTRY)
def load(
    it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kcap,
    kind_of, allowed, tt, edges, bins, shape, count, empty, n, n_routes, sequence, begins, strict,
):  # fmt: skip
    """Fill empty routes from a start: stops of route r are sequence[begins[r]:begins[r + 1]]; misfits stay out.

    Not `strict`: takes everything as given, feasible or not (to price a plan as it is).
    """
    dims = shape[3]
    for r in range(n_routes):
        g = np.int64(kind_of[r])
        d = np.int64(n + r)
        for j in range(begins[r], begins[r + 1]):
            x, u = np.int64(sequence[j]), np.int64(it[d * 8 + PREV])
            if strict and it[x * 8 + ROUTE] >= 0:
                continue
            if strict and not room_for(rload, rint, amounts, kcap, kint, allowed, dims, r, g, x):
                continue
            had = rint[r * 2]
            join(it, u, x)
            join(it, x, d)
            it[x * 8 + ROUTE] = r
            settle(
                it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt,
                kind_of, tt, edges, bins, shape, n, r, count, empty, had,
            )  # fmt: skip
            late = it[d * 8 + ARRIVES] > kint[g * 8 + K_ENDS] or it[x * 8 + ARRIVES] > stop[x * 8 + LAST_CLOSE]
            if strict and late:
                had = rint[r * 2]
                join(it, u, d)
                it[x * 8 + ROUTE] = -2
                settle(
                    it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint,
                    kflt, kind_of, tt, edges, bins, shape, n, r, count, empty, had,
                )  # fmt: skip


@compiled(**ENTRY)
def run(
    it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt, kcap,
    kind_of, kind_begins, kind_routes, allowed, alone, unserved, tt, into, edges, bins, shape, pred, succ, near, ranks,
    cost, count, empty, rng, n, n_routes, setting, left, best_next, work, few, few_at, old_it, old_fl, old_cum, old_rp,
    key, looked, iterations, done, step,
):  # fmt: skip
    """Run `iterations` of ruin, recreate, tail swaps, exchanges and annealing; hold the best in `best_next`.

    `setting`: hot and cold temperature in cents, mean removed, width of tail swaps, chance of a whole route, chance
    of a skip, of a generous insertion, of an exchange, and the most stops left out that are tried again at once.
    `done` is the share of the whole search that is over, `step` the share of one iteration.
    """
    dims = shape[3]
    m = n + n_routes + 1
    stamp, old_ids, old_r, todo = work[:m], work[m : 2 * m], work[2 * m : 5 * m], work[5 * m : 6 * m]
    old_left, old_empty = work[6 * m : 7 * m], work[7 * m : 8 * m]
    few_price, few_exact = few[:FEW], few[FEW : 2 * FEW]
    few_u, few_reach = few_at[:FEW], few_at[FEW : 2 * FEW]
    hot, ratio = setting[0], np.log(setting[1] / setting[0])
    mean_removed, width, whole = setting[2], np.int64(setting[3]), setting[4]
    log_keep, generosity, exchanges, most = np.log(1.0 - setting[5]), setting[6], setting[7], np.int64(setting[8])
    kinds = len(empty)
    for i in range(iterations):
        temperature = hot * np.exp(ratio * min(1.0, done + i * step))
        threshold = -temperature * np.log(uniform(rng))
        count[CLOCK] += 1
        count[JOURNAL] = 0
        count[JOURNAL_ROUTES] = 0
        used, left_before = count[USED], count[LEFT]
        for k in range(left_before):
            old_left[k] = left[k]
        for k in range(kinds):
            old_empty[k] = empty[k]
        if kinds > 1 and uniform(rng) < exchanges:
            change = exchange(
                rng, it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins,
                kint, kflt, kcap, kind_of, allowed, tt, edges, bins, shape, count, empty, n, n_routes, threshold,
                stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp,
            )  # fmt: skip
        else:
            seed = below(rng, n)
            if left_before > 0 and uniform(rng) < 0.3:
                seed = np.int64(left[below(rng, left_before)])
            size, change = ruin(
                rng, it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins,
                kint, kflt, kind_of, tt, edges, bins, shape, near, count, empty, n, seed, mean_removed, whole, todo, 0,
                stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp,
            )  # fmt: skip
            size, saved = call_back(rng, it, near, count, unserved, left, seed, most, todo, size)
            change -= saved
            shuffle_by_rank(rng, todo, size, ranks, key)
            change += recreate(
                rng, it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins,
                kint, kflt, kcap, kind_of, kind_begins, kind_routes, allowed, alone, unserved,
                tt, into, edges, bins, shape, pred, succ, count, empty, n, n_routes, todo, size, left, log_keep,
                uniform(rng) < generosity, stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp,
                few_price, few_u, few_reach, few_exact, looked,
            )  # fmt: skip
            change += improve_tails(
                it, fl, cum, rload, rint, rprice, stop, spans, amounts, curve_of, knots, values, curve_bins, kint, kflt,
                kcap, kind_of, allowed, tt, edges, bins, shape, pred, count, empty, n, todo, size, width,
                stamp, old_it, old_fl, old_cum, old_ids, old_r, old_rp,
            )  # fmt: skip
        if change < threshold:
            cost[COST] += change
            for k in range(count[LEFT]):
                it[left[k] * 8 + ROUTE] = -2
            if cost[COST] < cost[BEST_COST] - 1e-6:
                cost[BEST_COST] = cost[COST]
                count[BEST_LEFT] = count[LEFT]
                count[IMPROVED] += 1
                for x in range(n + n_routes):
                    best_next[x] = it[x * 8 + NEXT]
        else:
            undo(it, fl, cum, rload, rint, rprice, n, dims, count, old_it, old_fl, old_cum, old_ids, old_r, old_rp)
            count[USED], count[LEFT] = used, left_before
            for k in range(left_before):
                left[k] = old_left[k]
                it[left[k] * 8 + ROUTE] = -2
            for k in range(kinds):
                empty[k] = old_empty[k]

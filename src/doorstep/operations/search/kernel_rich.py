"""Ruin and recreate for everything that couples a route: trips, releases, pairs, picks, limits. Compiled.

Both stops of a pair leave and enter together. Between: tails that change routes (2-opt*), trips that merge, change
places or routes. `twin.py` is the readable form. After Christiaens and Vanden Berghe 2020 (ruin and recreate).
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import BRICK, INNER, compiled
from doorstep.operations.search.kernel_common import below, how_many_strings, shuffle_by_rank, uniform
from doorstep.operations.search.kernel_prices import (
    INFINITE,
    K_FIXED,
    K_METRE,
    K_PROFILE,
    K_STOPS,
    LAST_CLOSE,
    STRAIN,
    burden_price,
)
from doorstep.operations.search.kernel_rich_drive import drive, settle
from doorstep.operations.search.kernel_rich_memory import ask_of, live_of
from doorstep.operations.search.kernel_rich_places import (
    delay_at,
    loads_fit,
    recreate,
)
from doorstep.operations.search.kernel_rich_rests import rest_drive, write_rests
from doorstep.operations.search.kernel_rich_routes import (
    BEST_COST,
    BEST_LEFT,
    BOUND,
    BROKEN,
    BURDEN,
    CLOCK,
    COST,
    COUPLED,
    DELIVERY,
    FREED,
    FROZEN,
    IMPROVED,
    JOURNAL,
    JOURNAL_ROUTES,
    LATEST,
    LEAVES,
    LEFT,
    LIFO,
    LIMITED,
    MATE,
    MOST_RELOADS,
    NEXT,
    NODE,
    OPEN,
    PICKUP,
    PLACE,
    POOL,
    PREV,
    PRICE,
    RELOAD_FROM,
    RELOADS,
    ROLE,
    ROUTE,
    ROW,
    SO_FAR,
    STOPS,
    STRAINS,
    TAIL,
    TRIP,
    TRIPS,
    USED,
    begin_of,
    decided,
    drop_empty_trips,
    give_back,
    join,
    keep,
    rest_price,
    row_from,
    row_to,
    take_reload,
    undo,
    way,
)
from doorstep.operations.search.parts import WHOLE, part


@part(**BRICK)
def empty_row(mem, g):
    """Return a row where kind g may reload."""
    ask = ask_of(mem)
    return np.int64(ask.reload_rows[ask.kmore[g * 16 + RELOAD_FROM]])


@part(**INNER)
def take_out(mem, x, size):
    """Take stop x, and the other of its pair unless that can't move, out of their route. Returns todo's new size."""
    ask, live = ask_of(mem), live_of(mem)
    it = live.it
    join(it, np.int64(it[x * NODE + PREV]), np.int64(it[x * NODE + NEXT]))
    it[x * NODE + ROUTE] = -1
    name = x
    mate = np.int64(ask.more[x * 4 + MATE])
    if mate >= 0 and ask.more[mate * 4 + FROZEN] == 0:
        join(it, np.int64(it[mate * NODE + PREV]), np.int64(it[mate * NODE + NEXT]))
        it[mate * NODE + ROUTE] = -1
        name = x if ask.more[x * 4 + ROLE] == PICKUP else mate
    live.todo[size] = name
    return size + 1


@part(**INNER)
def ruin_string(mem, x, length, size):
    """Take `length` neighbours around x out of its route, half of the time sparing one between; return todo's size."""
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    r = np.int64(it[x * NODE + ROUTE])
    d = n + r
    spared = length < live.rt[r * 8 + STOPS] and length > 1 and uniform(live.rng) < 0.5
    first, back, steps = x, below(live.rng, length), 0
    y = np.int64(it[x * NODE + PREV])
    while steps < back and y != d:
        if y < n:
            if ask.more[y * 4 + FROZEN]:
                break
            first = y
            steps += 1
        y = np.int64(it[y * NODE + PREV])
    skip_at = 1 + below(live.rng, length - 1) if spared else np.int64(-1)
    before = np.int64(it[first * NODE + PREV])
    taken, seen = 0, 0
    y = first
    while taken < length and y != d:
        if y < n:
            if seen != skip_at:
                live.picks[taken] = y
                taken += 1
            seen += 1
        y = np.int64(it[y * NODE + NEXT])
    y = before
    while taken < length and y != d:
        if y < n:
            if ask.more[y * 4 + FROZEN]:
                break
            live.picks[taken] = y
            taken += 1
        y = np.int64(it[y * NODE + PREV])
    for k in range(taken):
        if it[live.picks[k] * NODE + ROUTE] >= 0:
            size = take_out(mem, np.int64(live.picks[k]), size)
    return size


@part(**INNER)
def ruin_span(mem, first, end, size):
    """Take all that may move from node `first` up to node `end` out of its route; return todo's size."""
    ask, live = ask_of(mem), live_of(mem)
    it = live.it
    x, taken = first, 0
    while x != end:
        if x < ask.n and ask.more[x * 4 + FROZEN] == 0:
            live.picks[taken] = x
            taken += 1
        x = np.int64(it[x * NODE + NEXT])
    for k in range(taken):
        if it[live.picks[k] * NODE + ROUTE] >= 0:
            size = take_out(mem, np.int64(live.picks[k]), size)
    return size


@part(**INNER)
def ruin(mem, seed, mean_removed, whole, apart):
    """Take strings of stops near the seed (or single ones, or its whole trip or route) out.

    Returns (size of todo, change of price).
    """
    ask, live = ask_of(mem), live_of(mem)
    it, count, n = live.it, live.count, ask.n
    total, size = 0.0, 0
    rng = live.rng
    all_of_it = it[seed * NODE + ROUTE] >= 0 and uniform(rng) < whole
    singly = not all_of_it and uniform(rng) < apart
    longest = min(10.0, (n - count[LEFT]) / max(count[USED], 1))
    strings = np.int64(1) if all_of_it else how_many_strings(rng, mean_removed, longest)
    if singly:
        strings = 1 + below(rng, np.int64(2 * mean_removed))
    for k in range(-1, ask.near.shape[1]):
        x = seed if k < 0 else np.int64(ask.near[seed, k])
        if x < 0 or strings == 0:
            break
        r = np.int64(it[x * NODE + ROUTE])
        if r < 0 or ask.more[x * 4 + FROZEN] or (live.stamp[r] == count[CLOCK] and not singly):
            continue
        if singly and uniform(rng) < 0.3:
            continue
        keep(mem, r)
        d = n + r
        had, before = live.rt[r * 8 + STOPS], live.fl[d * 8 + PRICE]
        if all_of_it:
            s, end = d, d
            if live.rt[r * 8 + RELOADS] > 0 and uniform(rng) < 0.7:
                s = np.int64(it[x * NODE + TRIP])
                end = np.int64(it[x * NODE + NEXT])
                while end < n:
                    end = np.int64(it[end * NODE + NEXT])
            size = ruin_span(mem, np.int64(it[s * NODE + NEXT]), end, size)
        elif singly:
            size = take_out(mem, x, size)
        else:
            size = ruin_string(mem, x, 1 + below(rng, np.int64(min(longest, np.float64(had)))), size)
        if live.rt[r * 8 + RELOADS] > 0:
            drop_empty_trips(mem, r)
        settle(mem, r, had)
        total += live.fl[d * 8 + PRICE] - before
        strings -= 1
    return size, total


@part(**INNER)
def call_back(mem, seed, most, size):
    """Move some of the stops left out from `left` to `todo`: those near the seed, else any. Returns (size, price)."""
    ask, live = ask_of(mem), live_of(mem)
    it, count, left = live.it, live.count, live.left
    price, called = 0.0, 0
    if count[LEFT] > most:
        for k in range(-1, ask.near.shape[1]):
            x = seed if k < 0 else np.int64(ask.near[seed, k])
            if x < 0 or called >= most - 4:
                break
            if it[x * NODE + ROUTE] == -2:
                it[x * NODE + ROUTE] = -1
                called += 1
        for _ in range(4):
            it[left[below(live.rng, count[LEFT])] * NODE + ROUTE] = -1
    still = 0
    for k in range(count[LEFT]):
        x = left[k]
        if count[LEFT] <= most or it[x * NODE + ROUTE] == -1:
            it[x * NODE + ROUTE] = -1
            live.todo[size] = x
            size += 1
            price += ask.unserved[x]
        else:
            left[still] = x
            still += 1
    count[LEFT] = still
    return size, price


@part(**BRICK)
def fixed_and_burden(mem, g, strain):
    """Return what a used shift of kind g costs whatever its way."""
    ask = ask_of(mem)
    return ask.kflt[g * 8 + K_FIXED] + burden_price(ask.kint, ask.kflt, g, strain)


@part(**INNER)
def head_and_tail(mem, a, c, b, rb, ga, same):
    """Return (price, whether it must be driven) of the head up to a on kind ga, going on with the tail from c.

    c follows b on route rb, and may be its end: the head then drives home.
    """
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    home = c >= n and c < n + ask.m
    if home and a >= n and a < n + ask.m:
        return 0.0, False
    s = a if a >= n else np.int64(it[a * NODE + TRIP])
    delay = np.int64(0)
    driven = False
    if c < n and ask.releases:
        delay = delay_at(mem, ga, a, s, np.int64(it[c * NODE + TAIL]))
        if delay < 0:
            return INFINITE, False
        driven = it[c * NODE + TAIL] > begin_of(mem, ga, s)
    p = np.int64(ask.kint[ga * 8 + K_PROFILE])
    t, metres = way(mem, ask.tt, p, row_from(mem, ga, a), row_to(mem, ga, c), np.int64(it[a * NODE + LEAVES]) + delay)
    if same or home:
        by = np.int64(it[(n + live.it[a * NODE + ROUTE]) * NODE + LATEST]) if home else np.int64(it[c * NODE + LATEST])
        if t > by:
            return INFINITE, False
    elif c < n and t > ask.stop[c * 8 + LAST_CLOSE]:
        return INFINITE, False
    strain = np.int64(live.rt[rb * 8 + STRAINS]) - it[b * NODE + BURDEN] + it[a * NODE + BURDEN]
    price = live.fl[a * 8 + SO_FAR] + ask.kflt[ga * 8 + K_METRE] * metres + fixed_and_burden(mem, ga, strain)
    w = n + np.int64(it[a * NODE + ROUTE]) if home else c
    return price + rest_price(mem, ga, w, t), driven


@part(**INNER)
def may_join(mem, a, c, b, ra, rb, ga, differ):
    """Return whether the head up to a, of route ra, may go on with the tail from c behind b, of rb, times aside."""
    ask, live = ask_of(mem), live_of(mem)
    it, ld, dims = live.it, live.ld, ask.dims
    if it[a * NODE + PLACE] + live.rt[rb * 8 + STOPS] - it[b * NODE + PLACE] > ask.kint[ga * 8 + K_STOPS]:
        return False
    reloads = np.int64(live.rt[rb * 8 + RELOADS]) - it[b * NODE + TRIPS]
    if it[a * NODE + TRIPS] + reloads > ask.kmore[ga * 16 + MOST_RELOADS]:
        return False
    if not ask.mixed:
        s = a if a >= ask.n else np.int64(it[a * NODE + TRIP])
        for k in range(dims):
            head = ld[s * 3 * dims + k] - ld[a * 3 * dims + k]
            if head + ld[b * 3 * dims + k] > ask.kcap[ga * dims + k]:
                return False
    if differ:
        if reloads > 0 and ask.kmore[ga * 16 + RELOAD_FROM] != ask.kmore[ask.kind_of[rb] * 16 + RELOAD_FROM]:
            return False
        x, d = c, ask.n + rb
        while x != d:
            if x < ask.n and not ask.allowed[x, ga]:
                return False
            x = np.int64(it[x * NODE + NEXT])
    return True


@part(**BRICK)
def hang(it, a, c, last, d):
    """Let the tail from c to `last` follow a and lead to the end d; c at the end means no tail."""
    if last < 0:
        join(it, a, d)
    else:
        join(it, a, c)
        join(it, last, d)


@part(**INNER)
def name_route(mem, r):
    """Write route r into all nodes of it."""
    ask, live = ask_of(mem), live_of(mem)
    d = ask.n + r
    x = np.int64(live.it[d * NODE + NEXT])
    while x != d:
        live.it[x * NODE + ROUTE] = r
        x = np.int64(live.it[x * NODE + NEXT])


@part(**INNER)
def lifo_holds(mem, d):
    """Return whether every delivery on the route at d is of what was picked up last; uses `picks`."""
    ask, live = ask_of(mem), live_of(mem)
    it = live.it
    depth = 0
    x = np.int64(it[d * NODE + NEXT])
    while x != d:
        if x < ask.n:
            if ask.more[x * 4 + ROLE] == PICKUP:
                live.picks[depth] = x
                depth += 1
            elif ask.more[x * 4 + ROLE] == DELIVERY:
                if depth == 0 or live.picks[depth - 1] != ask.more[x * 4 + MATE]:
                    return False
                depth -= 1
        else:
            depth = 0
        x = np.int64(it[x * NODE + NEXT])
    return True


@part(**INNER)
def driven_whole(mem, g, u, d, bound):
    """Return the exact price of the route at d, known up to u, on kind g, with what it costs fixed; or INFINITE."""
    ask, live = ask_of(mem), live_of(mem)
    it = live.it
    if it[d * NODE + NEXT] == d:
        return 0.0
    if (ask.mixed or ask.kmore[g * 16 + RELOAD_FROM] >= 0) and not loads_fit(mem, d, g):
        return INFINITE
    if ask.kmore[g * 16 + LIFO] and not lifo_holds(mem, d):
        return INFINITE
    strain = np.int64(0)
    x = np.int64(it[d * NODE + NEXT])
    while x != d:
        strain += ask.stop[x * 8 + STRAIN] if x < ask.n else 0
        x = np.int64(it[x * NODE + NEXT])
    return drive(mem, g, u, u, bound) + fixed_and_burden(mem, g, strain)


@part(**INNER)
def try_tails(mem, a, c):
    """Swap the tails behind a and from c if that costs less. Returns the change of price."""
    ask, live = ask_of(mem), live_of(mem)
    it, fl, n = live.it, live.fl, ask.n
    ra, rb = np.int64(it[a * NODE + ROUTE]), np.int64(it[c * NODE + ROUTE])
    if ra < 0 or ra == rb or it[a * NODE + OPEN] != 0:
        return 0.0
    b, d = np.int64(it[c * NODE + PREV]), np.int64(it[a * NODE + NEXT])
    if it[b * NODE + OPEN] != 0 or ask.more[c * 4 + FROZEN] or decided(mem, d):
        return 0.0
    ga, gb = np.int64(ask.kind_of[ra]), np.int64(ask.kind_of[rb])
    differ = ga != gb
    da, db = n + ra, n + rb
    now = fl[da * 8 + PRICE] + fl[db * 8 + PRICE]
    price, driven = head_and_tail(mem, a, c, b, rb, ga, not differ)
    if price >= now:
        return 0.0
    other, driven_too = head_and_tail(mem, b, d, a, ra, gb, not differ)
    price += other
    if price >= now - 0.01:
        return 0.0
    if not (may_join(mem, a, c, b, ra, rb, ga, differ) and may_join(mem, b, d, a, rb, ra, gb, differ)):
        return 0.0
    limited = ask.kmore[ga * 16 + LIMITED] + ask.kmore[gb * 16 + LIMITED] > 0
    limited = limited or ask.kmore[ga * 16 + COUPLED] + ask.kmore[gb * 16 + COUPLED] > 0
    last_a = np.int64(it[da * NODE + PREV]) if d != da else np.int64(-1)
    last_b = np.int64(it[db * NODE + PREV])
    keep(mem, ra)
    keep(mem, rb)
    hang(it, a, c, last_b, da)
    hang(it, b, d, last_a, db)
    if driven or driven_too or differ or limited or ask.timed or ask.mixed:
        late = driven or driven_too or limited
        price = driven_whole(mem, ga, da if late else a, da, INFINITE)
        if price < now:
            price += driven_whole(mem, gb, db if late else b, db, INFINITE)
        if price >= now - 0.01:
            hang(it, a, d, last_a, da)
            hang(it, b, c, last_b, db)
            return 0.0
    had_a, had_b = live.rt[ra * 8 + STOPS], live.rt[rb * 8 + STOPS]
    for r in (ra, rb):
        drop_empty_trips(mem, r)
        name_route(mem, r)
        settle(mem, r, had_a if r == ra else had_b)
    return fl[da * 8 + PRICE] + fl[db * 8 + PRICE] - now


@part(**INNER)
def improve_tails(mem, size, width):
    """Try to swap tails around the stops just inserted (2-opt*), first improvement. Returns the change of price."""
    ask, live = ask_of(mem), live_of(mem)
    total = 0.0
    it = live.it
    for i in range(size):
        x = np.int64(live.todo[i])
        mate = np.int64(ask.more[x * 4 + MATE])
        for c in (x, mate):
            if c < 0 or it[c * NODE + ROUTE] < 0:
                continue
            if width > 0:
                g = below(live.rng, ask.kinds)
                for k in range(ask.kind_begins[g], ask.kind_begins[g + 1]):
                    r = np.int64(ask.kind_routes[k])
                    if live.rt[r * 8 + STOPS] == 0:
                        total += try_tails(mem, ask.n + r, c)
                        break
            for k in range(min(width, ask.pred.shape[1])):
                a = np.int64(ask.pred[c, k])
                if a < 0:
                    break
                total += try_tails(mem, a, c)
                b = np.int64(ask.succ[c, k])
                if b >= 0 and it[b * NODE + ROUTE] >= 0:
                    total += try_tails(mem, c, b)
    return total


@part(**INNER)
def merge_trips(mem, r):
    """Leave out the first reload of route r that it can do without at no cost. Returns the change of price."""
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    d = n + r
    g = np.int64(ask.kind_of[r])
    x = np.int64(it[d * NODE + NEXT])
    while x != d:
        u, w = np.int64(it[x * NODE + PREV]), np.int64(it[x * NODE + NEXT])
        if x >= n and not (w < n and ask.more[w * 4 + FROZEN]):
            join(it, u, w)
            before = live.fl[d * 8 + PRICE]
            price = driven_whole(mem, g, d, d, INFINITE)
            if price < before - 0.01:
                join(it, u, x)
                join(it, x, w)
                keep(mem, r)
                join(it, u, w)
                give_back(mem, x)
                settle(mem, r, live.rt[r * 8 + STOPS])
                return live.fl[d * 8 + PRICE] - before
            join(it, u, x)
            join(it, x, w)
        x = w
    return 0.0


@part(**BRICK)
def end_of(it, n, x):
    """Return (last stop, node behind it) of the trip of stop x."""
    end = np.int64(it[x * NODE + NEXT])
    while end < n:
        x = end
        end = np.int64(it[end * NODE + NEXT])
    return x, end


@part(**INNER)
def still_fits(mem, r):
    """Return whether route r, just rearranged, keeps all that its times don't say; before `settle`."""
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    d = n + r
    g = np.int64(ask.kind_of[r])
    stops, reloads = np.int64(0), np.int64(0)
    x = np.int64(it[d * NODE + NEXT])
    while x != d:
        if x < n:
            stops += 1
            if not ask.allowed[x, g]:
                return False
        else:
            reloads += 1
        x = np.int64(it[x * NODE + NEXT])
    if stops > ask.kint[g * 8 + K_STOPS] or reloads > ask.kmore[g * 16 + MOST_RELOADS]:
        return False
    if ask.kmore[g * 16 + LIFO] and not lifo_holds(mem, d):
        return False
    return loads_fit(mem, d, g)


@part(**INNER)
def move_trip(mem, x, y):
    """Bring the whole trip of stop x before or behind that of y, or let the two change places.

    Returns the change of price, INFINITE where that can't be done.
    """
    ask, live = ask_of(mem), live_of(mem)
    it, fl, n = live.it, live.fl, ask.n
    ra, rb = np.int64(it[x * NODE + ROUTE]), np.int64(it[y * NODE + ROUTE])
    sa, sb = np.int64(it[x * NODE + TRIP]), np.int64(it[y * NODE + TRIP])
    first_a, first_b = np.int64(it[sa * NODE + NEXT]), np.int64(it[sb * NODE + NEXT])
    if sa == sb or ask.more[first_a * 4 + FROZEN] or ask.more[first_b * 4 + FROZEN]:
        return INFINITE
    last_a, end_a = end_of(it, n, x)
    last_b, end_b = end_of(it, n, y)
    da, db = n + ra, n + rb
    ga, gb = np.int64(ask.kind_of[ra]), np.int64(ask.kind_of[rb])
    now = fl[da * 8 + PRICE] + (fl[db * 8 + PRICE] if rb != ra else 0.0)
    keep(mem, ra)
    keep(mem, rb)
    had_a, had_b = live.rt[ra * 8 + STOPS], live.rt[rb * 8 + STOPS]
    how = below(live.rng, 3)
    if how == 0 and ra != rb:
        join(it, sa, first_b)
        join(it, last_b, end_a)
        join(it, sb, first_a)
        join(it, last_a, end_b)
    else:
        if ask.kmore[gb * 16 + MOST_RELOADS] == 0:
            return INFINITE
        halt = np.int64(-1)
        if sa != da:
            halt = sa
            join(it, np.int64(it[sa * NODE + PREV]), end_a)
        elif end_a != da:
            halt = end_a
            join(it, da, np.int64(it[end_a * NODE + NEXT]))
        else:
            join(it, da, da)
        if halt < 0 or ga != gb:
            if halt >= 0:
                give_back(mem, halt)
            halt = take_reload(mem, empty_row(mem, gb))
            if halt < 0:
                return INFINITE
        if how == 1:
            join(it, np.int64(it[first_b * NODE + PREV]), first_a)
            join(it, last_a, halt)
            join(it, halt, first_b)
        else:
            after = np.int64(it[last_b * NODE + NEXT])
            join(it, last_b, halt)
            join(it, halt, first_a)
            join(it, last_a, after)
    name_route(mem, ra)
    name_route(mem, rb)
    if not still_fits(mem, ra) or not still_fits(mem, rb):
        return INFINITE
    settle(mem, ra, had_a)
    if rb != ra:
        settle(mem, rb, had_b)
    return fl[da * 8 + PRICE] + (fl[db * 8 + PRICE] if rb != ra else 0.0) - now


@part(**INNER)
def exchange(mem, ra, rb):
    """Let two shifts of different kinds swap all their stops. Returns the change of price, or INFINITE."""
    ask, live = ask_of(mem), live_of(mem)
    it, fl, n = live.it, live.fl, ask.n
    ga, gb = np.int64(ask.kind_of[ra]), np.int64(ask.kind_of[rb])
    da, db = n + ra, n + rb
    first_a, first_b = np.int64(it[da * NODE + NEXT]), np.int64(it[db * NODE + NEXT])
    reloads = live.rt[ra * 8 + RELOADS] + live.rt[rb * 8 + RELOADS] > 0
    if ga == gb or (first_a == da and first_b == db):
        return INFINITE
    if reloads and ask.kmore[ga * 16 + RELOAD_FROM] != ask.kmore[gb * 16 + RELOAD_FROM]:
        return INFINITE
    for first in (first_a, first_b):
        if first < n and ask.more[first * 4 + FROZEN]:
            return INFINITE
    now = fl[da * 8 + PRICE] + fl[db * 8 + PRICE]
    keep(mem, ra)
    keep(mem, rb)
    had_a, had_b = live.rt[ra * 8 + STOPS], live.rt[rb * 8 + STOPS]
    last_a = np.int64(it[da * NODE + PREV]) if first_a != da else np.int64(-1)
    last_b = np.int64(it[db * NODE + PREV]) if first_b != db else np.int64(-1)
    hang(it, da, first_b, last_b, da)
    hang(it, db, first_a, last_a, db)
    name_route(mem, ra)
    name_route(mem, rb)
    if not still_fits(mem, ra) or not still_fits(mem, rb):
        return INFINITE
    settle(mem, ra, had_a)
    settle(mem, rb, had_b)
    return fl[da * 8 + PRICE] + fl[db * 8 + PRICE] - now


@part(**INNER)
def prices_alone(mem):
    """Fill `alone[x, g]` with the price of serving stop x (with its mate) and nothing else with kind g."""
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    for g in range(ask.kinds):
        r = np.int64(ask.kind_routes[ask.kind_begins[g]])
        d = n + r
        for x in range(n):
            ask.alone[x, g] = INFINITE
            if ask.more[x * 4 + ROLE] == DELIVERY or not ask.allowed[x, g]:
                continue
            y = np.int64(ask.more[x * 4 + MATE])
            stops = 2 if y >= 0 else 1
            if (y >= 0 and not ask.allowed[y, g]) or ask.kint[g * 8 + K_STOPS] < stops:
                continue
            join(it, d, x)
            if y >= 0:
                join(it, x, y)
                join(it, y, d)
            else:
                join(it, x, d)
            if loads_fit(mem, d, g):
                price = drive(mem, g, d, np.int64(-1), INFINITE)
                strain = ask.stop[x * 8 + STRAIN] + (ask.stop[y * 8 + STRAIN] if y >= 0 else 0)
                if price < INFINITE:
                    ask.alone[x, g] = price + fixed_and_burden(mem, g, strain)
        join(it, d, d)


@part(**INNER)
def drop_halves(mem, r):
    """Take stops of pairs out of route r whose other stop isn't there, before them, in the same trip."""
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    d = n + r
    for _ in range(2):
        x = np.int64(it[d * NODE + NEXT])
        while x != d:
            after = np.int64(it[x * NODE + NEXT])
            if x < n and ask.more[x * 4 + ROLE] != 0 and not ask.more[x * 4 + FROZEN]:
                mate = np.int64(ask.more[x * 4 + MATE])
                y = x
                if ask.more[x * 4 + ROLE] == PICKUP:
                    while y < n and y != mate:
                        y = np.int64(it[y * NODE + NEXT])
                else:
                    while y < n and y != mate:
                        y = np.int64(it[y * NODE + PREV])
                if y != mate:
                    join(it, np.int64(it[x * NODE + PREV]), after)
                    it[x * NODE + ROUTE] = -2
            x = after


@part(**INNER)
def load(mem, sequence, begins, strict):
    """Fill empty routes from a start: route r gets sequence[begins[r]:begins[r + 1]], stops and -1 - row for reloads.

    What doesn't fit stays out, but for frozen stops and reloads before them. Not `strict`: takes everything as given,
    feasible or not (to price a plan as it is).
    """
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    for r in range(ask.m):
        g = np.int64(ask.kind_of[r])
        d = n + r
        for j in range(begins[r], begins[r + 1]):
            x, u = np.int64(sequence[j]), np.int64(it[d * NODE + PREV])
            if x < 0:
                x = take_reload(mem, -1 - x)
                if x < 0:
                    continue
            elif it[x * NODE + ROUTE] >= 0:
                continue
            had = live.rt[r * 8 + STOPS]
            join(it, u, x)
            join(it, x, d)
            it[x * NODE + ROUTE] = r
            if not strict:
                continue
            fits = still_fits(mem, r)
            settle(mem, r, had)
            fits = fits and live.fl[d * 8 + PRICE] < BROKEN / 2
            then = np.int64(sequence[j + 1]) if x >= n and j + 1 < begins[r + 1] else x
            decided_so = 0 <= then < n and ask.more[then * 4 + FROZEN] > 0
            if not fits and not decided_so:
                had = live.rt[r * 8 + STOPS]
                join(it, u, d)
                if x < n:
                    it[x * NODE + ROUTE] = -2
                else:
                    give_back(mem, x)
                settle(mem, r, had)
        had = live.rt[r * 8 + STOPS]
        if strict:
            drop_empty_trips(mem, r)
            drop_halves(mem, r)
            if ask.kmore[g * 16 + LIFO] and not lifo_holds(mem, d):
                x = np.int64(it[d * NODE + NEXT])
                while x != d:
                    if x < n and ask.more[x * 4 + ROLE] != 0 and not ask.more[x * 4 + FROZEN]:
                        join(it, np.int64(it[x * NODE + PREV]), np.int64(it[x * NODE + NEXT]))
                        it[x * NODE + ROUTE] = -2
                    x = np.int64(it[x * NODE + NEXT])
            drop_empty_trips(mem, r)
        settle(mem, r, had)
    free_again(mem)


@part(**INNER)
def rests_of(mem, r):
    """Write the breaks and charges of route r into `rests`, by place; return the places, 0 where it has none."""
    ask, live = ask_of(mem), live_of(mem)
    d = ask.n + r
    g = np.int64(ask.kind_of[r])
    if ask.kmore[g * 16 + COUPLED] == 0 or live.it[d * NODE + NEXT] == d:
        return 0
    live.cost[BOUND] = INFINITE
    price, leaves, places = rest_drive(mem, g, d, True)
    if price >= INFINITE:
        return 0
    write_rests(mem, g, r, leaves, places)
    return places


@part(**INNER)
def free_again(mem):
    """Put the reloads given back into the pool."""
    live = live_of(mem)
    count, half = live.count, live.half
    for k in range(count[FREED]):
        live.pool[count[POOL]] = live.pool[half + k]
        count[POOL] += 1
    count[FREED] = 0


@part(**INNER)
def one_step(mem, setting, generous):
    """Ruin and recreate once, or rearrange trips or shifts. Returns the change of price."""
    ask, live = ask_of(mem), live_of(mem)
    rng, count, n = live.rng, live.count, ask.n
    if uniform(rng) < setting[7]:
        if count[USED] > 0 and uniform(rng) < 0.5:
            x, y = below(rng, n), below(rng, n)
            if uniform(rng) < 0.7:
                y = np.int64(ask.near[x, below(rng, min(10, ask.near.shape[1]))])
            if y >= 0 and live.it[x * NODE + ROUTE] >= 0 and live.it[y * NODE + ROUTE] >= 0:
                return move_trip(mem, x, y)
            return INFINITE
        return exchange(mem, below(rng, ask.m), below(rng, ask.m))
    seed = below(rng, n)
    if count[LEFT] > 0 and uniform(rng) < 0.3:
        seed = np.int64(live.left[below(rng, count[LEFT])])
    size, change = ruin(mem, seed, setting[2], setting[4], setting[9])
    size, saved = call_back(mem, seed, np.int64(setting[8]), size)
    change -= saved
    shuffle_by_rank(rng, live.todo, size, ask.ranks, live.key)
    change += recreate(mem, size, np.log(1.0 - setting[5]), generous)
    change += improve_tails(mem, size, np.int64(setting[3]))
    for i in range(size):
        r = np.int64(live.it[live.todo[i] * NODE + ROUTE])
        if r >= 0 and live.rt[r * 8 + RELOADS] > 0:
            change += merge_trips(mem, r)
    return change


@part(**BRICK)
def mark_left(mem, x):
    """Note at stop x, and at the other of its pair, that it is left out."""
    ask, it = ask_of(mem), live_of(mem).it
    it[x * NODE + ROUTE] = -2
    mate = np.int64(ask.more[x * 4 + MATE])
    if ask.more[x * 4 + ROLE] == PICKUP and ask.more[mate * 4 + FROZEN] == 0:
        it[mate * NODE + ROUTE] = -2


@part(**INNER)
def anneal(mem, setting, iterations, done, step):
    """Run `iterations` of ruin, recreate, tail swaps, trip moves and annealing; hold the best in `best_next`.

    `setting`: hot and cold temperature in cents, mean removed, width of tail swaps, chance of a whole route or trip,
    of a skip, of a generous insertion, of a move of trips or shifts, the most stops left out that are tried again at
    once, and the chance of taking out single stops. `done` is the share of the whole search that is over, `step` the
    share of one iteration.
    """
    ask, live = ask_of(mem), live_of(mem)
    it, count, cost, left = live.it, live.count, live.cost, live.left
    hot, ratio = setting[0], np.log(setting[1] / setting[0])
    kinds = ask.kinds
    for i in range(iterations):
        temperature = hot * np.exp(ratio * min(1.0, done + i * step))
        threshold = -temperature * np.log(uniform(live.rng))
        count[CLOCK] += 1
        count[JOURNAL] = 0
        count[JOURNAL_ROUTES] = 0
        count[FREED] = 0
        used, left_before, pool_before = count[USED], count[LEFT], count[POOL]
        for k in range(left_before):
            live.old_left[k] = left[k]
        for k in range(kinds):
            live.old_empty[k] = live.empty[k]
        change = one_step(mem, setting, uniform(live.rng) < setting[6])
        if change < threshold:
            cost[COST] += change
            free_again(mem)
            for k in range(count[LEFT]):
                mark_left(mem, np.int64(left[k]))
            if cost[COST] < cost[BEST_COST] - 1e-6:
                cost[BEST_COST] = cost[COST]
                count[BEST_LEFT] = count[LEFT]
                count[IMPROVED] += 1
                for x in range(live.nodes):
                    live.best_next[x] = it[x * NODE + NEXT]
                    live.best_row[x] = it[x * NODE + ROW]
        else:
            undo(mem)
            count[USED], count[LEFT], count[POOL] = used, left_before, pool_before
            for k in range(left_before):
                left[k] = live.old_left[k]
                mark_left(mem, np.int64(left[k]))
            for k in range(kinds):
                live.empty[k] = live.old_empty[k]


PRICE_ALONE, LOAD, LOAD_AS_IS, PLACE_RESTS, ANNEAL = range(5)
"""What `run` may be asked to do."""


@compiled(**WHOLE)
def run(mem, task, number, setting, done, step, sequence, begins):
    """Do a task: one entry for all, because each is compiled with everything below it.

    PRICE_ALONE; LOAD and LOAD_AS_IS take `sequence` and `begins`; PLACE_RESTS a route as `number`, and returns its
    places; ANNEAL takes the iterations as `number`, `setting`, `done` and `step`.
    """
    if task == PRICE_ALONE:
        prices_alone(mem)
    elif task == PLACE_RESTS:
        return rests_of(mem, number)
    elif task == ANNEAL:
        anneal(mem, setting, number, done, step)
    else:
        load(mem, sequence, begins, task == LOAD)
    return 0

"""Where a stop, or both stops of a pair, cost least: places in trips, and new trips. Compiled.

Tables rank the places; where times cost, or a change reaches back to when a trip begins, the best few are driven.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import BRICK, INNER
from doorstep.operations.search.kernel_common import until_blink
from doorstep.operations.search.kernel_prices import (
    INFINITE,
    K_FIXED,
    K_METRE,
    K_PROFILE,
    K_STARTS,
    K_STOPS,
    K_WAIT,
    LAST_CLOSE,
    SERVICE,
    STRAIN,
    burden_price,
    knock,
)
from doorstep.operations.search.kernel_rich_drive import drive, settle
from doorstep.operations.search.kernel_rich_memory import ask_of, live_of
from doorstep.operations.search.kernel_rich_routes import (
    ARC,
    ARRIVES,
    BLINK,
    COUPLED,
    DELIVERY,
    DRIVING,
    FREE,
    LASTLY,
    LATEST,
    LEAVES,
    LEFT,
    LIFO,
    LIMITED,
    LOOK,
    MATE,
    METRES,
    MOST_DRIVING,
    MOST_METRES,
    MOST_RELOADS,
    MOST_WORKING,
    NEXT,
    NODE,
    OPEN,
    PICKUP,
    POOL,
    PREV,
    PRICE,
    RELEASE,
    RELOAD_FROM,
    RELOAD_SECONDS,
    RELOAD_TO,
    RELOADS,
    ROLE,
    ROUTE,
    SECS,
    SO_FAR,
    SOONEST,
    STOPS,
    STRAINS,
    TAIL,
    TRIP,
    WAITS,
    WORKING,
    begin_of,
    decided,
    door_price,
    join,
    keep,
    rest_price,
    row_from,
    row_to,
    take_reload,
    way,
)
from doorstep.operations.search.parts import part

FEW = 4
"""Places that are driven before one is chosen."""

AT, THEN, MODE, DEPOT, DRIVEN = range(5)
"""A place: the node to follow, the node that the pair's delivery follows, how trips change, the reload's row, and
whether it must be driven to be known."""
WIDTH = 8
IN_TRIP, ENDS_TRIP, BEGINS_TRIP = range(3)
"""How trips change: not; a reload follows what is put in; a reload comes before it."""


@part(**BRICK)
def delay_at(mem, g, u, s, release):
    """Return how many seconds later node u of trip s is left if the trip may not begin before `release`; or -1."""
    ask, live = ask_of(mem), live_of(mem)
    if not ask.releases:
        return np.int64(0)
    late = release - begin_of(mem, g, s)
    if late <= 0:
        return np.int64(0)
    if release > live.it[s * NODE + LASTLY]:
        return np.int64(-1)
    return max(np.int64(0), late - live.it[u * NODE + WAITS])


@part(**BRICK)
def within_limits(mem, r, g, metres, seconds, service):
    """Return whether route r may grow by so much."""
    ask, live = ask_of(mem), live_of(mem)
    q, k = r * 8, g * 16
    if ask.kmore[k + LIMITED] == 0:
        return True
    driving, working = live.rt[q + DRIVING] + seconds, live.rt[q + WORKING] + seconds + service
    return (
        live.rt[q + METRES] + metres <= ask.kmore[k + MOST_METRES]
        and driving <= ask.kmore[k + MOST_DRIVING]
        and working <= ask.kmore[k + MOST_WORKING]
    )


@part(**BRICK)
def note(mem, change, u, v, mode, row, driven):
    """Insert a place among the best few, cheapest first."""
    live = live_of(mem)
    few, at = live.few, live.few_at
    k = FEW - 1
    while k > 0 and few[k - 1] > change:
        few[k] = few[k - 1]
        for f in range(WIDTH):
            at[k * WIDTH + f] = at[(k - 1) * WIDTH + f]
        k -= 1
    few[k] = change
    q = k * WIDTH
    at[q + AT], at[q + THEN], at[q + MODE], at[q + DEPOT], at[q + DRIVEN] = u, v, mode, row, driven


@part(**INNER)
def try_stop(mem, r, g, x, u, w):
    """Return (change of price, whether its trip begins later) of putting x between u and w of route r."""
    ask, live = ask_of(mem), live_of(mem)
    it, ld, n, dims = live.it, live.ld, ask.n, ask.dims
    s = u if u >= n else np.int64(it[u * NODE + TRIP])
    for k in range(dims):
        cap, brought = ask.kcap[g * dims + k], ask.brought[x * dims + k]
        if ld[(u * 3 + 1) * dims + k] + brought > cap:
            return INFINITE, False
        if ask.mixed:
            picked = ask.picked[x * dims + k]
            if ld[u * 3 * dims + k] + picked > cap or (w < n and ld[(w * 3 + 2) * dims + k] + picked > cap):
                return INFINITE, False
    release = np.int64(ask.more[x * 4 + RELEASE])
    delay = delay_at(mem, g, u, s, release)
    if delay < 0:
        return INFINITE, False
    p = np.int64(ask.kint[g * 8 + K_PROFILE])
    left = np.int64(it[u * NODE + LEAVES]) + delay
    service = np.int64(ask.stop[x * 8 + SERVICE])
    free = ask.kmore[g * 16 + FREE] > 0
    if free:
        soonest = max(np.int64(live.fl[u * 8 + SOONEST]), release)
        t, _ = way(mem, ask.into, p, x, row_from(mem, g, u), soonest)
        reach, _ = way(mem, ask.tt, p, x, row_to(mem, g, w), knock(ask.stop, ask.spans, x, t) + service)
        if t > ask.stop[x * 8 + LAST_CLOSE] or reach > it[w * NODE + LATEST]:
            return INFINITE, False
    t, metres = way(mem, ask.into, p, x, row_from(mem, g, u), left)
    if t > ask.stop[x * 8 + LAST_CLOSE] and not free:
        return INFINITE, False
    begins = knock(ask.stop, ask.spans, x, t)
    reach, onward = way(mem, ask.tt, p, x, row_to(mem, g, w), begins + service)
    if reach > it[w * NODE + LATEST] and not free:
        return INFINITE, False
    way_on = live.fl[u * 8 + ARC]
    price = ask.kflt[g * 8 + K_METRE] * (metres + onward) + door_price(mem, g, x, begins, begins - t) - way_on
    if ask.kmore[g * 16 + LIMITED]:
        more = metres + onward - np.int64(way_on / max(1e-12, ask.kflt[g * 8 + K_METRE]) + 0.5)
        seconds = t - left + reach - begins - service - it[u * NODE + SECS]
        if not within_limits(mem, r, g, more, seconds, service):
            return INFINITE, False
    if ask.timed:
        price += ask.kflt[g * 8 + K_WAIT] * delay
    price += rest_price(mem, g, w, reach) - rest_price(mem, g, w, np.int64(it[w * NODE + ARRIVES]))
    return price, ask.releases and release > begin_of(mem, g, s)


@part(**INNER)
def try_pair(mem, r, g, x, y, u, w):
    """Return (change of price, node that y follows, whether its trip begins later) of the best place of y behind x.

    x goes between u and w of route r; where it is there already (u < 0), only y is placed.
    """
    ask, live = ask_of(mem), live_of(mem)
    it, ld, fl, n, dims = live.it, live.ld, live.fl, ask.n, ask.dims
    p, metre = np.int64(ask.kint[g * 8 + K_PROFILE]), ask.kflt[g * 8 + K_METRE]
    lifo = ask.kmore[g * 16 + LIFO] > 0
    there = u < 0
    later = False
    if there:
        u = x
        t, price = np.int64(it[x * NODE + LEAVES]), 0.0
        if ask.kmore[g * 16 + FREE]:
            t = np.int64(fl[x * 8 + SOONEST])
    else:
        s = u if u >= n else np.int64(it[u * NODE + TRIP])
        for k in range(dims):
            cap = ask.kcap[g * dims + k]
            if (
                ld[(u * 3 + 1) * dims + k] + ask.brought[x * dims + k] > cap
                or ld[u * 3 * dims + k] + ask.picked[x * dims + k] + ask.goods[x * dims + k] > cap
            ):
                return INFINITE, np.int64(-1), False
        release = np.int64(max(ask.more[x * 4 + RELEASE], ask.more[y * 4 + RELEASE]))
        delay = delay_at(mem, g, u, s, release)
        if delay < 0:
            return INFINITE, np.int64(-1), False
        later = ask.releases and release > begin_of(mem, g, s)
        left = np.int64(it[u * NODE + LEAVES]) + delay
        if ask.kmore[g * 16 + FREE]:
            left = max(np.int64(fl[u * 8 + SOONEST]), release)
        at, metres = way(mem, ask.into, p, x, row_from(mem, g, u), left)
        if at > ask.stop[x * 8 + LAST_CLOSE]:
            return INFINITE, np.int64(-1), False
        begins = knock(ask.stop, ask.spans, x, at)
        t = begins + ask.stop[x * 8 + SERVICE]
        price = metre * metres + door_price(mem, g, x, begins, begins - at)
        if ask.timed:
            price += ask.kflt[g * 8 + K_WAIT] * delay
    began = fl[u * 8 + SO_FAR]
    best, best_v = INFINITE, np.int64(-1)
    close_y, service_y = ask.stop[y * 8 + LAST_CLOSE], ask.stop[y * 8 + SERVICE]
    depth = 0
    before, z, behind = x, w, u  # y is tried between `before` and z; `behind` is what z follows now
    while True:
        if (depth == 0 or not lifo) and not decided(mem, z):
            at, metres = way(mem, ask.into, p, y, before, t)
            if at <= close_y:
                begins = knock(ask.stop, ask.spans, y, at)
                reach, onward = way(mem, ask.tt, p, y, row_to(mem, g, z), begins + service_y)
                if reach <= it[z * NODE + LATEST]:
                    change = price + metre * (metres + onward) + door_price(mem, g, y, begins, begins - at)
                    change += rest_price(mem, g, z, reach)
                    change -= rest_price(mem, g, z, np.int64(it[z * NODE + ARRIVES]))
                    change -= fl[behind * 8 + SO_FAR] + fl[behind * 8 + ARC] - began
                    if change < best:
                        room = True
                        for k in range(dims):
                            more = np.int64(ask.picked[y * dims + k])
                            more += -ask.goods[y * dims + k] if there else ask.picked[x * dims + k]
                            load = ld[behind * 3 * dims + k]
                            if z < n:
                                load = max(load, ld[(z * 3 + 2) * dims + k])
                            room = room and ((more == 0 and not there) or load + more <= ask.kcap[g * dims + k])
                        if room:
                            best, best_v = change, before
        if z >= n:
            break
        at, metres = way(mem, ask.tt, p, before, z, t)
        if at > it[z * NODE + LATEST]:
            break
        full = False
        for k in range(dims):
            load = np.int64(ld[z * 3 * dims + k])
            if not there:
                load += ask.picked[x * dims + k] + ask.goods[x * dims + k]
            full = full or load > ask.kcap[g * dims + k]
        if full:
            break
        role = ask.more[z * 4 + ROLE]
        depth += 1 if role == PICKUP else (-1 if role == DELIVERY else 0)
        if lifo and depth < 0:
            break
        begins = knock(ask.stop, ask.spans, z, at)
        price += metre * metres + door_price(mem, g, z, begins, begins - at)
        t = begins + ask.stop[z * 8 + SERVICE]
        before, behind = z, z
        z = np.int64(it[z * NODE + NEXT])
    return best, best_v, later


@part(**INNER)
def try_new_trip(mem, g, x, y, u, w, mode):
    """Return (change of price, row to reload at) of cutting the trip between u and w, x (and y) beside the cut.

    What leaves earlier because its trip got shorter is not counted on.
    """
    ask, live = ask_of(mem), live_of(mem)
    it, ld, n, dims = live.it, live.ld, ask.n, ask.dims
    s = u if u >= n else np.int64(it[u * NODE + TRIP])
    last = y if y >= 0 else x
    if not ask.mixed:
        for k in range(dims):
            rest = ld[u * 3 * dims + k]
            load = ask.brought[x * dims + k] + (rest if mode == BEGINS_TRIP else ld[s * 3 * dims + k] - rest)
            if load > ask.kcap[g * dims + k]:
                return INFINITE, np.int64(-1)
    p, metre, wait = np.int64(ask.kint[g * 8 + K_PROFILE]), ask.kflt[g * 8 + K_METRE], ask.kflt[g * 8 + K_WAIT]
    reloading = np.int64(ask.kmore[g * 16 + RELOAD_SECONDS])
    release = np.int64(ask.more[x * 4 + RELEASE])
    if y >= 0:
        release = max(release, np.int64(ask.more[y * 4 + RELEASE]))
    tail = np.int64(it[w * NODE + TAIL]) if w < n else np.int64(0)
    best, best_row = INFINITE, np.int64(-1)
    row_w = row_to(mem, g, w)
    for j in range(ask.kmore[g * 16 + RELOAD_FROM], ask.kmore[g * 16 + RELOAD_TO]):
        row = np.int64(ask.reload_rows[j])
        here = row_from(mem, g, u)
        t, price = np.int64(it[u * NODE + LEAVES]), 0.0
        if mode == BEGINS_TRIP:
            at, metres = way(mem, ask.tt, p, here, row, t)
            begins = max(at, release, tail)
            price += metre * metres + (wait * (begins - at) if ask.timed else 0.0)
            t, here = begins + reloading, row
        elif u >= n:
            first = np.int64(ask.kint[g * 8 + K_STARTS]) if u < n + ask.m else np.int64(it[u * NODE + ARRIVES])
            begins = max(first, release)
            if ask.timed:
                price += wait * (begins - begin_of(mem, g, s))
            t = begins + (reloading if u >= n + ask.m else 0)
        else:
            delay = delay_at(mem, g, u, s, release)
            if delay < 0:
                return INFINITE, np.int64(-1)
            t += delay
        at, metres = way(mem, ask.tt, p, here, x, t)
        if at > ask.stop[x * 8 + LAST_CLOSE]:
            continue
        begins = knock(ask.stop, ask.spans, x, at)
        price += metre * metres + door_price(mem, g, x, begins, begins - at)
        t = begins + ask.stop[x * 8 + SERVICE]
        if y >= 0:
            at, metres = way(mem, ask.tt, p, x, y, t)
            if at > ask.stop[y * 8 + LAST_CLOSE]:
                continue
            begins = knock(ask.stop, ask.spans, y, at)
            price += metre * metres + door_price(mem, g, y, begins, begins - at)
            t = begins + ask.stop[y * 8 + SERVICE]
        here = last
        if mode == ENDS_TRIP:
            at, metres = way(mem, ask.tt, p, here, row, t)
            begins = max(at, tail)
            price += metre * metres + (wait * (begins - at) if ask.timed else 0.0)
            t, here = begins + reloading, row
        reach, metres = way(mem, ask.tt, p, here, row_w, t)
        if reach > it[w * NODE + LATEST]:
            continue
        price += metre * metres - live.fl[u * 8 + ARC]
        price += rest_price(mem, g, w, reach) - rest_price(mem, g, w, np.int64(it[w * NODE + ARRIVES]))
        if price < best:
            best, best_row = price, row
    return best, best_row


@part(**BRICK)
def may_cut(mem, r, g, u):
    """Return whether route r may reload once more, behind node u."""
    ask, live = ask_of(mem), live_of(mem)
    room = live.rt[r * 8 + RELOADS] < ask.kmore[g * 16 + MOST_RELOADS] and live.count[POOL] > 0
    return room and live.it[u * NODE + OPEN] == 0


@part(**INNER)
def link(mem, x, y, u, v, mode, row):
    """Put x (and y behind v) in its place, with a reload where the mode asks for one. Returns the reload or -1."""
    live = live_of(mem)
    it = live.it
    halt = np.int64(-1)
    if u >= 0:
        w = np.int64(it[u * NODE + NEXT])
        if mode != IN_TRIP:
            halt = take_reload(mem, row)
        if mode == BEGINS_TRIP:
            join(it, u, halt)
            join(it, halt, w)
            u = halt
        join(it, u, x)
        join(it, x, w)
        if mode == ENDS_TRIP:
            join(it, x, halt)
            join(it, halt, w)
    if y >= 0:
        w = np.int64(it[v * NODE + NEXT])
        join(it, v, y)
        join(it, y, w)
    return halt


@part(**INNER)
def unlink(mem, x, y, halt, there):
    """Take back what `link` did last."""
    live = live_of(mem)
    it = live.it
    if y >= 0:
        join(it, np.int64(it[y * NODE + PREV]), np.int64(it[y * NODE + NEXT]))
    if not there:
        join(it, np.int64(it[x * NODE + PREV]), np.int64(it[x * NODE + NEXT]))
    if halt >= 0:
        join(it, np.int64(it[halt * NODE + PREV]), np.int64(it[halt * NODE + NEXT]))
        live.count[POOL] += 1


@part(**INNER)
def loads_fit(mem, d, g):
    """Return whether no trip of the route at d ever carries more than kind g holds."""
    ask, live = ask_of(mem), live_of(mem)
    it, n, dims = live.it, ask.n, ask.dims
    for k in range(dims):
        cap = ask.kcap[g * dims + k]
        s = d
        while True:
            load = np.int64(0)
            x = np.int64(it[s * NODE + NEXT])
            while x < n:
                load += ask.brought[x * dims + k]
                x = np.int64(it[x * NODE + NEXT])
            if load > cap:
                return False
            x = np.int64(it[s * NODE + NEXT])
            while x < n:
                load += ask.picked[x * dims + k] - ask.brought[x * dims + k]
                role = ask.more[x * 4 + ROLE]
                if role != 0:
                    load += ask.goods[x * dims + k] if role == PICKUP else -ask.goods[x * dims + k]
                if load > cap:
                    return False
                x = np.int64(it[x * NODE + NEXT])
            if x == d:
                break
            s = x
    return True


@part(**INNER)
def driven_change(mem, r, x, y, u, v, mode, row, late, most):
    """Return the exact change of price of one place, or INFINITE where it may not be driven so or costs over `most`."""
    ask, live = ask_of(mem), live_of(mem)
    g = np.int64(ask.kind_of[r])
    d = ask.n + r
    there = u < 0
    halt = link(mem, x, y, u, v, mode, row)
    whole = late or there or mode != IN_TRIP or ask.kmore[g * 16 + LIMITED] > 0 or ask.kmore[g * 16 + COUPLED] > 0
    last = np.int64(-1) if mode != IN_TRIP else (y if y >= 0 else x)
    strain = np.int64(live.rt[r * 8 + STRAINS]) + (ask.stop[y * 8 + STRAIN] if y >= 0 else 0)
    strain += 0 if there else ask.stop[x * 8 + STRAIN]
    fixed = ask.kflt[g * 8 + K_FIXED] + burden_price(ask.kint, ask.kflt, g, strain)
    bound = INFINITE
    if most < INFINITE and ask.kmore[g * 16 + COUPLED]:
        bound = most + live.fl[d * 8 + PRICE] - fixed
    price = INFINITE
    if mode == IN_TRIP or not ask.mixed or loads_fit(mem, d, g):
        price = drive(mem, g, d if whole else u, last, bound)
    unlink(mem, x, y, halt, there)
    if price >= INFINITE:
        return INFINITE
    return price + fixed - live.fl[d * 8 + PRICE]


@part(**INNER)
def look_at(mem, r, g, x, y, u):
    """Note the best place of x (and y) behind node u of route r among the few. Returns whether it was noted."""
    ask, live = ask_of(mem), live_of(mem)
    it, few = live.it, live.few
    w = np.int64(it[u * NODE + NEXT])
    if decided(mem, w):
        return
    worst = few[FEW - 1]
    v = x
    if y >= 0:
        change, v, late = try_pair(mem, r, g, x, y, u, w)
    else:
        change, late = try_stop(mem, r, g, x, u, w)
    driven = ask.timed or late or ask.kmore[g * 16 + COUPLED] > 0
    driven = driven or (ask.kmore[g * 16 + LIMITED] > 0 and (y >= 0 or not ask.still))
    if change < INFINITE:
        strain = np.int64(live.rt[r * 8 + STRAINS])
        more = np.int64(ask.stop[x * 8 + STRAIN]) + (ask.stop[y * 8 + STRAIN] if y >= 0 else 0)
        if more > 0:
            change += burden_price(ask.kint, ask.kflt, g, strain + more) - burden_price(ask.kint, ask.kflt, g, strain)
        if change < worst:
            note(mem, change, u, v, IN_TRIP, np.int64(-1), np.int64(driven) + (2 if late else 0))
    if (change >= INFINITE or u >= ask.n or w >= ask.n) and may_cut(mem, r, g, u):
        for mode in (ENDS_TRIP, BEGINS_TRIP):
            if (w if mode == ENDS_TRIP else u) >= ask.n:
                continue
            change, row = try_new_trip(mem, g, x, y, u, w, mode)
            if change < few[FEW - 1]:
                exact = ask.timed or ask.mixed or ask.kmore[g * 16 + COUPLED] > 0 or ask.kmore[g * 16 + LIMITED] > 0
                note(mem, change, u, x, mode, row, np.int64(exact))


@part(**INNER)
def choose(mem, x, y):
    """Return (change of price, which) of the cheapest of the few, those that must be known exactly driven."""
    live = live_of(mem)
    best, which = INFINITE, np.int64(-1)
    for k in range(FEW):
        q = k * WIDTH
        if live.few[k] >= INFINITE:
            break
        change = live.few[k]
        driven = live.few_at[q + DRIVEN]
        u = live.few_at[q + AT]
        v = live.few_at[q + THEN]
        if driven:
            r = np.int64(live.it[(u if u >= 0 else v) * NODE + ROUTE])
            change = driven_change(mem, r, x, y, u, v, live.few_at[q + MODE], live.few_at[q + DEPOT], driven > 1, best)
        elif change >= best:
            break
        if change < best:
            best, which = change, np.int64(k)
    return best, which


@part(**INNER)
def find(mem, x, y, log_keep, everywhere):
    """Return (change of price, which of the few) of the best place for x (and y): from its lists, or in all routes."""
    ask, live = ask_of(mem), live_of(mem)
    it, few, count, n = live.it, live.few, live.count, ask.n
    for k in range(FEW):
        few[k] = INFINITE
    blink = count[BLINK]
    count[LOOK] += 1
    look = count[LOOK]
    width = ask.pred.shape[1]
    for side in range(ask.m if everywhere else 2):
        v = np.int64(-1)
        for k in range(live.nodes if everywhere else width):
            if everywhere:
                v = n + side if k == 0 else np.int64(it[v * NODE + NEXT])
                if (k == 0 and it[v * NODE + NEXT] == v) or (k > 0 and v == n + side):
                    break
                r, u = np.int64(side), v
            else:
                v = np.int64(ask.pred[x, k] if side == 0 else ask.succ[x, k])
                if v < 0:
                    break
                r = np.int64(it[v * NODE + ROUTE])
                if r < 0:
                    continue
                u = v if side == 0 else np.int64(it[v * NODE + PREV])
            if live.looked[u] == look:
                continue
            live.looked[u] = look
            g = np.int64(ask.kind_of[r])
            if not ask.allowed[x, g] or live.rt[r * 8 + STOPS] + (1 if y >= 0 else 0) >= ask.kint[g * 8 + K_STOPS]:
                continue
            if y >= 0 and not ask.allowed[y, g]:
                continue
            blink -= 1
            if blink < 0 and not everywhere:
                blink = until_blink(live.rng, log_keep)
                continue
            look_at(mem, r, g, x, y, u)
    count[BLINK] = blink
    return choose(mem, x, y)


@part(**INNER)
def find_delivery(mem, x, y):
    """Return (change of price, which of the few) of the best place for y on the route that has its pick-up x."""
    ask, live = ask_of(mem), live_of(mem)
    for k in range(FEW):
        live.few[k] = INFINITE
    r = np.int64(live.it[x * NODE + ROUTE])
    g = np.int64(ask.kind_of[r])
    if live.rt[r * 8 + STOPS] >= ask.kint[g * 8 + K_STOPS] or not ask.allowed[y, g]:
        return INFINITE, np.int64(-1)
    change, v, _ = try_pair(mem, r, g, x, y, np.int64(-1), np.int64(live.it[x * NODE + NEXT]))
    if v >= 0:
        exact = ask.timed or ask.kmore[g * 16 + COUPLED] > 0 or ask.kmore[g * 16 + LIMITED] > 0
        note(mem, change, np.int64(-1), v, IN_TRIP, np.int64(-1), np.int64(exact))
    return choose(mem, x, y)


@part(**INNER)
def open_route(mem, x):
    """Return (route, price) of the cheapest kind of empty route that can serve x (with its mate) alone."""
    ask, live = ask_of(mem), live_of(mem)
    best, best_g = INFINITE, -1
    for g in range(ask.kinds):
        if live.empty[g] > 0 and ask.alone[x, g] < best:
            best, best_g = ask.alone[x, g], g
    if best_g < 0:
        return np.int64(-1), INFINITE
    for k in range(ask.kind_begins[best_g], ask.kind_begins[best_g + 1]):
        r = np.int64(ask.kind_routes[k])
        if live.rt[r * 8 + STOPS] == 0:
            return r, best
    return np.int64(-1), INFINITE


@part(**INNER)
def put(mem, r, x, y, u, v, mode, row):
    """Put x (and y) in its place of route r for good. Returns the change of price."""
    ask, live = ask_of(mem), live_of(mem)
    it = live.it
    keep(mem, r)
    before = live.fl[(ask.n + r) * 8 + PRICE]
    had = live.rt[r * 8 + STOPS]
    halt = link(mem, x, y, u, v, mode, row)
    it[x * NODE + ROUTE] = r
    if y >= 0:
        it[y * NODE + ROUTE] = r
    if halt >= 0:
        it[halt * NODE + ROUTE] = r
    settle(mem, r, had)
    return live.fl[(ask.n + r) * 8 + PRICE] - before


@part(**INNER)
def recreate(mem, size, log_keep, generous):
    """Insert `todo[:size]` in order where that is cheapest, or leave them out where that is cheaper still.

    A pair is named by its pick-up, unless that can't move. Returns the change of price. `generous`: leave nothing
    out that fits.
    """
    ask, live = ask_of(mem), live_of(mem)
    total = 0.0
    count, n = live.count, ask.n
    for i in range(size):
        x = np.int64(live.todo[i])
        name = x
        y = np.int64(-1)
        fresh, price = np.int64(-1), INFINITE
        if ask.more[x * 4 + ROLE] == DELIVERY:
            y = x
            x = np.int64(ask.more[y * 4 + MATE])
            change, which = find_delivery(mem, x, y)
        else:
            if ask.more[x * 4 + ROLE] == PICKUP:
                y = np.int64(ask.more[x * 4 + MATE])
            change, which = find(mem, x, y, log_keep, False)
            fresh, price = open_route(mem, x)
            if which < 0 and fresh < 0:
                change, which = find(mem, x, y, log_keep, True)
        if min(change, price) >= INFINITE or (min(change, price) > ask.unserved[name] and not generous):
            live.left[count[LEFT]] = name
            count[LEFT] += 1
            total += ask.unserved[name]
            continue
        if price < change:
            total += put(mem, fresh, x, y, n + fresh, x, IN_TRIP, np.int64(-1))
            continue
        q = which * WIDTH
        u, v = live.few_at[q + AT], live.few_at[q + THEN]
        r = np.int64(live.it[(u if u >= 0 else v) * NODE + ROUTE])
        total += put(mem, r, x, y, u, v, live.few_at[q + MODE], live.few_at[q + DEPOT])
    return total

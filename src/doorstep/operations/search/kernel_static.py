"""Ruin and recreate where only distance costs and travel never changes: whole numbers, O(1) insertion. Compiled.

Routes are doubly linked lists. Stop x is node x; route r begins and ends at node n + r, whose earliest departure is
the shift's start and whose latest start its end. `node` has one row per field (previous, next, route, earliest
departure, latest start, load so far, metres and seconds to the next, metres from the previous) and one column per
node, so that looking at one field of many nodes stays within the fastest cache. An iteration copies a route into a
journal before touching it, so that a refusal costs as much as what was touched. After Christiaens and Vanden Berghe
2020.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import BRICK, INNER, compiled
from doorstep.operations.search.kernel_common import (
    below,
    fetch_row,
    how_many_strings,
    shuffle_by_rank,
    uniform,
    until_blink,
)
from doorstep.operations.search.parts import WHOLE as ENTRY
from doorstep.operations.search.parts import part

PREV, NEXT, ROUTE, DEP, LAT, CUM, METRES, SECONDS, BEFORE = range(9)
FIELDS = 9
OPENS, CLOSES, SERVICE, AMOUNT = range(4)
LOAD, COUNT = range(2)
COST, BEST_COST, LEFT, BEST_LEFT, USED, BEST_USED, CLOCK, JOURNAL, JOURNAL_ROUTES, BLINK, MOST, SEED = range(12)
"""Slots of the int64 `state`: price now and best, stops left out now and best, routes used now and best,
..., the most routes that may be used, where the last ruin began."""

HOT, COLD, REMOVED, WHOLE, SKIP, INWARD, OUTWARD, MISSING_FIRST, MISSING_LAST, AGAIN, HOP = range(11)
"""Settings of `run`: temperatures in metres at the beginning and the end, stops removed on average, chance of a whole
route, chance of a skip, how many neighbours' tails are tried before and behind a stop, metres that a stop left out
counts for at the beginning and the end, how many of those left out are tried in one iteration, chance that a ruin
begins beside the one before."""

LONGEST_STRING = 10.0
"""Stops that are removed side by side: more were measured to gain nothing, on long routes either."""

NEVER = -(1 << 29)
"""Latest start of a stop whose route can't be driven in time, however early it begins."""

APART = np.int32(-(1 << 30))
"""Metres to and from a stop that is in no route: nothing ever looks cheap beside it."""

BIG = 1 << 40
"""Metres that a stop left out counts for in the best plan, and wherever no other figure is given."""


@part(**BRICK)
def _at(x, n):
    """Return a node's place in the matrices: stops first, then the depot."""
    return x if x < n else n


@part(**INNER)
def forward(node, routes, stop, n, r, x):
    """Recompute earliest departures and loads of route r from node x (not the depot) on."""
    p = node[PREV, x]
    load = np.int32(0) if p >= n else node[CUM, p]
    leaves, leg = node[DEP, p], node[SECONDS, p]
    for _ in range(n):
        if x >= n:
            break
        t = max(leaves + leg, stop[x * 4 + OPENS])
        load += stop[x * 4 + AMOUNT]
        leaves = t + stop[x * 4 + SERVICE]
        node[DEP, x] = leaves
        node[CUM, x] = load
        leg = node[SECONDS, x]
        x = np.int64(node[NEXT, x])
    routes[LOAD, r] = load


@part(**INNER)
def backward(node, stop, n, x, until_same):
    """Recompute latest starts from node x (not the depot) to the route's beginning; may end where nothing changes."""
    latest = node[LAT, node[NEXT, x]]
    for _ in range(n):
        if x >= n:
            break
        t = min(latest - node[SECONDS, x] - stop[x * 4 + SERVICE], stop[x * 4 + CLOSES])
        if t < stop[x * 4 + OPENS]:
            t = NEVER
        if until_same and t == node[LAT, x]:
            break
        node[LAT, x] = t
        latest = t
        x = np.int64(node[PREV, x])


@part(**INNER)
def refresh(node, routes, stop, n, r):
    """Recompute everything of route r."""
    d = n + r
    if node[NEXT, d] >= n:
        routes[LOAD, r] = 0
        routes[COUNT, r] = 0
        return
    forward(node, routes, stop, n, r, np.int64(node[NEXT, d]))
    backward(node, stop, n, np.int64(node[PREV, d]), False)


@part(**BRICK)
def join(node, out, lasts, n, u, w):
    """Let w follow u."""
    node[NEXT, u] = w
    node[PREV, w] = u
    k = _at(u, n) * (n + 1) + _at(w, n)
    node[METRES, u] = out[k]
    node[BEFORE, w] = out[k]
    node[SECONDS, u] = lasts[k]


@part(**INNER)
def keep(node, routes, n, r, state, stamp, old_nodes, old_ids, old_routes):
    """Copy route r into the journal, once per iteration."""
    if stamp[r] == state[CLOCK]:
        return
    stamp[r] = state[CLOCK]
    k = state[JOURNAL_ROUTES]
    old_routes[k * 3], old_routes[k * 3 + 1], old_routes[k * 3 + 2] = r, routes[LOAD, r], routes[COUNT, r]
    state[JOURNAL_ROUTES] = k + 1
    j = state[JOURNAL]
    x = np.int64(n + r)
    for _ in range(n + 1):
        old_ids[j] = x
        for f in range(FIELDS):
            old_nodes[j * FIELDS + f] = node[f, x]
        j += 1
        x = np.int64(node[NEXT, x])
        if x >= n:
            break
    state[JOURNAL] = j


@part(**INNER)
def in_time(node, stop, n, state, old_routes):
    """Return whether every route touched in this iteration can be driven.

    Where a detour is faster than the direct way, taking its stop out makes the rest of a route late.
    """
    for k in range(state[JOURNAL_ROUTES]):
        d = n + np.int64(old_routes[k * 3])
        x = np.int64(node[NEXT, d])
        if x < n and max(node[DEP, d] + node[SECONDS, d], stop[x * 4 + OPENS]) > node[LAT, x]:
            return False
    return True


@part(**INNER)
def undo(node, routes, state, old_nodes, old_ids, old_routes):
    """Copy the journal back."""
    for j in range(state[JOURNAL]):
        x = np.int64(old_ids[j])
        for f in range(FIELDS):
            node[f, x] = old_nodes[j * FIELDS + f]
    for k in range(state[JOURNAL_ROUTES]):
        r = np.int64(old_routes[k * 3])
        routes[LOAD, r], routes[COUNT, r] = old_routes[k * 3 + 1], old_routes[k * 3 + 2]


@part(**BRICK)
def set_apart(node, x):
    """Mark stop x as being in no route."""
    node[ROUTE, x] = -1
    node[METRES, x] = APART
    node[BEFORE, x] = APART


@part(**INNER)
def take_out(node, out, lasts, n, x):
    """Unlink stop x and return the change of metres."""
    u, w = np.int64(node[PREV, x]), np.int64(node[NEXT, x])
    before = np.int64(node[BEFORE, x]) + node[METRES, x]
    join(node, out, lasts, n, u, w)
    set_apart(node, x)
    return node[METRES, u] - before


@part(**INNER)
def ruin_string(rng, node, routes, out, lasts, n, x, length, todo, size):
    """Take `length` neighbours around x (x among them) out of its route, half of the time sparing one between.

    Returns how many stops are in `todo` and the change of metres.
    """
    r = np.int64(node[ROUTE, x])
    count = np.int64(routes[COUNT, r])
    spared = 1 if length < count and length > 1 and uniform(rng) < 0.5 else 0
    first = np.int64(x)
    for _ in range(below(rng, length)):
        if node[PREV, first] >= n:
            break
        first = np.int64(node[PREV, first])
    skip_at = 1 + below(rng, length - 1) if spared else -1
    change = np.int64(0)
    before = np.int64(node[PREV, first])
    y, taken, seen = first, 0, 0
    while taken < length and y < n:
        after = np.int64(node[NEXT, y])
        if seen != skip_at:
            change += take_out(node, out, lasts, n, y)
            todo[size] = y
            size += 1
            taken += 1
        seen += 1
        y = after
    while taken < length and before < n:
        y, before = before, np.int64(node[PREV, before])
        change += take_out(node, out, lasts, n, y)
        todo[size] = y
        size += 1
        taken += 1
    routes[COUNT, r] = count - taken
    return size, change


@part(**INNER)
def place(node, routes, stop, out, lasts, state, n, x, u, r):
    """Put stop x behind node u of route r."""
    w = np.int64(node[NEXT, u])
    join(node, out, lasts, n, u, x)
    join(node, out, lasts, n, x, w)
    node[ROUTE, x] = r
    if routes[COUNT, r] == 0:
        state[USED] += 1
    routes[COUNT, r] += 1
    forward(node, routes, stop, n, r, x)
    node[LAT, x] = -1
    backward(node, stop, n, x, True)


@part(**INNER)
def floors(node, stop, about, bound, x):
    """Write into `bound` what placing x beside each of its neighbours costs, less the leg to the other side.

    A neighbour that x can't stand beside in time, or that is in no route, gets more than anything costs.
    """
    width = about.shape[3]
    opens_end, closes = stop[x * 4 + OPENS] + stop[x * 4 + SERVICE], stop[x * 4 + CLOSES]
    for k in range(width):
        u = about[x, 0, 0, k]
        late = node[DEP, u] + about[x, 0, 2, k] > closes
        bound[k] = 1 << 30 if late else about[x, 0, 1, k] - node[METRES, u]
    for k in range(width):
        w = about[x, 1, 0, k]
        late = opens_end + about[x, 1, 2, k] > node[LAT, w]
        bound[width + k] = 1 << 30 if late else about[x, 1, 1, k] - node[BEFORE, w]


@part(**INNER)
def find(rng, node, routes, stop, into, lasted, out, lasts, about, least, state, bound, n, cap, x, log_keep):
    """Return (node to follow, change of metres) of the cheapest feasible place for x in its lists, or (-1, BIG)."""
    best, best_u = np.int64(BIG), np.int64(-1)
    base = x * (n + 1)
    opens, closes, service = stop[x * 4], stop[x * 4 + 1], stop[x * 4 + 2]
    room = cap - stop[x * 4 + AMOUNT]
    blink = state[BLINK]
    width = about.shape[3]
    floors(node, stop, about, bound, x)
    most = np.int64(1 << 29)
    least_here = np.int64(least[x * 2 + 1])
    for k in range(width):
        if bound[k] + least_here >= most:
            continue
        u = np.int64(about[x, 0, 0, k])
        w = np.int64(node[NEXT, u])
        o = base + _at(w, n)
        change = np.int64(bound[k] + out[o])
        if change >= most or routes[LOAD, node[ROUTE, u]] > room:
            continue
        t = max(node[DEP, u] + about[x, 0, 2, k], opens)
        if t + service + lasts[o] <= node[LAT, w]:
            blink -= 1
            if blink < 0:
                blink = until_blink(rng, log_keep)
                continue
            most, best, best_u = change, change, u
    least_here = np.int64(least[x * 2])
    for k in range(width):
        if bound[width + k] + least_here >= most:
            continue
        w = np.int64(about[x, 1, 0, k])
        u = np.int64(node[PREV, w])
        i = base + _at(u, n)
        change = np.int64(bound[width + k] + into[i])
        if change >= most or routes[LOAD, node[ROUTE, w]] > room:
            continue
        t = max(node[DEP, u] + lasted[i], opens)
        if t <= closes and t + service + about[x, 1, 2, k] <= node[LAT, w]:
            blink -= 1
            if blink < 0:
                blink = until_blink(rng, log_keep)
                continue
            most, best, best_u = change, change, u
    state[BLINK] = blink
    return best_u, best


@part(**INNER)
def find_anywhere(node, routes, stop, into, lasted, out, lasts, n, n_routes, cap, x):
    """Return (node to follow, change of metres) of the cheapest feasible place for x in all routes, or (-1, BIG)."""
    best, best_u = BIG, np.int64(-1)
    base = x * (n + 1)
    for r in range(n_routes):
        if routes[COUNT, r] == 0 or routes[LOAD, r] + stop[x * 4 + AMOUNT] > cap:
            continue
        u = np.int64(n + r)
        for _ in range(n + 1):
            w = np.int64(node[NEXT, u])
            i, o = base + _at(u, n), base + _at(w, n)
            t = max(node[DEP, u] + lasted[i], stop[x * 4 + OPENS])
            if t > stop[x * 4 + CLOSES]:
                break
            if t + stop[x * 4 + SERVICE] + lasts[o] <= node[LAT, w]:
                change = np.int64(into[i]) + out[o] - node[METRES, u]
                if change < best:
                    best, best_u = change, np.int64(u)
            u = w
            if u >= n:
                break
    return best_u, best


@part(**INNER)
def empty_route(routes, n_routes):
    """Return the first route without stops, or -1."""
    for r in range(n_routes):
        if routes[COUNT, r] == 0:
            return r
    return -1


@part(**INNER)
def recreate(
    rng, node, routes, stop, into, lasted, out, lasts, about, least, alone, state, bound, n, n_routes, cap, todo, size,
    left, log_keep, missing, limit, stamp, old_nodes, old_ids, old_routes,
):  # fmt: skip
    """Insert `todo[:size]` in order, each at its cheapest place; what fits nowhere goes to `left`. Returns metres.

    Gives up, with BIG metres, as soon as these and `missing` for each stop left out exceed `limit`: what is still to
    be inserted makes it no cheaper, or by a rounded metre.
    """
    total, left_before = np.int64(0), state[LEFT]
    wide = 6 * about.shape[3]
    for i in range(size):
        x = np.int64(todo[i])
        if i + 1 < size:
            fetch_row(about, np.int64(todo[i + 1]) * wide, wide, 8)
        u, change = find(
            rng, node, routes, stop, into, lasted, out, lasts, about, least, state, bound, n, cap, x, log_keep
        )
        if change > missing:
            u, change = np.int64(-1), missing
        if alone[x] < change and state[USED] < state[MOST]:
            u, change = np.int64(n + empty_route(routes, n_routes)), alone[x]
        elif u < 0 and missing == BIG:
            u, change = find_anywhere(node, routes, stop, into, lasted, out, lasts, n, n_routes, cap, x)
        if u < 0:
            left[state[LEFT]] = x
            state[LEFT] += 1
        else:
            r = np.int64(u - n if u >= n else node[ROUTE, u])
            keep(node, routes, n, r, state, stamp, old_nodes, old_ids, old_routes)
            place(node, routes, stop, out, lasts, state, n, x, u, r)
            total += change
        if total + (state[LEFT] - left_before) * missing > limit:
            return BIG
    return total


@part(**INNER)
def swap_tails(node, routes, stop, out, lasts, state, n, a, c, ra, rb):
    """Let c, of route rb, follow a, of route ra; what followed a follows what came before c."""
    b, d = np.int64(node[PREV, c]), np.int64(node[NEXT, a])
    last_a, last_b = np.int64(node[PREV, n + ra]), np.int64(node[PREV, n + rb])
    moved_a, moved_b = 0, 0
    x = d
    while x < n:
        node[ROUTE, x] = rb
        moved_a += 1
        x = np.int64(node[NEXT, x])
    x = np.int64(c)
    while x < n:
        node[ROUTE, x] = ra
        moved_b += 1
        x = np.int64(node[NEXT, x])
    join(node, out, lasts, n, a, c)
    join(node, out, lasts, n, last_b, n + ra)
    if d < n:
        join(node, out, lasts, n, b, d)
        join(node, out, lasts, n, last_a, n + rb)
    else:
        join(node, out, lasts, n, b, n + rb)
    routes[COUNT, ra] += moved_b - moved_a
    routes[COUNT, rb] += moved_a - moved_b
    refresh(node, routes, stop, n, ra)
    refresh(node, routes, stop, n, rb)
    if routes[COUNT, rb] == 0:
        state[USED] -= 1


@part(**INNER)
def tail_gain(node, routes, out, lasts, n, cap, a, c, metres, seconds):
    """Return how many metres it saves to let c follow a and what followed a follow what came before c.

    0 where it saves nothing or may not be.
    """
    b, d = np.int64(node[PREV, c]), np.int64(node[NEXT, a])
    old = np.int64(node[METRES, a]) + node[METRES, b]
    if old <= metres or node[DEP, a] + seconds > node[LAT, c]:
        return np.int64(0)
    m = _at(b, n) * (n + 1) + _at(d, n)
    gain = old - metres - out[m]
    if gain <= 0 or node[DEP, b] + lasts[m] > node[LAT, d]:
        return np.int64(0)
    ra, rb = np.int64(node[ROUTE, a]), np.int64(node[ROUTE, c])
    head_a = node[CUM, a]
    head_b = node[CUM, b] if b < n else 0
    if head_a + routes[LOAD, rb] - head_b > cap or head_b + routes[LOAD, ra] - head_a > cap:
        return np.int64(0)
    return gain


@part(**INNER)
def improve_tails(
    node, routes, stop, out, lasts, about, state, n, cap, todo, size, inward, outward,
    stamp, old_nodes, old_ids, old_routes,
):  # fmt: skip
    """Try to swap tails around the stops just inserted (2-opt*); first improvement. Returns the change of metres."""
    total = np.int64(0)
    for i in range(size):
        x = np.int64(todo[i])
        if node[ROUTE, x] < 0:
            continue
        for side in range(2):
            for k in range(min(inward if side == 0 else outward, about.shape[3])):
                y = np.int64(about[x, side, 0, k])
                if y >= n or node[ROUTE, y] < 0 or node[ROUTE, y] == node[ROUTE, x]:
                    continue
                a, c = (y, x) if side == 0 else (x, y)
                metres, seconds = np.int64(about[x, side, 1, k]), np.int64(about[x, side, 2, k])
                gain = tail_gain(node, routes, out, lasts, n, cap, a, c, metres, seconds)
                if gain <= 0:
                    continue
                ra, rb = np.int64(node[ROUTE, a]), np.int64(node[ROUTE, c])
                keep(node, routes, n, ra, state, stamp, old_nodes, old_ids, old_routes)
                keep(node, routes, n, rb, state, stamp, old_nodes, old_ids, old_routes)
                swap_tails(node, routes, stop, out, lasts, state, n, a, c, ra, rb)
                total -= gain
    return total


@part(**INNER)
def ruin(
    rng, node, routes, stop, out, lasts, near, state, n, mean_removed, pool, hop, whole, todo, left,
    stamp, old_nodes, old_ids, old_routes,
):  # fmt: skip
    """Take strings of neighbouring stops (or, by chance, a whole route) out. Returns (how many, metres)."""
    size, total = np.int64(0), np.int64(0)
    beside = np.int64(near[state[SEED], below(rng, near.shape[1])])
    seed = beside if beside >= 0 and uniform(rng) < hop else np.int64(pool[below(rng, len(pool))])
    state[SEED] = seed
    if state[LEFT] > 0 and uniform(rng) < 0.5:
        seed = np.int64(left[below(rng, state[LEFT])])
    elif uniform(rng) < whole and node[ROUTE, seed] >= 0:
        r = np.int64(node[ROUTE, seed])
        keep(node, routes, n, r, state, stamp, old_nodes, old_ids, old_routes)
        size, total = ruin_string(
            rng, node, routes, out, lasts, n, np.int64(node[NEXT, n + r]), np.int64(routes[COUNT, r]), todo, 0
        )
        refresh(node, routes, stop, n, r)
        state[USED] -= 1 if routes[COUNT, r] == 0 else 0
    mean_length = (n - state[LEFT]) / max(state[USED], 1)
    longest = min(LONGEST_STRING, mean_length)
    strings = how_many_strings(rng, mean_removed, longest)
    for k in range(-1, near.shape[1]):
        x = seed if k < 0 else np.int64(near[seed, k])
        if x < 0 or strings == 0:
            break
        r = np.int64(node[ROUTE, x])
        if r < 0 or stamp[r] == state[CLOCK]:
            continue
        keep(node, routes, n, r, state, stamp, old_nodes, old_ids, old_routes)
        length = 1 + below(rng, np.int64(min(longest, np.float64(routes[COUNT, r]))))
        size, change = ruin_string(rng, node, routes, out, lasts, n, x, length, todo, size)
        total += change
        refresh(node, routes, stop, n, r)
        state[USED] -= 1 if routes[COUNT, r] == 0 else 0
        strings -= 1
    return size, total


@part(**INNER)
def leave_rest_out(node, state, n, left):
    """Put every stop that is in no route into `left`."""
    for x in range(n):
        if node[ROUTE, x] < 0:
            set_apart(node, x)
            left[state[LEFT]] = x
            state[LEFT] += 1


@compiled(**ENTRY)
def load(node, routes, stop, out, lasts, state, n, cap, sequence, begins, left):
    """Fill empty routes from a start: stop ids of route r are sequence[begins[r]:begins[r + 1]]; misfits are left out.

    Afterwards every stop is in a route or in `left`, and `state` has the price.
    """
    for r in range(len(begins) - 1):
        for k in range(begins[r], begins[r + 1]):
            x, u, w = np.int64(sequence[k]), np.int64(node[PREV, n + r]), np.int64(n + r)
            leg = _at(u, n) * (n + 1) + x
            home = x * (n + 1) + n
            t = max(node[DEP, u] + lasts[leg], stop[x * 4])
            late = t > stop[x * 4 + 1] or t + stop[x * 4 + 2] + lasts[home] > node[LAT, w]
            if late or routes[LOAD, r] + stop[x * 4 + AMOUNT] > cap:
                continue
            state[COST] += np.int64(out[leg]) + out[home] - node[METRES, u]
            place(node, routes, stop, out, lasts, state, n, x, u, np.int64(r))
    leave_rest_out(node, state, n, left)


@compiled(**ENTRY)
def follow(node, routes, stop, out, lasts, state, n, n_routes, following, left):
    """Go back to a plan that was held: `following` says who follows whom."""
    for x in range(n):
        node[ROUTE, x] = -1
    state[COST], state[LEFT], state[USED] = 0, 0, 0
    for r in range(n_routes):
        routes[COUNT, r] = 0
        u = np.int64(n + r)
        for _ in range(n + 1):
            w = np.int64(following[u])
            join(node, out, lasts, n, u, w)
            if u < n or w < n:
                state[COST] += node[METRES, u]
            if w >= n:
                break
            node[ROUTE, w] = r
            routes[COUNT, r] += 1
            u = w
        state[USED] += 1 if routes[COUNT, r] > 0 else 0
        refresh(node, routes, stop, n, r)
    leave_rest_out(node, state, n, left)


@compiled(**ENTRY)
def all_in_time(node, stop, n, n_routes):
    """Return whether every route can be driven."""
    for r in range(n_routes):
        x = np.int64(node[NEXT, n + r])
        if x < n and max(node[DEP, n + r] + node[SECONDS, n + r], stop[x * 4 + OPENS]) > node[LAT, x]:
            return False
    return True


@part(**INNER)
def draw_left_out(rng, state, todo, size, left, most):
    """Move up to `most` random stops from those left out to `todo`; returns how many are there now."""
    for _ in range(min(state[LEFT], most)):
        j = below(rng, state[LEFT])
        todo[size] = left[j]
        size += 1
        state[LEFT] -= 1
        left[j] = left[state[LEFT]]
    return size


@part(**INNER)
def hold(node, state, best_next):
    """Hold the current plan as the best."""
    state[BEST_COST], state[BEST_LEFT], state[BEST_USED] = state[COST], state[LEFT], state[USED]
    for k in range(len(best_next)):
        best_next[k] = node[NEXT, k]


@compiled(**ENTRY)
def run(
    node, routes, stop, into, lasted, out, lasts, about, near, ranks, least, alone, state, rng, n, n_routes, cap, pool,
    setting, left, best_next, work, old_nodes, key, iterations, done, step,
):  # fmt: skip
    """Run `iterations` of ruin, recreate, tail swaps and annealing; hold the best in `best_next`.

    Ruins begin at stops of `pool`. `done` is the share of the whole annealing that is over, `step` that of one
    iteration. What an iteration may cost at most is drawn before it, so that it can be given up halfway.
    """
    size_w = n + n_routes + 1
    stamp, old_ids, old_routes, todo = (
        work[:size_w], work[size_w : 2 * size_w], work[2 * size_w : 5 * size_w], work[5 * size_w : 6 * size_w],
    )  # fmt: skip
    old_left, bound = work[6 * size_w : 7 * size_w], work[7 * size_w :]
    cooling = np.log(setting[COLD] / setting[HOT])
    rising = np.log(setting[MISSING_LAST] / setting[MISSING_FIRST])
    log_keep = np.log(1.0 - setting[SKIP])
    inward, outward, again = np.int64(setting[INWARD]), np.int64(setting[OUTWARD]), np.int64(setting[AGAIN])
    for i in range(iterations):
        share = min(1.0, done + i * step)
        limit = -setting[HOT] * np.exp(cooling * share) * np.log(uniform(rng))
        missing = np.int64(setting[MISSING_FIRST] * np.exp(rising * share))
        state[CLOCK] += 1
        state[JOURNAL] = 0
        state[JOURNAL_ROUTES] = 0
        used, left_before = state[USED], state[LEFT]
        for k in range(left_before):
            old_left[k] = left[k]
        size, change = ruin(
            rng, node, routes, stop, out, lasts, near, state, n, setting[REMOVED], pool, setting[HOP], setting[WHOLE],
            todo, left, stamp, old_nodes, old_ids, old_routes,
        )  # fmt: skip
        size = draw_left_out(rng, state, todo, size, left, again)
        shuffle_by_rank(rng, todo, size, ranks, key)
        change += recreate(
            rng, node, routes, stop, into, lasted, out, lasts, about, least, alone, state, bound, n, n_routes, cap,
            todo, size, left, log_keep, missing, np.int64(limit) - change + (left_before - state[LEFT]) * missing,
            stamp, old_nodes, old_ids, old_routes,
        )  # fmt: skip
        if change != 0 and change < BIG // 2:  # where all went back, their tails were tried before
            change += improve_tails(
                node, routes, stop, out, lasts, about, state, n, cap, todo, size, inward, outward,
                stamp, old_nodes, old_ids, old_routes,
            )  # fmt: skip
        worse = change + (state[LEFT] - left_before) * missing
        if worse < limit and in_time(node, stop, n, state, old_routes):
            state[COST] += change
            if state[COST] + state[LEFT] * BIG < state[BEST_COST] + state[BEST_LEFT] * BIG:
                hold(node, state, best_next)
        else:
            undo(node, routes, state, old_nodes, old_ids, old_routes)
            state[USED], state[LEFT] = used, left_before
            for k in range(left_before):
                left[k] = old_left[k]
                set_apart(node, np.int64(left[k]))


@compiled(**ENTRY)
def disband(node, routes, out, lasts, state, n, r, left):
    """Leave out every stop of route r."""
    k = state[LEFT]
    x = np.int64(node[NEXT, n + r])
    for _ in range(n):
        if x >= n:
            break
        y = np.int64(node[NEXT, x])
        state[COST] += take_out(node, out, lasts, n, x)
        left[k] = x
        k += 1
        x = y
    state[LEFT] = k
    state[USED] -= 1
    routes[LOAD, r], routes[COUNT, r] = 0, 0

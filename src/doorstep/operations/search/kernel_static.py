"""Ruin and recreate where only distance costs and travel never changes: whole numbers, O(1) insertion. Compiled.

Routes are doubly linked lists. A node's row has eight int32: previous, next, route, earliest departure, latest
start, load so far, metres and seconds to the next. Stop x is node x; route r begins and ends at node n + r, whose
earliest departure is the shift's start and whose latest start its end. An iteration copies a route into a journal
before touching it, so that a refusal costs as much as what was touched. After Christiaens and Vanden Berghe 2020.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import ENTRY, INNER, compiled
from doorstep.operations.search.kernel_common import (
    below,
    how_many_strings,
    shuffle_by_rank,
    uniform,
    until_blink,
)

PREV, NEXT, ROUTE, DEP, LAT, CUM, METRES, SECONDS = range(8)
OPENS, CLOSES, SERVICE, AMOUNT = range(4)
COST, BEST_COST, LEFT, BEST_LEFT, USED, BEST_USED, CLOCK, JOURNAL, JOURNAL_ROUTES, BLINK = range(10)
"""Slots of the int64 `state`: price now and best, stops left out now and best, routes used now and best, ..."""

NEVER = -(1 << 29)
"""Latest start of a stop whose route can't be driven in time, however early it begins."""

BIG = 1 << 40
"""Metres that a stop left out counts for."""


@compiled(**INNER)
def _at(x, n):
    """Return a node's place in the matrices: stops first, then the depot."""
    return x if x < n else n


@compiled(**INNER)
def forward(row, routes, stop, n, r, x):
    """Recompute earliest departures and loads of route r from node x (not the depot) on."""
    p = row[x * 8 + PREV]
    load = np.int32(0) if p >= n else row[p * 8 + CUM]
    leaves, leg = row[p * 8 + DEP], row[p * 8 + SECONDS]
    for _ in range(n):
        if x >= n:
            break
        t = max(leaves + leg, stop[x * 4 + OPENS])
        load += stop[x * 4 + AMOUNT]
        leaves = t + stop[x * 4 + SERVICE]
        row[x * 8 + DEP] = leaves
        row[x * 8 + CUM] = load
        leg = row[x * 8 + SECONDS]
        x = row[x * 8 + NEXT]
    routes[r * 2] = load


@compiled(**INNER)
def backward(row, stop, n, x, until_same):
    """Recompute latest starts from node x (not the depot) to the route's beginning; may end where nothing changes."""
    latest = row[row[x * 8 + NEXT] * 8 + LAT]
    for _ in range(n):
        if x >= n:
            break
        t = min(latest - row[x * 8 + SECONDS] - stop[x * 4 + SERVICE], stop[x * 4 + CLOSES])
        if t < stop[x * 4 + OPENS]:
            t = NEVER
        if until_same and t == row[x * 8 + LAT]:
            break
        row[x * 8 + LAT] = t
        latest = t
        x = row[x * 8 + PREV]


@compiled(**INNER)
def refresh(row, routes, stop, n, r):
    """Recompute everything of route r."""
    d = n + r
    if row[d * 8 + NEXT] >= n:
        routes[r * 2] = 0
        routes[r * 2 + 1] = 0
        return
    forward(row, routes, stop, n, r, row[d * 8 + NEXT])
    backward(row, stop, n, row[d * 8 + PREV], False)


@compiled(**INNER)
def join(row, out, n, u, w):
    """Let w follow u."""
    row[u * 8 + NEXT] = w
    row[w * 8 + PREV] = u
    k = (_at(u, n) * (n + 1) + _at(w, n)) * 2
    row[u * 8 + METRES] = out[k]
    row[u * 8 + SECONDS] = out[k + 1]


@compiled(**INNER)
def keep(row, routes, n, r, state, stamp, old_rows, old_ids, old_routes):
    """Copy route r into the journal, once per iteration."""
    if stamp[r] == state[CLOCK]:
        return
    stamp[r] = state[CLOCK]
    k = state[JOURNAL_ROUTES]
    old_routes[k * 3], old_routes[k * 3 + 1], old_routes[k * 3 + 2] = r, routes[r * 2], routes[r * 2 + 1]
    state[JOURNAL_ROUTES] = k + 1
    j = state[JOURNAL]
    x = n + r
    for _ in range(n + 1):
        old_ids[j] = x
        for f in range(8):
            old_rows[j * 8 + f] = row[x * 8 + f]
        j += 1
        x = row[x * 8 + NEXT]
        if x >= n:
            break
    state[JOURNAL] = j


@compiled(**INNER)
def in_time(row, stop, n, state, old_routes):
    """Return whether every route touched in this iteration can be driven.

    Where a detour is faster than the direct way, taking its stop out makes the rest of a route late.
    """
    for k in range(state[JOURNAL_ROUTES]):
        d = n + np.int64(old_routes[k * 3])
        x = row[d * 8 + NEXT]
        if x < n and max(row[d * 8 + DEP] + row[d * 8 + SECONDS], stop[x * 4 + OPENS]) > row[x * 8 + LAT]:
            return False
    return True


@compiled(**INNER)
def undo(row, routes, state, old_rows, old_ids, old_routes):
    """Copy the journal back."""
    for j in range(state[JOURNAL]):
        x = old_ids[j]
        for f in range(8):
            row[x * 8 + f] = old_rows[j * 8 + f]
    for k in range(state[JOURNAL_ROUTES]):
        r = old_routes[k * 3]
        routes[r * 2], routes[r * 2 + 1] = old_routes[k * 3 + 1], old_routes[k * 3 + 2]


@compiled(**INNER)
def take_out(row, out, n, x):
    """Unlink stop x and return the change of metres."""
    u, w = row[x * 8 + PREV], row[x * 8 + NEXT]
    before = np.int64(row[u * 8 + METRES]) + row[x * 8 + METRES]
    join(row, out, n, u, w)
    row[x * 8 + ROUTE] = -1
    return row[u * 8 + METRES] - before


@compiled(**INNER)
def ruin_string(rng, row, routes, out, n, x, length, todo, size):
    """Take `length` neighbours around x (x among them) out of its route, half of the time sparing one between.

    Returns how many stops are in `todo` and the change of metres.
    """
    r = row[x * 8 + ROUTE]
    count = routes[r * 2 + 1]
    spared = 1 if length < count and length > 1 and uniform(rng) < 0.5 else 0
    first = x
    for _ in range(below(rng, length)):
        if row[first * 8 + PREV] >= n:
            break
        first = row[first * 8 + PREV]
    skip_at = 1 + below(rng, length - 1) if spared else -1
    change = np.int64(0)
    before = row[first * 8 + PREV]
    y, taken, seen = first, 0, 0
    while taken < length and y < n:
        after = row[y * 8 + NEXT]
        if seen != skip_at:
            change += take_out(row, out, n, y)
            todo[size] = y
            size += 1
            taken += 1
        seen += 1
        y = after
    while taken < length and before < n:
        y, before = before, row[before * 8 + PREV]
        change += take_out(row, out, n, y)
        todo[size] = y
        size += 1
        taken += 1
    routes[r * 2 + 1] = count - taken
    return size, change


@compiled(**INNER)
def place(row, routes, stop, out, state, n, x, u, r):
    """Put stop x behind node u of route r."""
    w = row[u * 8 + NEXT]
    join(row, out, n, u, x)
    join(row, out, n, x, w)
    row[x * 8 + ROUTE] = r
    if routes[r * 2 + 1] == 0:
        state[USED] += 1
    routes[r * 2 + 1] += 1
    forward(row, routes, stop, n, r, x)
    row[x * 8 + LAT] = -1
    backward(row, stop, n, x, True)


@compiled(**INNER)
def find(rng, row, routes, stop, into, out, pred, succ, state, n, cap, x, log_keep):
    """Return (node to follow, change of metres) of the cheapest feasible place for x in its lists, or (-1, BIG)."""
    best, best_u = BIG, np.int64(-1)
    k_max = pred.shape[1]
    base = x * (n + 1)
    opens, closes, service = stop[x * 4], stop[x * 4 + 1], stop[x * 4 + 2]
    room = cap - stop[x * 4 + AMOUNT]
    blink = state[BLINK]
    for side in range(2):
        for k in range(k_max):
            v = pred[x, k] if side == 0 else succ[x, k]
            if v < 0:
                break
            r = row[v * 8 + ROUTE]
            if r < 0 or routes[r * 2] > room:
                continue
            u = v if side == 0 else row[v * 8 + PREV]
            w = row[v * 8 + NEXT] if side == 0 else v
            i = (base + _at(u, n)) * 2
            t = max(row[u * 8 + DEP] + into[i + 1], opens)
            if t > closes:
                continue
            o = (base + _at(w, n)) * 2
            if t + service + out[o + 1] > row[w * 8 + LAT]:
                continue
            change = np.int64(into[i]) + out[o] - row[u * 8 + METRES]
            if change < best:
                blink -= 1
                if blink < 0:
                    blink = until_blink(rng, log_keep)
                    continue
                best, best_u = change, np.int64(u)
    state[BLINK] = blink
    return best_u, best


@compiled(**INNER)
def find_anywhere(row, routes, stop, into, out, n, n_routes, cap, x):
    """Return (node to follow, change of metres) of the cheapest feasible place for x in all routes, or (-1, BIG)."""
    best, best_u = BIG, np.int64(-1)
    base = x * (n + 1)
    for r in range(n_routes):
        if routes[r * 2 + 1] == 0 or routes[r * 2] + stop[x * 4 + AMOUNT] > cap:
            continue
        u = n + r
        for _ in range(n + 1):
            w = row[u * 8 + NEXT]
            i, o = (base + _at(u, n)) * 2, (base + _at(w, n)) * 2
            t = max(row[u * 8 + DEP] + into[i + 1], stop[x * 4 + OPENS])
            if t > stop[x * 4 + CLOSES]:
                break
            if t + stop[x * 4 + SERVICE] + out[o + 1] <= row[w * 8 + LAT]:
                change = np.int64(into[i]) + out[o] - row[u * 8 + METRES]
                if change < best:
                    best, best_u = change, np.int64(u)
            u = w
            if u >= n:
                break
    return best_u, best


@compiled(**INNER)
def empty_route(routes, n_routes):
    """Return the first route without stops, or -1."""
    for r in range(n_routes):
        if routes[r * 2 + 1] == 0:
            return r
    return -1


@compiled(**INNER)
def recreate(
    rng, row, routes, stop, into, out, pred, succ, alone, state, n, n_routes, cap, todo, size, left, log_keep,
    stamp, old_rows, old_ids, old_routes,
):  # fmt: skip
    """Insert `todo[:size]` in order, each at its cheapest place; what fits nowhere goes to `left`. Returns metres."""
    total = np.int64(0)
    for i in range(size):
        x = np.int64(todo[i])
        u, change = find(rng, row, routes, stop, into, out, pred, succ, state, n, cap, x, log_keep)
        if alone[x] < change and state[USED] < n_routes:
            r = empty_route(routes, n_routes)
            u, change = np.int64(n + r), alone[x]
        elif u < 0:
            u, change = find_anywhere(row, routes, stop, into, out, n, n_routes, cap, x)
        if u < 0:
            left[state[LEFT]] = x
            state[LEFT] += 1
            row[x * 8 + ROUTE] = -1
            continue
        r = np.int64(u - n if u >= n else row[u * 8 + ROUTE])
        keep(row, routes, n, r, state, stamp, old_rows, old_ids, old_routes)
        place(row, routes, stop, out, state, n, x, u, r)
        total += change
    return total


@compiled(**INNER)
def swap_tails(row, routes, stop, out, state, n, a, c, ra, rb):
    """Let c, of route rb, follow a, of route ra; what followed a follows what came before c."""
    b, d = row[c * 8 + PREV], row[a * 8 + NEXT]
    last_a, last_b = row[(n + ra) * 8 + PREV], row[(n + rb) * 8 + PREV]
    moved_a, moved_b = 0, 0
    x = d
    while x < n:
        row[x * 8 + ROUTE] = rb
        moved_a += 1
        x = row[x * 8 + NEXT]
    x = c
    while x < n:
        row[x * 8 + ROUTE] = ra
        moved_b += 1
        x = row[x * 8 + NEXT]
    join(row, out, n, a, c)
    join(row, out, n, last_b, n + ra)
    if d < n:
        join(row, out, n, b, d)
        join(row, out, n, last_a, n + rb)
    else:
        join(row, out, n, b, n + rb)
    routes[ra * 2 + 1] += moved_b - moved_a
    routes[rb * 2 + 1] += moved_a - moved_b
    refresh(row, routes, stop, n, ra)
    refresh(row, routes, stop, n, rb)
    if routes[rb * 2 + 1] == 0:
        state[USED] -= 1


@compiled(**INNER)
def improve_tails(
    row, routes, stop, into, out, pred, state, n, cap, todo, size, width, stamp, old_rows, old_ids, old_routes
):
    """Try to swap tails around the stops just inserted (2-opt*); first improvement. Returns the change of metres."""
    total = np.int64(0)
    for i in range(size):
        c = np.int64(todo[i])
        rb = np.int64(row[c * 8 + ROUTE])
        if rb < 0:
            continue
        base = c * (n + 1)
        for k in range(width):
            a = np.int64(pred[c, k])
            if a < 0:
                break
            ra = np.int64(row[a * 8 + ROUTE])
            if ra < 0 or ra == rb:
                continue
            b, d = row[c * 8 + PREV], row[a * 8 + NEXT]
            j = (base + a) * 2
            m = (_at(b, n) * (n + 1) + _at(d, n)) * 2
            gain = np.int64(row[a * 8 + METRES]) + row[b * 8 + METRES] - into[j] - out[m]
            if gain <= 0 or row[a * 8 + DEP] + into[j + 1] > row[c * 8 + LAT]:
                continue
            if row[b * 8 + DEP] + out[m + 1] > row[d * 8 + LAT]:
                continue
            head_a = row[a * 8 + CUM]
            head_b = row[b * 8 + CUM] if b < n else 0
            if head_a + routes[rb * 2] - head_b > cap or head_b + routes[ra * 2] - head_a > cap:
                continue
            keep(row, routes, n, ra, state, stamp, old_rows, old_ids, old_routes)
            keep(row, routes, n, rb, state, stamp, old_rows, old_ids, old_routes)
            swap_tails(row, routes, stop, out, state, n, a, c, ra, rb)
            total -= gain
            rb = ra
    return total


@compiled(**INNER)
def ruin(
    rng, row, routes, stop, out, near, state, n, n_routes, mean_removed, whole, todo, left,
    stamp, old_rows, old_ids, old_routes,
):  # fmt: skip
    """Take strings of neighbouring stops (or, by chance, a whole route) out. Returns (how many, metres)."""
    size, total = np.int64(0), np.int64(0)
    seed = below(rng, n)
    if state[LEFT] > 0 and uniform(rng) < 0.5:
        seed = np.int64(left[below(rng, state[LEFT])])
    elif uniform(rng) < whole and row[seed * 8 + ROUTE] >= 0:
        r = np.int64(row[seed * 8 + ROUTE])
        keep(row, routes, n, r, state, stamp, old_rows, old_ids, old_routes)
        size, total = ruin_string(
            rng, row, routes, out, n, np.int64(row[(n + r) * 8 + NEXT]), routes[r * 2 + 1], todo, 0
        )
        refresh(row, routes, stop, n, r)
        state[USED] -= 1 if routes[r * 2 + 1] == 0 else 0
        return size, total
    mean_length = (n - state[LEFT]) / max(state[USED], 1)
    longest = min(10.0, mean_length)
    strings = how_many_strings(rng, mean_removed, longest)
    for k in range(-1, near.shape[1]):
        x = seed if k < 0 else np.int64(near[seed, k])
        if x < 0 or strings == 0:
            break
        r = np.int64(row[x * 8 + ROUTE])
        if r < 0 or stamp[r] == state[CLOCK]:
            continue
        keep(row, routes, n, r, state, stamp, old_rows, old_ids, old_routes)
        length = 1 + below(rng, np.int64(min(longest, np.float64(routes[r * 2 + 1]))))
        size, change = ruin_string(rng, row, routes, out, n, x, length, todo, size)
        total += change
        refresh(row, routes, stop, n, r)
        state[USED] -= 1 if routes[r * 2 + 1] == 0 else 0
        strings -= 1
    return size, total


@compiled(**ENTRY)
def load(row, routes, stop, out, state, n, cap, sequence, begins, left):
    """Fill empty routes from a start: stop ids of route r are sequence[begins[r]:begins[r + 1]]; misfits are left out.

    Afterwards every stop is in a route or in `left`, and `state` has the price.
    """
    for r in range(len(begins) - 1):
        for k in range(begins[r], begins[r + 1]):
            x, u, w = np.int64(sequence[k]), np.int64(row[(n + r) * 8 + PREV]), np.int64(n + r)
            leg = (_at(u, n) * (n + 1) + x) * 2
            home = (x * (n + 1) + n) * 2
            t = max(row[u * 8 + DEP] + out[leg + 1], stop[x * 4])
            late = t > stop[x * 4 + 1] or t + stop[x * 4 + 2] + out[home + 1] > row[w * 8 + LAT]
            if late or routes[r * 2] + stop[x * 4 + AMOUNT] > cap:
                continue
            state[COST] += np.int64(out[leg]) + out[home] - row[u * 8 + METRES]
            place(row, routes, stop, out, state, n, x, u, np.int64(r))
    for y in range(n):
        if row[y * 8 + ROUTE] < 0:
            left[state[LEFT]] = y
            state[LEFT] += 1


@compiled(**ENTRY)
def run(
    row, routes, stop, into, out, pred, succ, near, ranks, alone, state, rng, n, n_routes, cap,
    setting, left, best_row, best_left, work, old_rows, key, iterations, done, step,
):  # fmt: skip
    """Run `iterations` of ruin, recreate, tail swaps and annealing; hold the best in `best_row`.

    `setting`: hot and cold temperature in metres, mean removed, width of tail swaps, chance of a whole route,
    chance of a skip. `done` is the share of the whole search that is over, `step` the share of one iteration.
    """
    size_w = n + n_routes + 1
    stamp, old_ids, old_routes, todo = (
        work[:size_w], work[size_w : 2 * size_w], work[2 * size_w : 5 * size_w], work[5 * size_w : 6 * size_w],
    )  # fmt: skip
    old_left = work[6 * size_w : 7 * size_w]
    hot, ratio = setting[0], np.log(setting[1] / setting[0])
    mean_removed, width, whole = setting[2], np.int64(setting[3]), setting[4]
    log_keep = np.log(1.0 - setting[5])
    for i in range(iterations):
        temperature = hot * np.exp(ratio * min(1.0, done + i * step))
        state[CLOCK] += 1
        state[JOURNAL] = 0
        state[JOURNAL_ROUTES] = 0
        used, left_before = state[USED], state[LEFT]
        for k in range(left_before):
            old_left[k] = left[k]
        size, change = ruin(
            rng, row, routes, stop, out, near, state, n, n_routes, mean_removed, whole, todo, left,
            stamp, old_rows, old_ids, old_routes,
        )  # fmt: skip
        for k in range(left_before):
            todo[size] = left[k]
            size += 1
        state[LEFT] = 0
        shuffle_by_rank(rng, todo, size, ranks, key)
        change += recreate(
            rng, row, routes, stop, into, out, pred, succ, alone, state, n, n_routes, cap, todo, size, left, log_keep,
            stamp, old_rows, old_ids, old_routes,
        )  # fmt: skip
        change += improve_tails(
            row, routes, stop, into, out, pred, state, n, cap, todo, size, width, stamp, old_rows, old_ids, old_routes
        )
        worse = change + (state[LEFT] - left_before) * BIG
        if worse < -temperature * np.log(uniform(rng)) and in_time(row, stop, n, state, old_routes):
            state[COST] += change
            price = state[COST] + state[LEFT] * BIG
            if price < state[BEST_COST] + state[BEST_LEFT] * BIG:
                state[BEST_COST], state[BEST_LEFT], state[BEST_USED] = state[COST], state[LEFT], state[USED]
                for k in range(len(row)):
                    best_row[k] = row[k]
                for k in range(state[LEFT]):
                    best_left[k] = left[k]
        else:
            undo(row, routes, state, old_rows, old_ids, old_routes)
            state[USED], state[LEFT] = used, left_before
            for k in range(left_before):
                left[k] = old_left[k]
                row[left[k] * 8 + ROUTE] = -1

"""What a new stop would cost at every place of every route of a plan that stays as it is. Compiled.

A route is a line of nodes (stops and reloads that are still ahead), with an arc into each and one more, to its end.
Travel is laid out by arc, so that a whole day lies in the processor's cache. Each arc has the latest arrival at its
node after which nothing is late, exactly, and a table: what the rest of the route costs if the node is reached so many
seconds later than planned. The latest arrivals say which places are feasible, the tables rank these, and the best few
are driven to the end and priced in whole cents, part by part as the schedule does.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

from typing import Any, NamedTuple

import numpy as np

from doorstep.operations.search.compiled import INNER, compiled
from doorstep.operations.search.parts import WHOLE, part

FROM, WAITED, METRES, PAID_FROM, ENDS, MOST_SECONDS, MOST_METRES, STRAIN, DOORS, LOADED, FREE, START, END = range(13)
"""A route's numbers: when its van drives on from where it stands, seconds waited and metres driven by then, when its
pay begins, its bounds, the strain of all its stops and what the doors behind it cost; when it was loaded (-1: not yet),
1 where it may choose when it leaves, and the rows where it stands and where it ends."""
HOUR, WAIT, OVER_AFTER, OVER, KM, FIXED, STRAIN_FREE, PER_STRAIN, OVER_STRAIN, EVEN, PER_EVEN = range(11)
"""A route's rates, as `Rates` has them."""
RELOAD, SERVICE, RELEASED, PAY, CURVE, ROW = range(6)
"""A node's numbers: 1 for a reload, seconds of service, when a reload's goods are there, cents whenever it is reached,
its price curve (-1: none) and its row in the matrices."""
O_SERVICE, O_RELEASE, O_STRAIN, O_CURVE = range(4)
"""The new stop's numbers."""

NEVER = np.int64(1) << 40
INFINITE = 1e18
NOWHERE = np.int64(1) << 60
LATE, OTHERS_LATE, FAR = 1, 2, 3
"""What stands against a place: the window has closed, somebody after it (or the shift's end) would be missed, and what
only driving to the end shows: too far, or too long."""

FINE, COARSE = 60, 600
FINE_UNTIL, EARLY = 3600, -900
KNOTS = 104
"""A table's knots: 15 minutes early, every minute up to an hour's delay, every ten up to eight hours'."""


class Day(NamedTuple):
    """The plan as it stands: nodes of route r are `first[r]` to `first[r + 1]`, its arcs begin at `first[r] + r`.

    `seconds` and `metres` of arcs have a column per slot; windows of node i are `spans[2 * j]` for j from
    `span_at[i]`; `edges` and `bins` say by profile which slot a second is in. Curve c has the knots `knot_at[c]` on,
    and for each part in turn as many `cents` from `cents_at[c]` on. `of_arc` is the route of each arc.
    """

    first: Any
    profile: Any
    route: Any
    rates: Any
    of_arc: Any
    node: Any
    span_at: Any
    spans: Any
    seconds: Any
    metres: Any
    edges: Any
    bins: Any
    knot_at: Any
    knots: Any
    cents_at: Any
    cents: Any
    planned: Any
    latest: Any
    rest: Any


class New(NamedTuple):
    """A new stop: its legs (profiles, rows, slots), its numbers, where it may go (by arc), what it is paid by route.

    `before` is what each route costs without it; its own curve, if any, is curve 0 of its arrays.
    """

    seconds_to: Any
    seconds_from: Any
    metres_to: Any
    metres_from: Any
    stop: Any
    may: Any
    pay: Any
    windows: Any
    before: Any
    knot_at: Any
    knots: Any
    cents_at: Any
    cents: Any


class Found(NamedTuple):
    """By window: the places that look best and what they seem to cost, then the best of them exactly.

    `best` has the price beyond the route as it is, the arc and the seconds of arrival and knock. `against` says by
    window and route what stands against the place that comes nearest, and by how much.
    """

    looks: Any
    arcs: Any
    best: Any
    against: Any


@part(**INNER)
def slot_of(edges, bins, p, t):
    """Return the slot in force at a second."""
    k = np.int64(bins[p, min(max(t, 0) >> 8, bins.shape[1] - 1)])
    while t >= edges[p, k + 1]:
        k += 1
    return k


@part(**INNER)
def leg(seconds, metres, edges, bins, p, t):
    """Return (arrival, metres) of a leg that begins at t, given its line by slot; exactly TravelTimes.arrival."""
    k = slot_of(edges, bins, p, t)
    left, far = np.int64(seconds[k]), np.int64(metres[k])
    while t + left > edges[p, k + 1]:
        here, there = np.int64(seconds[k]), np.int64(seconds[k + 1])
        left -= edges[p, k + 1] - t
        left = (left * there + here - 1) // here
        t = np.int64(edges[p, k + 1])
        k += 1
    return t + left, far


@part(**INNER)
def latest_leave(seconds, edges, bins, p, by):
    """Return the last second at which a leg may begin to end at `by`; exact inverse of `leg`."""
    if by < 0:
        return -NEVER
    k = slot_of(edges, bins, p, by)
    t = by - np.int64(seconds[k])
    allowed = by - np.int64(edges[p, k])
    while k > 0 and t < edges[p, k]:
        here, there = np.int64(seconds[k - 1]), np.int64(seconds[k])
        allowed = allowed * here // there if there > 0 else NEVER
        t = min(np.int64(edges[p, k]) - here + allowed, np.int64(edges[p, k]) - 1)
        k -= 1
        allowed += np.int64(edges[p, k + 1]) - edges[p, k]
    return t


@part(**INNER)
def begins(day, i, t):
    """Return when node i begins for a van that arrives at t, -1 where every window has closed."""
    if day.node[i, RELOAD]:
        return max(t, day.node[i, RELEASED])
    if day.span_at[i] == day.span_at[i + 1]:
        return t
    for j in range(day.span_at[i], day.span_at[i + 1]):
        if t <= day.spans[2 * j + 1]:
            return max(t, day.spans[2 * j])
    return np.int64(-1)


@part(**INNER)
def latest_arrival(day, i, start_by):
    """Return the last arrival at node i after which it still begins by `start_by`, or -NEVER."""
    if day.node[i, RELOAD]:
        return start_by if day.node[i, RELEASED] <= start_by else -NEVER
    if day.span_at[i] == day.span_at[i + 1]:
        return start_by
    for j in range(day.span_at[i + 1] - 1, day.span_at[i] - 1, -1):
        if day.spans[2 * j] <= start_by:
            return min(start_by, day.spans[2 * j + 1])
    return -NEVER


@part(**INNER)
def door(day, c, t):
    """Return the whole cents of curve c of a day, or of a new stop, at a second; each part rounded down."""
    if c < 0:
        return np.int64(0)
    at, size = day.knot_at[c], day.knot_at[c + 1] - day.knot_at[c]
    low, high = np.int64(0), size
    while low < high:
        middle = (low + high) // 2
        if day.knots[at + middle] <= t:
            low = middle + 1
        else:
            high = middle
    total = np.int64(0)
    for v in range(day.cents_at[c], day.cents_at[c + 1], size):
        if low in (0, size):
            total += day.cents[v + (low - 1 if low > 0 else 0)]
        else:
            a, b = day.knots[at + low - 1], day.knots[at + low]
            p, q = day.cents[v + low - 1], day.cents[v + low]
            total += p + (q - p) * (t - a) // (b - a)
    return total


@part(**INNER)
def per_hour(seconds, cents):
    """Return what seconds cost, half a cent rounded up."""
    return (2 * seconds * cents + 3600) // 7200


@part(**INNER)
def whole_cents(route, rates, back, waiting, metres, strain, doors):
    """Return what a route costs, each part rounded as the schedule does."""
    paid = back - route[PAID_FROM]
    over = max(0, paid - rates[OVER_AFTER])
    cents = doors + per_hour(paid - waiting, rates[HOUR]) + (2 * metres * rates[KM] + 1000) // 2000
    cents += rates[FIXED] + per_hour(over, rates[OVER]) + per_hour(waiting, rates[WAIT])
    cents += max(0, strain - rates[STRAIN_FREE]) * rates[PER_STRAIN] + per_hour(over, rates[OVER_STRAIN])
    return cents + per_hour(abs(paid - rates[EVEN]), rates[PER_EVEN])


@part(**INNER)
def on_return(route, rates, back):
    """Return what being back at a second costs, not rounded and waiting apart."""
    paid = back - route[PAID_FROM]
    over = max(0, paid - rates[OVER_AFTER])
    hours = paid * rates[HOUR] + over * (rates[OVER] + rates[OVER_STRAIN]) + abs(paid - rates[EVEN]) * rates[PER_EVEN]
    return hours / 3600.0


@part(**INNER)
def delay_of(k):
    """Return the delay that a table's knot stands for."""
    if k == 0:
        return np.int64(EARLY)
    last = 1 + FINE_UNTIL // FINE
    return np.int64((k - 1) * FINE if k <= last else FINE_UNTIL + (k - last) * COARSE)


@part(**INNER)
def rest_at(day, a, t):
    """Return what the rest of a route costs from the node of arc a on, reached at t, by its table."""
    d = t - day.planned[a]
    last = 1 + FINE_UNTIL // FINE
    if d < 0:
        k = 0 * d
    elif d < FINE_UNTIL:
        k = 1 + d // FINE
    else:
        k = min(last + (d - FINE_UNTIL) // COARSE, np.int64(KNOTS - 2))
    low, high = delay_of(k), delay_of(k + 1)
    return day.rest[a, k] + (day.rest[a, k + 1] - day.rest[a, k]) * ((d - low) / (high - low))


@compiled(**WHOLE)
def lay_out(day):
    """Fill planned and latest arrivals and the tables of all arcs."""
    for r in range(len(day.profile)):
        route, rates, p = day.route[r], day.rates[r], np.int64(day.profile[r])
        begin, end = np.int64(day.first[r]), np.int64(day.first[r + 1])
        t = route[FROM]
        for i in range(begin, end + 1):
            a = i + r
            t, _ = leg(day.seconds[a], day.metres[a], day.edges, day.bins, p, t)
            day.planned[a] = t
            if i < end:
                t = max(t, begins(day, i, t)) + day.node[i, SERVICE]
        home = end + r
        day.latest[home] = min(route[ENDS], route[PAID_FROM] + route[MOST_SECONDS])
        if route[FREE]:
            day.latest[home] = route[ENDS]
        for k in range(KNOTS):
            day.rest[home, k] = on_return(route, rates, day.planned[home] + delay_of(k))
        for i in range(end - 1, begin - 1, -1):
            a = i + r
            by = latest_leave(day.seconds[a + 1], day.edges, day.bins, p, day.latest[a + 1]) - day.node[i, SERVICE]
            day.latest[a] = latest_arrival(day, i, by)
            for k in range(KNOTS):
                t = day.planned[a] + delay_of(k)
                starts = max(t, begins(day, i, t))
                price = day.node[i, PAY] + np.float64(door(day, day.node[i, CURVE], starts))
                price += (starts - t) * (rates[WAIT] - rates[HOUR]) / 3600.0
                t, far = leg(
                    day.seconds[a + 1], day.metres[a + 1], day.edges, day.bins, p, starts + day.node[i, SERVICE]
                )
                day.rest[a, k] = price + far * rates[KM] / 1000.0 + rest_at(day, a + 1, t)


@part(**INNER)
def stand_against(found, w, r, what, by):
    """Note what stands against a place, if it is less than what stands against the others of its route."""
    if found.against[w, r, 0] == 0 or by < found.against[w, r, 1]:
        found.against[w, r, 0], found.against[w, r, 1] = what, by


@part(**INNER)
def consider(found, w, price, a):
    """Keep a place among those that look best for a window."""
    looks, arcs = found.looks, found.arcs
    k = looks.shape[1] - 1
    if price >= looks[w, k]:
        return
    while k > 0 and looks[w, k - 1] > price:
        looks[w, k], arcs[w, k] = looks[w, k - 1], arcs[w, k - 1]
        k -= 1
    looks[w, k], arcs[w, k] = price, a


@part(**INNER)
def look(day, new, found, r, a, at, t, so_far):
    """Look at the place before the node of arc a, left for at t from row `at`, for each window."""
    p = np.int64(day.profile[r])
    route, rates = day.route[r], day.rates[r]
    last = a == day.first[r + 1] + r
    then = route[END] if last else day.node[a - r, ROW]
    arrives, far = leg(new.seconds_from[p, at], new.metres_from[p, at], day.edges, day.bins, p, t)
    seconds, metres = new.seconds_to[p, then], new.metres_to[p, then]
    at_once, cheap = np.int64(-1), 0.0
    for w in range(len(new.windows)):
        if arrives > new.windows[w, 1]:
            stand_against(found, w, r, LATE, arrives - new.windows[w, 1])
            continue
        starts = max(arrives, new.windows[w, 0])
        if starts == at_once:
            consider(found, w, cheap, a)
            continue
        back, on = leg(seconds, metres, day.edges, day.bins, p, starts + new.stop[O_SERVICE])
        if back > day.latest[a]:
            stand_against(found, w, r, OTHERS_LATE, back - day.latest[a])
            continue
        price = so_far + (far + on) * rates[KM] / 1000.0 + (starts - arrives) * (rates[WAIT] - rates[HOUR]) / 3600.0
        price += new.pay[r] + door(new, new.stop[O_CURVE], starts) + rest_at(day, a, back)
        if starts == arrives:
            at_once, cheap = starts, price
        consider(found, w, price, a)


@part(**INNER)
def strain_price(route, rates, strain):
    """Return what the strain of a route costs."""
    return np.float64(max(0, strain - rates[STRAIN_FREE]) * rates[PER_STRAIN])


@part(**INNER)
def scan(day, new, found, r):
    """Look at every place of a route that the new stop may go to.

    A trip leaves, or is loaded, no earlier than the new stop is released: where that is later than now planned, the
    stops before the new one are later as well.
    """
    p = np.int64(day.profile[r])
    route, rates = day.route[r], day.rates[r]
    begin, end = np.int64(day.first[r]), np.int64(day.first[r + 1])
    release, loaded = new.stop[O_RELEASE], route[LOADED] >= 0
    fixed = rates[FIXED] + strain_price(route, rates, route[STRAIN] + new.stop[O_STRAIN]) + route[DOORS] - new.before[r]
    t, waiting, metres, doors = route[FROM], route[WAITED], route[METRES], np.int64(0)
    here = route[START]
    may = not loaded or release <= route[LOADED]
    late_t, late_waiting, late_metres, late_doors = t, waiting, metres, doors
    shifted = not loaded and release > t
    if shifted:
        late_t, late_waiting = release, waiting + (0 if route[FREE] else release - t)
    for i in range(begin, end + 1):
        a = i + r
        if may and new.may[a]:
            so_far = fixed + late_doors + late_metres * rates[KM] / 1000.0
            so_far += late_waiting * (rates[WAIT] - rates[HOUR]) / 3600.0
            look(day, new, found, r, a, here, late_t, so_far)
        if i == end:
            break
        t, far = leg(day.seconds[a], day.metres[a], day.edges, day.bins, p, t)
        starts = begins(day, i, t)
        if starts < 0:
            return
        waiting += starts - t
        metres += far
        doors += day.node[i, PAY] + door(day, day.node[i, CURVE], starts)
        t = starts + day.node[i, SERVICE]
        here = day.node[i, ROW]
        if shifted and may and not day.node[i, RELOAD]:
            late_t, far = leg(day.seconds[a], day.metres[a], day.edges, day.bins, p, late_t)
            knocks = begins(day, i, late_t)
            may = knocks >= 0
            late_waiting += knocks - late_t
            late_metres += far
            late_doors += day.node[i, PAY] + door(day, day.node[i, CURVE], knocks)
            late_t = knocks + day.node[i, SERVICE]
            continue
        late_t, late_waiting, late_metres, late_doors = t, waiting, metres, doors
        if day.node[i, RELOAD]:
            may, shifted = True, release > starts
            if shifted:
                late_t, late_waiting = t + release - starts, waiting + release - starts


@part(**INNER)
def drive(day, new, r, a, opens, closes):
    """Return (price, arrival, knock) of a route with the new stop before the node of arc a, in whole cents.

    The price is NOWHERE where something is missed, or the way is too far or too long.
    """
    p = np.int64(day.profile[r])
    route, rates = day.route[r], day.rates[r]
    begin, end = np.int64(day.first[r]), np.int64(day.first[r + 1])
    release = new.stop[O_RELEASE]
    t, waiting, metres, doors = route[FROM], route[WAITED], route[METRES], route[DOORS]
    mine = np.int64(day.first[r])
    for i in range(begin, a - r):
        if day.node[i, RELOAD]:
            mine = np.int64(i + 1)
    if mine == begin and route[LOADED] < 0 and release > t:
        waiting += 0 if route[FREE] else release - t
        t = release
    here = route[START]
    arrives, starts = np.int64(-1), np.int64(-1)
    for i in range(begin, end + 1):
        if i + r == a:
            arrives, far = leg(new.seconds_from[p, here], new.metres_from[p, here], day.edges, day.bins, p, t)
            if arrives > closes:
                return NOWHERE, arrives, starts
            starts = max(arrives, opens)
            waiting += starts - arrives
            metres += far
            doors += new.pay[r] + door(new, new.stop[O_CURVE], starts)
            then = route[END] if i == end else day.node[i, ROW]
            t, far = leg(
                new.seconds_to[p, then], new.metres_to[p, then], day.edges, day.bins, p, starts + new.stop[O_SERVICE]
            )
        else:
            t, far = leg(day.seconds[i + r], day.metres[i + r], day.edges, day.bins, p, t)
        metres += far
        if i == end:
            break
        knocks = begins(day, i, t)
        if day.node[i, RELOAD] and i + 1 == mine:
            knocks = max(knocks, release)
        if knocks < 0:
            return NOWHERE, arrives, starts
        waiting += knocks - t
        doors += day.node[i, PAY] + door(day, day.node[i, CURVE], knocks)
        t = knocks + day.node[i, SERVICE]
        here = day.node[i, ROW]
    if t > route[ENDS] or metres > route[MOST_METRES]:
        return NOWHERE, arrives, starts
    paid_from = route[PAID_FROM]
    if route[FREE] and route[LOADED] < 0 and mine == begin:
        paid_from = max(paid_from, release)
    if t - paid_from > route[MOST_SECONDS]:
        return NOWHERE, arrives, starts
    late = paid_from - route[PAID_FROM]
    if late:
        # Only what is paid changes: the same route that begins to be paid later.
        t -= late
    strain = route[STRAIN] + new.stop[O_STRAIN]
    return whole_cents(route, rates, t, waiting, metres, strain, doors) - new.before[r], arrives, starts


@compiled(**WHOLE)
def quote(day, new, found, most):
    """Find the best place for each window: look at every place, then price the best `most` of them exactly."""
    for w in range(len(new.windows)):
        for k in range(found.looks.shape[1]):
            found.looks[w, k], found.arcs[w, k] = INFINITE, -1
        found.best[w, 0] = NOWHERE
        for r in range(len(day.profile)):
            found.against[w, r, 0] = 0
            found.against[w, r, 1] = 0
    for r in range(len(day.profile)):
        scan(day, new, found, r)
    for w in range(len(new.windows)):
        for k in range(min(most, found.arcs.shape[1])):
            a = found.arcs[w, k]
            if a < 0:
                break
            mine = np.int64(day.of_arc[a])
            price, arrives, starts = drive(day, new, mine, a, new.windows[w, 0], new.windows[w, 1])
            if price == NOWHERE:
                stand_against(found, w, mine, FAR, NEVER)
            elif price < found.best[w, 0]:
                found.best[w, 0], found.best[w, 1], found.best[w, 2], found.best[w, 3] = price, a, arrives, starts

"""Breaks, charges and departures of one route, chosen by price: a few labels for each node, the best kept. Compiled.

A label says how a van may stand when it leaves a node: when, at what price, how long since which break, how charged.
From label to label it drives on at once, rests first, or charges on the way; a label that another beats in all is
dropped. With no rule near its limit and enough charge there is one label, and a route costs what plain driving costs.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="assignment"
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

import numpy as np

from doorstep.operations.search.compiled import BRICK, INNER
from doorstep.operations.search.kernel_prices import (
    INFINITE,
    K_ENDS,
    K_HOUR,
    K_METRE,
    K_PROFILE,
    K_STARTS,
    K_WAIT,
    LAST_CLOSE,
    SERVICE,
    knock,
    latest_arrival,
)
from doorstep.operations.search.kernel_rich_memory import ask_of, live_of
from doorstep.operations.search.kernel_rich_routes import (
    ARC,
    ARRIVES,
    BOUND,
    BREAKS_FROM,
    BREAKS_TO,
    CHOSEN,
    DEAR,
    FREE,
    LABELLED,
    LEAVES,
    LEFT_AT,
    LIMITED,
    MOST_DRIVING,
    MOST_METRES,
    MOST_SECONDS,
    MOST_WORKING,
    NEXT,
    NODE,
    PREV,
    RELOAD_SECONDS,
    RULES_FROM,
    RULES_TO,
    SECS,
    SO_FAR,
    door_price,
    end_price,
    last_leave,
    released_from,
    row_from,
    row_to,
    way,
)
from doorstep.operations.search.parts import part

BOTHER = 1e-5
"""Cents that a break counts for beyond what it costs: who needs none takes none."""
MOST_LABELS = 10
MOST_RULES = 6
"""More rules than these a shift can't have."""

T, RESTED, LEVEL, PARENT, BREAK, CHARGER, CHARGED, KEPT, DROVE, WORKED, WENT, REACHED, COUNTS = range(13)
"""A label's whole numbers: when it leaves, seconds of breaks so far, mWh, where it comes from, what came before the
leg (a break's seconds, a charger or -1, seconds there), rules kept in a window (bits), sums so far, its arrival; then
for each rule what is counted and which part of its split comes next."""
LABEL = 32
SPLITS = COUNTS + MOST_RULES

COUNTED, AFTER, LENGTH, PARTS, PART, SO_FAR_COUNTED, WINDOWS_FROM, WINDOWS_TO, WAITING_COUNTS, PARTS_SO_FAR = (
    0,
    1,
    2,
    3,
    4,
    9,
    10,
    11,
    12,
    13,
)
"""A rule's sixteen int32; up to five parts of a split from PART on."""
BY_DRIVING, BY_WORKING, BY_ALL = range(3)

CAPACITY, AT_START, WH_PER_KM, WATTS, RESERVE = range(5)
"""A kind's eight int32 about its battery; CAPACITY 0: it has none."""

C_ROW, C_WATTS, C_CENTS, C_FROM, C_TO = range(5)
"""A charger's eight int32: its row, watts, cents a kWh, and windows."""


@part(**BRICK)
def opening(spans, begin, end, t):
    """Return when something may begin inside windows spans[begin:end] from t on; -1 where all have closed."""
    if begin == end:
        return np.int64(t)
    for j in range(begin, end):
        if t <= spans[2 * j + 1]:
            return max(np.int64(t), np.int64(spans[2 * j]))
    return np.int64(-1)


@part(**INNER)
def count_on(mem, g, b, driving, working, passed):
    """Count seconds on in label b, and return whether no rule is broken by them."""
    ask, live = ask_of(mem), live_of(mem)
    holds = True
    for j in range(ask.kmore[g * 16 + RULES_FROM], ask.kmore[g * 16 + RULES_TO]):
        if ask.rules[j * 16 + WINDOWS_FROM] < ask.rules[j * 16 + WINDOWS_TO]:
            continue
        k = b + COUNTS + j - ask.kmore[g * 16 + RULES_FROM]
        by = ask.rules[j * 16 + COUNTED]
        live.lab[k] += driving if by == BY_DRIVING else (working if by == BY_WORKING else passed)
        holds = holds and live.lab[k] <= ask.rules[j * 16 + AFTER]
    return holds


@part(**INNER)
def rest(mem, g, b, seconds):
    """Let label b rest for so long, after waiting for the window of a rule that asks for one.

    Returns the wait; -1 where a rule is broken already as the break begins.
    """
    ask, live = ask_of(mem), live_of(mem)
    lab, first, end = live.lab, ask.kmore[g * 16 + RULES_FROM], ask.kmore[g * 16 + RULES_TO]
    t = lab[b + T]
    begins = t
    if not count_on(mem, g, b, np.int64(0), np.int64(0), np.int64(0)):
        return np.int64(-1)
    for j in range(first, end):
        q = j * 16
        windowed = ask.rules[q + WINDOWS_FROM] < ask.rules[q + WINDOWS_TO]
        if windowed and seconds >= ask.rules[q + LENGTH] and not (lab[b + KEPT] >> (j - first)) & 1:
            begins = opening(ask.rule_spans, ask.rules[q + WINDOWS_FROM], ask.rules[q + WINDOWS_TO], t)
            begins = t if begins < 0 else begins
            break
    for j in range(first, end):
        q, k = j * 16, j - first
        if ask.rules[q + WINDOWS_FROM] < ask.rules[q + WINDOWS_TO]:
            for i in range(ask.rules[q + WINDOWS_FROM], ask.rules[q + WINDOWS_TO]):
                inside = ask.rule_spans[2 * i] <= begins <= ask.rule_spans[2 * i + 1]
                if inside and seconds >= ask.rules[q + LENGTH]:
                    lab[b + KEPT] |= np.int64(1) << k
            continue
        counted = lab[b + COUNTS + k]
        if ask.rules[q + COUNTED] == BY_ALL:
            counted += begins - t
            lab[b + COUNTS + k] = counted + seconds
        if seconds >= ask.rules[q + LENGTH]:
            lab[b + COUNTS + k], lab[b + SPLITS + k] = 0, 0
        elif counted > 0 and ask.rules[q + PARTS] > 0 and seconds >= ask.rules[q + PART + lab[b + SPLITS + k]]:
            # A part before anything was counted only makes the rest before it longer.
            lab[b + SPLITS + k] += 1
            if lab[b + SPLITS + k] == ask.rules[q + PARTS]:
                lab[b + COUNTS + k], lab[b + SPLITS + k] = 0, 0
    lab[b + RESTED] += seconds
    lab[b + T] = begins + seconds
    return begins - t


@part(**INNER)
def go(mem, g, b, row, to):
    """Drive label b from one row to another. Returns the price of the way, INFINITE where it may not be driven."""
    ask, lab = ask_of(mem), live_of(mem).lab
    t = lab[b + T]
    at, metres = way(mem, ask.tt, np.int64(ask.kint[g * 8 + K_PROFILE]), row, to, t)
    lab[b + T] = at
    lab[b + DROVE] += at - t
    lab[b + WORKED] += at - t
    lab[b + WENT] += metres
    if ask.battery[g * 8 + CAPACITY] > 0:
        lab[b + LEVEL] -= metres * ask.battery[g * 8 + WH_PER_KM]
        if lab[b + LEVEL] < np.int64(ask.battery[g * 8 + RESERVE]) * 1000:
            return INFINITE
    if not count_on(mem, g, b, at - t, at - t, at - t):
        return INFINITE
    return ask.kflt[g * 8 + K_METRE] * metres


@part(**INNER)
def plug_in(mem, g, b, charger, seconds):
    """Charge label b. Returns the price of waiting and energy, INFINITE where every window has closed."""
    ask, lab = ask_of(mem), live_of(mem).lab
    c = charger * 8
    t = lab[b + T]
    begins = opening(ask.charger_spans, ask.chargers[c + C_FROM], ask.chargers[c + C_TO], t)
    if begins < 0:
        return INFINITE
    watts = np.int64(min(ask.chargers[c + C_WATTS], ask.battery[g * 8 + WATTS]))
    flown = min(seconds * watts * 1000 // 3600, np.int64(ask.battery[g * 8 + CAPACITY]) * 1000 - lab[b + LEVEL])
    lab[b + LEVEL] += flown
    lab[b + T] = begins + seconds
    count_on(mem, g, b, np.int64(0), np.int64(0), begins - t + seconds)
    return ask.kflt[g * 8 + K_WAIT] * (begins - t) + (flown // 1000) * ask.chargers[c + C_CENTS] / 1000.0


@part(**INNER)
def stay(mem, g, b, x):
    """Serve, or reload, at node x with label b that has just come. Returns the price there, or INFINITE."""
    ask, live = ask_of(mem), live_of(mem)
    lab, n = live.lab, ask.n
    t = lab[b + T]
    if x < n:
        if t > ask.stop[x * 8 + LAST_CLOSE]:
            return INFINITE
        begins = knock(ask.stop, ask.spans, x, t)
        price = door_price(mem, g, x, begins, begins - t)
        lasts = np.int64(ask.stop[x * 8 + SERVICE])
        if begins > t:
            count_on(mem, g, b, np.int64(0), np.int64(0), begins - t)
            first = ask.kmore[g * 16 + RULES_FROM]
            for j in range(first, ask.kmore[g * 16 + RULES_TO]):
                if ask.rules[j * 16 + WAITING_COUNTS] and begins - t >= ask.rules[j * 16 + LENGTH]:
                    lab[b + COUNTS + j - first], lab[b + SPLITS + j - first] = 0, 0
    else:
        begins = max(t, released_from(mem, np.int64(live.it[x * NODE + NEXT]))) if ask.releases else t
        price = ask.kflt[g * 8 + K_WAIT] * (begins - t)
        lasts = np.int64(ask.kmore[g * 16 + RELOAD_SECONDS])
        count_on(mem, g, b, np.int64(0), np.int64(0), begins - t)
    lab[b + T] = begins + lasts
    lab[b + WORKED] += lasts
    return price if count_on(mem, g, b, np.int64(0), lasts, lasts) else INFINITE


@part(**BRICK)
def worth(mem, g, b, price):
    """Return a label's price with its hours."""
    ask, lab = ask_of(mem), live_of(mem).lab
    return price + (ask.kflt[g * 8 + K_HOUR] + 1e-9) * (lab[b + T] - lab[b + RESTED])


@part(**INNER)
def beats(mem, g, a, price_a, b, price_b):
    """Return whether label a is at least as good as b in everything."""
    ask, lab = ask_of(mem), live_of(mem).lab
    if lab[a + T] > lab[b + T] or lab[a + T] - lab[a + RESTED] > lab[b + T] - lab[b + RESTED]:
        return False
    if worth(mem, g, a, price_a) > worth(mem, g, b, price_b) + 1e-7 or lab[a + LEVEL] < lab[b + LEVEL]:
        return False
    if lab[b + KEPT] & ~lab[a + KEPT]:
        return False
    if ask.kmore[g * 16 + LIMITED] and (
        lab[a + DROVE] > lab[b + DROVE] or lab[a + WORKED] > lab[b + WORKED] or lab[a + WENT] > lab[b + WENT]
    ):
        return False
    for k in range(ask.kmore[g * 16 + RULES_TO] - ask.kmore[g * 16 + RULES_FROM]):
        if lab[a + COUNTS + k] > lab[b + COUNTS + k]:
            return False
        if lab[a + SPLITS + k] < lab[b + SPLITS + k] and lab[a + COUNTS + k] > 0:
            return False
    return True


@part(**BRICK)
def used(mem, g):
    """Return how many rules a label of kind g counts for."""
    ask = ask_of(mem)
    return np.int64(ask.kmore[g * 16 + RULES_TO]) - ask.kmore[g * 16 + RULES_FROM]


@part(**BRICK)
def copy(lab, to, source, rules):
    """Copy a label that counts for so many rules."""
    for f in range(COUNTS + rules):
        lab[to + f] = lab[source + f]
    for f in range(SPLITS, SPLITS + rules):
        lab[to + f] = lab[source + f]


@part(**INNER)
def offer(mem, g, place, price):
    """Take the label in the spare slot of a place in unless another beats it; the worst gives way."""
    live = live_of(mem)
    lab, cents = live.lab, live.lab_price
    base = place * (MOST_LABELS + 1)
    new = (base + MOST_LABELS) * LABEL
    size, rules = live.lab_size[place], used(mem, g)
    kept = 0
    for k in range(size):
        old = (base + k) * LABEL
        if beats(mem, g, old, cents[base + k], new, price):
            return
    for k in range(size):
        old = (base + k) * LABEL
        if not beats(mem, g, new, price, old, cents[base + k]):
            if kept != k:
                copy(lab, (base + kept) * LABEL, old, rules)
                cents[base + kept] = cents[base + k]
            kept += 1
    at = kept
    if kept == MOST_LABELS:
        at, worst = -1, worth(mem, g, new, price)
        for k in range(kept):
            if worth(mem, g, (base + k) * LABEL, cents[base + k]) > worst:
                at, worst = k, worth(mem, g, (base + k) * LABEL, cents[base + k])
    else:
        kept += 1
    live.lab_size[place] = kept
    if at >= 0:
        copy(lab, (base + at) * LABEL, new, rules)
        cents[base + at] = price


@part(**INNER)
def onward(mem, g, place, k, u, x, seconds, charger, charged):
    """Offer what becomes of label k of a place at node u when it rests, charges and goes on to node x."""
    ask, live = ask_of(mem), live_of(mem)
    lab = live.lab
    old = (place * (MOST_LABELS + 1) + k) * LABEL
    new = ((place + 1) * (MOST_LABELS + 1) + MOST_LABELS) * LABEL
    copy(lab, new, old, used(mem, g))
    lab[new + PARENT], lab[new + BREAK], lab[new + CHARGER], lab[new + CHARGED] = k, seconds, charger, charged
    price = live.lab_price[place * (MOST_LABELS + 1) + k]
    if seconds > 0:
        waited = rest(mem, g, new, seconds)
        if waited < 0:
            return
        price += ask.kflt[g * 8 + K_WAIT] * waited + BOTHER
    row = row_from(mem, g, u)
    if charger >= 0:
        there = np.int64(ask.chargers[charger * 8 + C_ROW])
        price += go(mem, g, new, row, there)
        if price >= INFINITE:
            return
        price += plug_in(mem, g, new, charger, charged)
        if price >= INFINITE:
            return
        row = there
    price += go(mem, g, new, row, row_to(mem, g, x))
    if price >= INFINITE:
        return
    lab[new + REACHED] = lab[new + T]
    if x < ask.n or x >= ask.n + ask.m:
        price += stay(mem, g, new, x)
        if price >= INFINITE:
            return
    elif lab[new + T] > ask.kint[g * 8 + K_ENDS]:
        return
    since = lab[T] if ask.kmore[g * 16 + FREE] else np.int64(ask.kint[g * 8 + K_STARTS])
    hours = ask.kflt[g * 8 + K_HOUR] * (lab[new + T] - lab[new + RESTED] - since)
    if price + hours + live.floor[place + 1] <= live.cost[BOUND] + 1e-6:
        offer(mem, g, place + 1, price)
    else:
        live.count[DEAR] = 1


@part(**INNER)
def wanted(mem, g, b, seconds, place, next_left):
    """Return whether a break of so long may be of use to label b now: a rule comes near, or a window opens."""
    ask, live = ask_of(mem), live_of(mem)
    lab, first = live.lab, ask.kmore[g * 16 + RULES_FROM]
    for j in range(first, ask.kmore[g * 16 + RULES_TO]):
        q, k = j * 16, j - first
        if ask.rules[q + WINDOWS_FROM] < ask.rules[q + WINDOWS_TO]:
            if (lab[b + KEPT] >> k) & 1 or seconds < ask.rules[q + LENGTH]:
                continue
            opens = opening(ask.rule_spans, ask.rules[q + WINDOWS_FROM], ask.rules[q + WINDOWS_TO], lab[b + T])
            if opens >= 0 and (opens <= next_left or live.ahead[2 * place + 3] < 0):
                return True
            continue
        by = ask.rules[q + COUNTED]
        ahead = live.ahead[2 * place] if by == BY_DRIVING else live.ahead[2 * place + 1]
        near = lab[b + COUNTS + k] + ahead + (10_800 if by == BY_ALL else 900) > ask.rules[q + AFTER]
        if not near:
            continue
        part = ask.rules[q + PARTS] > 0 and seconds >= ask.rules[q + PART + lab[b + SPLITS + k]]
        if seconds >= ask.rules[q + LENGTH] or part:
            return True
    return False


@part(**BRICK)
def least_price(mem, g, row, to):
    """Return what the way from a row to another costs at least, whenever a van of kind g takes it."""
    ask = ask_of(mem)
    if ask.battery[g * 8 + CAPACITY] > 0:
        return 0.0  # by way of a charger it may be shorter
    slots, rows = ask.shape[1], ask.shape[0]
    line = ((ask.kint[g * 8 + K_PROFILE] * rows + row) * rows + to) * 2 * slots
    seconds, metres = np.int64(ask.tt[line]), np.int64(ask.tt[line + slots])
    for k in range(1, slots):
        seconds = min(seconds, np.int64(ask.tt[line + k]))
        metres = min(metres, np.int64(ask.tt[line + slots + k]))
    return ask.kflt[g * 8 + K_HOUR] * seconds + ask.kflt[g * 8 + K_METRE] * metres


@part(**INNER)
def look_ahead(mem, g, d):
    """Fill for each place of the route at d the seconds of driving and of work still to come, and the metres.

    Two numbers for each place, -1 behind the last; metres in the second half. Returns the places; 0 where even a van
    that leaves at once and never rests is late.
    """
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    p, half = np.int64(ask.kint[g * 8 + K_PROFILE]), 2 * (live.nodes + 2)
    u, t, place = d, np.int64(ask.kint[g * 8 + K_STARTS]), 0
    late = False
    while True:
        x = np.int64(it[u * NODE + NEXT])
        at, metres = way(mem, ask.tt, p, row_from(mem, g, u), row_to(mem, g, x), t)
        live.ahead[2 * place] = at - t
        live.ahead[half + place] = metres
        live.floor[place] = least_price(mem, g, row_from(mem, g, u), row_to(mem, g, x))
        if x < n:
            live.floor[place] += ask.pairing[x, g] + ask.kflt[g * 8 + K_HOUR] * ask.stop[x * 8 + SERVICE]
        t = at
        lasts = np.int64(0)
        if x < n:
            late = late or at > ask.stop[x * 8 + LAST_CLOSE]
            t = knock(ask.stop, ask.spans, x, at)
            lasts = np.int64(ask.stop[x * 8 + SERVICE])
        elif x != d:
            lasts = np.int64(ask.kmore[g * 16 + RELOAD_SECONDS])
        live.ahead[2 * place + 1] = live.ahead[2 * place] + lasts
        t += lasts
        place += 1
        u = x
        if x == d:
            break
    if (late or t > ask.kint[g * 8 + K_ENDS]) and ask.battery[g * 8 + CAPACITY] == 0:
        return 0  # a van that charges may know a faster way
    live.ahead[2 * place] = live.ahead[2 * place + 1] = -1
    live.ahead[half + place] = 0
    for k in range(place - 2, -1, -1):
        live.ahead[2 * k] += live.ahead[2 * k + 2]
        live.ahead[2 * k + 1] += live.ahead[2 * k + 3]
    live.floor[place] = 0.0
    for k in range(place - 1, -1, -1):
        live.floor[k] += live.floor[k + 1]
        live.ahead[half + k] += live.ahead[half + k + 1]
    return place


@part(**INNER)
def charge_on_the_way(mem, g, place, k, u, x, seconds):
    """Offer charging between u and x at the chargers nearest to the way: to the brim, and just as much as is needed."""
    ask, live = ask_of(mem), live_of(mem)
    b = (place * (MOST_LABELS + 1) + k) * LABEL
    ahead = live.ahead[2 * (live.nodes + 2) + place + 1]
    p, per_km = np.int64(ask.kint[g * 8 + K_PROFILE]), np.int64(ask.battery[g * 8 + WH_PER_KM])
    first, second, near, nearer = np.int64(-1), np.int64(-1), np.int64(1 << 40), np.int64(1 << 40)
    here, there = row_from(mem, g, u), row_to(mem, g, x)
    for c in range(ask.most_chargers):
        row = np.int64(ask.chargers[c * 8 + C_ROW])
        t, out = way(mem, ask.tt, p, here, row, live.lab[b + T])
        _, back = way(mem, ask.tt, p, row, there, t)
        if out + back < nearer:
            second, near = first, nearer
            first, nearer = np.int64(c), np.int64(out + back)
        elif out + back < near:
            second, near = np.int64(c), np.int64(out + back)
    for c in (first, second):
        if c < 0:
            continue
        row = np.int64(ask.chargers[c * 8 + C_ROW])
        watts = np.int64(min(ask.chargers[c * 8 + C_WATTS], ask.battery[g * 8 + WATTS]))
        t, out = way(mem, ask.tt, p, here, row, live.lab[b + T])
        _, back = way(mem, ask.tt, p, row, there, t)
        level = live.lab[b + LEVEL] - out * per_km
        room = np.int64(ask.battery[g * 8 + CAPACITY]) * 1000 - level
        needs = (back + ahead) * per_km + np.int64(ask.battery[g * 8 + RESERVE]) * 1000 - level
        if watts <= 0 or level < 0:
            continue
        if 0 < needs < room:
            onward(mem, g, place, k, u, x, seconds, c, (needs * 3600 + watts * 1000 - 1) // (watts * 1000))
        if room > 0:
            onward(mem, g, place, k, u, x, seconds, c, (room * 3600 + watts * 1000 - 1) // (watts * 1000))


@part(**INNER)
def labels(mem, g, d, leaves, places):
    """Fill the labels of the route at d when it leaves at `leaves`. Returns (price, label at the end), or INFINITE."""
    ask, live = ask_of(mem), live_of(mem)
    lab, starts = live.lab, np.int64(ask.kint[g * 8 + K_STARTS])
    free = ask.kmore[g * 16 + FREE] > 0
    first, end = ask.kmore[g * 16 + RULES_FROM], ask.kmore[g * 16 + RULES_TO]
    for f in range(LABEL):
        lab[f] = 0
    lab[T], lab[LEVEL] = leaves, np.int64(ask.battery[g * 8 + AT_START]) * 1000
    waited = 0 if free else leaves - starts
    for j in range(first, end):
        lab[COUNTS + j - first] = ask.rules[j * 16 + SO_FAR_COUNTED]
        lab[SPLITS + j - first] = ask.rules[j * 16 + PARTS_SO_FAR]
        lab[COUNTS + j - first] += waited if ask.rules[j * 16 + COUNTED] == BY_ALL else 0
    live.count[LABELLED], live.count[CHOSEN] = leaves, -1
    live.lab_price[0] = ask.kflt[g * 8 + K_WAIT] * waited
    live.lab_size[0] = 1
    low = np.int64(ask.battery[g * 8 + RESERVE]) * 1000
    u, half = d, 2 * (live.nodes + 2)
    for place in range(places):
        x = np.int64(live.it[u * NODE + NEXT])
        live.lab_size[place + 1] = 0
        for k in range(live.lab_size[place]):
            b = (place * (MOST_LABELS + 1) + k) * LABEL
            onward(mem, g, place, k, u, x, np.int64(0), np.int64(-1), np.int64(0))
            short = ask.battery[g * 8 + CAPACITY] > 0 and (
                lab[b + LEVEL] - live.ahead[half + place] * ask.battery[g * 8 + WH_PER_KM] < low
            )
            if short:
                charge_on_the_way(mem, g, place, k, u, x, np.int64(0))
            if first < end:
                spent = live.ahead[2 * place + 1] - max(0, live.ahead[2 * place + 3])
                next_left = lab[b + T] + spent
                if x < ask.n:
                    on_the_way = live.ahead[2 * place] - max(0, live.ahead[2 * place + 2])
                    arrives = lab[b + T] + on_the_way
                    next_left += knock(ask.stop, ask.spans, x, arrives) - arrives
                for i in range(ask.kmore[g * 16 + BREAKS_FROM], ask.kmore[g * 16 + BREAKS_TO]):
                    seconds = np.int64(ask.breaks[i])
                    if wanted(mem, g, b, seconds, place, next_left):
                        onward(mem, g, place, k, u, x, seconds, np.int64(-1), np.int64(0))
                        if short:
                            charge_on_the_way(mem, g, place, k, u, x, seconds)
        if live.lab_size[place + 1] == 0:
            return INFINITE, np.int64(-1)
        u = x
    asked = np.int64(0)
    for j in range(first, end):
        if ask.rules[j * 16 + WINDOWS_FROM] < ask.rules[j * 16 + WINDOWS_TO]:
            asked |= np.int64(1) << (j - first)
    best, which = INFINITE, np.int64(-1)
    paid_from = leaves if free else starts
    for k in range(live.lab_size[places]):
        b = (places * (MOST_LABELS + 1) + k) * LABEL
        if asked & ~lab[b + KEPT] or lab[b + T] - paid_from > ask.kmore[g * 16 + MOST_SECONDS]:
            continue
        if ask.kmore[g * 16 + LIMITED] and (
            lab[b + WENT] > ask.kmore[g * 16 + MOST_METRES]
            or lab[b + DROVE] > ask.kmore[g * 16 + MOST_DRIVING]
            or lab[b + WORKED] > ask.kmore[g * 16 + MOST_WORKING]
        ):
            continue
        price = live.lab_price[places * (MOST_LABELS + 1) + k]
        price += end_price(mem, g, lab[b + T] - paid_from - lab[b + RESTED])
        if price < best:
            best, which = price, np.int64(k)
    live.count[CHOSEN] = which
    return best, which


@part(**INNER)
def last_departure(mem, g, d, soonest):
    """Return the last second to leave d and be back no later than by leaving at `soonest`, no break counted."""
    ask, live = ask_of(mem), live_of(mem)
    it, n = live.it, ask.n
    p = np.int64(ask.kint[g * 8 + K_PROFILE])
    u, t = d, soonest
    while True:
        x = np.int64(it[u * NODE + NEXT])
        t, _ = way(mem, ask.tt, p, row_from(mem, g, u), row_to(mem, g, x), t)
        if x == d:
            break
        if x < n:
            t = knock(ask.stop, ask.spans, x, t) + ask.stop[x * 8 + SERVICE]
        else:
            t = max(t, released_from(mem, np.int64(it[x * NODE + NEXT]))) + ask.kmore[g * 16 + RELOAD_SECONDS]
        u = x
    w = d
    by = t
    while True:
        x = np.int64(it[w * NODE + PREV])
        by = last_leave(mem, p, row_from(mem, g, x), row_to(mem, g, w), by)
        if x == d:
            break
        if x < n:
            by = latest_arrival(ask.stop, ask.spans, x, by - ask.stop[x * 8 + SERVICE])
        else:
            by -= ask.kmore[g * 16 + RELOAD_SECONDS]
        w = x
    return max(soonest, by)


@part(**INNER)
def rest_drive(mem, g, d, thorough):
    """Return (price, departure, places) of the route at d with the best breaks, charges and departure found."""
    ask, live = ask_of(mem), live_of(mem)
    it = live.it
    starts = np.int64(ask.kint[g * 8 + K_STARTS])
    soonest = max(starts, released_from(mem, np.int64(it[d * NODE + NEXT]))) if ask.releases else starts
    places = look_ahead(mem, g, d)
    if places == 0:
        return INFINITE, soonest, places
    if not ask.kmore[g * 16 + FREE]:
        price, _ = labels(mem, g, d, soonest, places)
        return price, soonest, places
    latest = last_departure(mem, g, d, soonest)
    live.count[DEAR] = 0
    best, at = labels(mem, g, d, latest, places)[0], latest
    if best >= INFINITE and live.count[DEAR]:
        return best, at, places
    if latest > soonest and (best >= INFINITE or thorough):
        for leaves in (soonest, (soonest + latest) // 2):
            price, _ = labels(mem, g, d, leaves, places)
            if price < best:
                best, at = price, leaves
    if best >= INFINITE:
        for j in range(ask.kmore[g * 16 + RULES_FROM], ask.kmore[g * 16 + RULES_TO]):
            for i in range(ask.rules[j * 16 + WINDOWS_FROM], ask.rules[j * 16 + WINDOWS_TO]):
                leaves = np.int64(ask.rule_spans[2 * i + 1])
                if best >= INFINITE and soonest < leaves < latest:
                    best, at = labels(mem, g, d, leaves, places)[0], leaves
    if thorough and best < INFINITE:
        step, was = np.int64(3600), at
        while step >= 60:
            moved = False
            for leaves in (at + step, at - step):
                tried = leaves == was or leaves == (soonest + latest) // 2
                tried = tried or leaves == latest
                if leaves > soonest and leaves < ask.kint[g * 8 + K_ENDS] and not tried:
                    price, _ = labels(mem, g, d, leaves, places)
                    if price < best - 1e-6:
                        best, at, was, moved = price, leaves, at, True
                        break
            if not moved:
                step //= 4
    return best, at, places


@part(**INNER)
def write_rests(mem, g, r, leaves, places):
    """Write the times and prices of the best label of route r, which `rest_drive` has just driven, into its nodes."""
    ask, live = ask_of(mem), live_of(mem)
    it, fl, lab = live.it, live.fl, live.lab
    d = ask.n + r
    if live.count[LABELLED] != leaves:
        labels(mem, g, d, leaves, places)
    x, k = d, live.count[CHOSEN]
    for place in range(places, -1, -1):
        base = place * (MOST_LABELS + 1) + k
        b = base * LABEL
        u = np.int64(it[x * NODE + PREV])
        if place < places:
            it[x * NODE + LEAVES] = lab[b + T]
            fl[x * 8 + SO_FAR] = live.lab_price[base]
            w = np.int64(it[x * NODE + NEXT])
            p = np.int64(ask.kint[g * 8 + K_PROFILE])
            at, metres = way(mem, ask.tt, p, row_from(mem, g, x), row_to(mem, g, w), lab[b + T])
            it[x * NODE + SECS] = at - lab[b + T]
            fl[x * 8 + ARC] = ask.kflt[g * 8 + K_METRE] * metres
        if place > 0:
            it[x * NODE + ARRIVES] = lab[b + REACHED]
        live.rests[3 * place], live.rests[3 * place + 1] = lab[b + BREAK], lab[b + CHARGER]
        live.rests[3 * place + 2] = lab[b + CHARGED]
        k = lab[b + PARENT]
        x = u
    live.rt[r * 8 + LEFT_AT] = leaves

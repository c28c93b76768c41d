"""Drives a plan over tomorrow with luck that belongs to doors and vans, and says what that cost and will cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds2.company import Company, Today
from benchmarks.worlds2.crew import burden, hardship
from benchmarks.worlds2.driving import Driven, Luck, drive
from benchmarks.worlds2.outcomes import Done, OrderLuck, done, lateness, strain_of, visits
from benchmarks.worlds2.reactions import consequences
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Visit
from doorstep.town.driving import Rounds
from doorstep.town.luck import keys, uniform
from doorstep.town.sheet import Pay, pay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Legs = Callable[[Sequence[Place]], tuple[Sequence[float], Sequence[float]]]
"""Free-flow seconds and metres of the legs between consecutive places."""

Told = dict[str, dict[str, float]]


class UnknownInPlan(YourInput):
    """A plan that names an order, a shift or a day this world does not have; the text names it."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A plan laid over a day: its rounds, and the planned start at every visit, in the order of `visits(rounds)`."""

    rounds: Rounds
    planned: Ints


def course(company: Company, today: Today, plan: Plan, legs: Legs) -> Course:
    """Return a plan as rounds over the day's orders; legs are asked once per route.

    Raises UnknownInPlan when the plan is for another day, names what the day does not have, or brings an order twice.
    """
    stops = _stops(company, today, plan)
    n, longest, home = len(stops), max(1, *(len(each) for each in stops)), company.people.recipients
    order, planned = np.full((n, longest), -1), np.zeros((n, longest), dtype=np.int64)
    seconds, metres = np.zeros((n, longest + 1)), np.zeros((n, longest + 1))
    for r, each in enumerate(stops):
        if not each:
            continue
        many = len(each)
        order[r, :many] = [which for which, _ in each]
        planned[r, :many] = [visit.starts_at for _, visit in each]
        who, depot = today.orders.recipient[order[r, :many]], company.people.depot
        doors = [Place(lon, lat) for lon, lat in zip(home.lon[who].tolist(), home.lat[who].tolist(), strict=True)]
        seconds[r, : many + 1], metres[r, : many + 1] = legs([depot, *doors, depot])
    leaves = today.crew.starts.copy()
    for route in plan.routes:
        r = today.crew.shift_ids.index(route.shift_id)
        leaves[r] = max(int(leaves[r]), route.leaves_at)
    pace = company.staff.pace(today.crew.drivers, home.postcode[today.orders.recipient[order]])
    rounds = Rounds(order, seconds, metres, today.crew.starts, leaves, pace)
    return Course(rounds, planned[visits(rounds)])


def _stops(company: Company, today: Today, plan: Plan) -> list[list[tuple[int, Visit]]]:
    """Return (order, visit) by shift of the day."""
    day = company.days.iso(today.day)
    if plan.day != day:
        raise UnknownInPlan(f"Expected a plan for {day}, got one for {plan.day}; plan the day nobody has driven.")
    number = {order: i for i, order in enumerate(today.order_ids)}
    stops: list[list[tuple[int, Visit]]] = [[] for _ in today.crew.shift_ids]
    for route in plan.routes:
        if route.shift_id not in today.crew.shift_ids:
            raise UnknownInPlan(
                f"Expected a shift of {day}, got {route.shift_id!r}; take one from the folder's shifts."
            )
        mine = stops[today.crew.shift_ids.index(route.shift_id)]
        for order, visit in ((each, halt) for halt in route.visits for each in halt.order_ids):
            which = number.pop(order, None)
            if which is None:
                raise UnknownInPlan(f"Expected orders due on {day}, each at most once, got {order!r} beside those.")
            mine.append((which, visit))
    return stops


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """A course driven under several seeds. `failed` and `late_s` (S, n) cover all orders; unserved ones fail."""

    course: Course
    driven: Driven
    seeds: Sequence[int]
    chance_failed: Floats
    failed: Floats
    late_s: Floats
    pay: tuple[Pay, ...]
    burden: Floats


def weather_odds(company: Company) -> Floats:
    """Return the chances of tomorrow's weather, given today's."""
    return np.array(company.laws.weather_after[company.weather])


def driven(company: Company, today: Today, way: Course, seeds: Sequence[int]) -> Drive:
    """Return what happens under each seed; sixty seeds of 400 orders take about 0.2 s."""
    rounds, orders = way.rounds, today.orders
    went = drive(company.laws, company.days.weekday(today.day), rounds, orders, _luck(company, today, rounds, seeds))
    route, seq = visits(rounds)
    which, shape = rounds.order[route, seq], (len(seeds), len(today.order_ids))
    chance_failed, failed, late = np.ones(shape), np.ones(shape), np.zeros(shape)
    chance_failed[:, which] = 1 - went.chance[:, route, seq]
    failed[:, which] = ~went.taken[:, route, seq]
    late[:, which] = lateness(orders, which, went.arrived[:, route, seq])
    used = rounds.here.any(axis=1)
    paid = tuple(pay(company.tariff, today.crew, used, back, rounds.driven_metres) for back in went.back)
    overtime = np.stack([each.overtime_s for each in paid]).astype(np.float64)
    able = company.staff.strength(today.crew.drivers, today.day)
    weary = burden(company.laws, able, strain_of(rounds, orders).astype(np.float64)[np.newaxis], overtime)
    return Drive(way, went, seeds, chance_failed, failed, late, paid, weary)


def _luck(company: Company, today: Today, rounds: Rounds, seeds: Sequence[int]) -> Luck:
    """Return luck keyed by day (weather), by shift (van, way home) and by order (leg to it, its halt, its door)."""
    shift, order = keys(today.crew.shift_ids), keys(today.order_ids)
    ends, rows = rounds.here.sum(axis=1), np.arange(len(today.crew.shift_ids))

    def legs(purpose: str) -> Floats:
        homeward = uniform(seeds, f"{purpose} home", shift)
        every = np.concatenate([uniform(seeds, purpose, order)[:, rounds.order], homeward[:, :, np.newaxis]], axis=2)
        every[:, rows, ends] = homeward
        return every

    halts = (uniform(seeds, purpose, order)[:, rounds.order] for purpose in ("search", "service", "door"))
    day = uniform(seeds, "weather", keys([company.days.iso(today.day)]))[:, 0]
    weather = np.minimum(np.searchsorted(np.cumsum(weather_odds(company)), day), 2)
    return Luck(weather, uniform(seeds, "route", shift), legs("leg"), legs("incident"), *halts)


def _bad_days(company: Company, today: Today, seeds: Sequence[int]) -> Floats:
    """Return for every order (S, n) whether its merchant has a bad day."""
    shops = [f"{shop} on {company.days.iso(today.day)}" for shop in company.people.merchants.ids]
    drawn = uniform(seeds, "burst", keys(shops))[:, today.orders.merchant]
    return (drawn < today.orders.burst_chance).astype(np.float64)


def went(company: Company, today: Today, drive: Drive, s: int) -> Done:
    """Return the `s`-th seed of a drive as a day that can be told."""
    seed, rounds, order = [drive.seeds[s]], drive.course.rounds, keys(today.order_ids)
    own = [uniform(seed, purpose, order)[0] for purpose in ("how", "ticket", "pause", "good", "rating")]
    luck = OrderLuck(own[0], own[1], own[2], own[3], own[4], _bad_days(company, today, seed)[0])
    day = done(company, today, rounds, (drive.driven, s), luck, drive.course.planned)
    answers = np.concatenate([uniform(seed, purpose, keys(today.crew.shift_ids)) for purpose in ("pulse", "silence")])
    able = company.staff.strength(today.crew.drivers, today.day)
    hard = hardship(company.laws, able, day.strain, day.pay.overtime_s)
    return replace(day, pulse=company.staff.pulse(today.crew.drivers, hard, answers))


def in_facts(company: Company, today: Today, drive: Drive) -> list[tuple[dict[str, int], dict[str, int]]]:
    """Return per seed cents by part and counts, as the facts of the drive would be read and priced by the tariff."""
    orders, rounds, every = today.orders, drive.course.rounds, np.arange(len(today.order_ids))
    visited, told = _visited(rounds, len(every)), []
    burst = _bad_days(company, today, drive.seeds)
    follows = consequences(company.laws, orders, every, (drive.failed, drive.late_s), burst)
    written = (uniform(drive.seeds, "ticket", keys(today.order_ids)) < follows.ticket).sum(axis=1)
    metres = int(rounds.driven_metres.sum())
    for s, tickets in enumerate(written.tolist()):
        cents = _cash(drive.pay[s]) | {
            "revenue": int(orders.revenue_cents[visited].sum()),
            "second_attempts": int(orders.second_cents[visited & (drive.failed[s] > 0)].sum()),
            "unserved": int(orders.second_cents[~visited].sum()),
            "tickets": tickets * int(company.tariff.ticket_cents),
        }
        counts = {
            "visits": int(visited.sum()), "failed": int(drive.failed[s][visited].sum()),
            "on_time": int((drive.late_s[s][visited] == 0).sum()), "tickets": tickets, "metres": metres,
            "overtime_s": int(drive.pay[s].overtime_s.sum()),
        }  # fmt: skip
        told.append((cents, counts))
    return told


def expected(company: Company, today: Today, drive: Drive) -> list[Told]:
    """Return per seed the truth's own expectation given this drive's arrivals and weather: cents by part, counts."""
    orders, tariff, every = today.orders, company.tariff, np.arange(len(today.order_ids))
    visited = _visited(drive.course.rounds, len(every))
    follows = consequences(company.laws, orders, every, (drive.chance_failed, drive.late_s))
    lost = follows.pause * orders.paused_orders
    told: list[Told] = []
    for s, paid in enumerate(drive.pay):
        cents: dict[str, float] = {
            **_cash(paid), "revenue": int(orders.revenue_cents[visited].sum()),
            "second_attempts": round(float((drive.chance_failed[s] * orders.second_cents)[visited].sum())),
            "unserved": int(orders.second_cents[~visited].sum()),
            "tickets": round(float(follows.ticket[s].sum()) * int(tariff.ticket_cents)),
            "lost_orders": round(float((lost[s] * orders.margin_cents).sum())),
            "merchants": round(float(follows.account[s].sum()) * int(tariff.merchant_churn_cents)),
            "drivers": round(float(drive.burden[s].sum()) * int(tariff.driver_quit_cents)),
        }  # fmt: skip
        cents["margin"] = 2 * cents["revenue"] - sum(cents.values())
        counts = {
            "failures": float(drive.chance_failed[s][visited].sum()), "late": float((drive.late_s[s] > 0).sum()),
            "tickets": float(follows.ticket[s].sum()), "lost_orders": float(lost[s].sum()),
            "accounts": float(follows.account[s].sum()), "quits": float(drive.burden[s].sum()),
            "metres": float(drive.course.rounds.driven_metres.sum()),
        }  # fmt: skip
        told.append({"cents": cents, "counts": counts})
    return told


def _cash(paid: Pay) -> dict[str, int]:
    parts: Mapping[str, Ints] = {
        "wages": paid.wages, "overtime": paid.overtime, "distance": paid.distance, "fixed": paid.fixed
    }  # fmt: skip
    return {part: int(cents.sum()) for part, cents in parts.items()}


def _visited(rounds: Rounds, orders: int) -> NDArray[np.bool_]:
    visited = np.zeros(orders, dtype=bool)
    visited[rounds.order[rounds.here]] = True
    return visited

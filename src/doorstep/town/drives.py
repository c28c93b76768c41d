"""Drives a plan over a day's orders with luck that belongs to doors and vans, and says what that cost and will cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Route, Visit
from doorstep.town.aftermath import Draws, aftermath, lateness, visits
from doorstep.town.driving import Chance, Driven, Rounds, drive, lognormal
from doorstep.town.errors import UnknownInPlan
from doorstep.town.history import Company, Tomorrow
from doorstep.town.luck import keys, normal, uniform
from doorstep.town.reactions import burden, consequences
from doorstep.town.sheet import Pay, Sheet, pay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Legs = Callable[[Sequence[Place]], tuple[Sequence[float], Sequence[float]]]
"""Free-flow seconds and metres of the legs between consecutive places."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A plan laid over a day: its rounds, and the planned start at every visit, in the order of `visits(rounds)`."""

    rounds: Rounds
    planned: Ints


def course(company: Company, today: Tomorrow, plan: Plan, depot: Place, legs: Legs) -> Course:
    """Return a plan as rounds over the day's orders; legs are asked once per route.

    Raises UnknownInPlan when the plan is for another day, or names a shift or an order the day does not have, brings an
    order twice, or sends a van to its depot or to a plug between two doors.
    """
    stops = _stops(company, today, plan)
    longest = max(1, *(len(each) for each in stops))
    n = len(stops)
    order, planned = np.full((n, longest), -1), np.zeros((n, longest), dtype=np.int64)
    seconds, metres = np.zeros((n, longest + 1)), np.zeros((n, longest + 1))
    home = company.people.recipients
    for r, each in enumerate(stops):
        if not each:
            continue
        order[r, : len(each)] = [which for which, _ in each]
        planned[r, : len(each)] = [visit.starts_at for _, visit in each]
        who = today.doors.recipient[order[r, : len(each)]]
        doors = [Place(lon, lat) for lon, lat in zip(home.lon[who].tolist(), home.lat[who].tolist(), strict=True)]
        seconds[r, : len(each) + 1], metres[r, : len(each) + 1] = legs([depot, *doors, depot])
    leaves = today.crew.starts.copy()
    for route in plan.routes:
        r = today.crew.shift_ids.index(route.shift_id)
        leaves[r] = max(int(leaves[r]), route.leaves_at)
    pace = company.staff.familiarity(today.crew.drivers, home.postcode[today.doors.recipient[order]])
    rounds = Rounds(order, seconds, metres, today.crew.starts, leaves, pace)
    return Course(rounds, planned[visits(rounds)])


def _stops(company: Company, today: Tomorrow, plan: Plan) -> list[list[tuple[int, Visit]]]:
    """Return (order, visit) by shift of the day."""
    day = company.calendar.iso(today.day)
    if plan.day != day:
        raise UnknownInPlan(
            f"Expected a plan for {day}, got one for {plan.day}; plan the day that has not been driven."
        )
    number = {order: i for i, order in enumerate(today.order_ids)}
    stops: list[list[tuple[int, Visit]]] = [[] for _ in today.crew.shift_ids]
    seen: set[str] = set()
    for route in plan.routes:
        if route.shift_id not in today.crew.shift_ids:
            raise UnknownInPlan(
                f"Expected a shift of {day} ({today.crew.shift_ids[0]} to {today.crew.shift_ids[-1]}), "
                f"got {route.shift_id!r}; plan with the shifts of the company's folder."
            )
        for visit in route.visits:
            _driven_here(visit, route)
            for order in visit.order_ids:
                _known(order, number, seen, day)
                stops[today.crew.shift_ids.index(route.shift_id)].append((number[order], visit))
    return stops


def _driven_here(visit: Visit, route: Route) -> None:
    if visit.kind in ("reload", "charge"):
        raise UnknownInPlan(
            f"Expected vans that go out once and need no plug, got a {visit.kind} in the route of {route.shift_id!r}; "
            "plan without max_trips and battery_wh in vehicles.csv, as the town's vans are."
        )


def _known(order: str, number: Mapping[str, int], seen: set[str], day: str) -> None:
    if order not in number:
        raise UnknownInPlan(f"Expected orders due on {day}, got {order!r}; plan the orders of the company's folder.")
    if order in seen:
        raise UnknownInPlan(f"Expected every order at most once, got {order!r} twice; take it out of one route.")
    seen.add(order)


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """A course driven under several seeds. `failed` and `late_s` (S, n) cover all orders; unserved ones fail."""

    course: Course
    driven: Driven
    chance_failed: Floats
    failed: Floats
    late_s: Floats
    pay: tuple[Pay, ...]
    burden: Floats


def driven(company: Company, today: Tomorrow, way: Course, seeds: Sequence[int]) -> Drive:
    """Return what happens under each seed; sixty seeds of 400 orders take about 0.1 s."""
    rounds, doors = way.rounds, today.doors
    went = drive(company.truth, rounds, doors, _luck(company, today, rounds, seeds))
    route, seq = visits(rounds)
    which = rounds.order[route, seq]
    shape = (len(seeds), len(today.order_ids))
    chance_failed, failed, late = np.ones(shape), np.ones(shape), np.zeros(shape)
    chance_failed[:, which] = 1 - went.chance[:, route, seq]
    failed[:, which] = ~went.taken[:, route, seq]
    late[:, which] = lateness(doors, which, went.arrived[:, route, seq])
    used = rounds.here.any(axis=1)
    paid = tuple(pay(company.tariff, today.crew, used, back, rounds.driven_metres) for back in went.back)
    strain = np.where(rounds.here, doors.strain[rounds.order], 0).sum(axis=1)
    sensitivity = np.array([company.staff.sensitivity[i] for i in today.crew.drivers.tolist()])
    overtime = np.stack([each.overtime_s for each in paid])
    weary = burden(company.truth, sensitivity, strain.astype(np.float64)[np.newaxis], overtime.astype(np.float64))
    return Drive(way, went, chance_failed, failed, late, paid, weary)


def _luck(company: Company, today: Tomorrow, rounds: Rounds, seeds: Sequence[int]) -> Chance:
    """Return luck keyed by shift (route, way home), by order (leg to it, its service, its door) and by day."""
    truth = company.truth
    shift, order = keys(today.crew.shift_ids), keys(today.order_ids)
    day = normal(seeds, "day", keys([company.calendar.iso(today.day)]))
    route = np.exp(truth.route_factor_sd * normal(seeds, "route", shift) + truth.day_factor_sd * day)
    legs = lognormal(normal(seeds, "leg", order), truth.leg_noise_sd)[:, rounds.order]
    homeward = lognormal(normal(seeds, "home", shift), truth.leg_noise_sd)
    leg = np.concatenate([legs, homeward[:, :, np.newaxis]], axis=2)
    ends = rounds.here.sum(axis=1)
    leg[:, np.arange(len(ends)), ends] = homeward
    service = lognormal(normal(seeds, "service", order), truth.service_noise_sd)[:, rounds.order]
    return Chance(route, leg, service, uniform(seeds, "door", order)[:, rounds.order])


def sheet(company: Company, today: Tomorrow, drive: Drive, number: int, seed: int) -> Sheet:
    """Return the `number`-th seed of a drive as a day that can be told."""
    rounds, truth, order = drive.course.rounds, company.truth, keys(today.order_ids)
    luck = {purpose: uniform([seed], purpose, order)[0] for purpose in ("how", "ticket", "unsubscribe", "rating")}
    which = rounds.order[visits(rounds)]
    draws = Draws(luck["how"][which], luck["ticket"][which], luck["unsubscribe"][which], luck["rating"][which])
    after = aftermath(truth, today.doors, rounds, drive.driven, number, draws)
    pulse = company.staff.pulse(today.crew.drivers, normal([seed], "pulse", keys(today.crew.shift_ids))[0])
    return Sheet(
        company.calendar, today.day, today.order_ids, today.crew, today.doors, after, drive.course.planned,
        rounds.leaves, drive.driven.back[number], rounds.driven_metres, pulse, luck["rating"][which], truth.reacts,
        np.flatnonzero(luck["ticket"] < _tickets(company, today, drive.failed[number], drive.late_s[number])),
    )  # fmt: skip


def _tickets(company: Company, today: Tomorrow, failed: Floats, late_s: Floats) -> Floats:
    every = np.arange(len(today.order_ids))
    return consequences(company.truth, today.doors, every, failed, late_s).ticket


def in_facts(
    company: Company, today: Tomorrow, drive: Drive, seeds: Sequence[int]
) -> list[tuple[dict[str, int], dict[str, int]]]:
    """Return per seed cents by part and counts, as the facts of the drive would be read and priced by the tariff."""
    doors, rounds = today.doors, drive.course.rounds
    visited = _visited(rounds, len(today.order_ids))
    luck = uniform(seeds, "ticket", keys(today.order_ids))
    metres, told = int(rounds.driven_metres.sum()), []
    for s in range(len(seeds)):
        tickets = int((luck[s] < _tickets(company, today, drive.failed[s], drive.late_s[s])).sum())
        cents = _cash(drive.pay[s]) | {
            "revenue": int(doors.revenue_cents[visited].sum()),
            "second_attempts": int(doors.second_cents[visited & (drive.failed[s] > 0)].sum()),
            "unserved": int(doors.second_cents[~visited].sum()),
            "tickets": tickets * int(company.tariff.ticket_cents),
        }
        counts = {
            "visits": int(visited.sum()), "failed": int(drive.failed[s][visited].sum()),
            "on_time": int((drive.late_s[s][visited] == 0).sum()), "tickets": tickets, "metres": metres,
            "overtime_s": int(drive.pay[s].overtime_s.sum()),
        }  # fmt: skip
        told.append((cents, counts))
    return told


def expected(company: Company, today: Tomorrow, drive: Drive) -> list[dict[str, dict[str, float]]]:
    """Return per seed the truth's own expectation given this drive's arrivals: cents by part, and counts."""
    doors, tariff = today.doors, company.tariff
    every = np.arange(len(today.order_ids))
    visited = _visited(drive.course.rounds, len(every))
    follows = consequences(company.truth, doors, every, drive.chance_failed, drive.late_s)
    worth = doors.ahead * doors.margin_cents
    told = []
    for s, paid in enumerate(drive.pay):
        cents: dict[str, float] = {
            **_cash(paid),
            "revenue": int(doors.revenue_cents[visited].sum()),
            "second_attempts": round(float((drive.chance_failed[s] * doors.second_cents)[visited].sum())),
            "unserved": int(doors.second_cents[~visited].sum()),
            "tickets": round(float(follows.ticket[s].sum()) * int(tariff.ticket_cents)),
            "lost_orders": round(float((follows.loss[s] * worth).sum())),
            "merchants": round(float(follows.account[s].sum()) * int(tariff.merchant_churn_cents)),
            "drivers": round(float(drive.burden[s].sum()) * int(tariff.driver_quit_cents)),
        }  # fmt: skip
        cents["margin"] = 2 * cents["revenue"] - sum(cents.values())
        counts = {
            "failures": float(drive.chance_failed[s][visited].sum()),
            "late": float((drive.late_s[s] > 0).sum()), "tickets": float(follows.ticket[s].sum()),
            "lost_orders": float((follows.loss[s] * doors.ahead).sum()),
            "accounts": float(follows.account[s].sum()), "quits": float(drive.burden[s].sum()),
            "metres": float(drive.course.rounds.driven_metres.sum()),
        }  # fmt: skip
        told.append({"cents": cents, "counts": counts})
    return told


def _cash(paid: Pay) -> dict[str, int]:
    return {"wages": int(paid.wages.sum()), "overtime": int(paid.overtime.sum()), "distance": int(paid.distance.sum()),
            "fixed": int(paid.fixed.sum())}  # fmt: skip


def _visited(rounds: Rounds, orders: int) -> NDArray[np.bool_]:
    visited = np.zeros(orders, dtype=bool)
    visited[rounds.order[rounds.here]] = True
    return visited

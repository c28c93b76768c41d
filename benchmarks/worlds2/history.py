"""The company's past, day by day: orders come, a simple dispatcher sends vans, people bear it until they don't.

Everything here is drawn once from the world's seed; only tomorrow is driven again and again (`drives`).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds2 import presence, telling
from benchmarks.worlds2.company import FOR_GOOD, Company, Today, new_regimes, on_duty, ordered
from benchmarks.worlds2.crew import burden, hardship
from benchmarks.worlds2.days import SUNDAY
from benchmarks.worlds2.dispatcher import crow_legs, dispatched
from benchmarks.worlds2.driving import Luck, drive
from benchmarks.worlds2.outcomes import Done, OrderLuck, done, visits
from benchmarks.worlds2.reactions import missed
from doorstep.town.driving import Rounds
from doorstep.town.history import Book
from doorstep.town.luck import stream
from doorstep.town.sheet import Crew, planned_shifts

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What the company's folder tells, and the state in which tomorrow begins."""

    book: Book
    company: Company
    tomorrow: Today


def lived(seed: int, company: Company) -> Past:
    """Return the past of a company and its tomorrow; about 20 ms a day for 400 orders."""
    rng, book, days = stream(seed, "ring history"), Book(), company.days
    for day in range(days.days):
        new_regimes(rng, company)
        if days.weekday(day) == SUNDAY:
            continue
        order_ids, todays = ordered(rng, company, day)
        _retried(rng, company, book, day)
        book.add("orders", telling.orders(rng, company, day, order_ids, todays))
        if order_ids:
            went = _worked(rng, company, Today(day, order_ids, todays, on_duty(company, day)))
            telling.into(book, company, went)
            remembered(rng, company, went)
        _evening(rng, company, book, day)
    return Past(book, company, _tomorrow(rng, company, book))


def _tomorrow(rng: np.random.Generator, company: Company, book: Book) -> Today:
    day = company.days.days
    order_ids, todays = ordered(rng, company, day, exactly=company.orders_per_day)
    crew = on_duty(company, day)
    book.add("orders", telling.orders(rng, company, day, order_ids, todays))
    book.add("shifts", planned_shifts(company.days, day, crew))
    return Today(day, order_ids, todays, crew)


def _worked(rng: np.random.Generator, company: Company, today: Today) -> Done:
    """Return the day as it went: dispatched, driven, suffered."""
    crew, todays, n = today.crew, today.orders, len(today.order_ids)
    plan = dispatched(rng, company.people, todays, crew.starts, crew.ends)
    rounds = _rounds(company, crew, plan.order, today)
    routes, stops = plan.order.shape
    legs, halts = (1, routes, stops + 1), (1, routes, stops)
    luck = Luck(np.array([company.weather]), rng.random((1, routes)), rng.random(legs), rng.random(legs),
                rng.random(halts), rng.random(halts), rng.random(halts))  # fmt: skip
    driven = drive(company.laws, company.days.weekday(today.day), rounds, todays, luck)
    shops = rng.random(len(company.people.merchants.ids))
    own = rng.random((5, n))
    bad_day = shops[todays.merchant] < todays.burst_chance
    after = OrderLuck(own[0], own[1], own[2], own[3], own[4], bad_day.astype(np.float64))
    went = done(company, today, rounds, (driven, 0), after, plan.planned[visits(rounds)])
    return _ended(company, went, rng.random((2, routes)))


def _ended(company: Company, went: Done, luck: NDArray[np.float64]) -> Done:
    """Let the day's drivers answer how it was, carry it, and learn the streets."""
    today, staff = went.today, company.staff
    drivers, overtime = today.crew.drivers, went.pay.overtime_s
    able = staff.strength(drivers, today.day)
    pulse = staff.pulse(drivers, hardship(company.laws, able, went.strain, overtime), luck)
    added = burden(company.laws, able, went.strain.astype(np.float64), overtime.astype(np.float64))
    staff.lived(today.day, drivers, went.strain, overtime, added)
    code = company.people.recipients.postcode[today.orders.recipient[went.which]]
    for r, driver in enumerate(drivers.tolist()):
        staff.drivers[driver].known += np.bincount(code[went.route == r], minlength=staff.postcodes)
    return replace(went, pulse=pulse)


def _rounds(company: Company, crew: Crew, order: Ints, today: Today) -> Rounds:
    """Return the dispatcher's routes with crow legs, depot to depot."""
    people, home = company.people, company.people.recipients
    who = today.orders.recipient[order]
    depot_e, depot_n = np.full((len(order), 1), people.depot_east), np.full((len(order), 1), people.depot_north)
    east = np.hstack([depot_e, np.where(order >= 0, home.east[who], depot_e), depot_e])
    north = np.hstack([depot_n, np.where(order >= 0, home.north[who], depot_n), depot_n])
    seconds, metres = crow_legs(east, north)
    pace = company.staff.pace(crew.drivers, home.postcode[who])
    return Rounds(order, seconds, metres, crew.starts, crew.starts, pace)


def remembered(rng: np.random.Generator, company: Company, went: Done) -> None:
    """Let recipients pause and merchants count; what failed is brought again."""
    laws, today, todays = company.laws, went.today, went.today.orders
    who = todays.recipient[went.pausing]
    weeks = rng.geometric(1 / laws.pause_weeks, len(who))
    until = np.where(rng.random(len(who)) < laws.forever_share, FOR_GOOD, today.day + 7 * weeks)
    company.paused_until[who] = until
    company.paused_until[todays.recipient[went.leaving]] = FOR_GOOD
    failed = went.which[~went.taken]
    company.failed_on[todays.recipient[failed]] = today.day
    company.retry += [(today.order_ids[i], int(todays.recipient[i]), int(todays.merchant[i])) for i in failed.tolist()]
    slot, shops = today.day % laws.account_days, company.seen.shape[1]
    company.seen[slot] = np.bincount(todays.merchant, minlength=shops)
    company.missed[slot] = np.bincount(todays.merchant, missed(laws, went.failed, went.late_by_order), shops)


def _retried(rng: np.random.Generator, company: Company, book: Book, day: int) -> None:
    """Let a partner bring, at noon or in the evening, what failed before; what fails twice goes back."""
    if not company.retry:
        return
    who, shop = (np.array([each[k] for each in company.retry]) for k in (1, 2))
    noon, evening = rng.integers(40_000, 47_000, len(who)), rng.integers(63_000, 72_000, len(who))
    at = np.where(rng.random(len(who)) < 0.5, noon, evening)
    on = company.days.weekday(day), company.days.odd_week(day)
    trade = company.people.merchants.trade[shop]
    chance = presence.tables(company.laws, company.people.recipients.habits, who, trade, on)[0]
    taken = rng.random(len(who)) < presence.at_second(chance, np.arange(len(who)), at.astype(np.float64))
    order_ids = [order for order, _, _ in company.retry]
    book.add("attempts", telling.second_attempts(company, day, (order_ids, who), at, taken))
    for order, ok in zip(order_ids, taken.tolist(), strict=True):
        if not ok:
            company.undeliverable[order] = (company.days.stamp(day, 79_200), "failed twice")
    company.retry = []


def _evening(rng: np.random.Generator, company: Company, book: Book, day: int) -> None:
    """Close the day: drivers who quit, accounts that leave, merchants who are asked, monthly costs."""
    for driver in company.staff.quits(day):
        book.add("costs", telling.recruiting(company, day, driver))
    hazard = company.hazard()
    for shop in np.flatnonzero(rng.random(len(hazard)) < hazard / 26).tolist():
        if shop not in company.gone and len(company.gone) < len(hazard) // 4:
            company.gone[shop] = day
            book.add("leavings", telling.account_closed(company, day, shop))
    if company.days.date(day).day == 27 or (company.days.date(day).day == 26 and company.days.weekday(day) == 5):
        book.add("costs", telling.monthly(company, day))
        book.add("surveys", telling.merchants_asked(rng, company, day))

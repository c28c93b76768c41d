"""Twelve months under a policy, one sampled Wednesday a month standing for all of it.

Each month a folder tells the company as it is by then, the policy plans the sampled day, the world drives it, and the
month is lived as if every day had been like it: in expectation for money, by draws of its own for who pauses, which
account leaves and who quits, so that regimes stay regimes.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds2 import drives, telling
from benchmarks.worlds2.company import FOR_GOOD, Company, Today, new_regimes, on_duty, ordered
from benchmarks.worlds2.days import Days
from benchmarks.worlds2.drives import Drive, Legs
from benchmarks.worlds2.history import Past
from benchmarks.worlds2.outcomes import strain_of
from benchmarks.worlds2.reactions import consequences, missed
from doorstep.domain.plan import Plan
from doorstep.town.luck import stream
from doorstep.town.sheet import planned_shifts

MONTHS = 12
STEP_DAYS = 28
WEEKS = 365 / 12 / 7
WEDNESDAY = 2


def twelve_months(
    past: Past,
    policy: Callable[[Path, str], Plan],
    seed: int,
    write: Callable[[Past, Path], None],
    legs: Legs,
) -> Sequence[Mapping[str, float]]:
    """Return expected cents by part for each of twelve months, `margin` and `orders` included."""
    company, book, months = _carried(past.company), past.book.copy(), []
    first = past.tomorrow.day + 7 + (WEDNESDAY - company.days.weekday(past.tomorrow.day)) % 7
    stands_for = WEEKS * sum(company.laws.week) / company.laws.week[WEDNESDAY]
    for month in range(MONTHS):
        rng = stream(seed, f"ring month {month}")
        new_regimes(rng, company)
        day = first + STEP_DAYS * month
        order_ids, todays = ordered(rng, company, day)
        today = Today(day, order_ids, todays, on_duty(company, day))
        book.add("orders", telling.orders(rng, company, day, order_ids, todays))
        plan = _planned(Past(book.copy(), company, today), policy, write)
        went = drives.driven(company, today, drives.course(company, today, plan, legs), [seed * MONTHS + month])
        for name, columns in telling.facts(company, drives.went(company, today, went, 0)).items():
            book.add(name, columns)
        told = drives.expected(company, today, went)[0]["cents"] | {"orders": float(len(order_ids))}
        months.append({part: value * stands_for for part, value in told.items()})
        _felt(rng, company, today, went, stands_for)
        _left(rng, company, day)
    return months


def _planned(now: Past, policy: Callable[[Path, str], Plan], write: Callable[[Past, Path], None]) -> Plan:
    """Return what the policy plans, given the company's folder as it would be that morning."""
    days, today = now.company.days, now.tomorrow
    now.book.add("shifts", planned_shifts(days, today.day, today.crew))
    with tempfile.TemporaryDirectory(prefix="ring-year-") as folder:
        write(now, Path(folder))
        return policy(Path(folder), days.iso(today.day))


def _carried(company: Company) -> Company:
    """Return a company that can go on without changing the past."""
    days = company.days
    return replace(
        company, days=Days(days.days, days.hours, days.tomorrow), staff=deepcopy(company.staff),
        paused_until=company.paused_until.copy(), failed_on=company.failed_on.copy(), promo=company.promo.copy(),
        gone=dict(company.gone), seen=company.seen.copy(), missed=company.missed.copy(), retry=[],
        undeliverable=dict(company.undeliverable),
    )  # fmt: skip


def _felt(rng: np.random.Generator, company: Company, today: Today, went: Drive, days: float) -> None:
    """Let a month like this day act on recipients, merchants and drivers."""
    laws, orders, home = company.laws, today.orders, company.people.recipients
    follows = consequences(laws, orders, np.arange(len(today.order_ids)), (went.chance_failed, went.late_s))
    rate, _ = company.wanted(today.day)
    calm = 1 - _by_kind(home.kind[orders.recipient], follows.pause[0])[home.kind]
    stops = rng.random(len(rate)) < 1 - calm ** (rate * days)
    weeks = rng.geometric(1 / laws.pause_weeks, len(rate))
    until = np.where(rng.random(len(rate)) < laws.forever_share, FOR_GOOD, today.day + 14 + 7 * weeks)
    company.paused_until = np.where(stops & (company.paused_until <= today.day), until, company.paused_until)
    fails = _by_kind(home.kind[orders.recipient], went.chance_failed[0])[home.kind]
    hit = rng.random(len(rate)) < 1 - (1 - fails) ** (rate * days)
    company.failed_on = np.where(hit, today.day + 14, company.failed_on)
    shops = company.seen.shape[1]
    company.seen[:] = np.bincount(orders.merchant, minlength=shops)
    company.missed[:] = np.bincount(orders.merchant, missed(laws, went.chance_failed[0], went.late_s[0]), shops)
    strain = strain_of(went.course.rounds, orders)
    company.staff.lived(today.day, today.crew.drivers, strain, went.pay[0].overtime_s, went.burden[0] * days)


def _by_kind(kind: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of a value over the day's orders, by kind of door."""
    return np.array([value[kind == k].mean() if (kind == k).any() else 0.0 for k in range(3)])


def _left(rng: np.random.Generator, company: Company, day: int) -> None:
    """Let a month pass in which accounts close and drivers quit."""
    hazard = company.hazard()
    for shop in np.flatnonzero(rng.random(len(hazard)) < hazard).tolist():
        if shop not in company.gone and len(company.gone) < len(hazard) - 1:
            company.gone[shop] = day
    for later in range(STEP_DAYS):
        company.staff.quits(day + later)

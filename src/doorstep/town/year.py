"""Twelve months under a policy, one sampled Wednesday a month standing for all of it.

Each month a folder tells the company as it is by then, the policy plans the sampled day, the town drives it, and what
people felt that day is carried forward as if every day of the month had been like it: recipients order less, accounts
leave, drivers quit, in proportion (mean field); newcomers join as they did before. Money is expected money, scaled from
the day to the month.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np

from doorstep.domain.plan import Plan
from doorstep.town import drives
from doorstep.town.calendar import Calendar
from doorstep.town.drives import Course, Drive
from doorstep.town.history import Book, Company, Past, Tomorrow, on_duty, ordered, tell_orders
from doorstep.town.luck import stream
from doorstep.town.reactions import consequences, fading
from doorstep.town.sheet import planned_shifts, told

MONTHS = 12
DAYS_BETWEEN = 28
WEEKS = 365 / 12 / 7
"""Weeks of a month; times a week's volume it says for how many Wednesdays the sampled one stands."""


def twelve_months(
    past: Past,
    policy: Callable[[FilePath, str], Plan],
    seed: int,
    write: Callable[[Past, FilePath], None],
    lay: Callable[[Company, Tomorrow, Plan], Course],
) -> Sequence[Mapping[str, float]]:
    """Return expected cents by part for each of twelve months, `margin` and `orders` included."""
    company, book, months = _carried(past.company), past.book.copy(), []
    for month in range(MONTHS):
        rng = stream(seed, f"month {month}")
        today = _sampled(rng, company, book, past.tomorrow.day + 7 + DAYS_BETWEEN * month)
        plan = _planned(Past(book.copy(), company, today), policy, write)
        luck = [seed * MONTHS + month]
        went = drives.driven(company, today, lay(company, today, plan), luck)
        day = drives.sheet(company, today, went, 0, luck[0])
        for name, columns in told(day, company.people, company.tariff).items():
            book.add(name, columns)
        stands_for = WEEKS * sum(company.truth.weekday_volume)
        cents = drives.expected(company, today, went)[0]["cents"]
        months.append({part: value * stands_for for part, value in (cents | {"orders": len(today.order_ids)}).items()})
        _felt(company, today, went, stands_for)
        _left(stream(seed, f"leaving in month {month}"), company, today.day)
    return months


def _sampled(rng: np.random.Generator, company: Company, book: Book, day: int) -> Tomorrow:
    """Return the day that stands for a month, its orders told in the book."""
    order_ids, todays = ordered(rng, company, day, exactly=None)
    tell_orders(rng, company, book, day, (order_ids, todays))
    return Tomorrow(day, order_ids, todays, on_duty(company, day))


def _planned(now: Past, policy: Callable[[FilePath, str], Plan], write: Callable[[Past, FilePath], None]) -> Plan:
    """Return what the policy plans, given the company's folder as it would be that morning."""
    today, calendar = now.tomorrow, now.company.calendar
    now.book.add("shifts", planned_shifts(calendar, today.day, today.crew))
    with tempfile.TemporaryDirectory(prefix="doorstep-year-") as folder:
        write(now, FilePath(folder))
        return policy(FilePath(folder), calendar.iso(today.day))


def _carried(company: Company) -> Company:
    """Return a company that can go on without changing the past."""
    calendar = Calendar(company.calendar.days, company.calendar.hours)
    return replace(
        company, calendar=calendar, staff=deepcopy(company.staff), keeps=company.keeps.copy(),
        gone=company.gone.copy(), lost_shops=dict(company.lost_shops), late_share=company.late_share.copy(),
        failed_share=company.failed_share.copy(), retry=[], undeliverable=dict(company.undeliverable),
    )  # fmt: skip


def _felt(company: Company, today: Tomorrow, went: Drive, days: float) -> None:
    """Let a month like this day act on recipients, merchants and drivers."""
    doors, truth = today.doors, company.truth
    every = np.arange(len(today.order_ids))
    follows = consequences(truth, doors, every, went.chance_failed, went.late_s)
    kind = company.people.recipients.kind
    by_kind = np.array([
        follows.loss[0][kind[doors.recipient] == k].mean() if (kind[doors.recipient] == k).any() else 0.0
        for k in range(3)
    ])  # fmt: skip
    rate = company.people.recipients.rate * company.keeps
    company.keeps *= np.exp(-by_kind[kind] * rate * days)
    shops = len(company.late_share)
    count = np.bincount(doors.merchant, minlength=shops)
    late = np.bincount(doors.merchant, fading(went.late_s[0], truth.account_late_tau), shops)
    failed = np.bincount(doors.merchant, went.chance_failed[0], shops)
    seen = count > 0
    company.late_share[seen] = late[seen] / count[seen]
    company.failed_share[seen] = failed[seen] / count[seen]
    company.growth *= (1 + truth.joined_share) ** (1 / 3)
    company.staff.tire(today.crew.drivers, went.burden[0] * days, today.crew.starts)


def _left(rng: np.random.Generator, company: Company, day: int) -> None:
    """Let a month pass in which accounts close and drivers quit."""
    hazard = company.shop_hazard()
    for shop in np.flatnonzero(rng.random(len(hazard)) < hazard).tolist():
        if shop not in company.lost_shops and len(company.lost_shops) < len(hazard) - 1:
            company.lost_shops[shop] = day
    for later in range(DAYS_BETWEEN):
        company.staff.quits(day + later)

"""Twelve months under a policy, one sampled Wednesday a month standing for all of it.

Each month a folder tells the company as it is by then, the policy plans the sampled day, the town drives it, and what
people felt that day is carried forward as if every day of the month had been like it: recipients order less, accounts
leave, drivers quit, in proportion (mean field). Money is expected money, scaled from the day to the month.
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
from doorstep.town.history import Company, Past, Tomorrow, on_duty, ordered, tell_orders
from doorstep.town.luck import stream
from doorstep.town.reactions import consequences, fading
from doorstep.town.sheet import planned_shifts, told

MONTHS = 12
DAYS_BETWEEN = 28
WORKING_DAYS = 30.4 / 7
"""Weeks of a month; times the week's volume it says for how many Wednesdays the sampled one stands."""


def twelve_months(
    past: Past,
    policy: Callable[[FilePath, str], Plan],
    seed: int,
    write: Callable[[Past, FilePath], None],
    lay: Callable[[Company, Tomorrow, Plan], Course],
) -> Sequence[Mapping[str, float]]:
    """Return expected cents by part for each of twelve months, `margin` and `orders` included."""
    company = _carried(past.company)
    book, rng, months = past.book.copy(), stream(seed, "year"), []
    stands_for = WORKING_DAYS * sum(company.truth.weekday_volume)
    for month in range(MONTHS):
        day = past.tomorrow.day + 7 + DAYS_BETWEEN * month
        order_ids, todays = ordered(rng, company, day, exactly=None)
        today = Tomorrow(day, order_ids, todays, on_duty(company, day))
        tell_orders(rng, company, book, day, (order_ids, todays))
        now = Past(book.copy(), company, today)
        now.book.add("shifts", planned_shifts(company.calendar, day, today.crew))
        with tempfile.TemporaryDirectory(prefix="doorstep-year-") as folder:
            write(now, FilePath(folder))
            plan = policy(FilePath(folder), company.calendar.iso(day))
        went = drives.driven(company, today, lay(company, today, plan), [seed * 100 + month])
        for name, columns in told(drives.sheet(company, today, went, 0, seed * 100 + month), company.people,
                                  company.tariff).items():  # fmt: skip
            book.add(name, columns)
        hoped = drives.expected(company, today, went)[0]
        months.append({part: cents * stands_for for part, cents in hoped["cents"].items()}
                      | {"orders": len(order_ids) * stands_for})  # fmt: skip
        _felt(company, today, went, stands_for)
    return months


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
    company.late_share[seen], company.failed_share[seen] = (
        (late / np.maximum(count, 1))[seen],
        (failed / np.maximum(count, 1))[seen],
    )
    company.staff.tire(today.crew.drivers, went.burden[0] * days, today.crew.starts)

"""Whether failed and late deliveries make a merchant's account leave: from leavings if there are enough, else surveys.

With fewer than thirty leavings the surveys may speak: what a worse month does to a merchant's own score is measured,
what a point of score does to the chance of leaving is an assumption and says so.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.estimators.columns import Columns, Floats, floats, height, texts
from doorstep.estimators.effects import Question, learn_effects

MONTH_S = 28 * 86_400.0
LEAST_LEAVINGS = 30
LEAST_ANSWERS = 20
LEAVING_A_YEAR_PER_POINT = 0.03
"""Assumption: a score one point lower for a year makes three more accounts in a hundred leave."""


@dataclass(frozen=True, slots=True)
class AccountRisk:
    """Extra chance that an account leaves, per failed and per late delivery, and what that rests on."""

    if_failed: float
    if_late: float
    evidence: str


@dataclass(frozen=True, slots=True, eq=False)
class _Record:
    """The service that a merchant's recipients got in the 28 days before an instant, per row."""

    deliveries: Floats
    failed: Floats
    late: Floats


def learn_accounts(deliveries: Columns, accounts: Columns, leavings: Columns) -> AccountRisk:
    """Return what service does to accounts; zeros, with the reason, when the evidence doesn't pass at 1 %."""
    if height(leavings) >= LEAST_LEAVINGS:
        return _from_leavings(deliveries, leavings)
    if height(accounts) >= LEAST_ANSWERS:
        return _from_scores(deliveries, accounts)
    return AccountRisk(
        0.0,
        0.0,
        f"Accounts: not enough to tell ({height(leavings)} leavings, {LEAST_LEAVINGS} needed; "
        f"{height(accounts)} answers of merchants, {LEAST_ANSWERS} needed); nothing is priced.",
    )


def _record(deliveries: Columns, merchant: NDArray[Any], instant: Floats) -> _Record:
    """Return counts and shares over the 28 days before each instant."""
    whose, when = texts(deliveries, "merchant_id"), floats(deliveries, "instant")
    failed = floats(deliveries, "failed")
    late = (np.nan_to_num(floats(deliveries, "late_s"), nan=0.0) > 0).astype(np.float64)
    counts = np.zeros((3, len(instant)))
    for name in np.unique(merchant.astype(str)):
        mine, rows = whose == name, merchant == name
        order = np.argsort(when[mine], kind="stable")
        ends = np.searchsorted(when[mine][order], instant[rows])
        begins = np.searchsorted(when[mine][order], instant[rows] - MONTH_S)
        for line, values in enumerate((np.ones(len(when)), failed, late)):
            heap = np.concatenate([[0.0], values[mine][order].cumsum()])
            counts[line, rows] = heap[ends] - heap[begins]
    many = np.maximum(counts[0], 1)
    return _Record(counts[0], counts[1] / many, counts[2] / many)


def _from_scores(deliveries: Columns, accounts: Columns) -> AccountRisk:
    merchant, instant = texts(accounts, "merchant_id"), floats(accounts, "instant")
    record = _record(deliveries, merchant, instant)
    names, number = np.unique(merchant.astype(str), return_inverse=True)
    own = np.eye(len(names))[number]
    found = learn_effects(
        Question(
            came=floats(accounts, "score"),
            expected=np.ones(len(number)),
            base=own,
            blocks={"failed": -record.failed[:, None], "late": -record.late[:, None]},
            cluster=(instant // (7 * 86_400)).astype(np.int64),
        )
    )
    per_delivery = LEAVING_A_YEAR_PER_POINT * 28 / 365 / max(1.0, float(record.deliveries.mean()))
    words = " ".join(found[name].verdict.words(f"That {name} deliveries lower a merchant's score") for name in found)
    return AccountRisk(
        float(found["failed"].weights[0]) * per_delivery,
        float(found["late"].weights[0]) * per_delivery,
        f"{words} What a point of score does to leaving is an assumption ({LEAVING_A_YEAR_PER_POINT:.0%} a year).",
    )


def _from_leavings(deliveries: Columns, leavings: Columns) -> AccountRisk:
    gone = dict(zip(texts(leavings, "merchant_id"), floats(leavings, "instant"), strict=True))
    merchant, instant, left = _months(deliveries, gone)
    record = _record(deliveries, merchant, instant)
    found = learn_effects(
        Question(
            came=left,
            expected=np.ones(len(left)),
            base=np.ones((len(left), 1)),
            blocks={"failed": record.failed[:, None], "late": record.late[:, None]},
            cluster=np.unique(merchant.astype(str), return_inverse=True)[1].astype(np.int64),
        )
    )
    share = 1 / max(1.0, float(record.deliveries.mean()))
    words = " ".join(found[name].verdict.words(f"That {name} deliveries make accounts leave") for name in found)
    return AccountRisk(
        float(found["failed"].weights[0]) * share,
        float(found["late"].weights[0]) * share,
        f"{words} {len(gone)} accounts left.",
    )


def _months(deliveries: Columns, gone: dict[str, float]) -> tuple[NDArray[Any], Floats, Floats]:
    """Return merchant, end of each span of 28 days while it was a customer, and whether it left in the next."""
    whose, when = texts(deliveries, "merchant_id"), floats(deliveries, "instant")
    ends = np.arange(when.min() + MONTH_S, when.max(), MONTH_S)
    rows = [
        (name, end, float(end < gone.get(name, np.inf) <= end + MONTH_S))
        for name in np.unique(whose.astype(str))
        for end in ends
        if name and gone.get(name, np.inf) > end
    ]
    merchant = np.array([name for name, _, _ in rows], dtype=object)
    return merchant, np.array([end for _, end, _ in rows]), np.array([left for _, _, left in rows])

"""A little world of what follows a delivery: contacts and later orders, with effects that a test chooses."""

from typing import Any

import numpy as np

DAY = 86_400.0


def aftermath(
    *, seed, people=4_000, days=90, failed=0.12, ticket=(0.3, 0.15), lost=(0.25, 0.0), churn=False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """`ticket`: extra contacts if failed, if an hour late or more (a threshold); `lost`: shares of later orders."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.2, 1 / 16, people)
    rows: list[tuple[float, ...]] = []
    placed: list[tuple[int, float]] = []
    for person in range(people):
        at, factor, gone = 0.0, 1.0, False
        while not gone:
            at += rng.exponential(1 / max(rate[person] * factor, 1e-9))
            if at > days:
                break
            placed.append((person, at))
            knock = at + 1.0
            bad = rng.random() < failed
            late = max(0.0, rng.normal(-1200, 2400))
            tickets = rng.poisson(0.03 + ticket[0] * bad + ticket[1] * (late > 3600))
            rows.append((person, knock, bad, late if late else -600.0, tickets))
            share = lost[0] * bad + lost[1] * min(1.0, late / 3600)
            if churn:
                gone = rng.random() < share
            elif share and at < days:
                factor *= 1 - share
    person, knock, bad, late, tickets = np.array(rows, dtype=float).T
    order = np.argsort(knock, kind="stable")
    names = np.array([f"r{int(i):05d}" for i in person], dtype=object)
    deliveries = {
        "recipient_id": names[order],
        "merchant_id": np.where(person % 3 == 0, "m1", "m2").astype(object)[order],
        "instant": knock[order] * DAY,
        "day": np.floor(knock[order]),
        "attempt_no": np.ones(len(knock)),
        "failed": bad[order],
        "late_s": late[order],
        "tickets": tickets[order],
    }
    orders = {
        "recipient_id": np.array([f"r{i:05d}" for i, _ in placed], dtype=object),
        "instant": np.array([at for _, at in placed]) * DAY,
    }
    return deliveries, orders


NOBODY: dict[str, Any] = {
    "merchant_id": np.array([], dtype=object),
    "instant": np.zeros(0),
    "score": np.zeros(0),
}

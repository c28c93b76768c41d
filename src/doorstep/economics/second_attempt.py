"""What a failed attempt costs us directly: from the books where they tell, else what a stop costs on average."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from doorstep.domain.tariff import Tariff
from doorstep.domain.units import Cents, per_hour, per_km
from doorstep.economics.worth import DIRECT
from doorstep.estimators.artefact import model_id
from doorstep.estimators.columns import Columns, Floats, floats, height, texts

LEAST_FAILED = 50
MORE_SECONDS, MORE_METRES = 480, 2_000
"""Assumption without books: what one more stop takes of a route."""

PULL = 50.0
"""Failures of one kind of door that weigh as much as all kinds together."""


@dataclass(frozen=True, slots=True)
class SecondAttempt:
    """Cents that a failed attempt costs, by kind of door; `usual` for any other kind."""

    model_id: str
    usual: Cents
    by_kind: Mapping[str, Cents]
    evidence: str

    def cents(self, kind: str) -> Cents:
        """Return what a failed attempt at such a door costs."""
        return self.by_kind.get(kind, self.usual)


def learn(retries: Columns, books: Columns, tariff: Tariff) -> SecondAttempt:
    """Return the cost of a failed attempt from the retries and books datasets.

    Orders whose first attempt failed, less orders whose first succeeded, when at least fifty of each have lines
    in the books; by kind of door, pulled towards the mean of all. Else the direct costs of the books per attempt.
    """
    cents, failed = floats(retries, "cents"), floats(retries, "failed") == 1
    told = np.isfinite(cents)
    if (told & failed).sum() >= LEAST_FAILED:
        return _from_orders(np.where(told, cents, 0.0), failed, texts(retries, "kind"))
    direct = np.array([account in DIRECT for account in texts(books, "account")], dtype=np.bool_)
    if direct.any() and height(retries):
        attempts = height(retries) + int(failed.sum())
        each = float(floats(books, "cents")[direct].sum()) / attempts
        return _second(each, {}, f"What a stop costs on average by the books: direct costs over {attempts} attempts.")
    each = per_hour(MORE_SECONDS, tariff.wage_cents_per_hour) + per_km(MORE_METRES, tariff.cents_per_km)
    words = f"An assumption: {MORE_SECONDS // 60} minutes and {MORE_METRES / 1000:.0f} km more, at the tariff."
    return _second(each, {}, words)


def _from_orders(cents: Floats, failed: "np.ndarray[tuple[int], np.dtype[np.bool_]]", kind: Any) -> SecondAttempt:
    usual = float(cents[failed].mean() - cents[~failed].mean())
    by_kind = {}
    for name in sorted({str(each) for each in kind if each}):
        mine = kind == name
        many = int((failed & mine).sum())
        if many and (~failed & mine).any():
            own = float(cents[failed & mine].mean() - cents[~failed & mine].mean())
            by_kind[name] = (many * own + PULL * usual) / (many + PULL)
    return _second(usual, by_kind, f"By the books of {int(failed.sum())} orders whose first attempt failed.")


def _second(usual: float, by_kind: Mapping[str, float], evidence: str) -> SecondAttempt:
    content: dict[str, Any] = {
        "usual": Cents(max(0, round(usual))),
        "by_kind": {kind: Cents(max(0, round(cents))) for kind, cents in by_kind.items()},
        "evidence": evidence,
    }
    return SecondAttempt(model_id=model_id("second-attempt", content), **content)


def to_json(second: SecondAttempt) -> dict[str, Any]:
    """Return the costs as JSON can hold them."""
    return asdict(second)


def from_json(kept: Mapping[str, Any]) -> SecondAttempt:
    """Return what `to_json` kept."""
    return SecondAttempt(**kept)

"""What a recipient who stays is worth: margin per order times the orders expected in twelve months.

Tens of orders at a few coins each: never a merchant's account, which leaves or stays as one and is priced apart.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from doorstep.domain.units import Cents
from doorstep.estimators.artefact import model_id
from doorstep.estimators.columns import Columns, floats, height, texts
from doorstep.estimators.shrinkage import GammaPrior, gamma_prior

DAY_S = 86_400.0
YEAR_DAYS = 365.0
DIRECT = frozenset({"wages", "overtime", "fuel", "energy", "vehicle", "partner"})
"""Accounts of the books that grow with deliveries."""

MARGIN_SHARE = 0.2
"""Assumption where there are no books: what is left of an order's revenue."""


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """Cents that each known recipient is worth over twelve months; `usual` is for anybody else."""

    model_id: str
    cents: Mapping[str, Cents]
    usual: Cents
    margin_per_order: float
    evidence: tuple[tuple[str, str], ...]

    def of(self, recipient_id: str) -> Cents:
        """Return what a recipient is worth."""
        return self.cents.get(recipient_id, self.usual)


def learn(placed: Columns, books: Columns) -> Worth:
    """Return worths from the placed and books datasets.

    A recipient's rate of orders is pulled towards everybody's by gamma-Poisson shrinkage. Nobody's leaving is
    foreseen here: it is the reactions that say what a mishap takes from this worth.
    """
    margin, grounds = _margin(placed, books)
    instant = floats(placed, "instant")
    days = max(1.0, float(instant.max() - instant.min()) / DAY_S) if len(instant) else 1.0
    names, orders = np.unique(texts(placed, "recipient_id").astype(str), return_counts=True)
    counts, exposure = orders.astype(np.float64), np.full(len(names), days)
    prior = gamma_prior(counts, exposure) if len(names) else GammaPrior(1e-6, 1.0)
    yearly = prior.rate(counts, exposure) * YEAR_DAYS
    cents = np.rint(np.maximum(yearly * margin, 0)).astype(np.int64).tolist()
    usual = Cents(round(max(0.0, prior.shape / prior.exposure * YEAR_DAYS * margin)))
    lines = (("margin", grounds), ("rate", f"{height(placed)} orders of {len(names)} recipients in {days:.0f} days."))
    worths = {str(name): Cents(value) for name, value in zip(names, cents, strict=True)}
    content = {"cents": worths, "usual": usual, "margin_per_order": margin, "evidence": lines}
    return Worth(model_id("worth", content), worths, usual, margin, lines)


def _margin(placed: Columns, books: Columns) -> tuple[float, str]:
    """Return the margin per order in cents, and what it rests on."""
    revenue = floats(placed, "revenue_cents")
    told = np.isfinite(revenue)
    if not told.any():
        return 0.0, "No order says what it earns: nobody's worth is known, and no lost order is priced."
    each = float(revenue[told].mean())
    direct = np.array([account in DIRECT for account in texts(books, "account")], dtype=np.bool_)
    if not direct.any():
        return each * MARGIN_SHARE, f"No books: a margin of {MARGIN_SHARE:.0%} of {each:.0f} cents is an assumption."
    cost = float(floats(books, "cents")[direct].sum()) / height(placed)
    return each - cost, f"An order earns {each:.0f} cents and costs {cost:.0f} directly, by the books."


def to_json(worth: Worth) -> dict[str, Any]:
    """Return worths as JSON can hold them."""
    return asdict(worth)


def from_json(kept: Mapping[str, Any]) -> Worth:
    """Return what `to_json` kept."""
    evidence = tuple((str(name), str(text)) for name, text in kept["evidence"])
    return Worth(kept["model_id"], dict(kept["cents"]), kept["usual"], kept["margin_per_order"], evidence)

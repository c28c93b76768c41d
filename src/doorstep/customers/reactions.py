"""What failed and late deliveries do to people: contacts, later orders, accounts. Zero means that nothing was seen."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from doorstep.customers.accounts import AccountRisk, learn_accounts
from doorstep.customers.later_orders import AFTER_DAYS, LostOrders, learn_lost_orders
from doorstep.customers.later_orders import LATE_AT as ORDERS_LATE_AT
from doorstep.customers.tickets import LATE_AT, learn_tickets
from doorstep.domain.outlook import Reactions
from doorstep.domain.units import Seconds
from doorstep.estimators.artefact import model_id
from doorstep.estimators.columns import Columns, Floats
from doorstep.estimators.effects import Effect
from doorstep.estimators.monotone import ramps

KNOTS = tuple(Seconds(at) for at in LATE_AT)

NONE = Reactions(
    model_id="reactions-none",
    ticket_if_failed=0.0,
    orders_if_failed=0.0,
    late_at=(Seconds(0),),
    ticket_if_late=(0.0,),
    orders_if_late=(0.0,),
    account_if_failed=0.0,
    account_if_late=0.0,
    evidence=(("all", "Nothing has been learned yet; nothing is priced."),),
)
"""Reactions of somebody who has seen nothing."""


def learn(deliveries: Columns, placed: Columns, accounts: Columns, account_leavings: Columns) -> Reactions:
    """Return what the datasets of the same names teach (`doorstep.learning.datasets`).

    Every effect stands only if rows that it was not learned from show it at 1 %, and is then pulled towards zero
    by its own uncertainty. About 2 s for 36,000 deliveries.
    """
    tickets = learn_tickets(deliveries)
    orders = learn_lost_orders(deliveries, placed)
    account = learn_accounts(deliveries, accounts, account_leavings)
    figures: dict[str, Any] = {
        "ticket_if_failed": round(float(tickets["failed"].weights[0]), 6),
        "orders_if_failed": _share(orders.failed.weights[0] * orders.lasting),
        "late_at": KNOTS,
        "ticket_if_late": _rising(LATE_AT, tickets["late"].weights),
        "orders_if_late": tuple(_share(lost) for lost in _rising(ORDERS_LATE_AT, orders.late.weights * orders.lasting)),
        "account_if_failed": account.if_failed,
        "account_if_late": account.if_late,
        "evidence": _evidence(tickets, orders, account),
    }
    return Reactions(model_id=model_id("reactions", figures), **figures)


def _share(lost: float) -> float:
    return round(min(1.0, max(0.0, float(lost))), 6)


def _rising(late_at: tuple[int, ...], steps: Floats) -> tuple[float, ...]:
    """Return the sum of steps between `late_at` at each of the knots that reactions share."""
    risen = ramps(np.asarray(LATE_AT, dtype=np.float64), np.asarray(late_at, dtype=np.float64)) @ steps
    return tuple(round(float(value), 6) for value in risen)


def _evidence(tickets: Mapping[str, Effect], orders: LostOrders, account: AccountRisk) -> tuple[tuple[str, str], ...]:
    lasting = (
        f" Of a loss in the first {AFTER_DAYS} days, {orders.lasting:.0%} is taken to last over twelve months, by what "
        "the 28 days after show."
    )
    opened = orders.failed.verdict.opens or orders.late.verdict.opens
    found = (
        ("ticket_if_failed", tickets["failed"], "That failed deliveries bring contacts"),
        ("ticket_if_late", tickets["late"], "That late deliveries bring contacts"),
        ("orders_if_failed", orders.failed, "That failed deliveries cost later orders"),
        ("orders_if_late", orders.late, "That late deliveries cost later orders"),
    )
    lines = [(name, effect.verdict.words(claim) + _size(effect)) for name, effect, claim in found]
    return (*lines, ("lasting", lasting.strip() if opened else "No loss of orders was seen."),
            ("account", account.evidence))  # fmt: skip


def _size(effect: Effect) -> str:
    return f" Mean effect {abs(effect.mean):.4f} ± {effect.error:.4f}." if effect.verdict.opens else ""


def to_json(reactions: Reactions) -> dict[str, Any]:
    """Return reactions as JSON can hold them."""
    return asdict(reactions)


def from_json(kept: Mapping[str, Any]) -> Reactions:
    """Return the reactions that `to_json` kept."""
    lists = {"late_at", "ticket_if_late", "orders_if_late"}
    plain: dict[str, Any] = {
        name: tuple(value) if name in lists else value for name, value in kept.items() if name != "evidence"
    }
    return Reactions(**plain, evidence=tuple((name, text) for name, text in kept["evidence"]))

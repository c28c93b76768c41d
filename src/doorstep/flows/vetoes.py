"""A driver's veto: a recipient or an order that this driver is not sent to, told with a reason and revocable.

The reason may speak of people: it is kept apart, under the driver's key, and no plan or problem file repeats it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.errors import YourInput
from doorstep.domain.facts import Fact, fact_id
from doorstep.domain.orders import Order
from doorstep.domain.problem import Problem, Veto
from doorstep.flows.ports import Store

KIND = "veto"


class NoSuchVeto(YourInput):
    """A veto that nobody told, or that was revoked, can't be revoked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A veto in force: since when (ISO 8601), and why (None: the driver was forgotten, and the reason with them)."""

    driver_id: str
    subject: str
    since: str
    reason: str | None


def veto(store: Store, company: str, driver_id: str, subject: str, *, reason: str, at: str) -> Fact:
    """Append that a driver must not be sent to a recipient (or with an order), by id, from now on.

    Raises YourInput for a driver, a recipient or an order nobody knows, and without a reason.
    """
    if not reason.strip():
        raise YourInput("Expected a reason for a veto, got none; say in a few words why.")
    if not _drives(store, company, driver_id):
        raise YourInput(
            f"Expected the id of a driver of {company}, got {driver_id!r}; look in drivers.csv or shifts.csv."
        )
    if not any(store.history(company, kind, subject) for kind in ("recipient", "order")):
        raise YourInput(
            f"Expected the id of a recipient or an order of {company}, got {subject!r}; look in recipients.csv."
        )
    return _append(store, company, (driver_id, subject), at, reason=reason.strip())


def revoke(store: Store, company: str, driver_id: str, subject: str, *, at: str) -> Fact:
    """Append that a veto holds no longer; that it was told stays. Raises NoSuchVeto."""
    if not any((s.driver_id, s.subject) == (driver_id, subject) for s in standing(store, company)):
        raise NoSuchVeto(
            f"Expected a veto in force of driver {driver_id!r} on {subject!r}, found none; `doorstep veto` lists them."
        )
    return _append(store, company, (driver_id, subject), at, reason=None)


def standing(store: Store, company: str) -> tuple[Standing, ...]:
    """Return the vetoes in force, by driver and subject."""
    reasons: Mapping[str, Mapping[str, str]] = dict(store.private(company, KIND))
    told = [fact for fact in store.current(company, KIND) if not fact.body["revoked"]]
    found = [Standing(f.body["driver_id"], f.body["subject"], f.at, reasons.get(f.key, {}).get("reason")) for f in told]
    return tuple(sorted(found, key=lambda s: (s.driver_id, s.subject)))


def with_vetoes(problem: Problem, told: Sequence[Standing], orders: Sequence[Order]) -> Problem:
    """Return a day's question with the vetoes of those who drive: on stops with a vetoed order or recipient."""
    recipient = {order.order_id: order.recipient_id for order in orders}
    drive = {shift.driver_id for shift in problem.shifts}
    found: list[Veto] = []
    for stop in problem.stops:
        names = {*stop.order_ids, *(recipient.get(order, "") for order in stop.order_ids)}
        mine = [one for one in told if one.subject in names and one.driver_id in drive]
        found += [Veto(one.driver_id, stop.stop_id, f"told on {one.since[:10]}") for one in mine]
    return replace(problem, vetoes=(*problem.vetoes, *dict.fromkeys(found)))


def _drives(store: Store, company: str, driver_id: str) -> bool:
    if store.history(company, "driver", driver_id):
        return True
    return any(fact.body.get("driver_id") == driver_id for fact in store.current(company, "shift"))


def _append(store: Store, company: str, who: tuple[str, str], at: str, *, reason: str | None) -> Fact:
    driver_id, subject = who
    key = f"{driver_id} {subject}"
    times = len(store.history(company, KIND, key)) + 1
    body = {"driver_id": driver_id, "subject": subject, "revoked": reason is None, "veto": times}
    private = {} if reason is None else {"reason": reason}
    fact = Fact(fact_id(KIND, key, {**body, "at": at}), KIND, key, at, at, body, driver_id, private)
    store.append(company, [fact])
    return fact

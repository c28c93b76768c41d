"""The answer: who goes where when, what stayed unserved, and what every part of it is believed to cost."""

from collections.abc import Mapping
from dataclasses import dataclass

from doorstep.domain.places import Place
from doorstep.domain.units import Cents, Metres, Seconds


@dataclass(frozen=True, slots=True)
class Visit:
    """One halt of a route: the van arrives, somebody knocks (`starts_at`), the van leaves.

    `p05`, `p50`, `p95` are quantiles of the arrival; `success` the chance that the delivery is taken; both
    None where nobody said. `cents` holds the door's parts.
    """

    stop_id: str
    order_ids: tuple[str, ...]
    place: Place | None
    arrives_at: Seconds
    starts_at: Seconds
    leaves_at: Seconds
    load_after: tuple[int, ...]
    cents: Mapping[str, Cents]
    kind: str = "stop"
    status: str = "planned"
    p05: Seconds | None = None
    p50: Seconds | None = None
    p95: Seconds | None = None
    success: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The visits of one shift in order. `cents` holds the route's parts and the sums of its visits' parts."""

    shift_id: str
    vehicle_id: str
    driver_id: str | None
    leaves_at: Seconds
    returns_at: Seconds
    metres: Metres
    seconds: Seconds
    cents: Mapping[str, Cents]
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The smallest change of one thing after which an order would be served.

    `change` is what changes, `of` whose it is (a shift's, a vehicle's, the stop's own), by `amount` in `unit`. `cents`
    is what serving then costs more than leaving out, negative where it pays. `confirmed`: with this change the problem
    was solved again, and the order was served.
    """

    change: str
    of: str
    amount: int
    unit: str
    cents: Cents
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Unserved:
    """An order that no route takes today, why, what that is believed to cost, and what would change it."""

    order_id: str
    stop_id: str
    reason: str
    cents: Cents
    would_be_served_if: tuple[Relaxation, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All routes of a depot's day. `cents` has every part that is not zero and `total`, their sum.

    `unlawful` are sentences about driving and working hours that the plan would break; None: nobody judged it.
    """

    plan_id: str
    company: str
    depot_id: str
    day: str
    timezone: str
    currency: str
    objective: str
    seed: int
    problem_sha256: str
    valued_by: tuple[str, ...]
    cents: Mapping[str, Cents]
    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    unlawful: tuple[str, ...] | None = None

"""Everything the search may trade, in cents: the one thing the three layers hand to each other."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from doorstep.domain.errors import YourInput
from doorstep.domain.units import Cents, Seconds, per_hour

DOOR_PARTS = ("lateness", "failure", "ticket", "lost_value", "instability")
"""Parts of a visit's price that depend on when somebody knocks."""

PAIRING_PARTS = ("tariff", "familiarity", "territory", "instability")
"""Parts of a visit's price that depend on who comes."""

PARTS = (
    "time", "distance", "fixed", "overtime", "waiting", "strain", "lateness", "failure", "ticket", "lost_value",
    "instability", "unserved", "tariff", "familiarity", "territory", "fairness", "energy",
)  # fmt: skip
"""All parts of a plan's price; they sum to the total."""


@dataclass(frozen=True, slots=True)
class PriceCurve:
    """Expected cost of a door by the second somebody knocks (service starts), in cents, by part.

    `at` are rising knots; each part has one value per knot. Between knots linear, rounded down; outside, the
    nearest knot's value. Values may be negative only where an arrival earns something.
    """

    at: tuple[Seconds, ...]
    parts: Mapping[str, tuple[Cents, ...]]

    def __post_init__(self) -> None:
        if not self.at or any(a >= b for a, b in zip(self.at, self.at[1:], strict=False)):
            raise YourInput(f"Expected price knots at rising seconds, got {self.at[:8]}.")
        for part, cents in self.parts.items():
            if part not in DOOR_PARTS:
                raise YourInput(f"Expected a price part among {', '.join(DOOR_PARTS)}, got {part!r}.")
            if len(cents) != len(self.at):
                raise YourInput(f"Expected {len(self.at)} cents for part {part!r}, got {len(cents)}.")

    def price(self, part: str, at: int) -> Cents:
        """Return the price of one part when somebody knocks at `at`."""
        cents = self.parts.get(part)
        if cents is None:
            return Cents(0)
        k = bisect_right(self.at, at)
        if k == 0 or k == len(self.at):
            return cents[max(k - 1, 0)]
        a, b = self.at[k - 1], self.at[k]
        return Cents(cents[k - 1] + (cents[k] - cents[k - 1]) * (at - a) // (b - a))

    def prices(self, at: int) -> dict[str, Cents]:
        """Return all parts when somebody knocks at `at`."""
        return {part: self.price(part, at) for part in self.parts}

    def total(self, at: int) -> Cents:
        """Return the sum of all parts when somebody knocks at `at`."""
        return Cents(sum(self.prices(at).values()))


FREE = PriceCurve(at=(Seconds(0),), parts={})
"""A door that costs the same whenever somebody knocks."""


Pairings = Mapping[str, Mapping[str, Mapping[str, Cents]]]
"""Cents by part, shift id and stop id."""


def soft_window(opens: Seconds, closes: Seconds, *, early: int, late: int, until: Seconds) -> PriceCurve:
    """Return the price of knocking outside a window that only costs, in cents an hour early and late.

    Lateness is priced up to `until`, beyond which it costs no more.

    >>> soft_window(Seconds(3600), Seconds(7200), early=0, late=600, until=Seconds(14400)).total(10800)
    600
    """
    at = (Seconds(0), opens, closes, until)
    cents = (per_hour(opens, early), Cents(0), Cents(0), per_hour(until - closes, late))
    knots = [k for k in range(4) if k == 0 or at[k] > at[k - 1]]
    return PriceCurve(tuple(at[k] for k in knots), {"lateness": tuple(cents[k] for k in knots)})


@dataclass(frozen=True, slots=True)
class Rates:
    """What a shift's time, distance and burden cost.

    A shift is paid from its start until its vehicle is back. `time` is paid seconds less waiting; overtime is
    a *surcharge* on paid seconds beyond `overtime_after`. Strain units beyond `strain_free` cost
    `cents_per_strain` each, and each overtime hour `strain_cents_per_overtime_hour` (what it does to the
    chance that the driver leaves). Each stop costs `cents_per_stop` (a subcontractor's tariff). Paid seconds above
    or below `even_seconds` (this driver's fair share of the day) cost `even_cents_per_hour`. A shift without
    visits costs nothing.
    """

    cents_per_hour: int = 0
    cents_per_km: int = 0
    fixed_cents: int = 0
    waiting_cents_per_hour: int = 0
    overtime_after: Seconds = Seconds(10**9)
    overtime_cents_per_hour: int = 0
    strain_free: int = 0
    cents_per_strain: int = 0
    strain_cents_per_overtime_hour: int = 0
    cents_per_stop: int = 0
    even_seconds: Seconds = Seconds(0)
    even_cents_per_hour: int = 0


@dataclass(frozen=True, slots=True)
class Valuation:
    """Prices of one planning question: a curve per stop, what leaving a stop out costs, rates per shift.

    Keys are stop ids and shift ids of the problem. A stop without a curve costs nothing at the door; a stop
    without an `unserved` price must be served. `pairings[part][shift_id][stop_id]` is what it costs, or saves, when
    that shift serves that stop (0 where nothing is said). `valued_by` names models and tariff.
    """

    objective: str
    valued_by: tuple[str, ...]
    curves: Mapping[str, PriceCurve]
    unserved: Mapping[str, Cents]
    rates: Mapping[str, Rates]
    pairings: Pairings = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.pairings) - set(PAIRING_PARTS))
        if unknown:
            raise YourInput(f"Expected pairings' parts among {', '.join(PAIRING_PARTS)}, got {unknown[0]!r}.")

    def pairing(self, part: str, shift_id: str, stop_id: str) -> Cents:
        """Return what one part of having that shift serve that stop costs."""
        return self.pairings.get(part, {}).get(shift_id, {}).get(stop_id, Cents(0))

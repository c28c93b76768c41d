"""A company's own rates, dated; every figure a setting with a source, never a result."""

from dataclasses import dataclass, field

from doorstep.domain.units import Cents, Seconds


@dataclass(frozen=True, slots=True)
class Tariff:
    """What time, distance and mishaps cost this company. Defaults for the last three are the brief's."""

    wage_cents_per_hour: int = 2_000
    overtime_multiplier: float = 1.5
    overtime_after: Seconds = Seconds(8 * 3600)
    cents_per_km: int = 30
    fixed_cents_per_route: Cents = Cents(0)
    ticket_cents: Cents = Cents(4_700)
    driver_quit_cents: Cents = Cents(800_000)
    merchant_churn_cents: Cents = Cents(240_000)
    overhead_cents_per_month: Cents = Cents(0)


@dataclass(frozen=True, slots=True)
class Company:
    """A company as its `company.toml` tells it.

    `slot_edges` are the starts of the day's traffic slots (first 0). `speed_factors` maps a road class to one
    factor per slot on free-flow speed; `speeds_source` says where they come from ("assumption" by default).
    """

    company_id: str
    name: str
    currency: str
    exponent: int
    timezone: str
    country: str = ""
    tariff: Tariff = field(default_factory=Tariff)
    slot_edges: tuple[Seconds, ...] = (Seconds(0),)
    speed_factors: tuple[tuple[str, tuple[float, ...]], ...] = ()
    speeds_source: str = "assumption"

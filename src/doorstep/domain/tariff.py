"""A company's own rates, dated; every figure a setting with a source, never a result."""

from dataclasses import dataclass, field

from doorstep.domain.units import Cents, Seconds


@dataclass(frozen=True, slots=True)
class Tariff:
    """What time, distance and mishaps cost this company; defaults for tickets, quitting and churn are the brief's.

    `cents_per_strain` prices stairs and parking beyond `strain_free_units` of a shift where nothing was learned about
    them, `late_cents_per_hour` what comes after a promise where nothing was learned about that, `early_cents_per_hour`
    what comes before one. The last five are what the company asks of its plans for its drivers, 0 where it asks
    nothing: what knowing a door saves, a km outside a driver's home area, an hour's start off the usual, a day that
    is not a usual one, an hour off a fair share of the day.
    """

    wage_cents_per_hour: int = 2_000
    overtime_multiplier: float = 1.5
    overtime_after: Seconds = Seconds(8 * 3600)
    cents_per_km: int = 30
    fixed_cents_per_route: Cents = Cents(0)
    ticket_cents: Cents = Cents(4_700)
    driver_quit_cents: Cents = Cents(800_000)
    merchant_churn_cents: Cents = Cents(240_000)
    overhead_cents_per_month: Cents = Cents(0)
    cents_per_strain: int = 0
    strain_free_units: int = 0
    late_cents_per_hour: int = 0
    early_cents_per_hour: int = 0
    familiar_door_cents: Cents = Cents(0)
    territory_cents_per_km: int = 0
    irregular_cents_per_hour: int = 0
    unusual_day_cents: Cents = Cents(0)
    uneven_cents_per_hour: int = 0


@dataclass(frozen=True, slots=True)
class Company:
    """A company as its `company.toml` tells it.

    `slot_edges` are the starts of the day's traffic slots (first 0). `speed_factors` maps a road class to one
    factor per slot on free-flow speed; `speeds_source` says where they come from ("assumption" by default).
    `duty_rules` names the legal rule set that binds shifts for which neither vehicle nor driver names one;
    `duty_exceptions` lets a day use those that the law counts, and a US carrier says whether it `runs_every_day`.
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
    duty_rules: str = ""
    duty_exceptions: bool = False
    runs_every_day: bool = True

"""A company as it lives: what changes from day to day, and what a day asks of it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds2.crew import PATTERNS, Staff, shifts_needed, staffed
from benchmarks.worlds2.days import Days
from benchmarks.worlds2.laws import DRY, KINDS, Laws
from benchmarks.worlds2.orders import Morning, Orders, orders
from benchmarks.worlds2.people import People
from benchmarks.worlds2.reactions import account_hazard, account_slope
from doorstep.domain.tariff import Tariff
from doorstep.town.luck import stream
from doorstep.town.sheet import Crew

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LONG_AGO = -10_000
FOR_GOOD = 10**6


@dataclass(frozen=True, slots=True, eq=False)
class Today:
    """A day's orders with their truth, and its shifts."""

    day: int
    order_ids: list[str]
    orders: Orders
    crew: Crew


@dataclass(slots=True)
class Company:
    """Everything that changes. `seen` and `missed` (30, shops) are the deliveries of the last days by merchant.

    `paused_until` is the day on which a recipient orders again, `failed_on` when a delivery last failed there.
    """

    laws: Laws
    people: People
    days: Days
    tariff: Tariff
    staff: Staff
    orders_per_day: int
    paused_until: Ints
    failed_on: Ints
    promo: Bools
    gone: dict[int, int]
    seen: Floats
    missed: Floats
    weather: int = DRY
    orders_made: int = 0
    retry: list[tuple[str, int, int]] = field(default_factory=list)
    undeliverable: dict[str, tuple[str, str]] = field(default_factory=dict)

    def wanted(self, day: int) -> tuple[Floats, Floats]:
        """Return (rate, share of the first choice) of everybody, before the weekday counts."""
        home, laws = self.people.recipients, self.laws
        factor = np.where(self.promo, laws.promo_factor, 1.0)
        factor[list(self.gone)] = 0.0
        first, second = (factor[home.shops[:, k]] * w for k, w in ((0, laws.faithful), (1, 1 - laws.faithful)))
        here = (home.joins <= day) & (self.paused_until <= day)
        return home.rate * (first + second) * here, first / np.maximum(first + second, 1e-9)

    def share_missed(self) -> Floats:
        """Return each merchant's share of missed deliveries over the rolling month; at first, what it would bear."""
        prior = self.people.merchants.borne - 0.04
        share: Floats = (self.missed.sum(axis=0) + 60 * prior) / (self.seen.sum(axis=0) + 60)
        return share

    def hazard(self) -> Floats:
        """Return each account's chance of leaving within a month."""
        return account_hazard(self.laws, self.share_missed(), self.people.merchants.borne)

    def morning(self, day: int) -> Morning:
        """Return how a day begins."""
        laws, borne = self.laws, self.people.merchants.borne
        rate, _ = self.wanted(day)
        lately = day - self.failed_on <= laws.failure_memory_days
        counted = np.maximum((self.seen.sum(axis=1) > 0).sum(), 1)
        monthly = self.seen.sum(axis=0) / counted * laws.account_days
        slope = account_slope(laws, self.share_missed(), borne, monthly)
        slope[list(self.gone)] = 0.0
        return Morning((self.days.weekday(day), self.days.odd_week(day)), rate, lately, slope)


def founded(seed: int, laws: Laws, people: People, days: Days, orders_per_day: int) -> Company:
    """Return a company on the evening before its first day."""
    n, shops = len(people.recipients.ids), len(people.merchants.ids)
    staff = staffed(stream(seed, "ring staff"), laws, orders_per_day, len(people.recipients.postcodes))
    empty = np.zeros((laws.account_days, shops))
    return Company(
        laws, people, days, Tariff(), staff, orders_per_day, np.full(n, LONG_AGO), np.full(n, LONG_AGO),
        np.zeros(shops, dtype=bool), {}, empty, empty.copy(),
    )  # fmt: skip


def ordered(
    rng: np.random.Generator, company: Company, day: int, exactly: int | None = None
) -> tuple[list[str], Orders]:
    """Return a day's orders: every recipient orders or not; with `exactly`, that many, the eager ones first."""
    home = company.people.recipients
    rate, first = company.wanted(day)
    rate = rate * company.laws.week[company.days.weekday(day)]
    if company.days.weekday(day) >= 5:
        rate = rate * (home.kind != KINDS.index("business"))
    draws = rng.random((2, len(rate)))
    if exactly is None:
        who = np.flatnonzero(draws[0] < -np.expm1(-rate))
    else:
        race = -np.log(draws[0]) / np.maximum(rate, 1e-12)
        who = np.sort(np.argsort(race, kind="stable")[:exactly])
    shop = np.where(draws[1] < first, home.shops[:, 0], home.shops[:, 1])[who]
    order_ids = [f"o{company.orders_made + i:06d}" for i in range(len(who))]
    company.orders_made += len(who)
    return order_ids, orders(rng, company.laws, company.people, company.morning(day), (who, shop))


def on_duty(company: Company, day: int) -> Crew:
    """Return the shifts of a day."""
    volume = 1.0 if company.days.weekday(day) < 5 else company.laws.week[5]
    wanted = shifts_needed(company.orders_per_day, volume)
    drivers, patterns = company.staff.on_duty(day, wanted, company.days.odd_week(day))
    n, date = len(drivers), company.days.iso(day)
    return Crew(
        [f"s{date.replace('-', '')}-{i + 1:02d}" for i in range(n)], [driver_id(i) for i in drivers.tolist()],
        [f"v{i + 1:02d}" for i in range(n)], drivers, PATTERNS[patterns, 0], PATTERNS[patterns, 1],
        np.array([company.staff.drivers[i].wage for i in drivers.tolist()], dtype=np.int64),
        np.full(n, company.laws.van_fixed_cents),
    )  # fmt: skip


def driver_id(number: int) -> str:
    """Return a driver's id."""
    return f"dr{number + 1:03d}"


def new_regimes(rng: np.random.Generator, company: Company) -> None:
    """Let a night pass: another weather, sales that begin or end."""
    laws = company.laws
    company.weather = int(rng.choice(3, p=laws.weather_after[company.weather]))
    draws = rng.random(len(company.promo))
    company.promo = np.where(company.promo, draws >= laws.promo_ends, draws < laws.promo_begins)

"""Drivers, who works when, and when it is too much: a run of overtime days, or a week that weighs too heavily."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from benchmarks.worlds2.laws import Laws

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PATTERNS = np.array([[25_200, 54_000], [34_200, 63_000], [45_000, 73_800]])
"""Starts and ends: 07:00-15:00, 09:30-17:30, 12:30-20:30."""

ORDERS_A_SHIFT = 31
CYCLE = (0, 2, 1, 0, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Strength:
    """How much drivers can still take this morning: strain until their limit, and whether one overtime day too many
    would follow today (`brink`)."""  # fmt: skip

    room: Floats
    brink: Bools


@dataclass(slots=True)
class Driver:
    """Somebody ever employed, and how they are. `fuse` is the daily hazard that past days have lit."""

    hired: int
    wage: int
    pace: float
    limit: float
    days_borne: int
    mood: float
    early: bool
    known: Ints
    left: int | None = None
    fuse: float = 0.0
    run: int = 0
    worked: dict[int, int] = field(default_factory=dict)

    def week_strain(self, day: int) -> int:
        """Return the strain of the six days before."""
        return sum(strain for when, strain in self.worked.items() if day - 7 < when < day)


@dataclass(slots=True)
class Staff:
    """All drivers, present and past, in the order in which they came."""

    rng: np.random.Generator
    laws: Laws
    postcodes: int
    drivers: list[Driver] = field(default_factory=list)

    def hire(self, day: int, experience: int) -> None:
        """Take somebody on; `experience` is how often they have been to each area already, at most."""
        rng, laws = self.rng, self.laws
        known = rng.integers(0, experience + 1, self.postcodes)
        self.drivers.append(Driver(
            day, 1_900 + 25 * int(rng.integers(0, 9)), float(rng.uniform(*laws.pace)),
            laws.strain_week_median * float(np.exp(laws.strain_week_sigma * rng.normal())),
            1 + int(rng.choice(3, p=laws.overtime_days_borne)), float(rng.uniform(-1.5, 1.0)),
            bool(rng.random() < 0.5), known,
        ))  # fmt: skip

    @property
    def present(self) -> list[int]:
        """Return the numbers of those who have not left."""
        return [i for i, driver in enumerate(self.drivers) if driver.left is None]

    def on_duty(self, day: int, shifts: int, odd_week: bool) -> tuple[Ints, Ints]:
        """Return (drivers, patterns): whoever worked least this week; early and late change places every week."""
        rest = [sum(day - d < 6 for d in self.drivers[i].worked) + 0.9 * self.rng.random() for i in self.present]
        drivers = np.array([self.present[i] for i in np.argsort(rest, kind="stable")[:shifts]], dtype=np.int64)
        patterns = np.sort(np.array(CYCLE)[np.arange(len(drivers)) % len(CYCLE)])
        early = np.array([self.drivers[i].early ^ odd_week for i in drivers])
        return drivers[np.argsort(~early, kind="stable")], patterns

    def pace(self, drivers: Ints, postcode: Ints) -> Floats:
        """Return the factor on the time at a door for drivers (R,) at postcodes (R, K): knowing an area is a step."""
        known = np.stack([self.drivers[i].known for i in drivers])[np.arange(len(drivers))[:, np.newaxis], postcode]
        own = np.array([self.drivers[i].pace for i in drivers])[:, np.newaxis]
        factor: Floats = own * np.where(known >= self.laws.knows_after, self.laws.knowing_pace, 1.0)
        return factor

    def strength(self, drivers: Ints, day: int) -> Strength:
        """Return what drivers can still take on a day."""
        mine = [self.drivers[i] for i in drivers.tolist()]
        room = np.array([driver.limit - driver.week_strain(day) for driver in mine])
        return Strength(room, np.array([driver.run + 1 >= driver.days_borne for driver in mine], dtype=bool))

    def lived(self, day: int, drivers: Ints, strain: Ints, overtime_s: Ints, added: Floats) -> None:
        """Let a day pass for those who worked: strain adds up, runs grow or break, fuses burn."""
        for driver in self.drivers:
            driver.fuse *= 1 - 1 / self.laws.fuse_days
        for i, load, over, more in zip(drivers.tolist(), strain.tolist(), overtime_s.tolist(), added.tolist(),
                                       strict=True):  # fmt: skip
            driver = self.drivers[i]
            driver.worked = {when: was for when, was in driver.worked.items() if day - when < 8} | {day: load}
            driver.run = driver.run + 1 if over > self.laws.overtime_day_s else 0
            driver.fuse += more / self.laws.fuse_days

    def quits(self, day: int) -> list[int]:
        """Return who hands in notice today; a beginner takes each place tomorrow."""
        hazard = [self.laws.quit_base / 30 + self.drivers[i].fuse for i in self.present]
        draws = self.rng.random(len(hazard))
        gone = [i for i, h, u in zip(self.present, hazard, draws, strict=True) if u < h]
        for i in gone:
            self.drivers[i].left = day
            self.hire(day + 1, 0)
        return gone

    def pulse(self, drivers: Ints, hard: Floats, luck: Floats) -> list[int | None]:
        """Return answers to "how was your day", most of them ten, None where nobody answered; `luck` (2, R) uniform."""
        mood = np.array([self.drivers[i].mood for i in drivers.tolist()])
        score = np.clip(np.rint(self.laws.pulse_top + mood - 3.0 * hard + 2.4 * (luck[0] - 0.5)), 0, 10).astype(int)
        silent = luck[1] < self.laws.pulse_missing * (1 + (score < 7))
        return [None if quiet else said for said, quiet in zip(score.tolist(), silent.tolist(), strict=True)]


def staffed(rng: np.random.Generator, laws: Laws, orders_per_day: int, postcodes: int) -> Staff:
    """Return a company's drivers before its first day."""
    staff = Staff(rng, laws, postcodes)
    for _ in range(max(2, round(shifts_needed(orders_per_day, 1.0) * 1.35))):
        staff.hire(-int(rng.integers(20, 1500)), 60)
    return staff


def shifts_needed(orders_per_day: int, volume: float) -> int:
    """Return how many shifts the company schedules."""
    return max(1, -(-round(orders_per_day * volume) // ORDERS_A_SHIFT))


def burden(laws: Laws, able: Strength, strain: Floats, overtime_s: Floats) -> Floats:
    """Return by how much a day raises the chance that its driver quits: two steps, arrays (..., R)."""
    beyond = expit((overtime_s - laws.overtime_day_s) / laws.overtime_edge_s) * (overtime_s > 0)
    heavy = expit((strain - able.room) / laws.strain_edge) * (able.room > 0) * (strain > 0)
    added: Floats = laws.quit_if_overtime * able.brink * beyond + laws.quit_if_strained * heavy
    return added


def hardship(laws: Laws, able: Strength, strain: Ints, overtime_s: Ints) -> Floats:
    """Return how hard a day felt: one for too much overtime, one for a week that weighs too heavily."""
    felt: Floats = (overtime_s > laws.overtime_day_s) * 1.0 + (strain > able.room) * 1.0
    return felt

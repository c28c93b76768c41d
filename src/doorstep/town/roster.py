"""Drivers, their hidden traits, and who works when; somebody who leaves is replaced the day after."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from doorstep.town.hidden import Hidden

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PATTERNS = np.array([[27_000, 57_600], [36_000, 66_600], [43_200, 73_800]])
"""Starts and ends of the company's three shifts: 07:30-16:00, 10:00-18:30, 12:00-20:30."""


@dataclass(slots=True)
class Staff:
    """Everybody ever employed, and how they are: one list entry per driver. `load` is the burden still felt."""

    rng: np.random.Generator
    truth: Hidden
    seats: int
    postcodes: int
    wage: list[int] = field(default_factory=list)
    hired: list[int] = field(default_factory=list)
    left: list[int | None] = field(default_factory=list)
    pace: list[float] = field(default_factory=list)
    sensitivity: list[float] = field(default_factory=list)
    mood: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    usual: list[int] = field(default_factory=list)
    worked: list[list[int]] = field(default_factory=list)
    known: list[Floats] = field(default_factory=list)

    def hire(self, day: int, experience: float) -> int:
        """Take somebody on and return their number; `experience` is how often they know each area already."""
        truth, rng = self.truth, self.rng
        self.wage.append(1_950 + 50 * int(rng.integers(0, 5)))
        self.hired.append(day)
        self.left.append(None)
        self.pace.append(float(np.exp(rng.normal(0, truth.driver_pace_sd))))
        self.sensitivity.append(float(np.exp(rng.normal(0, truth.driver_sensitivity_sd))))
        self.mood.append(float(rng.normal(0, 0.7)))
        self.load.append(0.0)
        self.usual.append(int(PATTERNS[rng.integers(0, 3), 0]))
        self.worked.append([])
        self.known.append(rng.gamma(1.0, experience, self.postcodes) if experience else np.zeros(self.postcodes))
        return len(self.wage) - 1

    @property
    def present(self) -> list[int]:
        """Return the drivers who have not left."""
        return [i for i, day in enumerate(self.left) if day is None]

    def on_duty(self, day: int, shifts: int) -> tuple[Ints, Ints]:
        """Return (drivers, patterns) of a day: who rested longest works, mostly at the hour they are used to."""
        rested = [sum(1 for d in self.worked[i] if day - d < 7) + 0.9 * self.rng.random() for i in self.present]
        drivers = np.array([self.present[i] for i in np.argsort(rested)[:shifts]], dtype=np.int64)
        patterns = np.arange(len(drivers)) % 3
        used_to = np.array([self.usual[i] for i in drivers]) + self.rng.normal(0, 7_000, len(drivers))
        matched = np.empty(len(drivers), dtype=np.int64)
        matched[np.argsort(used_to)] = np.sort(patterns)
        for i in drivers:
            self.worked[i] = [*self.worked[i][-7:], day]
        return drivers, matched

    def familiarity(self, drivers: Ints, postcode: Ints) -> Floats:
        """Return the factor on the time at a door for drivers (R,) at postcodes (R, K): pace times what they know."""
        known = np.stack([self.known[i] for i in drivers])[np.arange(len(drivers))[:, np.newaxis], postcode]
        gain = 1 + self.truth.familiar_gain * (0.5 - (1 - np.exp(-known / self.truth.familiar_after)))
        factor: Floats = np.array([self.pace[i] for i in drivers])[:, np.newaxis] * gain
        return factor

    def tire(self, drivers: Ints, burdens: Floats, starts: Ints) -> None:
        """Let a day pass: what weighs fades, this day's burden and an unusual start are added."""
        keep = 1 - 1 / self.truth.burden_memory_days
        self.load = [load * keep for load in self.load]
        for i, added, start in zip(drivers.tolist(), burdens.tolist(), starts.tolist(), strict=True):
            irregular = abs(start - self.usual[i]) / 3600 * self.truth.quit_per_irregular_hour * self.truth.reacts
            self.load[i] += (added + irregular) / self.truth.burden_memory_days
            self.usual[i] = round(0.8 * self.usual[i] + 0.2 * start)

    def quits(self, day: int) -> list[int]:
        """Return who hands in notice today; each is replaced by somebody new to every street."""
        hazard = [self.truth.quit_base / 30 + self.load[i] for i in self.present]
        gone = [i for i, h, u in zip(self.present, hazard, self.rng.random(len(hazard)), strict=True) if u < h]
        for i in gone:
            self.left[i] = day
            self.hire(day + 1, 0.0)
        return gone

    def pulse(self, drivers: Ints, luck: Floats) -> Ints:
        """Return what drivers answer to "how was your day", 0 to 10, from standard normal luck of shape (..., R)."""
        load = np.array([self.load[i] for i in drivers]) * self.truth.burden_memory_days
        mood = np.array([self.mood[i] for i in drivers])
        answer = self.truth.pulse_mean + mood - self.truth.pulse_per_burden * load + 1.1 * luck
        return np.clip(np.rint(answer), 0, 10).astype(np.int64)


def staffed(rng: np.random.Generator, truth: Hidden, orders_per_day: int, postcodes: int, first_day: int) -> Staff:
    """Return a company's drivers before its first day: enough that everybody has about two days off a week."""
    shifts = shifts_needed(orders_per_day, 1.0)
    staff = Staff(rng, truth, max(2, -(-shifts * 13 // 10)), postcodes)
    for _ in range(staff.seats):
        staff.hire(first_day - int(rng.integers(30, 900)), float(rng.uniform(5, 60)))
    return staff


def shifts_needed(orders_per_day: int, volume: float) -> int:
    """Return how many shifts the company schedules: one per 45 orders."""
    return max(1, -(-round(orders_per_day * volume) // 45))

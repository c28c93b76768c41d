"""Random days of work inside given limits, by the meaning that the search gives to them."""

import numpy as np

from doorstep.domain.duty import Activity, ActivityKind, BreakRule, Instant, Limits

KINDS: tuple[ActivityKind, ...] = ("driving", "work", "waiting", "break")


class Counting:
    """One break rule while a day goes on."""

    def __init__(self, rule: BreakRule) -> None:
        self.rule, self.count, self.parts = rule, int(rule.so_far), rule.parts_so_far

    def room(self, kind: ActivityKind) -> int:
        counts = {"driving": ("driving",), "working": ("driving", "work"), "elapsed": ("driving", "work", "waiting")}
        return self.rule.after - self.count if kind in counts[self.rule.counted] else 10**9

    def add(self, kind: ActivityKind, length: int) -> None:
        begun = self.count > 0
        pause = kind == "break" or (kind == "waiting" and self.rule.waiting_counts)
        self.count += length if self.room(kind) < 10**9 or self.rule.counted == "elapsed" else 0
        if not pause:
            return
        split = self.rule.split
        if length >= self.rule.length or (begun and split and self.parts == len(split) - 1 and length >= split[-1]):
            self.count, self.parts = 0, 0
        elif begun and split and length >= split[self.parts]:
            self.parts += 1


def random_plan(rng: np.random.Generator, limits: Limits, midnight: int) -> list[Activity]:
    """Return activities that fill a day to the brim, or nearly; whole minutes, UTC."""
    at = int(limits.earliest_start) + 60 * int(rng.choice([0, 0, 30, 200]))
    left = {"driving": int(limits.max_driving), "work": int(limits.max_working)}
    rules = [Counting(rule) for rule in limits.breaks]
    lazy, found = float(rng.choice([0.0, 0.02, 0.2])), []
    for _ in range(200):
        kind = KINDS[int(rng.choice(4, p=[0.6, 0.25, 0.1, 0.05]))]
        length = 60 * int(rng.choice([5, 14, 15, 29, 30, 31, 44, 45, 60, 120, 300]))
        room = [limits.latest_end - at, *(rule.room(kind) for rule in rules)]
        if kind in ("driving", "work"):
            room.append(left["work"])
        if kind == "driving":
            room.append(left["driving"])
        if kind != "break":
            length = min(length, *room) // 60 * 60
        if length <= 0:
            kind, length = "break", 60 * int(rng.choice([15, 30, 45]))
        if at + length > limits.latest_end or rng.random() < lazy:
            break
        for rule in rules:
            rule.add(kind, length)
        left["work"] -= length if kind in ("driving", "work") else 0
        left["driving"] -= length if kind == "driving" else 0
        found.append(Activity(kind, Instant(midnight + at), Instant(midnight + at + length)))
        at += length
    return found

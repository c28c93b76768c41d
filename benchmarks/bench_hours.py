"""The validator of legal hours beside a reading of the law minute by minute, on random rosters of several weeks."""

import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from benchmarks.harness import Row, at_least, at_most, figure
from benchmarks.hours_by_minute import READINGS, agreed, minutes
from benchmarks.rosters import random_roster
from doorstep.operations.duty.rules import rule_set
from doorstep.operations.duty.validator import breaches

PLAN = tomllib.loads(Path(__file__).with_name("hours.toml").read_text())["rosters"]
WORKERS = 2


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Judge every roster twice under every set, and count where the two disagree; `worlds` plays no part here."""
    del worlds
    first, last = PLAN["quick_seeds" if quick else "seeds"]
    began, before = time.monotonic(), _processor_seconds()
    with ProcessPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(_judged, [range(first + k, last, WORKERS) for k in range(WORKERS)]))
    broken = sum((part[0] for part in parts), Counter[str]())
    differing = [name for part in parts for name in part[1]]
    spent = sum(part[2] for part in parts)
    count = last - first
    rarest = min(broken.values()) / count
    rows = [
        at_most(
            f"rosters of {count:,} judged differently, four sets", len(set(differing)), "", PLAN["bar_disagreements"]
        ),
        at_least("rarest verdict, share of rosters", rarest, "", PLAN["bar_rarest_rule_share"]),
        figure("validator, a roster under one set", round(1000 * spent / count / len(READINGS), 3), "cpu ms"),
        figure("all of it", round(_processor_seconds() - before, 1), "cpu s"),
        figure("  wall", round(time.monotonic() - began, 1), "s"),
    ]
    rows += [figure(f"  {rule}", round(times / count, 4), "of rosters") for rule, times in sorted(broken.items())]
    return [*rows, *(figure("  differs", name) for name in differing[:10])]


def _processor_seconds() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _judged(seeds: range) -> tuple[Counter[str], list[str], float]:
    """Return how often each rule is broken or a set kept, the rosters judged differently, and the validator's time."""
    sets = {label: rule_set(label.split()[0], on) for label, (on, _) in READINGS.items()}
    broken: Counter[str] = Counter()
    differing, spent = [], 0.0
    for seed in seeds:
        roster = random_roster(seed)
        seen = minutes([(a.kind, a.begins, a.ends) for a in roster.activities], roster.zone)
        for label, (_, reading) in READINGS.items():
            began = time.process_time()
            found = {breach.rule for breach in breaches(sets[label], roster)}
            spent += time.process_time() - began
            truth = reading(seen)
            broken.update([f"{label}: {rule}" for rule in truth] or [f"{label}: kept"])
            if agreed(found, seen) != truth:
                differing.append(f"{seed} {label}")
    return broken, differing, spent

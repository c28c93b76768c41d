"""One world, planned both ways and driven: what the profit plan earns over the efficiency plan, kept for resuming."""

import hashlib
import json
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.ceiling import with_the_truth
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem, Stop
from doorstep.domain.windows import TimeWindow
from doorstep.estimators.intervals import Paired, paired
from doorstep.flows.drive_plan import DrivenMoney
from doorstep.flows.plan_day import Question, expected
from doorstep.flows.ports import World
from doorstep.server.rehearsal import Rehearsal, drive_seeds, planned_both_ways, rehearsed, searched
from doorstep.server.settings import settings

KEPT = Path(".doorstep/bench/demo")
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Trial:
    """Cents a day over the efficiency plan's margin, with 95 % intervals over the drives."""

    world: str
    same: bool
    gain: float
    low: float
    high: float
    driven_gain: float
    driven_low: float
    driven_high: float
    efficiency: float
    ceiling: float | None = None
    promises_kept: float | None = None


@dataclass(frozen=True)
class Asked:
    """How a world is tried: search seconds, drives, and which further plans are made beside the two."""

    seconds: float
    drives: int
    seed: int
    ceiling: bool = False
    promises: bool = False


def tried(world: World, asked: Asked, pool: ProcessPoolExecutor) -> Trial:
    """Return the trial of a world, from an earlier run of the same sources where there is one."""
    kept = KEPT / f"{_key(world, asked)}.json"
    if kept.exists():
        return Trial(**json.loads(kept.read_text()))
    with tempfile.TemporaryDirectory(prefix="doorstep-trial-") as work:
        found = _try(world, asked, pool, Path(work))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(found)))
    return found


def _try(world: World, asked: Asked, pool: ProcessPoolExecutor, work: Path) -> Trial:
    home = settings(str(work / "home"))
    there = rehearsed(world, work / "company", home, seed=asked.seed)
    plans = planned_both_ways(there.asked, pool, seconds=asked.seconds, seed=asked.seed)
    seeds = drive_seeds(asked.seed, asked.drives)
    first, second = there.drive(plans.efficiency, seeds), there.drive(plans.profit, seeds)
    hoped, driven = _gain(first, second, "expected"), _gain(first, second, "driven")
    further = _further(there, asked, pool)
    return Trial(
        world=world.name, same=plans.same, gain=hoped.difference, low=hoped.low95, high=hoped.high95,
        driven_gain=driven.difference, driven_low=driven.low95, driven_high=driven.high95, efficiency=hoped.first,
        **{name: _gain(first, there.drive(plan, seeds), "expected").difference for name, plan in further.items()},
    )  # fmt: skip


def _gain(first: list[DrivenMoney], second: list[DrivenMoney], money: str) -> Paired:
    margins = [[drive.metrics(money)["margin"] for drive in side] for side in (first, second)]
    return paired(*margins)


def _further(there: Rehearsal, asked: Asked, pool: ProcessPoolExecutor) -> dict[str, Plan]:
    """Return plans of the same search with other knowledge, side by side: the truth; efficiency in promised windows."""
    base = there.asked.problems["efficiency"]
    problems: dict[str, Problem] = {}
    if asked.ceiling:
        problems["ceiling"] = with_the_truth(base, there.world.truth(), there.models.spread)
    if asked.promises:
        problems["promises_kept"] = in_promised_windows(there.asked)
    running = {name: searched(p, pool, seconds=asked.seconds, seed=asked.seed) for name, p in problems.items()}
    return {name: expected(there.asked, "efficiency", plan.result()) for name, plan in running.items()}


def in_promised_windows(asked: Question) -> Problem:
    """Return the efficiency problem with every promise a hard window: what a careful dispatcher would ask for."""
    base = asked.problems["efficiency"]
    promise = {order.order_id: order.promise for order in asked.nouns.orders}

    def windows(stop: Stop) -> tuple[TimeWindow, ...]:
        told = [window for window in (promise[order] for order in stop.order_ids) if window]
        if stop.windows or not told:
            return stop.windows
        opens, closes = max(window.opens for window in told), min(window.closes for window in told)
        return (TimeWindow(opens, closes),) if opens <= closes else ()

    return replace(base, stops=tuple(replace(stop, windows=windows(stop)) for stop in base.stops))


def _key(world: World, asked: Asked) -> str:
    """Return a name that changes with the sources, the world and what is asked of it."""
    files = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])
    tree = b"".join(hashlib.blake2b(file.read_bytes()).digest() for file in files)
    return hashlib.blake2b(tree + repr((world.name, asked)).encode(), digest_size=12).hexdigest()

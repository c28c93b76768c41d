"""The demo on a fresh clone, and the claim: planning on three layers earns more, in worlds that can prove it wrong.

Margins are expected money: the world's own expectation over the real arrival times of each drive, the same luck for
both plans. Intervals are at 95 % over the drives. Seeds stand in demo.toml.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

from benchmarks.data import DATA
from benchmarks.harness import Row, at_least, at_most, figure, full_run_only
from benchmarks.town_worlds import null_worlds, worlds
from benchmarks.trial import Asked, Trial, tried
from doorstep.flows.ports import World
from doorstep.operations.search import compile_ahead
from doorstep.server.rehearsal import search_pool
from doorstep.server.worlds import TownSettings, town

ROOT = Path(__file__).resolve().parents[1]
PLAN = tomllib.loads((ROOT / "benchmarks/demo.toml").read_text())


def run(quick: bool, brought: Path | None) -> Sequence[Row]:
    """Measure; `brought` is a module with worlds(n, seed) that takes the place of all others."""
    compile_ahead(wait=True)
    if brought:
        return [*_brought(brought, quick=quick)]
    return _quick() if quick else [*_fresh_clone(), *_towns(), *_porto(), *_worlds2(), *_null_towns()]


def _asked(seed: int, **more: bool) -> Asked:
    return Asked(PLAN["search_seconds"], PLAN["drives"], seed, **more)


def _each(made: Sequence[World], first_seed: int, **more: bool) -> list[Trial]:
    trials = []
    with search_pool() as pool:
        for i, world in enumerate(made):
            began = time.monotonic()
            trials.append(tried(world, _asked(first_seed + i, **more), pool))
            found = trials[-1]
            print(
                f"{found.world}: {'same plan, ' if found.same else ''}gain {found.gain / 100:+.0f} a day "
                f"[{found.low / 100:+.0f}, {found.high / 100:+.0f}] on {found.efficiency / 100:.0f}, driven "
                f"{found.driven_gain / 100:+.0f}, ceiling {_money(found.ceiling)}, promises kept "
                f"{_money(found.promises_kept)}, {time.monotonic() - began:.0f} s",
                flush=True,
            )
    return trials


def _money(cents: float | None) -> str:
    return "-" if cents is None else f"{cents / 100:+.0f}"


def _gains(name: str, trials: Sequence[Trial]) -> list[Row]:
    return [figure(f"{name} {t.world}: gain a day, low, high", _span(t), "money units") for t in trials]


def _span(trial: Trial) -> str:
    return f"{trial.gain / 100:+.0f} [{trial.low / 100:+.0f}, {trial.high / 100:+.0f}]"


def _towns() -> list[Row]:
    asked = PLAN["towns"]
    trials = _each(worlds(asked["n"], asked["seed"]), asked["seed"], ceiling=True, promises=True)
    clear = sum(t.low > 0 for t in trials)
    return [
        *_gains("town", trials),
        at_least(f"towns where profit earns more, 95 % clear of 0, of {len(trials)}", clear, "towns", 9),
        figure("town: share of the ceiling (search given the truth), mean", _share(trials)),
        figure(
            "town: part of the gain that efficiency in promised windows already has, mean",
            round(sum(t.promises_kept or 0.0 for t in trials) / sum(t.gain for t in trials), 3),
        ),
    ]


def _porto() -> list[Row]:
    asked = PLAN["porto"]
    osm = DATA / asked["osm"]
    if not osm.exists():
        return [full_run_only(f"Porto: expected {osm.name} below DOORSTEP_DATA, not there", "> 0")]
    trials = _each([town(asked["seed"], TownSettings(osm=osm))], asked["seed"], ceiling=True, promises=True)
    found = trials[0]
    return [
        *_gains("Porto", trials),
        Row("Porto: profit earns more, low end at 95 %", round(found.low), "cents", "> 0", found.low > 0),
        figure("Porto: share of the ceiling", _share(trials)),
    ]


def _worlds2() -> list[Row]:
    from benchmarks.worlds2 import worlds as second_worlds  # noqa: PLC0415 - models must not meet it elsewhere

    asked = PLAN["worlds2"]
    return _judged("worlds2", _each(second_worlds(asked["n"], asked["seed"]), asked["seed"], ceiling=True))


def _judged(name: str, trials: Sequence[Trial]) -> list[Row]:
    return [
        *_gains(name, trials),
        figure(f"{name}: ceiling, gain a day with the truth as valuation, mean", _ceiling(trials), "money units"),
        at_least(f"{name}: share of the ceiling's gain, all worlds together", _share(trials), "", 0.5),
        _losses(name, trials),
    ]


def _losses(name: str, trials: Sequence[Trial]) -> Row:
    return at_most(f"{name}: worlds where profit earns less, 95 % clear of 0", sum(t.high < 0 for t in trials), "", 0)


def _ceiling(trials: Sequence[Trial]) -> float:
    return round(mean(t.ceiling for t in trials if t.ceiling is not None) / 100, 1)


def _share(trials: Sequence[Trial]) -> float:
    known = [t for t in trials if t.ceiling is not None]
    return round(sum(t.gain for t in known) / sum(t.ceiling or 0.0 for t in known), 3)


def _null_towns() -> list[Row]:
    asked = PLAN["null_towns"]
    trials = _each(null_worlds(asked["n"], asked["seed"]), asked["seed"])
    wins = sum(t.low > 0 for t in trials)
    return [
        figure("null towns in which both questions were one", sum(t.same for t in trials), "towns"),
        *_gains("null", [t for t in trials if not t.same]),
        at_most(f"null towns where profit seems to earn more at 95 %, of {len(trials)}", wins, "towns", 3),
    ]


def _brought(path: Path, *, quick: bool) -> list[Row]:
    spec = importlib.util.spec_from_file_location("brought_worlds", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"Expected a Python module with worlds(n, seed) at {path}; check the path.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    asked = PLAN["worlds2"]
    made = module.worlds(1 if quick else asked["n"], asked["seed"])
    truthful = all(hasattr(world.truth(), "curves") for world in made)
    trials = _each(made, asked["seed"], ceiling=truthful)
    return _judged(path.stem, trials) if truthful else [
        *_gains(path.stem, trials),
        _losses(path.stem, trials),
    ]  # fmt: skip


def _quick() -> list[Row]:
    asked = PLAN["quick"]
    brief = Asked(asked["search_seconds"], asked["drives"], asked["town"])
    with search_pool() as pool:
        live = tried(worlds(1, asked["town"])[0], brief, pool)
        null = tried(null_worlds(1, asked["null_town"])[0], brief, pool)
    return [
        Row("town: profit earns more, low end at 95 %", round(live.low), "cents", "> 0", live.low > 0),
        Row("null town: low end at 95 %", round(null.low), "cents", "<= 0", null.low <= 0),
        full_run_only("fresh clone, cold caches, ./run demo to finished report", "<= 120"),
        full_run_only("worlds2: share of the ceiling's gain", ">= 0.5"),
        full_run_only("20 null towns", "<= 3"),
    ]


def _fresh_clone() -> list[Row]:
    """Clone into an empty folder with empty caches; the package index is the only thing from outside."""
    with tempfile.TemporaryDirectory(prefix="doorstep-clone-") as held:
        folder = Path(held)
        cold = _cold(folder)
        _call(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")], cold)
        demo_s = _timed(lambda: _call(["./run", "demo", "--json", "demo.json"], cold, folder / "clone"))
        told = json.loads((folder / "clone/demo.json").read_text())
        environment = sum(
            f.stat().st_size for f in (folder / "clone/.venv").rglob("*") if f.is_file() and not f.is_symlink()
        )
        test_s = _timed(lambda: _call(["./run", "test"], cold, folder / "clone"))
        unit_s = _timed(lambda: _call(["./run", "just", "unit"], cold, folder / "clone"))
    return [
        at_most("fresh clone, cold caches, ./run demo to finished report", demo_s, "s", 120),
        *[figure(f"  stage: {stage['what']}", round(stage["seconds"], 1), "s") for stage in told["stages"]],
        at_most("environment of the demo", environment / 1e6, "MB", 700),
        at_most("peak memory of the demo", told["peak_mb"], "MB", 2048),
        at_most("./run test", test_s, "s", 300),
        at_most("unit part of the tests", unit_s, "s", 60),
    ]


def _cold(folder: Path) -> dict[str, str]:
    caches = {"UV_CACHE_DIR": "uv", "XDG_CACHE_HOME": "cache", "DOORSTEP_CACHE": "doorstep", "NUMBA_CACHE_DIR": "numba"}
    kept = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}}
    path = os.pathsep.join(p for p in kept["PATH"].split(os.pathsep) if not p.startswith(str(ROOT)))
    return kept | {"PATH": path} | {name: str(folder / place) for name, place in caches.items()}


def _call(command: list[str], env: dict[str, str], cwd: Path | None = None) -> None:
    if shutil.which(command[0], path=env["PATH"]) is None and not command[0].startswith("."):
        raise SystemExit(f"Expected {command[0]} on PATH; install it.")
    subprocess.run(command, env=env, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def _timed(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began

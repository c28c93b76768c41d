"""Methods side by side: each run is a process of its own, counted in processor seconds, and kept in git.

A benchmark that races names a module with `solve(method, name, seed, seconds) -> dict` and `version(method) -> str`.
Runs are kept in `results/runs`, keyed by method, its version, instance, seed and seconds, so that an interrupted race
goes on where it was; what is kept says which machine it was.

A processor second is not worth the same everywhere: a busy neighbour in the shared cache was seen to take a third of
it. So each run carries its pace, the seconds that a fixed piece of work took beside it, and what was run at another
pace than today's is run again before it is compared. Whether a comparison was fair is judged instance by instance: how
fast the machine was for us there, and how fast for a peer. And nobody may spend more than everybody is given.
"""

import ast
import importlib
import json
import math
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from itertools import combinations
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import numpy as np

from benchmarks.code_versions import code_of, digest, without_words
from benchmarks.harness import RESULTS, Row, at_most, figure, machine
from doorstep.operations.search import cache

SEARCH = Path(cache.__file__).parent
AT_ONCE = int(os.environ.get("BENCH_AT_ONCE", "2"))
"""Runs side by side: a core each."""

SAME_PACE = 1.2
"""How far apart the paces of two runs may be that are compared; the same work twice differs by up to .05."""
FAIR_PACE = 1.05
"""How far apart the mean paces of two methods may be on the instances that both were run on."""
OVERSPENT = 3.0
"""Per cent that a method may spend beyond its processor seconds."""
LONG_S = 10.0
"""Processor seconds of a run from which both are judged: a quick look is over sooner than it can be measured."""
Found = Mapping["Race", Mapping[str, Any]]


@dataclass(frozen=True, order=True)
class Race:
    """One run of one method."""

    method: str
    name: str
    seed: int
    seconds: float


def own_version(modules: Iterable[str], *solved_by: Callable[..., Any], given: object = None) -> str:
    """Return a hash of our search's modules, such as kernel_static and static, and of how a benchmark asks it.

    Of what they do, not what they say. `solved_by` and `given` are those of `code_of`.
    """
    sources = [without_words(ast.parse((SEARCH / f"{module}.py").read_text())) for module in sorted(modules)]
    return digest("".join([*sources, code_of(*solved_by, given=given)]))


def peer_version(package: str, *solved_by: Callable[..., Any], given: object = None) -> str:
    """Return an installed package's version, and a hash of how a benchmark asks it."""
    return f"{package_version(package)}+{code_of(*solved_by, given=given)}"


def with_imports(modules: Iterable[str]) -> set[str]:
    """Return these modules of our search, all of it that they import, what that imports, and the loop that runs them.

    Not what else the loop could run: a change of another family of kernels changes no run of this one. Nor what it
    only compares an answer with (`widths`, `twin`, `rich_twin`): these end a run with an error or leave it as it is.
    """
    found, todo = {"loop"}, list(modules)
    while todo:
        module = todo.pop()
        if module in found or not (SEARCH / f"{module}.py").exists():
            continue
        found.add(module)
        source = (SEARCH / f"{module}.py").read_text()
        todo += re.findall(r"from doorstep\.operations\.search\.(\w+) import", source)
        for names in re.findall(r"from doorstep\.operations\.search import (?:\(([^)]*)\)|([^\n#]*))", source):
            todo += [name.split(" as ")[0].strip() for name in "".join(names).split(",")]
    return found


def below(what: str, value: float, unit: str, bar: float) -> Row:
    """Return a row that is met when the value is less than the bar, not level with it."""
    return Row(what, round(value, 4), unit, f"< {bar:g}", value < bar)


def above(what: str, value: float, unit: str, bar: float) -> Row:
    """Return a row that is met when the value is more than the bar, not level with it."""
    return Row(what, round(value, 4), unit, f"> {bar:g}", value > bar)


def nothing_to_compare(what: str, why: str, bar: str) -> Row:
    """Return a row that is not met because a peer found nothing that we could be compared with."""
    return Row(what, why, "", bar, met=False)


def results(module: str, races: Sequence[Race], at_once: int = AT_ONCE) -> dict[Race, dict[str, Any]]:
    """Return what every race found, from what is kept or by running it now, with progress on standard error."""
    versions = {m: importlib.import_module(module).version(m) for m in {race.method for race in races}}
    path = RESULTS / "runs" / f"{module.rpartition('.')[2].removeprefix('bench_')}.json"
    kept: dict[str, dict[str, Any]] = json.loads(path.read_text()) if path.exists() else {}
    keys = {race: _key(race, versions[race.method]) for race in races}
    todo = _to_run(keys, kept, at_once)
    with ThreadPoolExecutor(at_once) as pool:
        running = {pool.submit(_apart, module, race): race for race in todo}
        for done, future in enumerate(as_completed(running), 1):
            race = running[future]
            kept[keys[race]] = {**future.result(), "machine": machine(), "at": f"{datetime.now(UTC):%Y-%m-%d}"}
            _keep(path, kept)
            said = kept[keys[race]].get("cost", kept[keys[race]].get("refused"))
            print(f"{done}/{len(todo)} {race.method} {race.name} seed {race.seed}: {said}", file=sys.stderr)
    return {race: kept[key] for race, key in keys.items()}


def _to_run(keys: Mapping[Race, str], kept: Mapping[str, Mapping[str, Any]], at_once: int) -> list[Race]:
    """Return the races that nobody ran, and unless all were run alike, those run at another pace than today's."""
    paces = [kept[key].get("pace", 0.0) for key in keys.values() if key in kept]
    if len(paces) == len(keys) and _alike(paces):
        return []
    with ThreadPoolExecutor(at_once) as pool:
        today = statistics.mean(pool.map(lambda _: float(_last_line(["pace"])), range(at_once)))
    return [race for race, key in keys.items() if key not in kept or not _alike((kept[key].get("pace", 0.0), today))]


def _alike(paces: Sequence[float]) -> bool:
    return min(paces) > 0 and max(paces) <= SAME_PACE * min(paces)


def fair(found: Found, instance: Callable[[str], str] = str) -> list[Row]:
    """Return whether everybody had the same machine and kept to what everybody is given; what was spent around it.

    Paces are compared on the instances that both were run on, each counting once: ours with every peer's.
    """
    paces = _paces(found, instance)
    ours = [m for m in paces if m.startswith("ours")] or list(paces)[:1]
    pairs = [(mine, peer) for mine in ours for peer in paces if peer not in ours]
    return [
        *_pace_rows(paces, pairs, long=_long(found)),
        figure("  pace of the slowest run by that of the fastest", round(_spread(found), 3)),
        *_spent_rows(found),
    ]


def same_pace(found: Found) -> Row:
    """Return how much of one method's pace another had, of the two that are furthest apart where both were run."""
    paces = _paces(found, str)
    rows = _pace_rows(paces, list(combinations(paces, 2)), long=_long(found))
    return max(rows, key=lambda row: abs(math.log(float(row.value) / 100)))


def _long(found: Found) -> bool:
    return min(race.seconds for race in found) >= LONG_S


def _paces(found: Found, instance: Callable[[str], str]) -> dict[str, dict[str, float]]:
    """Return mean paces by method and instance."""
    every: dict[str, dict[str, list[float]]] = {}
    for race, told in found.items():
        every.setdefault(race.method, {}).setdefault(instance(race.name), []).append(told["pace"])
    return {method: {name: statistics.mean(those) for name, those in by.items()} for method, by in every.items()}


def _pace_rows(paces: Mapping[str, Mapping[str, float]], pairs: Sequence[tuple[str, str]], *, long: bool) -> list[Row]:
    """Return how much of the second's pace the first had, for pairs with instances in common."""
    rows, bar = [], f"{100 / FAIR_PACE:.1f} to {100 * FAIR_PACE:.1f}" if long else ""
    for pair in pairs:
        both = sorted(paces[pair[0]].keys() & paces[pair[1]].keys())
        mine, theirs = (sum(paces[method][name] for name in both) for method in pair)  # seconds: who has more is slower
        if both:
            met = 1 / FAIR_PACE <= theirs / mine <= FAIR_PACE if long else None
            what = f"pace that {pair[0]} had of {pair[1]}'s, {len(both)} instances"
            rows.append(Row(what, round(100 * theirs / mine, 2), "%", bar, met))
    return rows


def _spread(found: Found) -> float:
    paces = [told["pace"] for told in found.values()]
    return float(max(paces) / min(paces))


def _spent_rows(found: Found) -> list[Row]:
    """Return who spent most of what everybody is given, and what was spent around it: that counts for nobody."""
    over, who = max((100 * (told["cpu"] / race.seconds - 1), race) for race, told in found.items())
    what = f"processor seconds beyond those given, most ({who.method}, {who.name})"
    rows = [at_most(what, over, "%", OVERSPENT) if _long(found) else figure(what, round(over, 2), "%")]
    around: dict[str, float] = {}
    for race, told in found.items():
        around[race.method] = max(told.get("around", 0.0), around.get(race.method, 0.0))
    said = ", ".join(f"{method} {spent:.1f}" for method, spent in around.items() if spent)
    return [*rows, *([figure("  around a run: reading, compiling, checking; most", said, "s")] if said else [])]


def pace() -> float:
    """Return the processor seconds that a fixed piece of work takes here and now: some in the caches, some not."""
    draw = np.random.default_rng(1)
    table, at = draw.integers(0, 1000, 2**21), draw.integers(0, 2**21, 2**20)
    began, total = time.process_time(), 0
    for _ in range(20):
        total += int(table[at].sum())
    for _ in range(6):
        total += int(np.sort(at)[0])
    for x in range(2_000_000):
        total ^= x
    return time.process_time() - began


def _key(race: Race, version: str) -> str:
    return f"{race.method} {version} | {race.name} | seed {race.seed} | {race.seconds:g} s"


def _keep(path: Path, kept: Mapping[str, Any]) -> None:
    """Write all runs, one line each, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(kept[key])}" for key in sorted(kept))
    part = path.with_suffix(".part")
    part.write_text("{\n" + lines + "\n}\n")
    part.replace(path)


def _apart(module: str, race: Race) -> dict[str, Any]:
    """Run one race in a process of its own and return the JSON it prints last; what it refuses is a result too."""
    answer: dict[str, Any] = json.loads(_last_line([module, race.method, race.name, str(race.seed), str(race.seconds)]))
    return answer


def _last_line(arguments: Sequence[str]) -> str:
    """Run this module with arguments and return what it prints last."""
    command = [sys.executable, "-m", "benchmarks.race", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed: {done.stderr[-1500:]}")
    return done.stdout.splitlines()[-1]


def processor_seconds() -> float:
    """Return what this process and its children have spent, all threads together."""
    spent = (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN))
    return sum(s.ru_utime + s.ru_stime for s in spent)


def main() -> None:
    """Run one race and print what it found, and its pace: the mean of before and after."""
    if sys.argv[1:] == ["pace"]:
        print(pace())
        return
    module, method, name, seed, seconds = sys.argv[1:]
    before = pace()
    began = processor_seconds()
    told = importlib.import_module(module).solve(method, name, int(seed), float(seconds))
    around = {"around": round(processor_seconds() - began - told["cpu"], 1)} if "cpu" in told else {}
    print(json.dumps({**told, **around, "pace": round((before + pace()) / 2, 4)}))


if __name__ == "__main__":
    main()

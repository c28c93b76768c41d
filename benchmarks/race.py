"""Methods side by side: each run is a process of its own, counted in processor seconds, and kept in git.

A benchmark that races names a module with `solve(method, name, seed, seconds) -> dict` and `version(method) -> str`.
Runs are kept in `results/runs`, keyed by method, its version, instance, seed and seconds, so that an interrupted race
goes on where it was; what is kept says which machine it was.

A processor second is not worth the same everywhere: a busy neighbour in the shared cache was seen to take a third of
it. So each run carries its pace, the seconds that a fixed piece of work took beside it, and what was run at another
pace than today's is run again before it is compared.
"""

import ast
import hashlib
import importlib
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import numpy as np

from benchmarks.harness import RESULTS, Row, at_most, machine
from doorstep.operations.search import cache

SEARCH = Path(cache.__file__).parent
AT_ONCE = int(os.environ.get("BENCH_AT_ONCE", "2"))
"""Runs side by side: a core each."""

SAME_PACE = 1.2
"""How far apart the paces of two runs may be that are compared; the same work twice differs by up to .05."""


@dataclass(frozen=True, order=True)
class Race:
    """One run of one method."""

    method: str
    name: str
    seed: int
    seconds: float


def own_version(modules: Iterable[str]) -> str:
    """Return a hash of our search's modules, such as kernel_static and static; of what they do, not what they say."""
    sources = "".join(_without_words((SEARCH / f"{module}.py").read_text()) for module in sorted(modules))
    return hashlib.sha256(sources.encode()).hexdigest()[:12]


def _without_words(source: str) -> str:
    """Return a module's statements, without comments, docstrings and layout: those change no run."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [told for told in node.body if not _is_docstring(told)]
    return ast.unparse(tree)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def with_imports(modules: Iterable[str]) -> set[str]:
    """Return these modules of our search, all of it that they import, what that imports, and the loop that runs them.

    Not what else the loop could run: a change of another family of kernels changes no run of this one.
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


def peer_version(package: str) -> str:
    """Return an installed package's version."""
    return package_version(package)


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


def same_pace(found: Mapping[Race, Mapping[str, Any]]) -> Row:
    """Return how far apart the paces are at which these races were run."""
    paces = [told["pace"] for told in found.values()]
    return at_most("pace of the slowest run by that of the fastest", max(paces) / min(paces), "", SAME_PACE**2)


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
    told = importlib.import_module(module).solve(method, name, int(seed), float(seconds))
    print(json.dumps({**told, "pace": round((before + pace()) / 2, 4)}))


if __name__ == "__main__":
    main()

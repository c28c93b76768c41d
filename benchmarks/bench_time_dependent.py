"""Our search beside kayros on Lyon's travel times, at equal processor seconds: the shortest sum of route durations.

Every run is a process of its own, and kept as `race` keeps them. Every answer is priced once more from the raw files
alone, by a few lines of plain Python that share nothing with either solver.
"""

import gzip
import json
import resource
import signal
import statistics
import subprocess
import sys
import time
import tomllib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.data import DATA
from benchmarks.harness import Row, at_most, figure, full_run_only
from benchmarks.race import Race, fair, own_version, peer_version, results, with_imports
from doorstep.adapters.instances.any_format import read_any
from doorstep.domain.errors import YourInput
from doorstep.operations.search import search
from doorstep.operations.search.loop import open_run
from doorstep.operations.search.warm import main as warm_kernels

PLAN = tomllib.loads(Path(__file__).with_name("time_dependent.toml").read_text())
SOLVERS = ("ours", "kayros")
OURS = ("duration",)
"""What our search begins with; its version is that of all that these import."""


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Run what isn't kept yet and return the rows; `worlds` plays no part here."""
    del worlds
    size = PLAN["quick" if quick else "full"]
    instances = size["instances"] if quick else _every_instance(size["sizes"])
    races = [Race(m, name, seed, size["cpu_seconds"]) for name in instances for seed in size["seeds"] for m in SOLVERS]
    found = results("benchmarks.bench_time_dependent", races)
    runs = [_run((race.name, race.seed, race.method), answer) for race, answer in found.items()]
    rows = [row for folder in dict.fromkeys(name.split("/")[0] for name in instances) for row in _rows(folder, runs)]
    gaps = [one.gap for one in runs if one.solver == "ours"]
    wrong = [one for one in runs if one.solver == "ours" and one.infeasible]
    rows += [
        *fair(found),
        at_most("infeasible answers of ours", len(wrong), "", 0),
        at_most("ours above the best known, mean of all", statistics.mean(gaps), "%", size["bar_mean_gap_percent"]),
        figure("kayros above the best known, mean of all", _mean(runs, "kayros"), "%"),
        figure("infeasible answers of kayros", sum(bool(one.infeasible) for one in runs if one.solver == "kayros")),
        figure("ours below, level with, above kayros", _ranking(runs)),
        figure("ours, iterations a cpu second", round(min(one.per_second for one in runs if one.solver == "ours"))),
    ]
    if quick:
        rows.append(full_run_only("all 42 instances, 10 cpu s, three seeds", "<= 0.5"))
    return rows


def _every_instance(sizes: Sequence[int]) -> list[str]:
    """Return the names of all instances of these sizes."""
    found = [path for n in sizes for path in sorted((DATA / PLAN["folder"] / f"n={n}").glob("*.vrp.json"))]
    if not found:
        raise YourInput(f"Expected instances in {DATA / PLAN['folder']}; set DOORSTEP_DATA to the data folder.")
    return [f"{path.parent.name}/{path.name.removesuffix('.vrp.json')}" for path in found]


@dataclass(frozen=True)
class Run:
    """What a solver found on an instance: per cent above the best known duration, or why its answer doesn't hold."""

    instance: str
    seed: int
    solver: str
    gap: float
    infeasible: str
    per_second: float


def _rows(folder: str, runs: Sequence[Run]) -> list[Row]:
    """Return one size's mean gap of both, and our worst."""
    ours = [one for one in runs if one.instance.startswith(f"{folder}/") and one.solver == "ours"]
    theirs = [one for one in runs if one.instance.startswith(f"{folder}/") and one.solver == "kayros"]
    worst = max(ours, key=lambda one: one.gap)
    return [
        figure(f"{folder}, ours above the best known", round(statistics.mean(one.gap for one in ours), 3), "%"),
        figure(f"  worst: {worst.instance}, seed {worst.seed}", round(worst.gap, 3), "%"),
        figure("  kayros above the best known", round(statistics.mean(one.gap for one in theirs), 3), "%"),
    ]


def _mean(runs: Sequence[Run], solver: str) -> float:
    return round(statistics.mean(one.gap for one in runs if one.solver == solver), 4)


def _ranking(runs: Sequence[Run]) -> str:
    """Return how often ours is better, as good and worse, by instance and seed."""
    gaps = {(one.instance, one.seed, one.solver): one.gap for one in runs}
    pairs = [(gaps[i, s, "ours"], gaps[i, s, "kayros"]) for i, s in {(one.instance, one.seed) for one in runs}]
    below = sum(ours < theirs - 1e-9 for ours, theirs in pairs)
    above = sum(ours > theirs + 1e-9 for ours, theirs in pairs)
    return f"{below}, {len(pairs) - below - above}, {above}"


# The second opinion


def priced(path: Path, routes: Sequence[Sequence[int]], departures: Sequence[int]) -> float:
    """Return the sum of durations of routes that leave at these seconds; raises ValueError where one doesn't hold.

    Straight from the two files: knots are looked up and joined by a line, a step gives its smaller value.
    """
    instance = json.loads(path.read_text())
    packed = path.with_name(instance["td"]["atf_path"]).read_bytes()
    functions = {(i, j): (xs, ys) for i, j, xs, ys in json.loads(gzip.decompress(packed))["arcs"]}
    if sorted(c for route in routes for c in route) != list(range(1, instance["num_customers"] + 1)):
        raise ValueError("Expected every customer exactly once.")
    if len(routes) > instance["num_vehicles"]:
        raise ValueError(f"Expected at most {instance['num_vehicles']} routes, got {len(routes)}.")
    return sum(_duration(instance, functions, route, leaves) for route, leaves in zip(routes, departures, strict=True))


def _duration(
    instance: Mapping[str, Any], functions: Mapping[tuple[int, int], Any], route: Sequence[int], leaves: float
) -> float:
    if sum(instance["demands"][c] for c in route) > instance["vehicle_capacity"]:
        raise ValueError(f"Route {list(route)} is overloaded.")
    at, here = leaves, 0
    opens, closes = instance["time_windows"][0]
    if not opens <= leaves:
        raise ValueError(f"Route {list(route)} leaves at {leaves}, before {opens}.")
    for c in route:
        at = max(_arrival(functions[here, c], at), instance["time_windows"][c][0])
        if at > instance["time_windows"][c][1]:
            raise ValueError(f"Customer {c} is reached at {at}, after {instance['time_windows'][c][1]}.")
        at, here = at + instance["service_times"][c], c
    back = _arrival(functions[here, 0], at)
    if back > closes:
        raise ValueError(f"Route {list(route)} is back at {back}, after {closes}.")
    return back - leaves


def _arrival(function: tuple[list[float], list[float]], leaves: float) -> float:
    xs, ys = function
    k = bisect_left(xs, leaves)
    if k == len(xs):
        raise ValueError(f"A leg begins at {leaves}, after its function ends.")
    if xs[k] == leaves or k == 0:
        return ys[k]
    return ys[k - 1] + (ys[k] - ys[k - 1]) * (leaves - xs[k - 1]) / (xs[k] - xs[k - 1])


# Solvers, each in a process of its own


def version(method: str) -> str:
    """Return what a kept run depends on."""
    if method == "ours":
        return own_version(with_imports(OURS), solve_ours, priced)
    return peer_version(method, last_of_kayros, solve_kayros, priced)


def solve(method: str, name: str, seed: int, seconds: float) -> dict[str, Any]:
    """Run one solver on one instance; an answer that doesn't hold is kept too, with the reason."""
    path = DATA / PLAN["folder"] / f"{name}.vrp.json"
    answer = solve_ours(path, seed, seconds) if method == "ours" else last_of_kayros(path, seed, seconds)
    if "refused" in answer:
        return answer
    try:
        return {"cost": priced(path, answer["routes"], answer["leaves"]), **answer}
    except ValueError as error:
        return {"refused": str(error), **answer}


def solve_ours(path: Path, seed: int, seconds: float) -> dict[str, Any]:
    """Run our search; laying out counts, compiling and reading don't."""
    warm_kernels()
    problem = read_any(path)
    open_run(problem, seed, None).advance(1, 0.0, 0.0)  # whatever is compiled at first use
    began = time.process_time()
    open_run(problem, seed, None)
    laid_out = time.process_time() - began
    found = search(problem, seconds=seconds - laid_out, seed=seed, cpu_clock=True)
    routes = [[int(str(x)) for x in found.sequences[k]] for k in found.sequences]
    leaves = [int(found.departures[k]) for k in found.sequences]
    spent = time.process_time() - began - laid_out  # it was laid out twice
    per_second = found.iterations / found.seconds
    return {"routes": routes, "leaves": leaves, "per_second": round(per_second, 1), "cpu": round(spent, 2)}


def last_of_kayros(path: Path, seed: int, seconds: float) -> dict[str, Any]:
    """Run kayros in a process that ends with its processor time, and return the last answer it printed within it.

    `found_after` says after how many processor seconds. None in time is a result too.
    """
    command = [sys.executable, "-m", "benchmarks.bench_time_dependent", str(path), str(seed), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    every = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{") and line.endswith("}")]
    answers = [answer for answer in every if answer["cpu"] <= seconds]
    if done.returncode not in (0, -signal.SIGXCPU):
        raise RuntimeError(f"{' '.join(command[2:])} failed: {done.stderr[-800:]}")
    if not answers:
        return {"refused": "no answer in its time", "cpu": seconds, "per_second": 0.0}
    routes, after = answers[-1]["routes"], answers[-1]["cpu"]
    spent = {"cpu": seconds if done.returncode else after, "found_after": round(after, 3), "per_second": 0.0}
    return {"routes": routes, "leaves": _leaves_of(path, routes), **spent}


def solve_kayros(path: Path, seed: int, seconds: float) -> None:
    """Run kayros as its manual does, until its processor time ends; print each better answer as it is found."""
    import kayros  # noqa: PLC0415 - a peer, present in the bench group only
    from kayros.io import load_instance  # noqa: PLC0415

    loaded = load_instance(path)
    began = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(began + seconds) + 1, resource.RLIM_INFINITY))

    def better(incumbent: Any, routes: list[list[int]]) -> None:
        del incumbent
        print(json.dumps({"cpu": time.process_time() - began, "routes": routes}), flush=True)

    kayros.solve(loaded, time_limit=20 * seconds, seed=seed, on_incumbent=better)


def _leaves_of(path: Path, routes: Sequence[Sequence[int]]) -> list[int]:
    """Return the best departures of given routes, as kayros' own checker finds them; whole, as Lyon's knots are."""
    from kayros.io import load_instance  # noqa: PLC0415 - a peer, present in the bench group only
    from mamut_routing_lib.td.checker import compute_route_duration  # noqa: PLC0415

    loaded = load_instance(path)
    found = [compute_route_duration(loaded.instance, loaded.atfs, list(route)) for route in routes]
    return [round(route.departure_time or 0.0) for route in found]


def _run(job: tuple[str, int, str], answer: Mapping[str, Any]) -> Run:
    """Price an answer once more and compare it with the best known."""
    name, seed, solver = job
    folder = DATA / PLAN["folder"]
    best = json.loads((folder / f"{name}.bks.Duration.json").read_text())["cost"]
    if "routes" not in answer:
        return Run(name, seed, solver, 100.0, answer["refused"], answer["per_second"])
    try:
        cost = priced(folder / f"{name}.vrp.json", answer["routes"], answer["leaves"])
    except ValueError as error:
        return Run(name, seed, solver, 100.0, str(error), answer["per_second"])
    return Run(name, seed, solver, 100 * (cost / best - 1), "", answer["per_second"])


def main() -> None:
    """Let kayros answer one request on standard output."""
    path, seed, seconds = sys.argv[1:]
    solve_kayros(Path(path), int(seed), float(seconds))


if __name__ == "__main__":
    main()

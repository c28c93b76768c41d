"""What each race's figure shows: rows, marks and bars, from kept runs. None where nothing was kept yet.

Benchmarks are imported where their figure is made: each brings a search or its data along.
"""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.data import DATA
from benchmarks.dot_plots import Cell, Line, Mark, Panel, Plot, said, spread
from benchmarks.kept import METHODS, PEERS, Found, Results
from benchmarks.race import Race
from doorstep.domain.errors import YourInput

NOT_YET = Cell(said=("–",))
BELOW = (("gain", "ours below on every seed"), ("even", "seeds disagree"), ("loss", "ours above on every seed"))
SEEDS_SAID = "A dot is the mean of the seeds, a band the least and most of them, seed by seed; a tick is the bar."


@dataclass(frozen=True)
class _Bar:
    """A bar for one figure over all instances, panel by panel."""

    name: str
    of: Callable[[Sequence[float]], float]
    at: tuple[float, ...]
    sign: str = "≤"


# Ours against a peer, instance by instance


def large(results: Results) -> Plot | None:
    """Return the large instances."""
    title = "1,000 customers with time windows: our distance against PyVRP's"
    return _beside_pyvrp(results, "vrp", title, _Bar("mean of 12", statistics.mean, (-1.2, -0.6)))


def small(results: Results) -> Plot | None:
    """Return the smaller instances."""
    title = "200 and 400 customers with time windows: our distance against PyVRP's"
    return _beside_pyvrp(results, "vrp-small", title, _Bar("mean of 24", statistics.mean, (0.0, 0.0), "<"))


def _beside_pyvrp(results: Results, command: str, title: str, mean: _Bar) -> Plot | None:
    """Return our distance against PyVRP's at 30 and 60 s."""
    from benchmarks.bench_vrp import NAMED, SEEDS, costs, races  # noqa: PLC0415 - brings a search along

    sets = ("vrptw_1000", "ortec") if command == "vrp" else ("vrptw_200", "vrptw_400")
    names, budgets = [name for of in sets for name in NAMED[of]["instances"]], (30.0, 60.0)
    kept = results.kept(command, "vrp", races(("ours", "pyvrp"), names, SEEDS, budgets))
    if not kept.found:
        return None
    marks = {
        (n, t): _against(costs(kept.found, "ours", n, t), costs(kept.found, "pyvrp", n, t))
        for n in names for t in budgets
    }  # fmt: skip
    lines = [Line(_short(n), tuple(_cell(marks[n, t]) for t in budgets)) for n in names]
    values = [[mark.at for n in names if (mark := marks[n, t])] for t in budgets]
    whole = [len(those) == len(names) for those in values]
    lines += [_summary(bar, values, whole) for bar in (mean, _Bar("the worst", max, (0.3, 0.3)))]
    lead = f"Distance above (+) or below (−) PyVRP's at equal processor time, one core each. {SEEDS_SAID}"
    panels = tuple(Panel(f"{t:g} s", "% against PyVRP", ("ours",)) for t in budgets)
    return Plot(command, title, lead, panels, tuple(lines), BELOW, kept.notes, names_width=150)


def other_peers(results: Results) -> Plot | None:
    """Return our distance against OR-Tools' and VROOM's, 30 s."""
    from benchmarks.bench_vrp import NAMED, SEEDS, costs, races  # noqa: PLC0415 - brings a search along

    names = [n for of in ("vrptw_200", "vrptw_400", "vrptw_1000", "ortec") for n in NAMED[of]["instances"]]
    peers = ("ortools", "vroom")
    asked = races(("ours",), names, SEEDS, (30.0,)) + races(peers, names, (1,), (30.0,))
    kept = results.kept("vrp-peers", "vrp", asked)
    if not {race.method for race in kept.found} & set(peers):
        return None
    without = {(r.method, r.name) for r, told in kept.found.items() if "cost" not in told}
    marks = {}
    for name, peer in [(n, p) for n in names for p in peers]:
        ours, theirs = (costs(kept.found, method, name, 30.0) for method in ("ours", peer))
        marks[name, peer] = _against(ours, theirs * len(ours))
    lines = [
        Line(_short(n), tuple(Cell(said=("no plan",)) if (p, n) in without else _cell(marks[n, p], 1) for p in peers))
        for n in names
    ]
    values = [[mark.at for n in names if (mark := marks[n, p])] for p in peers]
    whole = [sum((p, n) in without or marks[n, p] is not None for n in names) == len(names) for p in peers]
    lines.append(_summary(_Bar("mean where it has a plan", statistics.mean, (-4.0, -1.0)), values, whole))
    lead = f"Distance above (+) or below (−) theirs, 30 s of processor time each; theirs is one run. {SEEDS_SAID}"
    panels = tuple(Panel(f"against {PEERS[p]}", "% against it", ("ours",)) for p in peers)
    title = "Time windows: our distance against OR-Tools' and VROOM's"
    return Plot("vrp-peers", title, lead, panels, tuple(lines), BELOW, kept.notes, names_width=180)


def _against(ours: Sequence[float], theirs: Sequence[float]) -> Mark | None:
    """Return by how many per cent ours is above: means against means, and the least and most seed by seed."""
    if not ours or not theirs:
        return None
    at = 100 * (statistics.mean(ours) / statistics.mean(theirs) - 1)
    pairs = [100 * (a / b - 1) for a, b in zip(ours, theirs, strict=False)]
    low, high = min([at, *pairs]), max([at, *pairs])
    return Mark(at, low, high, "gain" if high < 0 else "loss" if low > 0 else "even")


def _cell(mark: Mark | None, decimals: int = 2) -> Cell:
    return NOT_YET if mark is None else Cell((mark,), (f"{said(mark.at, decimals, sign=True)} %",))


def _short(name: str) -> str:
    """Return an instance's name as it fits: ORTEC's with the head of its hash.

    >>> _short("ORTEC-VRPTW-ASYM-e7835db2-d1-n650-k42"), _short("C1_10_3")
    ('ORTEC n650-k42 e783', 'C1_10_3')
    """
    parts = name.split("-")
    return f"ORTEC {parts[5]}-{parts[6]} {parts[3][:4]}" if name.startswith("ORTEC") else name


def _summary(bar: _Bar, values: Sequence[Sequence[float]], whole: Sequence[bool]) -> Line:
    """Return a tall row of one figure for each panel against its bar; judged only where everything is there."""
    cells = []
    for those, at, all_there in zip(values, bar.at, whole, strict=True):
        if not those:
            cells.append(Cell(said=("–",), bar=at))
            continue
        value = bar.of(those)
        verdict = _verdict(value, at, " %", bar.sign) if all_there else f"{len(those)} so far"
        look = "even" if value == 0 else "gain" if value < 0 else "loss"
        cells.append(Cell((_point(value, look),), (f"{said(value, sign=True)} %",), at, verdict))
    return Line(bar.name, tuple(cells), summary=True)


def _verdict(value: float, bar: float, unit: str, sign: str = "≤") -> str:
    met = {"≤": value <= bar, "<": value < bar, "≥": value >= bar}[sign]
    return f"bar {sign} {said(bar, 3).rstrip('0').rstrip('.')}{unit}, {'met' if met else 'missed'}"


def _point(value: float, look: str) -> Mark:
    return Mark(value, value, value, look)


# Methods side by side


def without_windows(results: Results) -> Plot | None:
    """Return gaps to the best known on instances without time windows."""
    from benchmarks.bench_vrp import NAMED, SEEDS, costs, races  # noqa: PLC0415 - brings a search along
    from benchmarks.static_sets import read  # noqa: PLC0415 - brings a search along

    names = NAMED["cvrp"]["instances"]
    kept = results.kept("cvrp", "vrp", races(("ours", "pyvrp"), names, SEEDS, (60.0,)))
    if not kept.found:
        return None
    best = {name: read(name).best or 0 for name in names}
    gaps = {
        (n, m): [100 * (c / best[n] - 1) for c in costs(kept.found, m, n, 60.0)]
        for n in names for m in ("ours", "pyvrp")
    }  # fmt: skip
    lines = [_two(n, _spread(gaps[n, "ours"], "ours"), _spread(gaps[n, "pyvrp"], "first")) for n in names]
    means = {m: [statistics.mean(gaps[n, m]) for n in names if gaps[n, m]] for m in ("ours", "pyvrp")}
    lines.append(_mean_line(f"mean of {len(names)}", means["ours"], means["pyvrp"], 0.8, len(names)))
    lead = f"Distance above the best known, 60 s of processor time each. {SEEDS_SAID}"
    panel = Panel("", "% above the best known", ("ours", "PyVRP"))
    title = "Instances without time windows: how far above the best known"
    legend = (("ours", "ours"), ("first", "PyVRP"))
    return Plot("cvrp", title, lead, (panel,), tuple(lines), legend, kept.notes, names_width=150)


def _two(name: str, ours: Mark | None, theirs: Mark | None, bar: float | None = None, verdict: str = "") -> Line:
    """Return a row of ours and one peer's gaps."""
    marks = tuple(m for m in (ours, theirs) if m is not None)
    figures = tuple("–" if mark is None else f"{said(mark.at)} %" for mark in (ours, theirs))
    return Line(name, (Cell(marks, figures, bar, verdict),), summary=bar is not None)


def _spread(values: Sequence[float], look: str) -> Mark | None:
    return spread(values, look) if values else None


def _at(values: Sequence[float], look: str) -> Mark | None:
    return _point(statistics.mean(values), look) if values else None


def _mean_line(name: str, ours: Sequence[float], theirs: Sequence[float], bar: float, count: int) -> Line:
    """Return the row of both means against a bar for ours."""
    mine, other = _at(ours, "ours"), _at(theirs, "first")
    verdict = _verdict(mine.at, bar, " %") if mine and len(ours) == count else f"{len(ours)} of {count}"
    return _two(name, mine, other, bar, verdict)


def fleets(results: Results) -> Plot | None:
    """Return gaps to the best known of every kind of fleet."""
    from benchmarks.bench_fleet import FOLDERS, SECONDS  # noqa: PLC0415 - brings a search along
    from benchmarks.bench_vrp import NAMED, SEEDS  # noqa: PLC0415 - brings a search along
    from benchmarks.fleet_sets import best_known  # noqa: PLC0415 - brings a search along

    sets = {of: [f"{folder}/{n}" for n in NAMED[of]["instances"]] for of, folder in FOLDERS.items()}
    sets["pickup_and_delivery"] = list(NAMED["pickup_and_delivery"]["instances"])
    every = [name for names in sets.values() for name in names]
    asked = [Race(m, n, s, SECONDS) for n in every for s in SEEDS for m in ("ours", "pyvrp")]
    kept = results.kept("fleet", "fleet", asked)
    if not kept.found:
        return None
    lines = []
    for of, names in sets.items():
        gaps: dict[str, list[float]] = {"ours": [], "pyvrp": []}
        for name in names:
            for m, those in _fleet_gaps(kept.found, name, best_known).items():
                gaps[m] += those
        lines.append(_fleet_line(of, gaps, len(names) * len(SEEDS)))
    lead = (
        "Cost above the best known (pick-up and delivery: above the best seen), 60 s of processor time each. A mark is "
        "the mean of the runs in which PyVRP found a plan, a band the least and most of them; a tick is the bar."
    )
    panel = Panel("", "% above the best known", ("ours", "PyVRP"))
    title = "Fleets of every kind: how far above the best known"
    legend = (("ours", "ours"), ("first", "PyVRP"))
    return Plot("fleet", title, lead, (panel,), tuple(lines), legend, kept.notes, names_width=190)


def _fleet_gaps(found: Found, name: str, best_known: Callable[[str], int]) -> dict[str, list[float]]:
    """Return both methods' gaps on the seeds on which both have a plan."""
    costs: dict[str, dict[int, Any]]
    costs = {m: {r.seed: told.get("cost") for r, told in found.items() if (r.method, r.name) == (m, name)}
             for m in ("ours", "pyvrp")}  # fmt: skip
    both = [s for s, cost in costs["pyvrp"].items() if cost is not None and costs["ours"].get(s) is not None]
    if not both:
        return {}
    seen = [cost for those in costs.values() for cost in those.values() if cost is not None]
    best = best_known(name) if "/" in name else min(seen)
    return {m: [100 * (costs[m][s] / best - 1) for s in both] for m in costs}


def _fleet_line(of: str, gaps: Mapping[str, Sequence[float]], count: int) -> Line:
    name = of.replace("multi_", "multi-").replace("pickup", "pick-up").replace("_", " ")
    runs = f"{len(gaps['ours'])} of {count} runs"
    if not gaps["ours"]:
        return Line(name, (Cell(said=("–", "–")),), runs, summary=True)
    bar = 1.5 * statistics.mean(gaps["pyvrp"])
    marks = (spread(gaps["ours"], "ours"), spread(gaps["pyvrp"], "first"))
    verdict = _verdict(marks[0].at, round(bar, 3), " %") if len(gaps["ours"]) == count else "so far"
    cell = Cell(marks, tuple(f"{said(mark.at)} %" for mark in marks), bar, verdict)
    return Line(name, (cell,), runs, summary=True)


LOOKS = {"ours": "ours", "ours_proxy": "proxy", "pyvrp": "first", "ortools": "second", "vroom": "third"}


def true_price(results: Results) -> Plot | None:
    """Return what each method's plans truly cost, by day, against the best peer's on the same seed."""
    from benchmarks import bench_true_price as bench  # noqa: PLC0415 - brings a search along
    from benchmarks.true_price_days import PLAN  # noqa: PLC0415 - brings a map along

    full, methods = PLAN["full"], PLAN["methods"]
    days = [(f"{d['kind']}-{d['stops']}", d) for d in full["days"]]
    races = bench.asked(full, {})
    kept = results.kept("true-price", "true_price", races)
    while (more := bench.asked(full, kept.found)) != races:
        races, kept = more, results.kept("true-price", "true_price", more)
    if not kept.found:
        return None
    lines = []
    for name, day in days:
        best_told = bench.best_told(kept.found)
        costs = {(s, m): told.get("cost") for (n, s, m), told in best_told.items() if n == name}
        theirs = {s: [c for p in bench.PEERS if (c := costs.get((s, p)))] for s in full["seeds"]}
        best = {s: min(those) for s, those in theirs.items() if those}
        lines.append(_our_line(costs, best, day, len(full["seeds"])))
        lines += [Line(METHODS[m], (_method_cell(m, costs, best),)) for m in methods if m != "ours"]
    lead = (
        "Cost under the true rush hours, windows and prices at the door, against the best peer on the same day and "
        "seed. A mark is the mean of three days drawn by seed, a band the least and most of them, a tick the bar. "
        "Right: the mean in EUR, and how many plans hold. Of what a peer may be told of travel, the best counts."
    )
    panel = Panel("", "% against the best peer", ("", "EUR", "hold"))
    title = "A day in Porto, priced truly: what each method's plan costs"
    legend = tuple((LOOKS[m], METHODS[m]) for m in methods)
    return Plot("true-price", title, lead, (panel,), tuple(lines), legend, kept.notes, names_width=200)


def _method_cell(method: str, costs: Mapping[tuple[int, str], Any], best: Mapping[int, float]) -> Cell:
    """Return one method's gaps to the best peer on one kind of day, its mean price, and how many plans hold."""
    mine = [c for (_, m), c in costs.items() if m == method]
    there = [c for c in mine if c]
    mark = _spread([100 * (c / best[s] - 1) for (s, m), c in costs.items() if m == method and c and s in best],
                   LOOKS[method])  # fmt: skip
    money = f"{statistics.mean(there) / 100:,.0f}" if there else "–"
    gap = "–" if mark is None else f"{said(mark.at, 1, sign=True)} %"
    return Cell(() if mark is None else (mark,), (gap, money, f"{len(there)} of {len(mine)}"))


def _our_line(
    costs: Mapping[tuple[int, str], Any], best: Mapping[int, float], day: Mapping[str, Any], seeds: int
) -> Line:
    """Return our row on one kind of day, with the day's name and bar; judged where ours and a peer have every seed."""
    cell = _method_cell("ours", costs, best)
    whole = len(best) == seeds == sum(bool(costs.get((s, "ours"))) for s in best)
    verdict = _verdict(cell.marks[0].at, day["bar_percent"], " %") if whole else ""
    title = f"{day['kind']}, {day['stops']:,} stops, {day['cpu_seconds']} s"
    return Line("ours", (Cell(cell.marks, cell.said, day["bar_percent"], verdict),), title, summary=True)


def time_dependent(results: Results) -> Plot | None:
    """Return gaps to the best known on Lyon's travel times, by size."""
    from benchmarks import bench_time_dependent as bench  # noqa: PLC0415 - brings a search along

    full, folder = bench.PLAN["full"], DATA / bench.PLAN["folder"]
    files = {n: sorted(p.name for p in (folder / f"n={n}").glob("*.vrp.json")) for n in full["sizes"]}
    if not any(files.values()):
        raise YourInput(f"expected Lyon's instances in {folder}; set DOORSTEP_DATA to the data folder")
    asked = {
        n: [Race(m, f"n={n}/{f.removesuffix('.vrp.json')}", s, full["cpu_seconds"])
            for f in those for s in full["seeds"] for m in bench.SOLVERS]
        for n, those in files.items()
    }  # fmt: skip
    kept = results.kept("time-dependent", "time_dependent", [race for those in asked.values() for race in those])
    if not kept.found:
        return None
    every: dict[str, list[float]] = {"ours": [], "kayros": []}
    lines = []
    for n, races in asked.items():
        there = [race for race in races if race in kept.found]
        gaps = {m: [_lyon_gap(folder, r, kept.found) for r in there if r.method == m] for m in every}
        for m, those in gaps.items():
            every[m] += those
        lines.append(_two(f"{n} customers", _spread(gaps["ours"], "ours"), _spread(gaps["kayros"], "first")))
    count = sum(race.method == "ours" for those in asked.values() for race in those)
    lines.append(_mean_line("mean of all", every["ours"], every["kayros"], full["bar_mean_gap_percent"], count))
    lead = (
        "Sum of route durations above the best known, 10 s of processor time each, three seeds of every instance. A "
        "mark is the mean of a size, a band the least and most of its runs, a tick the bar."
    )
    panel = Panel("", "% above the best known", ("ours", "kayros"))
    title = "Travel that depends on the hour (Lyon): how far above the best known"
    legend = (("ours", "ours"), ("first", "kayros"))
    return Plot("time-dependent", title, lead, (panel,), tuple(lines), legend, kept.notes, names_width=150)


def _lyon_gap(folder: Path, race: Race, found: Found) -> float:
    """Return a run's gap; an answer that doesn't hold counts as twice the best, as in the benchmark."""
    best = json.loads((folder / f"{race.name}.bks.Duration.json").read_text())["cost"]
    return float(100 * (found[race].get("cost", 2 * best) / best - 1))


def dynamic(results: Results) -> Plot | None:
    """Return the dynamic game, day by day, against the greedy player."""
    from benchmarks.bench_vrp import NAMED, SEEDS  # noqa: PLC0415 - brings a search along
    from benchmarks.dynamic_game import PLAYERS  # noqa: PLC0415 - brings a search along

    names = NAMED["dynamic"]["instances"]
    asked = [Race(m, n, s, 10.0) for n in names for s in SEEDS for m in (*PLAYERS, "hindsight")]
    kept = results.kept("dynamic", "dynamic", asked)
    if not kept.found:
        return None
    looks = {"ours": "ours", "lazy": "second", "hindsight": "third"}
    ratios = {n: {m: _ratio(kept.found, n, m, look) for m, look in looks.items()} for n in names}
    lines = [Line(_short(n), (_ratio_cell(ratios[n]),)) for n in names]
    means = {m: _at([mark.at for n in names if (mark := ratios[n][m])], look) for m, look in looks.items()}
    ours, done = means["ours"], sum(ratios[n]["ours"] is not None for n in names)
    verdict = _verdict(ours.at, 0.9, "") if ours and done == len(names) else f"{done} of {len(names)} days"
    cell = _ratio_cell(means)
    lines.append(Line(f"mean of {len(names)}", (Cell(cell.marks, cell.said, 0.9, verdict),), summary=True))
    lead = (
        "What the whole day drives, as a share of what sending everybody at once drives (1); 10 s of processor time "
        "for each hour. Lazy waits as long as it may, hindsight knows the day. A band is the least and most of the "
        "seeds, a tick the bar."
    )
    panel = Panel("", "driving against the greedy player's", ("ours", "lazy", "hindsight"), guides=((1.0, ""),))
    title = "Orders that come during the day: who goes now, who waits"
    legend = tuple((look, m) for m, look in looks.items())
    return Plot("dynamic", title, lead, (panel,), tuple(lines), legend, kept.notes, names_width=170)


def _ratio(found: Found, name: str, method: str, look: str) -> Mark | None:
    """Return a player's cost against greedy's mean, its seeds apart."""
    greedy = [told["cost"] for r, told in found.items() if (r.name, r.method) == (name, "greedy")]
    mine = [told["cost"] for r, told in found.items() if (r.name, r.method) == (name, method)]
    return spread([cost / statistics.mean(greedy) for cost in mine], look) if greedy and mine else None


def _ratio_cell(ratios: Mapping[str, Mark | None]) -> Cell:
    figures = tuple("–" if mark is None else said(mark.at, 3) for mark in ratios.values())
    return Cell(tuple(mark for mark in ratios.values() if mark), figures)


def scale(results: Results) -> Plot | None:
    """Return 5,000 stops beside the peers, and the region's figures in words."""
    from benchmarks import bench_scale as bench  # noqa: PLC0415 - brings a search along

    area = [Race(m, str(bench.STOPS), s, bench.SECONDS) for s in bench.SEEDS for m in ("ours", *bench.PEERS)]
    region = Race("region", bench.REGION, 1, bench.CPU_A_STOP)
    kept = results.kept("scale", "scale", [*area, region])
    if not kept.found:
        return None
    lines = []
    costs = {(r.method, r.seed): told.get("cost") for r, told in kept.found.items()}
    for peer, bar in (("pyvrp", 2.0), ("vroom", 15.0)):
        pairs = [(costs.get(("ours", s)), costs.get((peer, s))) for s in bench.SEEDS]
        better = [100 * (1 - ours / theirs) for ours, theirs in pairs if ours and theirs]
        lines.append(_better_line(f"less than {PEERS[peer]}", better, bar, len(bench.SEEDS)))
    lead = (
        f"How much less our plan drives than the peer's whole one, {bench.SECONDS:g} s of processor time each. A mark "
        "is the mean of three days drawn by seed, a band the least and most of them, a tick the bar."
    )
    words = (_in_words(kept.found[region]),) if region in kept.found else ()
    panel = Panel("", "% less driving", ("ours",))
    title = "5,000 stops of one depot: how much less our plan drives"
    return Plot("scale", title, lead, (panel,), tuple(lines), (), (*words, *kept.notes))


def _in_words(region: Mapping[str, Any]) -> str:
    return (
        f"100,000 stops over 50 depots on two cores: {region['took'] / 60:.1f} min (bar 20), "
        f"{sum(region['gigabytes']):.1f} GB of all processes at their peaks (bar 6), "
        f"{statistics.mean(region['a_stop'].values()):,.0f} m a stop."
    )


def _better_line(name: str, better: Sequence[float], bar: float, count: int) -> Line:
    days = f"{len(better)} of {count} days have both plans"
    if not better:
        return Line(name, (Cell(said=("–",), bar=bar),), days, summary=True)
    mark = spread(better, "gain" if min(better) > 0 else "loss" if max(better) < 0 else "even")
    verdict = _verdict(mark.at, bar, " %", "≥") if len(better) == count else ""
    return Line(name, (Cell((mark,), (f"{said(mark.at, 1)} %",), bar, verdict),), days, summary=True)


def rates(results: Results) -> Plot | None:
    """Return the kernels' iterations a second."""
    from benchmarks import bench_kernels as bench  # noqa: PLC0415 - brings a search along

    groups = (("static", bench.STATIC, 60.0), ("priced", bench.PRICED, 18.0))
    asked = [Race(m, n, 1, bench.SECONDS) for m, names, _ in groups for n in names]
    kept = results.kept("kernels", "kernels", asked)
    if not kept.found:
        return None
    lines = []
    for method, names, bar in groups:
        own = {r.name: told["rate"] / 1000 for r, told in kept.found.items() if r.method == method}
        lines += [Line(n, (_rate_cell(own[n]) if n in own else NOT_YET,)) for n in names]
        slowest = _rate_cell(min(own.values())) if own else NOT_YET
        verdict = _verdict(min(own.values()), bar, " k", "≥") if len(own) == len(names) else ""
        lines.append(Line(f"{method}, slowest", (Cell(slowest.marks, slowest.said, bar, verdict),), summary=True))
    lead = (
        "Iterations of whole searches, each a ruin and a repair, 1,000 stops: static on published instances, priced on "
        "days in Porto with rush hours and about 80 stops a route. Ticks are the bars."
    )
    panel = Panel("", "thousand iterations a processor second", ("",))
    return Plot("kernels", "How fast the search goes", lead, (panel,), tuple(lines), (), kept.notes, names_width=170)


def _rate_cell(thousands: float) -> Cell:
    return Cell((_point(thousands, "ours"),), (f"{thousands:,.0f} k",))

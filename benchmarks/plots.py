"""Figures and one page of tables from what the benchmarks kept: `./run bench plots`, and after every benchmark.

Read are `results/*.json` and `results/runs`; written are `results/plots/*.svg` and `results/README.md`, the same bytes
for the same results. A race that is not complete is drawn as far as it went, and says how far that is.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import race_plots
from benchmarks.dot_plots import Plot, svg
from benchmarks.harness import RESULTS
from benchmarks.kept import Results, present
from benchmarks.results_page import page
from doorstep.domain.errors import YourInput

PLOTS: Mapping[str, Callable[[Results], Plot | None]] = {
    "vrp": race_plots.large,
    "vrp-small": race_plots.small,
    "vrp-peers": race_plots.other_peers,
    "cvrp": race_plots.without_windows,
    "fleet": race_plots.fleets,
    "true-price": race_plots.true_price,
    "time-dependent": race_plots.time_dependent,
    "dynamic": race_plots.dynamic,
    "scale": race_plots.scale,
    "kernels": race_plots.rates,
}


def draw(results: Results) -> list[str]:
    """Write all figures and the page, and return a sentence for each figure that could not be drawn anew."""
    folder, missing = results.folder / "plots", []
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PLOTS.items():
        path = folder / f"{name}.svg"
        try:
            plot = make(results)
        except YourInput as why:
            missing.append(f"{name} is left as it was: {why}")
            continue
        if plot is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(svg(plot))
    drawn = [name for name in PLOTS if (folder / f"{name}.svg").exists()]
    (results.folder / "README.md").write_text(page(results.folder, drawn))
    return missing


def main(folder: Path = RESULTS) -> int:
    """Draw everything anew."""
    for sentence in draw(Results(folder, present)):
        print(sentence, file=sys.stderr)
    print(f"Figures and tables are in {folder / 'README.md'}", file=sys.stderr)
    return 0

"""Figures and the page of results: drawn from what is kept, unfinished or not, and the same bytes each time."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from benchmarks.bench_kernels import PRICED, STATIC
from benchmarks.bench_vrp import NAMED
from benchmarks.dot_plots import Cell, Line, Panel, Plot, spread, svg, ticks, tokens
from benchmarks.kept import Results
from benchmarks.plots import draw
from benchmarks.results_page import page
from hypothesis import given
from hypothesis import strategies as st

MACHINE = {"machine": "a machine, 2 cores"}
values = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


def results(folder: Path, runs: dict[str, dict[str, Any]], version: str = "new") -> Results:
    (folder / "runs").mkdir()
    for name, told in runs.items():
        (folder / "runs" / f"{name}.json").write_text(json.dumps({k: {**v, **MACHINE} for k, v in told.items()}))
    return Results(folder, lambda module, method: version)


def rates(count: int, version: str = "new") -> dict[str, dict[str, Any]]:
    names = [*(("static", n) for n in STATIC), *(("priced", n) for n in PRICED)]
    return {
        f"{m} {version} | {n} | seed 1 | 10 s": {"rate": 70_000 if m == "static" else 17_000} for m, n in names[:count]
    }


def large(cost: int) -> dict[str, dict[str, Any]]:
    name = NAMED["vrptw_1000"]["instances"][0]
    key = f"{name} | seed 1 | 60 s"
    return {f"ours new | {key}": {"cost": cost}, f"pyvrp new | {key}": {"cost": 1000, "half": 1010}}


def words(path: Path) -> str:
    tree = ET.fromstring(path.read_text())  # noqa: S314 - our own text
    return "\n".join("".join(element.itertext()) for element in tree.iter() if element.tag.endswith("text"))


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    kept = results(tmp_path, {"kernels": rates(6), "vrp": large(990)})

    draw(kept)
    first = {path.name: path.read_bytes() for path in (tmp_path / "plots").iterdir()}
    draw(kept)

    assert set(first) == {"kernels.svg", "vrp.svg"}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "plots").iterdir()}


def test_a_race_that_is_not_complete_is_drawn_and_says_so(tmp_path: Path) -> None:
    draw(results(tmp_path, {"kernels": rates(4), "vrp": large(990)}))

    assert "4 of 6 runs: not finished" in words(tmp_path / "plots/kernels.svg")
    assert "2 of 108 runs: not finished" in words(tmp_path / "plots/vrp.svg")
    assert "1 so far" in words(tmp_path / "plots/vrp.svg")


def test_bars_are_judged_only_where_everything_is_there(tmp_path: Path) -> None:
    draw(results(tmp_path, {"kernels": rates(6)}))
    shown = words(tmp_path / "plots/kernels.svg")

    assert "bar ≥ 60 k, met" in shown
    assert "bar ≥ 18 k, missed" in shown


@pytest.mark.parametrize(("cost", "said", "look"), [(990, "−1.00 %", "gain"), (1020, "+2.00 %", "loss")])
def test_a_distance_below_is_a_gain(tmp_path: Path, cost: int, said: str, look: str) -> None:
    draw(results(tmp_path, {"vrp": large(cost)}))

    assert said in words(tmp_path / "plots/vrp.svg")
    assert f'<circle class="m-{look}"' in (tmp_path / "plots/vrp.svg").read_text()


def test_the_present_version_counts_and_else_the_one_with_most_runs(tmp_path: Path) -> None:
    kept = {"kernels": {**rates(6, "old"), **rates(1, "older")}}
    draw(results(tmp_path, kept, version="newest"))

    assert "static old" in words(tmp_path / "plots/kernels.svg")

    draw(Results(tmp_path, lambda module, method: "older"))

    assert "static older" in words(tmp_path / "plots/kernels.svg")


def test_machine_date_and_command_stand_below(tmp_path: Path) -> None:
    document = {"name": "kernels", "machine": "m", "at": "2026-11-20T12:00:00+00:00", "rows": []}
    (tmp_path / "kernels.json").write_text(json.dumps(document))
    draw(results(tmp_path, {"kernels": rates(6)}))
    shown = words(tmp_path / "plots/kernels.svg")

    assert "a machine, 2 cores" in shown
    assert "2026-11-20" in shown
    assert "./run bench kernels" in shown


def test_what_nobody_ran_is_not_drawn(tmp_path: Path) -> None:
    draw(results(tmp_path, {"kernels": rates(6)}))
    draw(results_without(tmp_path))

    assert not list((tmp_path / "plots").iterdir())


def results_without(folder: Path) -> Results:
    (folder / "runs/kernels.json").unlink()
    return Results(folder, lambda module, method: "new")


def test_every_row_stands_on_the_page_with_its_verdict(tmp_path: Path) -> None:
    rows = [
        {"what": "gap | of <all>", "value": -1.25, "unit": "%", "bar": "<= -1.2", "met": True},
        {"what": "  worst", "value": 12345, "unit": "", "bar": ">= 20000", "met": False},
        {"what": "by seed", "value": "1 2 3", "unit": "EUR", "bar": "", "met": None},
    ]
    document = {"name": "some", "machine": "a machine", "at": "2026-11-20T12:34:56+00:00", "rows": rows}
    (tmp_path / "some-quick.json").write_text(json.dumps(document))
    text = page(tmp_path, ["vrp"])

    assert "| gap \\| of &lt;all> | −1.25 % | ≤ −1.2 | met |" in text
    assert "| &emsp;worst | 12,345 | ≥ 20000 | **missed** |" in text
    assert "| by seed | 1 2 3 EUR |  |  |" in text
    assert "`./run bench some --quick` on a machine, 2026-11-20 12:34 UTC." in text
    assert "| [some, quick](#some-quick) | 1 | 1 | 2026-11-20 |" in text
    assert "![vrp](plots/vrp.svg)" in text


@given(st.lists(st.lists(values, min_size=1, max_size=3), min_size=1, max_size=5))
def test_every_mark_lies_between_the_names_and_the_figures(rows: list[list[float]]) -> None:
    lines = tuple(Line(str(k), (Cell((spread(those, "ours"),), ("x",)),)) for k, those in enumerate(rows))
    text = svg(Plot("p", "Title", "Lead", (Panel("", "unit", ("",)),), lines, (), ()))
    at = [float(x) for x in re.findall(r'<circle[^>]* cx="([\d.-]+)"', text)]

    assert len(at) == len(rows)
    assert all(224 <= x <= 868 for x in at)


@given(values, st.floats(1e-3, 1e6))
def test_ticks_are_few_and_inside(low: float, width: float) -> None:
    found = ticks(low, low + width)

    assert 2 <= len(found) <= 6
    assert all(low - width * 1e-6 <= tick <= low + width * (1 + 1e-6) for tick in found)


def test_both_palettes_are_the_reports_own() -> None:
    light, dark = tokens()

    assert light["accent"] == "#2A45B5"
    assert dark["accent"] == "#96A9FF"
    assert light.keys() >= {"surface", "ink", "ink2", "ink3", "gain", "late", "risk", "line", "edge", "sunk"}

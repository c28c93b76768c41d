"""The demo, small: figures as JSON, a report that stands alone, and nothing to earn where nothing reacts."""

import json
from pathlib import Path
from typing import Any

import pytest

from doorstep.domain.comparison import ROWS
from doorstep.server.cli import main

pytestmark = [pytest.mark.story, pytest.mark.slow, pytest.mark.usefixtures("kernels")]

SMALL = ["--days", "40", "--orders-per-day", "60", "--seconds", "1", "--drives", "30"]


def demo(folder: Path, *asked: str) -> tuple[dict[str, Any], str]:
    report = folder / "report.html"

    assert main(["demo", *SMALL, *asked, "--report", str(report), "--json", str(folder / "demo.json")]) == 0
    return json.loads((folder / "demo.json").read_text()), report.read_text()


def test_the_demo_ends_with_figures_and_one_page(tmp_path):
    told, page = demo(tmp_path, "--seed", "3")
    rows = {row["what"]: row for row in told["rows"]}

    assert set(rows) == set(ROWS)
    assert all(row["low"] <= row["difference"] <= row["high"] for row in rows.values())
    assert told["peak_mb"] > 0
    assert len(told["stages"]) >= 7
    assert "<html" in page
    assert 'src="http' not in page


def test_a_null_town_says_that_layers_two_and_three_earn_nothing(tmp_path):
    _, page = demo(tmp_path, "--null", "--seed", "4")

    assert "layers 2 and 3 earn nothing here" in page

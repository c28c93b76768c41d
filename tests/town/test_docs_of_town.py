"""Every hidden parameter is told in docs/town.md, with its meaning and its source."""

import dataclasses
from pathlib import Path

import pytest

from doorstep.town.hidden import Hidden

DOC = Path(__file__).resolve().parents[2] / "docs/town.md"
ROWS = {line.split("|")[1].strip().strip("`"): line for line in DOC.read_text().splitlines() if line.startswith("| `")}


@pytest.mark.parametrize("field", dataclasses.fields(Hidden), ids=lambda field: field.name)
def test_a_hidden_parameter_is_documented_as_it_is(field):
    cells = [cell.strip() for cell in ROWS[field.name].split("|")]

    assert all(cells[2:4])
    if isinstance(field.default, float | int) and not isinstance(field.default, bool):
        assert float(cells[2].split()[0]) == pytest.approx(field.default)

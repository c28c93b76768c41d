"""What tasks cost with each vehicle: told once where all are alike, refused where it would fill the memory."""

import pytest

from doorstep.adapters.instances import rows
from doorstep.domain.errors import YourInput
from doorstep.domain.units import Cents


def test_many_vehicles_that_cost_alike_are_no_tariff_at_all(monkeypatch):
    monkeypatch.setattr(rows, "MOST_PAIRINGS", 3)
    row = {"a": Cents(1), "b": Cents(2)}

    assert rows.all_alike({"1": row, "2": dict(row), "3": row})


def test_more_prices_than_fit_are_refused_with_what_to_do(monkeypatch):
    one, other = {"a": Cents(1), "b": Cents(2)}, {"a": Cents(1), "b": Cents(3)}

    assert not rows.all_alike({"1": one, "2": other})
    monkeypatch.setattr(rows, "MOST_PAIRINGS", 3)
    with pytest.raises(YourInput, match="got 2 vehicles that cost differently at 2 tasks; let them cost the same"):
        rows.all_alike({"1": one, "2": other})

"""What tasks cost with each vehicle: told once where all are alike, refused where it would fill the memory."""

import pytest

from doorstep.adapters.instances import rows
from doorstep.domain.errors import YourInput
from doorstep.domain.units import Cents

ONE, OTHER = {"a": Cents(1), "b": Cents(2)}, {"a": Cents(1), "b": Cents(3)}


def test_many_vehicles_that_cost_alike_are_no_tariff_at_all(monkeypatch):
    monkeypatch.setattr(rows, "MOST_PAIRINGS", 3)
    found = {"1": ONE}
    for name in "23":
        found[name] = rows.as_first(dict(ONE), found.values(), 3)

    assert all(row is ONE for row in found.values())
    assert rows.all_alike(found)


def test_more_prices_than_fit_are_refused_with_what_to_do(monkeypatch):
    assert rows.as_first(OTHER, [ONE], 2) is OTHER
    assert not rows.all_alike({"1": ONE, "2": OTHER})
    monkeypatch.setattr(rows, "MOST_PAIRINGS", 3)
    with pytest.raises(YourInput, match="got 2 vehicles that cost differently at 2 tasks; let them cost the same"):
        rows.as_first(OTHER, [ONE], 2)

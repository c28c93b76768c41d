"""A day as a question: which orders are in it, which are not and why, and what is said when it can't be asked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.adapters.company_example import NOW, write_example

from doorstep.adapters.company_files.folder import CompanyFolder, Options
from doorstep.adapters.history import History
from doorstep.adapters.memory_store import MemoryStore
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place
from doorstep.domain.streets import UnreachablePlace
from doorstep.domain.tariff import Tariff
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.flows.import_company import import_company
from doorstep.flows.learn import learn
from doorstep.flows.models import Models
from doorstep.flows.plan_day import question, without_place

DAY = "2026-03-02"


class Flat:
    """Roads on which everything is a minute away, but for places that no road leads to."""

    def __init__(self, unreachable: dict[int, str]) -> None:
        self._unreachable = unreachable

    def times(self, places: Sequence[Place]) -> TravelTimes:
        """Return the matrices, or name what is unreachable."""
        if self._unreachable:
            where = ", ".join(f"{places[i].lon}" for i in self._unreachable)
            raise UnreachablePlace(f"at {where}", tuple(self._unreachable), self._unreachable)
        legs = np.full((1, len(places), len(places)), 60, dtype=np.int32)
        return TravelTimes((Seconds(0),), legs, legs)


def flat(unreachable: dict[int, str]) -> Any:
    """What opens flat roads for every profile."""
    return lambda _: Flat(unreachable)


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    """A store with the minimal company in it."""
    kept = MemoryStore()
    assert not import_company(kept, CompanyFolder(write_example(tmp_path), Options(now=NOW)), "c").refused
    return kept


@pytest.fixture
def models(store: MemoryStore) -> Models:
    """What two attempts teach."""
    with History(store, "c") as history:
        return learn(history, Tariff(), seed=1)


def test_a_place_without_a_road_is_named_by_its_owner_and_not_by_where_it_lies(store, models):
    reasons = {0: "has no road within 200 m", 2: "lies in a piece of the network that the rest can't reach"}

    with pytest.raises(YourInput) as raised:
        question(store, "c", DAY, models, flat(reasons))

    said = str(raised.value)
    assert "depot d1, which has no road within 200 m; recipient r2 (order o2), which lies in a piece" in said
    assert "-8.6" not in said


def test_orders_of_forgotten_people_are_left_out_by_name(store, models):
    store.forget("c", "r2")
    asked = question(store, "c", DAY, models, flat({}))

    assert [stop.order_ids for stop in asked.problems["profit"].stops] == [("o1",)]
    assert asked.nowhere == ("o2",)
    assert "orders o2; cancel them" in without_place(asked.nowhere)


def test_a_day_of_forgotten_people_alone_says_so(store, models):
    store.forget("c", "r1")
    store.forget("c", "r2")

    with pytest.raises(YourInput, match=r"got 0 orders and 1 shifts.*Left out.*orders o1, o2"):
        question(store, "c", DAY, models, flat({}))


def test_a_day_without_orders_says_what_to_import(store, models):
    with pytest.raises(YourInput, match="Expected orders due on 2026-03-03, found none that is open; import"):
        question(store, "c", "2026-03-03", models, flat({}))

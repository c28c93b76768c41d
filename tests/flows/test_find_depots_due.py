"""Which depots a night plans: a finished one is planned again when what its plan rests on is another."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.adapters.company_example import NOW
from tests.server.small_company import BEFORE, DAY, company

from doorstep.adapters.company_files.folder import CompanyFolder, Options
from doorstep.adapters.memory_store import MemoryStore
from doorstep.domain.facts import Fact
from doorstep.flows.find_depots_due import depots_due
from doorstep.flows.import_company import import_company
from doorstep.flows.vetoes import veto

MODELS = {"presence": "p1", "service": "s1"}
COMPANY = 'name = "Street"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n'
DEPOTS = "depot_id,lon,lat,opens,closes\ndepot,-8.60,41.15,05:00,23:00\nsouth,-8.60,41.10,05:00,23:00\n"
TWO = {
    "depots": DEPOTS,
    "+vehicles": "v9,south,800000,\n",
    "+drivers": "d9,south,144000,\n",
    "+shifts": f"s9,{DAY},d9,v9,south,{DAY}T07:00:00+00:00,{DAY}T18:00:00+00:00,,\n",
    "+orders": f"x1,w1,south,{DAY},1000,300,\n",
}


@pytest.fixture
def digests(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Return a function that imports the company with changes and returns the digest of each depot."""
    store = MemoryStore()

    def of(
        *, models: Mapping[str, str] = MODELS, vetoed: str = "", now: tuple[str, str, str] | None = None, **added: str
    ) -> dict[str, str]:
        folder = company(tmp_path, **{**TWO, **added})
        if now:
            file, before, after = now
            assert before in (folder / file).read_text()
            (folder / file).write_text((folder / file).read_text().replace(before, after))
        assert not import_company(store, CompanyFolder(folder, Options(now=NOW)), "c").refused
        if vetoed:
            veto(store, "c", "d1", vetoed, reason="a dog", at=NOW)
        store.append("c", [Fact("r", "roads", "roads", NOW, NOW, {"path": "map", "sha256": "m1"})])
        return {one.depot_id: one.digest for one in depots_due(store, "c", DAY, models)}

    return of


def test_the_same_told_again_is_the_same_question(digests):
    assert digests() == digests()


@pytest.mark.parametrize(
    "changed",
    [
        {"vetoed": "w1"},
        {"vetoed": "o-w1"},
        {"now": ("vehicles.csv", "v1,depot,800000", "v1,depot,700000")},
        {"now": ("recipients.csv", "w2,-8.620", "w2,-8.621")},
        {"now": ("depots.csv", "depot,-8.60,", "depot,-8.61,")},
        {"now": ("drivers.csv", "d1,depot,144000", "d1,depot,72000")},
        {"now": ("orders.csv", f"o-w1,w1,depot,{DAY},1000", f"o-w1,w1,depot,{DAY},2000")},
        {"+shifts": TWO["+shifts"] + f"old,{BEFORE},d1,v1,depot,{BEFORE}T08:00:00+00:00,{BEFORE}T18:00:00+00:00,,\n"},
    ],
)
def test_another_fact_about_one_depot_is_another_question_there_alone(digests, changed):
    before, after = digests(), digests(**changed)

    assert after["depot"] != before["depot"]
    assert after["south"] == before["south"]


@pytest.mark.parametrize(
    "changed",
    [
        {"company": COMPANY + "[tariff]\ncents_per_km = 45\n"},
        {"models": {**MODELS, "presence": "p2"}},
        {"chargers": "charger_id,lon,lat\nplug,-8.60,41.15\n"},
    ],
)
def test_another_tariff_model_or_charger_is_another_question_at_every_depot(digests, changed):
    before, after = digests(), digests(**changed)

    assert all(after[depot] != before[depot] for depot in before)


AREAS = {
    "company": COMPANY + "[tariff]\nterritory_cents_per_km = 100\n",
    "shifts": "shift_id,date,driver_id,vehicle_id,depot_id,starts_at,ends_at,clocked_in_at,clocked_out_at,territory\n"
    + f"now,{DAY},d1,v1,depot,{DAY}T08:00:00+00:00,{DAY}T18:00:00+00:00,,,hill\n"
    + f"old,{BEFORE},d2,v2,depot,{BEFORE}T08:00:00+00:00,{BEFORE}T18:00:00+00:00,,,hill\n",
    "attempts": "attempt_id,order_id,shift_id,arrived_at,outcome\n",
    "+shifts": TWO["+shifts"].replace("\n", ",\n"),
}


@pytest.mark.parametrize(
    "changed",
    [
        {"now": ("shifts.csv", "18:00:00+00:00,,,hill\nold", "18:00:00+00:00,,,dale\nold")},
        {"+attempts": f"a1,o-w1,old,{BEFORE}T10:00:00+00:00,nobody\n"},
    ],
)
def test_what_others_did_in_a_named_territory_is_asked_anew_where_it_is_driven(digests, changed):
    before, after = digests(**AREAS), digests(**AREAS, **changed)

    assert after["depot"] != before["depot"]
    assert after["south"] == before["south"]


def test_what_is_planned_for_later_or_elsewhere_asks_nothing_anew(digests):
    later = "later,2026-03-12,d1,v1,depot,2026-03-12T08:00:00+00:00,2026-03-12T18:00:00+00:00,,\n"

    assert digests() == digests(**{"+shifts": TWO["+shifts"] + later, "+recipients": "nobody,-8.5,41.15\n"})

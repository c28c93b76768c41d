"""What a town writes: the same bytes for the same seed, by the contract, and never the truth."""

import dataclasses
import re

import pytest
from tests.town.small import small

from doorstep.adapters.company_files.folder import CompanyFolder, Options
from doorstep.server.worlds import CsvDrives
from doorstep.town.errors import BadTown
from doorstep.town.hidden import HABITS, Hidden

NOW = "2026-06-03T00:00:00+00:00"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    into = tmp_path_factory.mktemp("town")
    small().write(into)
    return into


def test_the_same_seed_writes_the_same_bytes(folder, tmp_path):
    small().write(tmp_path)

    assert {p.name: p.read_bytes() for p in tmp_path.glob("*.csv")} == {
        p.name: p.read_bytes() for p in folder.glob("*.csv")
    }


def test_another_seed_is_another_town(folder, tmp_path):
    small(seed=4).write(tmp_path)

    assert (tmp_path / "recipients.csv").read_bytes() != (folder / "recipients.csv").read_bytes()


def test_the_folder_keeps_the_contract_to_the_last_row(folder):
    source = CompanyFolder(folder, Options(now=NOW))
    kinds = {fact.kind for fact in source.facts()}

    assert source.bad == 0, list(source.troubles.lines())
    assert {"merchant", "depot", "vehicle", "driver", "shift", "recipient", "order", "attempt", "contact", "survey",
            "ping", "cost", "revenue"} <= kinds  # fmt: skip


def test_tomorrow_has_orders_and_shifts_that_nobody_has_touched(folder):
    rows = CsvDrives().rows
    tomorrow = small().tomorrow
    due = {row["order_id"] for row in rows(folder, "orders") if row["due_on"] == tomorrow}
    shifts = [row for row in rows(folder, "shifts") if row["date"] == tomorrow]

    assert len(due) == 60
    assert shifts
    assert not any(row["back_at"] for row in shifts)
    assert not any(row["order_id"] in due for row in rows(folder, "attempts"))
    assert not any(row["order_id"] in due for row in rows(folder, "contacts"))
    assert max(row["arrived_at"] for row in rows(folder, "attempts")) < tomorrow


def test_nothing_hidden_is_written(folder):
    text = "\n".join(p.read_text(encoding="utf-8") for p in [*sorted(folder.glob("*.csv")), folder / "company.toml"])
    words = [*HABITS, *(f.name for f in dataclasses.fields(Hidden) if "_" in f.name), "hidden", "truth", "habit",
             "patience", "impatience", "sensitivity", "familiar", "seed"]  # fmt: skip

    assert not [word for word in words if re.search(rf"\b{word}\b", text)]


def test_no_person_can_be_anybody_real(folder):
    for row in CsvDrives().rows(folder, "recipients"):
        assert row["email"].endswith("@example.org")
        assert row["phone"].startswith("+447700900")


def test_every_shift_is_paid_what_the_ledger_says(folder):
    rows = CsvDrives().rows
    ledger: dict[str, int] = {}
    for line in rows(folder, "costs"):
        if line["account"] in {"wages", "overtime"}:
            ledger[line["shift_id"]] = ledger.get(line["shift_id"], 0) + int(line["cents"])
    driven = [row for row in rows(folder, "shifts") if row["back_at"]]

    assert driven
    assert all(int(row["paid_cents"]) == ledger[row["shift_id"]] for row in driven)


def test_a_failure_is_tried_again_the_day_after(folder):
    attempts = list(CsvDrives().rows(folder, "attempts"))
    first = {a["order_id"]: a for a in attempts if a["attempt_no"] == "1"}
    second = [a for a in attempts if a["attempt_no"] == "2"]

    assert second
    assert all(first[a["order_id"]]["outcome"] not in {"delivered", "neighbour", "safe_place"} for a in second)
    assert all(a["arrived_at"][:10] > first[a["order_id"]]["arrived_at"][:10] for a in second)


@pytest.mark.parametrize(("more", "said"), [({"days": 0}, "days"), ({"orders_per_day": 1}, "orders a day")])
def test_a_town_that_can_not_be_made_is_refused_in_a_sentence(more, said):
    with pytest.raises(BadTown, match=f"Expected .* {said}"):
        small(**more)

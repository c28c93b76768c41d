"""Import into a store: all or nothing, corrections, parts, people."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.company_example import FILES, NOW, changed, write_example

from doorstep.adapters.company_files.folder import CompanyFolder, Options
from doorstep.adapters.memory_store import MemoryStore
from doorstep.adapters.sqlite_store import open_store
from doorstep.flows.import_company import Imported, import_company
from doorstep.flows.ports import Store

LATER = "2026-07-01T00:00:00+00:00"


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    opened = MemoryStore() if request.param == "memory" else open_store(tmp_path / "store")
    yield opened
    opened.close()


def bring(
    store: Store, folder: Path, changes: Mapping[str, Any] | None = None, *, now: str = NOW, **how: bool
) -> tuple[CompanyFolder, Imported]:
    write_example(folder, changes)
    source = CompanyFolder(folder, Options(now=now))
    return source, import_company(store, source, "c", **how)


def part(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_a_company_is_kept_whole(store, tmp_path):
    source, done = bring(store, tmp_path / "in")

    assert done == Imported(10, refused=False)
    assert [fact.key for fact in store.current("c", "attempt")] == ["a1", "a2"]
    assert dict(store.private("c", "recipient"))["r1"]["name"] == "Ana Silva"
    assert all(count.new == count.read for count in source.counts.values())


def test_the_same_import_again_keeps_nothing(store, tmp_path):
    bring(store, tmp_path / "in")
    source, done = bring(store, tmp_path / "in", now=LATER)

    assert done.appended == 0
    assert all(count.unchanged == count.read for count in source.counts.values())


def test_one_bad_row_refuses_everything(store, tmp_path):
    source, done = bring(store, tmp_path / "in", changed("attempts.csv", "nobody", "vacation"))

    assert (done.refused, done.appended, source.bad) == (True, 0, 1)
    assert store.companies() == ()


def test_good_rows_are_kept_when_asked(store, tmp_path):
    source, done = bring(store, tmp_path / "in", changed("attempts.csv", "nobody", "vacation"), keep_good=True)

    assert (done.refused, done.appended) == (False, 9)
    assert [fact.key for fact in store.current("c", "attempt")] == ["a1"]
    assert source.counts["attempts.csv"].bad == 1


def test_a_file_that_cannot_be_read_refuses_everything_even_then(store, tmp_path):
    _, done = bring(store, tmp_path / "in", {"orders.csv": b"order_id\n\xff\n"}, keep_good=True)

    assert done.refused
    assert store.companies() == ()


def test_a_dry_run_checks_everything_and_keeps_nothing(store, tmp_path):
    source, done = bring(store, tmp_path / "in", dry_run=True)

    assert done == Imported(0, refused=False)
    assert source.counts["orders.csv"].new == 2
    assert store.companies() == ()


def test_other_content_is_a_correction_known_from_now_on_and_the_old_stays_readable(store, tmp_path):
    bring(store, tmp_path / "in")
    source, done = bring(store, tmp_path / "in", changed("orders.csv", "1200", "1300"), now=LATER)
    old, new = store.history("c", "order", "o1")

    assert (done.appended, source.counts["orders.csv"].corrected) == (1, 1)
    assert (old.body["weight_g"], new.body["weight_g"]) == (1200, 1300)
    assert (new.at, new.recorded_at) == (old.at, LATER)
    assert next(store.current("c", "order")).body["weight_g"] == 1300


def test_a_correction_taken_back_is_a_correction_again(store, tmp_path):
    for weight in ("1200", "1300", "1200", "1300"):
        bring(store, tmp_path / "in", changed("orders.csv", "1200", weight))

    assert [fact.body["weight_g"] for fact in store.history("c", "order", "o1")] == [1200, 1300, 1200, 1300]


def test_private_content_is_corrected_and_taken_back_as_well(store, tmp_path):
    bring(store, tmp_path / "in")
    told = []
    for name in ("Ana Costa", "Ana Silva", "Ana Silva"):
        _, done = bring(store, tmp_path / "in", changed("recipients.csv", "Ana Silva", name))
        told.append((done.appended, dict(store.private("c", "recipient"))["r1"]["name"]))

    assert told == [(1, "Ana Costa"), (1, "Ana Silva"), (0, "Ana Silva")]


def test_absence_never_deletes(store, tmp_path):
    bring(store, tmp_path / "in")
    rows = "order_id,recipient_id,depot_id,due_on,weight_g\no1,r1,d1,2026-03-02,1200\n"
    bring(store, tmp_path / "in", {"orders.csv": rows, "attempts.csv": None})

    assert [fact.key for fact in store.current("c", "order")] == ["o1", "o2"]


def test_a_part_refers_to_what_the_store_holds(store, tmp_path):
    bring(store, tmp_path / "in")
    orders = "order_id,recipient_id,depot_id,due_on,weight_g\no3,r2,d1,2026-03-03,5\no4,r9,d1,2026-03-03,5\n"
    attempts = "attempt_id,order_id,arrived_at,outcome,lon,lat\na3,o1,2026-03-03T10:00:00Z,delivered,-8.6,41.1\n"
    source = CompanyFolder(part(tmp_path / "part", orders=orders, attempts=attempts), Options(now=LATER))
    import_company(store, source, "c", keep_good=True)

    assert [line.split(",")[1] for line in source.troubles.lines()] == [" line 3"]
    assert [fact.key for fact in store.current("c", "order")] == ["o1", "o2", "o3"]
    assert {fact.key: fact.person_id for fact in store.current("c", "attempt")}["a3"] == "r1"


def test_a_part_knows_the_zone_of_the_store(store, tmp_path):
    bring(store, tmp_path / "in", changed("company.toml", "Europe/Lisbon", "Asia/Tokyo"))
    orders = "order_id,recipient_id,depot_id,due_on,weight_g\no3,r2,d1,2026-03-03,5\n"
    import_company(store, CompanyFolder(part(tmp_path / "part", orders=orders), Options(now=LATER)), "c")

    assert {f.key: f.at for f in store.current("c", "order")}["o3"] == "2026-03-02T15:00:00+00:00"


def test_the_readiness_of_a_part_knows_what_was_imported_before(store, tmp_path):
    bring(store, tmp_path / "in")
    orders = "order_id,recipient_id,depot_id,due_on,weight_g\no3,r2,d1,2026-03-03,5\n"
    source = CompanyFolder(part(tmp_path / "part", orders=orders), Options(now=LATER))
    import_company(store, source, "c")
    ready = source.readiness()

    assert "3 orders" in ready.there
    assert "attempts, as imported before" in ready.there
    assert not any(gap.startswith(("no attempts", "no shifts", "no vehicles")) for gap in ready.gaps)
    assert any(gap.startswith("no contacts: what lateness") for gap in ready.gaps)


def test_forgotten_people_stay_forgotten_when_their_rows_come_again(store, tmp_path):
    bring(store, tmp_path / "in")
    store.forget("c", "r1")
    more = FILES["attempts.csv"] + "a3,o1,2026-03-03T10:00:00Z,delivered,-8.6,41.1\n"
    source, done = bring(store, tmp_path / "in", {"attempts.csv": more}, now=LATER)

    assert done.appended == 1
    assert [key for kind in ("recipient", "attempt") for key, _ in store.private("c", kind)] == ["r2"]
    assert any("forgotten people" in note for note in source.troubles.notes)


def test_two_companies_never_meet(store, tmp_path):
    bring(store, tmp_path / "in")
    orders = "order_id,recipient_id,depot_id,due_on,weight_g\no3,r1,d1,2026-03-03,5\n"
    source = CompanyFolder(part(tmp_path / "part", orders=orders), Options(now=LATER))
    done = import_company(store, source, "other")

    assert done.refused
    assert source.counts["orders.csv"].bad == 1


def test_a_large_file_with_duplicates_across_batches_is_read_right(store, tmp_path):
    rows = [f"c{i},2026-03-02T10:00:00Z,late,{i % 7}\n" for i in range(20_000)]
    text = "contact_id,at,kind,handled_s\n" + "".join(rows) + rows[3] + rows[4].replace(",4\n", ",5\n")
    source, done = bring(store, tmp_path / "in", {"contacts.csv": text}, keep_good=True)
    count = source.counts["contacts.csv"]

    assert (count.read, count.new, count.unchanged, count.bad) == (20_002, 20_000, 1, 1)
    assert "'c4' in line 6 too" in source.troubles.lines()[0]
    assert source.troubles.lines()[0].startswith("contacts.csv, line 20003")
    assert done.appended == 20_010

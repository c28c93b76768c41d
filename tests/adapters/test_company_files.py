"""The codec of the data contract: what it reads, what it refuses and how it says so, what it writes."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.company_example import FILES, changed, read, write_example

from doorstep.adapters.company_files.cells import harmless, unescaped, utc
from doorstep.adapters.company_files.company_toml import read_company
from doorstep.adapters.company_files.contract import LAWS, RULE_SETS, TABLES, rule_set_names
from doorstep.adapters.company_files.documentation import data_page
from doorstep.adapters.company_files.folder import read_mapping
from doorstep.adapters.company_files.geography import Match
from doorstep.adapters.company_files.keys import KEY, KeyIndex, Names
from doorstep.adapters.company_files.writing import write_company, write_table, write_template
from doorstep.domain.errors import OurBug, YourInput
from doorstep.domain.facts import Fact, fact_id
from doorstep.domain.places import Place
from doorstep.domain.tariff import Company, Tariff
from doorstep.domain.units import Cents, Seconds
from doorstep.operations.duty.rules import rule_sets

ROOT = Path(__file__).resolve().parents[2]


def the_trouble(folder: Path, **options: Any) -> str:
    source, _ = read(folder, **options)
    lines = source.troubles.lines()

    assert len(lines) == 1, lines
    return lines[0]


def by_kind(facts: Iterable[Fact], kind: str) -> dict[str, Fact]:
    return {fact.key: fact for fact in facts if fact.kind == kind}


# What is read


def test_a_minimal_company_becomes_typed_facts(tmp_path):
    source, facts = read(write_example(tmp_path))
    order, attempt = by_kind(facts, "order")["o1"], by_kind(facts, "attempt")["a2"]

    assert source.troubles.lines() == []
    assert order.body == {
        "order_id": "o1", "recipient_id": "r1", "depot_id": "d1", "due_on": "2026-03-02", "weight_g": 1200
    }  # fmt: skip
    assert order.at == "2026-03-02T00:00:00+00:00"
    assert (attempt.body["arrived_at"], attempt.at) == ("2026-03-02T10:00:00+00:00",) * 2
    assert order.fact_id == fact_id("order", "o1", order.body)


def test_what_names_a_person_is_apart_and_belongs_to_the_recipient(tmp_path):
    _, facts = read(write_example(tmp_path))
    recipient, attempt = by_kind(facts, "recipient")["r1"], by_kind(facts, "attempt")["a1"]

    assert recipient.private == {"lon": -8.62, "lat": 41.16, "name": "Ana Silva", "phone": "+351911222333"}
    assert recipient.body == {"recipient_id": "r1"}
    assert (attempt.person_id, attempt.private) == ("r1", {"lon": -8.6201, "lat": 41.1601})
    assert by_kind(facts, "attempt")["a2"].person_id is None


def test_a_fact_id_says_nothing_about_its_private_part(tmp_path):
    _, facts = read(write_example(tmp_path / "one"))
    _, others = read(write_example(tmp_path / "two", changed("recipients.csv", "Ana Silva", "Eva Costa")))

    assert by_kind(facts, "recipient")["r1"].fact_id == by_kind(others, "recipient")["r1"].fact_id


def test_rows_without_a_time_of_their_own_hold_since_ever(tmp_path):
    _, facts = read(write_example(tmp_path))

    assert by_kind(facts, "vehicle")["v1"].at.startswith("1970-01-01T00:00:00")
    assert by_kind(facts, "company")["company"].body["currency"] == "EUR"


def test_recorded_at_is_when_we_could_know_and_no_part_of_the_body(tmp_path):
    text = "contact_id,at,kind,recorded_at\nc1,2026-03-02T10:00:00Z,late,2026-03-03T09:00:00+01:00\n"
    _, facts = read(write_example(tmp_path, {"contacts.csv": text}))
    contact = by_kind(facts, "contact")["c1"]

    assert (contact.at, contact.recorded_at) == ("2026-03-02T10:00:00+00:00", "2026-03-03T08:00:00+00:00")
    assert "recorded_at" not in contact.body


def test_lists_flags_windows_and_families_of_columns_are_typed(tmp_path):
    text = (
        "order_id,recipient_id,depot_id,due_on,weight_g,windows,needs,amount_cold\n"
        'o1,r1,d1,2026-03-02,1,"2026-03-02T09:00:00+01:00/2026-03-02T12:00:00+01:00;2026-03-02T18:00Z/2026-03-02T20:00Z",'
        "lift;two people,7\n"
    )
    _, facts = read(write_example(tmp_path, {"orders.csv": text, "attempts.csv": None}))
    body = by_kind(facts, "order")["o1"].body

    assert body["windows"] == [
        ["2026-03-02T08:00:00+00:00", "2026-03-02T11:00:00+00:00"],
        ["2026-03-02T18:00:00+00:00", "2026-03-02T20:00:00+00:00"],
    ]
    assert (body["needs"], body["amount_cold"]) == (["lift", "two people"], 7)


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_byte_order_marks_separators_and_line_ends_make_no_difference(tmp_path, start, separator, line_end):
    text = FILES["orders.csv"].replace(",", separator).replace("\n", line_end)
    source, facts = read(write_example(tmp_path, {"orders.csv": start + text.encode()}))

    assert source.troubles.lines() == []
    assert list(by_kind(facts, "order")) == ["o1", "o2"]


def test_quoted_line_breaks_are_kept_and_lines_are_counted_as_an_editor_does(tmp_path):
    text = (
        "recipient_id,lon,lat,instructions,floor\n"
        'r1,-8.62,41.16,"ring twice\nthen ""knock""",1\n\nr2,-8.60,41.14,,first\n'
    )
    source, facts = read(write_example(tmp_path, {"recipients.csv": text, "orders.csv": None, "attempts.csv": None}))

    assert by_kind(facts, "recipient")["r1"].private["instructions"] == 'ring twice\nthen "knock"'
    assert source.troubles.lines()[0].startswith("recipients.csv, line 5, floor: expected a whole number")


def test_parquet_holds_the_same_as_csv(tmp_path):
    at = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    rows = [
        {
            "order_id": "=o1", "recipient_id": "r1", "depot_id": "d1", "due_on": date(2026, 3, 2), "weight_g": 5,
            "placed_at": at, "needs": ["a", "b"], "windows": [(at, at + timedelta(hours=2))],
            "cancel_reason": 'a "b"\n,',
        },
        {"order_id": "o2", "recipient_id": "r2", "depot_id": "d1", "due_on": "2026-03-02", "weight_g": 7},
    ]  # fmt: skip
    found = []
    for parquet in (False, True):
        folder = write_example(tmp_path / str(parquet), {"orders.csv": None, "attempts.csv": None})
        write_table(folder, "orders", iter(rows), parquet=parquet)
        source, facts = read(folder)
        found.append([(fact.fact_id, fact.body) for fact in facts if fact.kind == "order"])

        assert source.troubles.lines() == []

    assert found[0] == found[1]
    assert found[0][0][1]["order_id"] == "=o1"


def test_parquet_typed_by_others_is_read(tmp_path):
    folder = write_example(tmp_path)
    _, expected = read(folder)
    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    for name in [name.removesuffix(".csv") for name in FILES if name.endswith(".csv")]:
        duck.read_csv(str(folder / f"{name}.csv"), header=True).write_parquet(str(folder / f"{name}.parquet"))
        (folder / f"{name}.csv").unlink()
    duck.close()
    source, facts = read(folder)

    assert source.troubles.lines() == []
    assert facts == expected


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026-03-02T09:00:00+00:00", "2026-03-02T09:00:00+00:00"),
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00+00:00"),
        ("2026-03-02 09:00+00", "2026-03-02T09:00:00+00:00"),
        ("2026-W10-1T09:00:00+00:00", "2026-03-02T09:00:00+00:00"),
        ("2026-03-02T09:00:00-00:00", "2026-03-02T09:00:00+00:00"),
        ("2026-03-02T09:00:00.25+05:30", "2026-03-02T03:30:00.250000+00:00"),
    ],
)
def test_times_become_utc_with_one_layout(text, kept):
    assert utc(text) == kept


def test_a_day_of_a_private_depot_zone_begins_there(tmp_path):
    depots = "depot_id,lon,lat,opens,closes,timezone\nd1,-8.61,41.15,06:00,22:00,Asia/Tokyo\n"
    _, facts = read(write_example(tmp_path, {"depots.csv": depots}))

    assert by_kind(facts, "order")["o1"].at == "2026-03-01T15:00:00+00:00"


# What is refused, and in which words

ROW_ERRORS = [
    (
        "a time without offset",
        changed("attempts.csv", "10:00:00+00:00", "10:00:00"),
        "attempts.csv, line 2, arrived_at: expected a time with offset",
        "no offset",
    ),
    (
        "a time that is none",
        changed("attempts.csv", "T10:00:00+", "T25:00:00+"),
        "line 2, arrived_at",
        "no calendar, clock",
    ),
    ("words for a time", changed("attempts.csv", "2026-03-02T10:00:00+00:00", "noon"), "line 2, arrived_at", "'noon'"),
    ("a date that does not exist", changed("orders.csv", "2026-03-02", "2026-02-30"), "line 2, due_on", "no calendar"),
    ("a date of another order", changed("orders.csv", "2026-03-02", "02/03/2026"), "line 2, due_on", "YYYY-MM-DD"),
    (
        "a negative weight",
        changed("orders.csv", "1200", "-5"),
        "line 2, weight_g: expected a whole number from 0",
        "'-5'",
    ),
    ("a decimal comma", changed("orders.csv", "1200", '"1,5"'), "line 2, weight_g", "write a point"),
    ("not a number", changed("orders.csv", "1200", "NaN"), "line 2, weight_g", "leave the cell empty"),
    ("infinity", changed("orders.csv", "1200", "inf"), "line 2, weight_g", "leave the cell empty"),
    ("an exponent", changed("orders.csv", "1200", "1e999"), "line 2, weight_g", "without decimals and exponent"),
    ("a huge number", changed("orders.csv", "1200", "9" * 17), "line 2, weight_g", "correct the number"),
    (
        "a number of more digits than any",
        changed("orders.csv", "1200", "9" * 400),
        "line 2, weight_g",
        "400 characters",
    ),
    ("digits of another script", changed("orders.csv", "1200", "١٢"), "line 2, weight_g", "write digits only"),
    ("an underscore", changed("orders.csv", "1200", "1_200"), "line 2, weight_g", "write digits only"),
    (
        "an empty needed cell",
        changed("orders.csv", "1200", ""),
        "line 2, weight_g: expected a filled cell",
        "fill it in",
    ),
    ("a cell of spaces", changed("orders.csv", "1200", "  "), "line 2, weight_g: expected a filled cell", "fill it in"),
    ("too many cells", changed("orders.csv", "1200", "1200,7"), "line 2: expected 5 cells", "found 6 cells"),
    ("too few cells", changed("orders.csv", ",1200", ""), "line 2: expected 5 cells", "found 4 cells"),
    (
        "an unknown enumeration value",
        changed("attempts.csv", "nobody", "vacation"),
        "line 3, outcome: expected one of",
        "--map FILE",
    ),
    (
        "an unknown reference",
        changed("orders.csv", "o2,r2", "o2,r9"),
        "line 3, recipient_id: expected an id in recipients",
        "'r9'",
    ),
    ("a NUL byte", changed("orders.csv", "o2", "o\x002"), "line 3, order_id", "'o\\x002'"),
    ("an invisible character", changed("orders.csv", "o2", "o\u200b2"), "line 3, order_id", "invisible"),
    ("a line break in an id", changed("orders.csv", "o2", '"o\n2"'), "line 3, order_id", "line break"),
    ("an absurdly long cell", changed("orders.csv", "o2", "o" * 100_000), "line 3, order_id", "100,000 characters"),
    (
        "a quote never closed",
        changed("orders.csv", "o2", '"o2'),
        "line 3: expected cells with matching quotes",
        "close",
    ),
    (
        "text after a quote",
        changed("orders.csv", "o2", '"o"2'),
        "line 3: expected cells with matching quotes",
        "double",
    ),
    (
        "latitude out of range",
        changed("recipients.csv", "41.14", "141.14"),
        "line 3, lat: expected a latitude",
        "swapped",
    ),
    (
        "one of two coordinates",
        changed("recipients.csv", "41.14", ""),
        "line 3, lat: expected lon and lat together",
        "fill",
    ),
    (
        "neither place nor address",
        changed("recipients.csv", "-8.60,41.14", ","),
        "line 3, lon: expected lon and lat, or an",
        "neither",
    ),
    (
        "swapped coordinates",
        changed("recipients.csv", "-8.60,41.14", "41.14,-8.60"),
        "line 3, lon: expected a point near",
        "swap the two",
    ),
    (
        "the middle of the ocean",
        changed("recipients.csv", "-8.60,41.14", "0,0.0"),
        "line 3, lon: expected a point",
        "ocean",
    ),
    (
        "a shift of another year",
        changed("shifts.csv", "2026-03-02,v1", "2027-03-02,v1"),
        "line 2, starts_at",
        "row's date",
    ),
    (
        "a shift that never ends",
        changed("shifts.csv", "2026-03-02T16:00", "2026-04-02T16:00"),
        "line 2, ends_at: expected a time within 36 hours",
        "correct one",
    ),
    (
        "a wage beyond belief",
        {"drivers.csv": "driver_id,depot_id,wage_cents_per_hour\nx,d1,1000000000000\n"},
        "drivers.csv, line 2, wage_cents_per_hour",
        "mind the unit",
    ),
    (
        "a payload no van has",
        changed("vehicles.csv", "800000", "80000000000"),
        "vehicles.csv, line 2, capacity_g",
        "mind the unit",
    ),
    (
        "a road profile nobody knows",
        {"vehicles.csv": "vehicle_id,depot_id,capacity_g,profile\nv1,d1,800000,hovercraft\n"},
        "vehicles.csv, line 2, profile: expected one of car, bike, foot",
        "'hovercraft'",
    ),
    ("a shift that ends first", changed("shifts.csv", "16:00", "07:00"), "shifts.csv, line 2, ends_at", "not before"),
    ("a depot that closes first", changed("depots.csv", "22:00", "05:00"), "depots.csv, line 2, closes", "30:00"),
    ("a clock time that is none", changed("depots.csv", "22:00", "10 pm"), "depots.csv, line 2, closes", "HH:MM"),
    (
        "a charger that closes first",
        {"chargers.csv": "charger_id,lon,lat,opens,closes\nc1,-8.6,41.1,20:00,08:00\n"},
        "chargers.csv, line 2, closes",
        "swap the two",
    ),
    (
        "half of no pair",
        {"orders.csv": "order_id,recipient_id,depot_id,due_on,weight_g,kind\no1,r1,d1,2026-03-02,1,pair\n"},
        "orders.csv, line 2, pair_id: expected a pair_id where kind is pair",
        "give both orders of the pair the same id",
    ),
    (
        "a van that never goes",
        {"vehicles.csv": "vehicle_id,depot_id,capacity_g,max_trips\nv1,d1,800000,0\n"},
        "vehicles.csv, line 2, max_trips: expected a whole number",
        "'0'",
    ),
    (
        "more crates than the world has",
        {"vehicles.csv": "vehicle_id,depot_id,capacity_g,capacity_crates\nv1,d1,800000,80000000000\n"},
        "vehicles.csv, line 2, capacity_crates",
        "mind the unit",
    ),
]


@pytest.mark.parametrize(("what", "change", "where", "advice"), ROW_ERRORS, ids=[case[0] for case in ROW_ERRORS])
def test_a_bad_row_says_where_what_and_what_to_do(tmp_path, what, change, where, advice):
    source, _ = read(write_example(tmp_path, change))
    first = source.troubles.lines()[0]

    assert where in first
    assert advice in first
    assert first.endswith(".")


WINDOWS = "order_id,recipient_id,depot_id,due_on,weight_g,windows,promised_start,promised_end\n"


@pytest.mark.parametrize(
    ("row", "advice"),
    [
        ("2026-03-02T12:00Z/2026-03-02T09:00Z,,", "windows: expected a window that closes after it opens"),
        ("2026-03-02T12:00Z,,", "windows: expected start/end"),
        ("2026-03-02T09:00/2026-03-02T12:00,,", "no offset"),
        ("09:00/12:00,,", "windows: expected a time with offset"),
        ("2026-05-02T09:00Z/2026-05-02T12:00Z,,", "windows: expected a window on the order's day"),
        ("2026-02-20T09:00Z/2026-02-20T12:00Z;2026-05-02T09:00Z/2026-05-02T12:00Z,,", "correct due_on or the window"),
        (",2026-03-02T12:00Z,2026-03-02T09:00Z", "promised_end: expected a time not before promised_start"),
        (",2026-03-02T12:00Z,", "promised_end: expected promised_start and promised_end together"),
    ],
)
def test_windows_and_promises_that_cannot_be_are_refused(tmp_path, row, advice):
    text = f"{WINDOWS}o1,r1,d1,2026-03-02,1,{row}\n"

    assert advice in the_trouble(write_example(tmp_path, {"orders.csv": text, "attempts.csv": None}))


@pytest.mark.parametrize(("day", "what"), [("2026-03-29", "is skipped"), ("2026-10-25", "comes twice")])
def test_depot_hours_that_a_clock_change_skips_or_doubles_are_row_errors_on_that_date(tmp_path, day, what):
    changes = changed("depots.csv", "06:00", "01:30") | changed("orders.csv", "r2,d1,2026-03-02", f"r2,d1,{day}")
    changes["attempts.csv"] = None
    said = the_trouble(write_example(tmp_path, changes))

    assert said.startswith("orders.csv, line 3, due_on")
    assert f"opens at 01:30, which {what} on {day} in Europe/Lisbon" in said


def test_a_private_value_is_never_told(tmp_path):
    text = 'recipient_id,lon,lat,name,phone\nr1,-8.62,41.16,Ana\x07Silva,+351911222333\nr2,"-8,60",41.14,Rui,\n'
    source, _ = read(write_example(tmp_path, {"recipients.csv": text, "orders.csv": None, "attempts.csv": None}))
    said = " ".join(source.troubles.lines())

    assert "Ana" not in said
    assert "8,60" not in said
    assert "found 9 characters: letters and punctuation" in said


def test_the_same_row_twice_is_nothing_and_other_content_is_an_error(tmp_path):
    rows = "o1,r1,d1,2026-03-02,1200\n"
    same, facts = read(write_example(tmp_path / "same", {"orders.csv": FILES["orders.csv"] + rows}))
    said = the_trouble(
        write_example(tmp_path / "other", {"orders.csv": FILES["orders.csv"] + rows.replace("12", "13")})
    )

    assert same.troubles.lines() == []
    assert len(by_kind(facts, "order")) == 2
    assert said.startswith("orders.csv, line 4, order_id: expected one row per id, found 'o1' in line 2 too")


def test_a_row_that_depends_on_a_refused_row_says_so(tmp_path):
    source, facts = read(write_example(tmp_path, changed("orders.csv", "1200", "-1")))

    assert source.troubles.count == 2
    assert "'o1', whose own row was refused; mend that row of orders first" in source.troubles.lines()[1]
    assert list(by_kind(facts, "attempt")) == ["a2"]


def test_all_columns_of_a_bad_row_are_told(tmp_path):
    source, _ = read(write_example(tmp_path, {
        **changed("orders.csv", "2026-03-02,1200", "tomorrow,heavy"), "attempts.csv": None}))  # fmt: skip

    assert [line.split(":")[0] for line in source.troubles.lines()] == [
        "orders.csv, line 2, due_on", "orders.csv, line 2, weight_g"
    ]  # fmt: skip


def test_troubles_are_all_counted_and_few_are_told(tmp_path):
    rows = "".join(f"o{i},r1,d1,2026-03-02,-1\n" for i in range(100))
    text = FILES["orders.csv"].splitlines()[0] + "\n" + rows
    source, _ = read(write_example(tmp_path, {"orders.csv": text, "attempts.csv": None}))

    assert source.troubles.count == source.counts["orders.csv"].bad == 100
    assert len(source.troubles.lines()) == 6
    assert source.troubles.lines()[-1] == "orders.csv, weight_g: 95 more like this."


# Files and headers

FILE_ERRORS = [
    (
        "Latin-1",
        {"recipients.csv": FILES["recipients.csv"].replace("Rui", "José").encode("latin-1")},
        "recipients.csv, line 3: expected UTF-8, found byte 0xE9",
        "iconv",
    ),
    ("UTF-16", {"orders.csv": FILES["orders.csv"].encode("utf-16")}, "found UTF-16", "save it as UTF-8"),
    ("nothing at all", {"orders.csv": ""}, "expected a first line with the column names", "add it"),
    (
        "a missing column",
        changed("orders.csv", "weight_g", "weight"),
        "orders.csv, line 1, weight_g",
        "rename weight to",
    ),
    (
        "a column twice",
        changed("orders.csv", "weight_g", "due_on"),
        "orders.csv, line 1, due_on: expected each",
        "rename",
    ),
    (
        "Parquet that is none",
        {"orders.csv": None, "orders.parquet": b"PAR1 and no more"},
        "expected a whole Parquet file",
        "export",
    ),
]


@pytest.mark.parametrize(("what", "change", "where", "advice"), FILE_ERRORS, ids=[case[0] for case in FILE_ERRORS])
def test_a_file_that_cannot_be_read_breaks_the_import_once(tmp_path, what, change, where, advice):
    source, _ = read(write_example(tmp_path, change))

    assert source.broken
    assert where in source.troubles.lines()[0]
    assert advice in source.troubles.lines()[0]
    assert not any("attempts.csv" in line for line in source.troubles.lines())


def test_bad_bytes_late_in_a_long_file_are_named_by_line_and_byte(tmp_path):
    head, row = b"contact_id,at,kind\n", b"c%d,2026-03-02T10:00:00Z,late\n"
    lines = [row % i for i in range(20_000)]
    lines[15_000] = b"c\xff,2026-03-02T10:00:00Z,late\n"
    source, _ = read(write_example(tmp_path, {"contacts.csv": head + b"".join(lines)}))
    before = len(head) + sum(map(len, lines[:15_000])) + 1

    assert f"contacts.csv, line 15002: expected UTF-8, found byte 0xFF at byte {before:,}" in source.troubles.lines()[0]


@pytest.mark.parametrize("text", ['"order_id', '"order_id"x,b\n1,2\n'])
def test_a_first_line_with_wrong_quotes_breaks_the_file(tmp_path, text):
    source, _ = read(write_example(tmp_path, {"orders.csv": text}))

    assert source.broken
    assert "expected a first line with the column names, found" in source.troubles.lines()[0]


def test_binary_data_is_called_by_its_name(tmp_path):
    source, _ = read(write_example(tmp_path, {"orders.csv": bytes(range(256))}))

    assert source.troubles.lines() == ["orders.csv: expected text in UTF-8, found binary data; export it as CSV."]


def test_unknown_columns_and_files_are_noted_and_passed_over(tmp_path):
    changes = changed("orders.csv", "weight_g", "weight_g,colour") | {"atempts.csv": "x\n1\n"}
    changes["orders.csv"] = str(changes["orders.csv"]).replace("1200", "1200,red").replace("300", "300,blue")
    source, facts = read(write_example(tmp_path, changes))

    assert source.troubles.lines() == []
    assert sorted(source.troubles.notes) == [
        "atempts.csv is not a file of the contract and was passed over; is it attempts.csv?",
        "orders.csv: the column colour is not of the contract, passed over",
    ]
    assert "colour" not in by_kind(facts, "order")["o1"].body


def test_two_files_of_one_table_and_folders_of_nothing_are_refused(tmp_path):
    write_example(tmp_path / "two", {"orders.parquet": b""})
    (tmp_path / "empty").mkdir()

    with pytest.raises(YourInput, match=r"found orders\.csv and orders\.parquet"):
        read(tmp_path / "two")
    with pytest.raises(YourInput, match="found none"):
        read(tmp_path / "empty")
    with pytest.raises(YourInput, match="found none at"):
        read(tmp_path / "nowhere")


def test_a_mapping_translates_enumeration_values(tmp_path):
    folder = write_example(tmp_path / "c", changed("attempts.csv", "nobody", "Niemand da"))
    (tmp_path / "map.toml").write_text('[attempts.outcome]\n"Niemand da" = "nobody"\n')
    _, facts = read(folder, mapped=read_mapping(tmp_path / "map.toml"))

    assert by_kind(facts, "attempt")["a2"].body["outcome"] == "nobody"


@pytest.mark.parametrize(
    "text",
    ["[attempts.reason]\na = 'b'\n", "[attempt.outcome]\na = 'nobody'\n", "[attempts.outcome]\na = 'gone'\n", "x = "],
)
def test_a_mapping_that_cannot_be_meant_is_refused(tmp_path, text):
    (tmp_path / "map.toml").write_text(text)

    with pytest.raises(YourInput, match=r"map\.toml"):
        read_mapping(tmp_path / "map.toml")


# Addresses and streets


def find(address: str, postcode: str) -> Match | None:
    known = {
        "Rua A 1": Match(Place(-8.61, 41.15), 0.95, "house number"),
        "Rua B": Match(Place(-8.6, 41.1), 0.3, "street"),
    }
    return known.get(address)


def test_addresses_are_looked_up_and_doubtful_ones_listed(tmp_path):
    text = "recipient_id,lon,lat,address\nr1,,,Rua A 1\nr2,,,Rua B\n"
    folder = write_example(tmp_path, {"recipients.csv": text, "streets.osm": "<osm/>"})
    source, facts = read(folder, geocode=find)
    located = by_kind(facts, "recipient")["r1"]

    assert located.private == {"address": "Rua A 1", "lon": -8.61, "lat": 41.15}
    assert located.body["located_by"] == "house number"
    assert (source.tally.doubtful, source.tally.doubtful_ids) == (1, ["r2"])
    assert any("1 addresses were found with doubt" in gap for gap in source.readiness().gaps)


def test_an_unknown_address_is_a_row_error_that_does_not_repeat_it(tmp_path):
    text = "recipient_id,lon,lat,address\nr1,,,Secret Street 9\n"
    folder = write_example(
        tmp_path, {"recipients.csv": text, "orders.csv": None, "attempts.csv": None, "streets.osm": "<osm/>"}
    )
    said = the_trouble(folder, geocode=find)

    assert "an unknown one of 15 characters" in said
    assert "Secret" not in said


def test_an_address_without_a_street_file_is_a_row_error(tmp_path):
    text = "recipient_id,address\nr1,Rua A 1\nr2,Rua B\n"
    source, _ = read(write_example(tmp_path, {"recipients.csv": text, "orders.csv": None, "attempts.csv": None}))

    assert source.counts["recipients.csv"].bad == 2
    assert "add streets.osm.pbf or --osm" in source.troubles.lines()[0]


def test_a_street_file_is_remembered_by_path_and_content(tmp_path):
    head = b"\x00\x00\x00\x0d\x0a\x09OSMHeader and streets"
    _, facts = read(write_example(tmp_path, {"streets.osm.pbf": head}))
    roads = by_kind(facts, "roads")["roads"].body

    assert roads["path"] == str((tmp_path / "streets.osm.pbf").resolve())
    assert roads["sha256"] == hashlib.sha256(head).hexdigest()


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("streets.osm.pbf", b"", "an empty file"),
        ("streets.osm.pbf", b"garbage" * 99, "something else"),
        ("streets.osm", b"", "an empty file"),
        ("streets.osm", b"nodes, ways", "something else"),
    ],
)
def test_a_street_file_that_is_none_breaks_the_import(tmp_path, name, content, found):
    source, facts = read(write_example(tmp_path, {name: content}))

    assert source.broken
    assert f"{name}: expected streets of OpenStreetMap, found {found}" in source.troubles.lines()[0]
    assert not by_kind(facts, "roads")


@pytest.mark.parametrize("name", ["orders.csv", "company.toml", "streets.osm.pbf"])
def test_a_folder_or_a_link_to_nothing_in_place_of_a_file_is_named(tmp_path, name):
    (write_example(tmp_path / "in", {name: None}) / name).mkdir()
    (write_example(tmp_path / "linked", {name: None}) / name).symlink_to("nowhere")

    with pytest.raises(YourInput, match=f"{name} to be a file, found a folder"):
        read(tmp_path / "in")
    with pytest.raises(YourInput, match=f"{name} to be a file, found a link to nothing"):
        read(tmp_path / "linked")


@pytest.mark.parametrize("name", ["orders.csv.gz", "orders.xlsx", "Orders.txt"])
def test_rows_in_a_form_nobody_reads_are_noted(tmp_path, name):
    source, _ = read(write_example(tmp_path, {name: b"rows"}))

    assert f"{name} was passed over; export it as orders.csv or orders.parquet" in source.troubles.notes


# company.toml


def test_a_company_written_is_the_company_read(tmp_path):
    company = Company(
        "", 'Käse & "Co"', "KWD", 3, "Asia/Kuwait", "KW", Tariff(wage_cents_per_hour=9, ticket_cents=Cents(1)),
        (Seconds(0), Seconds(25_200)), (("primary", (1.0, 0.6)),), "measured", "us-395", True, False,
    )  # fmt: skip
    write_company(tmp_path, company)
    body, troubles, notes = read_company(tmp_path / "company.toml")

    assert (troubles, notes) == ([], [])
    assert (body["name"], body["currency"], body["exponent"]) == ('Käse & "Co"', "KWD", 3)
    assert (body["tariff"]["wage_cents_per_hour"], body["tariff"]["overtime_multiplier"]) == (9, 1.5)
    assert body["slot_edges"] == [0, 25_200]
    assert (body["speed_factors"], body["speeds_source"]) == ({"primary": [1.0, 0.6]}, "measured")
    assert (body["duty_rules"], body["duty_exceptions"], body["runs_every_day"]) == ("us-395", True, False)


def test_a_new_law_is_a_new_file_and_nothing_else(tmp_path):
    for law in LAWS.iterdir():
        if law.name.endswith(".toml"):
            (tmp_path / law.name).write_bytes(law.read_bytes())
    (tmp_path / "uk_1986_1078.toml").write_text('name = "uk-domestic"\n')

    assert rule_set_names(tmp_path) == tuple(sorted((*RULE_SETS, "uk-domestic")))


def test_the_rule_sets_of_the_contract_are_those_that_planning_knows():
    assert set(RULE_SETS) == {rules.name for rules in rule_sets("2026-11-20")}


def test_what_drivers_ask_for_is_written_only_where_it_is_asked_for(tmp_path):
    write_company(tmp_path / "none", Company("", "x", "EUR", 2, "Europe/Lisbon"))
    write_company(
        tmp_path / "one", Company("", "x", "EUR", 2, "Europe/Lisbon", tariff=Tariff(uneven_cents_per_hour=300))
    )

    assert "uneven" not in (tmp_path / "none/company.toml").read_text()
    assert read_company(tmp_path / "one/company.toml")[0]["tariff"]["uneven_cents_per_hour"] == 300


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ('currency = "EUR"\ntimezone = "Europe/Lisbon"', "company.toml, name"),
        ('name = "x"\ncurrency = "Euro"\ntimezone = "Europe/Lisbon"', "three capital letters"),
        ('name = "x"\ncurrency = "EUK"\ntimezone = "Europe/Lisbon"', "three capital letters of ISO 4217"),
        ('name = "x"\ncurrency = "EUR"\ntimezone = "Lisbon"', "time zone of the IANA list"),
        (
            'name = "x"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n[tariff]\ncents_per_km = -1',
            "tariff.cents_per_km",
        ),
        (
            'name = "x"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n[tariff]\ncents_per_km = 1000000000000',
            "from 0 to 1 000 000 000",
        ),
        ('name = "x"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n[speeds]\nprimary = [true]', "speeds.primary"),
        ('name = "x"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n[slots]\nedges = ["07:00"]', "slots.edges"),
        ('name = "x"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n[speeds]\nprimary = [1, 2]', "speeds.primary"),
        ('name = "x"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n[duty]\nrules = "eu"', "one of eu-561"),
        ('name = "x"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n[duty]\nexceptions = 1', "duty.exceptions"),
        ('name = "x', "expected TOML"),
        (b'name = "\xe9"', "expected UTF-8"),
    ],
)
def test_a_company_that_cannot_be_is_refused(tmp_path, text, advice):
    source, facts = read(write_example(tmp_path, {"company.toml": text}))

    assert source.broken
    assert advice in source.troubles.lines()[0]
    assert not by_kind(facts, "company")


@pytest.mark.parametrize(("currency", "exponent"), [("JPY", 0), ("EUR", 2), ("KWD", 3)])
def test_a_currency_brings_its_minor_units(tmp_path, currency, exponent):
    _, facts = read(write_example(tmp_path, changed("company.toml", "EUR", currency)))

    assert by_kind(facts, "company")["company"].body["exponent"] == exponent


# Writing


@given(st.text(min_size=1))
def test_text_made_harmless_comes_back_as_it_was(text):
    assert unescaped(harmless(text)) == text
    assert harmless(text)[0] not in "=+-@\t\r"


def test_formulas_are_made_harmless_on_export_and_phones_keep_their_plus(tmp_path):
    row = {
        "recipient_id": "-r1",
        "lon": -8.6,
        "lat": 41.1,
        "name": "=HYPERLINK(1)",
        "phone": "+351 911",
        "locale": "@x",
    }
    write_table(tmp_path, "recipients", [row])

    assert (tmp_path / "recipients.csv").read_text().splitlines()[1] == "'-r1,-8.6,41.1,'=HYPERLINK(1),+351 911,'@x"


def test_writing_what_the_contract_lacks_is_our_bug(tmp_path):
    with pytest.raises(OurBug, match="a file of the contract"):
        write_table(tmp_path, "order", [])
    with pytest.raises(OurBug, match="a column of orders"):
        write_table(tmp_path, "orders", [{"colour": 1}])
    with pytest.raises(OurBug, match="one also has merchant_id"):
        write_table(tmp_path, "orders", [{"order_id": "o1"}, {"order_id": "o2", "merchant_id": "m"}])
    with pytest.raises(OurBug, match="with offset"):
        write_table(tmp_path, "orders", [{"placed_at": datetime(2026, 1, 1)}])  # noqa: DTZ001 - the point of the test

    assert list(tmp_path.iterdir()) == []


def test_a_template_is_an_empty_company(tmp_path):
    write_template(tmp_path)
    source, facts = read(tmp_path)

    assert source.troubles.lines() == []
    assert [fact.kind for fact in facts] == ["company"]
    assert set(source.counts) == {f"{table.name}.csv" for table in TABLES}


def test_rows_of_every_table_survive_writing_and_reading(tmp_path):
    sample = {
        "id": "x1", "text": "word", "phone": "+1 2", "time": datetime(2026, 3, 2, 9, tzinfo=UTC), "wall": "09:00",
        "date": date(2026, 3, 2), "whole": 3, "money": 5, "decimal": 0.5, "lon": -8.6, "lat": 41.1, "flag": True,
        "list": ["a", "b"], "windows": [["2026-03-02T09:00:00+00:00", "2026-03-02T10:00:00+00:00"]],
    }  # fmt: skip
    special = {"closes": "10:00", "timezone": "Europe/Lisbon"}
    write_company(tmp_path, Company("", "All", "EUR", 2, "Europe/Lisbon"))
    for table in TABLES:
        row = {c.name: c.choices[0] if c.choices else special.get(c.name, sample[c.kind]) for c in table.columns}
        write_table(tmp_path, table.name, [row])
    source, facts = read(tmp_path)

    assert source.troubles.lines() == []
    for table in TABLES:
        fact = next(fact for fact in facts if fact.kind == table.kind)
        told = {*fact.body, *fact.private, "recorded_at"}

        assert told == set(table.by_name)


def test_the_contract_keeps_its_order_of_references():
    seen: set[str] = set()
    for table in TABLES:
        for column in table.columns:
            files = [column.refers] if column.refers else [*(column.refers_by or ("", {}))[1].values()]

            assert all(file in seen for file in files), (
                f"{table.name}.{column.name} refers to {files} before it is read"
            )
        seen.add(table.name)


def test_docs_data_is_what_the_codec_says():
    how = "python -m doorstep.adapters.company_files.documentation docs/data.md"

    assert (ROOT / "docs/data.md").read_text(encoding="utf-8") == data_page(), f"run {how}"


# What is remembered


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=40), max_size=12))
def test_a_key_index_knows_exactly_what_was_added(batches):
    index = KeyIndex()
    known: dict[int, int] = {}
    for batch in batches:
        fresh = [key for key in batch if key not in known]
        known |= {key: i for i, key in enumerate(fresh)}
        entries = np.zeros((4, len(fresh)), dtype=np.int64)
        entries[KEY] = fresh
        entries[1] = range(len(fresh))
        index.add(entries)
    asked = [*known, 1, 2, 3]
    there, entries = index.find(np.array(asked, dtype=np.int64))

    assert len(index) == len(known)
    assert [bool(yes) for yes in there] == [key in known for key in asked]
    assert [int(entries[1][i]) for i, key in enumerate(asked) if key in known] == [
        known[k] for k in asked if k in known
    ]


def test_names_come_back_by_their_ordinal():
    names = Names()
    given_ = ["a", "", "não", "b" * 100]

    assert [names.add(name) for name in given_] == [0, 1, 2, 3]
    assert [names[i] for i in range(4)] == given_


def test_progress_is_told_as_rows_are_read(tmp_path):
    told = []
    read(write_example(tmp_path), progress=lambda file, done, size: told.append((file, done, size)))

    assert {file for file, _, _ in told} == {name for name in FILES if name.endswith(".csv")}
    assert all(done <= size for _, done, size in told)

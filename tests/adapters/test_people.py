"""What names a person is sealed under a key of their own, and gone from every file when the key is."""

import base64
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from doorstep.adapters.errors import StoreDamaged
from doorstep.adapters.people import PersonKey, label, new_secret
from doorstep.adapters.sqlite_store import open_store
from doorstep.domain.facts import Fact, fact_id

AT = "2026-01-01T08:00:00+00:00"
ANA = {
    "name": "Ana Quitéria Falcão",
    "phone": "+351 912 345 678",
    "email": "ana.quiteria@example.org",
    "address": "Rua das Flores 123, Porto",
}
BOUND = label("porto", "r1", "recipient", "r1", b"id")


def recipient(person: str, private: dict[str, str]) -> Fact:
    body = {"kind": "flat"}
    return Fact(fact_id("recipient", person, body), "recipient", person, AT, AT, body, person, private)


def test_what_is_sealed_opens_to_the_same_text():
    key = PersonKey(new_secret())

    assert (key.opened(BOUND, key.sealed(BOUND, "é 1")) or "").strip() == "é 1"
    assert key.sealed(BOUND, "x") != key.sealed(BOUND, "x"), "never the same bytes twice"
    assert len(key.sealed(BOUND, "Al")) == len(key.sealed(BOUND, "Alexandrina Gonçalves")), "length says little"


@pytest.mark.parametrize(
    "elsewhere",
    [
        label("lyon", "r1", "recipient", "r1", b"id"),
        label("porto", "r2", "recipient", "r1", b"id"),
        label("porto", "r1", "order", "r1", b"id"),
        label("porto", "r1", "recipient", "r2", b"id"),
        label("porto", "r1", "recipient", "r1", b"di"),
    ],
)
def test_a_sealed_part_moved_elsewhere_does_not_open(elsewhere):
    key = PersonKey(new_secret())

    with pytest.raises(StoreDamaged, match="its bytes or its place were changed"):
        key.opened(elsewhere, key.sealed(BOUND, "x"))


def test_a_changed_byte_does_not_open():
    key = PersonKey(new_secret())
    sealed = bytearray(key.sealed(BOUND, "x"))
    sealed[-1] ^= 1

    with pytest.raises(StoreDamaged):
        key.opened(BOUND, bytes(sealed))


def test_under_another_key_it_is_forgotten_rather_than_damaged():
    assert PersonKey(new_secret()).opened(BOUND, PersonKey(new_secret()).sealed(BOUND, "x")) is None


def test_a_digest_recognises_the_same_text_and_tells_nothing_without_the_secret():
    key, other = PersonKey(new_secret()), PersonKey(new_secret())

    assert key.digest(BOUND, "1") == key.digest(BOUND, "1") != key.digest(BOUND, "2")
    assert key.digest(BOUND, "1") != other.digest(BOUND, "1"), "trying all phone numbers needs the secret"


def test_a_key_never_shows_in_a_message():
    secret = new_secret()

    assert secret.hex() not in repr(PersonKey(secret))
    assert repr(secret) not in repr(PersonKey(secret))


def test_rows_swapped_between_people_are_noticed(sqlite_folder):
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", [recipient("r1", ANA), recipient("r2", {"name": "Rui"})])
    with closing(sqlite3.connect(sqlite_folder / "people.db")) as raw, raw:
        first = raw.execute("SELECT sealed FROM people WHERE person_id = 'r1'").fetchone()
        raw.execute("INSERT INTO people SELECT company_id, 9, x'00', kind, key, person_id, x'00', ? FROM people WHERE "
                    "person_id = 'r1'", first)  # fmt: skip
        raw.execute("DELETE FROM people WHERE person_id = 'r1' AND seq < 9")
        raw.execute("UPDATE people SET seq = 1 WHERE seq = 9")

    with closing(open_store(sqlite_folder)) as store, pytest.raises(StoreDamaged, match=r"people\.db"):
        list(store.private("porto", "recipient"))


def test_nothing_that_names_a_person_is_ever_readable_in_a_file(sqlite_folder):
    with closing(open_store(sqlite_folder)) as store:
        store.append("porto", [recipient("r1", ANA)])

        assert _traces(sqlite_folder, _forms(ANA.values())) == []


def test_forgetting_leaves_no_byte_of_the_key_nor_of_what_it_sealed(sqlite_folder):
    rng = random.Random(3)
    people = [f"r{i}" for i in rng.sample(range(10**6), 1_500)]
    with closing(open_store(sqlite_folder)) as store:
        for start in range(0, len(people), 300):
            store.append("porto", [recipient(person, ANA | {"door": person}) for person in people[start : start + 300]])
        gone = rng.sample(people, 4)
        secrets, sealed = _secrets(sqlite_folder, gone), _sealed(sqlite_folder, gone)

        assert len(_traces(sqlite_folder, secrets + sealed)) >= 8, "they are there to be found before"

        for person in gone:
            assert store.forget("porto", person)

        assert _traces(sqlite_folder, secrets) == [], "while the store is open"
        assert len(list(store.private("porto", "recipient"))) == 1_496
    assert _traces(sqlite_folder, secrets + sealed + _forms(ANA.values())) == []


def _forms(texts) -> list[bytes]:
    """Return texts in plain, in UTF-16 and in the three ways that base64 can hold them."""
    plain = [text.encode(code) for text in texts for code in ("utf-8", "utf-16-le")]
    # Cut by what the neighbours' bits decide: the inner letters are the same wherever the text stands.
    coded = [base64.b64encode(b"\0" * shift + form)[4:-4] for form in plain for shift in range(3)]
    return plain + coded


def _secrets(folder: Path, people: list[str]) -> list[bytes]:
    return _column(folder / "keys.db", "SELECT secret FROM keys WHERE person_id = ?", people)


def _sealed(folder: Path, people: list[str]) -> list[bytes]:
    return _column(folder / "people.db", "SELECT sealed FROM people WHERE person_id = ?", people)


def _column(path: Path, query: str, people: list[str]) -> list[bytes]:
    with closing(sqlite3.connect(path)) as raw:
        return [row[0] for person in people for row in raw.execute(query, (person,))]


def _traces(folder: Path, forms: list[bytes]) -> list[tuple[str, bytes]]:
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return [(name, form) for name, held in files.items() for form in forms if form in held]

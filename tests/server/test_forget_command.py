"""`doorstep forget`: says what was destroyed; somebody unknown is the caller's mistake."""

import argparse
from contextlib import closing

import pytest

from doorstep.adapters.sqlite_store import open_store
from doorstep.domain.errors import YourInput
from doorstep.domain.facts import Fact
from doorstep.server.commands import forget

AT = "2026-01-01T08:00:00+00:00"


def run(home, person: str, company: str = "porto") -> int:
    parser = argparse.ArgumentParser()
    forget.add(parser.add_subparsers())
    given = parser.parse_args(["forget", "--company", company, person, "--home", str(home)])
    return int(given.run(given))


@pytest.fixture
def home(tmp_path):
    with closing(open_store(tmp_path / "store")) as store:
        store.append("porto", [Fact("f", "recipient", "r1", AT, AT, {}, "r1", {"name": "Ana"})])
    return tmp_path


def test_a_person_is_forgotten_and_told_about_by_id(home, capsys):
    assert run(home, "r1") == 0
    assert "Forgot r1 of porto" in capsys.readouterr().out

    with closing(open_store(home / "store")) as store:
        assert list(store.private("porto", "recipient")) == []
        assert [fact.key for fact in store.current("porto", "erasure")] == ["r1"]
    assert run(home, "r1") == 0
    assert "forgotten before" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("person", "company", "told"), [("r2", "porto", "nobody called 'r2'"), ("r1", "lyon", "in this store: porto")]
)
def test_somebody_unknown_is_your_input(home, person, company, told):
    with pytest.raises(YourInput, match=told):
        run(home, person, company)


def test_a_home_without_a_store_is_your_input_and_none_is_made(tmp_path):
    with pytest.raises(YourInput, match="there is none"):
        run(tmp_path / "empty", "r1")
    assert not (tmp_path / "empty").exists()

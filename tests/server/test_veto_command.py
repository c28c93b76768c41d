"""`doorstep veto`: tells, lists and revokes."""

import argparse
from contextlib import closing

import pytest

from doorstep.adapters.sqlite_store import open_store
from doorstep.domain.errors import YourInput
from doorstep.domain.facts import Fact
from doorstep.server.commands import veto

AT = "2026-01-01T08:00:00+00:00"


@pytest.fixture
def doorstep_veto(tmp_path, capsys):
    with closing(open_store(tmp_path / "store")) as store:
        store.append("porto", [Fact("d", "driver", "d1", AT, AT, {}, "d1", {"name": "Rui"})])
        store.append("porto", [Fact("r", "recipient", "r1", AT, AT, {})])

    def run(*words: str) -> str:
        parser = argparse.ArgumentParser()
        veto.add(parser.add_subparsers())
        given = parser.parse_args(["veto", *words, "--home", str(tmp_path)])
        assert given.run(given) == 0
        return str(capsys.readouterr().out)

    return run


def test_a_veto_is_kept_listed_and_revoked(doorstep_veto):
    assert "no plan from now on sends d1 to r1" in doorstep_veto("d1", "r1", "--reason", "a dog without a lead")
    assert "d1 not to r1" in doorstep_veto()
    assert "a dog without a lead" in doorstep_veto("d1")
    assert "may be sent to r1 again" in doorstep_veto("d1", "r1", "--revoke")
    assert doorstep_veto() == "No veto is in force.\n"


def test_half_a_veto_is_your_input(doorstep_veto):
    with pytest.raises(YourInput, match="DRIVER and RECIPIENT"):
        doorstep_veto("d1", "--reason", "a dog")

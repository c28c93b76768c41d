"""What wiring promises: the store of a command outlasts another command's long import."""

from doorstep.server import wiring
from doorstep.server.settings import Settings


def test_a_command_waits_for_another_that_imports_a_million_rows(tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(wiring, "open_store", lambda _, patience_s: waits.append(patience_s))

    wiring.new_store(Settings(home=tmp_path, cache=tmp_path))

    assert waits[0] >= 120, "an import of a million rows may take a minute, on a slower disk two"

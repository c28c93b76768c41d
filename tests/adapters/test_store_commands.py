"""The same commands on a PostgreSQL server: import, learn and forget know nothing of what lies beneath."""

import csv
import json

import pytest

from doorstep.server.cli import main

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_a_company_on_a_server_is_imported_learned_and_forgotten(postgres_url, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DOORSTEP_DATABASE", postgres_url)
    monkeypatch.setenv("DOORSTEP_HOME", str(tmp_path / "home"))
    town = tmp_path / "town"

    assert main(["town", str(town), "--days", "8", "--orders-per-day", "20"]) == 0
    assert main(["import", str(town), "--company", "served", "--json", str(tmp_path / "import.json")]) == 0
    assert main(["learn", "--company", "served", "--json", str(tmp_path / "learned.json")]) == 0
    with (town / "recipients.csv").open() as rows:
        person = next(csv.DictReader(rows))["recipient_id"]
    assert main(["forget", "--company", "served", person]) == 0
    assert json.loads((tmp_path / "learned.json").read_text())["company"] == "served"
    assert not (tmp_path / "home").exists()
    assert f"Forgot {person} of served" in capsys.readouterr().out

"""`doorstep town DIR` writes where it may, and refuses in a sentence where it may not."""

import argparse

import pytest

from doorstep.domain.errors import YourInput
from doorstep.server.commands import town


def call(*words: object) -> int:
    parser = argparse.ArgumentParser()
    town.add(parser.add_subparsers())
    given = parser.parse_args(["town", *map(str, words)])
    return int(given.run(given))


def test_it_writes_a_folder_and_says_what_comes_next(tmp_path, capsys):
    assert call(tmp_path / "t", "--days", 3, "--orders-per-day", 20) == 0
    assert "doorstep import" in capsys.readouterr().out
    assert {"orders.csv", "company.toml", "streets.osm.pbf"} <= {p.name for p in (tmp_path / "t").iterdir()}


def test_it_may_write_again_where_it_wrote_before(tmp_path):
    call(tmp_path / "t", "--days", 3, "--orders-per-day", 20)
    before = (tmp_path / "t/orders.csv").read_bytes()
    call(tmp_path / "t", "--days", 3, "--orders-per-day", 20, "--seed", 2)

    assert (tmp_path / "t/orders.csv").read_bytes() != before


def test_it_overwrites_nothing_of_yours(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(YourInput, match="holds other files"):
        call(tmp_path)

    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_bad_setting_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(YourInput, match="days of history, got 0"):
        call(tmp_path / "t", "--days", 0)
    with pytest.raises(YourInput, match="Expected an OpenStreetMap file"):
        call(tmp_path / "t", "--osm", tmp_path / "nowhere.osm")

    assert not (tmp_path / "t").exists()

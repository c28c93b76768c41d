"""`--iterations`: the same plan again, to the bit, whichever door it comes through."""

import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.server.small_company import DAY, Street

from doorstep.adapters.fan_pool import OneProcess
from doorstep.flows.solve import InCells
from doorstep.server import cli
from doorstep.server.commands import in_cells, night

pytestmark = pytest.mark.usefixtures("kernels")

EXAMPLE = Path(__file__).parents[2] / "examples" / "corner-shop.json"


def test_solve_finds_the_same_plan_again_however_many_searches_there_are(tmp_path, capsys):
    for k in (1, 2):
        words = ("--iterations", "3000", "--searches", str(k), "--seconds", f"0.00{k}")
        assert cli.main(["solve", str(EXAMPLE), *words, "--out", str(tmp_path / f"{k}.json")]) == 0

    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()
    (tmp_path / "e.json").write_text('[{"kind": "time", "at": 32400}]')
    for k in (1, 2):
        out = ("--out", str(tmp_path / f"next{k}.json"), "--json", str(tmp_path / f"answer{k}.json"))
        told = [str(tmp_path / name) for name in (f"{k}.json", "e.json")]
        assert cli.main(["dispatch", *told, "--iterations", "500", *out]) == 0
    assert (tmp_path / "next1.json").read_bytes() == (tmp_path / "next2.json").read_bytes()
    assert (tmp_path / "answer1.json").read_bytes() == (tmp_path / "answer2.json").read_bytes()


def test_plan_finds_the_same_plan_again(tmp_path, monkeypatch, capsys):
    company = Street(tmp_path, monkeypatch, capsys).imported()
    company.planned("--iterations", 1500)
    one = (tmp_path / "plan.json").read_bytes()
    company.planned("--iterations", 1500, seconds=0.1)

    assert (tmp_path / "plan.json").read_bytes() == one
    assert company.run("plan", "--day", DAY, "--iterations", 1500, "--home", tmp_path / "home")[0] == 0


def test_a_night_finds_the_same_plans_again_of_files_and_of_a_day(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(night, "ProcessFan", lambda _: nullcontext(OneProcess()))
    company = Street(tmp_path, monkeypatch, capsys).imported()
    monkeypatch.setattr(cli, "COMMANDS", (*cli.COMMANDS, "night"))
    shutil.copytree(EXAMPLE.parent, tmp_path / "depots")
    for k in (1, 2):
        for words in ((tmp_path / "depots",), ("--day", DAY, "--home", tmp_path / "home")):
            told = ("night", *words, "--iterations", 500, "--seconds", k, "--out", tmp_path / f"{k}")
            assert company.run(*told)[0] == 0
    plans = {k: {p.relative_to(tmp_path / k): p.read_bytes() for p in (tmp_path / k).rglob("*.json")} for k in "12"}

    assert len(plans["1"]) == 2 * 8  # seven files and a day, each with its problem
    assert plans["1"] == plans["2"]
    again = company.run(
        "night", "--day", DAY, "--home", tmp_path / "home", "--iterations", 501, "--out", tmp_path / "2"
    )
    assert "1 plan answers an earlier question" in again[2]


def test_more_stops_than_one_search_holds_are_planned_by_the_clock(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(in_cells, "cells_of", lambda *_, **__: InCells(None, 4, 4))
    code = cli.main(["solve", str(EXAMPLE), "--iterations", "10", "--processes", "1"])

    assert code == 2
    assert "Expected seconds instead of iterations, got" in capsys.readouterr().err

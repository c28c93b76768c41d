"""Answers of a run outlive the process."""

import pytest

from doorstep.adapters.kept_answers import KeptFiles
from doorstep.domain.errors import YourInput
from doorstep.domain.problem import Break, Charge, Reload
from doorstep.domain.units import Seconds

ANSWER = {"h1": ("a", Reload(0), "b", Charge("plug", Seconds(600)), Break(Seconds(900))), "h2": ()}


def test_an_answer_comes_back_as_it_was_kept(tmp_path):
    kept = KeptFiles(tmp_path / "runs")
    kept.put("run 1", "depot/../north", ANSWER)

    assert kept.get("run 1", "depot/../north") == ANSWER
    assert kept.get("run 2", "depot/../north") is None
    assert {p.parent.parent for p in tmp_path.rglob("*.json")} == {tmp_path / "runs"}


def test_ids_that_look_alike_in_a_file_name_stay_apart(tmp_path):
    kept = KeptFiles(tmp_path)
    kept.put("r", "a/b", {"h": ("x",)})
    kept.put("r", "a_2f_b", {"h": ("y",)})

    assert kept.get("r", "a/b") == {"h": ("x",)}


def test_a_damaged_answer_is_named(tmp_path):
    kept = KeptFiles(tmp_path)
    kept.put("r", "d", ANSWER)
    next(tmp_path.rglob("*.json")).write_text('{"h1": [{"reload": -1}]}')

    with pytest.raises(YourInput, match=r"d\.json: h1\[0\]\.reload"):
        kept.get("r", "d")

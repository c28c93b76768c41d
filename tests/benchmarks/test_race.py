"""What is kept of a race is compared only with what ran at the same pace, by the same search."""

from pathlib import Path

import pytest
from benchmarks.race import Race

from benchmarks import race

RACES = {Race("ours", name, 1, 30.0): name for name in ("a", "b", "c")}


@pytest.fixture
def paces_today(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let today's pace be 1, and count how often it is asked."""
    asked: list[str] = []

    def told(arguments: list[str]) -> str:
        asked.append(arguments[0])
        return "1.0"

    monkeypatch.setattr(race, "_last_line", told)
    return asked


def _again(kept: dict[str, dict[str, float]]) -> list[str]:
    return [one.name for one in race._to_run(RACES, kept, 2)]


def test_what_was_run_at_another_pace_or_at_none_that_is_known_is_run_again(paces_today: list[str]) -> None:
    assert _again({"a": {"pace": 1.1}, "b": {"pace": 1.5}, "c": {}}) == ["b", "c"]
    assert paces_today == ["pace", "pace"]


def test_what_is_whole_and_was_run_alike_stays_on_a_machine_of_any_pace(paces_today: list[str]) -> None:
    assert _again({"a": {"pace": 2.0}, "b": {"pace": 2.2}, "c": {"pace": 2.3}}) == []
    assert not paces_today


def test_the_row_says_how_far_apart_the_paces_are() -> None:
    found = dict(zip(RACES, ({"pace": 0.2}, {"pace": 0.3}, {"pace": 0.25}), strict=True))

    assert (race.same_pace(found).value, race.same_pace(found).met) == (1.5, False)


@pytest.fixture
def searches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(race, "SEARCH", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("edited", "same"),
    [
        ('"""Other words."""\n\n\ndef f(x):\n    return x + 1  # and a comment\n', True),
        ('"""Words."""\ndef f(x):\n    "Says so."\n    return x + 1\n\nA = 1\n"""What A is."""\n', False),
        ('"""Words."""\ndef f(x):\n    return x + 2\n', False),
        ('"""Words."""\ndef f(x):\n    return x + 1\n\n\nB = "words"\n', False),
    ],
)
def test_a_version_hears_what_a_search_does_and_not_what_it_says(searches: Path, edited: str, same: bool) -> None:
    (searches / "it.py").write_text('"""Words."""\ndef f(x):\n    """Return one more."""\n    return x + 1\n')
    before = race.own_version(["it"])
    (searches / "it.py").write_text(edited)

    assert (race.own_version(["it"]) == before) is same

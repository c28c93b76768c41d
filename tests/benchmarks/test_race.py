"""What is kept of a race is compared only with what ran at the same pace, by the same search, asked the same way."""

import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmarks.code_versions import code_of
from benchmarks.harness import Row
from benchmarks.race import Race

from benchmarks import code_versions, race

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


def run(pace: float, cpu: float = 30.0) -> dict[str, float]:
    return {"pace": pace, "cpu": cpu}


def told(rows: list[Row]) -> list[tuple[float | str, bool | None]]:
    return [(row.value, row.met) for row in rows]


def seeds(method: str, name: str, *paces: float) -> dict[Race, dict[str, float]]:
    return {Race(method, name, seed, 30.0): run(pace) for seed, pace in enumerate(paces)}


def test_paces_are_compared_where_both_ran_and_judged_either_way() -> None:
    busy = seeds("ours", "a", 0.21, 0.22, 0.23) | seeds("ours", "b", 0.4)

    assert told(race.fair(busy | seeds("pyvrp", "a", 0.19, 0.2, 0.21)))[0] == (90.91, False)
    assert told(race.fair(busy | seeds("pyvrp", "a", 0.215, 0.215, 0.215)))[0] == (97.73, True)
    assert told(race.fair(busy | seeds("pyvrp", "a", 0.24, 0.24, 0.24)))[0] == (109.09, False)


def test_an_instance_counts_once_however_many_seeds_and_budgets_a_method_had() -> None:
    ours = seeds("ours", "a", 0.3, 0.3, 0.3) | seeds("ours", "b", 0.2) | seeds("ours", "c", 0.2)
    peer = seeds("vroom", "a", 0.3) | seeds("vroom", "b", 0.2) | seeds("vroom", "c", 0.2)

    assert told(race.fair(ours | peer))[0] == (100.0, True)


def test_the_spread_of_paces_is_a_figure() -> None:
    found = {race: run(pace) for race, pace in zip(RACES, (0.2, 0.3, 0.25), strict=True)}

    assert told(race.fair(found))[0] == (1.5, None)


def test_whoever_spends_most_beyond_what_is_given_is_named() -> None:
    found = {Race("ours", "a", 1, 30.0): run(0.2, 30.3), Race("vroom", "b", 1, 30.0): run(0.2, 31.2)}
    row = race.fair(found)[-1]

    assert (row.value, row.met) == (4.0, False)
    assert "vroom, b" in row.what


def test_a_quick_look_is_measured_and_not_judged() -> None:
    found = {Race("ours", "a", 1, 4.0): run(0.2, 4.2), Race("pyvrp", "a", 1, 4.0): run(0.3, 4.0)}

    assert told(race.fair(found)) == [(150.0, None), (1.5, None), (5.0, None)]


def test_of_methods_that_are_all_ours_the_two_furthest_apart_are_told() -> None:
    found = seeds("lazy", "a", 0.25, 0.25, 0.25) | seeds("greedy", "a", *[0.21] * 3) | seeds("ours", "a", *[0.2] * 3)

    assert told([race.same_pace(found)]) == [(80.0, False)]


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


SOLVER = """
from benchmarks.days import day
COLOURS = ("red",)
STEPS = 3


def solve(name):
    return steps(day(name))


def steps(problem):
    return STEPS * problem


def rows():
    return COLOURS
"""
DAYS = """
LENGTH = 5


def day(name):
    return LENGTH * len(name)
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return how a solver is asked, as a hash, with its two modules edited; another edit is another call."""
    monkeypatch.setattr(code_versions, "ROOT", tmp_path)
    (tmp_path / "benchmarks").mkdir()
    solve: Any = types.FunctionType((lambda: None).__code__, {"__name__": "benchmarks.solver"}, "solve")

    def hashed(solver: str = SOLVER, days: str = DAYS, given: object = None) -> str:
        (tmp_path / "benchmarks/solver.py").write_text(solver)
        (tmp_path / "benchmarks/days.py").write_text(days)
        code_versions._top_level.cache_clear()
        return code_of(solve, given=given)

    return hashed


@pytest.mark.parametrize(
    "edit",
    [
        {"solver": SOLVER.replace("STEPS = 3", "STEPS = 4")},
        {"solver": SOLVER.replace("STEPS * problem", "STEPS + problem")},
        {"days": DAYS.replace("LENGTH = 5", "LENGTH = 6")},
        {"given": {"capacity": 90}},
    ],
)
def test_a_version_hears_whatever_a_solver_mentions_in_any_module_of_the_benchmarks(
    asked: Callable[..., str], edit: dict[str, Any]
) -> None:
    assert asked(**edit) != asked()


@pytest.mark.parametrize(
    "edit",
    [
        {"solver": SOLVER.replace('"red"', '"blue"')},
        {"solver": SOLVER.replace("return STEPS", '"""Say so."""\n    return STEPS')},
        {"days": DAYS + "OTHER = 1\n"},
    ],
)
def test_a_version_hears_nothing_of_rows_words_and_other_solvers(
    asked: Callable[..., str], edit: dict[str, str]
) -> None:
    assert asked(**edit) == asked()

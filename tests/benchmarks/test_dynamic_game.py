"""The dynamic game: we decide with the product's code, by the game's rules, and a kept run knows who decides."""

from typing import Any

import numpy as np
import pytest
from benchmarks.dynamic_game import Asked, Game, Player, ours, play
from benchmarks.race import SEARCH
from benchmarks.static_sets import Instance

from benchmarks import bench_dynamic, dynamic_game
from doorstep.domain.problem import Problem
from doorstep.operations.dispatch import send_or_wait
from doorstep.operations.rest_of_day import rest_of_day
from doorstep.operations.search import fleet, search
from doorstep.operations.search.loop import Result

pytestmark = pytest.mark.usefixtures("kernels")


@pytest.fixture
def game(monkeypatch: pytest.MonkeyPatch) -> Game:
    """Return a small game of three epochs: customers on a street, five of them asking in each."""
    monkeypatch.setattr(dynamic_game, "DRAWS", 5)
    monkeypatch.setattr(dynamic_game, "FUTURES", 3)
    way = np.abs(np.subtract.outer(np.arange(9), np.arange(9))) * 300
    opens = [0, *(3600 * (k % 4) for k in range(8))]
    closes = [10 * 3600, *(at + 2 * 3600 for at in opens[1:])]
    return Game(Instance("street", way, way, [0] + [1] * 8, opens, closes, [0] + [60] * 8, 6, timed=True, best=None), 3)


def test_we_play_by_the_rules(game: Game) -> None:
    assert play(game, Player(ours, 0.75), 0.2, 1) > 0, "whoever breaks a rule is refused"


def test_who_must_go_goes_and_nobody_goes_who_is_not_there(game: Game) -> None:
    for epoch, requests in zip(game.epochs, game.requests, strict=True):
        must = frozenset(str(r.number) for r in requests if game.must_go(r, epoch))
        sent = ours(Asked(game, epoch, requests, must, 0.1, 1))

        assert must <= sent <= {str(r.number) for r in requests}


def test_we_decide_by_the_product_s_code_on_problems_that_the_plain_search_plans(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Problem] = []

    def noted(problem: Problem, **more: Any) -> Result:
        asked.append(problem)
        return search(problem, **more)

    monkeypatch.setattr(send_or_wait, "search", noted)
    play(game, Player(ours, 0.75), 0.2, 1)

    assert len(game.epochs) == 3
    assert asked
    assert all(fleet.fits(rest_of_day(problem)) for problem in asked)


def test_a_kept_run_knows_who_decides_and_the_rules_of_the_game(monkeypatch: pytest.MonkeyPatch) -> None:
    players = [*dynamic_game.PLAYERS, "hindsight"]
    before = {method: bench_dynamic.version(method) for method in players}
    assert len(set(before.values())) == len(players)
    assert all((SEARCH / f"{module}.py").exists() for module in bench_dynamic.DECIDES)

    monkeypatch.setattr(bench_dynamic, "DECIDES", bench_dynamic.DECIDES[:-1])
    assert {m for m in players if bench_dynamic.version(m) != before[m]} == {"ours"}
    monkeypatch.setattr(bench_dynamic, "DAY", 2)
    assert all(bench_dynamic.version(m) != before[m] for m in players)

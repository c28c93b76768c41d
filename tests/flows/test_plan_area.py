"""Areas and regions: cells cover everything once, and what died is planned again."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest
from tests.operations.depots import region
from tests.operations.problems import Recipe, random_problem

from doorstep.adapters.fan_pool import OneProcess
from doorstep.domain.errors import Outside, YourInput
from doorstep.domain.problem import Halt, Pair, Problem, Reload
from doorstep.domain.units import Seconds
from doorstep.flows import solve
from doorstep.flows.plan_area import plan_area
from doorstep.flows.plan_region import plan_region
from doorstep.operations.cells import MatrixLegs, cell_problem, first_cells, joined, regrouped
from doorstep.operations.check import check
from doorstep.operations.schedule import schedule

pytestmark = pytest.mark.usefixtures("kernels")


def day(seed: int, stops: int = 60) -> Problem:
    """Return a day with many shifts whose stops may all be left out at a price."""
    recipe = Recipe(shifts=12, optional=1.0, needy=0.0, windowed=0.3)
    return random_problem(np.random.default_rng(seed), stops, recipe)


def test_cells_hold_every_stop_and_every_shift_once():
    problem = day(1)
    cells = first_cells(problem, 15)

    assert len(cells) in (4, 5)
    assert sorted(x for c in cells for x in c.stop_ids) == sorted(s.stop_id for s in problem.stops)
    assert sorted(x for c in cells for x in c.shift_ids) == sorted(s.shift_id for s in problem.shifts)


def test_regrouped_cells_keep_routes_whole_and_lose_nobody():
    problem = day(2)
    found = plan_area(problem, cpu_seconds=0.2, seed=1, size=15).sequences
    cells = regrouped(problem, found, 15, seed=3)

    assert sorted(x for c in cells for x in c.stop_ids) == sorted(s.stop_id for s in problem.stops)
    assert sorted(x for c in cells for x in c.shift_ids) == sorted(s.shift_id for s in problem.shifts)
    assert all(set(halts) <= set(c.stop_ids) for c in cells for halts in c.start.values())


def test_a_pair_is_never_parted():
    problem = day(3)
    ids = [s.stop_id for s in problem.stops]
    problem = replace(problem, pairs=tuple(Pair(a, b) for a, b in zip(ids[::2], ids[1::2], strict=True)))

    for cells in (first_cells(problem, 10), regrouped(problem, {}, 10, seed=1)):
        assert sum(len(cell_problem(problem, c, MatrixLegs(problem.times)).pairs) for c in cells) == 30


def test_an_area_planned_in_cells_holds_on_the_whole():
    problem = day(4)
    found = plan_area(problem, cpu_seconds=0.4, seed=1, size=15).sequences
    report = check(problem, schedule(problem, found, seed=1, problem_sha256=""))

    assert report.holds
    assert sum(map(len, found.values())) > 10


@pytest.mark.parametrize("seed", [11, 12])
def test_rounds_mend_what_borders_spoiled_and_never_make_it_dearer(seed):
    area = plan_area(day(seed), cpu_seconds=0.4, seed=seed, size=15)

    assert len(area.prices) == 4
    assert area.prices[-1] < area.prices[0]
    assert all(after <= before + 0.5 for before, after in pairwise(area.prices))


def test_a_day_that_no_request_can_hold_is_a_sentence_that_says_what_to_do(monkeypatch):
    with pytest.raises(YourInput, match="Expected at least 16 shifts for 60 stops, got 12: a day so large is planned"):
        solve.solve(day(1), seconds=1, seed=1, problem_sha256="", cells=solve.InCells(size=2, whole=2))
    monkeypatch.setattr(solve, "MOST_STOPS", 50)
    with pytest.raises(
        YourInput, match="at most 50 stops in one request, got 60; split them by depot and plan the depots"
    ):
        solve.solve(day(1), seconds=1, seed=1, problem_sha256="")


def test_a_stop_is_put_where_a_shift_may_serve_it():
    problem = day(13)
    able, odd = problem.shifts[5].shift_id, {problem.stops[k].stop_id for k in (3, 30, 55)}
    stops = tuple(replace(s, needs=frozenset({"crane"})) if s.stop_id in odd else s for s in problem.stops)
    named = problem.stops[20].stop_id
    stops = tuple(replace(s, only=frozenset({able}), windows=()) if s.stop_id == named else s for s in stops)
    shifts = tuple(replace(s, offers=s.offers | {"crane"}) if s.shift_id == able else s for s in problem.shifts)
    problem = replace(problem, stops=stops, shifts=shifts)
    begun = {problem.shifts[0].shift_id: (problem.stops[0].stop_id,), problem.shifts[1].shift_id: (stops[1].stop_id,)}

    for cells in (first_cells(problem, 15), regrouped(problem, begun, 1, seed=1)):
        assert len(cells) > 1
        assert all(able in c.shift_ids for c in cells if {*odd, named} & set(c.stop_ids))


def test_what_is_frozen_stays_with_its_shift_in_cells():
    problem = day(14)
    first = {s.shift_id: (problem.stops[4 * k].stop_id,) for k, s in enumerate(problem.shifts)}
    frozen = replace(problem, shifts=tuple(replace(s, frozen=first[s.shift_id]) for s in problem.shifts))
    found = plan_area(frozen, cpu_seconds=0.3, seed=1, size=15).sequences

    assert {shift_id: halts[:1] for shift_id, halts in found.items()} == first


def test_interrupted_in_a_round_cells_that_had_not_ended_keep_their_routes():
    problem, fan = day(15), InterruptedFan(5)
    area = plan_area(problem, cpu_seconds=0.4, seed=1, fan=fan, size=15)
    report = check(problem, schedule(problem, area.sequences, seed=1, problem_sha256=""))

    assert area.interrupted
    assert area.share == pytest.approx(0.4)
    assert report.holds
    assert report.total <= area.prices[0] + 1


def test_interrupted_in_the_first_round_cells_that_had_not_ended_keep_what_was_begun():
    problem = day(15)
    begun = {s.shift_id: tuple(x.stop_id for x in problem.stops[5 * k :][:5]) for k, s in enumerate(problem.shifts)}
    area = plan_area(problem, cpu_seconds=0.2, seed=1, fan=InterruptedFan(0), size=15, start=begun)

    assert area.interrupted
    assert area.sequences == begun


@dataclass
class InterruptedFan:
    """Answers a few jobs, then somebody presses Ctrl-C."""

    answers: int
    workers: int = 1

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        for key, job in jobs.items():
            if self.answers == 0:
                raise KeyboardInterrupt
            self.answers -= 1
            yield key, task(job)


def test_cells_answers_are_joined_in_the_rows_of_the_whole():
    problem = day(5)
    cell = first_cells(problem, 15)[1]
    part = cell_problem(problem, cell, MatrixLegs(problem.times))

    assert joined([(part, {cell.shift_ids[0]: cell.stop_ids[:2]})], problem) == {cell.shift_ids[0]: cell.stop_ids[:2]}


def reloading(seed: int) -> tuple[Problem, dict[str, tuple[Halt, ...]]]:
    """Return a day on which half of the vans may reload at the depots and at the last door, and routes that do."""
    problem = day(seed)
    rows = sorted({s.start for s in problem.shifts} | {problem.stops[-1].location})
    shifts = tuple(replace(s, reloads=tuple(rows) if k % 2 else (), max_trips=4) for k, s in enumerate(problem.shifts))
    ids = [s.stop_id for s in problem.stops]
    each = {s.shift_id: ids[k :: len(shifts)] for k, s in enumerate(shifts)}
    routes: dict[str, tuple[Halt, ...]] = {
        s.shift_id: (*each[s.shift_id][:2], *(Reload(row) for row in s.reloads), *each[s.shift_id][2:]) for s in shifts
    }
    return replace(problem, shifts=shifts), routes


@pytest.mark.parametrize("seed", [6, 7, 8])
def test_reloads_are_in_a_cells_rows_inside_it_and_in_the_wholes_outside(seed):
    problem, routes = reloading(seed)
    cells = regrouped(problem, routes, 15, seed=seed)
    parts = [(cell_problem(problem, cell, MatrixLegs(problem.times)), cell.start) for cell in cells]
    pairs = [
        (halt.location, part.places[halt.location], whole.location, problem.places[whole.location])
        for part, start in parts
        for shift_id, halts in start.items()
        for halt, whole in zip(halts, routes[shift_id], strict=True)
        if isinstance(halt, Reload) and isinstance(whole, Reload)
    ]

    assert all(here == there for _, here, _, there in pairs)
    assert any(inside != outside for inside, _, outside, _ in pairs)
    assert joined(parts, problem) == routes


def test_an_area_whose_vans_reload_holds_on_the_whole():
    problem, _ = reloading(9)
    small = tuple(replace(s, capacities=tuple(max(1, c // 4) for c in s.capacities)) for s in problem.shifts)
    problem = replace(problem, shifts=small)
    found = plan_area(problem, cpu_seconds=0.6, seed=1, size=15).sequences
    report = check(problem, schedule(problem, found, seed=1, problem_sha256=""))

    assert report.holds
    assert any(isinstance(halt, Reload) for halts in found.values() for halt in halts)


@dataclass
class DyingFan:
    """Answers a few jobs, then every worker dies."""

    lives: int
    workers: int = 1
    begun: list[str] = field(default_factory=list)

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        for key, job in jobs.items():
            if self.lives == 0:
                raise Outside("Expected 1 processes to live, but they died.")
            self.lives -= 1
            self.begun.append(key)
            yield key, task(job)


@dataclass
class KeptInMemory[Answer]:
    """Answers that outlive a run that died."""

    found: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def get(self, run_id: str, depot_id: str) -> Answer | None:
        return self.found.get((run_id, depot_id))

    def put(self, run_id: str, depot_id: str, answer: Answer) -> None:
        self.found[run_id, depot_id] = answer


@dataclass(frozen=True)
class Depot:
    """A depot to plan, with its effort and the hour its vans are loaded."""

    cpu_seconds: float = 1.0
    due_at: Seconds = Seconds(0)


def test_a_region_goes_on_where_its_run_died():
    jobs = {f"depot {k}": Depot() for k in range(5)}
    kept, first, second = KeptInMemory[Depot](), DyingFan(3), DyingFan(99)
    with pytest.raises(Outside):
        list(plan_region("run", jobs, lambda job: job, fan=first, kept=kept))
    answers = dict(plan_region("run", jobs, lambda job: job, fan=second, kept=kept))

    assert list(answers) == list(jobs)
    assert first.begun + second.begun == list(jobs)


def test_a_region_begins_with_what_is_due_first_and_of_that_with_the_largest():
    jobs = {"a": Depot(5, Seconds(90)), "b": Depot(9, Seconds(90)), "c": Depot(1, Seconds(50))}
    answers = plan_region("run", jobs, lambda job: job, fan=OneProcess(), kept=KeptInMemory())

    assert list(dict(answers)) == ["c", "b", "a"]


@pytest.mark.parametrize(("depots", "room"), [(2, 112), (4, 88)])
def test_of_depots_far_apart_cells_leave_out_nothing_that_one_search_serves(depots, room):
    problem = region(depots, 400.0, stops=80, vans=8, room=room)
    whole = solve.solve(problem, seconds=0.5, seed=1, problem_sha256="")[1]
    split = solve.solve(problem, seconds=1, seed=1, problem_sha256="", cells=solve.InCells(size=20, whole=20))[1]

    assert whole.left_out == split.left_out == ()


def test_of_neighbouring_depots_cells_cost_at_most_six_per_cent_more_than_one_search():
    problem = region(2, 40.0, stops=160, vans=16, room=176)
    whole = solve.solve(problem, seconds=3, seed=1, problem_sha256="")[1]
    split = solve.solve(problem, seconds=3, seed=1, problem_sha256="", cells=solve.InCells(size=40, whole=40))[1]

    assert not split.left_out
    assert split.total <= 1.06 * whole.total


def test_a_stop_changes_its_depot_where_another_is_nearer():
    problem = region(2, 40.0, stops=80, vans=8, room=112)
    own = {d: [stop.stop_id for stop in problem.stops[d::2]] for d in (0, 1)}
    crossed = {s.shift_id: tuple(own[1 - s.start][10 * (k // 2) :][:10]) for k, s in enumerate(problem.shifts)}
    start = {s.shift_id: s.start for s in problem.shifts}
    found = plan_area(problem, cpu_seconds=3, seed=1, size=40, start=crossed).sequences
    home = sum(x in own[start[shift_id]] for shift_id, halts in found.items() for x in halts)

    assert home > 0.75 * len(problem.stops)

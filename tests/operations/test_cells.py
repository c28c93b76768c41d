"""Cells: everybody is in exactly one, vans are where they are needed, and no border between depots stays one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.depots import on_a_map, region
from tests.operations.problems import random_problem, random_sequences, rich

from doorstep.domain.problem import Halt, Pair, Problem
from doorstep.operations.cells import Cell, begun_cells, first_cells, regrouped


def alike(problem: Problem, cells: list[Cell]) -> None:
    """Assert that every stop and every shift is in exactly one cell, and every route where its shift is."""
    assert sorted(x for c in cells for x in c.stop_ids) == sorted(s.stop_id for s in problem.stops)
    assert sorted(x for c in cells for x in c.shift_ids) == sorted(s.shift_id for s in problem.shifts)
    for cell in cells:
        assert set(cell.start) <= set(cell.shift_ids)
        assert {x for halts in cell.start.values() for x in halts if isinstance(x, str)} <= set(cell.stop_ids)


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 9), st.integers(2, 30))
def test_every_stop_is_in_exactly_one_cell_and_every_shift(seed, stops, shifts, size):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, stops, rich(shifts=shifts, frozen=0.0))
    split = random_sequences(rng, problem)
    routes: dict[str, list[Halt]] = {r: [*halts] for r, halts in split.items()}

    alike(problem, first_cells(problem, size))
    alike(problem, first_cells(problem, size, turn=0.4))
    alike(problem, begun_cells(problem, routes, size, seed))


def test_a_plan_that_gives_a_pair_to_two_shifts_begins_without_it():
    problem = replace(region(1, 0.0, stops=8, vans=4, room=12), pairs=(Pair("s1", "s6"),))
    cells = begun_cells(problem, {"h0": ("s0", "s1", "s2", "s3"), "h1": ("s4", "s5", "s6", "s7")}, 4, 1)

    assert {x for cell in cells for halts in cell.start.values() for x in halts} == {"s0", "s2", "s3", "s4", "s5", "s7"}
    assert any({"s1", "s6"} <= set(cell.stop_ids) for cell in cells)


@pytest.mark.parametrize("seed", range(6))
def test_of_several_depots_every_cell_is_of_one_as_long_as_each_fills_a_cell(seed):
    problem = region(4, 40.0, stops=160, vans=16, room=240, seed=seed)
    start = {s.shift_id: s.start for s in problem.shifts}

    assert [len({start[x] for x in cell.shift_ids}) for cell in first_cells(problem, 20)] == [1] * 8


def test_small_depots_that_lie_together_share_a_cell():
    problem = region(4, 10.0, stops=40, vans=8, room=80)

    assert [len(cell.stop_ids) for cell in first_cells(problem, 40)] == [40]


def test_shifts_of_a_depot_that_serves_nobody_are_in_the_nearest_cell():
    doors = [[x, y] for x in (1, 2, 41, 42) for y in (1, 2, 3)]
    problem = on_a_map([[0, 0], [45, 0], [60, 0]], doors, (9, 9, 9))
    cells = first_cells(problem, 6)

    assert [cell.shift_ids for cell in cells] == [("h0",), ("h1", "h2")]


def test_a_depots_vans_are_where_they_are_needed():
    around = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    problem = on_a_map([[0, 0]], np.stack([np.sin(around), np.cos(around)], axis=1).tolist(), (11,) * 8)
    crane = frozenset({"crane"})
    stops = tuple(replace(s, needs=crane) if 2 <= k < 17 else s for k, s in enumerate(problem.stops))
    shifts = tuple(replace(s, offers=crane) if k < 2 else s for k, s in enumerate(problem.shifts))
    problem = replace(problem, stops=stops, shifts=shifts)
    cell = next(cell for cell in first_cells(problem, 20) if "h0" in cell.shift_ids)

    assert {f"s{k}" for k in range(2, 17)} <= set(cell.stop_ids)
    assert "h1" in cell.shift_ids


def test_without_needs_every_cell_gets_some_vans_of_each_kind():
    problem = region(1, 0.0, stops=80, vans=8, room=88)
    shifts = tuple(replace(s, capacities=(11 + k // 4,)) for k, s in enumerate(problem.shifts))
    cells = first_cells(replace(problem, shifts=shifts), 20)

    assert all(sorted(int(x[1:]) // 4 for x in cell.shift_ids) == [0, 1] for cell in cells)


def test_routes_of_neighbouring_depots_meet_in_a_cell():
    problem = region(2, 20.0, stops=80, vans=8, room=88)
    near = {
        s.shift_id: tuple(x.stop_id for x in problem.stops[s.start :: 2][10 * k :][:10])
        for k in range(4)
        for s in problem.shifts[2 * k : 2 * k + 2]
    }
    start = {s.shift_id: s.start for s in problem.shifts}
    met = [len({start[x] for x in cell.start}) for seed in range(5) for cell in regrouped(problem, near, 20, seed)]

    assert max(met) == 2


def served_but_one(last: int) -> tuple[Problem, dict[str, tuple[str, ...]]]:
    """Return a day of one depot whose vans are full but van `last`, and routes that leave out the stop s0.

    Vans serve bands from south to north; s0 lies in the south.
    """
    doors = [[0.0, 0.5], *([float(x), float(y)] for y in range(1, 9) for x in range(5))]
    problem = on_a_map([[0, 0]], doors, [6 if k == last else 5 for k in range(8)])
    return problem, {f"h{k}": tuple(f"s{i}" for i in range(5 * k + 1, 5 * k + 6)) for k in range(8)}


@pytest.mark.parametrize("last", [3, 5, 7])
@pytest.mark.parametrize("seed", range(3))
def test_a_stop_that_is_left_out_is_with_the_van_that_has_room(last, seed):
    problem, routes = served_but_one(last)
    cell = next(cell for cell in regrouped(problem, routes, 10, seed) if "s0" in cell.stop_ids)

    assert f"h{last}" in cell.shift_ids
    assert "h0" in cell.shift_ids


def test_a_stop_that_is_left_out_is_with_an_idle_van_that_may_serve_it():
    problem, routes = served_but_one(0)
    stops = (replace(problem.stops[0], needs=frozenset({"crane"})), *problem.stops[1:])
    shifts = tuple(replace(s, offers=frozenset({"crane"})) if s.shift_id == "h6" else s for s in problem.shifts)
    routes["h5"], routes["h6"] = (*routes["h5"], *routes["h6"]), ()
    problem = replace(problem, stops=stops, shifts=shifts)
    cell = next(cell for cell in regrouped(problem, routes, 10, 1) if "s0" in cell.stop_ids)

    assert "h6" in cell.shift_ids


def test_idle_vans_are_with_routes_of_their_depot():
    problem = region(2, 400.0, stops=80, vans=12, room=132)
    own = {d: [x.stop_id for x in problem.stops[d::2]] for d in (0, 1)}
    routes = {f"h{k}": tuple(own[k % 2][10 * (k // 2) :][:10]) for k in range(8)}
    start = {s.shift_id: s.start for s in problem.shifts}
    cells = regrouped(problem, routes, 20, 1)

    assert [len(cell.shift_ids) for cell in cells] == [3] * 4
    assert all(len({start[x] for x in cell.shift_ids}) == 1 for cell in cells)

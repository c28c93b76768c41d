"""VROOM serves the highest sum of priorities, then the most tasks: so do our prices of leaving out, searched with."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import seeds

from doorstep.adapters.instances.any_format import read_asked
from doorstep.operations.search import search

pytestmark = pytest.mark.usefixtures("kernels")
REST = {"id": 1, "service": 600, "time_windows": [[20_000, 30_000]]}


def drawn(seed: int, levels: int) -> dict[str, Any]:
    """Return a small random problem in which nothing but capacity keeps a task out."""
    rng = np.random.default_rng(seed)
    shipped, amounts = rng.integers(0, 3), rng.integers(1, 4, 8).tolist()
    tasks = [
        {"id": k, "location_index": int(rng.integers(6)), "priority": int(rng.integers(levels))}
        for k in range(1 + rng.integers(1, 6))
    ]
    shipments = [
        {
            "pickup": {"id": k, "location_index": int(rng.integers(6))},
            "delivery": {"id": k, "location_index": int(rng.integers(6))},
            "amount": [amounts.pop()],
            "priority": int(rng.integers(levels)),
        }
        for k in range(shipped)
    ]
    vans = [
        {"id": k, "start_index": 0, "end_index": 0, "capacity": [int(rng.integers(1, 6))], "time_window": [0, 86_400]}
        | ({"breaks": [REST]} if rng.random() < 0.5 else {})
        for k in range(rng.integers(1, 3))
    ]
    durations = rng.integers(0, 4000, (6, 6))
    np.fill_diagonal(durations, 0)
    return {
        "vehicles": vans,
        "jobs": [{**task, "delivery": [amounts.pop()]} for task in tasks],
        "shipments": shipments,
        "matrices": {"car": {"durations": durations.tolist()}},
    }


def rank(document: Mapping[str, Any], served: set[str]) -> tuple[int, int]:
    """Return the sum of priorities that are served and the number of tasks; a shipment is two."""
    jobs = [job["priority"] for job in document["jobs"] if str(job["id"]) in served]
    halves = [s["priority"] for s in document["shipments"] if f"delivery-{s['delivery']['id']}" in served]
    return sum(jobs) + 2 * sum(halves), len(jobs) + 2 * len(halves)


def choices(document: Mapping[str, Any]) -> Iterator[set[str]]:
    """Yield all sets of tasks that vehicles have room for: jobs all at once, shipments one after the other."""
    room = [van["capacity"][0] for van in document["vehicles"]]
    carried = {f"delivery-{s['delivery']['id']}" for s in document["shipments"] if s["amount"][0] <= max(room)}
    for who in product(range(len(room) + 1), repeat=len(document["jobs"])):
        loads = [0] * (len(room) + 1)
        for job, van in zip(document["jobs"], who, strict=True):
            loads[van] += job["delivery"][0]
        if all(load <= most for load, most in zip(loads, room, strict=False)):
            yield carried | {str(j["id"]) for j, van in zip(document["jobs"], who, strict=True) if van < len(room)}


def served(folder: Path, document: object, iterations: int) -> set[str]:
    (folder / "problem.json").write_text(json.dumps(document))
    problem = read_asked(folder / "problem.json").problem
    found = search(problem, seconds=60, seed=1, iterations=iterations)
    return {halt for halts in found.sequences.values() for halt in halts if isinstance(halt, str)}


@settings(deadline=None, max_examples=60)
@given(seed=seeds, levels=st.sampled_from((1, 3, 101)))
def test_nobody_of_more_priority_is_left_out_than_must_be(tmp_path_factory, seed, levels):
    document = drawn(seed, levels)
    best = max(rank(document, choice) for choice in choices(document))

    assert rank(document, served(tmp_path_factory.mktemp("drawn"), document, 1500)) == best


@pytest.mark.parametrize("rests", [[], [{"id": 1, "service": 1800, "time_windows": [[43_200, 46_800]]}]])
def test_of_many_tasks_those_of_the_highest_priorities_are_served(tmp_path, rests):
    rng = np.random.default_rng(7)
    priorities, places = rng.integers(101, size=300).tolist(), rng.random((300, 2)) * (0.2, 0.1) + (2.25, 48.8)
    jobs = [
        {"id": k, "location": place, "service": 300, "delivery": [1], "priority": priorities[k]}
        for k, place in enumerate(places.tolist())
    ]
    van = {"start": [2.35, 48.85], "end": [2.35, 48.85], "capacity": [20], "time_window": [28_800, 64_800]}
    document = {"vehicles": [{"id": k, **van, "breaks": rests} for k in range(3)], "jobs": jobs}

    found = served(tmp_path, document, 6000)

    assert len(found) == 60
    assert sum(priorities[int(k)] for k in found) >= 0.9 * sum(sorted(priorities)[-60:])

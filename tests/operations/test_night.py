"""A night of planning on paper: everything is planned once, and a lost node costs a retry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.domain.units import Seconds
from doorstep.operations.night import Cluster, Work, in_order, simulate


def work(count: int, seed: int) -> list[Work]:
    """Return depots of a country: some large, closed between ten and midnight, due from three to six."""
    rng = np.random.default_rng(seed)
    return [
        Work(
            f"d{k}",
            float(rng.lognormal(3.5, 0.6)),
            Seconds(int(rng.integers(0, 7200))),
            Seconds(int(rng.integers(18_000, 28_800))),
        )
        for k in range(count)
    ]


@given(st.integers(0, 40), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_every_depot_is_planned_once_and_never_before_it_is_ready(count, nodes, cores, seed):
    depots = work(count, seed)
    night = simulate(depots, Cluster(nodes, cores, {}), seed)

    assert set(night.finished) == {w.depot_id for w in depots}
    assert all(night.finished[w.depot_id] > w.ready_at for w in depots)
    assert night.tries == count
    assert night.busy <= 1 + 1e-9


@given(st.integers(1, 40), st.integers(0, 2**32 - 1), st.integers(0, 9000))
def test_a_lost_node_costs_retries_and_never_a_plan(count, seed, at):
    depots = work(count, seed)
    night = simulate(depots, Cluster(3, 2, {1: Seconds(at)}), seed)

    assert set(night.finished) == {w.depot_id for w in depots}
    assert count <= night.tries <= count + 2


def test_the_earliest_due_is_begun_first_and_of_those_the_largest():
    a, b, c = (Work(x, t, Seconds(0), Seconds(due)) for x, t, due in (("a", 5, 90), ("b", 9, 90), ("c", 1, 50)))

    assert [w.depot_id for w in in_order([a, b, c])] == ["c", "b", "a"]


def test_a_cluster_without_nodes_left_says_so():
    with pytest.raises(ValueError, match="all 1 are lost"):
        simulate(work(3, 1), Cluster(1, 1, {0: Seconds(1)}), 1)

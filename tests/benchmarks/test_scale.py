"""A country's night is simulated so tightly that another order of the same depots would be seen."""

from dataclasses import replace

import pytest
from benchmarks.bench_scale import (
    A_STOP,
    COUNTRY_STOPS,
    LUCK,
    SCARCE,
    area,
    as_instance,
    cost,
    country,
    eastern_half,
    late,
    lines,
)

from doorstep.operations.night import simulate


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_order_of_real_nights_is_in_time_where_others_are_not(seed: int) -> None:
    work = country(seed)
    by_closing = [replace(w, due_at=w.ready_at) for w in work]

    assert not late(work, simulate(work, SCARCE, seed + LUCK))
    assert len(late(work, simulate(by_closing, SCARCE, seed + LUCK))) > 5


def test_a_country_takes_what_its_stops_take() -> None:
    assert sum(w.cpu_seconds for w in country(1)) == pytest.approx(COUNTRY_STOPS * sum(A_STOP.values()))


def test_legs_are_the_products_own_and_half_an_area_has_half_its_stops() -> None:
    problem = area(60, 1, 4.4)
    half, instance = eastern_half(problem), as_instance(problem)
    seconds, metres = lines(problem.places).table(range(61), range(61))[:, 0]

    assert 20 < len(half.stops) < 40
    assert (instance.distance == metres).all()
    assert (instance.duration == seconds).all()


def test_a_plan_is_measured_by_the_benchmarks_own_code() -> None:
    problem = area(3, 1, 1.0)
    alone = {f"h{k}": [f"s{k}"] for k in (1, 2, 3)}
    instance = as_instance(problem)

    assert cost(problem, alone) == sum(instance.distance[0, k] + instance.distance[k, 0] for k in (1, 2, 3))
    with pytest.raises(ValueError, match="exactly once"):
        cost(problem, {"h1": ["s1"]})

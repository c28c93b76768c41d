"""Made-up pick-up and delivery days: the same name the same day, and a checker that lets nothing pass."""

import pytest
from benchmarks.rich_sets import checked_cost, day_of, our_problem

from doorstep.domain.errors import YourInput

ALONE = [[p, p + 1] for p in range(1, 40, 2)]
"""Each request on a van of its own."""


@pytest.mark.parametrize("horizon", ["short", "long"])
@pytest.mark.parametrize("looks", ["clustered", "random", "mixed"])
def test_every_request_can_be_served_alone(looks: str, horizon: str) -> None:
    for number in range(5):
        assert checked_cost(day_of(f"{looks}-{horizon}-40-{number}"), ALONE) > 0


def test_a_name_is_a_day() -> None:
    one, two, other = (day_of(f"random-short-40-{k}") for k in (1, 1, 2))

    assert (one.distance == two.distance).all()
    assert one.opens == two.opens
    assert one.opens != other.opens
    with pytest.raises(YourInput, match="clustered-short-200-3"):
        day_of("random-short")


@pytest.mark.parametrize(
    "routes", [ALONE[1:], [[2, 1], *ALONE[1:]], [[1], [2], *ALONE[1:]], [[x for one in ALONE for x in one]]]
)
def test_what_may_not_be_driven_is_refused(routes: list[list[int]]) -> None:
    with pytest.raises(ValueError, match=r"Expected|Delivery|board|reached|vans"):
        checked_cost(day_of("random-short-40-1"), routes)


def test_a_day_is_a_problem_with_pairs() -> None:
    problem = our_problem(day_of("random-short-40-1"))

    assert (len(problem.stops), len(problem.pairs), len(problem.shifts)) == (40, 20, 20)

"""Many new places at once: legs as on the roads around, old legs as they were."""

from dataclasses import replace

import numpy as np
import pytest
from tests.operations.explain.street import stop, street, van

from doorstep.domain.places import Place
from doorstep.operations.errors import UnplannableInput
from doorstep.operations.new_places import with_places


def where(k: float) -> Place:
    return Place(-8.6 + 0.012 * k, 41.1)


def test_on_a_straight_street_the_way_is_as_long_as_it_is() -> None:
    problem = street([stop(1)], [van(0)])
    larger, rows = with_places(problem, [where(4.5), where(11.25), where(7), where(4.5)])
    travel = larger.times["car"]

    assert rows == [20, 21, 7, 20]
    assert len(larger.places) == 22
    assert np.array_equal(travel.seconds[:, :20, :20], problem.times["car"].seconds)  # type: ignore[union-attr]
    assert travel.seconds[0, 20, 20] == travel.seconds[0, 21, 21] == 0  # type: ignore[union-attr]
    for one, other in ((20, 21), (21, 20)):
        assert travel.arrival(one, other, 0) == pytest.approx(6.75 * 60, rel=0.02)
    for k in (0, 10, 19):
        assert travel.arrival(20, k, 0) == pytest.approx(abs(k - 4.5) * 60, rel=0.02)
        assert travel.distance(k, 21, 0) == pytest.approx(abs(k - 11.25) * 960, rel=0.02)


def test_without_coordinates_it_is_said() -> None:
    problem = street([stop(1)], [van(0)])
    with pytest.raises(UnplannableInput, match="Expected coordinates"):
        with_places(replace(problem, places=(None,) * 20), [where(3.5)])

"""Whole-number money."""

from doorstep.domain.units import per_hour, per_km


def test_half_a_cent_is_rounded_up():
    assert per_hour(1, 1800) == 1
    assert per_km(500, 1) == 1

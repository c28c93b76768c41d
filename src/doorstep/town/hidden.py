"""What is true in the town and never written into a company's folder. `docs/town.md` names each figure's source."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Curve = tuple[tuple[float, float], ...]
"""Knots (hour of the day, chance), linear between, flat outside."""

HABITS = ("early_worker", "late_worker", "home_office", "retired", "parent", "shop_hours")
KINDS = ("house", "flat", "business")


def _weekday_curves() -> Mapping[str, Curve]:
    return {
        "early_worker": ((6, 0.7), (8, 0.56), (12, 0.55), (15, 0.64), (16.5, 0.87), (18.5, 0.95), (22, 0.95)),
        "late_worker": ((7, 0.93), (8.5, 0.86), (10, 0.63), (13, 0.55), (17, 0.62), (18.5, 0.9), (19.5, 0.95)),
        "home_office": ((7, 0.9), (9, 0.96), (11.5, 0.96), (12.5, 0.88), (13.5, 0.96), (18, 0.94), (21, 0.96)),
        "retired": ((7, 0.92), (9, 0.97), (11, 0.92), (13, 0.97), (15, 0.88), (17, 0.96), (21, 0.97)),
        "parent": ((7, 0.95), (8.25, 0.66), (9.5, 0.88), (14, 0.87), (15.5, 0.66), (17, 0.92), (21, 0.95)),
        "shop_hours": ((7, 0.3), (8.5, 0.7), (9.25, 0.97), (12, 0.95), (13, 0.86), (14, 0.97), (16.75, 0.96),
                       (18, 0.6), (19, 0.25), (21, 0.1)),
    }  # fmt: skip


def _mixtures() -> Mapping[str, tuple[float, ...]]:
    return {
        "house": (0.17, 0.11, 0.18, 0.32, 0.22, 0.0),
        "flat": (0.21, 0.22, 0.24, 0.21, 0.12, 0.0),
        "business": (0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    }


@dataclass(frozen=True, slots=True)
class Hidden:
    """Every figure of the town's truth. Shares and chances lie in 0..1, times are seconds unless named otherwise."""

    # Doors
    kind_shares: tuple[float, ...] = (0.45, 0.43, 0.12)
    mixtures: Mapping[str, tuple[float, ...]] = field(default_factory=_mixtures)
    postcode_tilt: float = 0.45
    home_curves: Mapping[str, Curve] = field(default_factory=_weekday_curves)
    weekend_home: float = 0.89
    person_logit_sd: float = 0.4
    person_shift_minutes: float = 25.0
    person_slot_logit_sd: float = 0.4
    best_chance: float = 0.98
    # Demand
    rate_shape: float = 1.6
    weekday_volume: tuple[float, ...] = (1.04, 1.0, 1.0, 1.0, 1.06, 0.6, 0.3)
    joined_share: float = 0.12
    # Promises
    window_share: float = 0.2
    half_day_share: float = 0.45
    # What people do about it
    ticket_base: float = 0.008
    ticket_if_failed: float = 0.18
    ticket_late_most: float = 0.14
    ticket_late_tau: float = 2400.0
    patience_sd: float = 0.3
    loss_if_failed: float = 0.03
    loss_late_most: float = 0.03
    loss_late_tau: float = 2700.0
    unsubscribe_if_failed: float = 0.004
    unsubscribe_base: float = 0.0002
    ticket_null: float = 0.028
    # What merchants do about it
    account_base: float = 0.01
    account_slope: float = 14.0
    account_late_tau: float = 1800.0
    account_memory_days: float = 30.0
    # What work does to drivers
    quit_base: float = 0.035
    strain_free: int = 30
    quit_per_strain: float = 0.00002
    quit_per_overtime_hour: float = 0.0004
    quit_per_irregular_hour: float = 0.00012
    driver_sensitivity_sd: float = 0.25
    burden_memory_days: float = 30.0
    pulse_mean: float = 7.4
    pulse_per_burden: float = 70.0
    # Streets
    peak_morning: tuple[float, float, float] = (8.3, 0.9, 0.52)
    peak_evening: tuple[float, float, float] = (17.4, 1.25, 0.62)
    midday_swell: tuple[float, float, float] = (12.8, 2.4, 0.14)
    day_factor_sd: float = 0.03
    route_factor_sd: float = 0.06
    leg_noise_sd: float = 0.16
    # At the door
    handover_s: tuple[float, ...] = (200.0, 215.0, 270.0)
    parcel_s: float = 16.0
    stairs_s_per_floor: float = 15.0
    lift_s: float = 32.0
    lift_s_per_floor: float = 3.0
    failed_wait_s: float = 130.0
    parking_walk_s: tuple[float, float] = (40.0, 140.0)
    service_noise_sd: float = 0.24
    driver_pace_sd: float = 0.07
    familiar_gain: float = 0.13
    familiar_after: float = 45.0
    # What a failure costs the operator directly, by kind of door
    second_attempt_cents: tuple[int, ...] = (410, 470, 380)
    # What an order leaves after its own marginal cost
    marginal_stop_cents: int = 480
    # Whether anybody reacts to anything
    reacts: bool = True


def hidden(*, null: bool) -> Hidden:
    """Return the truth of an ordinary town, or of one where nothing reacts and the hour never matters."""
    return Hidden(reacts=not null)

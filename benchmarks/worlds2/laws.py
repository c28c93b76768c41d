"""Every figure of the second family of worlds. Thresholds, heavy tails, regimes and interactions; no smooth curves.

Frozen before the first model was scored on it: a change here makes every earlier result meaningless.
"""

from dataclasses import dataclass

Span = tuple[float, float, float, float]
"""Hours at which something begins to rise, is at its height, begins to fall, is over."""

KINDS = ("house", "flat", "business")
TRADES = ("pharmacy", "grocery", "fashion", "exchanges", "electronics", "meals", "garden", "books", "office supplies")
DRY, RAIN, EVENT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Laws:
    """The truth that never enters a company's folder. Chances and shares in 0..1, seconds unless named otherwise."""

    # Doors: one level while somebody is in, another while nobody is, both from a U-shaped beta
    kind_shares: tuple[float, ...] = (0.4, 0.47, 0.13)
    level_in: tuple[float, float] = (0.9, 0.995)
    level_out: tuple[float, float] = (0.36, 0.95)
    level_beta: float = 0.5
    concierge_level: float = 0.985
    absent_level: tuple[float, float] = (0.2, 0.5)
    own_minutes: float = 40.0
    edge_s: tuple[float, float] = (60.0, 240.0)
    odd_day_share: float = 0.35
    # Doors by trade: factors on the chance to miss (awaited) or to be taken (unloved), in their hours
    pharmacy_miss: float = 0.45
    grocery_evening_miss: float = 0.5
    exchange_daytime: float = 0.9
    exchange_friday_business: float = 0.6
    signature_out: float = 0.45
    # Demand
    doors_per_order: float = 8.0
    rate_pareto: float = 1.35
    rate_most: float = 12.0
    week: tuple[float, ...] = (1.14, 1.04, 0.92, 0.96, 0.94, 0.55, 0.0)
    joined_share: float = 0.1
    faithful: float = 0.6
    promo_factor: float = 1.6
    promo_begins: float = 0.03
    promo_ends: float = 0.15
    # Promises
    window_share: float = 0.24
    band_share: float = 0.46
    window_by_habit: float = 0.75
    # What people do: nothing up to a threshold of their own, then a jump
    patience_median_s: float = 2_100.0
    patience_sigma: float = 0.9
    patience_least_s: float = 600.0
    patience_edge_s: float = 120.0
    hasty_trades: float = 0.5
    ticket_quiet: float = 0.006
    ticket_burst: float = 0.11
    burst_chance: float = 0.06
    ticket_late: float = 0.26
    ticket_failed_first: float = 0.07
    ticket_failed_again: float = 0.35
    pause_late: float = 0.06
    pause_failed_first: float = 0.012
    pause_failed_again: float = 0.15
    failure_memory_days: int = 30
    pause_weeks: float = 5.0
    forever_share: float = 0.1
    # Merchants: a month's share of missed deliveries against a threshold
    missed_after_s: float = 900.0
    missed_edge_s: float = 60.0
    account_base: float = 0.004
    account_jump: float = 0.05
    account_edge: float = 0.02
    account_days: int = 30
    # Drivers: a run of overtime days, and a week's strain against a limit
    quit_base: float = 0.03
    overtime_day_s: float = 1_200.0
    overtime_edge_s: float = 180.0
    quit_if_overtime: float = 0.012
    overtime_days_borne: tuple[float, ...] = (0.3, 0.4, 0.3)
    quit_if_strained: float = 0.008
    strain_week_median: float = 115.0
    strain_week_sigma: float = 0.25
    strain_edge: float = 3.0
    fuse_days: float = 21.0
    pulse_top: float = 11.3
    pulse_missing: float = 0.25
    # Weather of the day: chances of dry, rain, event after a day of each
    weather_after: tuple[tuple[float, ...], ...] = ((0.75, 0.18, 0.07), (0.5, 0.43, 0.07), (0.7, 0.24, 0.06))
    # Roads: plateaus with steep sides; the old town has hours of its own
    commuters_morning: Span = (6.8, 7.3, 8.6, 9.1)
    commuters_home: Span = (15.3, 15.8, 17.8, 18.4)
    friday_home: Span = (13.2, 13.8, 17.2, 17.9)
    old_town_goods: Span = (8.9, 9.1, 10.9, 11.2)
    old_town_noon: Span = (11.3, 11.7, 13.5, 14.2)
    heights: tuple[float, float, float, float] = (0.46, 0.4, 0.24, 0.5)
    rain_slows: float = 1.14
    event: Span = (13.8, 14.3, 20.5, 21.5)
    event_slows: float = 1.5
    leg_spread: float = 0.36
    route_spread: float = 0.1
    incident: tuple[float, float, float] = (0.012, 0.024, 0.016)
    incident_least_s: float = 100.0
    incident_pareto: float = 1.5
    incident_most_s: float = 2_400.0
    # Looking for a place to stand
    parking_hours: tuple[float, float] = (9.5, 18.5)
    parking_full: tuple[float, float] = (0.08, 0.5)
    parking_least_s: float = 60.0
    parking_pareto: float = 1.8
    parking_most_s: float = 900.0
    # At the door
    handover_s: tuple[float, ...] = (330.0, 350.0, 420.0)
    parcel_s: float = 22.0
    stairs_s_per_floor: float = 17.0
    lift_s: float = 45.0
    walk_s: tuple[float, float] = (25.0, 95.0)
    failed_wait_s: float = 150.0
    service_t_freedom: float = 3.0
    service_t_scale: float = 0.2
    service_limits: tuple[float, float] = (0.4, 6.0)
    pace: tuple[float, float] = (0.92, 1.08)
    knows_after: int = 25
    knowing_pace: float = 0.92
    tired_after_s: float = 23_400.0
    tired_pace: float = 1.12
    # Money
    second_attempt_cents: tuple[int, ...] = (430, 480, 360)
    marginal_stop_cents: int = 520
    van_fixed_cents: int = 2_900


LAWS = Laws()

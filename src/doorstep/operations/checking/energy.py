"""What the battery holds after each leg, in mWh, and what each charge brings."""

from collections.abc import Iterator, Sequence

from doorstep.domain.problem import Battery, Charger, PlannedShift
from doorstep.operations.checking.driving import Course
from doorstep.operations.checking.halts import Halted

MWH = 1000
"""mWh in a Wh; a metre at so many Wh per km uses as many mWh."""


def charged(shift: PlannedShift, halts: Sequence[Halted], driven: Course) -> tuple[list[int], list[int]]:
    """Return the level after each leg (the way back too) and the mWh that each halt charges."""
    battery = shift.battery
    if battery is None:
        return [], [0] * len(halts)
    level, levels, brought = battery.starts_with_wh * MWH, [], []
    for metres, halt in zip(driven.metres, [*halts, None], strict=bool(halts)):
        level -= metres * battery.wh_per_km
        levels.append(level)
        if halt is not None:
            brought.append(_plugged(battery, halt.charger, halt.lasts, level) if halt.charger else 0)
            level += brought[-1]
    return levels, brought


def _plugged(battery: Battery, charger: Charger, seconds: int, level: int) -> int:
    """Return the mWh of a charge: so many seconds at the slower of plug and battery, until full."""
    room = max(0, battery.capacity_wh * MWH - level)
    return min(seconds * min(charger.watts, battery.charge_w) * MWH // 3600, room)


def in_range(who: str, shift: PlannedShift, halts: Sequence[Halted], levels: Sequence[int]) -> Iterator[str]:
    """Say where the battery first held too little, and who plugs in without one."""
    if shift.battery is None:
        for i, halt in enumerate(halts, 1):
            if halt.charger and halt.driven is None:
                yield f"{who}, visit {i} ({halt.name}): expected no charge, because the vehicle has no battery."
        return
    reserve = shift.battery.reserve_wh
    for i, level in enumerate(levels, 1):
        over = i <= len(halts) and halts[i - 1].driven is not None
        if level < reserve * MWH and not over:
            where = f"on reaching visit {i} ({halts[i - 1].name})" if i <= len(halts) else "on coming back"
            yield f"{who}: expected at least {reserve} Wh in the battery, found {level // MWH} Wh {where}."
            return

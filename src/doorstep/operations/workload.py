"""What wears a driver out at a door, in whole units: one for the halt, more for stairs and weight."""

from collections.abc import Mapping

import numpy as np

from doorstep.estimators.columns import Columns, floats, texts

HEAVY_G = 15_000
MOST_FLOORS = 10


def strain_units(kind: str, floor: float, *, lift: bool, weight_g: float = 0) -> int:
    """Return the burden of one delivery: 1 for parking and walking, 1 in a block of flats, 1 per floor climbed.

    A parcel of 15 kg or more doubles the floors; a lift spares them.

    >>> strain_units("house", 0, lift=False), strain_units("flat", 4, lift=False), strain_units("flat", 4, lift=True)
    (1, 6, 2)
    """
    climbed = 0 if lift else int(min(max(floor, 0), MOST_FLOORS))
    return 1 + (kind == "flat") + climbed * (2 if weight_g >= HEAVY_G else 1)


def strain_by_shift(visits: Columns) -> Mapping[str, int]:
    """Return the units of each driven shift from the visits dataset; visits without a shift are left out."""
    total: dict[str, int] = {}
    floor, weight = (np.nan_to_num(floats(visits, name)).tolist() for name in ("floor", "weight_g"))
    lift = (floats(visits, "lift") == 1).tolist()
    doors = zip(texts(visits, "shift_id"), texts(visits, "kind"), floor, lift, weight, strict=True)
    for shift, kind, floors, lifted, grams in doors:
        if shift:
            total[shift] = total.get(shift, 0) + strain_units(kind, floors, lift=lifted, weight_g=grams)
    return total

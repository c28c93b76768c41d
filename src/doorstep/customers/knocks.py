"""What is known of a knock at a door before anybody opens: the columns that presence is learned from.

A knock's hour was never drawn by lot: a planner chose it. Everything here is therefore an association, given the
door, the day and the number of the attempt; it becomes the hour's own effect only as far as those explain the choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from doorstep.estimators.columns import Columns, Floats, codes, floats, height, texts, vocabulary

DOOR = ("kind", "postcode", "merchant_id")
"""Text features of a door or an order, as categories."""

PLAIN = ("floor", "lift", "attempt_no", "tenure_days", "weekday")
"""Figures of a knock that don't depend on its hour."""

HOURS = ("hour", "since_promise_opens", "until_promise_closes")
"""Figures that do: hours of the day, and hours from the ends of what was promised (within ±4)."""

CATEGORIES = tuple(range(len(DOOR)))
LEAST_SEEN = 30


@dataclass(frozen=True, slots=True)
class Words:
    """The texts that a model knows, numbered; rare ones are left out and count as unknown."""

    known: Mapping[str, Mapping[str, int]]


def learn_words(columns: Columns) -> Words:
    """Return the numbering of each text feature's values that occur at least 30 times."""
    return Words({name: vocabulary(texts(columns, name), LEAST_SEEN) for name in DOOR})


def door_features(columns: Columns, words: Words) -> Floats:
    """Return the features (n, 8) that don't depend on the hour: categories first, NaN where unknown."""
    coded = [codes(texts(columns, name), words.known.get(name, {})).astype(np.float64) for name in DOOR]
    named = [np.where(column < 0, np.nan, column) for column in coded]
    plain = {name: floats(columns, name) for name in PLAIN}
    plain["attempt_no"] = np.minimum(plain["attempt_no"], 3)
    return np.column_stack([*named, *plain.values()]) if height(columns) else np.zeros((0, len(DOOR) + len(PLAIN)))


def hour_features(columns: Columns) -> Floats:
    """Return the features (n, 3) that depend on the second somebody knocks."""
    knock = floats(columns, "knock")
    since = np.clip((knock - floats(columns, "promise_opens")) / 3600, -4, 4)
    until = np.clip((floats(columns, "promise_closes") - knock) / 3600, -4, 4)
    return np.column_stack([knock / 3600, since, until])


def repeated(columns: Columns, times: int) -> dict[str, Any]:
    """Return every row `times` times in a row."""
    return {name: np.repeat(values, times) for name, values in columns.items()}

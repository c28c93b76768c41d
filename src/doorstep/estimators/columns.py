"""Columns of equal length by name: what a dataset is, once it has left its store."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]
"""Arrays of one length. Text: object (missing ""); figures: float64 (missing NaN), int64 or bool."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def height(columns: Columns) -> int:
    """Return the number of rows; 0 when there are no columns."""
    return next((len(values) for values in columns.values()), 0)


def taken(columns: Columns, rows: Bools | Ints) -> dict[str, NDArray[Any]]:
    """Return the rows that a mask or positions pick."""
    return {name: values[rows] for name, values in columns.items()}


def floats(columns: Columns, name: str, missing: float = float("nan")) -> Floats:
    """Return a column as float64; all `missing` when it isn't there."""
    if name not in columns:
        return np.full(height(columns), missing)
    return np.asarray(columns[name], dtype=np.float64)


def texts(columns: Columns, name: str) -> NDArray[Any]:
    """Return a column of text; all empty when it isn't there."""
    if name not in columns:
        return np.full(height(columns), "", dtype=object)
    return columns[name]


def codes(values: Sequence[Any] | NDArray[Any], known: Mapping[Any, int]) -> Ints:
    """Return each value's number, -1 for a value nobody has met.

    >>> codes(["a", "c"], {"a": 0, "b": 1}).tolist()
    [0, -1]
    """
    return np.fromiter((known.get(value, -1) for value in values), dtype=np.int64, count=len(values))


def vocabulary(values: NDArray[Any], least: int = 1) -> dict[str, int]:
    """Number the texts that occur at least `least` times, in sorted order; the empty text is never one."""
    names, counts = np.unique(values.astype(str), return_counts=True) if len(values) else ((), ())
    kept = [str(name) for name, count in zip(names, counts, strict=True) if name and count >= least]
    return {name: code for code, name in enumerate(kept)}

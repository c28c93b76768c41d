"""What the rich kernel works on, behind one array of addresses. Compiled.

`ask_of(mem)` is the problem, `live_of(mem)` the search's state.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="no-any-return"
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

from typing import Any, NamedTuple

import numpy as np
from numba import types

from doorstep.operations.search import kernel_memory
from doorstep.operations.search.kernel_memory import opener


class Ask(NamedTuple):
    """The problem as flat arrays. `timed`: prices depend on when; `mixed`: not all goods come from the depot;
    `still`: travel takes as long whenever a van leaves."""

    n: Any
    m: Any
    dims: Any
    kinds: Any
    width: Any
    timed: Any
    mixed: Any
    releases: Any
    still: Any
    stop: Any
    spans: Any
    more: Any
    brought: Any
    picked: Any
    goods: Any
    curve_of: Any
    knots: Any
    values: Any
    curve_bins: Any
    kint: Any
    kmore: Any
    kflt: Any
    keven: Any
    kcap: Any
    kind_of: Any
    kind_begins: Any
    kind_routes: Any
    allowed: Any
    pairing: Any
    alone: Any
    unserved: Any
    tt: Any
    into: Any
    edges: Any
    bins: Any
    shape: Any
    most_chargers: Any
    reload_rows: Any
    rules: Any
    rule_spans: Any
    breaks: Any
    battery: Any
    chargers: Any
    charger_spans: Any
    pred: Any
    succ: Any
    near: Any
    ranks: Any


class Live(NamedTuple):
    """The search's state: routes, what is left out, the best found, a journal to take an iteration back."""

    nodes: Any
    half: Any
    it: Any
    fl: Any
    ld: Any
    rt: Any
    count: Any
    cost: Any
    rng: Any
    empty: Any
    pool: Any
    todo: Any
    left: Any
    best_next: Any
    best_row: Any
    stamp: Any
    looked: Any
    few: Any
    few_at: Any
    key: Any
    picks: Any
    old_ids: Any
    old_routes: Any
    old_it: Any
    old_fl: Any
    old_ld: Any
    old_rt: Any
    old_left: Any
    old_empty: Any
    lab: Any
    lab_price: Any
    lab_size: Any
    ahead: Any
    floor: Any
    rests: Any


FLOATS = {
    "values", "kflt", "keven", "pairing", "alone", "unserved", "fl", "cost", "few", "old_fl", "lab_price", "floor",
}  # fmt: skip
LONGS = {"shape", "count", "stamp", "looked", "few_at", "key", "lab", "lab_size", "ahead", "rests"}
OTHERS: dict[str, Any] = {"rng": types.uint64, "allowed": types.uint8}
NUMBERS = {"n", "m", "dims", "kinds", "width", "timed", "mixed", "releases", "still", "nodes", "half", "most_chargers"}
TABLES = {"curve_bins", "allowed", "pairing", "alone", "pred", "succ", "near", "ranks"}
"""Fields by type: 64-bit floats and whole numbers, others, plain numbers; the rest are 32 bits. TABLES have 2 axes."""


def type_of(field: str) -> types.Type:
    """Return the numba type of a field."""
    if field in NUMBERS:
        return types.int64
    whole = types.int64 if field in LONGS else types.int32
    dtype: Any = OTHERS.get(field, types.float64 if field in FLOATS else whole)
    return types.Array(dtype, 2 if field in TABLES else 1, "C")


ASK = {field: type_of(field) for field in Ask._fields}
LIVE = {field: type_of(field) for field in Live._fields}
ask_of = opener(Ask, ASK, 0)
live_of = opener(Live, LIVE, len(ASK))


def memory(ask: Ask, live: Live) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return `mem` for these arrays; raises where one isn't laid out as the kernel reads it."""
    return kernel_memory.memory([(ask, ASK), (live, LIVE)])

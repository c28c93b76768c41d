"""What the rich kernel works on, behind one array of addresses. Compiled.

Sixty arrays handed from function to function would cost more than most functions do, and minutes to compile. So every
function takes `mem`, 64-bit numbers and addresses, and opens what it needs: `ask_of(mem)` is the problem,
`live_of(mem)` the search's state. Whoever makes `mem` keeps the arrays alive.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="misc, no-any-return, override"
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, models, register_model
from numba.np.arrayobj import populate_array


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
    rests: Any


FLOATS = {"values", "kflt", "keven", "pairing", "alone", "unserved", "fl", "cost", "few", "old_fl", "lab_price"}
LONGS = {"shape", "count", "stamp", "looked", "few_at", "key", "lab", "lab_size", "ahead", "rests"}
OTHERS: dict[str, Any] = {"rng": types.uint64, "allowed": types.uint8}
NUMBERS = {"n", "m", "dims", "kinds", "width", "timed", "mixed", "releases", "still", "nodes", "half", "most_chargers"}
TABLES = {"curve_bins", "allowed", "pairing", "alone", "pred", "succ", "near", "ranks"}
"""Fields by type: 64-bit floats and whole numbers, others, plain numbers; the rest are 32 bits. TABLES have 2 axes."""

SLOTS = 3
"""Numbers of `mem` for each field: an address or number, and an array's shape."""

ASK_AT, LIVE_AT = 0, SLOTS * len(Ask._fields)


def type_of(field: str) -> Any:
    """Return the numba type of a field."""
    if field in NUMBERS:
        return types.int64
    whole = types.int64 if field in LONGS else types.int32
    dtype: Any = OTHERS.get(field, types.float64 if field in FLOATS else whole)
    return types.Array(dtype, 2 if field in TABLES else 1, "C")


def memory(ask: Ask, live: Live) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return `mem` for these arrays; raises where one isn't laid out as the kernel reads it."""
    mem = np.zeros(SLOTS * (len(Ask._fields) + len(Live._fields)), np.int64)
    for k, (field, value) in enumerate([*ask._asdict().items(), *live._asdict().items()]):
        expected = type_of(field)
        if field in NUMBERS:
            mem[SLOTS * k] = value
            continue
        if str(value.dtype) != str(expected.dtype) or value.ndim != expected.ndim or not value.flags.c_contiguous:
            raise TypeError(f"Expected {field} as {expected}, got {value.dtype} with {value.ndim} axes.")
        mem[SLOTS * k] = value.ctypes.data
        mem[SLOTS * k + 1 : SLOTS * k + 1 + value.ndim] = value.shape
    return mem


class Opened(types.Type):
    """The type of a named tuple's fields in `mem`: a pointer to the first; each is read when it is named."""

    def __init__(self, kept, begin):
        super().__init__(name=f"Opened({kept.__name__})")
        self.fields, self.begin = kept._fields, begin


@register_model(Opened)
class _Pointer(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, ir.IntType(64).as_pointer())


@infer_getattr
class _Fields(AttributeTemplate):
    key = Opened

    def generic_resolve(self, kind, field):
        return type_of(field) if field in kind.fields else None


@lower_getattr_generic(Opened)
def _field(context, builder, kind, base, field):
    """Read a number, or make an array of an address and its shape."""
    slot = kind.begin + SLOTS * kind.fields.index(field)
    never_changes = builder.module.add_metadata([])

    def number(slot):
        value = builder.load(cgutils.gep_inbounds(builder, base, context.get_constant(types.intp, slot)))
        value.set_metadata("invariant.load", never_changes)
        return value

    if field in NUMBERS:
        return number(slot)
    found = type_of(field)
    array = context.make_array(found)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(found.dtype))
    one = context.get_constant(types.intp, size)
    if found.ndim == 2:
        rows, columns = number(slot + 1), number(slot + 2)
        shape, strides = [rows, columns], [builder.mul(columns, one), one]
    else:
        shape, strides = [number(slot + 1)], [one]
    data = builder.inttoptr(number(slot), context.get_data_type(found.dtype).as_pointer())
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=one, meminfo=None)
    return array._getvalue()  # noqa: SLF001 - numba's own name for it


def _opener(kept, begin):
    """Return an intrinsic that opens one named tuple."""

    def opened(typing_context, mem):
        del typing_context

        def generate(context, builder, signature, arguments):
            return context.make_array(signature.args[0])(context, builder, arguments[0]).data

        return Opened(kept, begin)(mem), generate

    return intrinsic(opened)


ask_of = _opener(Ask, ASK_AT)
live_of = _opener(Live, LIVE_AT)

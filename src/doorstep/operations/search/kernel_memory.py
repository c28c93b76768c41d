"""A kernel's arrays behind one array of addresses, opened where they are needed. Compiled.

Dozens of arrays handed from function to function would cost more than most functions do, and minutes to compile. So a
kernel's functions take `mem`, 64-bit numbers and addresses, and open named tuples from it that cost nothing: what a
function doesn't look at is never loaded. Whoever makes `mem` keeps the arrays alive.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="misc, no-any-return"
# numba infers and checks every type when it compiles kernels.

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

SLOTS = 3
"""Numbers of `mem` for each field: an address or a number, and the shape of a table with two axes."""

LENGTH = 1 << 40
"""The length that arrays with one axis have for whoever opens them; a kernel never asks for it."""


def memory(parts: Sequence[tuple[Any, Mapping[str, types.Type]]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return `mem` for named tuples of arrays and numbers, each with the numba types of its fields.

    Raises TypeError where an array isn't laid out as its type says.
    """
    fields = [(name, value, kinds[name]) for values, kinds in parts for name, value in values._asdict().items()]
    mem = np.zeros(SLOTS * len(fields), np.int64)
    for k, (name, value, kind) in enumerate(fields):
        if not isinstance(kind, types.Array):
            mem[SLOTS * k] = value
            continue
        if str(value.dtype) != str(kind.dtype) or value.ndim != kind.ndim or not value.flags.c_contiguous:
            raise TypeError(f"Expected {name} as {kind}, got {value.dtype} with {value.ndim} axes.")
        mem[SLOTS * k] = value.ctypes.data
        if value.ndim == 2:
            mem[SLOTS * k + 1 : SLOTS * k + 3] = value.shape
    return mem


def opener(kept: Any, kinds: Mapping[str, types.Type], begin: int) -> Any:
    """Return a compiled function from `mem` to the named tuple `kept` whose fields begin at field `begin`."""

    def opened(typing_context, mem):
        del typing_context
        found = types.NamedTuple(tuple(kinds[name] for name in kept._fields), kept)

        def generate(context, builder, signature, arguments):
            return _built(context, builder, signature.args[0], arguments[0], begin * SLOTS, found)

        return found(mem), generate

    return intrinsic(opened)


def _built(context, builder, mem_type, mem, begin, kept):
    """Build the named tuple whose fields begin at slot `begin` of `mem`."""
    base = context.make_array(mem_type)(context, builder, mem).data
    never_changes = builder.module.add_metadata([])

    def number(slot):
        value = builder.load(cgutils.gep_inbounds(builder, base, context.get_constant(types.intp, slot)))
        value.set_metadata("invariant.load", never_changes)
        return value

    values = []
    for k, kind in enumerate(kept.types):
        slot = begin + SLOTS * k
        if not isinstance(kind, types.Array):
            values.append(number(slot))
            continue
        array = context.make_array(kind)(context, builder)
        one = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
        shape, strides = [context.get_constant(types.intp, LENGTH)], [one]
        if kind.ndim == 2:
            shape = [number(slot + 1), number(slot + 2)]
            strides = [builder.mul(shape[1], one), one]
        data = builder.inttoptr(number(slot), context.get_data_type(kind.dtype).as_pointer())
        populate_array(array, data=data, shape=shape, strides=strides, itemsize=one, meminfo=None)
        values.append(array._getvalue())  # noqa: SLF001 - numba's own name for it
    return context.make_tuple(builder, kept, values)

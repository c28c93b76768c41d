"""A kernel's arrays behind one array of addresses, opened where they are needed. Compiled.

Dozens of arrays handed from function to function would cost more than most functions do, and minutes to compile. So a
kernel's functions take `mem`, 64-bit numbers and addresses, and open named tuples from it that cost nothing: each field
is read when it is named. Whoever makes `mem` keeps the arrays alive.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="misc, no-any-return, override"
# numba infers and checks every type when it compiles kernels.

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, models, register_model
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


class Opened(types.Type):
    """The type of a named tuple's fields in `mem`: a pointer to the first; each is read when it is named."""

    def __init__(self, kept, kinds, begin):
        super().__init__(name=f"Opened({kept.__module__}.{kept.__name__})")
        self.fields, self.kinds, self.begin = kept._fields, kinds, begin


@register_model(Opened)
class _Pointer(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, ir.IntType(64).as_pointer())


@infer_getattr
class _Fields(AttributeTemplate):
    key = Opened

    def generic_resolve(self, kind, field):
        return kind.kinds.get(field)


@lower_getattr_generic(Opened)
def _field(context, builder, opened, base, field):
    """Read a number, or make an array of an address and its shape."""
    slot = SLOTS * (opened.begin + opened.fields.index(field))
    never_changes = builder.module.add_metadata([])

    def number(slot):
        value = builder.load(cgutils.gep_inbounds(builder, base, context.get_constant(types.intp, slot)))
        value.set_metadata("invariant.load", never_changes)
        return value

    kind = opened.kinds[field]
    if not isinstance(kind, types.Array):
        return number(slot)
    array = context.make_array(kind)(context, builder)
    one = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    shape, strides = [context.get_constant(types.intp, LENGTH)], [one]
    if kind.ndim == 2:
        shape = [number(slot + 1), number(slot + 2)]
        strides = [builder.mul(shape[1], one), one]
    data = builder.inttoptr(number(slot), context.get_data_type(kind.dtype).as_pointer())
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=one, meminfo=None)
    return array._getvalue()  # noqa: SLF001 - numba's own name for it


def opener(kept: Any, kinds: Mapping[str, types.Type], begin: int) -> Any:
    """Return a compiled function from `mem` to the named tuple `kept` whose fields begin at field `begin`."""

    def opened(typing_context, mem):
        del typing_context

        def generate(context, builder, signature, arguments):
            return context.make_array(signature.args[0])(context, builder, arguments[0]).data

        return Opened(kept, kinds, begin)(mem), generate

    return intrinsic(opened)

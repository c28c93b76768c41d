"""What kernels share: random numbers, the order of reinsertion, the length of strings, fetching ahead. Compiled."""

# mypy: allow-untyped-defs, allow-untyped-calls
# Kernels take flat arrays and whole numbers; numba infers and checks every type when it compiles them.

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from doorstep.operations.search.compiled import BRICK, INNER, compiled


@compiled(**BRICK)
def bits(rng):
    """Return 64 random bits; `rng` is one uint64, never 0 (xorshift64*, Vigna 2016)."""
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    return x * np.uint64(2685821657736338717)


@compiled(**BRICK)
def uniform(rng):
    """Return a random number in (0, 1)."""
    return (np.float64(bits(rng) >> np.uint64(12)) + 0.5) * 2.220446049250313e-16


@compiled(**BRICK)
def below(rng, n):
    """Return a random whole number in [0, n); n up to 2**31."""
    return np.int64(((bits(rng) >> np.uint64(33)) * np.uint64(n)) >> np.uint64(31))


@compiled(**BRICK)
def until_blink(rng, log_keep):
    """Return how many positions to look at before one is skipped; `log_keep` is log(1 - chance of a skip)."""
    return np.int64(np.log(uniform(rng)) / log_keep)


@compiled(**INNER)
def shuffle_by_rank(rng, todo, size, ranks, key):
    """Sort `todo[:size]` by a randomly chosen rank: random 4, demand 4, far 2, near 1, narrow 2, early 2, late 2.

    `ranks` has shape (stops, 4): amount, distance from the depot, width of the windows, first opening; int32.
    """
    pick = below(rng, 17)
    for i in range(size):
        x = todo[i]
        if pick < 4:
            key[i] = below(rng, 1 << 30)
        elif pick < 8:
            key[i] = -ranks[x, 0]
        elif pick < 10:
            key[i] = -ranks[x, 1]
        elif pick < 11:
            key[i] = ranks[x, 1]
        elif pick < 13:
            key[i] = ranks[x, 2]
        elif pick < 15:
            key[i] = ranks[x, 3]
        else:
            key[i] = -ranks[x, 3]
    gap = 1
    while gap < size // 9:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, size):
            k, x = key[i], todo[i]
            j = i - gap
            while j >= 0 and key[j] > k:
                key[j + gap] = key[j]
                todo[j + gap] = todo[j]
                j -= gap
            key[j + gap] = k
            todo[j + gap] = x
        gap //= 3


@compiled(**INNER)
def how_many_strings(rng, mean_removed, longest):
    """Return how many strings to remove so that about `mean_removed` stops go (Christiaens, Vanden Berghe 2020)."""
    most = 4.0 * mean_removed / (1.0 + longest) - 1.0
    return np.int64(1.0 + uniform(rng) * most) if most > 0 else np.int64(1)


def _fetch(typing: Any, array: Any, index: Any) -> Any:
    """Have a place of an array brought into the processor's cache while the program goes on."""
    del typing, index

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        at = builder.bitcast(builder.gep(data, [given[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        prefetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [at.type], ir.FunctionType(ir.VoidType(), [at.type, number, number, number])
        )
        builder.call(prefetch, [at, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), build


fetch: Any = intrinsic(_fetch)


@compiled(**BRICK)
def fetch_row(array, begin, count, a_line):
    """Have `count` numbers from `begin` on brought into the cache, of which a line has `a_line`."""
    for k in range(begin, begin + count, a_line):
        fetch(array, k)

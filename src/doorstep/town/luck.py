"""Luck that belongs to a thing, not to the order in which things happen.

Every number is a function of (seed, purpose, id), so two plans over the same orders meet the same doors and the
same traffic (common random numbers), whatever else they do. SplitMix64 of Steele, Lea and Flood 2014 over BLAKE2b.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def keys(ids: Sequence[str]) -> Keys:
    """Return one 64-bit key per id, the same on every machine; about 1 µs each."""
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in ids)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def uniform(seeds: Sequence[int], purpose: str, of: Keys) -> Floats:
    """Return numbers strictly between 0 and 1, shape (seeds, *of.shape), one per seed and key."""
    roots = _mix(np.asarray([seed & 0xFFFFFFFFFFFFFFFF for seed in seeds], dtype=np.uint64) + _GOLDEN)
    roots = _mix(roots ^ keys([purpose]))
    mixed = _mix(_mix(of * _GOLDEN)[np.newaxis] ^ roots.reshape(-1, *[1] * of.ndim))
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normal(seeds: Sequence[int], purpose: str, of: Keys) -> Floats:
    """Return standard normal numbers, shape (seeds, *of.shape), one per seed and key."""
    drawn: Floats = ndtri(uniform(seeds, purpose, of))
    return drawn


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return a generator of its own for one purpose, for what is drawn once and never compared."""
    return np.random.default_rng([seed & 0xFFFFFFFFFFFFFFFF, int(keys([purpose])[0])])


def _mix(x: Keys) -> Keys:
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))

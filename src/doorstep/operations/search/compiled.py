"""How kernels are compiled, and where the result is kept: numba with a cache of our own."""

# mypy: disable-error-code="no-untyped-call"
# numba does not say the types of its cache.

import fcntl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba import config, njit
from numba.core.caching import FunctionCache

from doorstep.operations.search.cache import kernel_cache

INNER: dict[str, Any] = {"error_model": "numpy", "no_cpython_wrapper": True, "_nrt": False}
"""How functions are compiled that only kernels call.

Without numba's run time they can't make arrays, and don't count references to them at every call: that counting
was measured to take four fifths of the time.
"""

BRICK: dict[str, Any] = {**INNER, "forceinline": True}
"""How small functions of the innermost loops are compiled: passing their arrays would cost more than they do."""

ENTRY: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": False}
"""How functions are compiled that Python calls."""


class OneAtATime(FunctionCache):
    """numba's cache, in which one process at a time saves what it compiled.

    numba reads the index, takes the next free file name, and writes index and file. Two processes that do so at once
    take the same name, and the index may then give one signature the machine code of another.
    """

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save the machine code of one signature; where the disk is full it is compiled again next time."""
        with suppress(OSError), (Path(self.cache_path) / "saving.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            super().save_overload(sig, data)


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator like numba's `njit(cache=True)` that keeps the result in our own folder."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        # numba sets its settings' names as it is imported, so mypy can't see them.
        before = config.CACHE_DIR  # type: ignore[attr-defined]
        config.CACHE_DIR = str(kernel_cache(function.__module__.rpartition(".")[2]))  # type: ignore[attr-defined]
        try:
            made = njit(**options)(function)
            made._cache = OneAtATime(function)  # noqa: SLF001 - what njit(cache=True) does, with its own class
        finally:
            config.CACHE_DIR = before  # type: ignore[attr-defined]
        kept: Callable[..., Any] = made
        return kept

    return decorate

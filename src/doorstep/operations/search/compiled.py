"""How kernels are compiled, and where the result is kept: numba with a cache of our own."""

from collections.abc import Callable
from typing import Any

from numba import config, njit

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


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator like numba's `njit(cache=True)` that keeps the result in our own folder."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        # numba sets its settings' names as it is imported, so mypy can't see them.
        before = config.CACHE_DIR  # type: ignore[attr-defined]
        config.CACHE_DIR = str(kernel_cache(function.__module__.rpartition(".")[2]))  # type: ignore[attr-defined]
        try:
            kept: Callable[..., Any] = njit(cache=True, **options)(function)
        finally:
            config.CACHE_DIR = before  # type: ignore[attr-defined]
        return kept

    return decorate

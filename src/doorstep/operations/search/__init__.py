"""Ruin-and-recreate on the true price, compiled."""

from doorstep.operations.search.cache import compile_ahead
from doorstep.operations.search.loop import Progress, Result, Stop, search

__all__ = ["Progress", "Result", "Stop", "compile_ahead", "search"]

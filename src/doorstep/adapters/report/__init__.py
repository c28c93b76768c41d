"""The before-and-after report: one HTML file that needs nothing beside it."""

from doorstep.adapters.report.page import render, write

__all__ = ["render", "write"]

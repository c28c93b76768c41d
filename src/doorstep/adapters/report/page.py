"""Renders a comparison as one HTML file that opens from a disk, with no network, on a desk and on a phone."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from doorstep.adapters.report import drawn, figures
from doorstep.adapters.report.words import Money, day_in_words
from doorstep.domain.comparison import Comparison, DrawnStop, PlannedVisit
from doorstep.domain.errors import OurBug, Outside
from doorstep.domain.units import clock

MOST_BYTES = 3_000_000
"""The largest file we hand to anybody."""

TOLERANCES_M = (0.0, 8.0, 16.0, 32.0, 64.0)
"""How coarsely lines are drawn, tried in turn until the file is small enough."""


def render(comparison: Comparison) -> str:
    """Return the page as text, at most 3 MB in UTF-8; lines are drawn more coarsely where that is needed.

    Raises OurBug when the page is too large even so.
    """
    environment = Environment(
        loader=PackageLoader("doorstep.adapters.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("report.html.j2")
    values = _values(comparison)
    size = 0
    for tolerance in TOLERANCES_M:
        page = template.render(**values, data=_script_data(drawn.document(comparison, tolerance)))
        size = len(page.encode())
        if size <= MOST_BYTES:
            return page
    raise OurBug(f"Expected a report of at most {MOST_BYTES:,} bytes, got {size:,} with lines as coarse as we draw.")


def write(comparison: Comparison, path: Path) -> int:
    """Write the page and return its size in bytes; raises Outside when the place can't be written."""
    page = render(comparison).encode()
    try:
        path.write_bytes(page)
    except OSError as error:
        raise Outside(
            f"Expected to write the report to {path}, got {error.strerror}; check the folder and its room."
        ) from error
    return len(page)


def _values(comparison: Comparison) -> Mapping[str, Any]:
    bars, cut, truncated = figures.waterfall(comparison)
    return {
        "c": comparison,
        "css": _text("tokens.css") + _text("report.css"),
        "script": _text("report.js"),
        "title": figures.page_title(comparison),
        "day": day_in_words(comparison.day),
        "kicker": figures.kicker(comparison),
        "headline": figures.headline(comparison),
        "lead": figures.lead(comparison),
        "chip": figures.chip(comparison),
        "null": figures.null_figure(comparison) if comparison.null_statement else None,
        "kilometres": [figures.kilometres(comparison, profit) for profit in (False, True)],
        "moved": figures.moved_figure(comparison),
        "changes": _changes(comparison),
        "rows": figures.table(comparison),
        "fall": figures.fall_heading(comparison),
        "bars": bars,
        "cut": cut,
        "truncated": truncated,
        "doors": figures.doors(comparison),
        "stages": figures.stages(comparison),
        "whole_time": figures.whole_time(comparison),
    }


def _text(name: str) -> Markup:
    """Return a file of ours, which needs no escaping."""
    return Markup(files("doorstep.adapters.report").joinpath(name).read_text("utf-8"))  # noqa: S704  our own file


def _script_data(document: Mapping[str, Any]) -> Markup:
    """Return JSON that no string inside it can break out of: no `<`, `>` or `&` is left."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=True)
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704  escaped in the line above


def _changes(comparison: Comparison) -> list[dict[str, str]]:
    """Return the visits that changed, as the table that says what the maps show."""
    money = figures.money_of(comparison)
    return [
        {
            "order": stop.order_id,
            "door": ", ".join(filter(None, (stop.kind, stop.postcode))),
            "efficiency": _visit(stop.efficiency, money),
            "profit": _visit(stop.profit, money),
            "change": _price_change(stop, money),
        }
        for stop in comparison.drawing.stops
        if stop.moved
    ]


def _visit(visit: PlannedVisit | None, money: Money) -> str:
    if visit is None:
        return "not served"
    price = money.text(sum(visit.cents.values()), money.exponent)
    return f"route {visit.route}, visit {visit.position}, {clock(visit.knocks_at)}, {price}"


def _price_change(stop: DrawnStop, money: Money) -> str:
    if stop.efficiency is None or stop.profit is None:
        return ""
    change = sum(stop.profit.cents.values()) - sum(stop.efficiency.cents.values())
    return money.text(change, money.exponent, sign=True)

"""Figures that are none, and figures that differ. A plan may hold anything; here it becomes readable or refused."""

from collections.abc import Callable, Iterator, Mapping

from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import Problem
from doorstep.domain.valuation import PARTS
from doorstep.operations.checking.times import lasting, moment

ABSURD = 10**15
"""Beyond this no second, metre or cent of a day can be meant."""

TOLD: Mapping[str, Callable[[int], str]] = {
    **dict.fromkeys(("arrives_at", "starts_at", "leaves_at", "returns_at"), moment), "seconds": lasting,
}  # fmt: skip
"""How figures are told that are no plain numbers."""

Reader = Callable[[str, object], Iterator[str]]
"""Says what is wrong with a value of that name, if anything is."""


def whole(value: object) -> bool:
    """Return whether a value is a whole number that can be meant."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < ABSURD


def shown(value: object) -> str:
    """Return a short text of any value whatever."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits, somewhere inside
        return "a number of over 30 digits"
    except RecursionError:
        return "something that holds itself"
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a number of over 30 digits"
    return text if len(text) <= 60 else text[:57] + "..."


def items(value: object) -> tuple[object, ...]:
    """Return what a list or tuple holds; nothing where it is none."""
    return tuple(value) if isinstance(value, list | tuple) else ()


def differing(who: str, *figures: tuple[str, object, object]) -> Iterator[str]:
    """Compare figures (name, expected, found) that were read before."""
    for name, expected, found in figures:
        if expected != found:
            yield f"{who}: expected {name} {_told(name, expected)}, found {_told(name, found)}."


def _told(name: str, value: object) -> str:
    """Return a figure as people say it: times by the clock, spans in hours and minutes."""
    if name in TOLD and isinstance(value, int) and not isinstance(value, bool):
        return TOLD[name](value)
    return shown(value)


def differing_cents(
    who: str, found: Mapping[str, int], expected: Mapping[str, int], *, total_needed: bool
) -> Iterator[str]:
    """Compare cents part by part, and their total where one is said or has to be."""
    for part in PARTS:
        if found.get(part, 0) != expected.get(part, 0):
            yield f"{who}: expected {expected.get(part, 0)} cents of {part}, found {shown(found.get(part, 0))}."
    for part in sorted(set(found) - {*PARTS, "total"}):
        yield f"{who}: expected cents by {', '.join(PARTS)} and total, found {shown(part)}."
    total = sum(expected.values())
    if (total_needed or "total" in found) and found.get("total") != total:
        yield f"{who}: expected {total} cents in total, found {shown(found.get('total'))}."


# Readers


def _whole(name: str, value: object) -> Iterator[str]:
    if not whole(value):
        yield f"expected a whole number as {name}, found {shown(value)}."


def _whole_or_none(name: str, value: object) -> Iterator[str]:
    if value is not None:
        yield from _whole(name, value)


def _text(name: str, value: object) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"expected text as {name}, found {shown(value)}."


def _text_or_none(name: str, value: object) -> Iterator[str]:
    if value is not None:
        yield from _text(name, value)


def _chance_or_none(name: str, value: object) -> Iterator[str]:
    is_chance = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    if value is not None and not is_chance:
        yield f"expected a chance from 0 to 1 as {name}, found {shown(value)}."


def _place_or_none(name: str, value: object) -> Iterator[str]:
    sides = (value.lon, value.lat) if isinstance(value, Place) else (value,)
    if value is not None and not all(isinstance(side, int | float) for side in sides):
        yield f"expected a {name} of two numbers or none, found {shown(value)}."


def _many(one: Reader) -> Reader:
    def read(name: str, value: object) -> Iterator[str]:
        if not isinstance(value, list | tuple):
            yield f"expected a list as {name}, found {shown(value)}."
        for item in items(value):
            yield from one(name, item)

    return read


def _anything(name: str, value: object) -> Iterator[str]:
    del name, value
    yield from ()


def _cents(name: str, value: object) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"expected {name} by part, found {shown(value)}."
        return
    for part, cents in value.items():
        yield from _text(f"a part of {name}", part)
        yield from _whole(f"{name} of {shown(part)}", cents)


VISIT: Mapping[str, Reader] = {
    "stop_id": _text, "order_ids": _many(_text), "place": _place_or_none, "arrives_at": _whole, "starts_at": _whole,
    "leaves_at": _whole, "load_after": _many(_whole), "cents": _cents, "kind": _text, "status": _text,
    "p05": _whole_or_none, "p50": _whole_or_none, "p95": _whole_or_none, "success": _chance_or_none,
}  # fmt: skip
ROUTE: Mapping[str, Reader] = {
    "shift_id": _text, "vehicle_id": _text, "driver_id": _text_or_none, "leaves_at": _whole, "returns_at": _whole,
    "metres": _whole, "seconds": _whole, "cents": _cents, "visits": _many(_anything),
}  # fmt: skip
UNSERVED: Mapping[str, Reader] = {"order_id": _text, "stop_id": _text, "cents": _whole}
PLAN: Mapping[str, Reader] = {
    "seed": _whole, "valued_by": _many(_text), "cents": _cents, "routes": _many(_anything),
    "unserved": _many(_anything),
}  # fmt: skip


def unreadable(who: str, item: object, readers: Mapping[str, Reader]) -> list[str]:
    """Return a sentence for each field of an item that does not hold what its reader expects."""
    return [f"{who}: {wrong}" for name, reader in readers.items() for wrong in reader(name, getattr(item, name, None))]


def unreadable_route(who: str, route: object) -> list[str]:
    """Return a sentence for each figure of a route and its visits that is none."""
    visits = items(getattr(route, "visits", None))
    return unreadable(who, route, ROUTE) + [
        wrong for i, visit in enumerate(visits, 1) for wrong in unreadable(f"{who}, visit {i}", visit, VISIT)
    ]


def header(problem: Problem, plan: Plan) -> Iterator[str]:
    """Compare what the plan says about itself."""
    yield from unreadable("The plan", plan, PLAN)
    for name in ("company", "depot_id", "day", "timezone", "currency"):
        expected, found = getattr(problem, name), getattr(plan, name)
        if not isinstance(found, str) or expected != found:
            yield f"The plan: expected {name} {expected!r} as in the problem, found {shown(found)}."
    prices = problem.valuation
    objective: object = plan.objective
    if not isinstance(objective, str) or objective != prices.objective:
        yield f"The plan: expected objective {prices.objective!r}, found {shown(objective)}."
    if not unreadable("", plan, {"valued_by": _many(_text)}) and tuple(plan.valued_by) != tuple(prices.valued_by):
        yield f"The plan: expected valued_by {list(prices.valued_by)}, found {shown(list(plan.valued_by))}."


def spread(who: str, arrivals: tuple[int | None, int | None, int | None]) -> Iterator[str]:
    """Say where quantiles of an arrival do not rise."""
    known = [q for q in arrivals if q is not None]
    if known != sorted(known):
        yield f"{who}: expected p05 <= p50 <= p95, found {', '.join(map(moment, known))}."


def readable_cents(item: Plan | Route) -> Mapping[str, int]:
    """Return an item's cents, nothing where they can't be read."""
    return {} if unreadable("", item, {"cents": _cents}) else item.cents

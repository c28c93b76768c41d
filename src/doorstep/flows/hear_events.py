"""A day after what happened on it: events in order of time, and between them everybody does what they were told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from doorstep.domain.events import Event, Ordered
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.units import Seconds
from doorstep.flows.ask_roads import every_leg
from doorstep.flows.ports import Streets
from doorstep.operations.dispatch.consequences import consequences
from doorstep.operations.dispatch.happenings import happened, too_late_for
from doorstep.operations.dispatch.told_plan import as_told
from doorstep.operations.new_place import with_place
from doorstep.operations.progress import RunningDay, as_of


def after(
    problem: Problem, plan: Plan, events: Sequence[Event], streets: Mapping[str, Streets] | None = None
) -> tuple[RunningDay, tuple[str, ...]]:
    """Return the day after events in order of time, and in words what of them somebody may expect otherwise.

    Between them everybody does what they were told last. An event that stands twice counts once, and one from before
    the present is news: it counts from now on. `streets` as in `dispatch`.
    """
    notes: list[str] = []
    in_order = sorted({repr(event): event for event in events}.values(), key=lambda event: event.at)
    day = as_of(problem, plan, in_order[0].at if in_order else Seconds(0))
    for event in in_order:
        if event.at > (day.problem.now or 0):
            day = as_of(day.problem, as_told(day), event.at)
        notes += filter(None, [too_late_for(day, event)])
        if streets and isinstance(event, Ordered):
            day = _on_the_map(day, event.place, streets)
        before, day = day, happened(day, event)
        notes += consequences(before.problem, day.problem, event)
    return day, tuple(notes)


def _on_the_map(day: RunningDay, place: Place, streets: Mapping[str, Streets]) -> RunningDay:
    """Return the day with a row for a place, as the roads have it."""
    if place in day.problem.places:
        return day
    larger, _ = with_place(day.problem, place, every_leg(day.problem, place, streets))
    return replace(day, problem=larger)

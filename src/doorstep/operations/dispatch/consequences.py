"""What of an event somebody may expect otherwise, in words: closures, places out of all reach, handovers."""

from collections.abc import Iterator

from doorstep.domain.events import ClosedOff, Event, FellOut, Ordered
from doorstep.domain.places import Place, crow_metres
from doorstep.domain.problem import Problem
from doorstep.domain.units import clock
from doorstep.operations.dispatch.happenings import shut
from doorstep.operations.progress import is_over

FAR = 100_000
"""Metres from every place of a plan beyond which a new one is a mistake, not an order."""


def consequences(before: Problem, after: Problem, event: Event) -> Iterator[str]:
    """Yield sentences about an event, by the problem before and after it."""
    match event:
        case Ordered():
            yield from _far_away(before, event)
        case ClosedOff():
            yield _shut(before, event)
        case FellOut():
            yield from _counted_twice(before, after, event)


def _far_away(problem: Problem, event: Ordered) -> Iterator[str]:
    """Say where a new place is out of all reach, and whether its longitude and latitude look exchanged."""
    known = [place for place in problem.places if place is not None]
    away = min((crow_metres(place, event.place) for place in known), default=0)
    if away <= FAR:
        return
    lon, lat = event.place.lon, event.place.lat
    other = Place(lat, lon) if abs(lon) <= 90 else event.place
    near = min(crow_metres(place, other) for place in known) <= FAR
    advice = f"with lon {lat:g} and lat {lon:g} it would be near: exchange the two" if near else "check the two"
    yield (
        f"Order {event.stop.stop_id} lies {away / 1000:,.0f} km from every place of the plan, at lon {lon:g} and lat "
        f"{lat:g}; {advice}."
    )


def _shut(problem: Problem, event: ClosedOff) -> str:
    """Return what a closure shuts, and that it shuts no road."""
    doors, plugs = (len(found) for found in shut(problem, event))
    also = f" and {plugs} plug{'s' * (plugs != 1)}" if problem.chargers else ""
    return (
        f"The closure shuts {doors} door{'s' * (doors != 1)}{also} within {event.metres} m until {clock(event.until)}; "
        "it shuts no road: vans drive through as before."
    )


def _counted_twice(before: Problem, after: Problem, event: FellOut) -> Iterator[str]:
    """Say that goods which are taken over count twice, where somebody may make so many stops only."""
    known = {s.stop_id for s in before.stops}
    handed = any(s.giver == event.shift_id and s.stop_id not in known for s in after.stops)
    if handed and any(s.max_stops is not None and not is_over(s) for s in after.shifts):
        yield (
            f"What is taken over from {event.shift_id} counts as two stops of who takes it, where stops are bounded: "
            "one where the van stands, one at the door."
        )

"""New orders put where a quote would have them, before anybody searches for better."""

from collections.abc import Sequence
from dataclasses import replace

from doorstep.domain.events import Ordered
from doorstep.domain.travel import TravelTimes
from doorstep.domain.windows import WHENEVER
from doorstep.operations.dispatch.told_plan import as_told
from doorstep.operations.progress import RunningDay
from doorstep.operations.quote import Quote, Quoter

MOST_PLACED = 5
"""New orders that are put where a quote would have them before the searches begin; these find places for others."""


def with_quoted(day: RunningDay, orders: Sequence[Ordered]) -> RunningDay:
    """Return the day with new orders put where they cost least, so that none is dearer than it was quoted.

    One that fits nowhere, or not for less than leaving it out, is left to the searches.
    """
    if not all(isinstance(travel, TravelTimes) for travel in day.problem.times.values()):
        return day
    stops, prices = {s.stop_id: s for s in day.problem.stops}, day.problem.valuation
    told = {halt for halts in day.sequences.values() for halt in halts}
    for order in [o for o in orders if o.stop.stop_id in stops.keys() - told][:MOST_PLACED]:
        stop_id, quoter = order.stop.stop_id, Quoter(day, as_told(day))
        new = quoter.newcomer(replace(order, stop=stops[stop_id]))
        offers = quoter.answer(new, stops[stop_id].windows or (WHENEVER,)).offers
        if offers and offers[0].total < prices.unserved.get(stop_id, float("inf")):
            day = _with_offer(day, stop_id, offers[0])
    return day


def _with_offer(day: RunningDay, stop_id: str, offer: Quote) -> RunningDay:
    """Return the day with a new stop where it was quoted."""
    shift_id = offer.shift_id
    shift = next(s for s in day.problem.shifts if s.shift_id == shift_id)
    ahead, k = day.ahead.get(shift_id, ()), offer.position - 1 - len(shift.driven)
    leaves = {} if shift.loaded_at is not None else {shift_id: offer.leaves_at}
    return replace(
        day, ahead={**day.ahead, shift_id: (*ahead[:k], stop_id, *ahead[k:])}, leaves={**day.leaves, **leaves}
    )

"""Choose three doors for the report: two where knocking at another hour pays most, one where it hardly matters."""

from doorstep.domain.comparison import Door, Drawing, DrawnStop
from doorstep.domain.orders import Order
from doorstep.domain.outlook import Outlook
from doorstep.domain.units import clock
from doorstep.domain.valuation import FREE
from doorstep.flows.plan_day import Question

SURE = 0.05
"""A chance that moves by less over the day is called the same at any hour."""


def choose_doors(asked: Question, drawing: Drawing) -> tuple[Door, ...]:
    """Return up to three doors, of different kinds where there are any."""
    orders = {order.order_id: order for order in asked.nouns.orders}
    single = {stop.stop_id for stop in asked.problems["profit"].stops if len(stop.order_ids) == 1}
    both = [s for s in drawing.stops if s.efficiency and s.profit and s.order_id in single]
    by_gain = sorted(both, key=_gain, reverse=True)
    chosen = by_gain[:1]
    chosen += [s for s in by_gain[1:] if chosen and s.kind != chosen[0].kind][:1]
    chosen += sorted((s for s in both if s not in chosen), key=lambda s: _swing(asked.outlooks[s.order_id]))[:1]
    return tuple(_door(asked, stop, orders[stop.order_id]) for stop in chosen)


def _gain(stop: DrawnStop) -> int:
    """Return cents that the profit plan's knock saves at this door."""
    if stop.efficiency is None or stop.profit is None:
        return 0
    return sum(stop.efficiency.cents.values()) - sum(stop.profit.cents.values())


def _swing(outlook: Outlook) -> float:
    return max(outlook.success) - min(outlook.success)


def _door(asked: Question, stop: DrawnStop, order: Order) -> Door:
    return Door(
        order_id=stop.order_id,
        kind=stop.kind,
        words=_words(asked.outlooks[stop.order_id]),
        postcode=stop.postcode,
        curve=asked.problems["profit"].valuation.curves.get(stop.order_id, FREE),
        outlook=asked.outlooks[stop.order_id],
        promise=order.promise,
        efficiency=stop.efficiency.knocks_at if stop.efficiency else None,
        profit=stop.profit.knocks_at if stop.profit else None,
    )


def _words(outlook: Outlook) -> str:
    """Return a door's habits in words.

    >>> from doorstep.domain.units import Seconds
    >>> at = (Seconds(32_400), Seconds(64_800))
    >>> _words(Outlook("o", "r", "m", at, (0.6, 0.95), (0.5, 0.9), (0.7, 0.97), 9))
    'opens best at 18:00, least at 09:00'
    """
    if _swing(outlook) < SURE:
        return "opens alike at any hour"
    best = outlook.at[outlook.success.index(max(outlook.success))]
    worst = outlook.at[outlook.success.index(min(outlook.success))]
    return f"opens best at {clock(best)}, least at {clock(worst)}"

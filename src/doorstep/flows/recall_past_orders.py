"""What was ordered on past days for the same day, as a company told it: what may come today is drawn from it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from statistics import median
from typing import Any

from doorstep.domain.days import elapsed
from doorstep.domain.errors import YourInput
from doorstep.domain.events import Ordered
from doorstep.domain.places import Place
from doorstep.domain.problem import Problem, Stop
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.flows.nouns import recipients_of
from doorstep.flows.ports import Store

Body = Mapping[str, Any]

PAST_DAYS = 56
"""How far back past days tell what a day is like: eight weeks, each weekday eight times."""


def past_orders(store: Store, company: str, problem: Problem) -> tuple[tuple[Ordered, ...], ...]:
    """Return for each past day of a problem's depot what was ordered on it for that day, at the seconds of the day.

    Windows are what was asked for, else what was promised. Halves of pairs, cancelled orders and those of people who
    are forgotten are left away. Raises YourInput where no order was ever placed on the day it was due.
    """
    since = (date.fromisoformat(problem.day) - timedelta(days=PAST_DAYS)).isoformat()
    days: dict[str, list[Body]] = defaultdict(list)
    for fact in store.current(company, "order"):
        if fact.body["depot_id"] == problem.depot_id and since <= fact.body["due_on"] < problem.day:
            days[fact.body["due_on"]].append(fact.body)
    came = {day: [body for body in bodies if _came(body, problem.timezone)] for day, bodies in days.items()}
    if not any(came.values()):
        raise YourInput(
            f"Expected orders of depot {problem.depot_id} placed on the day they were due, in the {PAST_DAYS} "
            f"days before {problem.day}; got none among those of {len(days)} days. Import orders.csv with placed_at, "
            "or name files of past events after --past."
        )
    wanted = {body["recipient_id"] for bodies in came.values() for body in bodies}
    places = {who.recipient_id: who.place for who in recipients_of(store, company, wanted)}
    return tuple(tuple(_ordered(bodies, places, problem)) for _, bodies in sorted(came.items()))


def _came(body: Body, zone: str) -> bool:
    """Return whether an order came in on the day it was due, and stayed."""
    if "cancelled_at" in body or "pair_id" in body or "placed_at" not in body:
        return False
    return elapsed(body["placed_at"], body["due_on"], zone) >= 0


def _ordered(bodies: list[Body], places: Mapping[str, Place], problem: Problem) -> Iterator[Ordered]:
    usual = Seconds(round(median([int(s.service) for s in problem.stops] or [180])))
    for body in bodies:
        place = places.get(body["recipient_id"])
        if place is not None:
            at = elapsed(body["placed_at"], body["due_on"], problem.timezone)
            yield Ordered(at, _stop(body, problem, usual), place)


def _stop(body: Body, problem: Problem, usual: Seconds) -> Stop:
    def at(instant: str) -> Seconds:
        return Seconds(max(0, elapsed(instant, body["due_on"], problem.timezone)))

    promised = [(body["promised_start"], body["promised_end"])] if "promised_start" in body else []
    windows = tuple(TimeWindow(at(opens), at(closes)) for opens, closes in body.get("windows") or promised)
    own = {name.removeprefix("amount_"): value for name, value in body.items() if name.startswith("amount_")}
    amounts = tuple(int({**own, **body}.get(name, 0)) for name in problem.dimensions)
    none, fetched = (0,) * len(amounts), body.get("kind") == "pickup"
    return Stop(
        stop_id=body["order_id"],
        order_ids=(body["order_id"],),
        location=0,
        windows=windows,
        service=Seconds(body["service_s"]) if "service_s" in body else usual,
        amounts=none if fetched else amounts,
        needs=frozenset(body.get("needs", ())),
        picks=amounts if fetched and any(amounts) else (),
        release=at(body["ready_at"]) if "ready_at" in body else Seconds(0),
    )

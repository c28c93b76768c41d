"""While the day runs: events come in, a valid new plan goes out, with what is driven and loaded left as it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from doorstep.domain.events import Event, Ordered
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.flows.hear_events import after
from doorstep.flows.ports import Streets
from doorstep.flows.send_or_wait import decide
from doorstep.operations.dispatch.effort import Effort
from doorstep.operations.dispatch.futures import Waves
from doorstep.operations.dispatch.going_on import Asked, Dispatched
from doorstep.operations.dispatch.send_or_wait import Shared
from doorstep.operations.dispatch.stability import Instability
from doorstep.operations.dispatch.unavoidable import giving_way

__all__ = ["Dispatched", "Effort", "dispatch"]


def dispatch(  # noqa: PLR0913 - each is named where it is given
    problem: Problem,
    plan: Plan,
    events: Sequence[Event],
    *,
    effort: Effort,
    instability: Instability | None = None,
    sha256_of: Callable[[Problem], str],
    streets: Mapping[str, Streets] | None = None,
    waves: Waves | None = None,
) -> Dispatched:
    """Return new plans after events, all as of the last one's time.

    `plan` is the answer to `problem`; both may come from an earlier dispatch. `streets`, by profile, are asked for
    every leg of a new place, which is guessed without them. With `waves` it is decided first who leaves now and who
    waits for better company: what goes is loaded, what waits is held, and the rest is planned around it. Raises
    YourInput where an event names what is not there, and UnreachablePlace where no road leads to a new place.
    """
    day, notes = after(problem, plan, events, streets)
    day, given_way = giving_way(day)
    orders = [event for event in events if isinstance(event, Ordered)]
    asked = Asked(plan, instability or Instability(), sha256_of, effort)
    if waves is None or not waves.past:
        found = asked.ways(day, orders)
    else:
        shared, priced = Shared.of(effort), asked.priced(day)
        found = replace(asked, effort=shared.going_on).decided(
            priced, orders, lambda also, known: decide(priced, waves, shared, also=also, known=known)
        )
    return replace(found, notes=(*notes, *given_way))

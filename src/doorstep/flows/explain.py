"""Explain one order of a plan: why it is left out and what would change that, or why it goes with whom and when."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from doorstep.domain.plan import Plan, Relaxation, Unserved
from doorstep.domain.problem import Problem, Stop
from doorstep.domain.sequences import sequences_of
from doorstep.operations.dispatch.happenings import stop_of
from doorstep.operations.explain import WhyHere, carrier_of, why_here, would_be_served_if


@dataclass(frozen=True, slots=True)
class Explained:
    """What was found out about one order; `left_out` and its `would_be_served_if`, or `here`.

    `on_board_of` is the shift whose van has its goods, if one has.
    """

    stop: Stop
    left_out: Unserved | None
    would_be_served_if: tuple[Relaxation, ...]
    here: WhyHere | None
    on_board_of: str | None = None


def explained(
    problem: Problem, plan: Plan, *, seconds: float, seed: int, on_progress: Callable[[int, int], None] | None = None
) -> Plan:
    """Return the plan with what would have to change for each order that it leaves out, every change solved again.

    `seconds` bounds each of the second searches for one stop, eight times as much all of them; `on_progress` hears of
    how many stops of how many are done. The dearest come first.
    """
    sequences, _ = sequences_of(plan, problem)
    price: dict[str, int] = {}
    for row in plan.unserved:
        price[row.stop_id] = price.get(row.stop_id, 0) + row.cents
    found: dict[str, tuple[Relaxation, ...]] = {}
    for stop_id in sorted(price, key=lambda x: (-price[x], x)):
        if on_progress:
            on_progress(len(found), len(price))
        found[stop_id] = would_be_served_if(problem, sequences, stop_id, seconds=seconds, seed=seed)
    unserved = (replace(row, would_be_served_if=found[row.stop_id]) for row in plan.unserved)
    return replace(plan, unserved=tuple(unserved))


def explain(problem: Problem, plan: Plan, order_id: str, *, seconds: float, seed: int) -> Explained:
    """Return why an order is served as it is, or isn't; `seconds` bounds each second search.

    Raises UnknownStop where the problem has no such order.
    """
    stop = stop_of(problem, order_id)
    left_out = next((u for u in plan.unserved if u.stop_id == stop.stop_id), None)
    if left_out is None:
        return Explained(stop, None, (), why_here(problem, plan, stop.stop_id, seconds=seconds, seed=seed))
    sequences, _ = sequences_of(plan, problem)
    changes = would_be_served_if(problem, sequences, stop.stop_id, seconds=seconds, seed=seed)
    return Explained(stop, left_out, changes, None, carrier_of(problem, sequences, stop.stop_id))

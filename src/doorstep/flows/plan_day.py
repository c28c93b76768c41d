"""Plan a depot's day: load the nouns, ask the roads, look at the doors, price them, search, check."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from doorstep.domain.errors import YourInput
from doorstep.domain.fleet import Depot
from doorstep.domain.orders import Order
from doorstep.domain.outlook import Outlook
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.economics.value import Beliefs, Day, efficiency, value
from doorstep.flows import nouns
from doorstep.flows.models import Models
from doorstep.flows.ports import Roads, Store
from doorstep.flows.solve import solve
from doorstep.operations.day import DayNouns, day_problem, places
from doorstep.operations.schedule import schedule
from doorstep.operations.search import Progress

OBJECTIVES = ("profit", "efficiency")


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A day ready to be searched: the nouns, what is expected at the doors, and one problem per objective."""

    nouns: DayNouns
    models: Models
    outlooks: Mapping[str, Outlook]
    problems: Mapping[str, Problem]


def question(
    store: Store, company: str, day: str, models: Models, roads: Callable[[str], Roads], *, depot_id: str | None = None
) -> Question:
    """Return a depot's day under both valuations; `roads` opens the network of a vehicle profile.

    Raises YourInput where the day has no orders or shifts, or several depots and none is named.
    """
    day_nouns = _nouns(store, company, day, models, depot_id)
    found = places(day_nouns)
    profiles = {day_nouns.vehicles[shift.vehicle_id].profile for shift in day_nouns.shifts}
    times = {profile: roads(profile).times(found) for profile in sorted(profiles)}
    problem = day_problem(day_nouns, times)
    outlooks = models.presence.outlooks(day_nouns.orders, day_nouns.recipients, day)
    priced = Day(
        stops=problem.stops,
        orders={order.order_id: order for order in day_nouns.orders},
        recipients=day_nouns.recipients,
        shifts=day_nouns.shifts,
        vehicles=day_nouns.vehicles,
        tariff=day_nouns.company.tariff,
    )
    beliefs = Beliefs(outlooks, models.reactions, models.spread, models.worth, models.second_attempt, models.turnover)
    return Question(
        nouns=day_nouns,
        models=models,
        outlooks=outlooks,
        problems={
            "profit": problem.valued(value(priced, beliefs)),
            "efficiency": problem.valued(efficiency(priced, models.second_attempt)),
        },
    )


def plan_day(
    asked: Question,
    objective: str,
    *,
    seconds: float,
    seed: int,
    problem_sha256: str,
    on_progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Return the best plan found under an objective, checked, with what is expected at every visit."""
    problem = asked.problems[objective]
    plan, _ = solve(problem, seconds=seconds, seed=seed, problem_sha256=problem_sha256, on_progress=on_progress)
    return expected(asked, objective, plan)


def expected(asked: Question, objective: str, plan: Plan) -> Plan:
    """Return a plan's sequences under an objective's prices, with arrival quantiles and chances of success."""
    return schedule(
        asked.problems[objective],
        sequences(plan),
        seed=plan.seed,
        problem_sha256=plan.problem_sha256,
        spread=asked.models.spread,
        outlooks=asked.outlooks,
    )


def sequences(plan: Plan) -> dict[str, Sequence[str]]:
    """Return shift ids with the stop ids they visit, in order."""
    return {route.shift_id: [visit.stop_id for visit in route.visits] for route in plan.routes}


def _nouns(store: Store, company: str, day: str, models: Models, depot_id: str | None) -> DayNouns:
    known = nouns.company_of(store, company)
    due = nouns.orders_due(store, company, day)
    depot = _depot(nouns.depots_of(store, company, day), due, day, depot_id)
    orders = tuple(order for order in due if order.depot_id == depot.depot_id)
    recipients = {
        who.recipient_id: who for who in nouns.recipients_of(store, company, {o.recipient_id for o in orders})
    }
    orders = tuple(order for order in orders if order.recipient_id in recipients)
    shifts = tuple(s for s in nouns.shifts_of(store, company, day) if s.depot_id == depot.depot_id)
    if not orders or not shifts:
        raise YourInput(
            f"Expected orders and shifts at depot {depot.depot_id} on {day}, got {len(orders)} orders and "
            f"{len(shifts)} shifts; import orders.csv (due_on) and shifts.csv (date) of that day."
        )
    return DayNouns(
        company=known,
        depot=depot,
        day=day,
        orders=orders,
        recipients=recipients,
        vehicles={vehicle.vehicle_id: vehicle for vehicle in nouns.vehicles_of(store, company)},
        shifts=shifts,
        service={
            **models.service.seconds(orders, recipients),
            **{order.order_id: order.service for order in orders if order.service is not None},
        },
    )


def _depot(depots: Sequence[Depot], due: Sequence[Order], day: str, depot_id: str | None) -> Depot:
    """Return the depot asked for, or the only one with orders."""
    busy = {order.depot_id for order in due}
    found = [depot for depot in depots if depot.depot_id == depot_id or (depot_id is None and depot.depot_id in busy)]
    if len(found) == 1:
        return found[0]
    named = ", ".join(sorted(busy)) or "none"
    wanted = f"depot {depot_id}" if depot_id else "one depot, or --depot ID"
    raise YourInput(f"Expected {wanted}; depots with orders due on {day}: {named}. Name one of them.")

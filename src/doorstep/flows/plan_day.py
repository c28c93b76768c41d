"""Plan a depot's day: load the nouns, ask the roads, look at the doors, price them, search, check."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from doorstep.domain.errors import OurBug, YourInput
from doorstep.domain.facts import fact_id
from doorstep.domain.fleet import Depot, Plug, Vehicle
from doorstep.domain.orders import Order, Recipient
from doorstep.domain.outlook import Outlook
from doorstep.domain.places import Place, crow_metres
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Halt, Problem
from doorstep.domain.sequences import sequences_of
from doorstep.domain.streets import SNAP_LIMIT_M, UnreachablePlace
from doorstep.domain.travel import MATRIX_PLACES, AskedTimes, TravelTimes
from doorstep.domain.units import Cents
from doorstep.economics.value import Beliefs, Day, efficiency, value
from doorstep.flows import nouns
from doorstep.flows.duty_of_day import Bound, lawful, unlawful
from doorstep.flows.models import Models
from doorstep.flows.ports import Roads, Store
from doorstep.flows.record_decision import Alternative, Decision
from doorstep.flows.solve import ALONE, InCells, solve
from doorstep.flows.vetoes import standing, with_vetoes
from doorstep.flows.wishes_of_day import NOTHING_KNOWN, Usual, usual, with_wishes
from doorstep.operations.check import check
from doorstep.operations.day import DayNouns, day_problem, places, stops
from doorstep.operations.duty.fair_shares import Evened
from doorstep.operations.duty.idle_breaks import with_settled_breaks, without_idle_breaks
from doorstep.operations.schedule import schedule
from doorstep.operations.search import Progress

OBJECTIVES = ("profit", "efficiency")

FIRST_SHARE = 0.5
"""Part of the search that may take breaks where it likes, where the law asks for any."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A day ready to be searched: the nouns, what is expected at the doors, and one problem per objective.

    `nowhere` are the ids of orders left out because their recipients' places are not known any more, `halves` those of
    pairs that are not whole. `bounds` are the shifts bound by law. `usual` is what drivers did before, as far as the
    tariff asks; `begin_with` is a plan to go on from. `evening` are the plans before and after paid hours were spread
    evenly, where somebody would spend a share of the cost on it.
    """

    nouns: DayNouns
    models: Models
    outlooks: Mapping[str, Outlook]
    problems: Mapping[str, Problem]
    nowhere: tuple[str, ...] = ()
    halves: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()
    usual: Usual = NOTHING_KNOWN
    begin_with: Mapping[str, Sequence[Halt]] | None = None
    evening: tuple[Evened, Evened] | None = None


def question(
    store: Store, company: str, day: str, models: Models, roads: Callable[[str], Roads], *, depot_id: str | None = None
) -> Question:
    """Return a depot's day under both valuations; `roads` opens the network of a vehicle profile.

    Raises YourInput where the day has no orders or shifts, several depots and none is named, or a place that no road
    of the map leads to.
    """
    day_nouns, nowhere, halves = _nouns(store, company, day, models, depot_id)
    times = _times(day_nouns, roads)
    asked = with_vetoes(day_problem(day_nouns, times), standing(store, company), day_nouns.orders)
    problem, bounds = lawful(store, day_nouns.company, asked, day_nouns.shifts)
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
    tariff = day_nouns.company.tariff
    known = usual(store, company, tariff, problem)
    return Question(
        nouns=day_nouns,
        models=models,
        outlooks=outlooks,
        problems={
            "profit": with_wishes(problem.valued(value(priced, beliefs)), tariff, known),
            "efficiency": problem.valued(efficiency(priced, models.second_attempt)),
        },
        nowhere=nowhere,
        halves=halves,
        bounds=bounds,
        usual=known,
    )


def plan_day(  # noqa: PLR0913 - each is named where it is given
    asked: Question,
    objective: str,
    *,
    seconds: float,
    seed: int,
    problem_sha256: str,
    searches: int = 1,
    cells: InCells = ALONE,
    iterations: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Return the best plan found under an objective, checked and judged, with what is expected at every visit.

    Judged is by the validator of working hours whether it is lawful (`Plan.unlawful`). `searches` run at once, a core
    each; a day that is planned in cells has the processes of the `cells`. Where the law asks for breaks, a second
    search goes on from the first without any to spare: see `idle_breaks`. Each search counts `iterations`, where they
    are given.
    """
    problem = asked.problems[objective]
    searched = partial(
        solve, seed=seed, problem_sha256=problem_sha256, searches=searches, cells=cells, iterations=iterations,
        on_progress=on_progress,
    )  # fmt: skip
    if not any(shift.breaks for shift in problem.shifts):
        plan, _ = searched(problem, seconds=seconds, start=asked.begin_with)
        return judged(asked, objective, expected(asked, objective, plan))
    first, _ = searched(problem, seconds=seconds * FIRST_SHARE, start=asked.begin_with)
    plan = expected(asked, objective, first)
    settled = with_settled_breaks(problem, plan)
    second, _ = searched(settled, seconds=seconds * (1 - FIRST_SHARE), start=sequences_of(plan, problem)[0])
    found = [plan, expected(asked, objective, second)]
    reports = [check(problem, one) for one in found]
    held = [(len(r.left_out), r.total, k) for k, r in enumerate(reports) if len(r.violations) <= len(r.left_out)]
    if not held:
        raise OurBug(f"The checker refuses a plan of our own: {reports[0].violations[0]} Please send us the problem.")
    return judged(asked, objective, found[min(held)[2]])


def judged(asked: Question, objective: str, plan: Plan) -> Plan:
    """Return a plan with what the validator of working hours says of it."""
    return replace(plan, unlawful=unlawful(asked.problems[objective], asked.bounds, plan))


def decided(asked: Question, plan: Plan, *, by: str, at: str, first: Cents | None) -> Decision:
    """Return what was decided by a plan, when, on what; `first` is the price of the first plan that the search held."""
    return Decision(
        decision_id=f"{plan.plan_id}-{at}",
        what="plan_day",
        by=by,
        at=at,
        chosen=plan.plan_id,
        cents=plan.cents["total"],
        inputs={"problem": plan.problem_sha256},
        models=asked.models.ids,
        valuation=fact_id("valuation", plan.objective, {"valued_by": plan.valued_by}),
        alternatives=[Alternative("the first plan that the search held", first)],
        unlawful=plan.unlawful or (),
    )


def expected(asked: Question, objective: str, plan: Plan) -> Plan:
    """Return a plan's sequences under an objective's prices, with arrival quantiles and chances of success.

    Breaks that no rule asks for are left away.
    """
    halts, departures = sequences_of(plan, asked.problems[objective])
    return schedule(
        asked.problems[objective],
        without_idle_breaks(asked.problems[objective], halts, departures),
        departures=departures,
        seed=plan.seed,
        problem_sha256=plan.problem_sha256,
        spread=asked.models.spread,
        outlooks=asked.outlooks,
    )


def _times(day: DayNouns, roads: Callable[[str], Roads]) -> dict[str, TravelTimes]:
    """Return travel times by profile; a place without a road is named by whose it is, never by where it lies."""
    found = places(day)
    profiles = sorted({day.vehicles[shift.vehicle_id].profile for shift in day.shifts})
    try:
        return {profile: _between(found, roads(profile)) for profile in profiles}
    except UnreachablePlace as error:
        owners = [f"depot {day.depot.depot_id}", *(_owner(stop.order_ids, day) for stop in stops(day))]
        owners += [f"charger {plug.charger_id}" for plug in day.plugs]
        named = [f"{owners[i]}, which {error.reasons.get(i, 'no road leads to')}" for i in error.indices]
        more = f"; and {len(named) - 10} more" if len(named) > 10 else ""
    raise YourInput(
        f"Expected places within {SNAP_LIMIT_M:.0f} m of connected roads, got {'; '.join(named[:10])}{more}. Correct "
        "lon and lat there, or import with --osm a map that covers them."
    )


def _between(places: Sequence[Place], roads: Roads) -> TravelTimes:
    """Return the travel between places: matrices of a day's, legs to be asked for where they are many."""
    if len(places) > MATRIX_PLACES:
        return AskedTimes(roads.legs_between(places), range(len(places)))
    return roads.times(places)


def _owner(order_ids: Sequence[str], day: DayNouns) -> str:
    who = next(order.recipient_id for order in day.orders if order.order_id == order_ids[0])
    return f"recipient {who} (order {', '.join(order_ids)})"


def _nouns(
    store: Store, company: str, day: str, models: Models, depot_id: str | None
) -> tuple[DayNouns, tuple[str, ...], tuple[str, ...]]:
    """Return a depot's day, the orders due that nobody knows the place of, and those whose other half is missing."""
    known = nouns.company_of(store, company)
    due = nouns.due(store, company, day)
    depot = _depot(nouns.depots_of(store, company, day), due.orders, day, depot_id)
    mine = tuple(order for order in due.orders if order.depot_id == depot.depot_id)
    recipients = {who.recipient_id: who for who in nouns.recipients_of(store, company, {o.recipient_id for o in mine})}
    nowhere = tuple(order.order_id for order in mine if order.recipient_id not in recipients)
    orders, alone = _whole(mine, recipients)
    shifts = tuple(s for s in nouns.shifts_of(store, company, day) if s.depot_id == depot.depot_id)
    if not orders or not shifts:
        raise YourInput(
            f"Expected orders and shifts at depot {depot.depot_id} on {day}, got {len(orders)} orders and "
            f"{len(shifts)} shifts; import orders.csv (due_on) and shifts.csv (date) of that day."
            + (f" {without_place(nowhere)}" if nowhere else "")
        )
    vehicles = {vehicle.vehicle_id: vehicle for vehicle in nouns.vehicles_of(store, company)}
    found = DayNouns(
        company=known,
        depot=depot,
        day=day,
        orders=orders,
        recipients=recipients,
        vehicles=vehicles,
        shifts=shifts,
        service={
            **models.service.seconds(orders, recipients),
            **{order.order_id: order.service for order in orders if order.service is not None},
        },
        plugs=_plugs(store, company, depot, day, [vehicles[shift.vehicle_id] for shift in shifts]),
    )
    return found, nowhere, (*due.halves, *alone)


def _whole(orders: Sequence[Order], recipients: Mapping[str, Recipient]) -> tuple[tuple[Order, ...], tuple[str, ...]]:
    """Return the orders that can be planned, and halves whose other half is somewhere that nobody knows any more."""
    lost = {order.pair_id for order in orders if order.pair_id and order.recipient_id not in recipients}
    placed = [order for order in orders if order.recipient_id in recipients]
    return (
        tuple(order for order in placed if order.pair_id not in lost),
        tuple(order.order_id for order in placed if order.pair_id in lost),
    )


def _plugs(store: Store, company: str, depot: Depot, day: str, vehicles: Sequence[Vehicle]) -> tuple[Plug, ...]:
    """Return the chargers that the battery of some vehicle of the day reaches as the crow flies."""
    batteries = [vehicle.battery for vehicle in vehicles if vehicle.battery]
    farthest = max((1000 * each.capacity_wh / max(1, each.wh_per_km) for each in batteries), default=0)
    if not batteries:
        return ()
    plugs = nouns.plugs_of(store, company, depot, day)
    return tuple(plug for plug in plugs if crow_metres(depot.place, plug.place) <= farthest)


def without_half(order_ids: Sequence[str]) -> str:
    """Return the sentence about halves of pairs that can't be planned."""
    named = ", ".join(order_ids[:10]) + (f" and {len(order_ids) - 10} more" if len(order_ids) > 10 else "")
    return (
        f"Left out, since a pair is one order of kind pickup and one that it is brought to, open, at one depot, the "
        f"first due no later: orders {named}; correct kind, pair_id and due_on in orders.csv, or send somebody by hand."
    )


def without_place(order_ids: Sequence[str]) -> str:
    """Return the sentence about orders whose recipients' places are not known any more."""
    named = ", ".join(order_ids[:10]) + (f" and {len(order_ids) - 10} more" if len(order_ids) > 10 else "")
    return (
        f"Left out, since nobody knows any more where their recipients live (forgotten, or keys.db or people.db is "
        f"another than facts.db was written with): orders {named}; cancel them, or bring them by hand."
    )


def _depot(depots: Sequence[Depot], due: Sequence[Order], day: str, depot_id: str | None) -> Depot:
    """Return the depot asked for, or the only one with orders."""
    busy = {order.depot_id for order in due}
    found = [depot for depot in depots if depot.depot_id == depot_id or (depot_id is None and depot.depot_id in busy)]
    if len(found) == 1:
        return found[0]
    if not busy:
        raise YourInput(
            f"Expected orders due on {day}, found none that is open; import orders.csv with that due_on, or "
            "name another day."
        )
    named = ", ".join(sorted(busy))
    wanted = f"depot {depot_id}" if depot_id else "one depot, or --depot ID"
    raise YourInput(f"Expected {wanted}; depots with orders due on {day}: {named}. Name one of them.")

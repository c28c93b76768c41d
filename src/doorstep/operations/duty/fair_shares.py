"""Who should do how much today, what keeping to it may cost, and how unevenly work is spread.

Measured are paid seconds and, beside them, strain units (stairs, weight, parking; `operations.workload`). Only paid
seconds are evened out by price: strain has its own price in the rates.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.plan import Plan
from doorstep.domain.problem import PlannedShift, Problem
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates

CATCH_UP = 0.2
"""How far today's share may stray from an even one to make up for earlier weeks: one day need not repair a month."""

FIRST_RATE = 0.25
"""The first rate tried, as a share of the dearest hour's wage; each further one is twice the last."""

MOST_TRIES = 6

MOST_SEARCHES = 1 + 2 * MOST_TRIES
"""How often `evened` plans at most: once, at each rate, and as often again without one."""

MOST_SPREAD = 0.1
"""Work that varies so little by its fair share is even enough: the coefficient of variation."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a driver is to work a week by contract, and has worked in the weeks looked at, up to yesterday."""

    weekly: Seconds
    done: Seconds = Seconds(0)


@dataclass(frozen=True, slots=True)
class Spread:
    """How unevenly work is spread: coefficients of variation of each shift's figure by its fair share."""

    paid: float
    strain: float


def fair_shares(
    shifts: Sequence[PlannedShift], total: Seconds, *, work: Mapping[str, Work] | None = None, weeks: float = 4.0
) -> dict[str, Seconds]:
    """Return today's fair share of `total` paid seconds for each shift.

    In proportion to contract hours (`work`, by driver id; without any, equally), more for who worked less than others
    over the last `weeks`, by a fifth at most; never more than the shift is long, and what is cut off goes to the
    others. Shares sum to `total` unless all shifts together are shorter.
    """
    known = work or {}
    usual = _mean([float(w.weekly) for w in known.values()]) if known else 1.0
    weekly = [float(known[s.driver_id].weekly) if s.driver_id and s.driver_id in known else usual for s in shifts]
    weights = [each * _catching_up(shift, shifts, known, weeks) for each, shift in zip(weekly, shifts, strict=True)]
    shares = _poured(total, weights, [float(_longest(shift)) for shift in shifts])
    return {shift.shift_id: Seconds(round(share)) for shift, share in zip(shifts, shares, strict=True)}


def shares_of_day(problem: Problem, plan: Plan, *, work: Mapping[str, Work] | None = None) -> dict[str, Seconds]:
    """Return each shift's fair share of a day, told from a plan of it: as much as those who drive have on average.

    A shift that has a price, but none by the hour, has no share: a subcontractor's hours are nobody's to even out.
    """
    rates = problem.valuation.rates
    ours = [s for s in problem.shifts if not _by_tariff_alone(rates.get(s.shift_id, Rates()))]
    return fair_shares(ours, _as_if_all_drove(ours, plan), work=work)


def _by_tariff_alone(rates: Rates) -> bool:
    asked = rates.cents_per_stop or rates.cents_per_km or rates.fixed_cents
    return bool(asked) and not (rates.cents_per_hour or rates.overtime_cents_per_hour)


def with_even_shares(problem: Problem, shares: Mapping[str, Seconds], cents_per_hour: int) -> Problem:
    """Return the same question where each paid hour above or below a shift's share costs so much."""
    rates = {
        shift.shift_id: replace(
            problem.valuation.rates.get(shift.shift_id, Rates()),
            even_seconds=shares.get(shift.shift_id, Seconds(0)),
            even_cents_per_hour=cents_per_hour if shift.shift_id in shares else 0,
        )
        for shift in problem.shifts
    }
    return problem.valued(replace(problem.valuation, rates=rates))


def spread(problem: Problem, plan: Plan, shares: Mapping[str, Seconds] | None = None) -> Spread:
    """Return how unevenly a plan spreads work over the shifts that drive; `shares` are fair ones (none: equal).

    Where there are shares, a shift without one is not looked at.
    """
    strain = {stop.stop_id: stop.strain for stop in problem.stops}
    routes = [route for route in plan.routes if not shares or route.shift_id in shares]
    fair = [float(shares[r.shift_id]) if shares and shares.get(r.shift_id) else 1.0 for r in routes]
    paid = [route.seconds / share for route, share in zip(routes, fair, strict=True)]
    burden = [
        sum(strain.get(visit.stop_id, 0) for visit in route.visits) / share
        for route, share in zip(routes, fair, strict=True)
    ]
    return Spread(variation(paid), variation(burden))


def variation(figures: Sequence[float]) -> float:
    """Return the coefficient of variation: standard deviation (of all, not of a sample) by mean.

    >>> variation([1.0, 3.0]), variation([5.0]), variation([])
    (0.5, 0.0, 0.0)
    """
    mean = _mean(figures)
    if mean == 0:
        return 0.0
    return math.sqrt(_mean([(figure - mean) ** 2 for figure in figures])) / mean


@dataclass(frozen=True, slots=True, eq=False)
class Evened:
    """A plan at a rate, with the question that it answers, and how evenly it spreads paid time by fair `shares`."""

    cents_per_hour: int
    question: Problem
    plan: Plan
    shares: Mapping[str, Seconds]
    spread: Spread

    @property
    def cents(self) -> int:
        """Return what the plan costs without what unevenness costs."""
        return self.plan.cents["total"] - self.plan.cents.get("fairness", 0)

    @property
    def served_cents(self) -> int:
        """Return what serving costs: the same without what is left out."""
        return max(0, self.cents - self.plan.cents.get("unserved", 0))

    def dearer_than(self, other: "Evened") -> float:
        """Return how much more it costs than another plan, as a share of what serving costs there."""
        return (self.cents - other.cents) / max(1, other.served_cents)

    def even_within(self, before: "Evened", most_cost: float) -> bool:
        """Return whether it leaves out no more than a plan before, and costs at most such a share more."""
        return len(self.plan.unserved) <= len(before.plan.unserved) and self.dearer_than(before) <= most_cost


def evened(
    problem: Problem,
    solve: Callable[[Problem, Plan | None], Plan],
    *,
    most_spread: float = MOST_SPREAD,
    most_cost: float = 0.02,
    work: Mapping[str, Work] | None = None,
) -> tuple[Evened, Evened]:
    """Return a day's plan and the one that spreads paid time evenly enough, at the lowest rate found to do so.

    `solve` plans a problem, from a plan to begin with, equally long each time: at most `MOST_SEARCHES` times. The rate
    is doubled until the spread falls to `most_spread`, each search going on from the last plan that was not; then
    halved towards that plan's rate. The plan without a rate is then searched for as long as all of these, or evening
    would seem to cost less than it does. What is returned costs at most `most_cost` of serving more: the cheapest plan
    that is even enough, or the evenest where none is. `work` are contracts, by driver id.
    """
    plain = solve(problem, None)
    shares = shares_of_day(problem, plain, work=work)
    before = _evened(problem, plain, shares, 0)
    if before.spread.paid <= most_spread:
        return before, before
    tried = _tried(problem, solve, shares, before, most_spread)
    for _ in tried:
        again = _evened(problem, solve(problem, before.plan), shares, 0)
        before = min(before, again, key=lambda one: one.cents)
    return before, _best([before, *tried], before, most_spread, most_cost)


def _tried(
    problem: Problem,
    solve: Callable[[Problem, Plan | None], Plan],
    shares: Mapping[str, Seconds],
    low: Evened,
    most_spread: float,
) -> list[Evened]:
    """Return plans at rates that come closer to the lowest that is enough."""
    wages = [problem.valuation.rates.get(s.shift_id, Rates()).cents_per_hour for s in problem.shifts]
    rate, tried = max(1, round(FIRST_RATE * max(wages, default=0))), list[Evened]()
    for _ in range(MOST_TRIES):
        fair = with_even_shares(problem, shares, rate)
        now = _evened(fair, solve(fair, low.plan), shares, rate)
        tried.append(now)
        low = low if now.spread.paid <= most_spread else now
        high = min((one.cents_per_hour for one in tried if one.spread.paid <= most_spread), default=None)
        rate = 2 * rate if high is None else (low.cents_per_hour + high) // 2
        if rate in {0, *(one.cents_per_hour for one in tried)}:
            break
    return tried


def _best(tried: Sequence[Evened], before: Evened, most_spread: float, most_cost: float) -> Evened:
    """Return the cheapest that is even enough (at the lowest rate), or the evenest, of those that may be had."""
    cheap = [one for one in tried if one.even_within(before, most_cost)]
    enough = [one for one in cheap if one.spread.paid <= most_spread]
    return (
        min(enough, key=lambda one: (one.cents, one.cents_per_hour))
        if enough
        else min(cheap, key=lambda one: one.spread.paid)
    )


def _evened(question: Problem, plan: Plan, shares: Mapping[str, Seconds], rate: int) -> Evened:
    return Evened(rate, question, plan, shares, spread(question, plan, shares))


def _as_if_all_drove(shifts: Sequence[PlannedShift], plan: Plan) -> Seconds:
    """Return the paid seconds if every shift drove as long as those that do, so that each share is a whole one."""
    ids = {shift.shift_id for shift in shifts}
    paid = [route.seconds for route in plan.routes if route.shift_id in ids]
    return Seconds(sum(paid) * len(shifts) // max(len(paid), 1))


def _catching_up(shift: PlannedShift, shifts: Iterable[PlannedShift], known: Mapping[str, Work], weeks: float) -> float:
    """Return the factor on a driver's share: how far behind the others' part of their contracts they are."""
    mine = known.get(shift.driver_id or "")
    if mine is None or not mine.weekly or weeks <= 0:
        return 1.0
    here = [each for each in (known.get(s.driver_id or "") for s in shifts) if each and each.weekly]
    part = _mean([each.done / each.weekly for each in here])
    behind = (part - mine.done / mine.weekly) / weeks
    return 1.0 + min(CATCH_UP, max(-CATCH_UP, behind))


def _longest(shift: PlannedShift) -> int:
    span = shift.ends - shift.starts
    return span if shift.max_seconds is None else min(span, shift.max_seconds)


def _poured(total: float, weights: Sequence[float], most: Sequence[float]) -> list[float]:
    """Return shares in proportion to weights, none above its most; what is cut off goes to the others."""
    shares = [0.0] * len(weights)
    open_ = [k for k in range(len(weights)) if weights[k] > 0]
    left = min(total, sum(most[k] for k in open_))
    while open_:
        per_weight = left / sum(weights[k] for k in open_)
        full = [k for k in open_ if weights[k] * per_weight >= most[k]]
        for k in full or open_:
            shares[k] = most[k] if full else weights[k] * per_weight
        left -= sum(shares[k] for k in full)
        open_ = [k for k in open_ if k not in full] if full else []
    return shares


def _mean(figures: Sequence[float]) -> float:
    return sum(figures) / len(figures) if figures else 0.0

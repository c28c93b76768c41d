"""Plan a day with paid hours spread evenly: at the tariff's price for it, or for a share of the cost to be spent on it.

The one spends a quarter of the search on a first plan that tells fair shares; the other plans several times, and finds
the price that a tariff would need.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.domain.sequences import sequences_of
from doorstep.flows.plan_day import Question, expected, judged, plan_day
from doorstep.flows.solve import ALONE, InCells, solve
from doorstep.operations.duty import fair_shares
from doorstep.operations.duty.fair_shares import MOST_SEARCHES, MOST_SPREAD, Evened, shares_of_day, with_even_shares
from doorstep.operations.search import Progress

FIRST_SHARE = 0.25
"""Part of the search that tells fair shares of the day, where the tariff has a price for them."""


@dataclass(frozen=True, slots=True)
class Searching:
    """How a day is searched, `seconds` in all; the rest as `plan_day` has it."""

    seconds: float
    seed: int
    searches: int = 1
    cells: InCells = ALONE
    iterations: int | None = None
    on_progress: Callable[[Progress], None] | None = None


def plan_evenly(
    asked: Question,
    objective: str,
    how: Searching,
    *,
    fingerprint: Callable[[Problem], str],
    most_cost: float | None = None,
) -> tuple[Question, Plan]:
    """Return the question as it was answered, and the plan.

    With `most_cost`, a share such as 0.02, work is spread as evenly as that much more cost pays for, whatever the
    tariff says. Without, fair shares are priced by the tariff under "profit", and a day whose tariff has no price for
    them is planned as it is.
    """
    if most_cost is not None:
        return _for_a_share(asked, objective, how, fingerprint, most_cost)
    if objective == "efficiency" or not asked.nouns.company.tariff.uneven_cents_per_hour:
        return asked, _planned(asked, objective, how, sha256=fingerprint(asked.problems[objective]))
    first = how.seconds * FIRST_SHARE
    asked = _with_shares(asked, objective, replace(how, seconds=first))
    rest = replace(how, seconds=how.seconds - first)
    return asked, _planned(asked, objective, rest, sha256=fingerprint(asked.problems[objective]))


def _planned(asked: Question, objective: str, how: Searching, *, sha256: str) -> Plan:
    return plan_day(
        asked, objective, seconds=how.seconds, seed=how.seed, problem_sha256=sha256, searches=how.searches,
        cells=how.cells, iterations=how.iterations, on_progress=how.on_progress,
    )  # fmt: skip


def _with_shares(asked: Question, objective: str, how: Searching) -> Question:
    """Return the question with fair shares of the day at the tariff's price, told from a first plan."""
    problem = asked.problems[objective]
    first, _ = solve(
        problem, seconds=how.seconds, seed=how.seed, problem_sha256="", cells=how.cells, iterations=how.iterations,
        on_progress=how.on_progress,
    )  # fmt: skip
    shares = shares_of_day(problem, first, work=asked.usual.work)
    fair = with_even_shares(problem, shares, asked.nouns.company.tariff.uneven_cents_per_hour)
    return replace(_of(asked, objective, fair), begin_with=sequences_of(first, problem)[0])


def _for_a_share(
    asked: Question, objective: str, how: Searching, fingerprint: Callable[[Problem], str], most_cost: float
) -> tuple[Question, Plan]:
    """Plan with and without a price, equally long; what time is left goes to the question that was chosen."""
    done: list[Plan] = []

    def search(problem: Problem, start: Plan | None) -> Plan:
        begin = asked.begin_with if start is None else sequences_of(start, problem)[0]
        begun = replace(_of(asked, objective, problem), begin_with=begin)
        each = replace(how, seconds=how.seconds / (MOST_SEARCHES + 1), on_progress=_part(how, len(done)))
        done.append(_planned(begun, objective, each, sha256=""))
        return done[-1]

    before, after = fair_shares.evened(asked.problems[objective], search, most_cost=most_cost, work=asked.usual.work)
    answered = _of(asked, objective, after.question)
    left, sha256 = MOST_SEARCHES + 1 - len(done), fingerprint(after.question)
    begun = replace(answered, begin_with=sequences_of(after.plan, after.question)[0])
    rest = replace(how, seconds=how.seconds * left / (MOST_SEARCHES + 1), on_progress=_part(how, len(done), left))
    last = _planned(begun, objective, rest, sha256=sha256)
    driven = replace(after, plan=last, spread=fair_shares.spread(after.question, last, after.shares))
    if _no_worse(driven, after):
        return replace(answered, evening=(before, driven)), last
    kept = expected(answered, objective, replace(after.plan, problem_sha256=sha256))
    return replace(answered, evening=(before, after)), judged(answered, objective, kept)


def _no_worse(driven: Evened, after: Evened) -> bool:
    """Return whether a plan of the same question costs no more without what unevenness costs, and is as even."""
    return driven.even_within(after, 0.0) and driven.spread.paid <= max(MOST_SPREAD, after.spread.paid)


def _part(how: Searching, done: int, many: int = 1) -> Callable[[Progress], None] | None:
    """Return what tells of one search as a part of all."""
    tell = how.on_progress
    if tell is None:
        return None
    return lambda now: tell(replace(now, share=(done + many * now.share) / (MOST_SEARCHES + 1)))


def _of(asked: Question, objective: str, problem: Problem) -> Question:
    return replace(asked, problems={**asked.problems, objective: problem})

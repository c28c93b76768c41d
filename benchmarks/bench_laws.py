"""100,000 random problems of every kind, searched briefly: the checker refuses no plan, and lets no mistake pass.

A search that ends in an error, or says that it doesn't plan such a problem, counts as a plan refused. Kinds and counts
are those of `benchmarks/law_kinds.py`, 0 to 20 stops, 1 to 5 shifts, 1 to 6 traffic slots, 0 to 3 dimensions; each kind
has a row, so that none is missing unseen, and one that says how many stops were served, so that no plan is accepted for
being empty. Where a stop that must be served does not fit beside the others, the checker's sentence about exactly that
is counted in a row of its own, and on every fifth problem a greedy insertion is planned too: the search must serve no
less of all stops, and of those that must be served, than that. A full run that was ended goes on where it was, unless
the code has changed since.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from tests.operations.beneath import BENEATH
from tests.operations.mistakes import MISTAKES

from benchmarks.harness import Row, at_least, at_most, figure, full_run_only
from benchmarks.law_greedy import greedy_plan, served_in
from benchmarks.law_kinds import KINDS, PLAIN, frozen, kind_rng, law_problem, under_way
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Problem
from doorstep.operations.check import CheckReport, check
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search

ITERATIONS = 150
MISTAKES_EACH = 4
GREEDY_EVERY = 5
"""On every so many-th problem of a kind that is planned once, a greedy insertion serves what it can."""
CHUNK = 50
QUICK_SHARE = 100
"""A quick run draws the first of each kind, one in so many, and at least ten."""

HOUSE = Path(__file__).parent.parent
KEPT = HOUSE / ".doorstep/bench/laws.jsonl"
WRITTEN_BY = (
    "src/doorstep/domain", "src/doorstep/operations", "tests/operations/problems.py", "tests/operations/mistakes.py",
    "tests/operations/beneath.py", "benchmarks/law_kinds.py", "benchmarks/law_greedy.py", "benchmarks/bench_laws.py",
)  # fmt: skip


@dataclass
class Tally:
    """What became of some problems of a kind. `refused` and `passed` name problem and reason.

    `must_served` and `left_out` are stops that must be served and could be, alone. `beside` counts where a greedy
    insertion was planned too, by what is counted.
    """

    kind: str
    first: int
    problems: int = 0
    refused: list[str] = field(default_factory=list)
    left_out: int = 0
    must_served: int = 0
    beside: dict[str, int] = field(default_factory=dict)
    stops: int = 0
    served: int = 0
    planted: dict[str, int] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)


def run(quick: bool, worlds: Path | None) -> Sequence[Row]:
    """Search, schedule and check every problem; plant mistakes in each plan."""
    del worlds  # the laws hold in no world in particular
    began = time.monotonic()
    counts = {name: max(10, kind.count // QUICK_SHARE) if quick else kind.count for name, kind in KINDS.items()}
    by_kind = {name: Tally(name, 0) for name in KINDS}
    for tally in _tallies(counts, keep=not quick):
        _add(by_kind[tally.kind], tally)
    for tally in by_kind.values():
        for line in (*tally.refused[:3], *tally.passed[:3]):
            print(line)
    rows = [*_rows(list(by_kind.values()), quick), figure("seconds", round(time.monotonic() - began, 1), "s")]
    total = sum(tally.problems for tally in by_kind.values())
    enough = full_run_only("random problems", ">= 100000") if quick else at_least("random problems", total, "", 100_000)
    return [enough, *rows]


def _rows(tallies: Sequence[Tally], quick: bool) -> Iterator[Row]:
    problems = sum(tally.problems for tally in tallies)
    yield at_most(f"plans refused, of {problems:,} in all", sum(len(t.refused) for t in tallies), "plans", 0)
    for tally in tallies:
        yield at_most(f"plans refused, of {tally.problems:,}: {tally.kind}", len(tally.refused), "plans", 0)
    planted: Counter[str] = Counter()
    for tally in tallies:
        planted.update(tally.planted)
    passed = sum(len(tally.passed) for tally in tallies)
    yield at_most(f"mistakes that pass, of {planted.total():,} planted", passed, "mistakes", 0)
    what, kinds = "kinds of mistake that were planted", len(MISTAKES) + len(BENEATH)
    yield full_run_only(what, f">= {kinds}") if quick else at_least(what, len(planted), "kinds", kinds)
    left_out, must = sum(t.left_out for t in tallies), sum(t.must_served for t in tallies)
    share = round(100 * left_out / max(1, left_out + must), 3)
    yield figure(f"left out, of {left_out + must:,} stops that must be served and alone could be", share, "%")
    yield from _beside_greedy(sum((Counter(t.beside) for t in tallies), Counter[str]()))
    for tally in tallies:
        yield figure(f"stops served: {tally.kind}", round(100 * tally.served / max(1, tally.stops), 1), "%")


def _beside_greedy(count: Counter[str]) -> Iterator[Row]:
    """Yield what was served beside what a greedy insertion serves of the same problems."""
    for of, what in (("stops", "stops served"), ("must", "stops served that must be")):
        ours, greedy = (100 * count[f"{who} {of}"] / max(1, count[of]) for who in ("ours", "greedy"))
        yield at_least(f"{what}, of {count[of]:,} beside greedy insertion", ours, "%", round(greedy, 4))
    yield figure(f"  of {count['problems']:,} problems, greedy serves more that must be", count["greedy more"])
    yield figure("  greedy serves as many that must be, and is cheaper", count["greedy cheaper"])


def _add(whole: Tally, part: Tally) -> None:
    whole.problems += part.problems
    whole.refused += part.refused
    whole.left_out += part.left_out
    whole.must_served += part.must_served
    whole.beside = dict(Counter(whole.beside) + Counter(part.beside))
    whole.stops += part.stops
    whole.served += part.served
    whole.passed += part.passed
    whole.planted = dict(Counter(whole.planted) + Counter(part.planted))


# Work, kept for resuming


def _tallies(counts: dict[str, int], *, keep: bool) -> Iterator[Tally]:
    code = code_of(WRITTEN_BY)
    done = {(tally.kind, tally.first): tally for tally in (_kept(code) if keep else ())}
    chunks = [(name, first, min(CHUNK, n - first)) for name, n in counts.items() for first in range(0, n, CHUNK)]
    yield from done.values()
    todo = [chunk for chunk in chunks if chunk[:2] not in done]
    for kind in KINDS:
        _tally(kind, 0, 1)  # compiles the kernels once, before two processes would do it twice
    with ProcessPoolExecutor(2) as pool:
        for work in as_completed([pool.submit(_tally, *chunk) for chunk in todo]):
            if keep:
                _keep(work.result(), code)
            yield work.result()


def _kept(code: str) -> Iterable[Tally]:
    """Return what an earlier run of this very code has found."""
    if not KEPT.exists():
        return ()
    first, *lines = KEPT.read_text().splitlines() or [""]
    return [Tally(**json.loads(line)) for line in lines] if first == code else ()


def _keep(tally: Tally, code: str) -> None:
    if not KEPT.exists() or KEPT.read_text().partition("\n")[0] != code:
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text(code + "\n")
    with KEPT.open("a") as file:
        file.write(json.dumps(asdict(tally)) + "\n")


def code_of(written_by: Iterable[str]) -> str:
    """Return a name of all code whose figures these are."""
    digest = hashlib.blake2b(digest_size=16)
    for name in written_by:
        path = HOUSE / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()


# One problem


def _tally(kind: str, first: int, count: int) -> Tally:
    tally = Tally(kind, first)
    for n in range(first, first + count):
        _judge(tally, n)
    return tally


def _judge(tally: Tally, n: int) -> None:
    """Plan one problem and have it checked. Whatever goes wrong on the way is a plan refused."""
    rng = kind_rng(tally.kind, n)
    problem = law_problem(tally.kind, n, rng)
    tally.problems += 1
    try:
        problem, plan, report = _planned(tally.kind, problem, n, rng)
    except Exception as error:
        tally.refused.append(f"{tally.kind}, {n}: no plan at all: {type(error).__name__}: {str(error)[:200]}")
        return
    refused = _beyond_left_out(report)
    if refused:
        tally.refused.append(f"{tally.kind}, {n}: {refused[:3]}")
    tally.left_out += len(report.left_out)
    tally.stops += len(problem.stops)
    served = served_in(plan)
    tally.served += len(served)
    tally.must_served += len(served & _must(problem))
    if n % GREEDY_EVERY == 0 and not KINDS[tally.kind].then:
        tally.beside = dict(Counter(tally.beside) + _beside(problem, plan))
    _plant(tally, (problem, plan, report), n, rng)


def _must(problem: Problem) -> set[str]:
    return {stop.stop_id for stop in problem.stops} - set(problem.valuation.unserved)


def _beside(problem: Problem, plan: Plan) -> Counter[str]:
    """Return what a plan and a greedy insertion serve; nothing where greedy found no plan that may be driven."""
    greedy = greedy_plan(problem)
    if greedy is None:
        return Counter()
    ours, theirs, must = served_in(plan), served_in(greedy), _must(problem)
    more = len(theirs & must) - len(ours & must)
    cheaper = more == 0 and greedy.cents["total"] < plan.cents["total"]
    return Counter(
        {
            "problems": 1, "stops": len(problem.stops), "must": len(must),
            "ours stops": len(ours), "greedy stops": len(theirs),
            "ours must": len(ours & must), "greedy must": len(theirs & must),
            "greedy more": int(more > 0), "greedy cheaper": int(cheaper),
        }
    )  # fmt: skip


def _planned(kind: str, problem: Problem, n: int, rng: np.random.Generator) -> tuple[Problem, Plan, CheckReport]:
    plan = _plan(problem, n)
    if KINDS[kind].then and not _beyond_left_out(check(problem, plan)):
        problem = (frozen if KINDS[kind].then == "frozen" else under_way)(problem, plan, rng)
        plan = _plan(problem, n + 1)
    return problem, plan, check(problem, plan)


def _plan(problem: Problem, seed: int) -> Plan:
    found = search(problem, seconds=1, seed=seed, iterations=ITERATIONS)
    return schedule(problem, found.sequences, seed=seed, problem_sha256="", departures=found.departures)


def _beyond_left_out(report: CheckReport) -> list[str]:
    """Return what is wrong beyond stops that must be served and did not fit."""
    expected = tuple(f"Stop {stop!r}: expected a visit" for stop in report.left_out)
    return [sentence for sentence in report.violations if not sentence.startswith(expected)]


def _plant(tally: Tally, judged: tuple[Problem, Plan, CheckReport], n: int, rng: np.random.Generator) -> None:
    """Make some mistakes in the plan, and some in the problem beneath it; the checker must see each for what it is.

    What is driven can't be a mistake, so that a day under way takes none beneath it.
    """
    problem, plan, report = judged
    pick, before = int(rng.integers(100)), set(report.violations)
    planted: Counter[str] = Counter(tally.planted)
    for name in rng.permutation(list(MISTAKES))[:MISTAKES_EACH].tolist():
        other = MISTAKES[name](plan, pick)
        if other is not None and other != plan:
            planted[name] += 1
            if set(check(problem, other).violations) <= before:
                tally.passed.append(f"{tally.kind}, {n}: {name} passed")
    for name in rng.permutation(list(BENEATH))[: MISTAKES_EACH if problem.now is None else 0].tolist():
        words, beneath = BENEATH[name]
        asked = beneath(problem, plan, pick)
        if asked is not None:
            planted[name] += 1
            if not any(words in sentence for sentence in check(asked, plan).violations):
                tally.passed.append(f"{tally.kind}, {n}: {name} passed")
    tally.planted = dict(planted)


def random_law_problem(seed: int) -> Problem:
    """Return the plain problem of a seed."""
    return law_problem(PLAIN, seed, kind_rng(PLAIN, seed))

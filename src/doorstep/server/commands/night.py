"""`doorstep night`: every depot of a company's day, or of a folder of problem files, each planned once."""

import argparse
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorstep.adapters.errors import JobsLost
from doorstep.adapters.fan_pool import ProcessFan
from doorstep.adapters.fan_ray import RayFan
from doorstep.adapters.kept_plans import EARLIER, KeptPlans, PlannedDepot, pair_path
from doorstep.domain.errors import YourInput
from doorstep.flows import nouns
from doorstep.flows.find_depots_due import depots_due
from doorstep.flows.plan_day import OBJECTIVES
from doorstep.flows.plan_region import plan_region
from doorstep.flows.ports import Fan, Store
from doorstep.flows.record_decision import record_decision
from doorstep.server import wiring
from doorstep.server.commands.answers import keep_text
from doorstep.server.commands.arguments import HELP_ITERATIONS, all_cores, day, iterations, searches, seconds, seed
from doorstep.server.commands.night_work import (
    Answer,
    Book,
    DayJob,
    Effort,
    FileJob,
    Looked,
    NightJob,
    Target,
    look,
    plan_depot_day,
    plan_file,
)
from doorstep.server.commands.sentences import Amounts, say
from doorstep.server.commands.streets import HELP
from doorstep.server.settings import Settings, settings
from doorstep.server.terminal import Progress, fitting

INCOMPLETE = 2
"""Exit code when a depot has no plan, stops that must be served did not fit, or a plan is not lawful."""

ENDINGS = (".json", ".txt", ".vrp", ".vrplib")
"""How problem files end; a folder may hold others beside them."""


def add(commands: Any) -> None:
    """Draw the command's arguments."""
    parser = commands.add_parser(
        "night",
        help="plan every depot of a day, or of a folder of problem files",
        description="Plans depots side by side, the earliest due first, and keeps each as soon as it is there: run "
        "again after a crash, it goes on. Writes OUT/RUN/DEPOT.json with its problem beside it.",
    )
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="problem files, one for each depot")
    parser.add_argument("--day", type=day, metavar="D", help="instead of a folder: the day of the company's store")
    parser.add_argument("--out", type=Path, default=Path("plans"), metavar="OUT", help="where runs are kept (./plans)")
    parser.add_argument(
        "--run", dest="run_id", metavar="ID", help="which run this is or goes on with (the day, or the folder's name)"
    )
    parser.add_argument(
        "--seconds", type=seconds, default=20.0, metavar="S",
        help="how long to search for each 1,000 stops of a depot (20), 1 s at least",
    )  # fmt: skip
    parser.add_argument("--iterations", type=iterations, metavar="N", help=f"for each depot, {HELP_ITERATIONS}")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="same seed, same choices (1)")
    parser.add_argument(
        "--processes", type=searches, default=all_cores(), metavar="N", help="depots planned at once (all cores)"
    )
    parser.add_argument(
        "--cluster", metavar="ADDRESS",
        help="plan on a Ray cluster, such as auto or ray://host:10001; its nodes must see the same folders",
    )  # fmt: skip
    parser.add_argument("--objective", choices=OBJECTIVES, default="profit", help="what a day's search prices (profit)")
    parser.add_argument("--osm", type=Path, metavar="FILE", help=f"{HELP}, in a folder of problem files")
    parser.add_argument("--company", metavar="ID", help="whose day; default: the only company in the store")
    parser.add_argument("--home", metavar="DIR", help="where the store lives; default DOORSTEP_HOME or .doorstep")
    parser.add_argument("--json", metavar="F", nargs="?", const="-", help="a row a depot as JSON, to F or stdout")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Plan every depot that is not planned yet, and say what came of each."""
    if (given.folder is None) == (given.day is None):
        raise YourInput("Expected a FOLDER of problem files or --day D, one of them; name which depots to plan.")
    progress = Progress(Console(stderr=True))
    with _fan(given) as fan:
        rows = _folder(given, fan, progress) if given.folder else _company(given, fan, progress)
    if given.json:
        keep_text(given.json, json.dumps({"rows": [asdict(row) for row in rows]}, indent=1) + "\n")
    if given.json != "-":
        _say(Console(), rows, given)
    bugs_first = sorted(row.exit_code for row in rows if row.exit_code)
    return bugs_first[0] if bugs_first else INCOMPLETE if any(row.left_out or row.unlawful for row in rows) else 0


@contextmanager
def _fan(given: argparse.Namespace) -> Iterator[Fan]:
    """Give processes of this machine, or the cluster's, which is left at the end."""
    if given.cluster is None:
        with ProcessFan(given.processes) as processes:
            yield processes
        return
    fan = RayFan(given.cluster)
    try:
        yield fan
    finally:
        fan.close()


# A folder of problem files


def _folder(given: argparse.Namespace, fan: Fan, progress: Progress) -> list[PlannedDepot]:
    files = _files(given.folder)
    effort, run_id = Effort(given.seconds, given.seed, given.iterations), given.run_id or given.folder.resolve().name
    _refuse_same(given, run_id)
    looked, streets = dict[str, Looked](), _sha256(given.osm)
    with progress.stage("read") as line:
        for depot, found in _or_lost(fan.results(look, files), lambda _, why: Looked(refused=YourInput(why))):
            looked[depot] = found
            line.say(f"{len(looked)} of {len(files)} problem files")
    jobs = {
        depot: FileJob(
            _target(given, run_id, depot, (found.digest, streets)), effort, found.stops, found.due_at,
            files[depot], given.osm,
        )
        for depot, found in looked.items() if found.refused is None
    }  # fmt: skip
    refused = [
        PlannedDepot(depot, "", refused=f"{found.refused}", exit_code=found.refused.exit_code)
        for depot, found in looked.items() if found.refused is not None
    ]  # fmt: skip
    book = Book(_kept(given, jobs))
    _put_aside(book, run_id, files)
    return _sorted([*refused, *_run(run_id, jobs, plan_file, fan, book, progress)])


def _sha256(osm: Path | None) -> str:
    """Return the fingerprint of a map; that there is none is told by whoever needs it."""
    if osm is None or not osm.is_file():
        return ""
    with osm.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_same(given: argparse.Namespace, run_id: str) -> None:
    """Raise where plans would lie among the problems: they would be read as problems next time."""
    if pair_path(given.out.resolve(), run_id, "").parent == given.folder.resolve():
        raise YourInput(
            f"Expected plans apart from the problems, but both would be in {given.folder}; name another --out."
        )


def _files(folder: Path) -> dict[str, Path]:
    """Return the problem files of a folder by name, without its ending where that tells them apart."""
    if not folder.is_dir():
        raise YourInput(f"Expected a folder of problem files at {folder}, there is none; name another.")
    files = sorted(p.resolve() for p in folder.iterdir() if p.suffix in ENDINGS and not p.name.startswith("."))
    if not files:
        raise YourInput(f"Expected problem files in {folder} that end in {', '.join(ENDINGS)}, found none.")
    stems = [path.stem for path in files]
    return {path.stem if stems.count(path.stem) == 1 else path.name: path for path in files}


# A company's day


def _company(given: argparse.Namespace, fan: Fan, progress: Progress) -> list[PlannedDepot]:
    home, run_id = settings(given.home), given.run_id or given.day
    effort = Effort(given.seconds, given.seed, given.iterations)
    with closing(wiring.store_at(home)) as store:
        company = wiring.company_in(store, given.company)
        due = depots_due(store, company, given.day, wiring.models_of(store, company).ids)
        with progress.stage("roads"):
            _open_roads(store, company, given.day, home)
        jobs = {
            one.depot_id: DayJob(
                _target(given, run_id, one.depot_id, (company, given.day, given.objective, one.digest)), effort,
                one.orders, one.due_at, _resolved(home), company, given.day, given.objective,
            )
            for one in due
        }  # fmt: skip
        book = Book(_kept(given, jobs), lambda decision: record_decision(store, company, decision))
        _put_aside(book, run_id, jobs)
        return _sorted(_run(run_id, jobs, plan_depot_day, fan, book, progress))


def _open_roads(store: Store, company: str, day: str, home: Settings) -> None:
    """Build the roads that the day needs, once, before many workers open them."""
    roads = wiring.roads_of(store, company, home)
    vehicles = {vehicle.vehicle_id: vehicle for vehicle in nouns.vehicles_of(store, company)}
    for profile in sorted({vehicles[shift.vehicle_id].profile for shift in nouns.shifts_of(store, company, day)}):
        roads(profile)


def _resolved(home: Settings) -> Settings:
    """Return settings that mean the same wherever a worker begins."""
    return Settings(home.home.resolve(), home.cache.resolve(), home.database)


# Both


def _target(given: argparse.Namespace, run_id: str, depot: str, asked: Sequence[str]) -> Target:
    effort = given.seconds if given.iterations is None else f"{given.iterations} iterations"
    said = json.dumps([*asked, effort, given.seed])
    pair = pair_path(given.out.resolve(), run_id, depot)
    return Target(depot, pair, hashlib.sha256(said.encode()).hexdigest())


def _kept(given: argparse.Namespace, jobs: Mapping[str, NightJob]) -> KeptPlans:
    return KeptPlans(given.out.resolve(), {depot: job.target.asked for depot, job in jobs.items()})


def _run[Job: NightJob](
    run_id: str, jobs: Mapping[str, Job], task: Callable[[Job], Answer], fan: Fan, book: Book, progress: Progress
) -> list[PlannedDepot]:
    """Return a row for every depot; those kept by an earlier try are not planned again."""
    for job in jobs.values():
        job.target.pair.parent.mkdir(parents=True, exist_ok=True)
    before = sum(book.get(run_id, depot) is not None for depot in jobs)
    if before:
        say(Console(stderr=True), f"{before} of {len(jobs)} depots were planned by an earlier try, and are kept.")
    rows: list[PlannedDepot] = []
    with progress.stage("plan") as line:
        answers = plan_region(run_id, jobs, task, fan=fan, kept=book)
        for _, answer in _or_lost(answers, lambda depot, why: _lost(jobs[depot], why)):
            rows.append(answer.row)
            line.say(f"{len(rows)} of {len(jobs)} depots")
    return rows


def _put_aside(book: Book, run_id: str, depots: Iterable[str]) -> None:
    """Move plans that answer an earlier question out of the way, and say so."""
    moved = sum(book.kept.put_aside(run_id, depot) for depot in depots if book.get(run_id, depot) is None)
    if moved:
        where = pair_path(book.kept.folder, run_id, "").parent / EARLIER
        plans = "1 plan answers" if moved == 1 else f"{moved} plans answer"
        say(Console(stderr=True), f"{plans} an earlier question: moved to {where}.")


def _or_lost[Found](
    answers: Iterator[tuple[str, Found]], instead: Callable[[str, str], Found]
) -> Iterator[tuple[str, Found]]:
    """Yield answers, then something `instead` for each that is lost since its workers died, told why."""
    try:
        yield from answers
    except JobsLost as lost:
        for key, why in lost.why.items():
            yield key, instead(key, why)


def _lost(job: NightJob, why: str) -> Answer:
    return Answer(PlannedDepot(job.target.depot_id, job.target.asked, job.stops, refused=why, exit_code=INCOMPLETE))


def _sorted(rows: Sequence[PlannedDepot]) -> list[PlannedDepot]:
    return sorted(rows, key=lambda row: row.depot_id)


def _say(out: Console, rows: Sequence[PlannedDepot], given: argparse.Namespace) -> None:
    """Print a line for each depot, why some have no plan, and the sum."""
    planned = [row for row in rows if not row.refused]
    if planned:
        out.print(_table(planned, out))
    for row in rows:
        if row.refused:
            say(out, f"{row.depot_id}: no plan. {row.refused}")
        for sentence in row.unlawful:
            say(out, f"{row.depot_id}: not lawful: {sentence}")
    unserved, left_out = sum(row.unserved for row in planned), sum(row.left_out for row in planned)
    must = f", {left_out:,} of them must be served" if left_out else ""
    where = pair_path(given.out, given.run_id or given.day or given.folder.resolve().name, "").parent
    say(
        out,
        f"{len(planned)} of {len(rows)} depots planned, {sum(row.stops for row in planned):,} stops, {unserved:,} "
        f"orders unserved{must}; plans in {where}.",
    )


def _table(rows: Sequence[PlannedDepot], out: Console) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    table.add_column("depot", overflow="fold")
    for name in ("stops", "routes", "unserved", "km", "cost", "took"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        amount = Amounts(row.currency).text(row.cents)
        cells = (row.depot_id, f"{row.stops:,}", f"{row.routes:,}", f"{row.unserved:,}", f"{row.metres / 1000:,.0f}",
                 amount, f"{row.took} s")  # fmt: skip
        table.add_row(*(Text(fitting(cell, out)) for cell in cells))
    return table

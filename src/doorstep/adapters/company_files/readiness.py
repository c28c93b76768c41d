"""What a company's data is good for: what is there, what each gap costs, what can be learned."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from doorstep.adapters.company_files.contract import TABLES
from doorstep.adapters.company_files.geography import DOUBTFUL

LISTED = 20
"""Ids of doubtful addresses that are listed; the rest is counted."""

IN_STORE = -1
"""Instead of a count: the store has some, and this import had no need to read them."""

DAYS_TO_LEARN = 60
ATTEMPTS_TO_LEARN = 5_000
REACTIONS_TO_LEARN = 200
"""Contacts or leavings below which their causes drown in chance."""


@dataclass(slots=True)
class Tally:
    """Counts over the rows of the store and of this import, one file at a time."""

    rows: Counter[str] = field(default_factory=Counter)
    first_day: str = ""
    last_day: str = ""
    knocked_first: str = ""
    knocked_last: str = ""
    promised: int = 0
    timed: int = 0
    located: Counter[str] = field(default_factory=Counter)
    doubtful: int = 0
    doubtful_ids: list[str] = field(default_factory=list)

    def add(self, file: str, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Count rows of a file."""
        if not bodies:
            return
        self.rows[file] += len(bodies)
        counted = {"orders": self._orders, "attempts": self._attempts, "recipients": self._recipients}.get(file)
        if counted:
            counted(bodies)

    def _orders(self, bodies: Iterable[Mapping[str, Any]]) -> None:
        days = [body["due_on"] for body in bodies]
        self.first_day = min(days) if not self.first_day else min(self.first_day, *days)
        self.last_day = max(self.last_day, *days)
        self.promised += sum("promised_start" in body for body in bodies)
        self.timed += sum("service_s" in body for body in bodies)

    def _attempts(self, bodies: Iterable[Mapping[str, Any]]) -> None:
        days = [body["arrived_at"][:10] for body in bodies]
        self.knocked_first = min(days) if not self.knocked_first else min(self.knocked_first, *days)
        self.knocked_last = max(self.knocked_last, *days)

    def _recipients(self, bodies: Iterable[Mapping[str, Any]]) -> None:
        for body in bodies:
            how = body.get("located_by")
            if how is None:
                continue
            self.located[how] += 1
            if body["located_confidence"] < DOUBTFUL:
                self.doubtful += 1
                if len(self.doubtful_ids) < LISTED:
                    self.doubtful_ids.append(body["recipient_id"])


def span(first: str, last: str) -> int:
    """Return how many days lie from the first to the last, both included; 0 without days."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1 if first else 0


@dataclass(frozen=True, slots=True)
class Readiness:
    """`there`: what the company has; `gaps`: what is missing and what that costs; `learnable`: what can be learned."""

    there: tuple[str, ...]
    gaps: tuple[str, ...]
    learnable: tuple[str, ...]

    def as_json(self) -> Mapping[str, Sequence[str]]:
        """Return it for machines."""
        return {"there": self.there, "gaps": self.gaps, "learnable": self.learnable}


def readiness(tally: Tally, *, streets: bool) -> Readiness:
    """Return what the rows counted so far are good for."""
    return Readiness(
        tuple(_there(tally, streets=streets)), tuple(_gaps(tally, streets=streets)), tuple(_learnable(tally))
    )


def _there(tally: Tally, *, streets: bool) -> Iterable[str]:
    for table in TABLES:
        if tally.rows[table.name] == IN_STORE:
            yield f"{table.name}, as imported before"
        elif tally.rows[table.name]:
            yield f"{tally.rows[table.name]:,} {table.kind if tally.rows[table.name] == 1 else table.name}"
    if tally.first_day:
        days = span(tally.first_day, tally.last_day)
        yield f"orders for {days:,} days, from {tally.first_day} to {tally.last_day}"
    if tally.rows["orders"] > 0:
        yield f"{tally.promised / tally.rows['orders']:.0%} of orders have a promise"
    if tally.rows["recipients"] > 0:
        share = tally.located.total() / tally.rows["recipients"]
        found = ", ".join(f"{n:,} by {how}" for how, n in tally.located.most_common())
        yield f"{share:.0%} of recipients were located by their address" + (f": {found}" if found else "")
    if streets:
        yield "a street file"


def _gaps(tally: Tally, *, streets: bool) -> Iterable[str]:
    for table in TABLES:
        if table.without and not tally.rows[table.name]:
            yield f"no {table.name}: {table.without}"
    if not streets:
        yield "no street file: routes need one; put streets.osm.pbf beside the files, or give --osm FILE"
    orders = tally.rows["orders"]
    if orders > 0 and tally.promised < orders:
        yield f"{1 - tally.promised / orders:.0%} of orders have no promise: they can't be late before the day ends"
    if orders > 0 and not tally.timed:
        yield "no service_s on orders: the time at the door is the default until attempts teach it"
    if tally.doubtful:
        rest = tally.doubtful - len(tally.doubtful_ids)
        more = f" and {rest:,} more" if rest else ""
        ids = ", ".join(tally.doubtful_ids)
        yield f"{tally.doubtful:,} addresses were found with doubt, somebody should look: {ids}{more}"


def _learnable(tally: Tally) -> Iterable[str]:
    attempts, days = tally.rows["attempts"], span(tally.knocked_first, tally.knocked_last)
    enough = f"(needs {DAYS_TO_LEARN} days and {ATTEMPTS_TO_LEARN:,} attempts; here {days:,} and {attempts:,})"
    if attempts > 0:
        yes = days >= DAYS_TO_LEARN and attempts >= ATTEMPTS_TO_LEARN
        yield f"who is home when, by recipient and hour: {'yes' if yes else 'not yet'} {enough}"
    reacted = {"contacts": "what failures and lateness cost in support", "leavings": "what makes customers leave"}
    for file, what in reacted.items():
        n = tally.rows[file]
        if n > 0:
            yes = n >= REACTIONS_TO_LEARN and attempts >= ATTEMPTS_TO_LEARN
            yield f"{what}: {'yes' if yes else 'not yet'} (needs {REACTIONS_TO_LEARN} {file}; here {n:,})"
    if tally.rows["pings"] > 0:
        yield f"speeds on the streets: pings are kept ({tally.rows['pings']:,})"

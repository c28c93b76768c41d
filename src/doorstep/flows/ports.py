"""What flows need from outside, in their own words. Adapters satisfy these by shape; `server.wiring` joins them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.facts import Fact
from doorstep.domain.places import Place
from doorstep.domain.plan import Plan
from doorstep.domain.streets import Path, Snapped
from doorstep.domain.travel import Legs, TravelTimes


class Store(Protocol):
    """The truth: append-only facts, scoped by company; what names a person apart and encrypted."""

    def append(self, company: str, facts: Iterable[Fact]) -> int:
        """Keep facts in one transaction and return how many were new; if `facts` raises, none is kept."""

    def current(self, company: str, kind: str) -> Iterator[Fact]:
        """Yield the latest fact of each key of a kind, in key order, without its private part."""

    def history(self, company: str, kind: str, key: str) -> tuple[Fact, ...]:
        """Return every fact of one thing, oldest first, without private parts."""

    def private(self, company: str, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield (key, private part) of the current facts of a kind whose person is not forgotten."""

    def forget(self, company: str, person_id: str) -> bool:
        """Destroy a person's key; return whether there was one."""

    def companies(self) -> tuple[str, ...]:
        """Return the companies that have facts, sorted."""

    def close(self) -> None:
        """Let go of files and connections."""


class Roads(Protocol):
    """A road network built from one map, with one speed profile per traffic slot."""

    @property
    def edges(self) -> tuple[int, ...]:
        """Starts of the traffic slots in seconds since midnight, the first 0."""

    @property
    def attribution(self) -> str:
        """Whom to name wherever something drawn from the map is shown."""

    def snap(self, places: Sequence[Place]) -> tuple[Snapped, ...]:
        """Return where places meet the road; raises UnreachablePlace, which names the place by its index."""

    def times(self, places: Sequence[Place]) -> TravelTimes:
        """Return the matrices of all slots between all places; raises UnreachablePlace."""

    def legs_between(self, places: Sequence[Place]) -> Legs:
        """Return whom to ask for legs between these places, part by part; raises UnreachablePlace."""

    def route(self, places: Sequence[Place], slot: int) -> tuple[Path, ...]:
        """Return the path of each leg between consecutive places in a slot."""


class Streets(Protocol):
    """A road network that can be asked for the legs of one place."""

    @property
    def edges(self) -> tuple[int, ...]:
        """Starts of the traffic slots in seconds since midnight, the first 0."""

    def legs(self, place: Place, others: Sequence[Place], slots: Sequence[int]) -> NDArray[np.int32]:
        """Return the legs from a place to others and back in some slots, -1 where there is no way.

        Shape (slots, 4, others): seconds there and back, metres there and back. Raises UnreachablePlace.
        """


class World(Protocol):
    """A place with a hidden truth: it writes a company's past, drives plans, and knows what was expected."""

    name: str

    def write(self, folder: FilePath) -> None:
        """Write the company's folder (data contract), its streets included and the truth excluded."""

    def drive(self, plan: Plan, seed: int) -> FilePath:
        """Drive a plan and return a folder of facts by the data contract, `expected.json` beside them."""

    def year(self, policy: "Policy", seed: int) -> Sequence[Mapping[str, float]]:
        """Return twelve months of money under a policy."""

    def truth(self) -> Any:
        """Return what is hidden: outlooks, reactions and turnover as they really are."""


class Fan(Protocol):
    """Processes that work side by side, on this machine or on many."""

    @property
    def workers(self) -> int:
        """How many jobs are done at once."""

    def results[Job, Answer](
        self, task: Callable[[Job], Answer], jobs: Mapping[str, Job]
    ) -> Iterator[tuple[str, Answer]]:
        """Yield (key, answer) once for every job, as they end; a worker that dies costs a retry, never an answer."""


class Kept[Answer](Protocol):
    """Answers of a run, by depot, that outlive the process."""

    def get(self, run_id: str, depot_id: str) -> Answer | None:
        """Return an answer that was kept; None where there is none."""

    def put(self, run_id: str, depot_id: str, answer: Answer) -> None:
        """Keep an answer, whole or not at all."""


Policy = Callable[[FilePath, str], Plan]
"""A way to plan: given a company's folder and a day, a plan."""

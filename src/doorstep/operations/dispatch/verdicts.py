"""What was decided of every order that could leave with a wave, and why, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from doorstep.domain.plan import Plan
from doorstep.domain.units import Seconds, clock
from doorstep.operations.dispatch.waves import Wave, departures
from doorstep.operations.progress import RunningDay

UNKNOWN = "nobody knows what may come"
"""Why an order goes where there are no past days."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of a stop: whether it leaves before the next wave, in which share of the futures, and why.

    `leaves` is when its trip does; None where it stays out.
    """

    stop_id: str
    order_ids: tuple[str, ...]
    goes: bool
    leaves: Seconds | None
    share: float | None
    must: bool
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Who could leave with the wave that goes now, and what was found: `next` is when the next is decided.

    `must` are those that could not wait, and why; `shares` say in which part of the futures others went; `held` are
    those that nobody may load until then.
    """

    next: Seconds
    open: Mapping[str, tuple[str, ...]]
    must: Mapping[str, str]
    held: frozenset[str]
    shares: Mapping[str, float]
    futures: int

    @classmethod
    def of(
        cls, wave: Wave, day: RunningDay, must: Mapping[str, str], shares: Mapping[str, float], futures: int
    ) -> "Decision":
        """Return what was decided of a wave, by the day in which it is loaded and the others are held."""
        stops = {s.stop_id: s for s in day.problem.stops if s.stop_id in wave.open}
        held = frozenset(x for x, stop in stops.items() if stop.release >= wave.ends)
        opened = {x: stop.order_ids for x, stop in stops.items()}
        return cls(Seconds(wave.ends - 1), opened, must, held, shares, futures)

    def verdicts(self, plan: Plan) -> tuple[Verdict, ...]:
        """Return what a plan makes of it, who goes first."""
        leaves = departures(plan)
        rows = [self._verdict(x, leaves.get(x)) for x in self.open]
        return tuple(sorted(rows, key=lambda row: (not row.goes, row.stop_id)))

    def _verdict(self, stop_id: str, leaves: Seconds | None) -> Verdict:
        goes = leaves is not None and leaves <= self.next
        why = self._why(stop_id, leaves)
        return Verdict(stop_id, self.open[stop_id], goes, leaves, self.shares.get(stop_id), stop_id in self.must, why)

    def _why(self, stop_id: str, leaves: Seconds | None) -> str:
        share, goes = self.shares.get(stop_id), leaves is not None and leaves <= self.next
        if leaves is None:
            return "no van takes it"
        if goes and stop_id in self.must:
            return self.must[stop_id]
        alone = f"no van leaves with it by {clock(self.next)}"
        if share is None:
            return UNKNOWN if goes else alone
        went = f"it went with this wave in {round(share * self.futures)} of {self.futures} futures"
        return went if goes or stop_id in self.held else f"{went}, but {alone}"


def why_at_once(wave: Wave) -> dict[str, str]:
    """Return why each stop that can't wait for the next wave goes with this one."""
    return dict.fromkeys(wave.must, f"if it waited until {clock(wave.ends - 1)}, nobody could serve it any more")

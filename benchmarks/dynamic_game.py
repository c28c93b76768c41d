"""The dynamic game of the EURO meets NeurIPS 2022 challenge, played by its written rules, and four ways to play it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.static_sets import Instance
from doorstep.domain.events import Ordered
from doorstep.domain.places import Place
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates, Valuation
from doorstep.domain.windows import TimeWindow
from doorstep.operations.dispatch.effort import Effort
from doorstep.operations.dispatch.send_or_wait import whom_to_send
from doorstep.operations.dispatch.waves import Wave
from doorstep.operations.progress import RunningDay
from doorstep.operations.search import search

EPOCH = 3600
DRAWS = 100
FUTURES = 10


@dataclass(frozen=True)
class Request:
    """A customer's order as the game draws it; `place` is a row of the instance."""

    number: int
    epoch: int
    place: int
    opens: int
    closes: int
    amount: int
    service: int


@dataclass
class Game:
    """A day of the game: what is drawn does not depend on how it is played."""

    instance: Instance
    seed: int = 1
    requests: list[list[Request]] = field(init=False)

    def __post_init__(self) -> None:
        """Draw all epochs' requests."""
        opens = self.instance.opens[1:]
        self.first = max(0, (min(opens) - EPOCH) // EPOCH)
        self.last = max(0, (max(opens) - EPOCH) // EPOCH)
        rng = np.random.default_rng(self.seed)
        number = 0
        self.requests = []
        for epoch in self.epochs:
            drawn = [r for r in drawn_requests(self.instance, rng, epoch) if self.reachable(r, epoch)]
            self.requests.append([replace(r, number=number + k + 1) for k, r in enumerate(drawn)])
            number += len(drawn)

    @property
    def epochs(self) -> range:
        """Return the epochs that are played."""
        return range(self.first, self.last + 1)

    def reachable(self, request: Request, epoch: int) -> bool:
        """Return whether a van that leaves at this epoch's planning start serves it in time and is back in time."""
        way = self.instance.duration
        arrives = max(EPOCH * epoch + EPOCH + int(way[0, request.place]), request.opens)
        back = arrives + request.service + int(way[request.place, 0])
        return arrives <= request.closes and back <= self.instance.closes[0]

    def must_go(self, request: Request, epoch: int) -> bool:
        """Return whether waiting for the next epoch would be too late."""
        return epoch == self.last or not self.reachable(request, epoch + 1)


def drawn_requests(instance: Instance, rng: np.random.Generator, epoch: int) -> list[Request]:
    """Return one epoch's draws: places, windows, amounts and services come from customers drawn apart."""
    n = len(instance.amount) - 1
    places, windows, amounts, services = (rng.integers(n, size=DRAWS) + 1 for _ in range(4))
    return [
        Request(
            0, epoch, int(p), instance.opens[w], instance.closes[w], instance.amount[a], instance.service[s]
        )
        for p, w, a, s in zip(places, windows, amounts, services, strict=True)
    ]  # fmt: skip


def waves_problem(
    game: Game, epochs: Sequence[int], requests: Sequence[Request], vans: int
) -> tuple[Problem, list[list[str]]]:
    """Return requests as a problem with `vans` vans leaving at each epoch, and the shifts by wave.

    A second of driving costs one cent a metre: only driving counts. Rows are the instance's places.
    """
    seconds = game.instance.duration[None].astype(np.int32)
    back = Seconds(game.instance.closes[0])
    waves = [[f"{e}.{k}" for k in range(vans)] for e in epochs]
    shifts = tuple(
        PlannedShift(x, x, None, leaves_at(e), back, 0, 0, (game.instance.capacity,))
        for e, wave in zip(epochs, waves, strict=True)
        for x in wave
    )
    rates = {s.shift_id: Rates(cents_per_km=1000) for s in shifts}
    problem = Problem(
        "game", "d", "2026-01-01", "UTC", "EUR", ("load",), tuple(where(k) for k in range(len(game.instance.amount))),
        tuple(stop(r) for r in requests), shifts, {"car": TravelTimes((Seconds(0),), seconds, seconds)},
        Valuation("driving", (), {}, {}, rates),
    )  # fmt: skip
    return problem, waves


def where(row: int) -> Place:
    """Return a name for a row of the instance, whose places nobody tells: its travel is in the matrix."""
    return Place(row / 1000, 0.0)


def leaves_at(epoch: int) -> Seconds:
    """Return when the vans of an epoch leave."""
    return Seconds(EPOCH * epoch + EPOCH)


def stop(request: Request, name: str | None = None) -> Stop:
    """Return a request as a stop."""
    window = TimeWindow(Seconds(request.opens), Seconds(request.closes))
    name = name or str(request.number)
    return Stop(name, (name,), request.place, (window,), Seconds(request.service), (request.amount,))


def futures(game: Game, epoch: int, seed: int) -> list[list[Request]]:
    """Return the requests of sampled futures: the rules are known, the seed of the day is not."""
    found = []
    for k in range(FUTURES):
        rng = np.random.default_rng([seed, epoch, k])
        drawn = [(r, e) for e in range(epoch + 1, game.last + 1) for r in drawn_requests(game.instance, rng, e)]
        found.append([r for r, e in drawn if game.reachable(r, e)])
    return found


def ordered(request: Request, name: str, waves: Mapping[int, Sequence[str]]) -> Ordered:
    """Return a request of a future as an order, for the vans by epoch that leave when it is there."""
    able = frozenset(van for epoch, vans in waves.items() if epoch >= request.epoch for van in vans)
    return Ordered(leaves_at(request.epoch), replace(stop(request, name), only=able), where(request.place))


@dataclass(frozen=True)
class Asked:
    """Who goes in this epoch? `open_` is who could, `must` who has to."""

    game: Game
    epoch: int
    open_: Sequence[Request]
    must: frozenset[str]
    seconds: float
    seed: int


Chooser = Callable[[Asked], frozenset[str]]


@dataclass(frozen=True)
class Player:
    """Who chooses how, and which part of an epoch's seconds that takes; all the others are for routing."""

    choose: Chooser
    choosing: float = 0.0


def greedy(asked: Asked) -> frozenset[str]:
    """Send everybody at once."""
    return frozenset(str(r.number) for r in asked.open_)


def lazy(asked: Asked) -> frozenset[str]:
    """Send only who must go."""
    return asked.must


def ours(asked: Asked) -> frozenset[str]:
    """Send whom most sampled futures send: decided as `doorstep dispatch --past` decides once it has drawn futures.

    By the game's rules a van leaves with its epoch or never, and whom we send goes, on routes made as everybody's.
    """
    game, ahead = asked.game, range(asked.epoch, asked.game.last + 1)
    drawn = futures(game, asked.epoch, asked.seed)
    vans = max(_vans(game, (len(asked.open_) + len(f)) // max(1, len(ahead) - 1)) for f in drawn)
    today, waves = waves_problem(game, ahead, asked.open_, vans)
    by_epoch = dict(zip(ahead, waves, strict=True))
    later = [[ordered(r, f"later {k}", by_epoch) for k, r in enumerate(future)] for future in drawn]
    now = leaves_at(asked.epoch)
    wave = Wave.of(RunningDay(replace(today, now=now), {}, {}), Seconds(now + EPOCH))
    wave = replace(wave, must=wave.must | asked.must, once=True)
    return whom_to_send(wave, later, Effort(asked.seconds, asked.seed)).sent


def _vans(game: Game, stops: int) -> int:
    """Return more vans than any wave needs."""
    mean = sum(game.instance.amount) / (len(game.instance.amount) - 1)
    return int(1.5 * stops * mean / game.instance.capacity) + 4


def play(game: Game, player: Player, seconds: float, seed: int) -> int:
    """Play all epochs and return the seconds driven; an epoch takes `seconds` of processor time.

    Raises ValueError where a rule is broken.
    """
    open_: list[Request] = []
    total = 0
    for epoch, new in zip(game.epochs, game.requests, strict=True):
        open_ += new
        must = frozenset(str(r.number) for r in open_ if game.must_go(r, epoch))
        sent = player.choose(Asked(game, epoch, open_, must, player.choosing * seconds, seed))
        if must - sent:
            raise ValueError(f"Expected {len(must - sent)} requests to go in epoch {epoch}, which must.")
        going = [r for r in open_ if str(r.number) in sent]
        left = (1.0 - player.choosing) * seconds
        total += sum(checked_seconds(game, epoch, route) for route in routes(game, epoch, going, left, seed))
        open_ = [r for r in open_ if str(r.number) not in sent]
    if open_:
        raise ValueError(f"Expected everybody to be served, {len(open_)} were not.")
    return total


def routes(game: Game, epoch: int, going: Sequence[Request], seconds: float, seed: int) -> Iterator[list[Request]]:
    """Yield the routes of one epoch; raises ValueError where somebody is left out."""
    if not going:
        return
    problem, _ = waves_problem(game, [epoch], going, len(going))
    found = search(problem, seconds=seconds, seed=seed, cpu_clock=True)
    by_name = {str(r.number): r for r in going}
    served = [[by_name[str(x)] for x in halts] for halts in found.sequences.values()]
    if sum(map(len, served)) < len(going):
        raise ValueError(f"Expected {len(going)} requests in the routes of epoch {epoch}.")
    yield from served


def checked_seconds(game: Game, epoch: int, route: Sequence[Request]) -> int:
    """Return what a route drives after checking it by the rules; raises ValueError."""
    way, at, here, driven = game.instance.duration, EPOCH * epoch + EPOCH, 0, 0
    if sum(r.amount for r in route) > game.instance.capacity:
        raise ValueError("A van is overloaded.")
    for r in route:
        driven += int(way[here, r.place])
        at = max(at + int(way[here, r.place]), r.opens)
        if at > r.closes:
            raise ValueError(f"Request {r.number} is reached too late.")
        at, here = at + r.service, r.place
    driven += int(way[here, 0])
    if at + int(way[here, 0]) > game.instance.closes[0]:
        raise ValueError("A van is back too late.")
    return driven


def hindsight(game: Game, seconds: float, seed: int) -> int:
    """Return what driving would have cost somebody who knew the whole day: all requests, each from its epoch on."""
    every = [r for requests in game.requests for r in requests]
    vans = _vans(game, len(every)) // 2 + 2
    problem, waves = waves_problem(game, game.epochs, every, vans)
    allowed = {e: frozenset(x for wave in waves[k:] for x in wave) for k, e in enumerate(game.epochs)}
    stops = tuple(replace(s, only=allowed[r.epoch]) for s, r in zip(problem.stops, every, strict=True))
    found = search(replace(problem, stops=stops), seconds=seconds, seed=seed, cpu_clock=True)
    by_name = {str(r.number): r for r in every}
    return sum(
        checked_seconds(game, int(shift.split(".")[0]), [by_name[str(x)] for x in halts])
        for shift, halts in found.sequences.items()
    )


PLAYERS = {"greedy": Player(greedy), "lazy": Player(lazy), "ours": Player(ours, choosing=0.75)}

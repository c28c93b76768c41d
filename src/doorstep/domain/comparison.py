"""One day planned twice, driven through the same doors, and compared in money; every range holds at 90 %.

Nothing here names a person: an order id, a kind of door and a postcode are all that is said of anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from doorstep.domain.drawing import Ground, Line, Point
from doorstep.domain.errors import OurBug
from doorstep.domain.outlook import Outlook
from doorstep.domain.units import Cents, Metres, Seconds
from doorstep.domain.valuation import PriceCurve
from doorstep.domain.windows import TimeWindow

LEVEL = 0.90
"""The one level of every interval."""

ROWS: Mapping[str, tuple[str, Literal["up", "down"]]] = {
    "margin": ("cents a day", "up"),
    "cost of a delivery": ("cents", "down"),
    "failed deliveries": ("percent", "down"),
    "on time": ("percent", "up"),
    "tickets": ("per 100 orders", "down"),
    "customers leaving": ("cents a day", "down"),
    "overtime": ("minutes a day", "down"),
    "drivers leaving": ("cents a day", "down"),
    "distance": ("metres a stop", "down"),
}
"""The nine rows in order: what is compared, its unit, and which way is better."""

Verdict = Literal["better", "worse", "open", "same"]
"""What may be claimed: an interval clear of zero (better, worse), one that covers it (open), or one plan (same)."""


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One figure under both plans: means over the drives, and the paired difference with its interval.

    `difference` is profit minus efficiency. Percentages are 0 to 100, money is in the currency's smallest unit.
    `note` says in words what the figure is made of; its sum, where it is one, adds up.
    """

    what: str
    unit: str
    efficiency: float
    profit: float
    difference: float
    low: float
    high: float
    better: Literal["up", "down"]
    note: str = ""

    def __post_init__(self) -> None:
        if not self.low <= self.difference <= self.high:
            raise OurBug(
                f"Row {self.what!r}: expected the difference {self.difference} inside its interval, "
                f"got {self.low} to {self.high}."
            )
        if abs(self.profit - self.efficiency - self.difference) > 0.02:
            raise OurBug(
                f"Row {self.what!r}: expected profit minus efficiency to be the difference, "
                f"got {self.profit} - {self.efficiency} and {self.difference}."
            )

    @property
    def clear(self) -> bool:
        """Whether the interval does not cover zero."""
        return self.low > 0 or self.high < 0

    @property
    def verdict(self) -> Verdict:
        """What may be said of this figure under the profit plan."""
        if not self.clear:
            return "open"
        return "better" if (self.low > 0) == (self.better == "up") else "worse"


@dataclass(frozen=True, slots=True)
class WaterfallStep:
    """One reason why the margins differ: money the profit plan gains (plus) or gives up (minus) a day."""

    label: str
    cents: Cents
    low: float
    high: float
    note: str = ""

    def __post_init__(self) -> None:
        if not self.low <= self.cents <= self.high:
            raise OurBug(f"Step {self.label!r}: expected {self.cents} inside its interval {self.low} to {self.high}.")

    @property
    def clear(self) -> bool:
        """Whether the interval does not cover zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From the efficiency plan's margin to the profit plan's, in steps that add up to the cent."""

    start: Cents
    end: Cents
    steps: tuple[WaterfallStep, ...]

    def __post_init__(self) -> None:
        reached = self.start + sum(step.cents for step in self.steps)
        if reached != self.end:
            raise OurBug(f"Expected the steps to lead from {self.start} to {self.end} cents, they lead to {reached}.")


@dataclass(frozen=True, slots=True)
class DrawnRoute:
    """A route on the map: its number and colour (0 to 23), and the shape of each leg.

    Legs lead from the depot to the first visit, between visits, and back: one more than visits.
    """

    number: int
    colour: int
    vehicle_id: str
    leaves_at: Seconds
    returns_at: Seconds
    metres: Metres
    legs: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class DrawnPlan:
    """One plan on the map. `metres` is what all its vans drive."""

    objective: str
    metres: Metres
    routes: tuple[DrawnRoute, ...]
    unserved: int = 0


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """Where an order stands in one plan: route number, place in the route (from 1), when somebody knocks.

    `cents` are the door's parts at that second, under the same valuation for both plans (believed price).
    """

    route: int
    position: int
    knocks_at: Seconds
    cents: Mapping[str, Cents]


@dataclass(frozen=True, slots=True)
class DrawnStop:
    """An order's door on the map, in both plans (None: not served). `kind` is house, flat or business.

    `moved`: it changed route, or its neighbour before or after it in the route.
    """

    order_id: str
    at: Point
    kind: str
    postcode: str
    moved: bool
    efficiency: PlannedVisit | None
    profit: PlannedVisit | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Both plans on the same streets, in metres east and north of one origin."""

    ground: Ground
    depot: Point
    efficiency: DrawnPlan
    profit: DrawnPlan
    stops: tuple[DrawnStop, ...]

    @property
    def moved(self) -> int:
        """How many doors changed route or order."""
        return sum(stop.moved for stop in self.stops)


@dataclass(frozen=True, slots=True)
class Door:
    """A chosen door: what its habits are in words, its price and chance by time, and when each plan knocks.

    `efficiency` and `profit` are the seconds at which somebody knocks (None: not served that day).
    """

    order_id: str
    kind: str
    words: str
    postcode: str
    curve: PriceCurve
    outlook: Outlook
    promise: TimeWindow | None
    efficiency: Seconds | None
    profit: Seconds | None


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the run and how long it took."""

    what: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Learned:
    """A model or a gate: what it is about, and what held-out days say of it, in a sentence."""

    what: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A company's day planned by efficiency and by profit, each driven `drives` times, and what that shows.

    `day` is ISO 8601; money is in the smallest unit of `currency`, which has `exponent` decimals. `search_seconds`
    is what each plan's search got. `command` repeats the run on `machine`. `same_plan`: both searches gave one
    plan. `money` says whose money the figures are: driven (facts priced by the tariff) or expected (the world's own
    expectation over the same drives). `null_statement` tells what a town in which nothing reacts gives, if known.
    """

    company: str
    day: str
    timezone: str
    currency: str
    exponent: int
    orders: int
    vans: int
    drives: int
    search_seconds: float
    seed: int
    command: str
    machine: str
    same_plan: bool
    rows: tuple[ComparisonRow, ...]
    waterfall: Waterfall
    drawing: Drawing
    doors: tuple[Door, ...]
    stages: tuple[Stage, ...]
    learned: tuple[Learned, ...]
    limits: tuple[str, ...]
    attribution: str = ""
    null_statement: str = ""
    money: Literal["driven", "expected"] = "driven"

    def __post_init__(self) -> None:
        if not self.rows or self.rows[0].what != "margin":
            raise OurBug("Expected the first row of a comparison to be the margin.")
        apart = (self.waterfall.start - self.margin.efficiency, self.waterfall.end - self.margin.profit)
        if max(map(abs, apart)) > 1:
            raise OurBug(
                f"Expected the waterfall to lead from {self.margin.efficiency} to {self.margin.profit} cents as the "
                f"margins do, it leads from {self.waterfall.start} to {self.waterfall.end}."
            )

    @property
    def margin(self) -> ComparisonRow:
        """The row that the verdict rests on."""
        return self.rows[0]

    @property
    def verdict(self) -> Verdict:
        """What may be claimed of the profit plan: never more than the margin's interval allows."""
        return "same" if self.same_plan else self.margin.verdict

    @property
    def further(self) -> float:
        """How much further the profit plan drives, as a share of the efficiency plan's metres."""
        before = self.drawing.efficiency.metres
        return self.drawing.profit.metres / before - 1 if before else 0.0

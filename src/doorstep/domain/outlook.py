"""What we expect at a door and of the people behind it, before anything is priced."""

from dataclasses import dataclass

from doorstep.domain.units import Seconds


@dataclass(frozen=True, slots=True)
class Outlook:
    """What we expect at one order's door as a function of when somebody knocks.

    `success[i]` is the chance that the delivery is taken at second `at[i]` (linear between, flat outside);
    `low` and `high` bound it at 90 %. `attempts` is how many past attempts at this recipient it rests on.
    """

    order_id: str
    recipient_id: str
    model_id: str
    at: tuple[Seconds, ...]
    success: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    attempts: int

    def chance(self, at: int) -> float:
        """Return the chance of success when somebody knocks at `at`."""
        if at <= self.at[0]:
            return self.success[0]
        for a, b, p, q in zip(self.at, self.at[1:], self.success, self.success[1:], strict=False):
            if at <= b:
                return p + (q - p) * (at - a) / (b - a)
        return self.success[-1]


@dataclass(frozen=True, slots=True)
class Reactions:
    """What a failed or a late delivery does to people, as learned from the facts; zeros mean "nothing seen".

    Tickets are extra chances of a contact per delivery. `orders` are shares of a recipient's later orders
    that are lost. The `late` tuples follow `late_at` (seconds after the promise, first 0, rising; flat after
    the last). `account` is the extra chance that the merchant's account leaves per failed or late delivery.
    `evidence` says in words what each figure rests on.
    """

    model_id: str
    ticket_if_failed: float
    orders_if_failed: float
    late_at: tuple[Seconds, ...]
    ticket_if_late: tuple[float, ...]
    orders_if_late: tuple[float, ...]
    account_if_failed: float
    account_if_late: float
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ArrivalSpread:
    """How far real arrivals stray from planned ones, learned from attempts.

    Arrival minus plan has mean `bias` + `bias_per_hour` x hours since the route left, and standard deviation
    sqrt(`sd0`² + (`sd_per_hour` x hours)²), all in seconds.
    """

    model_id: str
    bias: float
    bias_per_hour: float
    sd0: float
    sd_per_hour: float

    def mean(self, hours: float) -> float:
        """Return the mean delay in seconds, `hours` after the route left."""
        return self.bias + self.bias_per_hour * hours

    def sd(self, hours: float) -> float:
        """Return the standard deviation in seconds, `hours` after the route left."""
        return float((self.sd0**2 + (self.sd_per_hour * hours) ** 2) ** 0.5)

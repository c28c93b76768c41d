"""A small day for tests of prices: three recipients, four orders, one van, one shift."""

from doorstep.domain.fleet import Shift, Vehicle
from doorstep.domain.orders import Order, Recipient
from doorstep.domain.outlook import ArrivalSpread, Outlook, Reactions
from doorstep.domain.places import Place
from doorstep.domain.problem import Stop
from doorstep.domain.tariff import Tariff
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.economics.second_attempt import SecondAttempt
from doorstep.economics.turnover import NONE, Turnover
from doorstep.economics.value import Beliefs, Day
from doorstep.economics.worth import Worth

GRID = tuple(Seconds(at) for at in range(8 * 3600, 20 * 3600 + 1, 1800))
SHARP = ArrivalSpread("sharp", 0.0, 0.0, 0.0, 0.0)
WIDE = ArrivalSpread("wide", 0.0, 0.0, 1200.0, 0.0)


def order(number: int, recipient: str, *, promise: tuple[int, int] | None = None, merchant: str | None = "m1") -> Order:
    told = TimeWindow(Seconds(promise[0]), Seconds(promise[1])) if promise else None
    return Order(
        f"o{number}", recipient, merchant, "d1", "2026-03-04", (), told, 1_000, 2_000, None, frozenset(), Cents(900)
    )


ORDERS = (order(1, "r1"), order(2, "r1"), order(3, "r2", promise=(9 * 3600, 12 * 3600)), order(4, "r3", merchant=None))
RECIPIENTS = {
    name: Recipient(name, Place(-8.6, 41.1 + k / 100), kind, "4000")
    for k, (name, kind) in enumerate((("r1", "house"), ("r2", "flat"), ("r3", "business")))
}
STOPS = (
    Stop("o1", ("o1", "o2"), 1, (), Seconds(180), (2_000, 4_000)),
    Stop("o3", ("o3",), 2, (), Seconds(180), (1_000, 2_000)),
    Stop("o4", ("o4",), 3, (), Seconds(180), (1_000, 2_000)),
)
VEHICLES = {"v1": Vehicle("v1", "d1", "car", 800_000, None, None, None, None, frozenset())}
SHIFTS = (Shift("s1", "d1", "v1", "w1", "2026-03-04", Seconds(8 * 3600), Seconds(17 * 3600), 2_400),)
TARIFF = Tariff(fixed_cents_per_route=Cents(1_500))


def day(tariff: Tariff = TARIFF) -> Day:
    return Day(STOPS, {each.order_id: each for each in ORDERS}, RECIPIENTS, SHIFTS, VEHICLES, tariff)


def flat(order_id: str, recipient: str, chance: float = 0.9) -> Outlook:
    said = (chance,) * len(GRID)
    return Outlook(order_id, recipient, "presence-flat", GRID, said, said, said, 3)


def evening(order_id: str, recipient: str) -> Outlook:
    said = tuple(0.6 if at < 16 * 3600 else 0.95 for at in GRID)
    return Outlook(order_id, recipient, "presence-hours", GRID, said, said, said, 3)


def reactions(**said: float | tuple[float, ...]) -> Reactions:
    plain = {
        "ticket_if_failed": 0.0, "orders_if_failed": 0.0, "late_at": (Seconds(0), Seconds(1800), Seconds(3600)),
        "ticket_if_late": (0.0, 0.0, 0.0), "orders_if_late": (0.0, 0.0, 0.0), "account_if_failed": 0.0,
        "account_if_late": 0.0,
    }  # fmt: skip
    return Reactions(model_id="reactions-test", evidence=(), **{**plain, **said})  # type: ignore[arg-type]  # a test's shorthand


def beliefs(
    outlooks: dict[str, Outlook], said: Reactions, *, spread: ArrivalSpread = SHARP, turnover: Turnover = NONE
) -> Beliefs:
    worth = Worth("worth-test", {"r1": Cents(20_000), "r2": Cents(10_000)}, Cents(5_000), 400.0, ())
    second = SecondAttempt("second-test", Cents(400), {"flat": Cents(500)}, "test")
    return Beliefs(outlooks, said, spread, worth, second, turnover)

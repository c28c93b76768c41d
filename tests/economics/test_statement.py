import numpy as np

from doorstep.domain.tariff import Tariff
from doorstep.domain.units import Cents
from doorstep.economics.statement import statement


def test_money_of_a_driven_day_adds_up():
    shifts = {"paid_s": np.array([9 * 3600.0, 6 * 3600.0]), "wage_cents_per_hour": np.array([2_400.0, 0.0])}
    deliveries = {
        "order_id": np.array(["o1", "o2", "o3"], dtype=object),
        "failed": np.array([0.0, 1.0, 0.0]),
        "late_s": np.array([-60.0, np.nan, 120.0]),
        "tickets": np.array([0.0, 1.0, 1.0]),
    }
    placed = {"order_id": np.array(["o1", "o2", "o3"], dtype=object), "revenue_cents": np.array([900.0, 900.0, 700.0])}
    made = statement(shifts, deliveries, placed, Tariff(wage_cents_per_hour=2_000, ticket_cents=Cents(4_700)))

    assert (made.wages, made.overtime) == (9 * 2_400 + 6 * 2_000, 1_200)
    assert (made.revenue, made.tickets, made.failed, made.late) == (1_600, 9_400, 1, 1)
    assert made.margin == made.revenue - made.wages - made.overtime - made.tickets

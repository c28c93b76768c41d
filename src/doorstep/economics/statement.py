"""Money of driven days: what the facts say happened, priced by the tariff. Nothing believed enters here."""

from dataclasses import dataclass

import numpy as np

from doorstep.domain.tariff import Tariff
from doorstep.domain.units import Cents, per_hour
from doorstep.estimators.columns import Columns, floats, height


@dataclass(frozen=True, slots=True)
class Statement:
    """Sums over the rows given, in cents, and the counts behind them."""

    revenue: Cents
    wages: Cents
    overtime: Cents
    tickets: Cents
    margin: Cents
    shifts: int
    attempts: int
    failed: int
    late: int
    contacts: int


def statement(shifts: Columns, deliveries: Columns, placed: Columns, tariff: Tariff) -> Statement:
    """Return the money of driven shifts, from the datasets shifts, deliveries and placed.

    Wages are paid seconds at each driver's wage (else the tariff's), overtime its surcharge, tickets contacts at the
    tariff's price, revenue that of the orders delivered. Kilometres are in no fact of a shift and not in here.
    """
    paid = np.nan_to_num(floats(shifts, "paid_s")).astype(np.int64).tolist()
    wages = np.nan_to_num(floats(shifts, "wage_cents_per_hour")).astype(np.int64).tolist()
    rates = [wage or tariff.wage_cents_per_hour for wage in wages]
    basic = sum(per_hour(seconds, rate) for seconds, rate in zip(paid, rates, strict=True))
    surcharge = sum(
        per_hour(max(0, seconds - tariff.overtime_after), round(rate * (tariff.overtime_multiplier - 1)))
        for seconds, rate in zip(paid, rates, strict=True)
    )
    failed = floats(deliveries, "failed") == 1
    delivered = set(deliveries["order_id"][~failed].tolist()) if height(deliveries) else set()
    earns = zip(placed["order_id"], np.nan_to_num(floats(placed, "revenue_cents")), strict=True) if delivered else ()
    revenue = round(sum(float(cents) for order, cents in earns if order in delivered))
    contacts = int(floats(deliveries, "tickets").sum())
    tickets = contacts * tariff.ticket_cents
    return Statement(
        revenue=Cents(revenue),
        wages=Cents(basic),
        overtime=Cents(surcharge),
        tickets=Cents(tickets),
        margin=Cents(revenue - basic - surcharge - tickets),
        shifts=height(shifts),
        attempts=height(deliveries),
        failed=int(failed.sum()),
        late=int((floats(deliveries, "late_s") > 0).sum()),
        contacts=contacts,
    )

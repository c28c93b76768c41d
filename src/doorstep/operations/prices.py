"""What each part of a route costs, in whole cents, by the problem's valuation."""

from collections.abc import Iterable, Mapping

from doorstep.domain.problem import Charger
from doorstep.domain.units import Cents, per_hour, per_km
from doorstep.domain.valuation import FREE, PARTS, Rates, Valuation

NO_RATES = Rates()


def door_cents(valuation: Valuation, shift_id: str, stop_id: str, knocks: int) -> dict[str, Cents]:
    """Return what a visit costs: when somebody knocks, who comes, and the tariff for a stop."""
    cents = valuation.curves.get(stop_id, FREE).prices(knocks)
    cents["tariff"] = Cents(valuation.rates.get(shift_id, NO_RATES).cents_per_stop)
    for part in valuation.pairings:
        cents[part] = Cents(cents.get(part, 0) + valuation.pairing(part, shift_id, stop_id))
    return {part: price for part, price in cents.items() if price}


def energy_cents(charger: Charger, milliwatt_hours: int) -> dict[str, Cents]:
    """Return what was charged costs: whole watt-hours, half a cent rounded up."""
    cents = (2 * (milliwatt_hours // 1000) * charger.cents_per_kwh + 1000) // 2000
    return summed([{"energy": Cents(cents)}])


def route_cents(rates: Rates, *, paid: int, waiting: int, metres: int, strain: int) -> dict[str, Cents]:
    """Return the parts of a route's price that its shift causes."""
    overtime = max(0, paid - rates.overtime_after)
    burden = max(0, strain - rates.strain_free)
    return {
        "time": per_hour(paid - waiting, rates.cents_per_hour),
        "distance": per_km(metres, rates.cents_per_km),
        "fixed": Cents(rates.fixed_cents),
        "overtime": per_hour(overtime, rates.overtime_cents_per_hour),
        "waiting": per_hour(waiting, rates.waiting_cents_per_hour),
        "strain": Cents(burden * rates.cents_per_strain + per_hour(overtime, rates.strain_cents_per_overtime_hour)),
        "fairness": per_hour(abs(paid - rates.even_seconds), rates.even_cents_per_hour),
    }


def summed(maps: Iterable[Mapping[str, Cents]]) -> dict[str, Cents]:
    """Return part by part sums, in the order of PARTS and without zeros."""
    sums: dict[str, int] = {}
    for given in maps:
        for part, cents in given.items():
            sums[part] = sums.get(part, 0) + cents
    return {part: Cents(sums[part]) for part in PARTS if sums.get(part)}

"""Facts back to nouns, with seconds elapsed since the first instant of the day."""

import pytest
from tests.adapters.company_example import FILES, NOW, write_example

from doorstep.adapters.company_files.folder import CompanyFolder, Options
from doorstep.adapters.memory_store import MemoryStore
from doorstep.domain.errors import YourInput
from doorstep.domain.facts import Fact, fact_id
from doorstep.domain.fleet import Shift
from doorstep.domain.orders import Recipient
from doorstep.domain.places import Place
from doorstep.domain.tariff import Tariff
from doorstep.domain.units import Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.flows import nouns
from doorstep.flows.import_company import import_company

ORDERS = (
    "order_id,recipient_id,merchant_id,depot_id,due_on,weight_g,volume_ml,service_s,needs,revenue_cents,windows,"
    "promised_start,promised_end,cancelled_at\n"
    "spring,r1,m1,d1,2026-03-29,10,20,90,lift,700,2026-03-29T09:00:00+01:00/2026-03-29T12:00:00+01:00,"
    "2026-03-29T10:00:00+01:00,2026-03-29T11:00:00+01:00,\n"
    "autumn,r2,,d1,2026-10-25,10,,,,,2026-10-25T09:00:00+00:00/2026-10-25T12:00:00+00:00,,,\n"
    "gone,r2,,d1,2026-03-29,10,,,,,,,,2026-03-28T09:00:00+00:00\n"
)


@pytest.fixture
def store(tmp_path):
    write_example(tmp_path, {
        "company.toml": FILES["company.toml"] + "[tariff]\nwage_cents_per_hour = 1500\novertime_after_s = 3600\n"
        '[slots]\nedges = ["00:00", "07:00"]\n[speeds]\nsource = "measured"\nprimary = [1, 0.5]\n',
        "merchants.csv": "merchant_id,cents_per_order,sla_on_time\nm1,450,0.95\nm2,,\n",
        "drivers.csv": "driver_id,depot_id,wage_cents_per_hour\ndr1,d1,1800\n",
        "vehicles.csv": "vehicle_id,depot_id,capacity_g,kind,offers,fixed_cents_per_day\nv1,d1,9,bike,lift;cold,77\n",
        "shifts.csv": "shift_id,date,driver_id,vehicle_id,depot_id,starts_at,ends_at\n"
        "s1,2026-03-29,dr1,v1,d1,2026-03-29T08:00:00+01:00,2026-03-30T02:00:00+01:00\n"
        "s2,2026-03-30,,v1,d1,2026-03-30T08:00:00+01:00,2026-03-30T16:00:00+01:00\n",
        "recipients.csv": "recipient_id,lon,lat,kind,postcode,floor,lift\n"
        "r1,-8.62,41.16,flat,4000-001,3,yes\nr2,-8.6,41.1,,,,\n",
        "orders.csv": ORDERS, "attempts.csv": None, "streets.osm": "<osm/>",
    })  # fmt: skip
    kept = MemoryStore()
    source = CompanyFolder(tmp_path, Options(now=NOW))

    assert not import_company(kept, source, "c").refused, source.troubles.lines()
    return kept


def test_a_company_has_its_tariff_slots_and_speeds(store):
    company = nouns.company_of(store, "c")

    assert (company.company_id, company.currency, company.exponent) == ("c", "EUR", 2)
    assert company.tariff == Tariff(wage_cents_per_hour=1500, overtime_after=Seconds(3600))
    assert company.slot_edges == (0, 25_200)
    assert (company.speed_factors, company.speeds_source) == ((("primary", (1.0, 0.5)),), "measured")


def test_an_unknown_company_is_named(store):
    with pytest.raises(YourInput, match="got 'x'; known: c"):
        nouns.company_of(store, "x")


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [("2026-03-28", 21_600, 79_200), ("2026-03-29", 18_000, 75_600), ("2026-10-25", 25_200, 82_800)],
)
def test_depot_hours_are_elapsed_seconds_of_the_day_asked_for(store, day, opens, closes):
    (depot,) = nouns.depots_of(store, "c", day)

    assert (depot.opens, depot.closes, depot.timezone) == (opens, closes, "Europe/Lisbon")


def test_windows_and_promises_are_elapsed_on_days_when_clocks_change(store):
    (spring,) = nouns.due(store, "c", "2026-03-29").orders
    (autumn,) = nouns.due(store, "c", "2026-10-25").orders

    assert spring.windows == (TimeWindow(Seconds(8 * 3600), Seconds(11 * 3600)),)
    assert spring.promise == TimeWindow(Seconds(9 * 3600), Seconds(10 * 3600))
    assert autumn.windows == (TimeWindow(Seconds(10 * 3600), Seconds(13 * 3600)),)
    assert autumn.promise is None


def test_an_order_keeps_what_it_needs_and_earns(store):
    (order,) = nouns.due(store, "c", "2026-03-29").orders

    assert (order.order_id, order.merchant_id, order.service) == ("spring", "m1", 90)
    assert order.needs == frozenset({"lift"})
    assert (order.weight_g, order.volume_ml, order.revenue) == (10, 20, 700)


def put(store, name: str, **changes) -> None:
    """Append an order like the one of autumn, changed."""
    (like,) = (fact for fact in store.current("c", "order") if fact.key == "autumn")
    body = {k: v for k, v in like.body.items() if k != "cancelled_at"} | {"order_id": name, **changes}
    store.append("c", [Fact(fact_id("order", name, body), "order", name, like.at, like.at, body)])


def due(store, day: str = "2026-10-25"):
    """Return who is planned as what, and which halves are left out."""
    found = nouns.due(store, "c", day)
    return {o.order_id: (o.kind, o.pair_id) for o in found.orders}, set(found.halves)


def test_a_pickup_and_what_the_company_counts_come_back(store):
    put(store, "back", kind="pickup", amount_crates=3, ready_at="2026-10-25T09:30:00+00:00")
    back = next(o for o in nouns.due(store, "c", "2026-10-25").orders if o.order_id == "back")

    assert (back.kind, back.pair_id, back.own_amounts) == ("pickup", "", (("crates", 3),))
    assert back.ready == 10 * 3600 + 1800, "clocks went back that night"


@pytest.mark.parametrize("kinds", [("pickup", "delivery"), ("pickup", "pair"), ("pair", "delivery")])
def test_a_pair_is_told_by_the_kind_of_one_half(store, kinds):
    for name, kind in zip(("from", "to"), kinds, strict=True):
        put(store, name, kind=kind, pair_id="p")
    put(store, "autumn", cancelled_at=NOW)

    assert due(store) == ({"from": ("pickup", "p"), "to": ("delivery", "p")}, set())


def test_halves_of_which_nobody_can_tell_what_they_are_stay_out(store):
    put(store, "autumn", cancelled_at=NOW)
    for name, pair, kind in (
        ("a", "twins", "pair"), ("b", "twins", "pair"), ("c", "lone", "pair"), ("d", "three", "pickup"),
        ("e", "three", "delivery"), ("f", "three", "delivery"),
    ):  # fmt: skip
        put(store, name, kind=kind, pair_id=pair)
    put(store, "g", kind="delivery", pair_id="gone")
    put(store, "h", kind="pickup", pair_id="gone", cancelled_at=NOW)

    assert due(store) == ({}, set("abcdefg"))


def test_between_two_days_the_goods_of_a_pair_are_at_the_depot(store):
    put(store, "autumn", cancelled_at=NOW)
    put(store, "from", kind="pickup", pair_id="p")
    put(store, "to", kind="pair", pair_id="p", due_on="2026-10-26")

    assert due(store) == ({"from": ("pickup", "")}, set())
    assert due(store, "2026-10-26") == ({"to": ("delivery", "")}, set())
    put(store, "to", kind="pair", pair_id="p", due_on="2026-10-24")
    assert due(store) == ({}, {"from"}), "brought before it is fetched"


def test_what_was_fetched_before_the_day_is_brought_from_the_depot(store):
    put(store, "autumn", cancelled_at=NOW)
    put(store, "from", kind="pickup", pair_id="p")
    put(store, "to", kind="delivery", pair_id="p")
    body = {"attempt_id": "a", "order_id": "from", "arrived_at": "2026-10-24T10:00:00+00:00", "outcome": "delivered"}
    store.append("c", [Fact(fact_id("attempt", "a", body), "attempt", "a", NOW, NOW, body)])

    assert due(store) == ({"to": ("delivery", "")}, set())


def test_an_order_that_somebody_took_before_its_day_is_not_due_any_more(store):
    def attempt(name: str, at: str, outcome: str) -> list[str]:
        body = {"attempt_id": name, "order_id": "autumn", "arrived_at": at, "outcome": outcome}
        store.append("c", [Fact(fact_id("attempt", name, body), "attempt", name, at, at, body)])
        return [order.order_id for order in nouns.due(store, "c", "2026-10-25").orders]

    assert attempt("a1", "2026-10-24T22:59:59+00:00", "nobody") == ["autumn"], "nobody was there"
    assert attempt("a2", "2026-10-24T23:00:00+00:00", "delivered") == ["autumn"], "the day had begun in Lisbon"
    assert attempt("a3", "2026-10-24T22:59:59+00:00", "neighbour") == []


def test_of_a_window_that_began_before_its_day_the_rest_is_left(store):
    spans = "2026-10-24T09:00:00+00:00/2026-10-24T12:00:00+00:00;2026-10-24T09:00:00+00:00/2026-10-25T09:00:00+00:00"
    windows = [span.split("/") for span in spans.split(";")]
    body = {"order_id": "late", "recipient_id": "r1", "depot_id": "d1", "due_on": "2026-10-25", "weight_g": 1,
            "windows": windows}  # fmt: skip
    store.append("c", [Fact(fact_id("order", "late", body), "order", "late", NOW, NOW, body)])
    (order,) = [order for order in nouns.due(store, "c", "2026-10-25").orders if order.order_id == "late"]

    assert order.windows == (TimeWindow(Seconds(0), Seconds(0)), TimeWindow(Seconds(0), Seconds(36_000)))


def test_a_night_shift_runs_past_the_end_of_its_day(store):
    (shift,) = nouns.shifts_of(store, "c", "2026-03-29")

    assert shift == Shift("s1", "d1", "v1", "dr1", "2026-03-29", Seconds(25_200), Seconds(90_000), 1800)
    assert nouns.shifts_of(store, "c", "2026-03-30")[0].wage_cents_per_hour is None


def test_vehicles_and_recipients_come_back(store):
    (vehicle,) = nouns.vehicles_of(store, "c")

    assert (vehicle.profile, vehicle.fixed_cents) == ("bike", 77)
    assert vehicle.offers == frozenset({"lift", "cold"})
    assert nouns.recipients_of(store, "c", ["r1", "r7"]) == (
        Recipient("r1", Place(-8.62, 41.16), "flat", "4000-001", 3, lift=True),
    )
    assert nouns.roads_of(store, "c") is not None


def test_forgotten_recipients_have_no_place(store):
    store.forget("c", "r1")

    assert [r.recipient_id for r in nouns.recipients_of(store, "c")] == ["r2"]

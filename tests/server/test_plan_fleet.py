"""What a company's files say of goods and vans changes the plan of `doorstep plan`, and `check` accepts it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.server.small_company import DAY, DOORS, EAST, WEST, Street, served, shift

pytestmark = pytest.mark.usefixtures("kernels")

HOUR = 3600
SHIFTS = "shift_id,date,driver_id,vehicle_id,depot_id,starts_at,ends_at,clocked_in_at,clocked_out_at\n"


@pytest.fixture
def street(tmp_path, monkeypatch, capsys) -> Street:
    return Street(tmp_path, monkeypatch, capsys)


def orders(rows: Mapping[str, str], columns: str, *, weight: int = 1000) -> str:
    """Return orders.csv with an order at each of some doors, and what it says in further columns."""
    return f"order_id,recipient_id,depot_id,due_on,weight_g,service_s,{columns}\n" + "".join(
        f"o-{who},{who},depot,{DAY},{weight},300,{cells}\n" for who, cells in rows.items()
    )


def vans(columns: str, *cells: str, capacity: int = 800_000) -> str:
    """Return vehicles.csv with what each van says in further columns."""
    rows = "".join(f"v{k},depot,{capacity},{cell}\n" for k, cell in enumerate(cells, 1))
    return f"vehicle_id,depot_id,capacity_g,{columns}\n{rows}"


ONE = SHIFTS + shift(1, DAY)


def visits(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [visit for route in plan["routes"] for visit in route["visits"]]


def halts(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return kind and door of every halt."""
    return [(visit["kind"], "".join(visit["order_ids"]).removeprefix("o-")) for visit in visits(plan)]


def test_returns_are_fetched_where_there_is_room_again(street):
    van = vans("max_stops", "", "", capacity=1500)
    both = {"e1": "delivery", "w1": "delivery"}
    plan, _ = street.imported(shifts=ONE, vehicles=van, orders=orders(both, "kind")).planned()
    assert len(plan["unserved"]) == 1, "two parcels are too much"

    back = orders({**both, "w1": "pickup"}, "kind")
    plan, _ = street.imported(shifts=ONE, vehicles=van, orders=back).planned()
    assert halts(plan) == [("stop", "e1"), ("pickup", "w1")]
    assert [visit["load_after"][0] for visit in visits(plan)] == [0, 1000]


def test_a_van_waits_for_goods_that_come_later(street):
    late = {who: f"{DAY}T10:30:00+00:00" if who == "e1" else "" for who in DOORS}
    plan, _ = street.imported(shifts=ONE, orders=orders(late, "ready_at")).planned()
    assert [route["leaves_at"] for route in plan["routes"]] == [10 * HOUR + 1800]

    again = vans("max_trips,reload_s", "2,600", "1,")
    plan, _ = street.imported(shifts=ONE, orders=orders(late, "ready_at"), vehicles=again).planned()
    (reload,) = (visit for visit in visits(plan) if visit["kind"] == "reload")
    assert plan["routes"][0]["leaves_at"] == 8 * HOUR
    assert reload["leaves_at"] - reload["starts_at"] == 600
    assert halts(plan)[-1] == ("stop", "e1")


def test_a_small_van_goes_twice(street):
    many = orders(dict.fromkeys(DOORS, ""), "windows")
    once, _ = street.imported(shifts=ONE, orders=many, vehicles=vans("max_trips", "1", "1", capacity=4000)).planned()
    twice, _ = street.imported(shifts=ONE, orders=many, vehicles=vans("max_trips", "2", "1", capacity=4000)).planned()

    assert len(once["unserved"]) == 4
    assert not twice["unserved"]
    assert [kind for kind, _ in halts(twice)].count("reload") == 1


def test_the_companys_own_units_fill_vans(street):
    crates = orders({who: "1" if who in EAST else "0" for who in DOORS}, "amount_crates")
    plan, _ = street.imported(orders=crates, vehicles=vans("capacity_crates", "0", "")).planned()

    assert served(plan).get("d1", set()) <= set(WEST)
    assert set(EAST) <= served(plan)["d2"]
    assert all(len(visit["load_after"]) == 3 for visit in visits(plan))


def test_drivers_bring_their_skills(street):
    stairs = orders({who: "stairs" if who in EAST else "" for who in DOORS}, "needs")
    for able in ("d1", "d2"):
        rows = "".join(f"{who},depot,144000,{'stairs' if who == able else ''}\n" for who in ("d1", "d2"))
        plan, _ = street.imported(orders=stairs, drivers=f"driver_id,depot_id,weekly_s,skills\n{rows}").planned()
        assert set(EAST) <= served(plan)[able]


def test_a_pair_goes_from_door_to_door_and_half_a_pair_is_named(street):
    pair = orders({"e1": "pickup,p", "w1": "pair,p", "e2": "pair,q"}, "kind,pair_id")
    plan, _ = street.imported(shifts=ONE, orders=pair).planned()
    _, _, told = street.run("plan", "--day", DAY, "--seconds", 0.1, "--home", street.folder / "home")

    assert halts(plan) == [("pickup", "e1"), ("stop", "w1")]
    assert [visit["load_after"][0] for visit in visits(plan)] == [1000, 0]
    assert "Left out, since a pair is one order of kind pickup" in told
    assert "orders o-e2;" in told


def test_with_lifo_what_came_on_board_last_leaves_first(street):
    by = {"e1": "pickup,p,08:05", "w1": "pair,p,08:22", "e2": "pickup,q,12:00", "w2": "pair,q,12:00"}
    rows = {who: f"{cell[:-5]}{DAY}T08:00:00+00:00/{DAY}T{cell[-5:]}:00+00:00" for who, cell in by.items()}
    pairs = orders(rows, "kind,pair_id,windows")
    for lifo, way in (("false", ["e1", "e2", "w1", "w2"]), ("true", ["e1", "w1", "e2", "w2"])):
        plan, _ = street.imported(shifts=ONE, orders=pairs, vehicles=vans("lifo", lifo, "")).planned()
        assert [door for _, door in halts(plan)] == way


def test_a_battery_is_charged_on_the_way(street):
    electric = vans("battery_wh,wh_per_km,charge_w", "2000,249.5,20000", ",,")
    chargers = "charger_id,lon,lat,watts,cents_per_kwh\nmarket,-8.60,41.15,50000,40\nabroad,-3.70,40.42,50000,40\n"
    empty, _ = street.imported(shifts=ONE, vehicles=electric).planned()
    plan, _ = street.imported(shifts=ONE, vehicles=electric, chargers=chargers).planned()

    assert empty["unserved"], "eight kilometres are not enough for both ends"
    assert not plan["unserved"]
    assert "charge" in [kind for kind, _ in halts(plan)]
    assert plan["cents"]["energy"] > 0


@pytest.mark.parametrize(("column", "figure", "most"), [("range_m", "metres", 8000), ("max_route_s", "seconds", 2400)])
def test_a_range_and_a_longest_route_bound_it(street, column, figure, most):
    plan, _ = street.imported(shifts=ONE, vehicles=vans(column, str(most), "")).planned()

    assert plan["unserved"]
    assert plan["routes"][0][figure] <= most


def test_lower_priorities_stay_out_first(street):
    for lower in (WEST, EAST):
        ranks = orders({who: "-1" if who in lower else "3" for who in DOORS}, "priority")
        plan, _ = street.imported(shifts=ONE, orders=ranks, vehicles=vans("max_stops", "4", "4")).planned()
        assert {row["order_id"].removeprefix("o-") for row in plan["unserved"]} == set(lower)


def test_only_drivers_who_are_named_come(street):
    for mine, theirs in (("d1", "d2"), ("d2", "d1")):
        rows = orders({who: mine if who in EAST else theirs for who in DOORS}, "drivers")
        plan, _ = street.imported(orders=rows).planned()
        assert served(plan) == {mine: set(EAST), theirs: set(WEST)}


def test_who_asks_for_each_stop_gets_those_that_others_cant_make(street):
    for dear, cheap in (("v1", "d2"), ("v2", "d1")):
        cells = ("900" if dear == van else "" for van in ("v1", "v2"))
        plan, _ = street.imported(vehicles=vans("cents_per_stop", *cells)).planned()
        assert set(served(plan)) == {cheap}

    plan, _ = street.imported(shifts=ONE, vehicles=vans("cents_per_stop", "900", "900")).planned()
    assert plan["cents"]["tariff"] == 8 * 900


@pytest.mark.parametrize(("columns", "asks"), [("cents_per_stop", 250), ("fixed_cents_per_day", 1900)])
def test_a_partners_van_costs_what_the_partner_asks_and_nothing_of_our_tariff(street, columns, asks):
    rows = SHIFTS + shift(1, DAY) + shift(2, DAY).replace(",d2,", ",,")
    ours, _ = street.imported(shifts=rows, vehicles=vans(f"{columns},owner", ",", f"{asks},own")).planned()
    assert set(served(ours)) == {"d1"}, "a van of our own takes our wage and way, too"

    theirs, _ = street.imported(shifts=rows, vehicles=vans(f"{columns},owner", ",", f"{asks},acme")).planned()
    assert set(served(theirs)) == {None}
    asked = {"cents_per_stop": {"tariff": 8 * asks}, "fixed_cents_per_day": {"fixed": asks}}[columns]
    assert {part: cents for part, cents in theirs["cents"].items() if part not in ("failure", "total")} == asked

    street.imported(vehicles=vans(f"{columns},owner", ",", f"{asks},acme"), drivers=EMPLOYED)
    employed, _ = street.planned()
    assert set(served(employed)) == {"d1"}, "whom we employ we pay, whatever they drive"


EMPLOYED = "driver_id,depot_id,contract\nd1,depot,employed\nd2,depot,employed\n"


STAIRS = "recipient_id,lon,lat,kind,floor\n" + "".join(f"{who},{lon:.3f},41.15,flat,4\n" for who, lon in DOORS.items())
"""Six units a door: the halt, the block of flats, four floors."""


def drivers(*most: str) -> str:
    return "driver_id,depot_id,max_strain\n" + "".join(f"d{k},depot,{cell}\n" for k, cell in enumerate(most, 1))


def test_nobody_gets_more_strain_than_they_may_be_asked_for(street):
    free, _ = street.imported(recipients=STAIRS).planned()
    assert len(served(free)) == 1, "one van is cheapest"
    one, _ = street.imported(recipients=STAIRS, drivers=drivers("47", "")).planned()
    assert len(served(one).get("d1", ())) <= 7
    two, _ = street.imported(recipients=STAIRS, drivers=drivers("29", "24")).planned()
    assert {who: len(doors) for who, doors in served(two).items()} == {"d1": 4, "d2": 4}

    few, _ = street.imported(recipients=STAIRS, drivers=drivers("17", "12")).planned()
    assert {who: len(doors) for who, doors in served(few).items()} == {"d1": 2, "d2": 2}
    assert len(few["unserved"]) == 4
    none, _ = street.imported(recipients=STAIRS, drivers=drivers("5", "0")).planned()
    assert "strain" in none["unserved"][0]["reason"]


def test_check_finds_too_much_strain(street):
    street.imported(recipients=STAIRS, drivers=drivers("29", "24")).planned()
    pair = street.folder / "plan.json"
    problem = street.folder / "plan.json.problem.json"
    text = json.loads(problem.read_text())
    for shift_row in text["shifts"]:
        shift_row["capacities"][-1] = 23
    problem.write_text(json.dumps(text))
    code, told, _ = street.run("check", problem, pair)

    assert code == 2
    assert "expected at most 23 strain_units on board, found 24" in told


def test_what_is_fetched_strains_as_what_is_brought_and_each_trip_has_its_part(street):
    both = orders({who: "pickup" if who in EAST else "delivery" for who in DOORS}, "kind")
    mixed, _ = street.imported(shifts=ONE, recipients=STAIRS, orders=both, drivers=drivers("30", "")).planned()
    assert len(visits(mixed)) == 5

    again = vans("max_trips", "2", "1")
    trips, _ = street.imported(shifts=ONE, recipients=STAIRS, vehicles=again, drivers=drivers("24", "")).planned()
    assert sum(visit["kind"] == "stop" for visit in visits(trips)) == 4


def test_strain_has_the_tariffs_price_where_none_was_learned(street):
    tariff = 'name = "Street"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n[tariff]\n'
    settings = "strain_free_units = 24\ncents_per_strain = {}\n"
    for cents, vans_out in ((0, 1), (200, 2)):
        plan, _ = street.imported(recipients=STAIRS, company=tariff + settings.format(cents)).planned()
        assert len(served(plan)) == vans_out
        assert ("strain-by-tariff" in plan["valued_by"]) == (cents > 0)


def test_a_promise_has_the_tariffs_price_where_nothing_was_learned_of_lateness(street):
    tariff = 'name = "Street"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n[tariff]\n'
    promised = dict.fromkeys(("e4", "w1"), f"{DAY}T08:00:00+00:00,{DAY}T08:20:00+00:00")
    rows = orders({who: promised.get(who, ",") for who in DOORS}, "promised_start,promised_end")
    late = {}
    for cents in (0, 30_000):
        company = f"{tariff}late_cents_per_hour = {cents}\n"
        plan, _ = street.imported(shifts=ONE, orders=rows, company=company).planned()
        came = {visit["order_ids"][0][2:]: visit["starts_at"] for visit in visits(plan)}
        late[cents] = sum(max(0, came[who] - 8 * HOUR - 1200) for who in promised)
        assert ("lateness-by-tariff" in plan["valued_by"]) == (cents > 0)
        assert not plan["unserved"]

    assert late[30_000] < late[0]
    rows = orders(dict.fromkeys(DOORS, f"{DAY}T12:00:00+00:00,{DAY}T18:00:00+00:00"), "promised_start,promised_end")
    shifts = SHIFTS + shift(1, DAY) + shift(2, DAY, "12:00")
    wages = "driver_id,depot_id,wage_cents_per_hour\nd1,depot,2000\nd2,depot,2100\n"
    for cents, who in ((0, {"d1"}), (3_000, {"d2"})):
        company = f"{tariff}early_cents_per_hour = {cents}\n"
        plan, _ = street.imported(shifts=shifts, orders=rows, drivers=wages, company=company).planned()
        assert set(served(plan)) == who

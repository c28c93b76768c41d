"""`doorstep plan` as somebody types it: law, wishes and vetoes each change the plan that comes out."""

import json
import re
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from tests.server.small_company import BEFORE, DAY, EAST, WEST, Street, delivered, served, shift

from doorstep.adapters.plan_files import read_plan
from doorstep.flows import duty_of_day
from doorstep.flows.record_decision import KIND, decision_of
from doorstep.server import wiring
from doorstep.server.settings import settings

pytestmark = pytest.mark.usefixtures("kernels")

TARIFF = 'name = "Street"\ncurrency = "EUR"\ntimezone = "Europe/Lisbon"\n[tariff]\n'
HOUR = 3600


@pytest.fixture
def street(tmp_path, monkeypatch, capsys) -> Street:
    return Street(tmp_path, monkeypatch, capsys)


@pytest.fixture
def long_street(tmp_path, monkeypatch, capsys) -> Street:
    """A street on which a round takes all day."""
    return Street(tmp_path, monkeypatch, capsys, metres_per_s=0.6)


def vehicles(rules: str) -> str:
    return f"vehicle_id,depot_id,capacity_g,duty_rules\nv1,depot,800000,{rules}\nv2,depot,800000,{rules}\n"


SHIFTS = "shift_id,date,driver_id,vehicle_id,depot_id,starts_at,ends_at,clocked_in_at,clocked_out_at\n"
LATE_YESTERDAY = shift(1, BEFORE, "13:00", "23:00", (f"{BEFORE}T13:00:00+00:00", f"{BEFORE}T23:00:00+00:00"))


def leaves(plan, driver: str) -> int:
    return next(int(route["leaves_at"]) for route in plan["routes"] if route["driver_id"] == driver)


def test_nothing_binds_where_no_rule_set_is_named(street):
    plan, told = street.imported(**{"+shifts": LATE_YESTERDAY}).planned()

    assert {route["leaves_at"] for route in plan["routes"]} == {8 * HOUR}
    assert "legal hours" not in told
    assert "0 orders unserved" in told


def only_d1(**more: str) -> dict[str, str]:
    """Return a day on which the first driver is alone."""
    return {"shifts": SHIFTS + shift(1, DAY) + more.pop("shifts", ""), **more}


def test_who_worked_late_begins_later_by_the_vehicles_law(street):
    late = only_d1(shifts=LATE_YESTERDAY, vehicles=vehicles("eu-561"))
    plan, told = street.imported(**late).planned()

    assert leaves(plan, "d1") == 10 * HOUR, "eleven hours after 23:00"
    assert "s1-2026-03-10 (d1) begins at 10:00: 11:00 h free after 2026-03-09 23:00" in told


def test_the_drivers_own_law_binds_where_the_vehicle_names_none_and_the_companys_where_neither_does(street):
    driver = "driver_id,depot_id,weekly_s,duty_rules\nd1,depot,144000,eu-van\nd2,depot,144000,\n"
    plan, told = street.imported(**only_d1(shifts=LATE_YESTERDAY, drivers=driver)).planned()

    assert "legal hours (eu-van): 1 shift bound" in told
    assert leaves(plan, "d1") == 10 * HOUR
    _, told = street.imported(company=f'{TARIFF}[duty]\nrules = "us-395"\n').planned()
    assert "s1-2026-03-10 (d1) begins at 09:00: 10:00 h free after 2026-03-09 23:00" in told


def test_a_tachograph_goes_before_the_clock(street):
    log = "driver_id,kind,begins_at,ends_at\n" + "".join(
        f"d1,{kind},{BEFORE}T{a}:00+00:00,{BEFORE}T{b}:00+00:00\n"
        for kind, a, b in (("driving", "13:00", "17:00"), ("work", "17:00", "20:00"), ("rest", "20:00", "23:00"))
    )
    plan, told = street.imported(**only_d1(shifts=LATE_YESTERDAY, vehicles=vehicles("eu-561")), duty=log).planned()

    assert leaves(plan, "d1") == 8 * HOUR, "free since 20:00"
    assert "begins at" not in told
    assert "s1-2026-03-10 (d1) drives 9:00 h at most: 561/2006 Art. 6(1)" in told


def test_a_long_day_gets_its_breaks_and_no_more(long_street):
    plain, _ = long_street.imported(**only_d1()).planned()
    plan, told = long_street.imported(**only_d1(vehicles=vehicles("eu-561"))).planned()
    breaks = [v for route in plan["routes"] for v in route["visits"] if v["kind"] == "break"]

    assert not [v for route in plain["routes"] for v in route["visits"] if v["kind"] == "break"]
    assert sum(v["leaves_at"] - v["starts_at"] for v in breaks) == 45 * 60
    assert "Not lawful" not in told


def test_a_driver_who_may_not_work_gets_nothing_and_it_is_said_why(street):
    busy = "".join(
        shift(1, f"2026-03-0{d}", "06:00", "19:00", (f"2026-03-0{d}T06:00:00+00:00", f"2026-03-0{d}T19:00:00+00:00"))
        for d in range(1, 10)
    )
    plan, told = street.imported(**only_d1(shifts=busy, vehicles=vehicles("eu-561"))).planned()

    assert plan["routes"] == []
    assert len(plan["unserved"]) == 8
    assert "s1-2026-03-10 (d1) may not work today" in told


def test_a_record_that_runs_into_the_shift_names_driver_shift_and_files(street):
    long = shift(1, BEFORE, "13:00", "23:00", (f"{BEFORE}T13:00:00+00:00", f"{DAY}T09:00:00+00:00"))
    street.imported(**only_d1(shifts=long, vehicles=vehicles("eu-561")))
    code, _, told = street.run("plan", "--day", DAY, "--home", street.folder / "home")

    assert code == 2
    assert "Shift s1-2026-03-10 of driver d1, bound by eu-561: Expected a record that ends before" in told
    assert "shifts.csv (clocked_out_at)" in told


def forgetful(monkeypatch) -> None:
    """Let planning know the law and not keep it, as a mistake of ours would."""
    monkeypatch.setattr(duty_of_day, "with_limits", lambda shift, _: shift)


EARLY = {"shifts": SHIFTS + LATE_YESTERDAY + shift(1, DAY, "06:00"), "vehicles": vehicles("eu-561")}


def test_a_plan_that_is_not_lawful_says_so_everywhere_and_before_it_is_recorded(street, monkeypatch):
    street.imported(**EARLY)
    home = ("--home", street.folder / "home")
    words = ("plan", "--day", DAY, "--seconds", 0.2, *home)
    code, _, told = street.run(*words)
    assert (code, "Not lawful" in told) == (0, False)

    forgetful(monkeypatch)
    code, out, told = street.run(*words, "--out", street.folder / "plan.json", "--json", "-")

    said = tuple(json.loads(out)["unlawful"])
    assert code == 2
    assert said
    assert all(sentence.startswith("d1: ") and f"Not lawful: {sentence}" in told for sentence in said)
    assert read_plan(street.folder / "plan.json").unlawful == said
    with closing(wiring.store_at(settings(str(street.folder / "home")))) as store:
        judged = [decision_of(fact).unlawful for fact in store.current("c", KIND)]
    assert sorted(map(tuple, judged)) == [(), said]


def test_a_shift_planned_from_before_its_depot_opens_is_not_its_own_past(street):
    late = "depot_id,lon,lat,opens,closes\ndepot,-8.60,41.15,09:00,23:00\n"
    plan, told = street.imported(**only_d1(vehicles=vehicles("eu-561"), depots=late)).planned()

    assert leaves(plan, "d1") == 9 * HOUR
    assert "begins at" not in told


def test_doors_go_to_whom_they_are_familiar_and_far_ones_home(street):
    wishes = {"d1": delivered("d1", EAST), "d2": delivered("d2", WEST)}
    both = {key: wishes["d1"][key] + wishes["d2"][key] for key in ("+orders", "+attempts")}
    fixed = "vehicle_id,depot_id,capacity_g,max_stops\nv1,depot,800000,4\nv2,depot,800000,4\n"
    for rate in ("familiar_door_cents = 2000", "territory_cents_per_km = 5000"):
        plan, _ = street.imported(**both, vehicles=fixed, company=f"{TARIFF}{rate}\n").planned()
        assert served(plan) == {"d1": set(EAST), "d2": set(WEST)}, rate

    shifts = shift(1, DAY).replace(",d1,", ",d2,") + shift(2, DAY).replace(",d2,", ",d1,")
    for rate in ("familiar_door_cents = 2000", "territory_cents_per_km = 5000"):
        plan, _ = street.imported(shifts=SHIFTS + shifts, company=f"{TARIFF}{rate}\n").planned()
        assert served(plan) == {"d1": set(EAST), "d2": set(WEST)}, "drivers changed vans, and took their doors along"


def test_a_named_territory_is_home_to_whoever_has_it_today(street):
    """Yesterday d1 was in the east; today the east is d2's, and only the name tells."""
    both = {"east": ("d1", EAST), "west": ("d2", WEST)}
    delivered_there = [(driver, who, k) for driver, doors in both.values() for who in doors for k in range(4)]
    files = {
        "+orders": "".join(f"p-{who}-{k},{who},depot,{BEFORE},1000,300,\n" for _, who, k in delivered_there),
        "attempts": "attempt_id,order_id,shift_id,arrived_at,outcome\n" + "".join(
            f"a-{who}-{k},p-{who}-{k},s{driver[1]}-{BEFORE},{BEFORE}T10:00:00+00:00,delivered\n"
            for driver, who, k in delivered_there
        ),
        "company": f"{TARIFF}territory_cents_per_km = 5000\n",
    }  # fmt: skip
    for today, doors in ((("", ""), {"d1": set(EAST), "d2": set(WEST)}),
                         (("west", "east"), {"d1": set(WEST), "d2": set(EAST)})):  # fmt: skip
        names = (("east", "west"), today)
        rows = [shift(k, day).strip() + f",{name}\n" for day, two in zip((BEFORE, DAY), names, strict=True)
                for k, name in enumerate(two, 1)]  # fmt: skip
        plan, told = street.imported(**files, shifts=SHIFTS.strip() + ",territory\n" + "".join(rows)).planned()

        assert served(plan) == doors
        assert "0% of them inside another's" in told


def test_efficiency_knows_of_no_wish(street):
    street.imported(**delivered("d2", WEST), company=f"{TARIFF}familiar_door_cents = 2000\n")
    plan, _ = street.planned("--objective", "efficiency")

    assert "familiarity" not in plan["cents"]


def test_who_usually_starts_early_is_not_sent_late(street):
    past = "".join(
        shift(k, BEFORE, at, "16:00", (f"{BEFORE}T{at}:00+00:00", f"{BEFORE}T16:00:00+00:00"))
        for k, at in ((1, "05:00"), (2, "08:00"))
    )
    plan, _ = street.imported(**{"+shifts": past}, company=f"{TARIFF}irregular_cents_per_hour = 3000\n").planned()

    assert set(served(plan)) == {"d2"}
    past = past.replace("T05:00", "T07:00").replace("T08:00", "T05:00").replace("T07:00", "T08:00")
    plan, _ = street.imported(**{"+shifts": past}, company=f"{TARIFF}irregular_cents_per_hour = 3000\n").planned()
    assert set(served(plan)) == {"d1"}


def test_who_usually_works_on_that_day_of_the_week_is_sent(street):
    mondays, tuesdays = (["2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23", "2026-03-02"],
                         ["2026-02-03", "2026-02-10", "2026-02-17", "2026-02-24", "2026-03-03"])  # fmt: skip
    for first, second, sent in ((mondays, tuesdays, "d2"), (tuesdays, mondays, "d1")):
        past = "".join(
            shift(k, on, clocked=(f"{on}T08:00:00+00:00", f"{on}T16:00:00+00:00"))
            for k, days in ((1, first), (2, second)) for on in days
        )  # fmt: skip
        plan, _ = street.imported(**{"+shifts": past}, company=f"{TARIFF}unusual_day_cents = 2500\n").planned()
        assert set(served(plan)) == {sent}


def uneven_day(rate: int = 0) -> dict[str, str]:
    """Return a day whose cheapest plan has four stops for one driver and one for the other."""
    orders = "".join(f"o-{who},{who},depot,{DAY},1000,900\n" for who in (*WEST, "e1"))
    return {
        "vehicles": "vehicle_id,depot_id,capacity_g,max_stops\nv1,depot,800000,4\nv2,depot,800000,4\n",
        "orders": f"order_id,recipient_id,depot_id,due_on,weight_g,service_s\n{orders}",
        "company": f"{TARIFF}uneven_cents_per_hour = {rate}\n",
    }


def apart(plan) -> float:
    paid = [route["seconds"] for route in plan["routes"]]
    return float((max(paid) - min(paid)) / max(paid))


def test_a_share_of_the_cost_evens_out_the_hours_and_tells_the_price_that_would(street):
    plain, _ = street.imported(**uneven_day()).planned()
    little, said = street.planned("--even", 0.01)
    assert apart(little) == apart(plain)
    assert "nothing more even was found for that share" in said

    even, told = street.planned("--even", 30, seconds=2.0)
    (rate,) = re.findall(r"uneven_cents_per_hour = (\d+)", told)
    serving = {name: sum(c for part, c in plan["cents"].items() if part not in ("total", "fairness"))
               for name, plan in (("plain", plain), ("even", even))}  # fmt: skip

    assert apart(even) < apart(plain)
    assert serving["even"] <= 1.3 * serving["plain"]
    again, _ = street.imported(**uneven_day(int(rate))).planned(seconds=1.0)
    assert apart(again) == apart(even), "the price that it tells asks for the same, without a search for it"


def test_a_percentage_that_is_none_is_refused(street):
    for text in ("0", "-2", "101", "some", "nan"):
        code, _, told = street.run("plan", "--day", DAY, f"--even={text}")
        assert code == 2
        assert "a percentage above 0 and up to 100" in told


def test_fair_shares_even_out_the_hours(street):
    hours = {}
    for rate in (0, 20_000):
        plan, _ = street.imported(**uneven_day(rate)).planned()
        hours[rate] = apart(plan)

    assert hours[20_000] < hours[0]
    assert plan["cents"]["fairness"] >= 0


def test_a_veto_is_kept_by_the_next_plan_and_forgotten_when_revoked(street):
    first = served(street.imported().planned()[0])
    driver, whom = next((d, sorted(who)[0]) for d, who in first.items() if who)
    home = ("--home", street.folder / "home")
    assert street.run("veto", driver, whom, "--reason", "a dog without a lead", *home)[0] == 0
    plan, told = street.planned()

    assert whom not in served(plan).get(driver, set())
    assert whom in set().union(*served(plan).values())
    assert "dog" not in told + (street.folder / "plan.json.problem.json").read_text()
    assert street.run("veto", driver, whom, "--revoke", *home)[0] == 0
    assert served(street.planned()[0]) == first


def test_explain_says_what_would_serve_each_order_and_writes_it_into_the_plan(street):
    small = "vehicle_id,depot_id,capacity_g,max_stops\nv1,depot,800000,3\nv2,depot,800000,3\n"
    plan, told = street.imported(vehicles=small).planned("--explain", 0.05)

    assert len(plan["unserved"]) == 2
    for row in plan["unserved"]:
        assert row["would_be_served_if"]
        assert all(change["confirmed"] for change in row["would_be_served_if"])
    assert "It would be served if shift s1-2026-03-10 could take one stop more; serving it then costs €" in told
    assert "What would serve most of the 2 stops, each by itself: " in told
    assert "one more shift like s1-2026-03-10 (2)" in told


def test_the_documented_settings_are_those_that_are_read():
    page = (Path(__file__).parents[2] / "docs/data.md").read_text()

    for name in ("familiar_door_cents", "territory_cents_per_km", "irregular_cents_per_hour", "uneven_cents_per_hour",
                 "unusual_day_cents"):  # fmt: skip
        assert f"[tariff] {name}" in page
    assert "| [duty] rules |" in page
    assert tomllib.loads(f"{TARIFF}familiar_door_cents = 1\n")["tariff"]

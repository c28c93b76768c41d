"""The company's past, day by day: orders come, a simple dispatcher sends vans, people react to what they get.

Everything here is drawn once from the town's seed; only tomorrow is driven again and again (`drives`).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.tariff import Tariff
from doorstep.town.aftermath import REASONS, Draws, aftermath, visits
from doorstep.town.calendar import Calendar
from doorstep.town.dispatcher import GUESSED_SERVICE_S, crow_legs, dispatched
from doorstep.town.doors import Doors, Mood, doors
from doorstep.town.driving import Chance, Driven, Rounds, drive, lognormal
from doorstep.town.hidden import KINDS, Hidden
from doorstep.town.luck import stream
from doorstep.town.people import People
from doorstep.town.reactions import burden, fading
from doorstep.town.roster import PATTERNS, Staff, shifts_needed, staffed
from doorstep.town.sheet import DEPOT_ID, Columns, Crew, Sheet, planned_shifts, told

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

VAN_FIXED_CENTS = 3_200
REPEAT_FROM_S, REPEAT_UNTIL_S = 61_200, 73_800
"""When a partner brings what failed the day before."""


class Book:
    """Columns of the contract's files, collected day by day and told as rows."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Columns]] = defaultdict(list)

    def add(self, name: str, columns: Columns) -> None:
        """Keep some more rows of a file."""
        self._parts[name].append(columns)

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a file in the order they were added."""
        for columns in self._parts[name]:
            names = tuple(columns)
            for cells in zip(*columns.values(), strict=True):
                yield dict(zip(names, cells, strict=True))

    def copy(self) -> "Book":
        """Return a book that can grow without changing this one."""
        other = Book()
        for name, parts in self._parts.items():
            other._parts[name] = list(parts)
        return other


@dataclass(frozen=True, slots=True, eq=False)
class Tomorrow:
    """The day nobody has driven: its orders with their truth, and its shifts."""

    day: int
    order_ids: list[str]
    doors: Doors
    crew: Crew


@dataclass(slots=True)
class Company:
    """A company as it lives: what changes from day to day. `keeps` is the share of later orders still to come,
    `growth` what newcomers add once the past is over."""

    truth: Hidden
    people: People
    calendar: Calendar
    tariff: Tariff
    staff: Staff
    orders_per_day: int
    keeps: Floats
    gone: Bools
    lost_shops: dict[int, int]
    late_share: Floats
    failed_share: Floats
    growth: float = 1.0
    orders_made: int = 0
    retry: list[tuple[str, int, int]] = field(default_factory=list)
    undeliverable: dict[str, tuple[str, str]] = field(default_factory=dict)

    def rate(self, day: int) -> Floats:
        """Return everybody's orders per ordinary day as they stand."""
        home = self.people.recipients
        return self.growth * home.rate * self.keeps * ~self.gone * (home.joins <= day)

    def shop_hazard(self) -> Floats:
        """Return each account's chance of leaving within a month, given the service of the last weeks."""
        shops = self.people.merchants
        bad = (self.late_share + self.failed_share) / 2 - (1 - shops.sla)
        grown = self.truth.account_base * np.exp(self.truth.account_slope * bad * self.truth.reacts)
        return np.clip(grown, 0.001, 0.08)

    def mood(self, day: int) -> Mood:
        """Return how people stand on a day."""
        rate = self.rate(day)
        choice = self.people.recipients.merchant
        share = np.stack([np.bincount(choice[:, k], rate, len(self.late_share)) for k in range(3)]).mean(axis=0)
        monthly = np.maximum(30 * np.mean(self.truth.weekday_volume) * share, 1.0)
        return Mood(self.calendar.weekend(day), rate, monthly, self.shop_hazard())


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What the company's folder tells, and the state in which tomorrow begins."""

    book: Book
    company: Company
    tomorrow: Tomorrow


def founded(
    seed: int, truth: Hidden, people: People, calendar: Calendar, tariff: Tariff, orders_per_day: int
) -> Company:
    """Return a company on the evening before its first day."""
    n, shops = len(people.recipients.ids), len(people.merchants.ids)
    staff = staffed(stream(seed, "staff"), truth, orders_per_day, len(people.recipients.postcodes), 0)
    return Company(
        truth, people, calendar, tariff, staff, orders_per_day, np.ones(n), np.zeros(n, dtype=bool), {},
        np.full(shops, 0.04), np.full(shops, 0.1),
    )  # fmt: skip


def lived(seed: int, company: Company) -> Past:
    """Return the past of a company and its tomorrow; about 25 ms a day for 400 orders."""
    rng, book, calendar = stream(seed, "history"), Book(), company.calendar
    for day in range(calendar.days):
        order_ids, todays = ordered(rng, company, day, exactly=None)
        _retried(rng, company, book, day)
        tell_orders(rng, company, book, day, (order_ids, todays))
        if order_ids:
            sheet = _worked(rng, company, day, order_ids, todays)
            _told(company, book, sheet)
            _remembered(company, sheet)
        _evening(rng, company, book, day)
    order_ids, todays = ordered(rng, company, calendar.days, exactly=company.orders_per_day)
    crew = on_duty(company, calendar.days)
    tell_orders(rng, company, book, calendar.days, (order_ids, todays))
    book.add("shifts", planned_shifts(calendar, calendar.days, crew))
    return Past(book, company, Tomorrow(calendar.days, order_ids, todays, crew))


def ordered(rng: np.random.Generator, company: Company, day: int, exactly: int | None) -> tuple[list[str], Doors]:
    """Return a day's orders: every recipient orders or not; with `exactly`, that many, the eager ones first."""
    home, truth = company.people.recipients, company.truth
    mood = company.mood(day)
    rate = mood.rate * truth.weekday_volume[company.calendar.weekday(day)]
    rate = rate * ~((home.kind == KINDS.index("business")) & mood.weekend)
    if exactly is None:
        who = np.flatnonzero(rng.random(len(rate)) < -np.expm1(-rate))
    else:
        race = rng.exponential(size=len(rate)) / np.maximum(rate, 1e-12)
        who = np.sort(np.argsort(race, kind="stable")[:exactly])
    shop = home.merchant[who, rng.integers(0, 3, len(rate))[who]]
    if company.lost_shops:
        still = ~np.isin(shop, list(company.lost_shops))
        fallback = next(m for m in range(len(company.late_share)) if m not in company.lost_shops)
        who, shop = (who[still], shop[still]) if exactly is None else (who, np.where(still, shop, fallback))
    order_ids = [f"o{company.orders_made + i:06d}" for i in range(len(who))]
    company.orders_made += len(who)
    return order_ids, doors(rng, truth, company.people, mood, who, shop)


def on_duty(company: Company, day: int) -> Crew:
    """Return the shifts of a day."""
    volume = company.truth.weekday_volume[company.calendar.weekday(day)]
    wanted = shifts_needed(company.orders_per_day, min(volume, 1.0))
    drivers, patterns = company.staff.on_duty(day, wanted)
    staff, n, date = company.staff, len(drivers), company.calendar.iso(day)
    return Crew(
        [f"s{date.replace('-', '')}-{i + 1:02d}" for i in range(n)], [driver_id(i) for i in drivers.tolist()],
        [f"v{i + 1:02d}" for i in range(n)], drivers, PATTERNS[patterns, 0], PATTERNS[patterns, 1],
        np.array([staff.wage[i] for i in drivers.tolist()], dtype=np.int64), np.full(n, VAN_FIXED_CENTS),
    )  # fmt: skip


def driver_id(number: int) -> str:
    """Return a driver's id."""
    return f"dr{number + 1:03d}"


def _worked(rng: np.random.Generator, company: Company, day: int, order_ids: list[str], todays: Doors) -> Sheet:
    """Return the day as it went: dispatched, driven, suffered."""
    truth, people = company.truth, company.people
    crew = on_duty(company, day)
    plan = dispatched(rng, people, todays, crew.starts, crew.ends)
    rounds = _rounds(company, crew, plan.order, todays)
    routes, stops = plan.order.shape
    normal = [rng.normal(size=shape) for shape in ((1, routes), (1, 1), (1, routes, stops + 1), (1, routes, stops))]
    road = truth.route_factor_sd * normal[0] + truth.day_factor_sd * normal[1]
    luck = Chance(np.exp(road), lognormal(normal[2], truth.leg_noise_sd),
                  lognormal(normal[3], truth.service_noise_sd), rng.random((1, routes, stops)))  # fmt: skip
    driven = drive(truth, rounds, todays, luck)
    route, seq = visits(rounds)
    after = aftermath(truth, todays, rounds, driven, 0, Draws(*rng.random((4, len(route)))))
    tired(company, crew, rounds, todays, driven)
    return Sheet(
        company.calendar, day, order_ids, crew, todays, after, plan.planned[route, seq], rounds.leaves,
        driven.back[0], rounds.driven_metres, company.staff.pulse(crew.drivers, rng.normal(size=len(crew.drivers))),
        rng.random(len(route)), truth.reacts, np.sort(after.which[after.ticket]),
    )  # fmt: skip


def _rounds(company: Company, crew: Crew, order: Ints, todays: Doors) -> Rounds:
    """Return the dispatcher's routes with crow legs, depot to depot."""
    people, home = company.people, company.people.recipients
    who = todays.recipient[order]
    depot_e, depot_n = np.full((len(order), 1), people.depot_east), np.full((len(order), 1), people.depot_north)
    east = np.hstack([depot_e, np.where(order >= 0, home.east[who], depot_e), depot_e])
    north = np.hstack([depot_n, np.where(order >= 0, home.north[who], depot_n), depot_n])
    seconds, metres = crow_legs(east, north)
    pace = company.staff.familiarity(crew.drivers, home.postcode[who])
    return Rounds(order, seconds, metres, crew.starts, crew.starts, pace)


def tired(company: Company, crew: Crew, rounds: Rounds, todays: Doors, driven: Driven) -> None:
    """Let the day's drivers carry its stairs, its parking, its overtime and its hour, and learn its streets."""
    strain = np.where(rounds.here, todays.strain[rounds.order], 0).sum(axis=1)
    overtime = np.maximum(driven.back[0] - crew.starts - int(company.tariff.overtime_after), 0)
    sensitivity = np.array([company.staff.sensitivity[i] for i in crew.drivers.tolist()])
    company.staff.tire(crew.drivers, burden(company.truth, sensitivity, strain, overtime), crew.starts)
    codes = company.people.recipients.postcode[todays.recipient[rounds.order]]
    for r, driver in enumerate(crew.drivers.tolist()):
        seen = codes[r][rounds.here[r]]
        company.staff.known[driver] += np.bincount(seen, minlength=company.staff.postcodes)


def _remembered(company: Company, sheet: Sheet) -> None:
    """Let recipients and merchants keep in mind what they got."""
    truth, after = company.truth, sheet.after
    who = sheet.doors.recipient[after.which]
    company.gone[who[after.unsubscribed]] = True
    openly = np.where(after.taken, 0.0, truth.unsubscribe_if_failed * truth.reacts)
    company.keeps[who] *= (1 - after.loss) / (1 - openly)  # who left openly is gone; this is the silent rest
    company.retry = [
        (sheet.order_ids[i], int(sheet.doors.recipient[i]), int(sheet.doors.merchant[i]))
        for i in after.which[~after.taken].tolist()
    ]
    shops = len(company.late_share)
    shop = sheet.doors.merchant[after.which]
    count = np.maximum(np.bincount(shop, minlength=shops), 1)
    weight = np.minimum(np.bincount(shop, minlength=shops), 1) / truth.account_memory_days
    late = np.bincount(shop, fading(after.late_s.astype(np.float64), truth.account_late_tau), shops) / count
    failed = np.bincount(shop, ~after.taken, shops) / count
    company.late_share += weight * (late - company.late_share)
    company.failed_share += weight * (failed - company.failed_share)


def _retried(rng: np.random.Generator, company: Company, book: Book, day: int) -> None:
    """Let a partner bring in the evening what failed the day before; what fails twice goes back."""
    if not company.retry:
        return
    who = np.array([r for _, r, _ in company.retry])
    at = rng.integers(REPEAT_FROM_S, REPEAT_UNTIL_S, len(who))
    table = company.people.recipients.chance[int(company.calendar.weekend(day))][who]
    home = company.people.recipients
    taken = rng.random(len(who)) < table[np.arange(len(who)), at // 1800]
    ids, stamps = [order for order, _, _ in company.retry], company.calendar.stamps
    outcome = ["delivered" if ok else "nobody" for ok in taken.tolist()]
    book.add("attempts", {
        "attempt_id": [f"{order}-2" for order in ids], "order_id": ids, "attempt_no": [2] * len(ids),
        "shift_id": [None] * len(ids), "driver_id": [None] * len(ids), "seq": [None] * len(ids),
        "planned_at": [None] * len(ids), "parked_at": stamps(day, at - 30), "arrived_at": stamps(day, at),
        "door_at": stamps(day, at + 60), "left_at": stamps(day, at + 150), "outcome": outcome,
        "reason": [REASONS.get(how) for how in outcome], "lon": home.lon[who].tolist(), "lat": home.lat[who].tolist(),
        "recorded_at": stamps(day, at + 3600),
    })  # fmt: skip
    for order, ok in zip(ids, taken.tolist(), strict=True):
        if not ok:
            company.undeliverable[order] = (company.calendar.stamp(day, 79_200), "failed twice")
    company.retry = []


def tell_orders(
    rng: np.random.Generator, company: Company, book: Book, day: int, asked: tuple[list[str], Doors]
) -> None:
    """Write a day's orders into the book."""
    order_ids, todays = asked
    home, calendar, promises, n = company.people.recipients, company.calendar, todays.promises, len(order_ids)
    opens, closes = calendar.stamps(day, promises.opens), calendar.stamps(day, np.minimum(promises.closes, 86_400))
    hard = (promises.opens > 0).tolist()
    kind = home.kind[todays.recipient]
    book.add("orders", {
        "order_id": order_ids, "recipient_id": [home.ids[i] for i in todays.recipient.tolist()],
        "merchant_id": [company.people.merchants.ids[m] for m in todays.merchant.tolist()],
        "depot_id": [DEPOT_ID] * n, "kind": ["delivery"] * n,
        "placed_at": calendar.stamps(day, -rng.integers(5 * 3600, 60 * 3600, n)),
        "ready_at": calendar.stamps(day, np.full(n, 5 * 3600)), "due_on": [calendar.iso(day)] * n,
        "windows": [f"{a}/{b}" if sold else None for a, b, sold in zip(opens, closes, hard, strict=True)],
        "promised_start": calendar.stamps(day, promises.start), "promised_end": calendar.stamps(day, promises.end),
        "weight_g": todays.weight_g.tolist(), "volume_ml": (todays.weight_g * 5).tolist(),
        "parcels": todays.parcels.tolist(), "service_s": GUESSED_SERVICE_S[kind].tolist(), "mode": ["door"] * n,
        "revenue_cents": todays.revenue_cents.tolist(), "cancelled_at": [None] * n, "cancel_reason": [None] * n,
    })  # fmt: skip


def _told(company: Company, book: Book, sheet: Sheet) -> None:
    for name, columns in told(sheet, company.people, company.tariff).items():
        book.add(name, columns)
    book.add("pings", pings(sheet, company.people))


def pings(sheet: Sheet, people: People) -> Columns:
    """Return one position per halt: where the van stood and when."""
    after, home = sheet.after, people.recipients
    who = sheet.doors.recipient[after.which]
    return {
        "vehicle_id": [sheet.crew.vehicle_ids[r] for r in after.route.tolist()],
        "at": sheet.calendar.stamps(sheet.day, after.parked), "lon": home.lon[who].tolist(),
        "lat": home.lat[who].tolist(), "speed_m_per_s": [0.0] * len(who), "accuracy_m": [8] * len(who),
    }  # fmt: skip


def _evening(rng: np.random.Generator, company: Company, book: Book, day: int) -> None:
    """Close the day: drivers who quit, merchants who leave or are asked, monthly costs."""
    iso, depot = company.calendar.iso(day), DEPOT_ID
    for driver in company.staff.quits(day):
        book.add("costs", _one_cost(f"recruiting-{driver_id(driver)}", iso, "recruiting", 240_000))
    shops = company.people.merchants
    leaves = rng.random(len(shops.ids)) < company.shop_hazard() / 30
    for shop in np.flatnonzero(leaves).tolist():
        if shop not in company.lost_shops and len(company.lost_shops) < len(shops.ids) // 4:
            company.lost_shops[shop] = day
            book.add("leavings", {"subject": ["merchant"], "id": [shops.ids[shop]],
                                  "at": [company.calendar.stamp(day, 64_800)], "kind": ["account"],
                                  "reason": ["closed the account"]})  # fmt: skip
    if company.calendar.date(day).day == 28:
        book.add("costs", _one_cost(f"depot-{iso}-{depot}", iso, "depot", 310_000))
        book.add("costs", _one_cost(f"platform-{iso}", iso, "platform", 90_000))
        book.add("surveys", _asked(rng, company, day))


def _one_cost(line_id: str, day: str, account: str, cents: int) -> Columns:
    return {"line_id": [line_id], "date": [day], "account": [account], "cents": [cents], "depot_id": [DEPOT_ID],
            "vehicle_id": [None], "driver_id": [None], "shift_id": [None], "order_id": [None]}  # fmt: skip


def _asked(rng: np.random.Generator, company: Company, day: int) -> Columns:
    """Return the month's question to merchants: would you recommend us, 0 to 10."""
    shops = company.people.merchants
    asked = [m for m in range(len(shops.ids)) if m not in company.lost_shops]
    bad = (company.late_share + company.failed_share)[asked] * company.truth.reacts
    score = np.clip(np.rint(8.8 - 9 * bad + rng.normal(0, 1.0, len(asked))), 0, 10).astype(int)
    at, n = [company.calendar.stamp(day, 39_600)] * len(asked), len(asked)
    return {
        "survey_id": [f"nps-{company.calendar.iso(day)}-{shops.ids[m]}" for m in asked], "subject": ["merchant"] * n,
        "id": [shops.ids[m] for m in asked], "question": ["nps"] * n, "asked_at": at, "answered_at": at,
        "score": score.tolist(), "order_id": [None] * n, "shift_id": [None] * n,
    }  # fmt: skip

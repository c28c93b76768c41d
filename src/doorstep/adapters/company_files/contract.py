"""The files of a company, column by column: the data contract as data. `docs/data.md` is printed from this."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from doorstep.adapters.company_files.columns import RATE_LIMIT, WHOLE_LIMIT, Column, Table
from doorstep.domain.facts import OUTCOMES
from doorstep.domain.fleet import USUAL_CHARGE_W, USUAL_RELOAD

DAY_S = 86_400

LAWS = files("doorstep") / "operations" / "duty" / "rule_sets"
"""The folder of the laws that planning knows, a file each: data, so that a name stands in its file alone."""


def rule_set_names(folder: Traversable = LAWS) -> tuple[str, ...]:
    """Return the names of the legal rule sets in a folder, each once, whichever spans it is told for."""
    laws = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    return tuple(sorted({str(tomllib.loads(law.read_text(encoding="utf-8"))["name"]) for law in laws}))


RULE_SETS = rule_set_names()
"""Legal rule sets that planning knows; see docs/duty.md."""


def _id(name: str, meaning: str = "the company's own id", *, minimal: bool = False) -> Column:
    return Column(name, "id", meaning, minimal=minimal, needed=True)


def _ref(name: str, to: str, meaning: str = "", *, minimal: bool = False, needed: bool = False) -> Column:
    return Column(name, "id", meaning or f"id in {to}", refers=to, minimal=minimal, needed=needed)


def _time(name: str, meaning: str, *, minimal: bool = False, needed: bool = False) -> Column:
    return Column(name, "time", meaning, minimal=minimal, needed=needed)


def _text(name: str, meaning: str, *, private: bool = False) -> Column:
    return Column(name, "text", meaning, private=private)


def _whole(name: str, meaning: str, low: int = 0, high: int = WHOLE_LIMIT, *, minimal: bool = False) -> Column:
    return Column(name, "whole", meaning, low=low, high=high, minimal=minimal)


def _cents(name: str, meaning: str, *, low: int = -RATE_LIMIT, needed: bool = False) -> Column:
    return Column(name, "money", meaning, low=low, high=RATE_LIMIT, needed=needed)


def _line(name: str, meaning: str) -> Column:
    """A line of the books, which may be a month's sum."""
    return Column(name, "money", meaning, low=-WHOLE_LIMIT, high=WHOLE_LIMIT, needed=True)


def _choice(
    name: str, choices: tuple[str, ...], meaning: str, *, minimal: bool = False, needed: bool = False
) -> Column:
    return Column(name, "choice", meaning, choices=choices, minimal=minimal, needed=needed)


def _lon(name: str = "lon", *, minimal: bool = False, needed: bool = False, private: bool = False) -> Column:
    return Column(name, "lon", "longitude", minimal=minimal, needed=needed, private=private, low=-180, high=180)


def _lat(name: str = "lat", *, minimal: bool = False, needed: bool = False, private: bool = False) -> Column:
    return Column(name, "lat", "latitude", minimal=minimal, needed=needed, private=private, low=-90, high=90)


def _share(name: str, meaning: str) -> Column:
    return Column(name, "decimal", meaning, low=0, high=1)


RECORDED = _time("recorded_at", "when we could first know it; default its own time")


def _subject(*subjects: str) -> tuple[Column, Column]:
    files: Mapping[str, str] = {subject: f"{subject}s" for subject in subjects}
    return (
        _choice("subject", subjects, "who it is about", needed=True),
        Column("id", "id", "id of the subject", needed=True, refers_by=("subject", files)),
    )


DEPOTS = Table(
    "depots", "depot", "where routes start and end", ("depot_id",),
    (
        _id("depot_id", minimal=True), _text("name", "what people call it"), _lon(minimal=True), _lat(minimal=True),
        Column("opens", "wall", "when the first van may leave", minimal=True),
        Column("closes", "wall", "when the last van must be back; 24:00 is midnight, 30:00 is 06:00 of the next day",
               minimal=True),
        _text("timezone", "IANA name; default the company's"), _whole("doors", "loading doors", 0, 10_000), RECORDED,
    ),
    without="nothing can be planned: routes start and end at a depot", minimal=True,
)  # fmt: skip

MERCHANTS = Table(
    "merchants", "merchant", "shops whose parcels we carry", ("merchant_id",),
    (
        _id("merchant_id"), _text("name", "what people call it"), _text("kind", "trade"),
        Column("started_on", "date", "first day as a customer"),
        _cents("cents_per_order", "what it pays per order"), _cents("cents_per_kg", "what it pays per kilogram"),
        _share("sla_on_time", "share of deliveries on time that was promised to it"), _ref("depot_id", "depots"),
        RECORDED,
    ),
    at=("started_on",),
    without="what an account pays and when it leaves can't be known; revenue comes from the orders alone",
)  # fmt: skip

VEHICLES = Table(
    "vehicles", "vehicle", "what carries parcels", ("vehicle_id",),
    (
        _id("vehicle_id", minimal=True), _ref("depot_id", "depots", minimal=True),
        _choice("kind", ("van", "truck", "bike", "foot", "robot"), "what it is"),
        _choice("profile", ("car", "bike", "foot"), "how it travels; default that of its kind"),
        _whole("capacity_g", "payload", high=RATE_LIMIT, minimal=True),
        _whole("capacity_ml", "loading volume", high=RATE_LIMIT),
        _cents("cents_per_km", "what a kilometre costs; default the tariff's, a partner's nothing", low=0),
        _cents("fixed_cents_per_day", "what a route costs, however short; default the tariff's, a partner's nothing",
               low=0),
        _cents("cents_per_stop", "what each stop costs, as subcontractors ask; default nothing", low=0),
        _whole("max_stops", "stops of one route", 0, 100_000),
        _whole("max_trips", "trips of one shift, loading at the depot before each; default 1", 1, 20),
        _whole("max_route_s", "most time from the shift's start to being back; default the shift", 1, 2 * DAY_S),
        Column("lifo", "flag", "whether what was picked up last must be brought first; default false"),
        _whole("reload_s", f"time to load between two trips; default {USUAL_RELOAD}, an assumption", 0, DAY_S),
        Column("offers", "list", "skills and equipment on board"),
        _choice("duty_rules", RULE_SETS, "legal hours of whoever drives it (docs/duty.md); default the driver's"),
        _text("owner", "own, or a partner_id: a subcontractor's costs what this row says (see above); default own"),
        _whole("range_m", "range: bounds a route, or with battery_wh tells the consumption", high=RATE_LIMIT),
        _whole("battery_wh", "battery, full in the morning; met where wh_per_km or range_m is told", high=RATE_LIMIT),
        Column("wh_per_km", "decimal", "consumption; default that of battery and range", low=0, high=1e6),
        _whole("charge_w", f"charging power; default {USUAL_CHARGE_W}, an assumption", high=RATE_LIMIT), RECORDED,
    ),
    families=(
        Column("capacity_", "whole", "capacity in a unit of the company's own, met by amount_NAME of orders; "
               "empty: not limited", high=RATE_LIMIT),
    ),
    without="nothing can be planned: somebody has to carry the parcels", minimal=True,
)  # fmt: skip

CHARGERS = Table(
    "chargers", "charger", "where batteries fill", ("charger_id",),
    (
        _id("charger_id"), _lon(needed=True), _lat(needed=True),
        _whole("watts", "power; default what the vehicle takes", high=RATE_LIMIT),
        _cents("cents_per_kwh", "price", low=0), Column("opens", "wall", "opens"), Column("closes", "wall", "closes"),
        RECORDED,
    ),
    without="vehicles with a battery go as far as it carries them from the morning on",
)  # fmt: skip

DRIVERS = Table(
    "drivers", "driver", "who drives; names stay with the company", ("driver_id",),
    (
        _id("driver_id", minimal=True), _ref("depot_id", "depots", minimal=True),
        Column("hired_on", "date", "first day"), Column("left_on", "date", "last day"),
        _choice("left_kind", ("quit", "dismissed", "other"), "how it ended"),
        _choice("contract", ("employed", "self"), "employed by us, or self-employed: no overtime surcharge; default by "
                "whose vehicle it is (see above)"),
        _cents("wage_cents_per_hour", "hourly wage; default the tariff's", low=0),
        _whole("weekly_s", "agreed seconds a week", 0, 7 * DAY_S),
        Column("skills", "list", "what this driver may do; a shift offers it beside what its vehicle does"),
        _text("licence", "class of licence; kept, and not read yet"),
        _whole("max_strain", "most strain of one shift, in units (docs/duty.md); default any", 0, 100_000),
        _choice("duty_rules", RULE_SETS, "legal hours where the vehicle names none; default the company's"), RECORDED,
    ),
    at=("hired_on",),
    without="who drives is unknown: no familiarity, no fairness, no turnover",
)  # fmt: skip

SHIFTS = Table(
    "shifts", "shift", "one driver, one vehicle, one span of time, planned and as it went", ("shift_id",),
    (
        _id("shift_id", minimal=True), Column("date", "date", "the day it is planned for", minimal=True),
        _ref("driver_id", "drivers"), _ref("vehicle_id", "vehicles", minimal=True),
        _ref("depot_id", "depots", minimal=True), _time("starts_at", "planned start", minimal=True),
        _time("ends_at", "planned end", minimal=True), _time("clocked_in_at", "clocked in"),
        _time("left_depot_at", "left the depot"), _time("back_at", "back at the depot"),
        _time("clocked_out_at", "clocked out"), _whole("break_s", "break", 0, DAY_S),
        _cents("paid_cents", "what was paid for it", low=0),
        _text("territory", "name of an area: home is where shifts of that name delivered (docs/duty.md); default where "
              "the driver did"), RECORDED,
    ),
    at=("starts_at",),
    without="nothing can be planned: no driver's time is known", minimal=True,
)  # fmt: skip

DUTY = Table(
    "duty", "duty", "what drivers did, by tachograph, logging device or hand", ("driver_id", "begins_at"),
    (
        _ref("driver_id", "drivers", needed=True),
        _choice("kind", ("driving", "work", "waiting", "break", "rest"), "at the wheel, other work, waiting for work, "
                "or free", needed=True),
        _time("begins_at", "from", needed=True), _time("ends_at", "until", needed=True), RECORDED,
    ),
    at=("begins_at",),
    without="legal hours are told from clocked shifts and doors: what lies between doors counts as driving",
)  # fmt: skip

RECIPIENTS = Table(
    "recipients", "recipient", "who opens the door", ("recipient_id",),
    (
        _id("recipient_id", minimal=True), _lon(private=True), _lat(private=True),
        _text("address", "looked up in the street file where lon and lat are empty", private=True),
        _text("postcode", "postcode"), _choice("kind", ("house", "flat", "business"), "kind of door"),
        _whole("floor", "floor, 0 is the ground", -20, 200), Column("lift", "flag", "whether there is a lift"),
        _lon("entrance_lon", private=True), _lat("entrance_lat", private=True),
        _text("locale", "language for messages"), Column("allowed_modes", "list", "modes this recipient accepts"),
        _time("created_at", "first known"),
        _text("name", "name", private=True), _text("email", "e-mail", private=True),
        Column("phone", "phone", "phone", private=True), _text("instructions", "how to find the door", private=True),
        RECORDED,
    ),
    at=("created_at",), person="recipient_id",
    without="nothing can be planned: no door is known", minimal=True,
)  # fmt: skip

ORDERS = Table(
    "orders", "order", "what we are asked to bring", ("order_id",),
    (
        _id("order_id", minimal=True), _ref("recipient_id", "recipients", minimal=True),
        _ref("merchant_id", "merchants"), _ref("depot_id", "depots", minimal=True),
        _choice("kind", ("delivery", "pickup", "pair"), "brought, fetched, or half of a pair; default delivery"),
        Column("pair_id", "id", "joins the two orders of a pair: fetched at the one, brought to the other; one of them "
               "says by its kind, pickup or delivery, which of the two it is"),
        _time("placed_at", "when it was placed"),
        _time("ready_at", "when it can leave the depot; of a pickup, when it can be fetched"),
        Column("due_on", "date", "the day it is for", minimal=True),
        Column("windows", "windows", "hard spans in which service may start"),
        _time("promised_start", "start of what the recipient was told"),
        _time("promised_end", "end of what the recipient was told"),
        _whole("weight_g", "weight", high=RATE_LIMIT, minimal=True),
        _whole("volume_ml", "volume", high=RATE_LIMIT),
        _whole("parcels", "parcels", 0, 100_000), _whole("service_s", "expected time at the door", 0, DAY_S),
        Column("needs", "list", "skills and equipment it needs"),
        Column("drivers", "list", "drivers who may come, and nobody else; empty: all"),
        _whole("priority", "where not all can be served, lower stays out first; default 0", -1000, 1000),
        _choice("mode", ("door", "locker", "in_home", "neighbour"), "how it is handed over"),
        _cents("revenue_cents", "what it earns"), _time("cancelled_at", "when it was cancelled"),
        _text("cancel_reason", "why"), RECORDED,
    ),
    families=(Column("amount_", "whole", "amount in a unit of the company's own", high=RATE_LIMIT),),
    at=("placed_at", "due_on"),
    without="there is nothing to deliver", minimal=True,
)  # fmt: skip

PARCELS = Table(
    "parcels", "parcel", "what an order consists of", ("parcel_id",),
    (
        _id("parcel_id"), _ref("order_id", "orders", needed=True), _text("sscc", "serial shipping container code"),
        _whole("weight_g", "weight"), _whole("length_mm", "length", 0, 100_000),
        _whole("width_mm", "width", 0, 100_000), _whole("height_mm", "height", 0, 100_000),
        Column("flags", "list", "fragile, cold, ..."), RECORDED,
    ),
)  # fmt: skip

ATTEMPTS = Table(
    "attempts", "attempt", "somebody knocked; an order has 0 to n, the last one or cancelled_at ends it",
    ("attempt_id",),
    (
        _id("attempt_id", minimal=True), _ref("order_id", "orders", minimal=True),
        _whole("attempt_no", "first is 1", 0, 1000), _ref("shift_id", "shifts"), _ref("driver_id", "drivers"),
        _whole("seq", "position on the route", 0, 100_000), _time("planned_at", "planned arrival"),
        _time("parked_at", "parked"), _time("arrived_at", "arrived", minimal=True), _time("door_at", "at the door"),
        _time("left_at", "left"), _choice("outcome", OUTCOMES, "how it ended", minimal=True),
        _text("reason", "why it failed"), _lon(private=True), _lat(private=True), _cents("tip_cents", "tip", low=0),
        RECORDED,
    ),
    at=("arrived_at",), person="order_id",
    without="who is home when can't be learned: every door gets the same chance at every hour",
)  # fmt: skip

CONTACTS = Table(
    "contacts", "contact", "calls, messages and tickets", ("contact_id",),
    (
        _id("contact_id"), _ref("order_id", "orders"), _ref("recipient_id", "recipients"),
        _ref("merchant_id", "merchants"), _time("at", "when", needed=True),
        _choice("kind", ("late", "missing", "damaged", "change", "complaint", "other"), "what about", needed=True),
        _whole("handled_s", "time it took us", 0, 30 * DAY_S), _cents("cost_cents", "what it cost", low=0), RECORDED,
    ),
    at=("at",),
    without="what lateness and failures cost in support can't be learned: no ticket is priced",
)  # fmt: skip

OFFERS = Table(
    "offers", "offer", "delivery windows shown to a recipient, one row per option", ("offer_id", "option_no"),
    (
        _id("offer_id", "one id for all options shown together"), _ref("recipient_id", "recipients"),
        _time("at", "when", needed=True), _text("policy", "who chose what to show"),
        Column("option_no", "whole", "0: walked away", needed=True, high=1000),
        _time("window_start", "start"), _time("window_end", "end"), _cents("price_cents", "price shown"),
        _share("propensity", "chance that the logging policy showed this set at these prices"),
        Column("chosen", "flag", "whether it was taken"), _ref("order_id", "orders"), RECORDED,
    ),
    at=("at",),
    without="which window people want at which price can't be learned",
)  # fmt: skip

ACTIONS = Table(
    "actions", "action", "what was done about an order before its delivery", ("action_id",),
    (
        _id("action_id"), _ref("order_id", "orders", needed=True), _time("at", "when", needed=True),
        Column("kind", "id", "what was done", needed=True), _text("arm", "arm of an experiment"),
        _share("propensity", "chance that the policy chose this arm"), RECORDED,
    ),
    at=("at",),
    without="which action prevents a failure can't be learned",
)  # fmt: skip

LEAVINGS = Table(
    "leavings", "leaving", "who left; silence is not a row", ("subject", "id", "at"),
    (
        *_subject("recipient", "merchant"), _time("at", "when", needed=True),
        _choice("kind", ("subscription", "account", "erasure"), "what ended", needed=True), _text("reason", "why"),
        RECORDED,
    ),
    at=("at",),
    without="whether bad service makes customers leave can't be learned: no lost account is priced",
)  # fmt: skip

SURVEYS = Table(
    "surveys", "survey", "questions asked and answers given", ("survey_id",),
    (
        _id("survey_id"), *_subject("recipient", "merchant", "driver"),
        _choice("question", ("nps", "pulse", "stop"), "nps 0 to 10, pulse 0 to 10, stop 1 to 5", needed=True),
        _time("asked_at", "when", needed=True), _time("answered_at", "empty: no answer"),
        _whole("score", "the answer", 0, 10), _ref("order_id", "orders"), _ref("shift_id", "shifts"), RECORDED,
    ),
    at=("asked_at",),
    without="what recipients, merchants and drivers say is unknown",
)  # fmt: skip

PINGS = Table(
    "pings", "ping", "where vehicles were", ("vehicle_id", "at"),
    (
        _ref("vehicle_id", "vehicles", needed=True), _time("at", "when", needed=True), _lon(needed=True),
        _lat(needed=True), Column("speed_m_per_s", "decimal", "speed", low=0, high=100),
        Column("bearing", "decimal", "degrees from north", low=0, high=360),
        Column("accuracy_m", "decimal", "accuracy", low=0, high=1e6), RECORDED,
    ),
    at=("at",),
    without="speeds can't be learned: the default curve by road class stays, marked as an assumption",
)  # fmt: skip

COSTS = Table(
    "costs", "cost", "what was paid", ("line_id",),
    (
        _id("line_id"), Column("date", "date", "day, or first day of a period", needed=True),
        Column("period_end", "date", "last day of a period"),
        _choice("account", ("wages", "overtime", "fuel", "energy", "vehicle", "depot", "support", "refunds", "partner",
                            "recruiting", "marketing", "platform", "other"), "account", needed=True),
        _line("cents", "amount"), _ref("depot_id", "depots"), _ref("vehicle_id", "vehicles"),
        _ref("driver_id", "drivers"), _ref("shift_id", "shifts"), _ref("order_id", "orders"), RECORDED,
    ),
    at=("date",),
    without="real costs are unknown: money is the tariff's",
)  # fmt: skip

REVENUE = Table(
    "revenue", "revenue", "what was earned", ("line_id",),
    (
        _id("line_id"), Column("date", "date", "day", needed=True), _ref("merchant_id", "merchants"),
        _ref("order_id", "orders"),
        _choice("kind", ("delivery", "window", "subscription", "refund", "other"), "what for", needed=True),
        _line("cents", "amount"), RECORDED,
    ),
    at=("date",),
    without="real revenue is unknown: money is revenue_cents of the orders",
)  # fmt: skip

TABLES: tuple[Table, ...] = (
    DEPOTS, MERCHANTS, VEHICLES, CHARGERS, DRIVERS, SHIFTS, DUTY, RECIPIENTS, ORDERS, PARCELS, ATTEMPTS, CONTACTS,
    OFFERS, ACTIONS, LEAVINGS, SURVEYS, PINGS, COSTS, REVENUE,
)  # fmt: skip
"""Every file, in an order in which references can be resolved."""

BY_NAME: Mapping[str, Table] = {table.name: table for table in TABLES}
"""The same by file name without its ending."""

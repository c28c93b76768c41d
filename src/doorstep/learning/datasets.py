"""What models learn from, declared: a name, an entity, and SQL over tables named like the files of the data contract.

Declared here, run by `doorstep.adapters.history`; nothing here knows which model reads a dataset. Tables hold only rows
recorded by the instant asked for, so nothing from the future can enter. `local_days` (depot_id, day, day_no since
1970, weekday from Monday = 0, begins) says when each day of a depot begins; times inside a day are elapsed seconds.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows about an entity. `sql` reads tables of the contract and `local_days`; columns are its aliases."""

    name: str
    entity: str
    sql: str


TAKEN = "('delivered', 'neighbour', 'safe_place', 'locker')"

KNOCKS = f"""
    SELECT *,
           CASE WHEN attempt_no = 1 THEN opens END AS promise_opens,
           CASE WHEN attempt_no = 1 THEN closes END AS promise_closes
    FROM (
    SELECT a.attempt_id, a.order_id, a.shift_id, o.recipient_id, coalesce(o.merchant_id, '') AS merchant_id,
           coalesce(r.kind, '') AS kind, coalesce(r.postcode, '') AS postcode,
           CAST(r.floor AS DOUBLE) AS floor, CAST(CAST(r.lift AS INTEGER) AS DOUBLE) AS lift,
           CAST(coalesce(a.attempt_no, row_number() OVER (PARTITION BY a.order_id ORDER BY a.arrived_at)) AS DOUBLE)
               AS attempt_no,
           coalesce(a.door_at, a.arrived_at) AS knocked_at,
           epoch(coalesce(a.door_at, a.arrived_at)) AS instant,
           d.day_no AS day, CAST(d.weekday AS DOUBLE) AS weekday,
           epoch(coalesce(a.door_at, a.arrived_at)) - epoch(d.begins) AS knock,
           epoch(o.promised_start) - epoch(d.begins) AS opens,
           epoch(o.promised_end) - epoch(d.begins) AS closes,
           date_diff('day', CAST(r.created_at AS DATE), d.day) AS tenure_days,
           CASE WHEN a.outcome IN {TAKEN} THEN 0.0 ELSE 1.0 END AS failed
    FROM attempts a
    JOIN orders o ON o.order_id = a.order_id
    LEFT JOIN recipients r ON r.recipient_id = o.recipient_id
    ASOF JOIN local_days d ON d.depot_id = o.depot_id AND a.arrived_at >= d.begins
    WHERE a.outcome NOT IN ('not_attempted', 'returned'))
"""  # noqa: S608 - constants of this file, nothing from outside

DOORS = Dataset(
    "doors",
    "attempt",
    f"SELECT * EXCLUDE (knocked_at, opens, closes) FROM ({KNOCKS}) ORDER BY instant, attempt_id",  # noqa: S608 - constants of this file
)
"""One row per knock: who, what door, when (`knock`, s of the local day), whether it failed.

What was promised is known of first attempts only; recipients' rows hold what is known of them today.
"""

DELIVERIES = Dataset(
    "deliveries",
    "attempt",
    f"""
    WITH knocks AS ({KNOCKS}),
    asked AS (
        SELECT coalesce(k.attempt_id, first_knock.attempt_id) AS attempt_id
        FROM contacts c
        ASOF LEFT JOIN knocks k ON k.order_id = c.order_id AND c."at" >= k.knocked_at
        LEFT JOIN (SELECT order_id, arg_min(attempt_id, knocked_at) AS attempt_id FROM knocks GROUP BY order_id)
            first_knock ON first_knock.order_id = c.order_id
        WHERE c.order_id IS NOT NULL
    ),
    tickets AS (SELECT attempt_id, count(*) AS tickets FROM asked GROUP BY attempt_id)
    SELECT k.attempt_id, k.order_id, k.recipient_id, k.merchant_id, k.day, k.instant, k.attempt_no, k.failed,
           k.knock - k.promise_closes AS late_s, CAST(coalesce(t.tickets, 0) AS DOUBLE) AS tickets
    FROM knocks k LEFT JOIN tickets t USING (attempt_id) ORDER BY k.instant, k.attempt_id
    """,  # noqa: S608 - constants of this file
)
"""One row per knock: how late after the promise (s, negative early), and the contacts after it.

NaN without a promise, and for later attempts: what was told of those isn't known.
"""

PLACED = Dataset(
    "placed",
    "order",
    """
    SELECT order_id, recipient_id, coalesce(merchant_id, '') AS merchant_id,
           epoch(coalesce(placed_at, CAST(due_on AS TIMESTAMP))) AS instant,
           CAST(revenue_cents AS DOUBLE) AS revenue_cents
    FROM orders ORDER BY instant, order_id
    """,
)
"""One row per order: whose, when it was placed, what it earns."""

VISITS = Dataset(
    "visits",
    "attempt",
    f"""
    SELECT k.order_id, k.recipient_id, k.kind, k.floor, k.lift, k.day, k.failed, k.attempt_no,
           coalesce(a.shift_id, '') AS shift_id,
           epoch(a.arrived_at) - epoch(a.planned_at) AS delay_s,
           (epoch(a.planned_at) - epoch(coalesce(s.left_depot_at, s.clocked_in_at, s.starts_at))) / 3600 AS hours,
           epoch(a.left_at) - epoch(coalesce(a.door_at, a.arrived_at)) AS at_door_s,
           epoch(a.left_at) - epoch(a.arrived_at) AS service_s,
           CAST(coalesce(o.parcels, 1) AS DOUBLE) AS parcels, CAST(o.weight_g AS DOUBLE) AS weight_g
    FROM ({KNOCKS}) k
    JOIN attempts a USING (attempt_id)
    JOIN orders o ON o.order_id = k.order_id
    LEFT JOIN shifts s ON s.shift_id = a.shift_id
    ORDER BY k.instant, k.attempt_id
    """,  # noqa: S608 - constants of this file
)
"""One row per knock as a driver met it: delay against plan, hours into the route, seconds spent there."""

PULSES = Dataset(
    "pulses",
    "survey",
    """
    SELECT v.survey_id, v.id AS driver_id, s.shift_id, CAST(v.score AS DOUBLE) AS score,
           CAST(date_diff('day', DATE '1970-01-01', s.date) AS BIGINT) AS day,
           (epoch(coalesce(s.clocked_out_at, s.back_at)) - epoch(coalesce(s.clocked_in_at, s.starts_at))) AS paid_s
    FROM surveys v
    JOIN shifts s ON s.shift_id = v.shift_id
    WHERE v.subject = 'driver' AND v.question = 'pulse' AND v.score IS NOT NULL
    ORDER BY v.asked_at, v.survey_id
    """,
)
"""One row per answered pulse of a driver about a shift: the score, and the seconds from clocking in to out."""

DRIVERS = Dataset(
    "drivers",
    "driver",
    """
    SELECT driver_id, date_diff('day', DATE '1970-01-01', hired_on) AS hired,
           date_diff('day', DATE '1970-01-01', left_on) AS left_on,
           CASE WHEN left_kind = 'quit' THEN 1.0 ELSE 0.0 END AS quit
    FROM drivers ORDER BY driver_id
    """,
)
"""One row per driver: days (since 1970) of hiring and leaving, and whether it was quitting."""

ACCOUNTS = Dataset(
    "accounts",
    "survey",
    """
    SELECT v.survey_id, v.id AS merchant_id, CAST(v.score AS DOUBLE) AS score, epoch(v.asked_at) AS instant
    FROM surveys v
    WHERE v.subject = 'merchant' AND v.question = 'nps' AND v.score IS NOT NULL ORDER BY v.asked_at, v.survey_id
    """,
)
"""One row per answer of a merchant to how likely it is to recommend us."""

ACCOUNT_LEAVINGS = Dataset(
    "account_leavings",
    "leaving",
    """
    SELECT id AS merchant_id, epoch("at") AS instant FROM leavings
    WHERE subject = 'merchant' ORDER BY instant, merchant_id
    """,
)
"""One row per account that left."""

RETRIES = Dataset(
    "retries",
    "attempt",
    f"""
    SELECT k.attempt_id, k.order_id, k.kind, k.failed,
           (SELECT sum(c.cents) FROM costs c WHERE c.order_id = k.order_id AND c.account <> 'support') AS cents
    FROM ({KNOCKS}) k WHERE k.attempt_no = 1 ORDER BY k.instant, k.attempt_id
    """,  # noqa: S608 - constants of this file
)
"""One row per first knock: whether it failed, and what the books charged to that order, support aside (NaN: none)."""

BOOKS = Dataset(
    "books",
    "cost",
    """
    SELECT account, CAST(sum(cents) AS DOUBLE) AS cents, min(date_diff('day', DATE '1970-01-01', date)) AS first_day,
           max(date_diff('day', DATE '1970-01-01', coalesce(period_end, date))) AS last_day
    FROM costs GROUP BY account ORDER BY account
    """,
)
"""One row per account of the books, with the days it covers."""

SHIFTS = Dataset(
    "shifts",
    "shift",
    """
    SELECT s.shift_id, coalesce(s.driver_id, '') AS driver_id,
           CAST(date_diff('day', DATE '1970-01-01', s.date) AS BIGINT) AS day,
           epoch(coalesce(s.clocked_out_at, s.back_at)) - epoch(coalesce(s.clocked_in_at, s.starts_at)) AS paid_s,
           CAST(s.paid_cents AS DOUBLE) AS paid_cents,
           CAST(coalesce(s.wage, 0) AS DOUBLE) AS wage_cents_per_hour
    FROM (SELECT shifts.*, drivers.wage_cents_per_hour AS wage FROM shifts LEFT JOIN drivers USING (driver_id)) s
    WHERE s.clocked_out_at IS NOT NULL OR s.back_at IS NOT NULL ORDER BY s.date, s.shift_id
    """,
)
"""One row per driven shift: seconds from clocking in to out, and what was paid."""

ALL = (
    DOORS,
    DELIVERIES,
    PLACED,
    VISITS,
    PULSES,
    DRIVERS,
    ACCOUNTS,
    ACCOUNT_LEAVINGS,
    RETRIES,
    BOOKS,
    SHIFTS,
)
"""Every dataset, for whoever lists or tests them."""

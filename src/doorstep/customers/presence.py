"""Chance that a delivery is taken, by recipient and second of the day, learned from attempts.

Boosted trees give what is usual for such a door; a shrunken shift of the log-odds per recipient (and, if held-out days
show it, per recipient and part of the day) gives what is usual for this one. The hour is used only if it predicts
held-out days better than the same model without it: otherwise curves are flat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from doorstep.customers.knocks import Words, repeated
from doorstep.customers.levels import LEVELS, Judged, Level, fit, judge
from doorstep.domain.orders import Order, Recipient
from doorstep.domain.outlook import Outlook
from doorstep.domain.units import Seconds
from doorstep.estimators.artefact import model_id, packed, unpacked
from doorstep.estimators.boosting import Boosted
from doorstep.estimators.columns import Columns, Floats, codes, floats, height, texts
from doorstep.estimators.mixture import Mixture
from doorstep.estimators.scores import scores

HALF_HOUR = 1800
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """What attempts taught about doors.

    `level` holds the fitted model; its name says how much the gates let through: flat, hours or own_hours.
    `seen[i]` is how many attempts are known of the recipient that `level.people` numbers i, `created[i]` the
    day (since 1970) they became a recipient, NaN unknown. `hours` are the first and last half hour in which
    anybody knocked. `scores` are figures on days that were held out; `evidence` says what opened or stayed shut.
    """

    model_id: str
    level: Level
    seen: Floats
    created: Floats
    hours: tuple[int, int]
    scores: Mapping[str, float]
    evidence: tuple[tuple[str, str], ...]

    def grid(self) -> tuple[Seconds, ...]:
        """Return half-hour knots over the hours in which people have knocked."""
        return tuple(Seconds(at) for at in range(self.hours[0], self.hours[1] + 1, HALF_HOUR))

    def chances(self, columns: Columns) -> tuple[Floats, Floats, Floats]:
        """Return the chance of success per row of the door dataset, with its 90 % band: (chance, low, high)."""
        return self.level.chances(columns)

    def outlooks(
        self,
        orders: Sequence[Order],
        recipients: Mapping[str, Recipient],
        day: str,
        *,
        grid: Sequence[int] = (),
        attempt_no: Mapping[str, int] | None = None,
    ) -> dict[str, Outlook]:
        """Return what to expect at each order's door on `day` (ISO date), by order id, in the order given.

        Knots are those of `grid` (seconds, rising), else each half hour in which people have knocked.
        `attempt_no` says which orders were tried before (default 1). About 0.1 s for 400 orders.
        """
        knots = tuple(Seconds(int(at)) for at in grid) or self.grid()
        rows = repeated(self._asked(orders, recipients, day, attempt_no or {}), len(knots))
        rows["knock"] = np.tile(np.asarray(knots, dtype=np.float64), len(orders))
        shape = (len(orders), len(knots))
        success, low, high = (np.round(values.reshape(shape), 6).tolist() for values in self.chances(rows))
        return {
            order.order_id: Outlook(
                order_id=order.order_id,
                recipient_id=order.recipient_id,
                model_id=self.model_id,
                at=knots,
                success=tuple(success[i]),
                low=tuple(low[i]),
                high=tuple(high[i]),
                attempts=int(_known(self.seen, self.level.people.get(order.recipient_id), 0.0)),
            )
            for i, order in enumerate(orders)
        }

    def _asked(
        self, orders: Sequence[Order], recipients: Mapping[str, Recipient], day: str, attempt_no: Mapping[str, int]
    ) -> dict[str, Any]:
        people = [recipients[order.recipient_id] for order in orders]
        today = date.fromisoformat(day)
        nan = float("nan")
        created = [_known(self.created, self.level.people.get(order.recipient_id), nan) for order in orders]
        attempt = [attempt_no.get(order.order_id, 1) for order in orders]
        # What was promised says something of a first attempt only: it is for those that the past knows it.
        promised = [
            (order.promise.opens, order.promise.closes) if order.promise and number == 1 else (nan, nan)
            for order, number in zip(orders, attempt, strict=True)
        ]
        return {
            "recipient_id": np.array([order.recipient_id for order in orders], dtype=object),
            "merchant_id": np.array([order.merchant_id or "" for order in orders], dtype=object),
            "kind": np.array([who.kind for who in people], dtype=object),
            "postcode": np.array([who.postcode for who in people], dtype=object),
            "floor": np.array([float(who.floor) for who in people]),
            "lift": np.array([float(who.lift) for who in people]),
            "attempt_no": np.array(attempt, dtype=np.float64),
            "tenure_days": today.toordinal() - EPOCH - np.array(created, dtype=np.float64),
            "weekday": np.full(len(orders), float(today.weekday())),
            "promise_opens": np.array([opens for opens, _ in promised], dtype=np.float64),
            "promise_closes": np.array([closes for _, closes in promised], dtype=np.float64),
        }

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON can hold it; `from_json` answers the same to the last bit."""
        return {"model_id": self.model_id, **_content(self)}


def _known(values: Floats, number: int | None, missing: float) -> float:
    return missing if number is None else float(values[number])


def learn(columns: Columns, *, seed: int) -> Presence:
    """Return what the door dataset teaches (see `doorstep.learning.datasets.DOORS` for its columns).

    Same columns and seed give the same model and id. Judged on the last four weeks, then fitted to all.
    About 2 s for 36,000 attempts on one core. No rows: a model that says 90 % everywhere and rests on nothing.
    """
    judged = judge(columns, seed)
    level = fit(columns, judged.name, judged.trees, seed)
    number = codes(texts(columns, "recipient_id"), level.people)
    seen = np.bincount(number, minlength=len(level.people)).astype(np.float64)
    created = np.full(len(level.people), np.nan)
    created[number] = np.round(floats(columns, "day") - floats(columns, "tenure_days"))
    knock = floats(columns, "knock")
    hours = (_half_hour(knock.min(), 0), _half_hour(knock.max(), 1)) if len(knock) else (8 * 3600, 20 * 3600)
    bare = Presence("", level, seen, created, hours, _held_scores(judged), _evidence(columns, judged))
    return from_json({"model_id": model_id("presence", _content(bare)), **_content(bare)})


def _half_hour(at: float, up: int) -> int:
    return (int(at) // HALF_HOUR + up) * HALF_HOUR


def _held_scores(judged: Judged) -> dict[str, float]:
    if not len(judged.failed):
        return {}
    return scores(1 - judged.failed, 1 - judged.chance, 1 - judged.usual)


def _evidence(columns: Columns, judged: Judged) -> tuple[tuple[str, str], ...]:
    hours = judged.verdicts["hours"].words("That the hour matters at the door")
    own = judged.verdicts["own_hours"].words("That recipients have hours of their own")
    chosen = (
        "Hours were chosen by planners, not by lot: effects of the hour are associations, given the kind of door, "
        "its area, the merchant, the weekday and the number of the attempt."
    )
    rests = f"{height(columns)} attempts; {LEVELS.index(judged.name)} of 2 gates opened."
    return (("rests_on", rests), ("hours", hours), ("own_hours", own), ("selection", chosen))


def _content(model: Presence) -> dict[str, Any]:
    level = model.level
    return {
        "level": level.name,
        "common": level.common,
        "words": {name: dict(known) for name, known in level.words.known.items()},
        "trees": asdict(level.trees) if level.trees else None,
        "bands": list(level.bands),
        "people": list(level.people),
        "mixture": {part: packed(getattr(level.mixture, part)) for part in ("shift", "share", "weight")},
        "stretch": level.mixture.stretch,
        "seen": packed(model.seen),
        "created": packed(model.created),
        "hours": list(model.hours),
        "scores": dict(model.scores),
        "evidence": [list(pair) for pair in model.evidence],
    }


def from_json(kept: Mapping[str, Any]) -> Presence:
    """Return the model that `to_json` kept."""
    level = Level(
        name=kept["level"],
        common=kept["common"],
        words=Words(kept["words"]),
        trees=Boosted(**kept["trees"]) if kept["trees"] else None,
        bands=tuple(kept["bands"]),
        people={person: number for number, person in enumerate(kept["people"])},
        mixture=Mixture(
            **{part: unpacked(kept["mixture"][part]) for part in ("shift", "share", "weight")}, stretch=kept["stretch"]
        ),
    )
    return Presence(
        model_id=kept["model_id"],
        level=level,
        seen=unpacked(kept["seen"]),
        created=unpacked(kept["created"]),
        hours=(int(kept["hours"][0]), int(kept["hours"][1])),
        scores=kept["scores"],
        evidence=tuple((str(name), str(text)) for name, text in kept["evidence"]),
    )

"""How long a driver stays at a door: kind, stairs and parcels, and what is peculiar to this recipient."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.orders import Order, Recipient
from doorstep.domain.units import Seconds
from doorstep.estimators.artefact import model_id
from doorstep.estimators.columns import Columns, Floats, codes, floats, taken, texts, vocabulary
from doorstep.estimators.shrinkage import shrunken_means

LEAST_ROWS = 200
ASSUMED = Seconds(180)
"""Seconds at a door when nobody says otherwise and nothing was learned: an assumption."""

SHORTEST, LONGEST = 5.0, 3_600.0
KINDS = ("house", "flat", "business")
RIDGE = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class ServiceTimes:
    """Weights of log seconds, and each known recipient's shift. No weights: only what orders say themselves."""

    model_id: str
    weights: tuple[float, ...]
    smear: float
    people: Mapping[str, float]

    def seconds(self, orders: Sequence[Order], recipients: Mapping[str, Recipient]) -> dict[str, Seconds]:
        """Return expected whole seconds at the door by order id.

        Learned where there was enough to learn from; else what the order says, else three minutes.
        """
        if not self.weights:
            return {each.order_id: ASSUMED if each.service is None else each.service for each in orders}
        who = [recipients[order.recipient_id] for order in orders]
        design = _design(
            np.array([each.kind for each in who], dtype=object),
            np.array([float(each.floor) for each in who]),
            np.array([float(each.lift) for each in who]),
            np.array([float(order.weight_g) for order in orders]),
        )
        own = np.array([self.people.get(order.recipient_id, 0.0) for order in orders])
        expected = np.exp(design @ np.asarray(self.weights) + own) * self.smear if orders else np.zeros(0)
        return {
            order.order_id: Seconds(max(1, round(float(each)))) for order, each in zip(orders, expected, strict=True)
        }


def learn(visits: Columns) -> ServiceTimes:
    """Return service times from the visits dataset (`service_s`, from arriving to leaving, failed knocks too).

    Ridge regression of log seconds, then each recipient's mean residual, shrunken by how often they were visited;
    a factor makes the mean of predictions the mean of what was seen.
    """
    service = floats(visits, "service_s")
    rows = taken(visits, np.isfinite(service) & (service >= SHORTEST) & (service <= LONGEST))
    log = np.log(floats(rows, "service_s"))
    if len(log) < LEAST_ROWS:
        return ServiceTimes("service-assumption", (), 1.0, {})
    design = _design(*(_column(rows, name) for name in ("kind", "floor", "lift", "weight_g")))
    pull = RIDGE * np.eye(design.shape[1])
    pull[0, 0] = 0.0
    weights = np.linalg.solve(design.T @ design + pull, design.T @ log)
    left = log - design @ weights
    people = vocabulary(texts(rows, "recipient_id"))
    number = codes(texts(rows, "recipient_id"), people)
    shift, _ = shrunken_means(left, number, len(people))
    smear = float(np.exp(log).sum() / np.exp(design @ weights + shift[number]).sum())
    content = {
        "weights": tuple(round(float(each), 6) for each in weights),
        "smear": round(smear, 6),
        "people": {name: round(float(shift[code]), 5) for name, code in people.items()},
    }
    return from_json({"model_id": model_id("service", content), **content})


def _column(rows: Columns, name: str) -> NDArray[Any]:
    return texts(rows, name) if name == "kind" else np.nan_to_num(floats(rows, name))


def _design(kind: NDArray[Any], floor: Floats, lift: Floats, weight_g: Floats) -> Floats:
    """Return a constant, kinds against houses, floors climbed, floors by lift, and the log of the weight in kg."""
    climbed, lifted = np.maximum(floor, 0) * (lift < 0.5), np.maximum(floor, 0) * (lift >= 0.5)
    return np.column_stack(
        [
            np.ones(len(floor)),
            *((kind == name).astype(np.float64) for name in KINDS[1:]),
            np.minimum(climbed, 10),
            np.minimum(lifted, 30),
            np.log1p(np.maximum(weight_g, 0) / 1000),
        ]
    )


def to_json(times: ServiceTimes) -> dict[str, Any]:
    """Return service times as JSON can hold them."""
    return asdict(times)


def from_json(kept: Mapping[str, Any]) -> ServiceTimes:
    """Return the service times that `to_json` kept."""
    return ServiceTimes(kept["model_id"], tuple(kept["weights"]), kept["smear"], dict(kept["people"]))

"""What overtime and strain cost because drivers leave: what a shift does to a driver's own mood, times what that does.

Mood is measured by the daily pulse (0 to 10), each driver against themself. What a point of mood does to quitting is
learned once thirty drivers have quit; until then it is an assumption and says so.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from doorstep.domain.tariff import Tariff
from doorstep.estimators.artefact import model_id
from doorstep.estimators.columns import Bools, Columns, Floats, Ints, floats, height, taken, texts
from doorstep.estimators.effects import Effect, Question, learn_effects

LEAST_ANSWERS = 200
LEAST_QUITS = 30
AFTER_DAYS = 28
QUITTING_A_YEAR_PER_POINT = 0.10
"""Assumption: a pulse one point lower on every working day of a year makes ten more drivers in a hundred quit."""

WORKING_DAYS = 230


@dataclass(frozen=True, slots=True)
class Turnover:
    """Price of strain on a shift: each unit beyond `strain_free`, and each hour of overtime, in cents."""

    model_id: str
    strain_free: int
    cents_per_strain: int
    cents_per_overtime_hour: int
    evidence: tuple[tuple[str, str], ...]


NONE = Turnover("turnover-none", 0, 0, 0, (("all", "Nothing has been learned yet; nothing is priced."),))
"""What is known without a single pulse."""


def learn(pulses: Columns, drivers: Columns, strain: Mapping[str, int], tariff: Tariff) -> Turnover:
    """Return prices of strain and overtime from the pulses and drivers datasets.

    `strain` has the units of each shift (see `operations.workload`); shifts without are left out. Zeros, with
    the reason, when held-out days don't show an effect at 1 %.
    """
    known = np.array([shift in strain for shift in texts(pulses, "shift_id")], dtype=np.bool_)
    rows = taken(pulses, known & np.isfinite(floats(pulses, "paid_s")))
    if height(rows) < LEAST_ANSWERS:
        few = f"Pulses: not enough to tell ({height(rows)} answers, {LEAST_ANSWERS} needed); nothing is priced."
        return _turnover(0, 0.0, 0.0, (("pulse", few),))
    units = np.array([float(strain[shift]) for shift in texts(rows, "shift_id")])
    overtime = np.maximum(floats(rows, "paid_s") - tariff.overtime_after, 0) / 3600
    free = _free(rows, units, overtime)
    found = learn_effects(_question(rows, np.maximum(units - free, 0), overtime))
    per_point, grounds = _quitting(rows, drivers)
    cents = per_point * tariff.driver_quit_cents
    lines = (
        ("overtime", found["overtime"].verdict.words("That overtime lowers the pulse") + _size(found["overtime"])),
        ("strain", found["strain"].verdict.words("That strain lowers the pulse") + _size(found["strain"])),
        ("quitting", grounds),
    )
    return _turnover(free, found["strain"].weights[0] * cents, found["overtime"].weights[0] * cents, lines)


def _turnover(free: int, strain: float, overtime: float, evidence: tuple[tuple[str, str], ...]) -> Turnover:
    figures: dict[str, Any] = {
        "strain_free": free if round(strain) else 0,
        "cents_per_strain": round(strain),
        "cents_per_overtime_hour": round(overtime),
        "evidence": evidence,
    }
    return Turnover(model_id=model_id("turnover", figures), **figures)


def _question(rows: Columns, strain: Floats, overtime: Floats) -> Question:
    # Less each driver's mean: the same as a column per driver, without five hundred columns.
    _, number = np.unique(texts(rows, "driver_id").astype(str), return_inverse=True)
    return Question(
        came=_within(floats(rows, "score"), number),
        expected=np.ones(len(number)),
        base=np.ones((len(number), 1)),
        blocks={
            "overtime": -_within(overtime, number)[:, None],
            "strain": -_within(strain, number)[:, None],
        },
        cluster=floats(rows, "day").astype(np.int64),
    )


def _free(rows: Columns, units: Floats, overtime: Floats) -> int:
    """Return how many units a shift carries unfelt: the tenth-part of its range that explains pulses best."""
    _, number = np.unique(texts(rows, "driver_id").astype(str), return_inverse=True)
    best, least = 0, np.inf
    for free in sorted({0, *(int(q) for q in np.quantile(units, (0.25, 0.5, 0.75)))}):
        design = np.column_stack([_within(np.maximum(units - free, 0), number), _within(overtime, number)])
        score = _within(floats(rows, "score"), number)
        left = score - design @ np.linalg.lstsq(design, score, rcond=None)[0]
        if float(left @ left) < least * 0.999:
            best, least = free, float(left @ left)
    return best


def _within(values: Floats, number: Ints) -> Floats:
    """Return each value less its driver's mean."""
    return np.asarray(values - (np.bincount(number, values) / np.bincount(number))[number], dtype=np.float64)


def _quitting(rows: Columns, drivers: Columns) -> tuple[float, str]:
    """Return the extra chance of quitting per point of pulse lost on one shift, and what it rests on."""
    quits = (floats(drivers, "quit") == 1) & np.isfinite(floats(drivers, "left_on"))
    assumed = QUITTING_A_YEAR_PER_POINT / WORKING_DAYS
    if quits.sum() < LEAST_QUITS:
        return assumed, (
            f"What a point of pulse does to quitting is an assumption ({QUITTING_A_YEAR_PER_POINT:.0%} a year): "
            f"{int(quits.sum())} drivers quit, {LEAST_QUITS} needed to learn it."
        )
    effect = _learned_quitting(rows, drivers, quits)
    if not effect.verdict.opens:
        return 0.0, effect.verdict.words("That a low pulse precedes quitting")
    per_shift = float(effect.weights[0]) / AFTER_DAYS * 7 / 5
    return per_shift, effect.verdict.words(
        "That a low pulse precedes quitting"
    ) + f" {per_shift:.5f} a point and shift."


def _learned_quitting(rows: Columns, drivers: Columns, quits: Bools) -> Effect:
    last = dict(zip(texts(drivers, "driver_id")[quits], floats(drivers, "left_on")[quits], strict=True))
    ends = np.array([last.get(driver, np.inf) for driver in texts(rows, "driver_id")])
    day = floats(rows, "day")
    return learn_effects(
        Question(
            came=((ends > day) & (ends <= day + AFTER_DAYS)).astype(np.float64),
            expected=np.ones(len(day)),
            base=np.ones((len(day), 1)),
            blocks={"pulse": (10 - floats(rows, "score"))[:, None]},
            cluster=np.unique(texts(rows, "driver_id").astype(str), return_inverse=True)[1].astype(np.int64),
        )
    )["pulse"]


def _size(effect: Effect) -> str:
    return f" {float(effect.weights[0]):.4f} points a unit." if effect.verdict.opens else ""


def to_json(turnover: Turnover) -> dict[str, Any]:
    """Return prices of strain as JSON can hold them."""
    return asdict(turnover)


def from_json(kept: Mapping[str, Any]) -> Turnover:
    """Return what `to_json` kept."""
    figures = {name: value for name, value in kept.items() if name != "evidence"}
    return Turnover(**figures, evidence=tuple((name, text) for name, text in kept["evidence"]))

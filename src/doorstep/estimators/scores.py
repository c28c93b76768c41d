"""How good chances were, once it is known what came: skill, loss, order, honesty."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from doorstep.estimators.columns import Floats
from doorstep.estimators.gates import log_losses


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows that were given about the same chance: how many, what they were given, how often it came."""

    rows: int
    chance: float
    share: float


def brier_skill(came: Floats, chance: Floats, usual: float) -> float:
    """Return the share of the squared error of always saying `usual` that is saved: 1 perfect, 0 none, or worse."""
    return 1 - float(((came - chance) ** 2).mean()) / max(1e-12, float(((came - usual) ** 2).mean()))


def log_loss(came: Floats, chance: Floats) -> float:
    """Return the mean of -log of the chance given to what came."""
    return float(log_losses(came, chance).mean())


def auc(came: Floats, chance: Floats) -> float:
    """Return the chance that a row that came was ranked above one that didn't; 0.5 when either kind is absent."""
    yes = came > 0.5
    many, few = int(yes.sum()), int((~yes).sum())
    if not many or not few:
        return 0.5
    return float((rankdata(chance)[yes].sum() - many * (many + 1) / 2) / (many * few))


def reliability(came: Floats, chance: Floats, bins: int = 10) -> tuple[Bin, ...]:
    """Return up to `bins` groups of rows, equally many in each, by rising chance."""
    groups = np.array_split(np.argsort(chance, kind="stable"), bins)
    return tuple(Bin(len(g), float(chance[g].mean()), float(came[g].mean())) for g in groups if len(g))


def calibration_error(came: Floats, chance: Floats, bins: int = 10) -> float:
    """Return the mean distance between chance and share over ten groups (expected calibration error)."""
    parts = reliability(came, chance, bins)
    return sum(part.rows * abs(part.chance - part.share) for part in parts) / max(1, len(came))


def scores(came: Floats, chance: Floats, usual: float) -> dict[str, float]:
    """Return all of them by name; `usual` is what somebody would say who knows only the past share."""
    return {
        "rows": float(len(came)),
        "share": float(came.mean()),
        "brier_skill": brier_skill(came, chance, usual),
        "log_loss": log_loss(came, chance),
        "auc": auc(came, chance),
        "calibration_error": calibration_error(came, chance),
    }

"""How much a model of presence may know of the hour: nothing, what is usual, or each recipient's own habits.

Each level is fitted on earlier days and judged on later ones; a richer level stands only if its losses there are lower
beyond chance. Trees are counted on days before the judging ones, so nothing is chosen on the days that judge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from doorstep.customers.knocks import CATEGORIES, Words, door_features, hour_features, learn_words
from doorstep.estimators.boosting import Boosted, boost, fitting_trees
from doorstep.estimators.columns import Bools, Columns, Floats, codes, floats, height, taken, texts, vocabulary
from doorstep.estimators.gates import SHUT, Verdict, forward, gate, held_out, log_losses
from doorstep.estimators.mixture import Mixture, hats, learn_mixture

LEVELS = ("flat", "hours", "own_hours")

LEAST_ROWS = 500
"""With fewer attempts than this only the common rate is learned."""

BAND_KNOTS = 5
"""Parts of the day in which a recipient may have habits: knots of a line, at quantiles of past knocks."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A fitted model of failing at a door. `trees` None: only the common log-odds are known.

    `bands` are the knots (s of day) of a recipient's shift, one when it is the same all day; `people` numbers
    the recipients in `mixture`.
    """

    name: str
    common: float
    words: Words
    trees: Boosted | None
    bands: tuple[float, ...]
    people: Mapping[str, int]
    mixture: Mixture

    def chances(self, columns: Columns) -> tuple[Floats, Floats, Floats]:
        """Return the chance of success per knock with its 90 % band: (chance, low, high).

        The band is what isn't known of the recipient; what the trees don't know isn't in it.
        """
        failing = self.mixture.chances(
            usual(columns, self.words, self.trees, self.common, self.name),
            codes(texts(columns, "recipient_id"), self.people),
            hats(floats(columns, "knock"), np.asarray(self.bands)),
        )
        return 1 - failing[0], 1 - failing[2], 1 - failing[1]


def usual(columns: Columns, words: Words, trees: Boosted | None, common: float, name: str) -> Floats:
    """Return the log-odds of failing at such a door, recipient left out."""
    if trees is None or not height(columns):
        return np.full(height(columns), common)
    return trees.log_odds(features(columns, words, name))


def features(columns: Columns, words: Words, name: str) -> Floats:
    """Return what the trees of a level may look at."""
    door = door_features(columns, words)
    return door if name == "flat" else np.hstack([door, hour_features(columns)])


def fit(columns: Columns, name: str, trees: int, seed: int) -> Level:
    """Return a level fitted to all rows with that many trees; 0 trees: only the common rate."""
    failed = floats(columns, "failed")
    words = learn_words(columns)
    common = float(logit((failed.sum() + 1) / (len(failed) + 10)))
    grown = (
        boost(features(columns, words, name), failed, categories=CATEGORIES, trees=trees, seed=seed) if trees else None
    )
    return _with_people(columns, name, words, grown, common)


def _with_people(columns: Columns, name: str, words: Words, trees: Boosted | None, common: float) -> Level:
    knock = floats(columns, "knock")
    bands = _bands(knock) if name == "own_hours" else (float(np.median(knock)) if len(knock) else 0.0,)
    people = vocabulary(texts(columns, "recipient_id"))
    mixture = learn_mixture(
        floats(columns, "failed"),
        usual(columns, words, trees, common, name),
        codes(texts(columns, "recipient_id"), people),
        hats(knock, np.asarray(bands)),
        groups=len(people),
    )
    kept = [_as_kept(part) for part in (mixture.shift, mixture.share, mixture.weight)]
    return Level(name, common, words, trees, bands, people, Mixture(kept[0], kept[1], kept[2], mixture.stretch))


def _as_kept(values: Floats) -> Floats:
    """Round to what the artefact keeps, so that a model read back answers as the one just learned."""
    return values.astype(np.float32).astype(np.float64)


def _bands(knock: Floats) -> tuple[float, ...]:
    knots = np.unique(np.round(np.quantile(knock, np.linspace(0.03, 0.97, BAND_KNOTS)) / 900) * 900)
    return tuple(float(at) for at in knots)


@dataclass(frozen=True, slots=True)
class Judged:
    """The level that stands, its number of trees, the verdicts by name.

    `failed` and `chance` are what came and what the level had said on rows it had not learned from; `usual` is
    the share of failures before them.
    """

    name: str
    trees: int
    verdicts: Mapping[str, Verdict]
    failed: Floats
    chance: Floats
    usual: float


def judge(columns: Columns, seed: int) -> Judged:
    """Return the richest level that held-out days allow.

    Two blocks of fourteen days are each predicted from the days before. The hour enters only if `hours` beats
    `flat` there with as many trees, a recipient's own hours only if `own_hours` then beats `hours`; at 1 %,
    clustered by day.
    """
    splits = [(taken(columns, before), taken(columns, after)) for before, after in _splits(columns)]
    verdicts = {"hours": SHUT, "own_hours": SHUT}
    if not splits:
        nothing = np.zeros(0)
        return Judged("flat", 0, verdicts, nothing, nothing, 0.0)
    trees = _trees(splits[0][0], seed)
    failed, day = (np.concatenate([floats(after, name) for _, after in splits]) for name in ("failed", "day"))
    stands = "flat"
    chance, _ = _replayed(splits, "flat", trees, seed)
    richer, levels = _replayed(splits, "hours", trees, seed)
    for name in LEVELS[1:]:
        verdicts[name] = gate(log_losses(failed, chance), log_losses(failed, richer), day.astype(np.int64))
        if not verdicts[name].opens:
            break
        stands, chance = name, richer
        if name == "hours":
            richer = _with_own_hours(splits, levels)
    usual_share = float(floats(splits[0][0], "failed").mean())
    return Judged(stands, trees, verdicts, failed, chance, usual_share)


def _splits(columns: Columns) -> list[tuple[Bools, Bools]]:
    """Return the blocks that have enough rows before them to learn from."""
    blocks = forward(floats(columns, "day").astype(np.int64))
    return [(before, after) for before, after in blocks if before.sum() >= LEAST_ROWS and after.any()]


def _replayed(
    splits: Sequence[tuple[Columns, Columns]], name: str, trees: int, seed: int
) -> tuple[Floats, Sequence[Level]]:
    """Return chances of failing on all judging rows, each block's said by a level fitted before it."""
    levels = [fit(before, name, trees, seed) for before, _ in splits]
    chances = [1 - level.chances(after)[0] for level, (_, after) in zip(levels, splits, strict=True)]
    return np.concatenate(chances), levels


def _with_own_hours(splits: Sequence[tuple[Columns, Columns]], levels: Sequence[Level]) -> Floats:
    """Return the chances when recipients may have hours of their own on top of the same trees."""
    chances = []
    for level, (before, after) in zip(levels, splits, strict=True):
        richer = _with_people(before, "own_hours", level.words, level.trees, level.common)
        chances.append(1 - richer.chances(after)[0])
    return np.concatenate(chances)


def _trees(columns: Columns, seed: int) -> int:
    """Return how many trees predict the last of the given days best, the hour among what they see."""
    late = held_out(floats(columns, "day").astype(np.int64)).astype(np.float64)
    look = features(columns, learn_words(columns), "hours")
    _, best = fitting_trees(look, floats(columns, "failed"), late, categories=CATEGORIES, seed=seed)
    return best

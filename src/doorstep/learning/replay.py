"""The past played again: whatever is judged was predicted before it was learned from. Knows no model by name."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from doorstep.estimators.columns import Columns, Floats, Ints, floats, taken
from doorstep.estimators.gates import Verdict, forward, gate, log_losses
from doorstep.estimators.scores import scores

Predict = Callable[[Columns], Floats]
"""Given rows, the chance that what is asked came, one per row."""

Learner = Callable[[Columns], Predict]
"""Given rows of the past, a way to predict."""


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """What came (0 or 1) on rows held out, the chance given to it beforehand, the day, and the past share."""

    came: Floats
    chance: Floats
    day: Ints
    usual: float

    def scores(self) -> dict[str, float]:
        """Return skill, loss, order and honesty by name (see `estimators.scores`); empty without rows."""
        return scores(self.came, self.chance, self.usual) if len(self.came) else {}

    def better_than(self, other: "Replay") -> Verdict:
        """Return whether these chances beat another learner's on the same rows, beyond chance, by day."""
        return gate(log_losses(other.came, other.chance), log_losses(self.came, self.chance), self.day)


def replayed(columns: Columns, came: str, learner: Learner, *, last: int = 14, blocks: int = 1) -> Replay:
    """Return what a learner says of the last days, learning before each block only from the days before it.

    `came` names the column of 0 and 1 that is asked for, `day` numbers days. One block of fourteen days unless
    told otherwise.
    """
    answers, chances, days, usual = [np.zeros(0)], [np.zeros(0)], [np.zeros(0, dtype=np.int64)], 0.0
    for before, after in forward(floats(columns, "day").astype(np.int64), last=last, blocks=blocks):
        if not before.any() or not after.any():
            continue
        past, future = taken(columns, before), taken(columns, after)
        usual = usual or float(floats(past, came).mean())
        answers.append(floats(future, came))
        chances.append(learner(past)({name: values for name, values in future.items() if name != came}))
        days.append(floats(future, "day").astype(np.int64))
    return Replay(np.concatenate(answers), np.concatenate(chances), np.concatenate(days), usual)

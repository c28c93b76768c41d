"""What a mishap adds to a count or a score: never negative, shrunken, and nothing at all unless held-out rows show it.

A fitted mean is `expected` x (base columns with any sign + effect columns with weights of 0 or more). Each block of
effect columns passes a gate of its own: in five folds of whole clusters, what the block predicts from the other folds
must agree with what the model without it leaves unexplained.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from doorstep.estimators.columns import Bools, Floats, Ints
from doorstep.estimators.gates import SHUT, Verdict, folds, gate
from doorstep.estimators.monotone import fit_errors, fit_line
from doorstep.estimators.shrinkage import towards_zero

PULL = 5.0
"""Average rows without effect that pull each weight towards zero."""

FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Rows to explain. `blocks` are effect columns (n, k) by name; `cluster` numbers rows that share their luck."""

    came: Floats
    expected: Floats
    base: Floats
    blocks: Mapping[str, Floats]
    cluster: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """One block's weights (k,), all 0 while its gate is shut; `error` is that of its mean effect where it acts."""

    weights: Floats
    mean: float
    error: float
    verdict: Verdict


def learn_effects(question: Question) -> dict[str, Effect]:
    """Return each block's effect: gated at 1 %, fitted with the other open blocks, pulled towards zero by its error."""
    verdicts = {name: _verdict(question, name) for name in question.blocks}
    names = tuple(name for name, verdict in verdicts.items() if verdict.opens)
    weights = _weights(question, names, np.ones(len(question.came), dtype=np.bool_))
    design = _design(question, names)
    root: Floats = np.sqrt(question.expected)
    residual = question.came / root - (design * root[:, None]) @ weights if len(root) else root
    found, at = {}, question.base.shape[1]
    cov = fit_errors(design * root[:, None], residual, question.cluster) if names else np.zeros((0, 0))
    for name, block in question.blocks.items():
        if name not in names:
            found[name] = Effect(np.zeros(block.shape[1]), 0.0, 0.0, verdicts[name])
            continue
        part = slice(at, at + block.shape[1])
        found[name] = _shrunken(block, weights[part], cov[part, part], verdicts[name])
        at += block.shape[1]
    return found


def _shrunken(block: Floats, weights: Floats, cov: Floats, verdict: Verdict) -> Effect:
    acting = np.abs(block).sum(axis=1) > 0
    usual = np.abs(block[acting]).mean(axis=0)
    mean, error = float(usual @ weights), max(0.0, float(usual @ cov @ usual)) ** 0.5
    factor = towards_zero(mean, error) / mean if mean else 0.0
    return Effect(np.abs(weights * factor), mean * factor, error, verdict)


def _design(question: Question, names: tuple[str, ...]) -> Floats:
    return np.hstack([question.base, *(question.blocks[name] for name in names)])


def _weights(question: Question, names: tuple[str, ...], rows: Bools) -> Floats:
    design, root = _design(question, names)[rows], np.sqrt(question.expected[rows])
    line = fit_line(design * root[:, None], question.came[rows] / root, free=question.base.shape[1], ridge=PULL)
    return line.weights


def _verdict(question: Question, name: str) -> Verdict:
    """Return whether a block helps, given all the other blocks."""
    if not question.blocks[name].any():
        return SHUT
    others = tuple(other for other in question.blocks if other != name)
    fold = folds(question.cluster, FOLDS)
    if len(np.unique(fold)) < FOLDS:
        return SHUT
    agreed = np.zeros(len(fold))
    for number in range(FOLDS):
        test = fold == number
        without, with_it = (
            _design(question, names)[test] @ _weights(question, names, ~test) for names in (others, (*others, name))
        )
        agreed[test] = (with_it - without) * (question.came[test] - question.expected[test] * without)
    return gate(agreed, np.zeros(len(fold)), question.cluster)

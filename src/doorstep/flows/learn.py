"""Learn from a company's facts everything a plan is priced with; each model is judged on held-out days first."""

from typing import Protocol

from doorstep.customers import presence, reactions
from doorstep.domain.tariff import Tariff
from doorstep.economics import second_attempt, turnover, worth
from doorstep.estimators.columns import Columns
from doorstep.flows.models import Models
from doorstep.learning import datasets
from doorstep.learning.datasets import Dataset
from doorstep.operations import arrival, service_time
from doorstep.operations.workload import strain_by_shift


class History(Protocol):
    """What happened until an instant, ready to be asked."""

    def columns(self, dataset: Dataset) -> Columns:
        """Return the columns of a declared dataset."""


def learn(history: History, tariff: Tariff, *, seed: int) -> Models:
    """Return what a company's past teaches. About 5 s for 36,000 attempts on one core."""
    doors, visits = history.columns(datasets.DOORS), history.columns(datasets.VISITS)
    placed, books = history.columns(datasets.PLACED), history.columns(datasets.BOOKS)
    return Models(
        presence=presence.learn(doors, seed=seed),
        reactions=reactions.learn(
            history.columns(datasets.DELIVERIES),
            placed,
            history.columns(datasets.ACCOUNTS),
            history.columns(datasets.ACCOUNT_LEAVINGS),
        ),
        spread=arrival.learn(visits),
        service=service_time.learn(visits),
        worth=worth.learn(placed, books),
        second_attempt=second_attempt.learn(history.columns(datasets.RETRIES), books, tariff),
        turnover=turnover.learn(
            history.columns(datasets.PULSES), history.columns(datasets.DRIVERS), strain_by_shift(visits), tariff
        ),
    )

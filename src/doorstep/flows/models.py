"""What was learned about one company, together: kept as facts of kind "model", read back by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from doorstep.customers import presence, reactions
from doorstep.domain.facts import Fact, fact_id
from doorstep.domain.outlook import ArrivalSpread, Reactions
from doorstep.economics import second_attempt, turnover, worth
from doorstep.flows.ports import Store
from doorstep.operations import arrival, service_time


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """One of each; every one names itself by a hash of its content (`model_id`)."""

    presence: presence.Presence
    reactions: Reactions
    spread: ArrivalSpread
    service: service_time.ServiceTimes
    worth: worth.Worth
    second_attempt: second_attempt.SecondAttempt
    turnover: turnover.Turnover

    @property
    def ids(self) -> dict[str, str]:
        """The id of each by name, for decisions."""
        return {name: getattr(self, name).model_id for name in CODECS}


Codec = tuple[Callable[[Any], Mapping[str, Any]], Callable[[Mapping[str, Any]], Any]]

CODECS: Mapping[str, Codec] = {
    "presence": (presence.Presence.to_json, presence.from_json),
    "reactions": (reactions.to_json, reactions.from_json),
    "spread": (arrival.to_json, arrival.from_json),
    "service": (service_time.to_json, service_time.from_json),
    "worth": (worth.to_json, worth.from_json),
    "second_attempt": (second_attempt.to_json, second_attempt.from_json),
    "turnover": (turnover.to_json, turnover.from_json),
}
"""How each is written and read, in the order in which they are shown."""


def model_facts(models: Models, at: str) -> tuple[Fact, ...]:
    """Return the models as facts known at an instant (ISO 8601 with offset)."""
    facts = []
    for name, (to_json, _) in CODECS.items():
        body = {"name": name, "content": to_json(getattr(models, name))}
        facts.append(Fact(fact_id("model", name, body), "model", name, at, at, body))
    return tuple(facts)


def known_models(store: Store, company: str) -> Models | None:
    """Return the latest models of a company; None before anything was learned."""
    kept = {fact.key: fact.body["content"] for fact in store.current(company, "model")}
    if not kept.keys() >= CODECS.keys():
        return None
    return Models(**{name: from_json(kept[name]) for name, (_, from_json) in CODECS.items()})


def evidence(models: Models) -> tuple[tuple[str, str], ...]:
    """Return (what, sentence): what each model rests on and which gates stayed shut."""
    said: list[tuple[str, str]] = []
    scores = models.presence.scores
    if scores:
        told = (
            f"On {scores['rows']:,.0f} knocks of days held out: Brier skill {scores['brier_skill']:.3f} over the usual "
            f"rate, AUC {scores['auc']:.2f}, calibration error {scores['calibration_error']:.3f}."
        )
        said.append(("who opens when, held-out days", told))
    said += [(f"who opens when: {name}", text) for name, text in models.presence.evidence]
    said += [(f"reactions: {name}", text) for name, text in models.reactions.evidence]
    said += [(f"worth of a recipient: {name}", text) for name, text in models.worth.evidence]
    said.append(("a second attempt", models.second_attempt.evidence))
    said += [(f"what work does to drivers: {name}", text) for name, text in models.turnover.evidence]
    return tuple((what.replace("_", " "), text) for what, text in said)

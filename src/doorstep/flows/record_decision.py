"""Record who or what decided, when, on what, and against which alternatives, so that it can be explained."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from doorstep.domain.facts import Fact, fact_id
from doorstep.domain.units import Cents
from doorstep.flows.ports import Store

KIND = "decision"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Something that could have been chosen instead, and its believed price (None: not priced)."""

    what: str
    cents: Cents | None


@dataclass(frozen=True, slots=True)
class Decision:
    """One choice. Ids and figures only: `by` is a user's id or the name of a flow, never a person's name.

    `what` is the kind of choice (plan_day, offer_windows ...), `chosen` the id of what was chosen, `cents` its
    believed price; `inputs` maps what it was decided on to its hash, `models` each model's name to its version,
    `valuation` is the hash of the valuation that priced it. `unlawful` is what the validator of working hours said
    against it before it was recorded.
    """

    decision_id: str
    what: str
    by: str
    at: str
    chosen: str
    cents: Cents | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    valuation: str | None = None
    alternatives: Sequence[Alternative] = ()
    unlawful: Sequence[str] = ()


def decision_fact(decision: Decision, recorded_at: str) -> Fact:
    """Return a decision as a fact, keyed by its id; it happened when it was made."""
    body = {name: value for name, value in asdict(decision).items() if name != "decision_id"}
    return Fact(fact_id(KIND, decision.decision_id, body), KIND, decision.decision_id, decision.at, recorded_at, body)


def record_decision(store: Store, company: str, decision: Decision, *, recorded_at: str | None = None) -> Fact:
    """Append a decision and return its fact; recorded when it was made unless told otherwise."""
    fact = decision_fact(decision, recorded_at or decision.at)
    store.append(company, [fact])
    return fact


def decision_of(fact: Fact) -> Decision:
    """Return the decision that a fact records."""
    body = dict(fact.body)
    body["alternatives"] = tuple(Alternative(**alternative) for alternative in body["alternatives"])
    body["unlawful"] = tuple(body.get("unlawful", ()))
    body.pop("undone", None)  # of facts that an earlier doorstep kept
    return Decision(decision_id=fact.key, **body)

"""Joins flows with the adapters that serve them; the only place that knows both."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from doorstep.adapters.history import History as DuckHistory
from doorstep.adapters.memory_store import MemoryStore
from doorstep.adapters.osrm import open_roads
from doorstep.adapters.sqlite_store import open_store
from doorstep.domain.errors import YourInput
from doorstep.domain.speeds import SlotSpeeds
from doorstep.flows import nouns
from doorstep.flows.learn import learn
from doorstep.flows.models import Models, known_models, model_facts
from doorstep.flows.ports import Roads, Store
from doorstep.roads.speeds import DEFAULT_SPEEDS, slot_speeds
from doorstep.server.settings import Settings

PATIENCE_S = 180.0
"""How long a command waits for another that is writing: an import of a million rows may come first."""


def store_at(settings: Settings) -> Store:
    """Open the store of a home that somebody has imported into."""
    if not settings.database and not settings.store.exists():
        raise YourInput(
            f"Expected a store at {settings.store}, there is none; run doorstep import DIR first, or name the right "
            "--home."
        )
    return new_store(settings)


def new_store(settings: Settings) -> Store:
    """Open a store, making it where there is none: SQLite files in the home, or the database of the settings."""
    if not settings.database:
        return open_store(settings.store, patience_s=PATIENCE_S)
    from doorstep.adapters import postgres_store  # noqa: PLC0415 - its driver is an extra

    return postgres_store.open_store(settings.database, patience_s=PATIENCE_S)


def memory_store() -> Store:
    """Return a store that forgets with the process."""
    return MemoryStore()


def company_in(store: Store, asked: str | None) -> str:
    """Return the company asked for, or the only one there is."""
    known = store.companies()
    if asked in known:
        return str(asked)
    if asked is None and len(known) == 1:
        return known[0]
    wanted = f"company {asked!r}" if asked else "one company, or --company ID"
    raise YourInput(f"Expected {wanted}; in this store: {', '.join(known) or 'none, run doorstep import DIR first'}.")


def speeds_of(store: Store, company: str) -> SlotSpeeds:
    """Return a company's traffic slots, or the default curve, marked as an assumption."""
    told = nouns.company_of(store, company)
    if len(told.slot_edges) < 2:
        return DEFAULT_SPEEDS
    return slot_speeds(told.slot_edges, dict(told.speed_factors), told.speeds_source)


def streets_of(store: Store, company: str) -> Path:
    """Return the street file that came with a company's folder."""
    told = nouns.roads_of(store, company)
    if told is None:
        raise YourInput(
            f"Expected a street file for {company}; none came with its folder. Import again with --osm FILE.osm.pbf."
        )
    if not Path(told[0]).exists():
        raise YourInput(f"Expected the street file at {told[0]}, it is gone; import again with --osm FILE.osm.pbf.")
    return Path(told[0])


def roads_of(store: Store, company: str, settings: Settings) -> Callable[[str], Roads]:
    """Return what opens a company's road network for a vehicle profile, built once."""
    streets, speeds = streets_of(store, company), speeds_of(store, company)

    @cache
    def opened(profile: str) -> Roads:
        return open_roads(streets, speeds, cache=settings.cache / "roads", profile=profile)

    return opened


def free_roads(streets: Path, profile: str, settings: Settings) -> Roads:
    """Open a street map without traffic, for problems that know neither a company nor an hour."""
    speeds = slot_speeds([0], {}, "free flow")
    return open_roads(streets, speeds, cache=settings.cache / "roads", profile=profile)


def learn_company(store: Store, company: str, *, seed: int, as_of: str | None = None) -> Models:
    """Learn from everything known by an instant (None: everything)."""
    told = nouns.company_of(store, company)
    with DuckHistory(store, company, as_of=as_of, timezone=told.timezone) as history:
        return learn(history, told.tariff, seed=seed)


def keep_models(store: Store, company: str, models: Models, at: str) -> int:
    """Keep models as facts; what is kept already is not kept again."""
    return store.append(company, model_facts(models, at))


def models_of(store: Store, company: str) -> Models:
    """Return what was learned last."""
    models = known_models(store, company)
    if models is None:
        raise YourInput(f"Expected models for {company}; nothing was learned yet. Run doorstep learn first.")
    return models

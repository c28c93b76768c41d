"""Where things live. Every setting is an argument first, an environment variable second, a default last."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` holds a company's store, `cache` what can be built again; `database` is a store on PostgreSQL instead."""

    home: Path
    cache: Path
    database: str | None = None

    @property
    def store(self) -> Path:
        """The folder of the store."""
        return self.home / "store"


def settings(home: str | None = None) -> Settings:
    """Return settings: `home` else DOORSTEP_HOME else ./.doorstep; DOORSTEP_CACHE else the user's cache folder.

    DOORSTEP_DATABASE (postgresql://...) puts the store on a server; a `home` that is named wins over it.
    """
    where = home or os.environ.get("DOORSTEP_HOME") or ".doorstep"
    user_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = os.environ.get("DOORSTEP_CACHE")
    return Settings(
        home=Path(where),
        cache=Path(cache) if cache else user_cache / "doorstep",
        database=None if home else os.environ.get("DOORSTEP_DATABASE"),
    )

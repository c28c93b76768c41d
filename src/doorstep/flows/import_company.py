"""Import: a company's folder into the store, all or nothing, or its good rows alone."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from doorstep.domain.facts import Fact
from doorstep.flows.ports import Store

logger = logging.getLogger(__name__)


class Source(Protocol):
    """Where rows come from. It learns what the store holds, then tells what is new, counting what is wrong."""

    @property
    def bad(self) -> int:
        """How many troubles were found so far."""

    @property
    def broken(self) -> bool:
        """Whether a whole file can't be read, so that not even its good rows are known."""

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of facts it must remember before it can tell what is new, in order."""

    def others(self) -> tuple[str, ...]:
        """Return the remaining kinds, of which it only wants to know whether there are any."""

    def remember(self, kind: str, facts: Iterator[Fact], private: Iterator[tuple[str, Mapping[str, Any]]]) -> None:
        """Take in the current facts of a kind and their private parts."""

    def present(self, kind: str) -> None:
        """Note that the store has facts of a kind."""

    def facts(self) -> Iterator[Fact]:
        """Yield facts that are new or correct older ones; reads the rows as it goes."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: how many facts it appended, and whether it was refused because rows are bad."""

    appended: int
    refused: bool


class _Refused(Exception):
    """Rows are bad and nothing may be kept."""


def import_company(
    store: Store, source: Source, company: str, *, keep_good: bool = False, dry_run: bool = False
) -> Imported:
    """Append what a source tells, in one transaction.

    A bad row refuses everything, unless `keep_good`; a file that can't be read refuses everything always. With
    `dry_run` every row is checked and nothing kept.
    """
    if company in store.companies():
        _remember(store, source, company)
    if dry_run:
        for _ in source.facts():
            pass
        return Imported(0, refused=_is_refused(source, keep_good=keep_good))
    try:
        appended = store.append(company, _accepted(source, keep_good=keep_good))
    except _Refused:
        logger.info("import refused company=%s troubles=%d", company, source.bad)
        return Imported(0, refused=True)
    logger.info("import kept company=%s facts=%d troubles=%d", company, appended, source.bad)
    return Imported(appended, refused=False)


def _remember(store: Store, source: Source, company: str) -> None:
    for kind in ("company", "roads", *source.kinds()):
        source.remember(kind, store.current(company, kind), store.private(company, kind))
    for kind in source.others():
        if next(store.current(company, kind), None) is not None:
            source.present(kind)


def _accepted(source: Source, *, keep_good: bool) -> Iterator[Fact]:
    """Yield facts while they may be kept; go on checking after that, so that every trouble is told at once."""
    for fact in source.facts():
        if not _is_refused(source, keep_good=keep_good):
            yield fact
    if _is_refused(source, keep_good=keep_good):
        raise _Refused


def _is_refused(source: Source, *, keep_good: bool) -> bool:
    return source.broken or (source.bad > 0 and not keep_good)

"""What goes wrong between doorstep and a disk, a database or other processes.

YourInput
  UnfitFact         a fact that no store could keep
  StoreIsNewer      written by a later doorstep than this one
  NotAStore         a file or database of somebody else
Outside
  StoreBusy         somebody else holds the lock for too long
  StoreFull         no room left
  StoreReadOnly     we may read, not write
  StoreUnreachable  can't be opened at all
  StoreDamaged      cut short, overwritten, or parts that don't belong together
  JobsLost          whoever did them died
"""

from collections.abc import Mapping

from doorstep.domain.errors import Outside, YourInput


class UnfitFact(YourInput):
    """A fact that no store could keep; the text names it and says what to change."""


class StoreIsNewer(YourInput):
    """The store was written by a later doorstep; going back could lose what it knows."""


class NotAStore(YourInput):
    """There is something at that place, and it isn't a store of doorstep's."""


class StoreBusy(Outside):
    """Another process held the store's lock for longer than we are willing to wait."""


class StoreFull(Outside):
    """The disk (or a quota) has no room; nothing of the call was kept."""


class StoreReadOnly(Outside):
    """The store may be read and not written by this user."""


class StoreUnreachable(Outside):
    """The file, folder or server can't be opened."""


class StoreDamaged(Outside):
    """What is stored can't be what we wrote; the text says which file and what to restore."""


class JobsLost(Outside):
    """Whoever did some jobs died, again and again, while all others were done; `why` has a sentence for each."""

    def __init__(self, why: Mapping[str, str]) -> None:
        """Name the jobs by their keys."""
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        """Name the first few."""
        more = f" So it is with {len(self.why) - 3} more." if len(self.why) > 3 else ""
        return " ".join(f"{key}: {sentence}" for key, sentence in list(self.why.items())[:3]) + more

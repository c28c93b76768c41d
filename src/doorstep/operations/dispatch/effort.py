"""How long searches go on."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search, in seconds; where `iterations` are given they are counted instead, in each search."""

    seconds: float = 1.0
    seed: int = 1
    iterations: int | None = None

    def part(self, share: float) -> "Effort":
        """Return a part of these seconds; iterations are for each search anyway."""
        return replace(self, seconds=self.seconds * share)

"""What every benchmark shares: rows with bars, a table, a JSON file, an exit code."""

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One figure. `bar` is text such as '<= 30'; `met` True, False, or None (a figure without a bar)."""

    what: str
    value: float | str
    unit: str
    bar: str
    met: bool | None


FULL_RUN_ONLY = "full run only"


def at_most(what: str, value: float, unit: str, bar: float) -> Row:
    """Return a row that is met when the value does not exceed the bar."""
    return Row(what, round(value, 4), unit, f"<= {bar:g}", value <= bar)


def at_least(what: str, value: float, unit: str, bar: float) -> Row:
    """Return a row that is met when the value reaches the bar."""
    return Row(what, round(value, 4), unit, f">= {bar:g}", value >= bar)


def figure(what: str, value: float | str, unit: str = "") -> Row:
    """Return a row that is only reported."""
    return Row(what, value, unit, "", None)


def full_run_only(what: str, bar: str) -> Row:
    """Return a row that --quick cannot measure and therefore never calls met."""
    return Row(what, FULL_RUN_ONLY, "", bar, None)


def machine() -> str:
    """Return processor, cores and Python, as a reader would want them."""
    import os  # noqa: PLC0415 - only here, and only for the core count

    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].split(":", 1)[1].strip() if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}"


def finish(name: str, rows: Sequence[Row], *, quick: bool) -> int:
    """Print the table, keep the JSON and return the exit code: 0 when every bar is met."""
    width = max(len(row.what) for row in rows)
    print(f"{'what':{width}} | {'value':>14} | {'bar':>10} | met")
    for row in rows:
        value = f"{row.value:,.4g}" if isinstance(row.value, float) else str(row.value)
        met = {True: "yes", False: "NO", None: "-"}[row.met]
        print(f"{row.what:{width}} | {value + ' ' + row.unit:>14} | {row.bar:>10} | {met}")
    RESULTS.mkdir(exist_ok=True)
    document = {"name": name, "machine": machine(), "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "rows": [asdict(row) for row in rows]}  # fmt: skip
    (RESULTS / f"{name}{'-quick' if quick else ''}.json").write_text(json.dumps(document, indent=1) + "\n")
    return 0 if all(row.met is not False for row in rows) else 1


Benchmark = Callable[[bool, Path | None], Sequence[Row]]

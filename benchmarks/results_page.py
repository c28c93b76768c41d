"""One page of every kept result: figures first, then each benchmark's rows with bar, verdict, machine and date."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from doorstep.adapters.report.words import MINUS

VERDICTS = {True: "met", False: "**missed**", None: ""}
HEAD = """# Results

Every figure that a benchmark kept, with its bar, the machine and the date. This page and the figures are drawn by
`./run bench plots` and after every benchmark; do not edit them. A quick run is a subset with bars of its own.
"""


def page(folder: Path, plots: Sequence[str]) -> str:
    """Return the page for a folder of results; `plots` names the figures that stand in `folder/plots`."""
    documents = [(path.stem, json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))]
    parts = [HEAD, _overview(documents)]
    parts += [f"![{name}](plots/{name}.svg)\n" for name in plots]
    parts += ["\n".join(_table(stem, told)) for stem, told in documents]
    return "\n".join(parts)


def _overview(documents: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    lines = ["| benchmark | bars met | missed | date |", "|---|--:|--:|---|"]
    for stem, told in documents:
        met, missed = (sum(row["met"] is verdict for row in told["rows"]) for verdict in (True, False))
        lines.append(f"| [{_title(stem)}](#{_anchor(stem)}) | {met} | {missed or ''} | {told['at'][:10]} |")
    return "\n".join(lines) + "\n"


def _title(stem: str) -> str:
    return stem.removesuffix("-quick") + (", quick" if stem.endswith("-quick") else "")


def _anchor(stem: str) -> str:
    return _title(stem).replace(",", "").replace(" ", "-")


def _table(stem: str, told: Mapping[str, Any]) -> Iterator[str]:
    quick = " --quick" if stem.endswith("-quick") else ""
    yield f"## {_title(stem)}\n"
    yield f"`./run bench {told['name']}{quick}` on {told['machine']}, {told['at'][:16].replace('T', ' ')} UTC.\n"
    yield "| what | figure | bar | |"
    yield "|---|--:|--:|---|"
    for row in told["rows"]:
        what = row["what"]
        inset = "&emsp;" * ((len(what) - len(what.lstrip())) // 2)
        yield f"| {inset}{_cell(what.strip())} | {_figure(row)} | {_cell(_bar(row['bar']))} | {VERDICTS[row['met']]} |"
    yield ""


def _figure(row: Mapping[str, Any]) -> str:
    value = row["value"]
    text = str(value) if isinstance(value, str) else _number(value)
    return _cell(f"{text} {row['unit']}".strip())


def _number(value: float) -> str:
    """Return a figure with thousands set off, at most four decimals, and a true minus sign.

    >>> _number(-1.25), _number(90102), _number(0.50000)
    ('−1.25', '90,102', '0.5')
    """
    text = f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    return text.replace("-", MINUS)


def _bar(bar: str) -> str:
    return bar.replace("<=", "≤").replace(">=", "≥").replace("-", MINUS)


def _cell(text: str) -> str:
    """Return text that doesn't end a cell or begin a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")

"""The readiness page: what an import read, what is wrong, what the data is good for; as a document and as HTML."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import jinja2

from doorstep.adapters.company_files.folder import CompanyFolder


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an import: `kept` (in words), whose it is, and how many facts were appended."""

    kept: str
    company: str
    appended: int
    dry_run: bool
    refused: bool


def document(source: CompanyFolder, verdict: Verdict) -> Mapping[str, Any]:
    """Return everything an import has to say, for machines."""
    troubles = source.troubles
    return {
        **asdict(verdict),
        "files": {name: asdict(count) for name, count in source.counts.items()},
        "troubles": {
            "count": troubles.count,
            "kinds": [
                {
                    "file": kind[0], "column": kind[1], "count": troubles.counts[kind],
                    "examples": [trouble.as_json() for trouble in examples],
                }
                for kind, examples in troubles.kinds.items()
            ],
        },
        "notes": [{"text": text, "count": count} for text, count in troubles.notes.items()],
        "readiness": source.readiness().as_json(),
        "span": {"first_day": source.tally.first_day, "last_day": source.tally.last_day},
        "located": dict(source.tally.located),
        "doubtful_addresses": {"count": source.tally.doubtful, "recipient_ids": source.tally.doubtful_ids},
    }  # fmt: skip


def html(source: CompanyFolder, verdict: Verdict) -> str:
    """Return the page as one self-contained HTML text."""
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(_TEMPLATE)
    ready = source.readiness()
    sections = {"What is there": ready.there, "What each gap costs": ready.gaps, "What can be learned": ready.learnable}
    return template.render(
        verdict=verdict,
        counts=source.counts,
        troubles=source.troubles.lines(),
        found=source.troubles.count,
        notes=source.troubles.notes,
        sections=sections,
    )


_TEMPLATE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Import of {{ verdict.company }}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
li { overflow-wrap: anywhere; }
</style>
<h1>Import of {{ verdict.company }}</h1>
<p><strong>{{ verdict.kept }}</strong></p>
<table>
<tr><th>file</th><th>read</th><th>new</th><th>corrected</th><th>unchanged</th><th>bad</th></tr>
{% for name, count in counts.items() -%}
<tr><td>{{ name }}</td>
{%- for n in (count.read, count.new, count.corrected, count.unchanged, count.bad) -%}
<td>{{ "{:,}".format(n) }}</td>{% endfor %}</tr>
{% endfor %}</table>
{% if troubles %}<h2>What is wrong ({{ "{:,}".format(found) }})</h2>
<ul>{% for line in troubles %}<li>{{ line }}</li>
{% endfor %}</ul>{% endif %}
{% for title, lines in sections.items() if lines %}<h2>{{ title }}</h2>
<ul>{% for line in lines %}<li>{{ line }}</li>
{% endfor %}</ul>
{% endfor %}
{% if notes %}<h2>Noted</h2>
<ul>{% for text, n in notes.items() %}<li>{{ text }}{% if n > 1 %} ({{ "{:,}".format(n) }}){% endif %}</li>
{% endfor %}</ul>{% endif %}
</html>
"""

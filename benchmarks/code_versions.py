"""Which code of the benchmarks a kept run depends on, as a hash: what solves, and not what reports.

Comments, docstrings and layout don't count: they change no run.
"""

import ast
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
Named = tuple[str, str]
"""A module and a name in it."""


def code_of(*functions: Callable[..., Any], given: object = None) -> str:
    """Return a hash of functions with all that they mention of the benchmarks, and of the settings they are `given`.

    Followed are names of their own modules and what these import from the benchmarks. What only a table or a command
    line mentions must be named beside, and settings in files given: JSON values.
    """
    found, todo = dict[Named, str](), [(f.__module__, f.__name__) for f in functions]
    while todo:
        module, name = todo.pop()
        bound, imported = _top_level(module)
        if name in bound and (module, name) not in found:
            found[module, name] = without_words(bound[name])
            todo += _mentioned(module, bound[name])
        todo += [imported[name]] if name in imported else []
    return digest(json.dumps([sorted(found.items()), given], sort_keys=True))


def digest(text: str) -> str:
    """Return a short hash."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def without_words(tree: ast.AST) -> str:
    """Return statements without comments, docstrings and layout."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [told for told in node.body if not _is_docstring(told)]
    return ast.unparse(tree)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


@cache
def _top_level(module: str) -> tuple[Mapping[str, ast.stmt], Mapping[str, Named]]:
    """Return a module's statements by the names they bind, and what it imports from the benchmarks."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    body = ast.parse(path.read_text()).body if path.exists() else []
    bound = {name: one for one in body for name in _bound(one)}
    return bound, {name: where for one in body for name, where in _imported(one)}


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
    yield from (node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))


def _imported(node: ast.AST) -> Iterator[tuple[str, Named]]:
    """Yield (module, name) by the name under which a statement imports it."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "benchmarks":
        yield from ((one.asname or one.name, (node.module or "", one.name)) for one in node.names)


def _mentioned(module: str, statement: ast.stmt) -> Iterator[Named]:
    """Yield the names that a statement mentions: of its module, of one it imports, or of one it imports from."""
    imported = _top_level(module)[1]
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            yield module, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield ".".join(imported[node.value.id]), node.attr
        yield from (where for _, where in _imported(node))

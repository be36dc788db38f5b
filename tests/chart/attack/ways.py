# SPDX-License-Identifier: Apache-2.0
"""By how many ways the stories do what a default rule sees, in a container and on the host: read from their
source. A way is one test that waits for the rule's output, or one row of its parameters.
"""

from __future__ import annotations

import ast
import functools
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import or_
from typing import Final

import yaml

from lanner_engine.index.clauses import HOST as ON_HOST
from lanner_engine.index.clauses import INSIDE, by_type
from lanner_engine.program.rule import CheckedRule
from tests.chart.rendering import CHART

STORIES: Final = CHART.parents[1] / "tests" / "story"
HOST: Final = "host"
CONTAINER: Final = "container"
# A thing that stands for a container has `alert`; of an agent it is `alerts.wait`, also for the number of a
# container.
_IN_CONTAINER: Final = re.compile(r"\.alert\(|container_id=(?!host)|containerd")
_BEHIND: Final = re.compile(r"\\\(|\.\*")  # where a pattern leaves the words of the output for its values
_PRIORITY: Final = re.compile(r"^(Emergency|Alert|Critical|Error|Warning|Notice|Informational) ")
_LEAST: Final = 2  # words by which an output is meant

_Named = Mapping[str, ast.AST]  # what a name stands for: a text, or a function that waits
_Rows = Sequence[frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Test:
    """Rules that it waits for: by the rows of its parameters, and in its body."""

    place: str
    rows: Sequence[_Rows]
    body: Counter[str]

    def ways(self) -> Iterator[tuple[str, int]]:
        told = Counter(rule for rows in self.rows for row in rows for rule in row)
        yield from told.items()
        for rule, number in self.body.items():
            if rule not in told:
                yield rule, number * math.prod(map(len, self.rows))


def of(rule: str) -> Mapping[str, Counter[str]]:
    """By the module in tests/story, then by place; of a rule that is in force."""
    return _every()[rule]


def places(rule: CheckedRule) -> Sequence[str]:
    """Where it can fire at all."""
    found = by_type(rule.condition, sorted(rule.watched), rule.scope)
    bits = functools.reduce(or_, (one.container for clauses in found.values() for one in clauses), 0)
    return [place for place, bit in ((CONTAINER, INSIDE), (HOST, ON_HOST)) if bits & bit]


def in_all(rule: str) -> Counter[str]:
    """By place."""
    return sum(of(rule).values(), Counter())


@functools.cache
def _every() -> Mapping[str, Mapping[str, Counter[str]]]:
    found: dict[str, dict[str, Counter[str]]] = {name: {} for name in _heads()}
    for file in sorted(STORIES.glob("test_*.py")):
        for test in _tests(ast.parse(file.read_text(encoding="utf-8"))):
            for rule, number in test.ways():
                found[rule].setdefault(file.name, Counter())[test.place] += number
    return found


@functools.cache
def _heads() -> Mapping[str, str]:
    """Name -> what the output says before its values, of the rules that are in force."""
    specs = (yaml.safe_load(file.read_text())["spec"] for file in sorted((CHART / "rules").glob("*.yaml")))
    active = (spec for spec in specs if spec.get("mode", "Active") == "Active")
    rules = (rule for spec in active for rule in spec.get("rules", ()))
    return {rule["name"]: " ".join(rule["output"].partition("(")[0].split()) for rule in rules}


def _meant(text: str) -> str | None:
    """The one rule whose output a pattern's words are a part of."""
    words = _PRIORITY.sub("", _BEHIND.split(text)[0].lstrip("^")).strip()
    if len(words.split()) < _LEAST:
        return None
    found = [name for name, head in _heads().items() if f" {words} " in f" {head} "]
    whole = [name for name in found if _heads()[name] == words]
    return (whole or found)[0] if len(whole or found) == 1 else None


def _tests(module: ast.Module) -> Iterator[_Test]:
    helpers = {
        node.name: node
        for node in module.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_")
    }
    named = {**_assigned(module.body), **helpers}
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield _test(node, named)


def _assigned(body: Sequence[ast.stmt]) -> _Named:
    return {
        target.id: node.value
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _test(node: ast.FunctionDef, named: _Named) -> _Test:
    marks = [one for one in node.decorator_list if "parametrize" in ast.unparse(one)]
    inner = {**named, **_assigned(list(_statements(node)))}
    body = Counter(rule for part in node.body for rule in _rules(part, inner))
    inside = _IN_CONTAINER.search(ast.unparse(node))
    return _Test(CONTAINER if inside else HOST, [_rows(mark, named) for mark in marks], body)


def _statements(node: ast.FunctionDef) -> Iterator[ast.stmt]:
    return (one for one in ast.walk(node) if isinstance(one, ast.stmt))


def _rows(mark: ast.expr, named: _Named) -> _Rows:
    assert isinstance(mark, ast.Call)
    values: ast.AST = mark.args[1]
    if isinstance(values, ast.Name):
        values = named[values.id]
    elements = values.elts if isinstance(values, ast.List | ast.Tuple) else [values]
    return [frozenset(_rules(one, named)) for one in elements]


def _rules(node: ast.AST, named: _Named) -> Iterator[str]:
    """Once for each text in which one is meant."""
    texts = _texts(node, named)
    return (rule for text in texts if (rule := _meant(text)) is not None)


def _texts(node: ast.AST, named: _Named) -> Iterator[str]:
    """The parts of an f-string are one, and a name in it stands for its text. What is kept by a name counts
    where the name is used.
    """
    if isinstance(node, ast.Constant | ast.JoinedStr):
        yield _text(node, named)
        return
    known = named.get(node.id) if isinstance(node, ast.Name) else None
    if isinstance(known, ast.Constant | ast.JoinedStr):
        yield _text(known, named)
    elif isinstance(known, ast.FunctionDef):
        yield from _texts(known, {name: of for name, of in named.items() if of is not known})
    kept = isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.JoinedStr)
    for child in () if kept else ast.iter_child_nodes(node):
        yield from _texts(child, named)


def _text(node: ast.AST, named: _Named) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, named) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        value = node.value
        known = named.get(value.id) if isinstance(value, ast.Name) else None
        return _text(known, named) if isinstance(known, ast.Constant | ast.JoinedStr) else ".*"
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""

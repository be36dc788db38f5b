# SPDX-License-Identifier: Apache-2.0
"""docs/reference/chart-values.md: sentences and defaults from values.yaml, what is allowed from
values.schema.json. `make reference` writes the page, a test compares.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.chart.rendering import CHART

PAGE = CHART.parents[1] / "docs" / "reference" / "chart-values.md"
HEAD = """\
# Values of the chart

Made from `charts/lanner/values.yaml` and `values.schema.json` by `make reference`. Helm refuses any
other key, and any value of another form, before it changes anything.

| value | default | allowed | meaning |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Value:
    """`name`: dotted path; `sentence`: the comment above it in values.yaml; `schema`: its part, no `$ref`."""

    name: str
    default: object
    sentence: str
    schema: Mapping[str, Any]


def values(chart: pathlib.Path = CHART) -> Iterator[Value]:
    """Every value that has a sentence, in the file's order; an AssertionError names one that has none."""
    text = (chart / "values.yaml").read_text()
    schema = json.loads((chart / "values.schema.json").read_text())
    node = yaml.compose(text)
    assert isinstance(node, yaml.MappingNode)
    yield from _below(node, schema, schema, "", text.splitlines())


def _below(
    node: yaml.MappingNode, schema: Mapping[str, Any], root: Mapping[str, Any], path: str, lines: list[str]
) -> Iterator[Value]:
    for key, value in node.value:
        name = f"{path}{key.value}"
        part = _resolved(schema["properties"][key.value], root)
        sentence = _sentence(lines, key.start_mark.line)
        if sentence:
            yield Value(name, yaml.safe_load(yaml.serialize(value)), sentence, part)
        else:
            assert isinstance(value, yaml.MappingNode), f"{name} has no sentence in values.yaml"
            assert value.value, f"{name} has no sentence in values.yaml"
            yield from _below(value, part, root, f"{name}.", lines)


def _sentence(lines: list[str], line: int) -> str:
    """The comment lines right above a key; the file's own head is set off by a blank line."""
    first = line
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return " ".join(text.strip().lstrip("# ") for text in lines[first:line])


def _resolved(part: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = part.get("$ref")
    if reference is None:
        return part
    found: Mapping[str, Any] = root
    for key in reference.removeprefix("#/").split("/"):
        found = found[key]
    return found


def allowed(schema: Mapping[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "enum" in schema:
        return ", ".join(f"`{choice}`" for choice in schema["enum"])
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    assert "description" in schema or "pattern" not in schema, "a pattern needs a description"
    return str(schema.get("description") or schema["type"])


def _in_a_table(text: str) -> str:
    return text.replace("|", "\\|")


def _default(value: object) -> str:
    return f"`{_in_a_table(json.dumps(value) if not isinstance(value, str) or not value else value)}`"


def page() -> str:
    rows = (f"| `{v.name}` | {_default(v.default)} | {allowed(v.schema)} | {v.sentence} |" for v in values())
    return HEAD + "\n".join(rows) + "\n"

# SPDX-License-Identifier: Apache-2.0
"""docs/reference/crds.md: every field of the resource definitions in charts/lanner/crds, with what the API
server asks of it. `make reference` writes the page, a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.chart.rendering import CHART

PAGE = CHART.parents[1] / "docs" / "reference" / "crds.md"
HEAD = """\
# Resources

Made from the definitions in `charts/lanner/crds` by `make reference`; `kubectl explain
clusterfalcorule.spec` says the same. A field that is not here is refused.
"""
BOUNDS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "minLength": "≥ {} characters",
    "maxLength": "≤ {} characters",
    "minItems": "≥ {} items",
    "maxItems": "≤ {} items",
    "maxProperties": "≤ {} keys",
    "pattern": "`{}`",
}
Schema = Mapping[str, Any]


def page() -> str:
    files = sorted((CHART / "crds").glob("*.yaml"))
    return HEAD + "".join("\n".join(_definition(yaml.safe_load(file.read_text()))) + "\n" for file in files)


def _definition(crd: Mapping[str, Any]) -> Iterator[str]:
    names, spec = crd["spec"]["names"], crd["spec"]
    (version,) = spec["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    short = ", ".join(f"`{name}`" for name in names.get("shortNames", ()))
    yield f"\n## {names['kind']}\n"
    yield f"`{spec['group']}/{version['name']}`, {spec['scope'].lower()}, short {short}. {_said(schema)}\n"
    for part in ("spec", "status"):
        yield f"| {part} | form | meaning |"
        yield "|---|---|---|"
        yield from _rows(schema["properties"][part], "")
        yield ""


def _rows(schema: Schema, path: str) -> Iterator[str]:
    """A row for every field below, and for what holds between them."""
    required = schema.get("required", ())
    for name, below in schema.get("properties", {}).items():
        place = f"{path}{name}"
        needed = ", required" if name in required else ""
        yield f"| `{place}` | {_form(below)}{needed} | {_said(below)} |"
        yield from _rows(below, f"{place}.")
        yield from _rows(below.get("items", {}), f"{place}[].")
    for rule in schema.get("x-kubernetes-validations", ()):
        yield f"| {_whose(path)} | rule | {_cell(rule['message'])} |"


def _whose(path: str) -> str:
    """What a rule holds for: `path` ends in "[]." for the items of a list, in "." for an object."""
    if not path:
        return "all"
    item = path.removesuffix("[].")
    return f"each `{item}`" if item != path else f"`{path.removesuffix('.')}`"


def _form(schema: Schema) -> str:
    """Type, choices or bounds, default."""
    parts = [_type(schema)]
    parts += [text.format(_cell(str(schema[name]))) for name, text in BOUNDS.items() if name in schema]
    if "default" in schema:
        parts.append(f"default `{schema['default']}`")
    return ", ".join(parts)


def _type(schema: Schema) -> str:
    if "enum" in schema:
        return " \\| ".join(f"`{choice}`" for choice in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"{_type(schema['additionalProperties'])} by name"
    return str(schema.get("type", "any value"))


def _said(schema: Schema) -> str:
    return _cell(" ".join(schema.get("description", "").split()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

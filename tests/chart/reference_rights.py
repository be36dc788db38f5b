# SPDX-License-Identifier: Apache-2.0
"""docs/reference/rights.md: every right that the chart gives, with its reason, read from the rendered roles:
the comment above a rule is its reason. `make reference` writes the page, a test compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.chart.rendering import CHART, Helm

PAGE = CHART.parents[1] / "docs" / "reference" / "rights.md"
HEAD = """\
# Rights in the cluster

Made from the roles in `charts/lanner/templates` by `make reference`: there are no others but
[those that a value asks for](#where-a-value-asks-for-them). Agent and operator run as the service accounts
`<release>-agent` and `<release>-operator`; here the release is `lanner`, in the namespace `lanner`.

| who | where | may | resource | why |
|---|---|---|---|---|
"""
MORE = """
## Where a value asks for them

| value | who | where | may | resource | why |
|---|---|---|---|---|---|
"""
VALUES = (
    "startupTaint.enabled=true",
    "exec.enabled=true",
    "page.enabled=true",
    "reports.enabled=true",
    "sources.pullSecrets={rules-registry}",
)
PEOPLE = {"lanner-view": "`view`, `edit`, `admin`", "lanner-edit": "`edit`, `admin`"}


@dataclass(frozen=True, slots=True)
class Right:
    """One rule of one role. `where`: "cluster" or a namespace; `resources`: `group/resource`, core's bare."""

    role: str
    where: str
    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...]
    reason: str


def rights(rendered: str) -> Iterator[Right]:
    """Of every Role and ClusterRole, in the text's order; an AssertionError names a rule without a reason."""
    for document in re.split(r"^---$", rendered, flags=re.MULTILINE):
        role = yaml.safe_load(document)
        if role and role["kind"] in ("Role", "ClusterRole"):
            yield from _of_role(role, document)


def _of_role(role: Mapping[str, Any], document: str) -> Iterator[Right]:
    name = role["metadata"]["name"]
    lines = document.splitlines()
    for rule, first in zip(role["rules"], _first_lines(document), strict=True):
        reason = _reason(lines, first)
        assert reason, f"a rule of {name} has no comment that says why: {rule}"
        yield Right(
            name,
            role["metadata"].get("namespace", "cluster"),
            tuple(rule["verbs"]),
            tuple(f"{group}/{kind}".strip("/") for group in rule["apiGroups"] for kind in rule["resources"]),
            tuple(rule.get("resourceNames", ())),
            reason,
        )


def _first_lines(document: str) -> list[int]:
    """The line at which each rule begins."""
    node = yaml.compose(document)
    assert isinstance(node, yaml.MappingNode)
    (rules,) = [value for key, value in node.value if key.value == "rules"]
    return [rule.start_mark.line for rule in rules.value]


def _reason(lines: list[str], line: int) -> str:
    first = line
    while lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return " ".join(text.strip().lstrip("# ") for text in lines[first:line])


def _row(right: Right) -> str:
    who = PEOPLE.get(right.role, right.role.removeprefix("lanner-"))
    named = f" named {', '.join(f'`{name}`' for name in right.names)}" if right.names else ""
    resources = ", ".join(f"`{resource}`" for resource in right.resources)
    where = "where that is bound" if right.role in PEOPLE else right.where
    return f"| {who} | {where} | {', '.join(right.verbs)} | {resources}{named} | {right.reason} |"


def page(helm: Helm) -> str:
    always = sorted(rights(helm.text()), key=lambda right: right.role)
    return f"{HEAD}{_lines(map(_row, always))}{MORE}{_lines(_further(helm, set(always)))}"


def _further(helm: Helm, always: set[Right]) -> Iterator[str]:
    for value in VALUES:
        for right in rights(helm.text("--set", value)):
            if right not in always:
                yield f"| `{value.partition('=')[0]}` {_row(right)}"


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"{row}\n" for row in rows)

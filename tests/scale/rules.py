# SPDX-License-Identifier: Apache-2.0
"""The rule objects of a large cluster: a third of the objects are the cluster's own, the others lie in
namespaces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from lanner_engine.resources.rule_object import API_VERSION, CLUSTER_RULE, NAMESPACED_RULE, RuleObject

GROUP: Final = f"/apis/{API_VERSION}"
NAMESPACES: Final = 20
_SHAPES: Final = (
    "evt.type in (open, openat, openat2) and fd.name startswith /etc/x{n} and not proc.name in (sshd, c{n})",
    "evt.type = execve and proc.name in (tool{n}, tool{n}b) and not proc.pname in (bash, init{n})",
    "evt.type = connect and fd.sip = 10.1.{low}.{high} and proc.exepath startswith /opt/x{n}",
    "evt.type in (open, openat) and evt.is_open_read = true and fd.name contains key{n} and proc.name != x",
)


@dataclass(frozen=True, slots=True)
class Written:
    """One object; `namespace` is "" for the cluster's own. `edits`: how often it was changed."""

    namespace: str
    name: str
    numbers: tuple[int, ...]  # of its rules, among those of all objects
    edits: int = 0

    @property
    def kind(self) -> str:
        return NAMESPACED_RULE if self.namespace else CLUSTER_RULE

    @property
    def listed(self) -> str:
        """The path of its list."""
        where = f"/namespaces/{self.namespace}" if self.namespace else ""
        return f"{GROUP}{where}/{self.kind.lower()}s"

    @property
    def path(self) -> str:
        return f"{self.listed}/{self.name}"

    @property
    def spec(self) -> dict[str, Any]:
        return {
            "rules": [_rule(number, self.edits if not at else 0) for at, number in enumerate(self.numbers)]
        }

    @property
    def body(self) -> dict[str, Any]:
        """As it is created."""
        return {
            "apiVersion": API_VERSION,
            "kind": self.kind,
            "metadata": {"name": self.name},
            "spec": self.spec,
        }

    @property
    def held(self) -> RuleObject:
        """As a bundle has it."""
        return RuleObject(self.kind, self.namespace, self.name, f"uid-{self.name}", 1 + self.edits, self.spec)

    def edited(self) -> Written:
        """Its first rule's condition is another one."""
        return replace(self, edits=self.edits + 1)


def objects(number: int, rules: int) -> list[Written]:
    """So many objects with so many rules in all."""
    shares = [range(at * rules // number, (at + 1) * rules // number) for at in range(number)]
    return [Written(_namespace(at), f"scale-{at:04}", tuple(share)) for at, share in enumerate(shares)]


def namespaces(made: list[Written]) -> list[str]:
    """Those in which objects lie."""
    return sorted({one.namespace for one in made} - {""})


def _namespace(at: int) -> str:
    return f"team-{at % NAMESPACES:02}" if at % 3 else ""


def _rule(number: int, edits: int) -> dict[str, Any]:
    condition = _SHAPES[number % len(_SHAPES)].format(n=number, low=number % 250, high=number // 250)
    return {
        "name": f"Rule {number:04} of the scale run",
        "desc": "one of many, as a team writes them",
        "condition": condition + (f" and proc.name != edit{edits}" if edits else ""),
        "output": "seen (process=%proc.name command=%proc.cmdline parent=%proc.pname user=%user.name)",
        "priority": "NOTICE",
        "tags": ["scale"],
    }

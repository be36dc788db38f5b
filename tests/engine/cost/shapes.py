# SPDX-License-Identifier: Apache-2.0
"""Rules of several shapes, to be weighed. As a command: loads one, compiles all of it and prints what it
took.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

from lanner_engine.codegen.compile import compile_objects
from lanner_engine.codegen.parts import Apart
from lanner_engine.codegen.reporting import Reporting
from lanner_engine.index.tables import build
from lanner_engine.objects import cost
from lanner_engine.objects.verdicts import check_objects
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject

Spec = dict[str, Any]


def tenant(spec: Spec, namespace: str = "t", created: str = "") -> RuleObject:
    return RuleObject("FalcoRule", namespace, "x", f"uid-{namespace}", 1, spec, created)


def rule(name: str, condition: str, **more: Any) -> Spec:
    made = {"name": name, "desc": "d", "condition": condition, "output": "o", "priority": "NOTICE"}
    return {**made, **more}


def excepted(comparison: str = "=", exceptions: int = 15, values: int = 256, seed: str = "") -> Spec:
    """The attack: 15 exceptions of 256 values for three fields, 11,520 values."""
    made = [
        {
            "name": f"e{number}",
            "fields": ["proc.name", "fd.name", "proc.pname"],
            "comps": [comparison] * 3,
            "values": [
                [f"{field}{seed}{number}v{row}" for field in ("p", "/f", "q")] for row in range(values)
            ],
        }
        for number in range(exceptions)
    ]
    return {"rules": [rule("bomb", "evt.type = open and fd.num >= 0", exceptions=made)]}


def either(field: str, operator: str, number: int, seed: str = "") -> str:
    return "(" + " or ".join(f"{field} {operator} {seed}x{one}" for one in range(number)) + ")"


def several_checks(characters: int) -> list[Spec]:
    """Rules whose conditions are all misspelt names, which take long to find likenesses for."""
    found: list[Spec] = []
    while len(found) * 8_000 < characters:
        words = " or ".join(f"proc.nam{len(found)}{one} = x" for one in range(380))  # below 8,192 characters
        found.append(rule(f"R{len(found)}", words))
    return found


def lists(number: int, items: int) -> Spec:
    made = [{"name": f"l{n}", "items": [f"/item{n}/{one}" for one in range(items)]} for n in range(number)]
    rules = [rule(f"R{n}", f"evt.type = open and not fd.name in (l{n})") for n in range(number)]
    return {"lists": made, "rules": rules}


def wide(types: tuple[str, ...]) -> Spec:
    """One rule on every type of event, and others that tell the types apart."""
    narrow = [rule(f"N{one}", f"evt.type = {one} and proc.pid = 7") for one in types]
    return {"rules": [rule("big", either("proc.name", "startswith", 200)), *narrow]}


TYPES = (
    "open",
    "openat",
    "execve",
    "connect",
    "chmod",
    "unlink",
    "rename",
    "mkdir",
    "kill",
    "setuid",
    "bind",
)
SHAPES: Mapping[str, Callable[[], Spec]] = {
    "exceptions in tables": excepted,
    "exceptions in code": lambda: excepted("startswith", 2),
    "comparisons": lambda: {
        "rules": [
            rule(f"R{n}", f"evt.type = open and {either('fd.name', 'endswith', 250, str(n))}")
            for n in range(8)
        ]
    },
    "lists": lambda: lists(8, 1_000),
    "contains": lambda: {
        "rules": [rule(f"R{n}", f"evt.type = open and fd.name contains foo{n}") for n in range(200)]
    },
    "ordinary rules": lambda: {
        "rules": [
            rule(f"R{n}", f"evt.type in (open, openat) and fd.name startswith /etc/{n} and proc.name = c{n}")
            for n in range(200)
        ]
    },
    "all of many": lambda: {
        "rules": [
            rule(
                "R",
                "evt.type = open and fd.name contains oneof (" + ",".join(f"a{n}" for n in range(900)) + ")",
            )
        ]
    },
    "rules on many types": lambda: wide(TYPES),
}


def taken(spec: Spec) -> tuple[int, int, int]:
    """Bytes: what stays, what was needed for a moment beyond that while compiling, and the estimate."""
    _load(tenant({"rules": [rule("warm", "evt.type = open and fd.name contains foo")]}, "warm"))
    one = tenant(spec)
    gc.collect()
    tracemalloc.start()
    rules, *kept = _load(one)
    gc.collect()
    now, peak = tracemalloc.get_traced_memory()
    assert rules, "no rule was accepted"
    estimate = cost.total(cost.of_set(rules).values()).lasting
    del kept
    return now, peak - now, estimate


def _load(one: RuleObject) -> tuple[tuple[CheckedRule, ...], *tuple[object, ...]]:
    """As an agent does, with every function that it may make later."""
    checked = check_objects([one])
    if tracemalloc.is_tracing():
        tracemalloc.reset_peak()
    program = compile_objects(checked)
    tables = build(program.rules)
    apart = Apart(Reporting.ALL)
    for parts in program.parts.values():
        apart.match(parts)
    return program.rules, program, tables, apart


if __name__ == "__main__":
    print(*taken(SHAPES[sys.argv[1]]()))

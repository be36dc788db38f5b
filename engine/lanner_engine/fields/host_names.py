# SPDX-License-Identifier: Apache-2.0
"""Names of hosts in conditions: `fd.sip.name = api.example.org` asks whether the server has one of the
addresses of api.example.org.

No address is ever asked for its name: its owner may give it any name, and would learn of the look-up.
The names in rules are resolved instead, beside the events, and an event's address is looked up among the
answers (Event.names_of). So the names an address can have are those that rules compare with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from lanner_engine.ast import Check, Expr, FieldRef, walk

FIELDS: Final = frozenset(f"fd.{side}ip.name" for side in "cslr")
NAMING: Final = frozenset({"=", "==", "!=", "in", "intersects"})  # operators whose literals are whole names
MAX_LENGTH: Final = 253  # RFC 1035 2.3.4, without the root's dot

_NAME: Final = re.compile(
    rb"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?"
)


def is_name(text: bytes) -> bool:
    """Whether a host can be called so; underscores are allowed as resolvers do."""
    return len(text) <= MAX_LENGTH and _NAME.fullmatch(text) is not None


def asks(check: Check) -> bool:
    """Whether it compares with names of hosts."""
    return isinstance(check.left, FieldRef) and check.left.name in FIELDS


def in_conditions(conditions: Iterable[Expr]) -> frozenset[bytes]:
    """The names of hosts that conditions compare with."""
    checks = (node for condition in conditions for node in walk(condition) if isinstance(node, Check))
    return frozenset(
        literal.value
        for check in checks
        if asks(check) and check.operator in NAMING
        for literal in check.literals
        if is_name(literal.value)
    )

# SPDX-License-Identifier: Apache-2.0
"""Admission: the question for a rule's scope as Python text.

`{c}` stands for the event's container, once. Rules with nothing to ask get no text.
"""

from __future__ import annotations

from dataclasses import replace

from lanner_engine.codegen.constants import Constants
from lanner_engine.program.scope import Scope


def question(scope: Scope | None, constants: Constants) -> str:
    """The text that is true where the rule may match; empty when that is everywhere."""
    if scope is None:
        return ""
    if scope.selects:
        return f"{constants.add(scope)}.admits({{c}})"
    if scope.host == "Include":
        return ""
    return f"{{c}}.id {'!=' if scope.host == 'Exclude' else '=='} {constants.add(b'host')}"


def in_namespace(scope: Scope | None) -> Scope | None:
    """What is left to ask where the namespace is known to be the scope's."""
    if scope is None:
        return None
    left = replace(scope, namespace=None)
    return left if left.selects else None

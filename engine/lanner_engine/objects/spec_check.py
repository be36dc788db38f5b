# SPDX-License-Identifier: Apache-2.0
"""Whether the spec of an API object has its shape and its size, before what it defines is read.

The API server has checked the same; what gets here from older objects, other clients or a bundle is checked
again, because everything behind relies on it: sizes, depth, selectors.
"""

from __future__ import annotations

from typing import Any

from lanner_engine.diagnostics import suggest
from lanner_engine.resources.falco_rule import ClusterFalcoRuleSpec, FalcoRuleSpec, RulesSpec
from lanner_engine.resources.faults import Fault, faults, place
from lanner_engine.resources.rule_object import NAMESPACED_RULE, RuleObject
from lanner_engine.source import Diagnostic, Source, Span

CODE = "LOAD_ERR_YAML_VALIDATE"
INVALID = "InvalidSpec"
TOO_LARGE = "TooLarge"


def check_spec(one: RuleObject) -> tuple[Diagnostic, ...]:
    """What is wrong with its shape; nothing when all is well."""
    model: type[RulesSpec] = FalcoRuleSpec if one.kind == NAMESPACED_RULE else ClusterFalcoRuleSpec
    found = [_diagnostic(fault, one, model) for fault in faults(model, one.spec)]
    selects = not one.spec.keys().isdisjoint(("podSelector", "namespaceSelector", "containers"))
    if not found and one.spec.get("hostScope") == "Only" and selects:
        message = "with hostScope Only the rules see no containers, so there is nothing to select"
        found.append(about(one, message, "hostScope"))
    return tuple(found)


def about(one: RuleObject, message: str, path: str = "", hint: str = "", reason: str = INVALID) -> Diagnostic:
    """An error of a field as a whole, or of the spec."""
    source = Source(f"spec.{path}" if path else "spec", "", one.key)
    return Diagnostic("error", CODE, message, Span(source, 0, 0), hint, reason)


def _diagnostic(fault: Fault, one: RuleObject, model: type[RulesSpec]) -> Diagnostic:
    value = _value(one.spec, fault.path)
    text = value if isinstance(value, str) else ""
    source = Source(f"spec.{place(fault.path)}", text, one.key)
    hint = ""
    if fault.message == "unknown key":
        hint = suggest(str(fault.path[-1]), model.model_fields) if len(fault.path) == 1 else ""
    reason = TOO_LARGE if fault.too_large else INVALID
    return Diagnostic("error", CODE, fault.message, Span(source, 0, len(text)), hint, reason)


def _value(written: Any, path: tuple[int | str, ...]) -> Any:
    """What stands at a path, as far as it can be followed."""
    for step in path:
        try:
            written = written[step]
        except (KeyError, IndexError, TypeError):
            return None
    return written

# SPDX-License-Identifier: Apache-2.0
"""Rules of a document: define, append, override, enable (specification 1.2 to 1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lanner_engine.diagnostics import suggest
from lanner_engine.documents import exceptions, override, problems
from lanner_engine.documents.builder import DefinitionsBuilder
from lanner_engine.documents.definitions import RuleDefinition
from lanner_engine.documents.item import Item
from lanner_engine.documents.nodes import Mapping
from lanner_engine.documents.override import Operation
from lanner_engine.resources import rule_items
from lanner_engine.text import Text

SYSCALL = "syscall"
PRIORITIES = (
    "emergency",
    "alert",
    "critical",
    "error",
    "warning",
    "notice",
    "informational",
    "info",
    "debug",
)
_OVERRIDABLE: dict[str, tuple[Operation, ...]] = {
    "condition": override.BOTH,
    "desc": override.BOTH,
    "output": override.BOTH,
    "tags": override.BOTH,
    "exceptions": override.BOTH,
    "priority": override.REPLACE,
    "enabled": override.REPLACE,
    "warn_evttypes": override.REPLACE,
    "skip-if-unknown-filter": override.REPLACE,
    "capture": override.REPLACE,
    "capture_duration": override.REPLACE,
}
_OPTIONAL = (
    "tags",
    "exceptions",
    "enabled",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "capture",
    "capture_duration",
)
# The attribute of a RuleDefinition for each key that has one of another name.
_ATTRIBUTES = {"desc": "description", "skip-if-unknown-filter": "skip_if_unknown_filter"}


def read_rule(mapping: Mapping, name_key: str, builder: DefinitionsBuilder) -> None:
    """One rule; nothing is stored when it has an error."""
    item = Item(mapping, "rule", name_key, builder.problems)
    item.check_keys((name_key, *_OVERRIDABLE, "source", "append", "override"))
    name = item.name()
    if override.appends(item):
        override.warn_append(item, "condition")
    operations = override.operations(item, _OVERRIDABLE)
    if item.failed and not operations and item.filled("override") is not None:
        return
    if operations:
        _override(item, name, operations, builder)
    elif override.appends(item):
        _append(item, name, builder)
    elif any(item.has(key) for key in rule_items.REQUIRED):
        _define(item, name, builder)
    else:
        _enable(item, name, builder)


def _define(item: Item, name: str, builder: DefinitionsBuilder) -> None:
    condition, output = item.text("condition"), item.text("output")
    description, priority = item.text("desc"), _priority(item)
    source = item.optional("source")
    rest = {_ATTRIBUTES.get(key, key): _value(item, key) for key in _OPTIONAL if item.has(key)}
    if condition is None or output is None or description is None or priority is None:
        return
    written = source.value if source and source.value else SYSCALL
    earlier = builder.rules.get(name)
    if earlier is not None:
        _keep_source(item, earlier, written)
    if item.failed:
        return
    number = builder.number()
    builder.rules[name] = RuleDefinition(
        name=name,
        condition=condition,
        description=description.value,
        output=output.stripped(),
        priority=priority,
        source=written,
        span=item.span,
        index=earlier.index if earlier else number,
        visibility=number,
        owner=builder.owner,
        **{"enabled": True, "tags": (), **rest},
    )


def _append(item: Item, name: str, builder: DefinitionsBuilder) -> None:
    """Old style: condition and exceptions count, other keys are ignored (specification 1.4)."""
    condition = item.text("condition") if item.has("condition") else None
    if condition is None and not item.has("exceptions"):
        message = "Appended rule must have exceptions or condition property"
        item.error(message, item.span, code=problems.VALIDATE)
    earlier = _earlier(item, name, "appended to", builder)
    if earlier is None or item.failed:
        return
    _keep_source(item, earlier, _source(item))
    merged = exceptions.appended(earlier.exceptions, item) if item.has("exceptions") else earlier.exceptions
    if item.failed or not override.require_room(item, name, builder):
        return
    joined = earlier.condition.joined(condition) if condition else earlier.condition
    number = builder.number()
    builder.rules[name] = replace(earlier, condition=joined, exceptions=merged, visibility=number)


def _override(item: Item, name: str, operations: dict[str, Operation], builder: DefinitionsBuilder) -> None:
    _refuse_strays(item, operations)
    what = "appended to" if "append" in operations.values() else "replaced in part"
    values = {key: _value(item, key) for key in operations if key != "exceptions"}
    earlier = _earlier(item, name, what, builder)
    if earlier is None or item.failed:
        return
    if "condition" in operations:
        _keep_source(item, earlier, _source(item))
    appended = [key for key in operations if operations[key] == "append"]
    if item.failed or (appended and not override.require_room(item, name, builder)):
        return
    changes: dict[str, Any] = {}
    for key in sorted(operations, key=operations.__getitem__):  # every append, then every replace
        attribute = _ATTRIBUTES.get(key, key)
        if key == "exceptions":
            changes[key] = exceptions.overridden(earlier.exceptions, item, operations[key])
            continue
        old = getattr(earlier, attribute)
        changes[attribute] = _joined(old, values[key]) if operations[key] == "append" else values[key]
    if not item.failed:
        builder.rules[name] = replace(earlier, **changes, visibility=builder.number())


def _enable(item: Item, name: str, builder: DefinitionsBuilder) -> None:
    """Only `enabled`: flips the flag of a rule that is there."""
    if not item.has("enabled"):
        hint = "a rule has condition, desc, output and priority"
        item.error("the rule has none of condition, desc, output, priority and enabled", item.span, hint)
        return
    enabled = item.flag("enabled", True)
    earlier = _earlier(item, name, "enabled or disabled", builder)
    if item.failed or earlier is None:
        return
    message = "a rule with nothing but enabled is deprecated"
    hint = "write override: {enabled: replace}"
    item.problems.warning("LOAD_DEPRECATED_ITEM", message, item.span, hint)
    builder.rules[name] = replace(earlier, enabled=enabled)


def _refuse_strays(item: Item, operations: dict[str, Operation]) -> None:
    """Next to override, a key without an entry there is a mistake."""
    for key in _OVERRIDABLE:
        if item.has(key) and key not in operations and not _has_entry(item, key):
            message = f"Unexpected key '{key}': no corresponding entry under 'override' is defined."
            item.error(message, item.span_of(key), f"add {key}: replace under override")


def _has_entry(item: Item, key: str) -> bool:
    node = item.filled("override")
    return isinstance(node, Mapping) and node.get(key) is not None


def _earlier(item: Item, name: str, what: str, builder: DefinitionsBuilder) -> RuleDefinition | None:
    if not name or not override.require_earlier(item, name, builder.rules, what):
        return None
    return builder.rules[name]


def _source(item: Item) -> str:
    """The source an update names; empty: it stays."""
    text = item.optional("source")
    return text.value if text else ""


def _keep_source(item: Item, earlier: RuleDefinition, source: str) -> None:
    if source and earlier.source and source != earlier.source:
        message = f"the rule {earlier.name} is of source {earlier.source}, which cannot become {source}"
        item.error(message, item.span_of("source"), code=problems.VALIDATE)


def _value(item: Item, key: str) -> Any:
    """What a key of a rule holds; None, and an error, when it is wrong."""
    if key == "tags":
        texts = item.texts(key)
        return None if texts is None else tuple(dict.fromkeys(text.value for text in texts))
    if key == "priority":
        return _priority(item)
    if key == "capture_duration":
        return item.unsigned(key, 0) if item.text(key) else None
    if key in ("enabled", "warn_evttypes", "skip-if-unknown-filter", "capture"):
        return item.flag(key, key in ("enabled", "warn_evttypes"))
    if key == "exceptions":
        return exceptions.defined(item)
    text = item.text(key)
    return text.value if text is not None and key == "desc" else text


def _joined(old: Any, new: Any) -> Any:
    if isinstance(old, Text):
        return old.joined(new)
    if isinstance(old, str):
        return f"{old} {new}"
    return tuple(dict.fromkeys(_all(old, new)))


def _all(*parts: Iterable[str]) -> list[str]:
    return [one for part in parts for one in part]


def _priority(item: Item) -> Text | None:
    """The name of a priority, in any case."""
    text = item.text("priority")
    if text is not None and text.value.lower() not in PRIORITIES:
        near = suggest(text.value, PRIORITIES)
        hint = near or "priorities are " + ", ".join(name.upper() for name in PRIORITIES)
        item.error(f"Invalid priority {text.value}", text.whole, hint)
        return None
    return text

# SPDX-License-Identifier: Apache-2.0
"""What an element does to an earlier one of its name: `append: true` and `override` (specification 1.4)."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Literal

from lanner_engine.diagnostics import suggest
from lanner_engine.documents import nodes, problems
from lanner_engine.documents.builder import MAX_APPENDS, DefinitionsBuilder
from lanner_engine.documents.item import Item
from lanner_engine.documents.nodes import Mapping, Scalar

Operation = Literal["append", "replace"]
BOTH: tuple[Operation, ...] = ("append", "replace")
REPLACE: tuple[Operation, ...] = ("replace",)


def operations(item: Item, allowed: Table[str, tuple[Operation, ...]]) -> dict[str, Operation]:
    """The entries of `override`, checked; empty when there are none. `allowed`: what each key can take."""
    node = item.filled("override")
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        hint = "override: {condition: append}"
        item.error(f"override must be a mapping, not {nodes.kind(node)}", item.span_of("override"), hint)
        return {}
    item.failed = item.failed or node.broken
    found: dict[str, Operation] = {}
    for key, value in node.pairs:
        operation = _operation(item, key, value, allowed)
        if operation is not None:
            found[key.value] = operation
    if node.pairs and appends(item):
        item.error("append and override cannot stand together", item.span_of("append"), "keep override")
    return found


def _operation(
    item: Item, key: Scalar, value: nodes.Node, allowed: Table[str, tuple[Operation, ...]]
) -> Operation | None:
    name = key.value
    if name not in allowed:
        item.error(f"override of an unknown key {name}", key.span, suggest(name, allowed))
        return None
    written = value.value if isinstance(value, Scalar) else nodes.kind(value)
    operation = next((one for one in BOTH if one == written), None)
    if operation is None:
        item.error(f"override must be append or replace, not {written}", value.span)
    elif operation not in allowed[name]:
        message = f"Key '{name}' cannot be appended to, use 'replace' instead"
        item.error(message, value.span)
    elif not item.has(name):
        what = "An append" if operation == "append" else "A replace"
        item.error(f"{what} override for '{name}' was specified but '{name}' is not defined", key.span)
    else:
        return operation
    return None


def appends(item: Item) -> bool:
    """Whether the element says `append: true`."""
    return item.flag("append", False)


def warn_append(item: Item, key: str) -> None:
    """`append: true` is the old way."""
    message = "append: true is deprecated"
    hint = f"write override: {{{key}: append}}"
    item.problems.warning("LOAD_DEPRECATED_ITEM", message, item.span_of("append"), hint)


def require_earlier(item: Item, name: str, table: Table[str, object], what: str) -> bool:
    """Whether there is something to change; an error when not. `what`: appended to, replaced, enabled."""
    if name in table:
        return True
    message = f"the {item.kind} {name} is {what}, but no {item.kind} of this name comes before"
    item.error(message, item.span, suggest(name, table), problems.VALIDATE, "OverrideTargetNotFound")
    return False


def require_room(item: Item, name: str, builder: DefinitionsBuilder) -> bool:
    """Whether the name may be appended to once more; an error when not."""
    if builder.may_append(item.kind, name):
        return True
    item.error(f"more than {MAX_APPENDS} appends to the {item.kind} {name}", item.span, "write it once")
    return False

# SPDX-License-Identifier: Apache-2.0
"""Lists of the cluster that namespaces may add to: `tenantLists` of a ClusterFalcoRule opens lists that it
defines, `tenantValues` of a FalcoRule gives values for the events of its namespace's pods.

Values mean themselves: no quotes, no names of lists. Their number is bounded for each list and namespace.
"""

from __future__ import annotations

from collections.abc import Iterator

from lanner_engine.diagnostics import suggest
from lanner_engine.documents import problems
from lanner_engine.documents.builder import DefinitionsBuilder
from lanner_engine.documents.item import Item
from lanner_engine.resources.rule_object import NAMESPACED_RULE, RuleObject
from lanner_engine.resources.tenancy import LONGEST_VALUE, MOST_ITEMS, USUAL_ITEMS

LISTS = "tenantLists"
VALUES = "tenantValues"


def read(spec: Item, owner: RuleObject, into: DefinitionsBuilder) -> None:
    """What the spec opens, or gives; problems are noted."""
    own, other = (VALUES, LISTS) if owner.kind == NAMESPACED_RULE else (LISTS, VALUES)
    if spec.filled(other) is not None:
        where = "ClusterFalcoRule" if other == LISTS else NAMESPACED_RULE
        spec.error(f"a {owner.kind} has no {other}", spec.span_of(other), f"a {where} can have it")
    for item in _items(spec, own):
        if own == LISTS:
            _open(item, owner, into)
        else:
            _give(item, owner, into)


def _items(spec: Item, key: str) -> Iterator[Item]:
    for mapping in spec.mappings(key):
        item = Item(mapping, key, "name", spec.problems)
        item.check_keys(("name", "maxItems") if key == LISTS else ("name", "items"))
        yield item


def _open(item: Item, owner: RuleObject, into: DefinitionsBuilder) -> None:
    name, most = item.name(), item.unsigned("maxItems", USUAL_ITEMS, MOST_ITEMS)
    if item.failed:
        return
    if into.list_owner(name) != owner.key:
        message = f"tenantLists opens the list {name}, which this object does not define"
        item.error(message, item.span, suggest(name, into.lists) or "define it among lists")
        return
    into.tenant_lists[name] = most


def _give(item: Item, owner: RuleObject, into: DefinitionsBuilder) -> None:
    name, values = item.name(), item.texts("items")
    if item.failed or values is None:
        return
    most = into.tenant_lists.get(name)
    if most is None:
        message = f"no ClusterFalcoRule opens a list {name} to namespaces"
        hint = suggest(name, into.tenant_lists) or _open_ones(into)
        item.error(message, item.span, hint, problems.VALIDATE, "OverrideTargetNotFound")
        return
    if owner.dry_run:
        message = "with mode DryRun an object changes nothing of others, and values change the cluster's"
        item.error(message, item.span, "give values in an object of their own")
        return
    long = next((one for one in values if not 0 < len(one.value) <= LONGEST_VALUE or "\0" in one.value), None)
    if long is not None:
        item.error(f"a value has 1 to {LONGEST_VALUE} characters, and no NUL", long.whole)
        return
    known = {one.value: one for one in (*into.tenant_values.get(name, ()), *values)}
    if len(known) > most:
        message = f"the namespace gives {len(known)} values for {name}, which may have {most} in each"
        item.error(message, item.span, "who wrote the ClusterFalcoRule can raise its maxItems")
        return
    into.tenant_values[name] = tuple(known.values())
    into.value_sizes.setdefault(owner.key, []).extend(len(one.value.encode()) for one in values)


def _open_ones(into: DefinitionsBuilder) -> str:
    if not into.tenant_lists:
        return "a ClusterFalcoRule opens its lists by tenantLists"
    return f"open are {', '.join(sorted(into.tenant_lists)[:10])}"

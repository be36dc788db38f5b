# SPDX-License-Identifier: Apache-2.0
"""JSON of the API server -> WatchedRule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.reconcile import packed
from lanner_operator.reconcile.observed import WatchedRule


def read(kind: str, written: Mapping[str, Any]) -> WatchedRule:
    """The API server has checked the shape by the CustomResourceDefinition, as it was when it was written."""
    meta = written["metadata"]
    made = RuleObject(
        kind=kind,
        namespace=str(meta.get("namespace", "")),
        name=str(meta["name"]),
        uid=str(meta["uid"]),
        generation=int(meta.get("generation", 1)),
        spec=packed.packed(_mapping(written.get("spec"))),
        created=str(meta.get("creationTimestamp") or ""),
    )
    return WatchedRule(made, _mapping(written.get("status")))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

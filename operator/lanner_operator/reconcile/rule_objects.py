# SPDX-License-Identifier: Apache-2.0
"""JSON of the API server -> WatchedRule.

The API server has checked the shape by the CustomResourceDefinition as it was when the object was written: an
older one put no limit to the depth of an exception's values, and what comes behind follows them recursively.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lanner_apiserver import nesting
from lanner_engine.resources import trial
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.reconcile.observed import WatchedRule

LEVELS: Final = 32  # the deepest spec that has its shape needs 9, so the judge refuses what is cut


def read(kind: str, written: Mapping[str, Any]) -> WatchedRule:
    """Of what nests deeper than any spec, the upper levels."""
    meta = written["metadata"]
    made = RuleObject(
        kind=kind,
        namespace=str(meta.get("namespace", "")),
        name=str(meta["name"]),
        uid=str(meta["uid"]),
        generation=int(meta.get("generation", 1)),
        spec=_mapping(written.get("spec")),
        created=str(meta.get("creationTimestamp") or ""),
    )
    return WatchedRule(made, _mapping(written.get("status")), trial.end(written))


def _mapping(value: object) -> Mapping[str, Any]:
    return nesting.shallow(value, LEVELS) if isinstance(value, Mapping) else {}

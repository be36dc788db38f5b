# SPDX-License-Identifier: Apache-2.0
"""Which objects of a bundle choose other nodes than this one: their rules are not in force here, while what
they define stays known to others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from lanner_engine.objects.verdicts import CheckedObjects
from lanner_engine.program.scope import selects_node


def choosing(checked: CheckedObjects) -> bool:
    """Whether there are objects that choose nodes."""
    return any(_chooses(one.object.spec) for one in checked.verdicts.values())


def here(
    checked: CheckedObjects, labels: Mapping[bytes, bytes] | None
) -> tuple[CheckedObjects, frozenset[str]]:
    """What is in force on a node with these labels, and the keys of the objects that are skipped. Where
    labels are not known nothing is skipped: an alert too many can be seen, one too few cannot.
    """
    if labels is None:
        return checked, frozenset()
    found = (one.in_force for one in checked.verdicts.values() if one.in_force is not None)
    skipped = frozenset(one.key for one in found if _chooses(one.spec) and not selects_node(one, labels))
    kept = tuple(rule for rule in checked.cluster if rule.owner_key not in skipped)
    return replace(checked, cluster=kept), skipped


def trial(sha256: str, labels: Mapping[bytes, bytes] | None) -> str:
    """The name under which a bundle is on trial on a node with these labels: one that ran without the rules
    for other nodes has not shown that it runs with them, which it does after a start, until labels are known.
    """
    if labels is None:
        return sha256
    return f"{sha256}:{hashlib.sha256(repr(sorted(labels.items())).encode()).hexdigest()[:16]}"


def _chooses(spec: Mapping[str, object]) -> bool:
    return spec.get("nodeSelector") is not None

# SPDX-License-Identifier: Apache-2.0
"""What the operator knows beyond what it sees now: bundles of before, and what they held.

All of it but the past can be read from the cluster: a restarted operator takes the last good versions from
the bundle in force.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from lanner_engine.bundle.errors import BundleError
from lanner_engine.bundle.index import Index
from lanner_engine.resources.rule_object import RuleObject, Version
from lanner_operator.bundle.stored import Stored
from lanner_operator.bundle.writing import KEPT, label
from lanner_operator.reconcile.packed import packed

REMEMBERED: Final = 16  # bundles: nodes are at most a few behind


class Memory:
    """`previous` by uid, `holdings` by bundle hash, `revision` the highest ever given."""

    def __init__(self) -> None:
        self.previous: dict[str, RuleObject] = {}
        self.holdings: dict[str, frozenset[Version]] = {}
        self.revision = 0

    def learn(self, stored: Stored) -> BundleError | None:
        """Takes in the bundle in force; why it cannot be read, if so: then what is known already stays."""
        self.revision = max(self.revision, stored.revision)
        if stored.index is not None and stored.index.bundleSha256 in self.holdings:
            return None
        try:
            objects = tuple(replace(one, spec=packed(one)) for one in stored.objects())
        except BundleError as problem:
            return problem
        if stored.index is not None:
            self.keep(stored.index, objects)
        return None

    def keep(self, index: Index, objects: Iterable[RuleObject]) -> None:
        """This bundle is in force now, or about to be."""
        kept = tuple(objects)
        self.revision = max(self.revision, index.revision)
        self.previous = {one.uid: one for one in kept}
        self.holdings.pop(index.bundleSha256, None)
        self.holdings[index.bundleSha256] = frozenset(one.version for one in kept)
        while len(self.holdings) > REMEMBERED:
            del self.holdings[next(iter(self.holdings))]

    def recent(self) -> tuple[str, ...]:
        """Labels of the bundles that were in force last."""
        return tuple(label(sha256) for sha256 in list(self.holdings)[-KEPT:])

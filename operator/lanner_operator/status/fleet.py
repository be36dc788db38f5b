# SPDX-License-Identifier: Apache-2.0
"""All agents together: how far one version of one object has come. Pure.

A version counts as loaded on a node whose bundle holds it, whichever bundle that is: a change of one object
leaves the others in force, and their status as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanner_engine.resources.rule_object import RuleObject, Version
from lanner_operator.status import dry_run
from lanner_operator.status.dry_run import Tried
from lanner_operator.status.node import Node, NodeFailure

Holdings = Mapping[str, frozenset[Version]]  # what known bundles hold, by their hash


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of nodes; `failures` by node name. `waiting`: alive without an answer, or never heard of;
    `skipped` nodes are not among the `desired`.
    """

    desired: int
    loaded: int
    failures: Mapping[str, NodeFailure]
    waiting: int
    lost: int
    skipped: int = 0

    @property
    def pending(self) -> int:
        return self.waiting + self.lost


@dataclass(frozen=True, slots=True)
class Fleet:
    """`alive` are the FalcoNodes whose agents renew their Leases, `lost` how many others there are.

    `desired` is the number of nodes the DaemonSet should run on, None when that is not known.
    """

    alive: tuple[Node, ...]
    lost: int
    desired: int | None
    holdings: Holdings = field(repr=False)

    def progress(self, version: RuleObject) -> Progress:
        """Of this version of an object."""
        identity = version.version
        loaded, skipped, failures = 0, 0, {}
        for node in self.alive:
            failure = self._failure(node, version.key, identity)
            if failure is not None:
                failures[node.name] = failure
            elif identity in self.holdings.get(node.bundle, ()):
                skipped += version.key in node.skipped
                loaded += version.key not in node.skipped
        desired = self.desired if self.desired is not None else len(self.alive) + self.lost
        known = len(self.alive) + self.lost
        silent = len(self.alive) - loaded - skipped - len(failures)
        waiting = silent + max(0, desired - known)
        ours = max(0, desired - skipped)  # an agent may live where the DaemonSet wants none any more
        return Progress(ours, loaded, failures, waiting, self.lost, skipped)

    def tried(self, version: RuleObject) -> Tried:
        """What this version, whose mode is DryRun, matched on all nodes that live."""
        identity = (version.uid, version.generation)
        return dry_run.together(node.tried[identity] for node in self.alive if identity in node.tried)

    def _failure(self, node: Node, key: str, identity: Version) -> NodeFailure | None:
        """Its own failure in the bundle it is part of, or why the node does not take that bundle."""
        if identity in self.holdings.get(node.bundle, ()):
            return node.failure_of(key)
        return node.refusal

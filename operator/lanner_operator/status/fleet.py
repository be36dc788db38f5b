# SPDX-License-Identifier: Apache-2.0
"""All agents together: how far one version of one object has come. Pure.

A version counts as loaded on a node whose bundle holds it, whichever bundle that is: a change of one object
leaves the others in force, and their status as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lanner_engine.resources.rule_object import RuleObject, Version
from lanner_operator.status import dry_run
from lanner_operator.status.dry_run import Tried
from lanner_operator.status.node import Node, NodeFailure

_State = tuple[str, NodeFailure | None, tuple[NodeFailure, ...], frozenset[str]]
Holdings = Mapping[str, frozenset[Version]]  # what known bundles hold, by their hash


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of nodes; `failures` by node name. `waiting`: alive without an answer, or never heard of;
    `skipped` nodes are not among the `desired`. `missing`: why nodes are without an agent, "" where none is;
    `known`: how many have or had one.
    """

    desired: int
    loaded: int
    failures: Mapping[str, NodeFailure]
    waiting: int
    lost: int
    skipped: int = 0
    missing: str = ""
    known: int = 0

    @property
    def pending(self) -> int:
        return self.waiting + self.lost


@dataclass(frozen=True, slots=True)
class Alike:
    """Nodes of which the same is to be said for every object; the first stands for all."""

    first: Node
    names: tuple[str, ...]
    away: int  # how many of them are


@dataclass(frozen=True, slots=True)
class Fleet:
    """`alive` are the FalcoNodes whose agents renew their Leases, `lost` how many others there are. `away`:
    names of those whose agents' pods are gone, where no time for a renewal is over yet.

    `desired` is the number of nodes the DaemonSet should run on, None when that is not known; `missing`: why
    it has fewer pods, in words.
    """

    alive: tuple[Node, ...]
    lost: int
    desired: int | None
    holdings: Holdings = field(repr=False)
    away: frozenset[str] = frozenset()
    missing: str = ""
    _groups: tuple[Alike, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """A thousand nodes are a few groups, and are gone through once, not once for each object."""
        object.__setattr__(self, "_groups", tuple(_alike(self.alive, self.away)))

    def progress(self, version: RuleObject) -> Progress:
        """Of this version of an object."""
        identity = version.version
        loaded, skipped, away, failures = 0, 0, 0, dict[str, NodeFailure]()
        for group in self._groups:
            failure = self._failure(group.first, version.key, identity)
            if failure is not None:
                failures.update(dict.fromkeys(group.names, failure))
            elif identity not in self.holdings.get(group.first.bundle, ()):
                away += group.away
            elif version.key in group.first.skipped:
                skipped += len(group.names)
            else:
                loaded += len(group.names)
        known = len(self.alive) + self.lost
        desired = self.desired if self.desired is not None else known
        silent = len(self.alive) - loaded - skipped - len(failures)
        waiting = silent - self._gone(away) + max(0, desired - known)
        ours = max(0, desired - skipped)  # an agent may live where the DaemonSet wants none any more
        return Progress(ours, loaded, failures, waiting, self.lost, skipped, self.missing, known)

    def _gone(self, away: int) -> int:
        """How many of the agents that are away are not waited for: there are more than there should be. Where
        there are not, an agent is away that comes back.
        """
        return 0 if self.desired is None else min(away, max(0, len(self.alive) - self.desired))

    def tried(self, version: RuleObject) -> Tried:
        """What this version, whose mode is DryRun, matched on all nodes that live."""
        identity = (version.uid, version.generation)
        return dry_run.together(node.tried[identity] for node in self.alive if identity in node.tried)

    def _failure(self, node: Node, key: str, identity: Version) -> NodeFailure | None:
        """Its own failure in the bundle it is part of, or why the node does not take that bundle."""
        if identity in self.holdings.get(node.bundle, ()):
            return node.failure_of(key)
        return node.refusal


def _alike(alive: Iterable[Node], away: frozenset[str]) -> Iterable[Alike]:
    found: defaultdict[_State, list[Node]] = defaultdict(list)
    for node in alive:
        found[node.bundle, node.refusal, node.failures, node.skipped].append(node)
    for nodes in found.values():
        names = tuple(node.name for node in nodes)
        yield Alike(nodes[0], names, sum(name in away for name in names))

# SPDX-License-Identifier: Apache-2.0
"""Scope: where an object's rules may match at all, decided on the resolved container.

It follows from the object that defines the rule. Generated code asks it as the last question of the rule, so
that a refused scope lets later rules be tried. A rule's condition never learns of it. What is not known is
not matched: selectors and namespaces want a resolved pod.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lanner_engine.fields.globbing import glob
from lanner_engine.fields.model import HOST, Container
from lanner_engine.resources.rule_object import NAMESPACED_RULE, RuleObject
from lanner_engine.resources.selector import LabelRequirement, LabelSelector

HostScope = Literal["Exclude", "Include", "Only"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One label's key and whether its value (None: no such label) may stand there: it is, or is not, among
    `values`. Exists is being not among {None}.
    """

    key: bytes
    among: bool
    values: frozenset[bytes | None]

    def met(self, labels: Mapping[bytes, bytes]) -> bool:
        return (labels.get(self.key) in self.values) is self.among


Selector = tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """`host` speaks of processes outside containers, the rest of those inside. `namespace` is the one of a
    FalcoRule's pods; `pods` and `namespaces` select by label, None looks at no labels; `names` and `images`
    (globs) select containers, None looks at none.
    """

    host: HostScope = "Include"
    namespace: bytes | None = None
    pods: Selector | None = None
    namespaces: Selector | None = None
    names: frozenset[bytes] | None = None
    images: tuple[bytes, ...] | None = None

    @property
    def selects(self) -> bool:
        """Whether it asks for a container's names or pod, which only the container runtime knows."""
        return self.names is not None or self.images is not None or self._of_pods

    @property
    def _of_pods(self) -> bool:
        return self.namespace is not None or self.pods is not None or self.namespaces is not None

    def admits(self, container: Container) -> bool:
        """Whether the rules may match here."""
        if container.id == HOST.id:
            return self.host != "Exclude"
        if self.host == "Only":
            return False
        return self._named(container) and (not self._of_pods or self._selected(container))

    def _named(self, container: Container) -> bool:
        if self.names is not None and container.name not in self.names:
            return False
        if self.images is None:
            return True
        known = [one for one in (container.image, container.image_repository) if one]
        return any(glob(pattern, one) for pattern in self.images for one in known)

    def _selected(self, container: Container) -> bool:
        if container.pod_namespace is None or self.namespace not in (None, container.pod_namespace):
            return False
        if self.pods is not None and not _met(self.pods, container.pod_labels):
            return False
        if self.namespaces is None:
            return True
        return container.namespace_labels is not None and _met(self.namespaces, container.namespace_labels)


def scope_of(owner: RuleObject) -> Scope:
    """The scope of the rules that an object defines. Its selectors are well-formed."""
    containers = owner.spec.get("containers") or {}
    names, images = containers.get("names"), containers.get("imageGlobs")
    own = owner.kind == NAMESPACED_RULE
    return Scope(
        "Exclude" if own else owner.spec.get("hostScope") or "Exclude",
        owner.namespace.encode() if own else None,
        _selector(owner.spec.get("podSelector")),
        None if own else _selector(owner.spec.get("namespaceSelector")),
        None if names is None else frozenset(name.encode() for name in names),
        None if images is None else tuple(pattern.encode() for pattern in images),
    )


def selects_node(owner: RuleObject, labels: Mapping[bytes, bytes]) -> bool:
    """Whether the rules that an object defines are for a node with these labels."""
    selector = _selector(owner.spec.get("nodeSelector"))
    return selector is None or _met(selector, labels)


def _met(selector: Selector, labels: Mapping[bytes, bytes]) -> bool:
    return all(requirement.met(labels) for requirement in selector)


def _selector(written: Any) -> Selector | None:
    if written is None:
        return None
    read = LabelSelector.model_validate(written)
    equal = tuple(
        Requirement(key.encode(), True, frozenset((value.encode(),)))
        for key, value in read.matchLabels.items()
    )
    return equal + tuple(map(_requirement, read.matchExpressions))


def _requirement(read: LabelRequirement) -> Requirement:
    values: frozenset[bytes | None] = frozenset(value.encode() for value in read.values)
    if read.operator in ("Exists", "DoesNotExist"):
        values = frozenset((None,))
    return Requirement(read.key.encode(), read.operator in ("In", "DoesNotExist"), values)

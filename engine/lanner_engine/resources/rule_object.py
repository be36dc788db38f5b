# SPDX-License-Identifier: Apache-2.0
"""A FalcoRule or ClusterFalcoRule as the engine takes it: identity and spec.

It comes from what the operator watches, from a bundle that an agent reads, or from manifests in files.
Checked by objects/verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lanner_engine.resources.origin import Origin

GROUP = "lanner.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

CLUSTER_RULE = "ClusterFalcoRule"
NAMESPACED_RULE = "FalcoRule"
DEFINING = frozenset({"lists", "macros", "rules", "content", "tenantValues"})
SOURCE = "source"
Version = tuple[str, int, str]
ACTIVE, DRY_RUN, DISABLED = MODES = ("Active", "DryRun", "Disabled")
LOAD_ORDER = 500
MAX_LOAD_ORDER = 1_000


@dataclass(frozen=True, slots=True)
class RuleObject:
    """One version of one object. `spec` is JSON as the API server has it, and is never changed.

    Compared by identity of the version, not by spec: uid and generation name a spec once and for all, and
    with the digest of what it follows, the rules. Of an object that follows a source `origin` is that of the
    content in `spec`.
    """

    kind: str  # "FalcoRule" | "ClusterFalcoRule"
    namespace: str  # "" for ClusterFalcoRule
    name: str
    uid: str
    generation: int
    spec: Mapping[str, Any] = field(compare=False, repr=False)
    created: str = field(default="", compare=False)  # RFC 3339, of the object; "" where it is not known
    origin: Origin | None = None

    @property
    def key(self) -> str:
        """ "ClusterFalcoRule/name" or "FalcoRule/namespace/name"."""
        parts = (self.kind, self.namespace, self.name) if self.namespace else (self.kind, self.name)
        return "/".join(parts)

    @property
    def version(self) -> Version:
        """Uid, generation, and what came from its source: its digest, and its path there."""
        return self.uid, self.generation, self.origin.content if self.origin is not None else ""

    @property
    def named(self) -> RuleObject:
        """The same version without what it defines: who holds that holds no lists."""
        kept = {key: value for key, value in self.spec.items() if key not in DEFINING}
        return replace(self, spec=kept)

    @property
    def active(self) -> bool:
        """Whether it takes part at all."""
        return bool(self.spec.get("mode") != DISABLED)

    @property
    def dry_run(self) -> bool:
        """Whether its matches are only counted."""
        return bool(self.spec.get("mode") == DRY_RUN)

    @property
    def chooses_nodes(self) -> bool:
        """Whether there may be nodes that skip it."""
        return self.spec.get("nodeSelector") is not None

    @property
    def age(self) -> tuple[str, str, str]:
        """What objects are sorted by where the youngest have to go: the oldest first."""
        return self.created, self.namespace, self.name

    @property
    def order(self) -> tuple[int, str, str]:
        """What objects of one set are sorted by: load order, namespace, name."""
        written = self.spec.get("loadOrder", LOAD_ORDER)
        return written if isinstance(written, int) else LOAD_ORDER, self.namespace, self.name


def is_of_namespace(key: str) -> bool:
    """Whether the key is that of a namespace's own object."""
    return key.startswith(f"{NAMESPACED_RULE}/")

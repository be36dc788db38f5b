# SPDX-License-Identifier: Apache-2.0
"""Address -> the names in rules whose hosts have it, as an event asks. It never changes: each answer that is
new makes another.

Names in the rules of one namespace are known to events in that namespace only: other tenants must not learn
what its tenants look for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Names = Mapping[bytes, tuple[bytes, ...]]  # 4 or 16 bytes -> names, sorted
NONE: Final[Names] = {}


@dataclass(frozen=True, slots=True)
class HostNames:
    """`everywhere`: names in the cluster's rules, or in files. `within`: by namespace."""

    everywhere: Names = field(default_factory=dict)
    within: Mapping[bytes, Names] = field(default_factory=dict)

    def names_of(self, address: bytes, namespace: bytes | None) -> tuple[bytes, ...]:
        """The names of an address for an event in a namespace, sorted; usually none."""
        found = self.everywhere.get(address, ())
        own = () if namespace is None else self.within.get(namespace, NONE).get(address, ())
        return tuple(sorted({*found, *own})) if own else found

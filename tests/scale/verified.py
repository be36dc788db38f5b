# SPDX-License-Identifier: Apache-2.0
"""A bundle -> what an agent has in force, with every hash compared and nothing compiled.

Many agents of one process hold the same bundle: it is unpacked once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lanner_agent.policy.bundle.loaded import Loaded, Origin
from lanner_engine.bundle import index as indices
from lanner_engine.bundle.errors import BundleError
from lanner_engine.bundle.shards import assemble
from lanner_engine.codegen.compile import Matching, compile_objects
from lanner_engine.objects.verdicts import check_objects

BUNDLES: Final = 8  # nodes are at most a few behind


class Verified:
    """`load` stands where an agent has `loaded.from_bundle`."""

    def __init__(self) -> None:
        self._empty = compile_objects(check_objects(()))
        self._known: dict[str, Loaded] = {}

    def load(  # noqa: PLR0913, PLR0917  as the agent's own
        self,
        text: str,
        contents: Mapping[str, bytes],
        origin: Origin,
        matching: Matching,
        labels: Mapping[bytes, bytes] | None,
        always: frozenset[str],
    ) -> Loaded:
        """Raises BundleError as the agent's own does."""
        del matching, labels, always  # nothing is compiled, and no rule chooses nodes
        index = indices.parse(text)
        for entry in index.shards:
            if hashlib.sha256(contents.get(entry.name, b"")).hexdigest() != entry.sha256:
                raise BundleError(
                    "HashMismatch", f"the content of shard {entry.name} is not what the index names"
                )
        if text not in self._known:
            assemble(index, contents)
            while len(self._known) >= BUNDLES:
                del self._known[next(iter(self._known))]
            shared = MappingProxyType(dict(contents))
            self._known[text] = Loaded(self._empty, {}, origin, index, text, shared)
        return self._known[text]

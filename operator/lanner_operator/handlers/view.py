# SPDX-License-Identifier: Apache-2.0
"""Everything that is watched, put together for reconcile: rules, FalcoNodes, the installation's own objects.

kopf tells of deletions as they happen, and of none that happened while it was not connected: after each of
its listings, uids are listed once more, and what is known but not there is left out. That is also how one
knows that a first listing has been taken in completely, and that rules are really gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lanner_apiserver.client import Api
from lanner_apiserver.following import Following, Objects
from lanner_engine.resources.exec_notice import KEY_ANNOTATION
from lanner_operator import installation as paths
from lanner_operator.bundle import stored
from lanner_operator.handlers.hearing import Hearing
from lanner_operator.installation import Installation
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.observed import Heard, Observed
from lanner_operator.reconcile.startup_taint import Agent
from lanner_operator.reconcile.taking import Taking
from lanner_operator.status.node import Node

WATCHED: Final = (paths.CLUSTER_RULES, paths.RULES, paths.NODES)
PAGE: Final = "500"
RELISTED_RETRY_S: Final = 0.2
RELISTED_SHARE: Final = 4  # times what the last one took: what is listed needs the processor more
_NAMES_ONLY: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class ClusterView:
    """Implements reconcile's View. Handlers fill the public attributes; None means not listed yet."""

    def __init__(self, api: Api, installation: Installation, dirty: Dirty, taking: Taking) -> None:
        self.nodes: dict[str, Node] = {}  # by uid
        self.config_maps: Objects | None = None
        self.leases: Objects | None = None
        self.hearing = Hearing()
        self.daemon_sets: Objects | None = None
        self._api = api
        self._installation = installation
        self._dirty = dirty
        self._taking = taking
        self._in_doubt = True
        self._unlisted = set(WATCHED)  # what kopf has not listed yet, to its last page
        self._comparing_s = 0.0
        self._taken_in = False  # once, all of it

    def listed(self, path: str) -> None:
        """kopf lists this path."""
        if path in WATCHED:
            self._unlisted.discard(path)
            self._in_doubt = True
            self._dirty.mark()

    async def observe(self) -> Observed | None:
        """None while something is not listed, or not taken in. Raises ApiError."""
        if self._in_doubt and not await self._compared():
            pause = max(RELISTED_RETRY_S, RELISTED_SHARE * self._comparing_s)
            asyncio.get_running_loop().call_later(pause, self._dirty.mark)
            return None
        if await self._taking.fill(self._api):
            self._dirty.mark()
        return self._observed()

    async def confirm(self) -> Observed | None:
        """See View. Raises ApiError."""
        self._in_doubt = True
        return await self.observe()

    def _observed(self) -> Observed | None:
        if self.config_maps is None or self.leases is None or self.daemon_sets is None:
            return None
        return Observed(
            rules=tuple(self._taking.places.held()),
            nodes=self._known_nodes(),
            desired=_desired(self.daemon_sets, self._installation),
            stored=stored.read(self.config_maps.values(), self._installation),
            unplaced=self._taking.places.unplaced(),
        )

    def hear(self) -> Heard | None:
        """See View. What FalcoNodes say of silence is known before anything is made of their Leases."""
        if not self._taken_in:
            return None
        leases = tuple((self.leases or {}).values())
        return Heard(self._known_nodes(), leases, self.hearing.well, self.hearing.missed())

    def agents(self) -> dict[str, Agent] | None:
        """By node, those that hold a Lease; None while Leases or FalcoNodes are not listed yet."""
        if self.leases is None or not self._taken_in:
            return None
        prefix = self._installation.lease_prefix
        ready = {prefix + node.name for node in self._known_nodes() if node.ready == "True"}
        specs = {str(one["metadata"]["name"]): one.get("spec") or {} for one in self.leases.values()}
        return {
            name.removeprefix(prefix): Agent(
                str(spec["holderIdentity"]), str(spec.get("renewTime")), name in ready
            )
            for name, spec in specs.items()
            if name.startswith(prefix) and spec.get("holderIdentity")
        }

    def daemon_set(self) -> Mapping[str, Any] | None:
        """The agents', as it is watched."""
        name = f"{self._installation.namespace}/{self._installation.daemon_set}"
        return (self.daemon_sets or {}).get(name)

    async def list_leases(self) -> tuple[Mapping[str, Any], ...]:
        """See View. What was listed counts until the watch says something, so that nothing older follows."""
        self.leases, _ = await Following(self._api, self._installation.leases).listed()
        return tuple(self.leases.values())

    def lease_of(self, node: str) -> Mapping[str, Any]:
        """See PageView."""
        return (self.leases or {}).get(
            f"{self._installation.namespace}/{self._installation.lease_prefix}{node}", {}
        )

    def leased(self) -> Sequence[str]:
        """See PageView."""
        prefix = f"{self._installation.namespace}/{self._installation.lease_prefix}"
        return [name.removeprefix(prefix) for name in self.leases or {} if name.startswith(prefix)]

    def falco_nodes(self) -> Sequence[Node]:
        """See PageView."""
        return self._known_nodes()

    def all_nodes(self) -> Sequence[Node] | None:
        """None while not all that there are were taken in."""
        return self._known_nodes() if self._taken_in else None

    def stored(self) -> stored.Stored | None:
        """See PageView."""
        if self.config_maps is None:
            return None
        return stored.read(self.config_maps.values(), self._installation)

    def statuses(self) -> Mapping[str, Mapping[str, Any]]:
        """See PageView."""
        return {one.object.key: one.status for one in self._taking.places.held()}

    def exec_key(self, node: str) -> str:
        """What the Lease of a node's agent says of its key; "" for nothing."""
        name = f"{self._installation.namespace}/{self._installation.lease_prefix}{node}"
        meta = ((self.leases or {}).get(name) or {}).get("metadata") or {}
        return str((meta.get("annotations") or {}).get(KEY_ANNOTATION, ""))

    async def _compared(self) -> bool:
        """Whether all is known that the API server has; what is known too much is left out."""
        if self._unlisted:
            return False
        self._in_doubt = False  # a listing from here on is a new doubt
        indexed, began = self._uids(), time.monotonic()
        try:
            there = set().union(*[await self._listed(path) for path in WATCHED])
        except BaseException:
            self._in_doubt = True
            raise
        finally:
            self._comparing_s = time.monotonic() - began
        gone = indexed - there
        self._taking.places.keep(lambda uid: uid not in gone)
        for uid in gone & self.nodes.keys():
            del self.nodes[uid]
        complete = there <= self._uids()
        self._in_doubt = self._in_doubt or not complete
        self._taken_in = self._taken_in or complete
        return complete

    async def _listed(self, path: str) -> set[str]:
        """The uids the API server has now, from its own consistent store."""
        found: set[str] = set()
        query = {"limit": PAGE}
        while True:
            page = await self._api.request("GET", path, query=query, accept=_NAMES_ONLY, timeout_s=30.0)
            found.update(str(item["metadata"]["uid"]) for item in page.get("items") or ())
            further = (page.get("metadata") or {}).get("continue")
            if not further:
                return found
            query = {"limit": PAGE, "continue": further}

    def _uids(self) -> set[str]:
        return self._taking.places.uids() | self.nodes.keys()

    def _known_nodes(self) -> tuple[Node, ...]:
        return tuple(self.nodes.values())


def _desired(daemon_sets: Objects, installation: Installation) -> int | None:
    found: Mapping[str, Any] = daemon_sets.get(f"{installation.namespace}/{installation.daemon_set}", {})
    number = (found.get("status") or {}).get("desiredNumberScheduled")
    return number if isinstance(number, int) else None

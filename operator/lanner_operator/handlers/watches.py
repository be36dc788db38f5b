# SPDX-License-Identifier: Apache-2.0
"""The custom resources, watched by kopf: each event is taken in, and marks that something changed.

No handler acts. There are none for creation, change and deletion and no daemons, so that kopf has no reason
to write finalizers or annotations, or to keep anything of an object. Nor are there indices: with them each
object of a first listing waits for all others, and all that wait are woken for each that comes, which is
minutes of the processor where there are ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import aiohttp
import kopf

from lanner_engine.resources.rule_object import CLUSTER_RULE, GROUP, NAMESPACED_RULE, VERSION
from lanner_operator import installation
from lanner_operator.handlers.view import ClusterView
from lanner_operator.reconcile.dirty import NODES_QUIET_S, Dirty
from lanner_operator.reconcile.taking import Taking
from lanner_operator.status import node as nodes

SERVER_TIMEOUT_S: Final = 120  # each watch begins anew after that, which proves that it is alive
CLIENT_TIMEOUT_S: Final = 150
INACTIVITY_S: Final = 70  # bookmarks come every minute
REQUEST_S: Final = 30
CHUNK: Final = 20  # objects of a listing that are in memory unpacked, a MiB each at most
PAGES: Final = {installation.NODES: 200}  # some KiB each, and thousands of them
QUEUE_IDLE_S: Final = 0.5  # kopf keeps the last event of an object for so long
_BACKOFFS: Final = (1, 1, 2, 3, 5, 8, 13, 21)


class Endless:
    """Pauses between attempts, without an end: the API server comes back one day."""

    def __iter__(self) -> Iterator[float]:
        yield from _BACKOFFS
        while True:
            yield 30


def registry(
    view: ClusterView,
    taking: Taking,
    dirty: Dirty,
    server: str,
    session: Callable[[], aiohttp.ClientSession],
) -> kopf.OperatorRegistry:
    """All handlers. `session` opens one on `server` that kopf closes."""
    made = kopf.OperatorRegistry()

    @kopf.on.login(registry=made)
    async def login(**_: Any) -> kopf.AiohttpSession:
        return kopf.AiohttpSession(server=server, aiohttp_session=session())

    _watch_rules(made, "clusterfalcorules", CLUSTER_RULE, taking, dirty)
    _watch_rules(made, "falcorules", NAMESPACED_RULE, taking, dirty)
    _watch_nodes(made, view, dirty)
    return made


def _watch_rules(made: kopf.OperatorRegistry, plural: str, kind: str, taking: Taking, dirty: Dirty) -> None:
    """An object without a place marks nothing."""

    @kopf.on.event(GROUP, VERSION, plural, registry=made)
    async def changed(event: kopf.RawEvent, **_: Any) -> None:
        take = taking.gone if event["type"] == "DELETED" else taking.take
        if take(kind, event["object"]):
            dirty.mark()


def _watch_nodes(made: kopf.OperatorRegistry, view: ClusterView, dirty: Dirty) -> None:
    """A change of counters alone, which every node makes every few minutes, marks nothing."""

    @kopf.on.event(GROUP, VERSION, "falconodes", registry=made)
    async def changed(event: kopf.RawEvent, **_: Any) -> None:
        node = nodes.read(event["object"])
        before = view.nodes.pop(node.uid, None)
        if event["type"] != "DELETED":
            view.nodes[node.uid] = node
            if before is not None and before.news == node.news:
                return
        dirty.mark(NODES_QUIET_S)


def settings() -> kopf.OperatorSettings:
    """kopf as a watcher and nothing else: alone, silent, and as patient as it takes."""
    made = kopf.OperatorSettings()
    made.process.ultimate_exiting_timeout = None  # it is started anew within the process
    made.posting.enabled = False
    made.scanning.disabled = True
    made.peering.standalone = True
    made.watching.server_timeout = SERVER_TIMEOUT_S
    made.watching.client_timeout = CLIENT_TIMEOUT_S
    made.watching.inactivity_timeout = INACTIVITY_S
    made.watching.chunk_size = CHUNK
    made.queueing.idle_timeout = QUEUE_IDLE_S
    made.networking.request_timeout = REQUEST_S
    made.networking.error_backoffs = Endless()
    made.queueing.error_delays = Endless()
    return made

# SPDX-License-Identifier: Apache-2.0
"""The endpoint of an agent in a cluster: served over TLS to the one client whose certificate the operator's
ConfigMap has, and to no other.

The key is made at the start and is nowhere but in this process' memory; its certificate goes into the agent's
Lease, which no other agent may write. Runs in the asyncio thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final
from urllib.parse import quote

from lanner_agent.apiserver.complaints import Complaint
from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.report.page.endpoint import Endpoint
from lanner_apiserver import pinned
from lanner_apiserver.client import Api
from lanner_apiserver.following import Following
from lanner_apiserver.served import Served
from lanner_engine.resources import page_contact

TITLE: Final = "alerts for the operator's page"


class Asked:
    """`annotations` are those of the agent's Lease. `address` and `port`: where the operator reaches this
    agent.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        identity: NodeIdentity,
        installation: str,
        address: str,
        port: int,
        endpoint: Endpoint,
        say: Callable[[str], None],
    ) -> None:
        self._own = pinned.made(page_contact.name_of(identity.name))
        self.annotations: Final[Mapping[str, str]] = page_contact.told(address, port, self._own.certificate)
        self._known: tuple[str, ...] | None = None
        self._served = Served(endpoint.application, TITLE, address, port, say, secured=True)
        name = page_contact.object_name(installation)
        complaint = Complaint(
            f"cannot watch the operator's certificate ({identity.namespace}/{name})",
            "list and watch on configmaps",
            say,
        )
        path = f"/api/v1/namespaces/{quote(identity.namespace, safe='')}/configmaps"
        self._following = Following(api, path, {"fieldSelector": f"metadata.name={name}"}, complaint.hear)

    async def serve(self) -> None:
        """Until cancelled; no client is answered before the operator's certificate is known."""
        await self._served.run()

    async def follow(self) -> None:
        """The operator's certificate, until cancelled. One that is taken away is not believed any more."""
        async for objects in self._following.states():
            found = tuple(one for held in objects.values() for one in page_contact.certificates(held))
            if found != self._known:
                self._known = found
                self._served.change(partial(pinned.server, self._own, found))

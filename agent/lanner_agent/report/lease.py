# SPDX-License-Identifier: Apache-2.0
"""The agent's sign of life: a Lease, renewed three times within the time it is good for. Who stops renewing
it is silent, which the operator writes into the FalcoNode and counts for no rule.

It says that the node is watched, or that its FalcoNode says why not: an agent that still starts does not
renew it, nor does one whose hot thread is stuck. After a start that follows an end by force the first renewal
waits, longer after each further one: an agent that dies again and again after a few seconds gives no sign of
life, however often it is started.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from lanner_agent.apiserver.complaints import Complaint
from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

RENEW_EVERY_S: Final = 20.0  # on average; a kubelet does it every 10 s
_SPREAD: Final = 0.25  # of that, more or less: agents that started in one moment do not stay in step
DURATION_S: Final = 60
UNWELL_EVERY_S: Final = 5.0  # while the agent is not well


class Lease:
    """`name`: LANNER_NAME-agent-NODE. Nothing is renewed before `begin`, nor while `problem` says why the
    agent must be taken for dead. `annotations` go with it. `renewed` is called after each renewal.
    """

    def __init__(  # noqa: PLR0913  (two by name)
        self,
        api: Api,
        name: str,
        identity: NodeIdentity,
        say: Callable[[str], None],
        *,
        annotations: Mapping[str, str] | None = None,
        problem: Callable[[], str] = str,
        renewed: Callable[[], None] = lambda: None,
    ) -> None:
        self._api = api
        self._name = name
        self._identity = identity
        self._path = f"/apis/coordination.k8s.io/v1/namespaces/{quote(identity.namespace, safe='')}/leases"
        right = f"get, create and update on leases in namespace {identity.namespace}"
        self._complaint = Complaint(f"cannot renew the lease {identity.namespace}/{name}", right, say)
        self._last: dict[str, Any] | None = None
        self._annotations = dict(annotations or {})
        self._problem = problem
        self._renewed = renewed
        self._due: float | None = None
        self._begun = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self, after_s: float) -> None:
        """The first renewal is due in so many seconds; only the first call counts. From any thread."""
        if self._due is None:
            self._due = time.monotonic() + after_s
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._begun.set)

    async def run(self) -> None:
        """Until cancelled."""
        self._loop = asyncio.get_running_loop()
        while self._due is None:
            await self._begun.wait()
        await asyncio.sleep(max(0.0, self._due - time.monotonic()))
        while True:
            await asyncio.sleep(UNWELL_EVERY_S if self._problem() else await self._pause())

    async def _pause(self) -> float:
        """Renews it; seconds until it is due again."""
        try:
            await self._renew()
        except ApiError as error:
            self._complaint.hear(error)
            return random.uniform(5.0, 15.0)  # noqa: S311  nothing secret
        self._complaint.hear(None)
        self._renewed()
        return RENEW_EVERY_S * random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311  nothing secret

    async def _renew(self) -> None:
        """One write; where the Lease is not as it was left, one read more."""
        if self._last is not None:
            try:
                self._last = await self._put(self._last)
            except ApiError as error:
                if not (error.not_found or error.conflict):
                    raise
            else:
                return
        try:
            found = await self._api.request("GET", f"{self._path}/{quote(self._name, safe='')}")
        except ApiError as error:
            if not error.not_found:
                raise
            self._last = await self._api.request("POST", self._path, body=self._body(None))
        else:
            self._last = await self._put(found)

    async def _put(self, before: dict[str, Any]) -> dict[str, Any]:
        path = f"{self._path}/{quote(self._name, safe='')}"
        answer: dict[str, Any] = await self._api.request("PUT", path, body=self._body(before))
        return answer

    def _body(self, before: dict[str, Any] | None) -> dict[str, Any]:
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        holder = self._identity.pod_name or self._identity.name
        old = (before or {}).get("spec") or {}
        mine = old.get("holderIdentity") == holder
        spec = {
            "holderIdentity": holder,
            "leaseDurationSeconds": DURATION_S,
            "acquireTime": old.get("acquireTime", moment) if mine else moment,
            "renewTime": moment,
        }
        meta: dict[str, Any] = {"name": self._name, "namespace": self._identity.namespace}
        if self._annotations:
            meta["annotations"] = self._annotations
        if before is not None:
            meta["resourceVersion"] = before["metadata"]["resourceVersion"]
        if self._identity.pod_uid:
            meta["ownerReferences"] = [self._owner()]
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec}

    def _owner(self) -> dict[str, str]:
        pod = self._identity
        return {"apiVersion": "v1", "kind": "Pod", "name": pod.pod_name, "uid": pod.pod_uid}

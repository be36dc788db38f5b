# SPDX-License-Identifier: Apache-2.0
"""This node's FalcoNode: made when it is not there, written when something changed. The acknowledgement that
rules are in force is one of those writes.

A change is written at once but for a small random pause, so that many nodes do not write in the same moment;
counters go along, and alone at most every five minutes; the first matches of a DryRun sooner
(report/dry_runs). The object is watched: one that was deleted is made again, and what the operator wrote of
an agent that was silent is put right after the Lease was renewed.

Every write replaces the whole status, so that nothing of an earlier process stays in it. A status that the
API server refuses is cut down to the part that acknowledges.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from lanner_agent.apiserver.complaints import Complaint
from lanner_agent.publish import escape
from lanner_agent.report import dry_runs
from lanner_agent.report import status as parts
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import PATCH, Api
from lanner_apiserver.errors import ApiError
from lanner_apiserver.following import Following
from lanner_engine.resources.rule_object import API_VERSION

COUNTERS_S: Final = 300.0
OWN_NODE_EVERY_S: Final = 60.0
_PATH: Final = f"/apis/{API_VERSION}/falconodes"
_ROLES: Final = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
_INVALID: Final = frozenset({400, 413, 422})  # of the content: the same again will not do

Status = Mapping[str, Any]


class FalcoNode:
    """`status` gives what to write now, `counters`, `alerts`, `hits`, `reports` and `tried` the numbers.
    `poke` may be called from any thread.
    """

    def __init__(  # noqa: PLR0913  (all by name)
        self,
        api: Api,
        *,
        node: str,
        role: str,
        status: Callable[[], Status],
        counters: Callable[[], Mapping[str, int]],
        alerts: Callable[[], Sequence[Mapping[str, Any]]],
        hits: Callable[[], Sequence[Mapping[str, Any]]],
        reports: Callable[[], Sequence[Mapping[str, Any]]],
        tried: Callable[[], dry_runs.Told],
        found: Callable[[Mapping[str, Any]], None],
        spread_s: float,
        say: Callable[[str], None],
    ) -> None:
        self._api = api
        self._node = node
        self._role = role
        self._status = status
        self._counters = counters
        self._alerts = alerts
        self._hits = hits
        self._reports = reports
        self._tried = tried
        self._pace = dry_runs.Pace(COUNTERS_S)
        self._found = found
        self._spread_s = spread_s
        self._say = say
        self._path = f"{_PATH}/{quote(node, safe='')}"
        right = "create, get, list and watch on falconodes.lanner.dev, patch on falconodes.lanner.dev/status"
        self._complaint = Complaint(f"cannot tell the cluster about this node (FalcoNode {node})", right, say)
        self._watching = Complaint(f"cannot watch FalcoNode {node}", right, say)
        self._backoff = Backoff(1.0, 60.0)
        self._written: Status | None = None  # without counters; None: not known
        self._there: Status | None = None  # as it is watched
        self._refused = ""  # why the API server does not take all of it
        self._counted_at = 0.0
        self._news = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun = False
        self.writes = 0

    def poke(self) -> None:
        """What `status` gives may have changed."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._news.set)

    def begin(self) -> None:
        """Nothing is written before this: what a start knows only in part is of no use."""
        self._begun = True
        self.poke()

    def renewed(self) -> None:
        """The Lease was: who takes this node for silent is wrong from now on."""
        if self._written is not None and self._there is not None and _differs(self._there, self._written):
            self._written = None
            self.poke()

    async def run(self) -> None:
        """Until cancelled."""
        self._loop = asyncio.get_running_loop()
        while not self._begun:
            await self._news.wait()
            self._news.clear()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._keep())

    async def _follow(self) -> None:
        """Only its own object, of which the API server tells at once when it is gone."""
        query = {"fieldSelector": f"metadata.name={self._node}"}
        async for objects in Following(self._api, _PATH, query, self._watching.hear).states():
            found = objects.get(f"/{self._node}")
            self._there = None if found is None else (found.get("status") or {})
            if found is None and self._written is not None:
                self._written = None
                self._news.set()

    async def _keep(self) -> None:
        while True:
            try:
                await self._bring_up_to_date()
                self._complaint.hear(None)
                self._backoff.reset()
                await self._wait(min(OWN_NODE_EVERY_S, self._pace.pause_s))
            except ApiError as error:
                if error.not_found and not error.missing_kind and self._written is not None:
                    self._written = None  # deleted meanwhile: make it again at once
                    continue
                self._complaint.hear(error)
                await asyncio.sleep(self._backoff.next(error.retry_after))

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
            await asyncio.sleep(random.uniform(0.0, self._spread_s))  # noqa: S311  nothing secret
        except TimeoutError:
            if self._watching.last is not None:
                await self._api.request("GET", self._path)

    async def _bring_up_to_date(self) -> None:
        self._news.clear()
        if self._written is None:
            await self._ensure()
        status = {key: value for key, value in self._status().items() if value is not None}
        clock = asyncio.get_running_loop().time()
        tried, since_s = self._tried(), clock - self._counted_at
        due = since_s >= COUNTERS_S or self._pace.due(tried, since_s)
        if status == self._written and not due:
            return
        await self._replace(status, tried)
        self._pace.wrote(tried)
        self._written, self._counted_at = status, clock

    async def _replace(self, status: Status, tried: dry_runs.Told) -> None:
        counters = dict(self._counters())
        try:
            numbers = {
                "counters": counters,
                "alerts": list(self._alerts()),
                "hits": list(self._hits()),
                "reports": list(self._reports()),
                "dryRun": tried,
            }
            await self._put({**status, **numbers})
        except ApiError as error:
            if error.status not in _INVALID:
                raise
            self._refuse(escape.shown(error.message, 300))
            await self._put(parts.acknowledgement(status, self._refused))
        else:
            self._refuse("")

    async def _put(self, status: Status) -> None:
        """Adding what is there replaces it, and needs no thing to be there (RFC 6902, 4.1)."""
        body = [{"op": "add", "path": "/status", "value": status}]
        await self._api.request("PATCH", f"{self._path}/status", body=body, content_type=PATCH)
        self.writes += 1

    def _refuse(self, why: str) -> None:
        if why != self._refused:
            whole = (
                f"FalcoNode {self._node} tells only which rules are in force, the API server refuses the rest"
            )
            self._say(f"{whole}: {why}" if why else f"FalcoNode {self._node} tells everything again")
        self._refused = why

    async def _ensure(self) -> None:
        """The object is there afterwards; what it said before a restart is told to `found`."""
        try:
            self._found(await self._api.request("GET", self._path))
        except ApiError as error:
            if not error.not_found or error.missing_kind:
                raise
            await self._create()

    async def _create(self) -> None:
        meta: dict[str, Any] = {"name": self._node, "ownerReferences": await self._owners()}
        body = {
            "apiVersion": API_VERSION,
            "kind": "FalcoNode",
            "metadata": meta,
            "spec": {"nodeName": self._node},
        }
        try:
            await self._api.request("POST", _PATH, body=body)
        except ApiError as error:
            if not error.conflict:
                raise

    async def _owners(self) -> list[dict[str, str]]:
        """The agents' ClusterRole, so that the object goes when Lanner is uninstalled."""
        try:
            role = await self._api.request("GET", f"{_ROLES}/{quote(self._role, safe='')}")
        except ApiError as error:
            if error.temporary:
                raise
            self._say(
                f"FalcoNode {self._node} has no owner and stays after an uninstall: cannot read the "
                f"ClusterRole {self._role}: {error.message}"
            )
            return []
        uid = role["metadata"]["uid"]
        api_version = "rbac.authorization.k8s.io/v1"
        return [{"apiVersion": api_version, "kind": "ClusterRole", "name": self._role, "uid": uid}]


def _differs(there: Status, written: Status) -> bool:
    """Whether a condition says something else than what was written."""
    return _said(there) != _said(written)


def _said(status: Status) -> list[tuple[object, object, object]]:
    conditions = status.get("conditions") or ()
    return sorted((one.get("type"), one.get("status"), one.get("reason")) for one in conditions)

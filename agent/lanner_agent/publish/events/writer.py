# SPDX-License-Identifier: Apache-2.0
"""One write to the API server: create an Event, patch its series, or the summary. Used on the asyncio thread.

Every method raises ApiError and changes nothing that a second try would need.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish.events import body, identity, names, outcome, sighting, suppressed
from lanner_agent.publish.events.outcome import Fate
from lanner_agent.publish.events.series import Series
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.publish.events.suppressed import Pods, Tally
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

_EVENTS: Final = "/apis/events.k8s.io/v1/namespaces/{}/events"
_MANAGER: Final = {"fieldManager": "lanner-agent"}
_MERGE: Final = "application/merge-patch+json"
_SECONDS: Final = 10.0  # a request's time limit


class Writer:
    """`counts`: published (Events created), series_patched, series_continued (of an agent before this)."""

    def __init__(self, api: Api, node: NodeIdentity, settings: EventSettings) -> None:
        self.counts: Counter[str] = Counter()
        self._api = api
        self._node = node
        self._settings = settings

    async def create(self, series: Series) -> int:
        """The number of the series' alerts that the server knows of now.

        An Event of that name that is there already is this one, when an answer got lost; or the same series,
        begun by this node's agent before it was started again: then it goes on counting.
        """
        event = self._body(series)
        try:
            await self._post(event)
        except ApiError as error:
            if not outcome.exists_already(error):
                raise
            return await self._met(series, event)
        self.counts["published"] += 1
        return 1

    async def patch(self, series: Series) -> int:
        """As `create`."""
        event, count, values = self._body(series), series.count, series.latest
        latest = {} if values is None else body.fields(values, self._settings.fields_size)
        await self._patch(event, body.repeated(series.before + count, series.last_ns, latest))
        if series.latest is values:
            series.latest = None
        self.counts["series_patched"] += 1
        return count

    async def summary(self, tally: Tally, since_ns: int, now_ns: int, pods: Pods) -> None:
        """What was not published, regarding the node. There already: the answer of the first try got lost."""
        event = suppressed.event(tally, since_ns, now_ns, self._node, self._settings.fields_size, pods=pods)
        try:
            await self._post(event)
        except ApiError as error:
            if not outcome.exists_already(error):
                raise
        self.counts["summaries"] += 1

    def _body(self, series: Series) -> dict[str, Any]:
        if series.body is None:
            size = self._settings.fields_size
            series.body = body.detected(series.first, series.key, self._node, identity.alert_id(), size)
            series.first = sighting.wordless(series.first)
        return series.body

    async def _met(self, series: Series, event: dict[str, Any]) -> int:
        """An empty patch changes nothing and needs no right to read, but is answered with the object."""
        try:
            there = await self._patch(event, {})
        except ApiError as error:
            if outcome.from_error(error, patching=True).fate is not Fate.DROP:
                raise
            return await self._elsewhere(series, event)  # not ours, or we could patch it
        if _alert_id(there) == _alert_id(event):
            self.counts["published"] += 1
            return 1
        if not _same(there, event):
            return await self._elsewhere(series, event)
        series.before = max(1, (there.get("series") or {}).get("count", 1))
        self.counts["series_continued"] += 1
        return await self.patch(series)

    async def _elsewhere(self, series: Series, event: dict[str, Any]) -> int:
        """Another client's Event has the name, by chance or to keep this one out: take a name of its own."""
        subject, _, _ = event["metadata"]["name"].rpartition(".")
        name = names.event(subject, _alert_id(event).lower())
        series.body = event | {"metadata": event["metadata"] | {"name": name}}
        await self._post(series.body)
        self.counts["published"] += 1
        return 1

    async def _post(self, event: dict[str, Any]) -> None:
        path = _EVENTS.format(event["metadata"]["namespace"])
        await self._api.request("POST", path, body=event, query=_MANAGER, timeout_s=_SECONDS)

    async def _patch(self, event: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
        path = f"{_EVENTS.format(event['metadata']['namespace'])}/{event['metadata']['name']}"
        answer: dict[str, Any] = await self._api.request(
            "PATCH", path, body=patch, query=_MANAGER, content_type=_MERGE, timeout_s=_SECONDS
        )
        return answer


def _alert_id(event: dict[str, Any]) -> str:
    return str((event["metadata"].get("annotations") or {}).get(body.ALERT_ID, ""))


def _same(there: dict[str, Any], event: dict[str, Any]) -> bool:
    """Made by this node's agent about the same thing."""
    parts = ("reportingController", "reportingInstance", "reason", "regarding", "type")
    return all(there.get(part) == event[part] for part in parts)

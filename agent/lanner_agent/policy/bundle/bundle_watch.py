# SPDX-License-Identifier: Apache-2.0
"""The index in the cluster -> bundles fetched, verified and compiled beside the hot path, offered to InForce.

Runs in the asyncio thread; what computes goes to a worker thread, so that health is answered meanwhile. A
bundle that cannot be used is tried again: at once when the index changes, now and then while it does not,
since the operator repairs shards that were deleted. One that killed the agent is not tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from lanner_agent.apiserver.complaints import Complaint
from lanner_agent.apiserver.node_labels import NodeLabels
from lanner_agent.policy.bundle import download, loaded, node_choice
from lanner_agent.policy.bundle.in_force import KILLED, InForce
from lanner_agent.policy.bundle.loaded import Load, Loaded, Origin
from lanner_agent.policy.bundle.trials import Trials
from lanner_agent.publish import escape
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_apiserver.following import Following
from lanner_engine.bundle import index as indices
from lanner_engine.bundle.errors import BundleError
from lanner_engine.codegen.compile import Program

LABELS_EVERY_S: Final = 60.0
LABELS_SOON_S: Final = 5.0  # while they are not known
RETRY_S: Final = (1.0, 60.0)  # the first and the longest pause before a bad bundle is tried again


@dataclass(frozen=True, slots=True)
class Place:
    """Where the index is: the ConfigMap `name` in the namespace Lanner is installed in."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class BundleWatch:
    """`prepare` is awaited with each new program before it is offered; `labels` are those of the node; `load`
    makes rules of what was fetched.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        place: Place,
        rules: InForce,
        say: Callable[[str], None],
        prepare: Callable[[Program], Awaitable[None]],
        trials: Trials,
        labels: NodeLabels,
        load: Load = loaded.from_bundle,
    ) -> None:
        self._load_bundle = load
        self._api = api
        self._place = place
        self._rules = rules
        self._prepare = prepare
        self._trials = trials
        self._labels = labels
        self._relabelled = False
        right = f"get, list and watch on configmaps in namespace {place.namespace}"
        self._watching = Complaint(f"cannot read the rules' index {place}", right, say)
        self._fetching = Complaint("cannot read the rules' shards", right, say)
        self._config_map: Mapping[str, Any] | None = None
        self._news = asyncio.Event()
        self._retry = Backoff(*RETRY_S)

    async def run(self) -> None:
        """Until cancelled."""
        path = f"/api/v1/namespaces/{quote(self._place.namespace, safe='')}/configmaps"
        query = {"fieldSelector": f"metadata.name={self._place.name}"}
        following = Following(self._api, path, query, self._hear)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._load_newest())
            tasks.create_task(self._follow_labels())
            async for objects in following.states():
                self._config_map = objects.get(str(self._place))
                self._news.set()

    def _hear(self, error: ApiError | None) -> None:
        self._watching.hear(error)
        if error is not None:
            self._rules.answer()

    async def _follow_labels(self) -> None:
        """Rules that choose nodes are loaded anew for other labels than they were loaded for."""
        while True:
            now = self._rules.current
            if now is not None and now.choosing and await self._labels.ask() != now.labels:
                self._relabelled = True
                self._news.set()
            await asyncio.sleep(LABELS_EVERY_S if self._labels.known else LABELS_SOON_S)

    async def _load_newest(self) -> None:
        pause: float | None = None  # until there is news
        while True:
            try:
                await asyncio.wait_for(self._news.wait(), pause)
                self._retry.reset()
            except TimeoutError:
                pass
            self._news.clear()
            pause = await self._try(self._config_map)

    async def _try(self, config_map: Mapping[str, Any] | None) -> float | None:
        """Seconds after which the same should be tried again."""
        if config_map is None:
            self._rules.miss_index()
            return None
        try:
            text = download.index_text(config_map)
            if not self._rules.knows(text) or self._relabelled:
                self._relabelled = False
                await self._load(text)
        except BundleError as error:
            self._rules.refuse(f"{error.reason}: {escape.shown(error.message, 500)}")
            return self._retry.next()
        except ApiError as error:
            self._fetching.hear(error)
            self._rules.answer()
            return self._retry.next(error.retry_after)
        except Exception as error:  # a rule that breaks the engine: the old ones stay in force
            self._rules.refuse(f"internal error: {type(error).__name__}: {escape.shown(str(error), 500)}")
            return self._retry.next()
        self._fetching.hear(None)
        return None

    async def _load(self, text: str) -> None:
        index = indices.parse(text)
        if self._trials.killed(index.bundleSha256):
            await self._labels.ask()  # it may run without the rules for other nodes
        if self._trials.killed(node_choice.trial(index.bundleSha256, self._labels.known)):
            self._refuse_killer(index.name)
            return
        contents = await download.shards(self._api, self._place.namespace, index)
        found = await asyncio.to_thread(self._tried, index.bundleSha256, text, contents)
        if found.choosing and await self._labels.ask() != found.labels:
            await asyncio.to_thread(self._trials.end, found.trial)
            found = await asyncio.to_thread(self._tried, index.bundleSha256, text, contents)
        if self._trials.killed(found.trial):  # it has none for other nodes
            self._refuse_killer(index.name)
            return
        await self._prepare(found.program)
        self._rules.offer(found)

    def _refuse_killer(self, name: str) -> None:
        why = f"an agent of this node was killed within a minute of bundle {name}"
        self._rules.refuse(f"{why}, which is not loaded again; another one is", KILLED)

    def _tried(self, sha256: str, text: str, contents: Mapping[str, bytes]) -> Loaded:
        known = self._labels.known
        name = node_choice.trial(sha256, known)
        self._trials.begin(name)
        try:
            rules = self._rules
            found = self._load_bundle(text, contents, Origin.BUNDLE, rules.matching, known, rules.always)
        except Exception:
            self._trials.end(name)
            raise
        if found.trial != name:  # it chooses no nodes
            if not self._trials.killed(found.trial):
                self._trials.begin(found.trial)
            self._trials.end(name)
        return found

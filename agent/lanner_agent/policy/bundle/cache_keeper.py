# SPDX-License-Identifier: Apache-2.0
"""The bundles that a node keeps: the one in force, and the last one that ran for a minute.

Read once at the start, before anything else; written beside the hot path whenever another one is in force.
What killed the agent is not read: the one that ran is, else there is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final

from lanner_agent.policy.bundle import loaded
from lanner_agent.policy.bundle.cache import Cache, CacheError, Kept
from lanner_agent.policy.bundle.in_force import InForce
from lanner_agent.policy.bundle.loaded import Loaded, Origin
from lanner_agent.policy.bundle.trials import Trials
from lanner_agent.publish import escape
from lanner_engine.bundle import index as indices
from lanner_engine.bundle.errors import BundleError

PROVEN_S: Final = 60.0
PROVEN: Final = "bundle.proven"


class CacheKeeper:
    """`proven_s`: so long a bundle must be in force to be trusted."""

    def __init__(
        self,
        cache: Cache,
        trials: Trials,
        rules: InForce,
        say: Callable[[str], None],
        proven_s: float = PROVEN_S,
    ) -> None:
        self._cache = cache
        self._proven = Cache(cache.directory, cache.owner, PROVEN)
        self._trials = trials
        self._rules = rules
        self._say = say
        self._proven_s = proven_s
        self._kept = ""
        self._trusted = ""
        self._since = (time.monotonic(), "")  # what is in force, and since when
        self._news = asyncio.Event()

    def read(self) -> Loaded | None:
        """The bundle this node had last; None where it cannot be used, and why is said. Another version's
        engine may have accepted it before an upgrade, so that any error may come.
        """
        for cache in (self._cache, self._proven):
            try:
                kept = cache.read()
                if kept is None or self._trials.killed(indices.parse(kept.index).bundleSha256):
                    continue
                found = self._loaded(kept)
            except Exception as error:
                known = isinstance(error, CacheError | BundleError)
                why = str(error) if known else f"internal error: {type(error).__name__}: {error}"
                self._say(f"the rules kept on this node are not used: {escape.shown(why, 500)}")
                continue
            self._kept = kept.index if cache is self._cache else ""
            return found
        return None

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._news.set)

        self._rules.listeners.append(wake)
        said = ""
        while True:
            while self._rules.dropped:
                await asyncio.to_thread(self._trials.end, self._rules.dropped.popleft())
            problem = await self._keep(self._rules.current)
            if problem and problem != said:
                self._say(f"a start without an API server will not have the newest rules: {problem}")
            said = problem
            left = await self._trust(self._rules.current)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)
            self._news.clear()

    def _loaded(self, kept: Kept) -> Loaded:
        sha256 = indices.parse(kept.index).bundleSha256
        self._trials.begin(sha256)
        try:
            rules = self._rules
            return loaded.from_bundle(
                kept.index, kept.contents, Origin.CACHE, rules.matching, None, rules.always
            )
        except Exception:
            self._trials.end(sha256)
            raise

    async def _keep(self, now: Loaded | None) -> str:
        """Why it could not be kept; "" when there is nothing to say."""
        if now is None or not now.index_text or now.index_text == self._kept:
            return ""
        try:
            await asyncio.to_thread(self._cache.write, Kept(now.index_text, now.contents))
        except CacheError as error:
            return escape.shown(str(error), 500)
        self._kept = now.index_text
        return ""

    async def _trust(self, now: Loaded | None) -> float | None:
        """Seconds until the bundle in force has run long enough; None when there is nothing to wait for."""
        if now is None or now.index is None:
            return None
        since, what = self._since
        running = now.index_text + now.trial  # the same bundle is another one for other labels of the node
        if what != running:
            self._since = since, _ = time.monotonic(), running
        left = since + self._proven_s - time.monotonic()
        if left > 0 or self._trusted == running:
            return max(left, 0.0) or None
        self._trusted = running
        # First: a bundle that is kept as the one that ran must not be on trial any more.
        await asyncio.to_thread(self._trials.prove, now.trial)
        try:
            await asyncio.to_thread(self._proven.write, Kept(now.index_text, now.contents))
        except CacheError as error:
            self._say(f"a start after a bundle that kills the agent will have older rules: {error}")
        return None

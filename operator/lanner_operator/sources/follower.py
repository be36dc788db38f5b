# SPDX-License-Identifier: Apache-2.0
"""Looks at sources when their time has come, and holds what came until it is in force.

A failure is tried again after about ten seconds, then more and more seldom, at last at the source's own
interval. What is held is bounded by how many sources are followed, and by what one object may hold.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources.falco_rule import MAX_CONTENT
from lanner_engine.resources.origin import Origin
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.installation import Installation
from lanner_operator.sources import wish as wishes
from lanner_operator.sources.wish import Wish
from lanner_operator.status import words
from lanner_operator.status.source_status import LONGEST, Standing
from lanner_sources import fetching
from lanner_sources.errors import SourceError
from lanner_sources.fetching import Fetched, Wanted
from lanner_sources.reference import Page

MOST: Final = 100  # sources that are followed, the first by name
AT_ONCE: Final = 4
FIRST_RETRY_S: Final = 10.0
OUTCOMES: Final = ("taken", "unchanged", "refused", "away")
_AWAY: Final = frozenset({"Unreachable", "TooSlow", "NotFound"})
_DOCKER_CONFIG: Final = ".dockerconfigjson"


@dataclass(frozen=True, slots=True)
class Came:
    """Rules that were fetched and believed: one rules file."""

    origin: Origin
    content: str = field(repr=False)


@dataclass(slots=True)
class _Followed:
    """One object's source. `due`: monotonic seconds."""

    wish: Wish
    name: str
    standing: Standing
    came: Came | None = None
    due: float = 0.0
    busy: bool = False
    backoff: Backoff = field(init=False)

    def __post_init__(self) -> None:
        self.backoff = Backoff(FIRST_RETRY_S, self.wish.every_s)


class Follower:
    """`hosts` may be asked; `changed` is called when something is known that was not; `counts` are looks by
    outcome.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        installation: Installation,
        hosts: Sequence[str],
        changed: Callable[[], None],
        counts: Counter[str],
        say: Callable[[str], None],
    ) -> None:
        self._api = api
        self._installation = installation
        self._hosts = hosts
        self._changed = changed
        self._counts = counts
        self._say = say
        self._followed: dict[str, _Followed] = {}  # by uid
        self._in_force: dict[str, Origin] = {}  # by uid
        self._news = asyncio.Event()

    def want(self, objects: Sequence[RuleObject], in_force: Mapping[str, RuleObject]) -> None:
        """The objects that follow a source, as they are now, and by uid the versions in force. What is in
        force is held no more.
        """
        chosen = sorted(filter(wishes.follows, objects), key=lambda one: one.name)
        found = {one.uid: self._known(one, number < MOST) for number, one in enumerate(chosen)}
        if any(one.due == 0.0 for one in found.values()):
            self._news.set()
        self._followed = found
        origins = {uid: one.origin for uid, one in in_force.items() if uid in found}
        self._in_force = {uid: origin for uid, origin in origins.items() if origin is not None}
        for uid, one in found.items():
            if one.came is not None and self._in_force.get(uid) == one.came.origin:
                one.came = None

    def standing(self, uid: str) -> Standing | None:
        """Of an object; None for one that follows nothing."""
        found = self._followed.get(uid)
        return found.standing if found is not None else None

    def came(self, uid: str) -> Came | None:
        """What is fetched of an object's source and not in force yet."""
        found = self._followed.get(uid)
        return found.came if found is not None else None

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            room = asyncio.Semaphore(AT_ONCE)
            while True:
                self._news.clear()
                now = time.monotonic()
                for uid, one in self._followed.items():
                    if not one.busy and one.due <= now:
                        one.busy = True
                        group.create_task(self._look(uid, one, room))
                await self._sleep()

    async def _sleep(self) -> None:
        dues = [one.due for one in self._followed.values() if not one.busy]
        pause = max(0.05, min(dues) - time.monotonic()) if dues else None
        try:
            async with asyncio.timeout(pause):
                await self._news.wait()
        except TimeoutError:
            return

    def _known(self, one: RuleObject, followed: bool) -> _Followed:
        try:
            wish = wishes.wish(one, self._hosts)
        except SourceError as error:
            return _never(one, error)
        if not followed:
            return _never(one, SourceError("Refused", f"{MOST} sources are followed, the first by name"))
        known = self._followed.get(one.uid)
        if known is not None and known.wish.key == wish.key:
            return known
        return _Followed(wish, one.name, Standing(wish.name))

    async def _look(self, uid: str, one: _Followed, room: asyncio.Semaphore) -> None:
        async with room:
            before = one.standing
            try:
                outcome = self._found(uid, one, await self._fetched(uid, one))
            except SourceError as error:
                outcome = self._failed(one, error)
            self._counts[outcome] += 1
            one.busy = False
            self._news.set()
            if self._followed.get(uid) is one and (one.standing != before or outcome == "taken"):
                self._tell(one)
                self._changed()

    async def _fetched(self, uid: str, one: _Followed) -> Fetched | None:
        held, in_force = one.came, self._in_force.get(uid)
        known = held.origin if held is not None else in_force
        # What is in force counts as known only once it was looked at with the key that is wanted now.
        digest = known.digest if known is not None and one.standing.seen == known.digest else ""
        try:
            secret = one.wish.pull_secret
            wanted = one.wish.by(await self._secret(secret)) if secret else one.wish.wanted
            return await fetching.fetch(wanted, in_force, digest)
        except SourceError:
            raise
        except Exception as error:  # unforeseen, in what strangers sent: it must not end the others
            raise SourceError("Unreachable", f"internal error: {type(error).__name__}: {error}") from error

    def _found(self, uid: str, one: _Followed, fetched: Fetched | None) -> str:
        content = "" if fetched is None else joined(fetched)
        one.backoff.reset()
        one.due = time.monotonic() + one.wish.every_s
        if fetched is None:
            one.standing = Standing(one.wish.name, one.standing.seen, "")
            return "unchanged"
        one.standing = Standing(one.wish.name, fetched.origin.digest, "")
        if self._in_force.get(uid) == fetched.origin:
            one.came = None  # what came meanwhile has errors, and is not there any more
            return "unchanged"
        one.came = Came(fetched.origin, content)
        return "taken"

    def _failed(self, one: _Followed, error: SourceError) -> str:
        """What came before is still good, unless it is another source by now."""
        one.due = time.monotonic() + min(one.wish.every_s, one.backoff.next())
        hint = f" ({error.hint})" if error.hint else ""
        trouble = words.line(f"{error}{hint}", LONGEST)
        one.standing = Standing(one.wish.name, error.seen, error.reason, trouble)
        return "away" if error.reason in _AWAY else "refused"

    def _tell(self, one: _Followed) -> None:
        standing = one.standing
        if standing.reason:
            self._say(f"source of {one.name}: {standing.reason}: {standing.place}: {standing.trouble}")
        else:
            self._say(f"source of {one.name}: {standing.place} is {standing.seen}")

    async def _secret(self, name: str) -> str:
        path = f"/api/v1/namespaces/{self._installation.namespace}/secrets/{name}"
        try:
            found = await self._api.request("GET", path)
            return base64.b64decode(found["data"][_DOCKER_CONFIG], validate=True).decode()
        except ApiError as error:
            hint = "list it in the chart's sources.pullSecrets" if error.status == 403 else ""  # noqa: PLR2004
            raise SourceError("Refused", f"pull secret {name}: {error}", hint) from None
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise SourceError("Refused", f"pull secret {name} holds no {_DOCKER_CONFIG}") from None


def joined(fetched: Fetched) -> str:
    """One rules file of all, in order. Raises SourceError TooLarge."""
    content = "\n---\n".join(one.text.removesuffix("\n") for one in fetched.files) + "\n"
    if len(content) > MAX_CONTENT:
        raise SourceError(
            "TooLarge",
            f"{fetched.origin.digest} holds {len(content):,} characters of rules, an object {MAX_CONTENT:,}",
            "let several objects follow it, with a path each",
            fetched.origin.digest,
        )
    return content


def _never(one: RuleObject, error: SourceError) -> _Followed:
    """A source that cannot be asked: only an edit helps."""
    standing = Standing(wishes.written(one), "", error.reason, str(error))
    return _Followed(_NOTHING, one.name, standing, due=float("inf"))


_NOTHING: Final = Wish("", "", 0, "", Wanted(Page("")))

# SPDX-License-Identifier: Apache-2.0
"""One operator of several writes: the one that holds the Lease, renewed each RENEW_S. The others stand by,
ask the API server for nothing more, and take it when it has lapsed.

Who holds it believes so for TERM_S after it sent the last renewal that was taken, others for LIFE_S after
they saw it: the first ends before the second, with however different clocks, and for a process that slept
meanwhile. Only lengths of time are measured, by a clock that goes on while the process or the machine sleeps.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.election import lease
from lanner_operator.installation import Installation

TERM_S: Final = 12.0  # three seconds less than others wait for
RENEW_S: Final = 5.0
LOOK_S: Final = 0.2  # of who stands by, at what is watched anyway
RETRY_S: Final = 1.0  # after a request that failed
ANSWER_S: Final = 3.0
GIVING_UP_S: Final = 2.0
Leases = Callable[[], Mapping[str, Mapping[str, Any]] | None]  # by NAMESPACE/NAME; None while not listed
Work = Callable[[], Coroutine[Any, Any, None]]
Owner = Callable[[], Awaitable[Mapping[str, Any] | None]]  # an ownerReference; raises ApiError


async def _no_owner() -> Mapping[str, Any] | None:
    return None


def awake_or_not() -> float:
    """Seconds that pass, whether anything runs or not."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Election:
    """`identity` is this operator's and no other's; one that is restarted under the same name takes its Lease
    back at once. The Lease goes with its `owner`.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        installation: Installation,
        identity: str,
        leases: Leases,
        say: Callable[[str], None],
        owner: Owner = _no_owner,
        clock: Callable[[], float] = awake_or_not,
    ) -> None:
        self._api = api
        self._installation = installation
        self._identity = identity
        self._leases = leases
        self._say = say
        self._owner = owner
        self._clock = clock
        self._until = -1.0  # of the term
        self._stored: Mapping[str, Any] | None = None  # as it was written last
        self._mark: tuple[str, str] | None = None
        self._since = 0.0  # when the mark was seen first
        self._said = ""

    @property
    def left_s(self) -> float:
        """Seconds for which no other can hold the Lease; 0 or less when one may."""
        return self._until - self._clock()

    async def run(self, lead: Work, stand_by: Work) -> None:
        """Each as long as it is right to, in turns; never returns. Raises what they raise."""
        while True:
            await self._beside(self._won(), stand_by)
            self._say(f"{self._identity} leads: it holds the Lease {self._installation.operator_lease}")
            why = await self._beside(self._lost(), lead)
            self._until = -1.0
            self._say(f"{self._identity} leads no more and writes nothing: {why}")

    async def give_up(self) -> None:
        """The next one need not wait. To be called when nothing of `lead` runs any more."""
        if self.left_s <= 0 or self._stored is None:
            return
        body = lease.given_up(self._installation, self._stored, _now())
        self._until = -1.0
        try:
            await self._api.request("PUT", self._path, body=body, timeout_s=GIVING_UP_S)
        except ApiError as error:
            self._say(f"the Lease {self._installation.operator_lease} lapses by itself: {error}")

    @staticmethod
    async def _beside(decides: Coroutine[Any, Any, str], work: Work) -> str:
        """`work` runs until `decides` returns; raises what either raises."""
        deciding, working = asyncio.create_task(decides), asyncio.create_task(work())
        try:
            await asyncio.wait({deciding, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
                raise RuntimeError("a part of the operator ended by itself")
            return await deciding
        finally:
            deciding.cancel()
            working.cancel()
            await asyncio.gather(deciding, working, return_exceptions=True)

    async def _won(self) -> str:
        while not await self._tried():
            await asyncio.sleep(LOOK_S)
        return ""

    async def _tried(self) -> bool:
        """Whether the Lease is ours now."""
        leases = self._leases()
        if leases is None:
            return False
        found = leases.get(f"{self._installation.namespace}/{self._installation.operator_lease}")
        if found is not None and not self._lapsed(lease.read(found)):
            return False
        if found is None and self._mark is not None and self._clock() - self._since < lease.LIFE_S:
            return False  # it was deleted: who held it learns that at the next renewal
        try:
            await self._write(found, ANSWER_S)
        except ApiError as error:
            self._since = self._clock()  # another one was quicker, which the watch will show
            self._complain(error)
            await asyncio.sleep(RETRY_S)
            return False
        return True

    def _lapsed(self, found: lease.Seen) -> bool:
        if found.holder in ("", self._identity):
            return True
        if found.mark != self._mark:
            if found.holder != (self._mark or ("",))[0]:
                self._say(f"{self._identity} stands by: {found.holder!r} leads")
            self._mark, self._since = found.mark, self._clock()
        return self._clock() - self._since >= found.life_s

    async def _lost(self) -> str:
        """Renews it; returns the reason when it is lost."""
        pause = RENEW_S
        while True:
            await asyncio.sleep(max(0.0, min(pause, self.left_s)))
            if self.left_s <= 0:
                return f"no renewal was taken within {TERM_S:.0f} s"
            try:
                await self._write(self._stored, min(ANSWER_S, self.left_s))
                pause = RENEW_S
            except ApiError as error:
                pause = RETRY_S
                why = await self._taken(error)
                if why:
                    self._until = -1.0  # nothing more is written while `lead` ends
                    return why

    async def _taken(self, error: ApiError) -> str:
        """Who has it, when a renewal failed; "" where it is ours still, or that is not known."""
        if error.not_found:
            return "the Lease was deleted"
        if not error.conflict:
            self._complain(error)
            return ""
        try:
            found = await self._api.request("GET", self._path, timeout_s=ANSWER_S)
        except ApiError:
            return ""
        holder = lease.read(found).holder
        if holder != self._identity:
            return f"{holder!r} holds the Lease"
        self._stored = found
        return ""

    async def _write(self, before: Mapping[str, Any] | None, timeout_s: float) -> None:
        """Takes or renews it, where it still is as `before`. Raises ApiError."""
        owner = await self._owner()
        sent = self._clock()
        body = lease.held(self._installation, self._identity, before, _now(), owner)
        if before is None:
            path = self._installation.leases
            self._stored = await self._api.request("POST", path, body=body, timeout_s=timeout_s)
        else:
            self._stored = await self._api.request("PUT", self._path, body=body, timeout_s=timeout_s)
        self._until = sent + TERM_S
        self._said = ""

    @property
    def _path(self) -> str:
        return f"{self._installation.leases}/{self._installation.operator_lease}"

    def _complain(self, error: ApiError) -> None:
        words = "" if error.conflict else f"the Lease of operators cannot be written: {error}"
        if words and words != self._said:
            self._say(words)
        self._said = words or self._said


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

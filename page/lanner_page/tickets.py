# SPDX-License-Identifier: Apache-2.0
"""One-time tokens that become sessions: an Access.

Who has shown some other way that he may look (a terminal, a token of the cluster) gets a ticket. It opens one
session, once, within a minute. Both are random, and held here as their hashes only.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Collection
from typing import Final

from lanner_page.access import Session

TICKET_S: Final = 60.0
SESSION_S: Final = 8 * 3600
TICKETS: Final = 32  # that wait; the oldest goes
SESSIONS: Final = 32  # that are open; the oldest ends
_BYTES: Final = 32
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


class Tickets:
    """`clock` in seconds, of any origin. For one asyncio loop; `issue` may be called before it runs."""

    def __init__(
        self, hosts: Collection[str] = LOOPBACK, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._hosts = tuple(hosts)
        self._clock = clock
        self._tickets: dict[bytes, float] = {}  # until when, by hash; the oldest first
        self._sessions: dict[bytes, float] = {}
        self.used: Callable[[], None] = lambda: None  # a token has opened a session, or came too late
        self.refused = 0  # tokens that opened nothing: wrong, used, too old

    @property
    def hosts(self) -> Collection[str]:
        return self._hosts

    def issue(self, life_s: float = TICKET_S) -> str:
        """A new token."""
        return self._put(self._tickets, life_s, TICKETS)

    async def enter(self, token: str) -> Session | None:
        """See Access. The token is used up in any case."""
        until = self._tickets.pop(_hash(token), 0.0)
        if until <= self._clock():
            self.refused += 1
            if until:
                self.used()
            return None
        made = Session(self._put(self._sessions, SESSION_S, SESSIONS), SESSION_S)
        self.used()
        return made

    def knows(self, secret: str) -> bool:
        """See Access. What is compared is a hash, which an attacker cannot steer byte by byte."""
        return self._sessions.get(_hash(secret), 0.0) > self._clock()

    def _put(self, held: dict[bytes, float], life_s: float, most: int) -> str:
        now = self._clock()
        for key in [key for key, until in held.items() if until <= now]:
            del held[key]
        while len(held) >= most:
            del held[next(iter(held))]
        made = secrets.token_urlsafe(_BYTES)
        held[_hash(made)] = now + life_s
        return made


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()

# SPDX-License-Identifier: Apache-2.0
"""The agents, asked over connections on which both ends know each other's certificate.

What an agent answers is its word about its own node and about no other: what names another node is left out.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import aiohttp

from lanner_apiserver import pinned
from lanner_apiserver.pinned import Own
from lanner_engine.resources import page_contact
from lanner_engine.resources.page_contact import Contact
from lanner_engine.source import LannerError
from lanner_page import wire
from lanner_page.source import Alert

PATIENCE_S: Final = 2.0
CONNECT_S: Final = 2.0
EACH_S: Final = 20.0  # for all that are asked one thing: where many say nothing, who looks waits no longer
AT_ONCE: Final = 16  # questions under way, and as many to those who were silent, beside those that follow
ANSWER: Final = 3 << 20  # bytes of one
MOST: Final = 2_000  # agents that are asked
_OK: Final = 200

Contacts = Callable[[], Mapping[str, Contact]]  # of the agents that can be asked, by node


class NoAnswerError(LannerError):
    """Of one agent; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """`body` is what one node's agent answered; `size` its bytes."""

    node: str
    body: Mapping[str, Any]
    size: int

    def alerts(self) -> list[Alert]:
        """Those of this node. Their ids name it: an agent may give an alert the id of another node's."""
        listed = self.body.get("alerts")
        found = map(wire.decoded, listed if isinstance(listed, list) else ())
        own = (one for one in found if one is not None and one.node == self.node)
        return [replace(one, id=f"{self.node}:{one.id}") for one in own]


class Agents:
    """`own` gives the operator's certificate of the moment."""

    def __init__(self, contacts: Contacts, own: Callable[[], Own]) -> None:
        self._contacts = contacts
        self._own = own
        self._room = asyncio.Semaphore(AT_ONCE)
        self._beside = asyncio.Semaphore(AT_ONCE)  # of the silent, for whom nobody else's agents wait
        self._session: aiohttp.ClientSession | None = None
        self._known: dict[str, tuple[Contact, Own, ssl.SSLContext]] = {}
        self._silent: set[str] = set()  # gave no answer when they were asked last

    def nodes(self) -> Sequence[str]:
        """Those whose agents can be asked."""
        return sorted(self._contacts())[:MOST]

    async def ask(self, node: str, path: str, patience_s: float = PATIENCE_S) -> Said:
        """`path` with its query. Raises NoAnswerError."""
        contact = self._contacts().get(node)
        if contact is None:
            raise NoAnswerError("there is no agent that keeps alerts")
        host = f"[{contact.host}]" if ":" in contact.host else contact.host
        try:
            async with (
                asyncio.timeout(patience_s),
                self._opened().get(
                    f"https://{host}:{contact.port}{path}",
                    ssl=self._context(node, contact),
                    server_hostname=page_contact.name_of(node),
                    allow_redirects=False,
                ) as response,
            ):
                return await _read(node, response)
        except TimeoutError:
            raise NoAnswerError(f"no answer in {patience_s:.0f} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoAnswerError(type(error).__name__) from error

    async def ask_each(
        self, path: Callable[[str], str], nodes: Sequence[str], take: Callable[[Said], object]
    ) -> dict[str, str]:
        """Side by side, so many at once; `take` is given each answer as it comes, so that no more than these
        are held. Why others gave none. Who gave none the last time is asked last.
        """
        failed: dict[str, str] = {}
        clock = asyncio.get_running_loop().time
        until = clock() + EACH_S

        async def one(node: str) -> None:
            async with self._beside if node in self._silent else self._room:
                if clock() >= until:
                    failed[node] = "not asked, since others took too long"
                    return
                try:
                    take(await self.ask(node, path(node)))
                    self._silent.discard(node)
                except NoAnswerError as error:
                    failed[node] = str(error)
                    self._silent.add(node)

        if len(self._silent) > MOST:  # most of them are gone
            self._silent.clear()
        await asyncio.gather(*map(one, sorted(nodes, key=self._silent.__contains__)))
        return failed

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _context(self, node: str, contact: Contact) -> ssl.SSLContext:
        """The same for the same certificates, so that connections are used again."""
        own, known = self._own(), self._known.get(node)
        if known is not None and known[:2] == (contact, own):
            return known[2]
        made = pinned.client(own, contact.certificate)
        if made is None:
            raise NoAnswerError("what its Lease says is no certificate")
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[node] = contact, own, made
        return made

    def _opened(self) -> aiohttp.ClientSession:
        """No proxies, no cookies, nothing unpacked."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                auto_decompress=False,
            )
        return self._session


async def _read(node: str, response: aiohttp.ClientResponse) -> Said:
    if response.status != _OK:
        raise NoAnswerError(f"it answers {response.status}")
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > ANSWER:
            raise NoAnswerError(f"an answer of more than {ANSWER >> 20} MiB")
    try:
        body = json.loads(content)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise NoAnswerError("its answer is no object of JSON")
    return Said(node, body, len(content))

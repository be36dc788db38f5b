# SPDX-License-Identifier: Apache-2.0
"""One API server: a request and its answer, a watch and its events. JSON in, JSON out.

    api = await Api.connect("lanner-agent")         # in a pod, or by $KUBECONFIG
    await api.request("GET", "/api/v1/namespaces/default")
    async for event in api.watch("/api/v1/namespaces", {"resourceVersion": "17"}): ...
    await api.close()

Everything is made and used in one asyncio loop. Every failure is an ApiError; nothing is tried again here,
since only the caller knows whether that helps. `following` keeps a watch alive.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from lanner_apiserver import connection, later, lines, nesting
from lanner_apiserver.errors import ApiError, Unreachable, from_status
from lanner_apiserver.server import Server

if TYPE_CHECKING:
    import aiohttp
else:
    aiohttp = later.imported("aiohttp")

ANSWER_BYTES: Final = 32 << 20  # of one answer; a bundle's largest shard is below 1 MiB
CONNECT_S: Final = 5.0
WATCH_S: Final = 300  # the server ends a watch after that; a fresh one follows
SILENCE_S: Final = 90.0  # bookmarks come once a minute: a watch that says less is dead
JSON: Final = "application/json"
MERGE: Final = "application/merge-patch+json"
PATCH: Final = "application/json-patch+json"
CONNECTIONS: Final = 16
READ_BYTES: Final = 2 << 20  # a watch's event is one line
UNREACHABLE: Final = "unreachable"
_REDIRECTS: Final = 300
_ERRORS: Final = 400


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: Mapping[str, str] | None
    timeout: aiohttp.ClientTimeout
    body: object | None = None
    content_type: str = JSON
    accept: str = JSON


class Api:
    """See the module. `host` is the server's URL, `agent` who asks, as the server's audit log has it; `trust`
    the certificates: those we trust, and ours if we have one. `answers` counts by method and HTTP status,
    UNREACHABLE without an answer.
    """

    def __init__(self, server: Server, agent: str) -> None:
        """Raises Unreachable for certificates that cannot be read."""
        self.server = server
        self.agent = agent
        self.host = server.host
        self.trust: ssl.SSLContext = server.trust()
        self.answers: Counter[tuple[str, str]] = Counter()
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    async def connect(cls, agent: str, kubeconfig: str | None = None) -> Api:
        """Reads where the server is; does not ask it anything yet. Raises Unreachable."""
        return cls(await connection.server(kubeconfig), agent)

    async def request(  # noqa: PLR0913  (all that HTTP knows, by name)
        self,
        method: str,
        path: str,
        *,
        body: object | None = None,
        query: Mapping[str, str] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        timeout_s: float = 10.0,
    ) -> Any:
        """The decoded answer. `timeout_s` is for all of it. Raises ApiError."""
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_S)
        response = await self._send(_Request(method, path, query, timeout, body, content_type, accept))
        try:
            return _decoded(await self._body(response, path), path)
        finally:
            response.release()

    async def watch(self, path: str, query: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
        """Events ({type, object}) of one connection, bookmarks among them, until the server ends it.

        Raises ApiError: what the server refused, or said in an ERROR event (410 among them), or Unreachable
        when the connection broke or was silent for too long.
        """
        asked = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH_S),
            **query,
        }
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
        response = await self._send(_Request("GET", path, asked, timeout))
        try:
            async for line in lines.split(response.content.iter_any()):
                yield _event(line, path)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(_words(error), path) from error
        except lines.LineTooLongError as error:
            raise ApiError(0, "TooLarge", str(error), None, path) from error
        finally:
            response.close()

    async def authorization(self) -> dict[str, str]:
        """The token as it is now; nothing where a client certificate speaks for us. Raises Unreachable."""
        token = await self.server.token()
        return {"Authorization": token} if token else {}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _send(self, asked: _Request) -> aiohttp.ClientResponse:
        """The answer's head; its body waits to be read."""
        url = f"{self.host}{asked.path}" + (f"?{urlencode(asked.query)}" if asked.query else "")
        headers = {"Accept": asked.accept, "Content-Type": asked.content_type, "User-Agent": self.agent}
        try:
            headers.update(await self.authorization())
            response = await self._opened().request(
                asked.method,
                url,
                allow_redirects=False,  # another place has other certificates, or none
                headers=headers,
                data=None if asked.body is None else json.dumps(asked.body),
                timeout=asked.timeout,
                server_hostname=self.server.name,
                proxy=self.server.proxy or _proxy(self.host),
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:  # a header that is none
            self.answers[asked.method, UNREACHABLE] += 1
            raise Unreachable(_words(error), asked.path, late=_late(error)) from error
        self.answers[asked.method, str(response.status)] += 1
        if response.status >= _ERRORS:
            await self._refused(response, asked.path)
        if response.status >= _REDIRECTS:
            response.close()
            place = response.headers.get("Location", "nowhere")
            raise ApiError(response.status, "Redirected", f"it redirects to {place}", None, asked.path)
        return response

    def _opened(self) -> aiohttp.ClientSession:
        """Made by the first request, since it belongs to the loop that runs then."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=self.trust)
            self._session = aiohttp.ClientSession(connector=connector, read_bufsize=READ_BYTES)
        return self._session

    async def _refused(self, response: aiohttp.ClientResponse, path: str) -> None:
        try:
            content = await self._body(response, path)
        finally:
            response.release()
        try:
            status = nesting.loads(content)
        except ValueError:
            status = {"message": content[:1000].decode("utf-8", "replace").strip()}
        told = status if isinstance(status, dict) else {}
        raise from_status(response.status, told, response.headers, path)

    async def _body(self, response: aiohttp.ClientResponse, path: str) -> bytes:
        content = bytearray()
        try:
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > ANSWER_BYTES:
                    response.close()
                    raise ApiError(0, "TooLarge", f"answer larger than {ANSWER_BYTES >> 20} MiB", None, path)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(_words(error), path) from error
        return bytes(content)


def _decoded(content: bytes, path: str) -> Any:
    try:
        return nesting.loads(content) if content else None
    except (ValueError, RecursionError) as error:
        raise ApiError(0, "NotJson", f"the answer is no JSON: {error}", None, path) from error


def _event(line: bytes, path: str) -> dict[str, Any]:
    event = _decoded(line, path)
    if not isinstance(event, dict) or not isinstance(event.get("object"), dict):
        raise ApiError(0, "NotJson", "a watch event without an object", None, path)
    if event.get("type") == "ERROR":
        status = event["object"]
        code = status.get("code")
        raise from_status(code if isinstance(code, int) else 0, status, {}, path)
    return event


def _proxy(host: str) -> str | None:
    """As the environment has it (https_proxy, no_proxy). aiohttp's `trust_env` would say that, too, and show
    what ~/.netrc has for the host in the place of our token. Like that it leaves out one that is asked by
    TLS, which would have to show a certificate of the cluster's own authority.
    """
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  aiohttp has imported it by now

    url = urlsplit(host)
    found = None if proxy_bypass(url.hostname or "") else getproxies().get(url.scheme)
    return None if found is None or urlsplit(found).scheme == "https" else found


def _late(error: BaseException) -> bool:
    """The time for all of it is over; that for a connection alone is aiohttp's own error."""
    return isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ServerTimeoutError)


def _words(error: BaseException) -> str:
    """TimeoutError and some of aiohttp's have no words of their own."""
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return "no answer in time"
    return str(error) or type(error).__name__

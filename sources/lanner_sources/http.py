# SPDX-License-Identifier: Apache-2.0
"""HTTP within bounds: how much an answer may hold, how long it may take, where it may lead, who may see
credentials.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from lanner_sources import bounds, hosts
from lanner_sources.errors import SourceError

AUTHORIZATION: Final = "Authorization"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Reach:
    """`allowed`: entries of hosts, None for every host. `ca`: PEM of the authorities to trust instead of the
    system's. `plain`: HTTP without TLS.
    """

    allowed: Sequence[str] | None = None
    ca: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """`url` is where the answer came from."""

    status: int
    headers: CIMultiDictProxy[str]
    content: bytes
    url: URL


class Http:
    """One session; `asked` gives it. Every problem is a SourceError."""

    def __init__(self, session: aiohttp.ClientSession, reach: Reach) -> None:
        self._session = session
        self._reach = reach

    def base(self, host: str) -> URL:
        """Where a host is asked: by TLS, unless plain HTTP was asked for, or it is this machine and no
        authority is named. Raises SourceError BadReference.
        """
        own = hosts.is_own(_bare(host)) and not self._reach.ca
        scheme = "http" if self._reach.plain or own else "https"
        return self.url(f"{scheme}://{host}")

    def url(self, text: str) -> URL:
        """Raises SourceError BadReference."""
        try:
            return URL(text)
        except ValueError:
            raise SourceError("BadReference", f"{text!r} is no URL") from None

    async def ask(
        self,
        method: str,
        url: URL,
        most: int,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Follows redirects of what is only read; `most`: bytes of the answer. Credentials in `headers` stay
        with their host.

        Raises:
            SourceError: HostNotAllowed, TooLarge, TooSlow, Unreachable.
        """
        sent = CIMultiDict(headers or {})
        for _ in range(bounds.REDIRECTS + 1):
            answer = await self._once(method, url, most, sent, body)
            if answer.status not in _REDIRECTS or method not in ("GET", "HEAD"):
                return answer
            url, before = _further(answer), url
            if before.scheme == "https" != url.scheme:
                raise SourceError("Unreachable", f"{before.host} redirects to what is no https")
            if _origin(url) != _origin(before):
                sent.pop(AUTHORIZATION, None)
        raise SourceError("Unreachable", f"{url.host} redirects more than {bounds.REDIRECTS} times")

    async def _once(
        self, method: str, url: URL, most: int, headers: CIMultiDict[str], body: bytes | None
    ) -> Answer:
        self._check(url)
        sent = {"Accept-Encoding": "identity", **headers}
        options = {"headers": sent, "data": body, "allow_redirects": False, "proxy": _proxy(url)}
        try:
            async with self._session.request(method, url, **options) as found:  # type: ignore[arg-type]
                content = await _read(found, most, url)
                return Answer(found.status, found.headers, content, url)
        except TimeoutError:
            raise SourceError("TooSlow", f"{url.host} sends nothing for {bounds.SILENCE_S:g} s") from None
        except aiohttp.ClientConnectorCertificateError as error:
            raise SourceError("Unreachable", f"{url.host}: {error.certificate_error}", _CA_HINT) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SourceError("Unreachable", f"{url.host} cannot be asked: {_words(error)}") from None

    def _check(self, url: URL) -> None:
        if self._reach.allowed is not None and not hosts.allowed(url, self._reach.allowed):
            port = "" if url.port in (None, hosts.HTTPS_PORT) else f":{url.port}"
            entry = f"{url.host}{port}"
            message = f"{entry} is no host that may be asked"
            raise SourceError(
                "HostNotAllowed", message, f"list it in the chart's sources.allowedHosts: {entry}"
            )
        own = hosts.is_own((url.host or "").lower())
        if url.scheme != "https" and not (url.scheme == "http" and (self._reach.plain or own)):
            raise SourceError("Unreachable", f"{url.scheme}://{url.host} is no https")


_CA_HINT: Final = "name the authority that signed its certificate"


@contextlib.asynccontextmanager
async def asked(reach: Reach, longest_s: float = bounds.FETCH_S) -> AsyncIterator[Http]:
    """For all of one fetch. Raises SourceError TooSlow when the time is over."""
    timeout = aiohttp.ClientTimeout(sock_connect=bounds.CONNECT_S, sock_read=bounds.SILENCE_S)
    connector = aiohttp.TCPConnector(
        ssl=_trust(reach.ca), resolver=hosts.Guarded() if reach.allowed is not None else None, limit=4
    )
    try:
        async with (
            asyncio.timeout(longest_s),
            aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session,
        ):
            yield Http(session, reach)
    except TimeoutError:
        raise SourceError("TooSlow", f"it takes more than {longest_s:g} s") from None


@functools.lru_cache(maxsize=16)
def _trust(ca: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=ca or None)
    except (ssl.SSLError, ValueError) as error:
        raise SourceError("BadKey", f"what should be the authority is no PEM certificate: {error}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def _read(found: aiohttp.ClientResponse, most: int, url: URL) -> bytes:
    content = bytearray()
    async for chunk in found.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > most:
            raise SourceError("TooLarge", f"{url.host}{url.path} sends more than {most:,} bytes")
    return bytes(content)


def _further(answer: Answer) -> URL:
    place = answer.headers.get("Location", "")
    try:
        return answer.url.join(URL(place)) if place else URL()
    except ValueError:
        raise SourceError("Unreachable", f"{answer.url.host} redirects to what is no URL") from None


def _origin(url: URL) -> tuple[str, str | None, int | None]:
    return url.scheme, url.host, url.port


def _proxy(url: URL) -> str | None:
    """As the environment has it (https_proxy, no_proxy)."""
    if urllib.request.proxy_bypass(url.host or ""):
        return None
    return urllib.request.getproxies().get(url.scheme)


def _bare(host: str) -> str:
    return host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__

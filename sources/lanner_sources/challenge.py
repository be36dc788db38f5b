# SPDX-License-Identifier: Apache-2.0
"""A registry's 401 -> the header that it wants: Basic, or a token from the place that it names."""

from __future__ import annotations

import json
import re
from typing import Final

from yarl import URL

from lanner_sources import bounds
from lanner_sources.credentials import NOBODY, Credentials
from lanner_sources.errors import SourceError
from lanner_sources.http import AUTHORIZATION, Answer, Http

UNAUTHORIZED: Final = 401
_OK: Final = 200
_PARAMETER: Final = re.compile(r'([a-zA-Z_]+)="([^"\\]{0,2048})"')


async def met(http: Http, refused: Answer, credentials: Credentials, scope: str) -> str:
    """The value of the header Authorization. `scope`: what is to be done, as the token protocol has it.

    Raises:
        SourceError: Refused, or what asking for a token runs into.
    """
    said = refused.headers.get("WWW-Authenticate", "")
    scheme, _, rest = said.partition(" ")
    if scheme.lower() == "bearer":
        return await _token(http, dict(_PARAMETER.findall(rest)), credentials, scope, refused.url)
    if scheme.lower() == "basic" and credentials != NOBODY:
        return credentials.basic
    raise no_entry(refused.url, credentials)


def no_entry(url: URL, credentials: Credentials) -> SourceError:
    """Credentials are missing, or are not good enough."""
    if credentials == NOBODY:
        hint = "name a pull secret"
        return SourceError("Refused", f"{url.host} wants credentials", hint)
    return SourceError("Refused", f"{url.host} does not let {credentials.user!r} in")


async def _token(http: Http, named: dict[str, str], credentials: Credentials, scope: str, asked: URL) -> str:
    """Credentials go to the realm that the registry names, by TLS or on the same machine only."""
    try:
        realm = URL(named.get("realm", ""))
    except ValueError:
        realm = URL()
    if not realm.host or (realm.scheme != "https" and realm.host != asked.host):
        raise SourceError("Refused", f"{asked.host} names no place where tokens are given by https")
    query = {"scope": scope} | ({"service": named["service"]} if "service" in named else {})
    headers = {} if credentials == NOBODY else {AUTHORIZATION: credentials.basic}
    answer = await http.ask("GET", realm.update_query(query), bounds.TOKEN, headers)
    if answer.status != _OK:
        raise no_entry(realm, credentials)
    return f"Bearer {_given(answer)}"


def _given(answer: Answer) -> str:
    try:
        written = json.loads(answer.content)
        token = written.get("token") or written.get("access_token")
    except (ValueError, RecursionError, AttributeError):
        token = None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise SourceError("Refused", f"{answer.url.host} gives no token")
    return token

# SPDX-License-Identifier: Apache-2.0
"""Who asks a registry: what a `.dockerconfigjson` has, as pull secrets and `docker login` write it. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any, Final

from lanner_sources.errors import SourceError

LONGEST: Final = 1 << 20  # characters, as a Secret may hold


@dataclass(frozen=True, slots=True)
class Credentials:
    """`user` "": none."""

    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The header's value."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


NOBODY: Final = Credentials()


def of_host(config: str, host: str) -> Credentials:
    """What a docker configuration has for a registry; NOBODY where it has nothing. Credential helpers are
    not run.

    Raises:
        SourceError: Refused, when it is no docker configuration.
    """
    for name, entry in _entries(config).items():
        if _host(name) == host and isinstance(entry, dict):
            return _credentials(entry)
    return NOBODY


def _entries(config: str) -> dict[str, Any]:
    try:
        written = json.loads(config) if len(config) <= LONGEST else None
    except (ValueError, RecursionError):
        written = None
    found = written.get("auths", {}) if isinstance(written, dict) else None
    if not isinstance(found, dict):
        raise SourceError("Refused", "the credentials are no .dockerconfigjson")
    return found


def _host(name: str) -> str:
    """`https://index.docker.io/v1/` -> `docker.io`, as docker writes its own."""
    bare = name.partition("://")[2] or name
    host = bare.partition("/")[0].lower()
    return "docker.io" if host == "index.docker.io" else host


def _credentials(entry: dict[str, Any]) -> Credentials:
    if isinstance(entry.get("auth"), str) and entry["auth"]:
        try:
            user, colon, password = base64.b64decode(entry["auth"], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user, colon, password = "", "", ""
        if not colon:
            raise SourceError("Refused", "an `auth` of the credentials is no base64 of USER:PASSWORD")
        return Credentials(user, password)
    return Credentials(str(entry.get("username", "")), str(entry.get("password", "")))

# SPDX-License-Identifier: Apache-2.0
"""Settings of outputs that post to an HTTP server."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from lanner_agent.publish.settings.certificates import Certificates


class Endpoint(Certificates):
    """Whom to ask."""

    url: str = Field(description="Where to post to, http:// or https://.")
    headers_file: Path | None = Field(
        default=None,
        description="A file with more headers, such as a token: `Name: value` one a line, # for comments.",
    )
    timeout_s: float = Field(
        alias="timeout",
        default=10.0,
        gt=0,
        le=300,
        description="Seconds for a connection, and for each part of an answer.",
    )

    @field_validator("url")
    @classmethod
    def _usable(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:  # whose words may hold a part of it
            raise ValueError("must have a host, or an address of IPv6 in brackets") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must begin with http:// or https:// and a host")
        if parts.username or parts.password:
            raise ValueError(
                "must hold no user and password: an Authorization header in headersFile does that"
            )
        if not (url.isascii() and url.isprintable()) or " " in url or parts.fragment:
            raise ValueError("must have no blanks, no fragment and no characters outside of ASCII")
        if not _has_port(url):
            raise ValueError("must have a port from 1 to 65535, or none")
        return url


def _has_port(url: str) -> bool:
    """A good one, or none. Python's own words would hold a password that stands in its place."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False

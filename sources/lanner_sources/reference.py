# SPDX-License-Identifier: Apache-2.0
"""Where rules are: `oci://HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]`, or an https URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lanner_sources.errors import SourceError

OCI: Final = "oci://"
HTTPS: Final = "https://"
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_HOST: Final = r"(?P<host>(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::[0-9]{1,5})?)"
_PART: Final = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE: Final = re.compile(
    rf"{_HOST}/(?P<repository>{_PART}(?:/{_PART})*)"
    rf"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{{0,127}}))?(?:@(?P<digest>{DIGEST.pattern}))?"
)
LONGEST: Final = 1_024


@dataclass(frozen=True, slots=True)
class Artifact:
    """In a registry. `digest` "" unless it is pinned; then the tag says nothing."""

    host: str  # with its port, where that is not 443
    repository: str
    tag: str = "latest"
    digest: str = ""

    @property
    def name(self) -> str:
        """Without tag and digest: versions are compared within it."""
        return f"{OCI}{self.host}/{self.repository}"

    @property
    def wanted(self) -> str:
        """What the registry is asked for."""
        return self.digest or self.tag

    def __str__(self) -> str:
        return f"{self.name}@{self.digest}" if self.digest else f"{self.name}:{self.tag}"


@dataclass(frozen=True, slots=True)
class Page:
    """A rules file behind an https URL; its signature is behind the same with `.sig`."""

    url: str

    @property
    def name(self) -> str:
        return self.url

    @property
    def signature(self) -> str:
        return f"{self.url}.sig"

    def __str__(self) -> str:
        return self.url


Reference = Artifact | Page


def is_reference(text: str) -> bool:
    """Whether it looks like one, and not like a path."""
    return text.startswith((OCI, HTTPS))


def parse(text: str) -> Reference:
    """Raises SourceError BadReference."""
    if len(text) > LONGEST:
        raise SourceError("BadReference", f"a source is named in at most {LONGEST:,} characters")
    if text.startswith(HTTPS):
        return _page(text)
    return artifact(text)


def artifact(text: str) -> Artifact:
    """One in a registry; `oci://` may be left out. Raises SourceError BadReference."""
    found = _REFERENCE.fullmatch(text.removeprefix(OCI))
    if found is None or not _names_a_host(found["host"]):
        hint = "write oci://registry.example.org/team/rules:1.0"
        raise SourceError("BadReference", f"{text!r} names no artifact in a registry", hint)
    tag = found["tag"] or ("" if found["digest"] else "latest")
    return Artifact(found["host"].lower(), found["repository"], tag, found["digest"] or "")


def _names_a_host(host: str) -> bool:
    """`library/rules` has none: no registry is the default one."""
    return "." in host or ":" in host or host == "localhost"


def _page(text: str) -> Page:
    rest = text.removeprefix(HTTPS)
    plain = rest.isascii() and rest.isprintable() and not set(' \\#?"<>^`{|}') & set(rest)
    host = rest.partition("/")[0]
    if not plain or "@" in host or not host or not rest.partition("/")[2]:
        hint = "write https://example.org/rules.yaml, without user, query or fragment"
        raise SourceError("BadReference", f"{text!r} is no URL of a rules file", hint)
    return Page(text)

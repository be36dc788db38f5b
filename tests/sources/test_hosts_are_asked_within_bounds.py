# SPDX-License-Identifier: Apache-2.0
"""Which hosts a source may lead to, where a user set bounds."""

from __future__ import annotations

import asyncio

import pytest
from yarl import URL

from lanner_sources import hosts, reference
from lanner_sources.errors import SourceError
from lanner_sources.reference import Artifact, Page


@pytest.mark.parametrize(
    ("url", "entries", "may"),
    [
        ("https://ghcr.io/v2/", ["ghcr.io"], True),
        ("https://GHCR.io/v2/", ["ghcr.io:443"], True),
        ("https://ghcr.io:8443/v2/", ["ghcr.io"], False),
        ("https://ghcr.io:8443/v2/", ["ghcr.io:8443"], True),
        ("https://evil.ghcr.io/", ["ghcr.io"], False),
        ("https://a.example.org/", ["*.example.org"], True),
        ("https://example.org/", ["*.example.org"], False),
        ("https://notexample.org/", ["*.example.org"], False),
        ("https://any.where/", ["*"], True),
        ("https://any.where:22/", ["*"], False),
        ("https://any.where/", [], False),
        ("https://169.254.169.254/", ["*"], False),
        ("https://[::ffff:169.254.169.254]/", ["*"], False),
        ("https://127.0.0.1/", ["*"], False),
        ("https://127.0.0.1:5000/", ["127.0.0.1:5000"], True),
        ("https://[::1]:5000/", ["[::1]:5000"], True),
        ("https://localhost/", ["*"], False),
        ("https://[fe80::1]/", ["*"], False),
    ],
)
def test_entries_allow_hosts(url: str, entries: list[str], may: bool) -> None:
    assert hosts.allowed(URL(url), entries) is may


def test_a_name_does_not_lead_to_this_machine() -> None:
    """For any answer of name servers: this machine's own hosts file has one such name."""

    async def resolved(name: str) -> list[str]:
        resolver = hosts.Guarded()
        return [one["host"] for one in await resolver.resolve(name, 443)]

    assert asyncio.run(resolved("localhost"))
    with pytest.raises(OSError, match="leads to an address of this machine"):
        asyncio.run(resolved("127.0.0.1"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("oci://ghcr.io/team/rules:1.0", Artifact("ghcr.io", "team/rules", "1.0")),
        ("ghcr.io/team/rules", Artifact("ghcr.io", "team/rules", "latest")),
        ("oci://localhost:5000/r", Artifact("localhost:5000", "r", "latest")),
        (f"oci://a.b/r@sha256:{'0' * 64}", Artifact("a.b", "r", "", f"sha256:{'0' * 64}")),
        (f"oci://a.b/r:1@sha256:{'0' * 64}", Artifact("a.b", "r", "1", f"sha256:{'0' * 64}")),
        ("https://a.b/rules.yaml", Page("https://a.b/rules.yaml")),
    ],
)
def test_references_are_read(text: str, found: reference.Reference) -> None:
    assert reference.parse(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "oci://", "team/rules", "oci://a.b/", "oci://a.b/Team", "oci://a.b/../x", "oci://u:p@a.b/x"),
        *("oci://a.b/r@sha256:00", "oci://a.b/r:" + "x" * 129, "oci://a.b/r?x", "oci://a.b/r\n"),
        *("https://", "https://a.b", "https://u:p@a.b/x", "https://a.b/x#y", "https://a.b/x y"),
        "http://a.b/rules.yaml",
        "oci://a.b/" + "x" * 2000,
    ],
)
def test_what_is_no_reference_is_said(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        reference.parse(text)
    assert caught.value.reason == "BadReference"

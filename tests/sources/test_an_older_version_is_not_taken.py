# SPDX-License-Identifier: Apache-2.0
"""A registry that serves again what it once served: older artifacts have good signatures too."""

from __future__ import annotations

import pytest

from lanner_sources import origin
from lanner_sources.origin import Origin
from tests.sources.publisher import Publisher


def test_a_new_version_follows(publisher: Publisher) -> None:
    publisher.push(publisher.made(version="1.9.0"))
    first = publisher.fetched().origin
    publisher.push(publisher.made(version="1.10.0"))
    second = publisher.fetched(first).origin
    assert (first.version, second.version) == ("1.9.0", "1.10.0")
    assert first.digest != second.digest


def test_a_tag_that_moves_back_is_noticed_and_not_followed(publisher: Publisher) -> None:
    old = publisher.made(version="1.0.0")
    seen = publisher.push(old)
    publisher.push(publisher.made(version="1.1.0"))
    in_force = publisher.fetched().origin
    publisher.move(old)
    error = publisher.refused(in_force)
    assert (error.reason, error.seen) == ("OlderVersion", seen)
    assert "version 1.0.0 is older than 1.1.0" in str(error)
    assert publisher.fetched(in_force, older=True).origin.version == "1.0.0", "where it is allowed"


def test_what_is_known_is_not_fetched_again(publisher: Publisher) -> None:
    digest = publisher.push()
    assert publisher.fetch(known=digest) is None


def one(version: str = "", created: str = "", digest: str = "sha256:b", source: str = "s") -> Origin:
    return Origin(source, digest, version, created)


@pytest.mark.parametrize(
    ("seen", "in_force", "taken"),
    [
        (one("1.0.0"), one("1.0.0", digest="sha256:a"), True),
        (one("1.0.1-rc.1"), one("1.0.0", digest="sha256:a"), True),
        (one("1.0.0-rc.1"), one("1.0.0", digest="sha256:a"), False),
        (one("1.0.0-rc.2"), one("1.0.0-rc.11", digest="sha256:a"), False),
        (one("1.0.0-alpha"), one("1.0.0-alpha.1", digest="sha256:a"), False),
        (one("v2"), one("1.9", digest="sha256:a"), True),
        (one(""), one("1.0.0", digest="sha256:a"), False),
        (one("latest"), one("1.0.0", digest="sha256:a"), False),
        (one("0.1.0"), one("", digest="sha256:a"), True),
        (one("1.0.0", "2026-01-01T00:00:00Z"), one("1.0.0", "2026-01-02T00:00:00Z", "sha256:a"), False),
        (one("1.0.0", "2026-01-02T00:00:00Z"), one("1.0.0", "2026-01-01T23:00:00+00:00", "sha256:a"), True),
        (one("", ""), one("", "2026-01-02T00:00:00Z", "sha256:a"), False),
        (one("", ""), one("", "", "sha256:a"), True),
        (one("0.1.0"), one("1.0.0", digest="sha256:a", source="another"), True),
        (one("0.1.0", digest="sha256:a"), one("1.0.0", digest="sha256:a"), True),
    ],
)
def test_versions_decide_then_times(seen: Origin, in_force: Origin, taken: bool) -> None:
    assert (origin.older(seen, in_force) == "") is taken

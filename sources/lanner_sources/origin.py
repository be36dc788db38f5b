# SPDX-License-Identifier: Apache-2.0
"""What is known of fetched rules, and whether others are older than they are. Pure.

A source that was once trusted can be made to serve what it once served: an older artifact has a good
signature too. So its version, which is signed with it, must not decrease.
"""

from __future__ import annotations

import datetime
import re
from typing import Final

from lanner_engine.resources.origin import Origin

_VERSION: Final = re.compile(
    r"v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]{1,64}))?(?:\+[0-9A-Za-z.-]{1,64})?"
)
__all__ = ["Origin", "older", "precedence"]

Precedence = tuple[tuple[int, int, int], tuple[tuple[int, int, str], ...]]


def older(seen: Origin, in_force: Origin | None) -> str:
    """Why what is seen may not follow what is in force; "" when it may. Versions decide; where both have the
    same, or neither has any, times of creation.
    """
    if in_force is None or seen.digest == in_force.digest or seen.source != in_force.source:
        return ""
    before, now = precedence(in_force.version), precedence(seen.version)
    if before is not None and now is None:
        said = f"version {seen.version!r}, which is no version number" if seen.version else "no version"
        return f"it has {said}, and version {in_force.version} is in force"
    if before is not None and now is not None and now != before:
        return f"version {seen.version} is older than {in_force.version}" if now < before else ""
    if before is None and now is not None:
        return ""
    return _created_before(seen.created, in_force.created)


def _created_before(seen: str, in_force: str) -> str:
    before, now = _time(in_force), _time(seen)
    if before is None:
        return ""
    if now is None:
        return f"it does not say when it was created, and what is in force was created {in_force}"
    return f"it was created {seen}, and what is in force {in_force}" if now < before else ""


def precedence(version: str) -> Precedence | None:
    """What versions are compared by, as semver.org has it; None for one that is none."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return None
    major, minor, patch = (int(found[number] or 0) for number in (1, 2, 3))
    if not found[4]:
        return (major, minor, patch), ((2, 0, ""),)  # after every pre-release
    return (major, minor, patch), tuple(map(_identifier, found[4].split(".")))


def _identifier(text: str) -> tuple[int, int, str]:
    """Numbers come before words."""
    return (0, int(text), "") if text.isdigit() else (1, 0, text)


def _time(text: str) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)

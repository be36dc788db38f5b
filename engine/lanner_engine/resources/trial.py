# SPDX-License-Identifier: Apache-2.0
"""Rule objects of `kubectl lanner try`: what marks them, and when they are over. They have mode DryRun, and
the operator deletes what is left of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from lanner_engine.resources.rule_object import DRY_RUN

LABEL: Final = "lanner.dev/try"  # the same value on all objects of one try
SECONDS: Final = "lanner.dev/try-seconds"  # annotation: after so many from its creation it is over
LONGEST_S: Final = 86_400
SLACK_S: Final = 120  # for its end: the command itself deletes its objects before


def marks(word: str, seconds: int) -> dict[str, dict[str, str]]:
    """Labels and annotations of an object that is over after so many seconds."""
    return {"labels": {LABEL: word}, "annotations": {SECONDS: str(seconds)}}


def end(written: Mapping[str, Any]) -> datetime | None:
    """When this object of the API is over; None for one that never is: no try, no DryRun any more, or being
    deleted already, which a finalizer can hold up for ever.

    Times are the API server's, so that it does not matter what the clock of who tries says.
    """
    meta, spec = _mapping(written, "metadata"), _mapping(written, "spec")
    labels, seconds = _mapping(meta, "labels"), _mapping(meta, "annotations").get(SECONDS)
    if not labels.get(LABEL) or seconds is None or spec.get("mode") != DRY_RUN:
        return None
    if meta.get("deletionTimestamp"):
        return None
    try:
        created = datetime.fromisoformat(str(meta.get("creationTimestamp")))
    except ValueError:
        return None
    return created + timedelta(seconds=_bounded(str(seconds))) if created.tzinfo is not None else None


def _bounded(seconds: str) -> int:
    """What is no number is the longest."""
    plain = seconds.isascii() and seconds.isdigit() and len(seconds) <= len(str(LONGEST_S))
    return min(int(seconds), LONGEST_S + SLACK_S) if plain else LONGEST_S


def _mapping(written: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = written.get(key)
    return found if isinstance(found, Mapping) else {}

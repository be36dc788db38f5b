# SPDX-License-Identifier: Apache-2.0
"""Why a DaemonSet has not the pods that it should have: its own status, and the newest warning of its Events
and its pods' Events. JSON in, a sentence out. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

QUERY: Final = {"fieldSelector": "type=Warning,reportingComponent!=lanner.dev/agent", "limit": "500"}
LONGEST: Final = 500  # characters of an Event's message
_REPEATS: Final = "Error: "  # the kubelet's second Event about what the one before told in full
_WORDS: Final = ("lastTimestamp", "eventTime", "firstTimestamp")


def of(daemon_set: Mapping[str, Any], events: Iterable[Mapping[str, Any]] = ()) -> str:
    """A sentence; "" where nothing is missing, or its controller has not looked at it yet. `events` are those
    of its namespace, as QUERY lists them (core/v1).
    """
    meta, status = _mapping(daemon_set, "metadata"), _mapping(daemon_set, "status")
    name, desired = str(meta.get("name")), _number(status, "desiredNumberScheduled")
    if _number(status, "observedGeneration") < _number(meta, "generation"):
        return ""
    if not desired:
        return f"the DaemonSet {name} wants no pod: {_nowhere(daemon_set)}"
    ready = _number(status, "numberReady")
    if ready >= desired:
        return ""
    said = _newest(name, events)
    return f"the DaemonSet {name} has {ready} of {desired} pods ready{f': {said}' if said else ''}"


def _nowhere(daemon_set: Mapping[str, Any]) -> str:
    spec = _mapping(_mapping(_mapping(daemon_set, "spec"), "template"), "spec")
    labels = ", ".join(f"{key}={value}" for key, value in sorted(_mapping(spec, "nodeSelector").items()))
    further = ", and its affinity" if spec.get("affinity") else ""
    return f"no node fits its nodeSelector ({labels}){further}" if labels or further else "there is no node"


def _newest(name: str, events: Iterable[Mapping[str, Any]]) -> str:
    """Reason and message; the random end of a pod's name left out, which is another each time."""
    telling = [one for one in events if _is_about(name, one) and not _message(one).startswith(_REPEATS)]
    if not telling:
        return ""
    newest = max(telling, key=_when)
    message = re.sub(rf"\b({re.escape(name)})-[a-z0-9]{{5}}\b", r"\1-…", _message(newest))
    return f"{newest.get('reason')}: {message[:LONGEST]}"


def _is_about(name: str, event: Mapping[str, Any]) -> bool:
    about = _mapping(event, "involvedObject")
    kind, other = about.get("kind"), str(about.get("name"))
    return (kind == "DaemonSet" and other == name) or (kind == "Pod" and other.startswith(f"{name}-"))


def _when(event: Mapping[str, Any]) -> str:
    """RFC 3339 in UTC, of the last time."""
    series = str(_mapping(event, "series").get("lastObservedTime") or "")
    return max(series, *(str(event.get(word) or "") for word in _WORDS))


def _message(event: Mapping[str, Any]) -> str:
    return str(event.get("message") or "")


def _mapping(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = found.get(key)
    return value if isinstance(value, Mapping) else {}


def _number(found: Mapping[str, Any], key: str) -> int:
    value = found.get(key)
    return value if isinstance(value, int) else 0

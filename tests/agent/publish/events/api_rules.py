# SPDX-License-Identifier: Apache-2.0
"""What an API server demands of an Event (core/validation/events.go, apimachinery's names), as complaints.

The tests against a real server send it samples; Hypothesis sends thousands here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_QUALIFIED = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
MAX_BYTES = 6 * 1024


def complaints(event: dict[str, Any]) -> list[str]:
    return [*_metadata(event["metadata"]), *_content(event), *_references(event)]


def _metadata(metadata: dict[str, Any]) -> Iterator[str]:
    if not re.fullmatch(_SUBDOMAIN, metadata["name"], re.ASCII) or len(metadata["name"]) > 253:
        yield f"name {metadata['name']!r}"
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", metadata["namespace"], re.ASCII):
        yield f"namespace {metadata['namespace']!r}"
    for name, value in metadata["labels"].items():
        if not re.fullmatch(_QUALIFIED, value, re.ASCII) or len(value) > 63:
            yield f"label {name} {value!r}"
    for name, value in metadata["annotations"].items():
        if not value.isprintable():
            yield f"annotation {name} holds what a terminal would act on"


def _content(event: dict[str, Any]) -> Iterator[str]:
    for part, limit in (("reason", 128), ("action", 128), ("reportingInstance", 128), ("note", 1024)):
        if not 0 < len(event[part].encode()) <= limit:
            yield f"{part} has {len(event[part].encode())} bytes"
        if not event[part].isprintable():
            yield f"{part} holds what a terminal would act on"
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", event["reason"], re.ASCII):
        yield f"reason {event['reason']!r}"
    if event["type"] not in ("Normal", "Warning"):
        yield f"type {event['type']}"
    if not re.fullmatch(_TIME, event["eventTime"]):
        yield f"eventTime {event['eventTime']}"
    if event["reportingController"] != "lanner.dev/agent":
        yield "reportingController"
    if len(json.dumps(event, ensure_ascii=False).encode()) > MAX_BYTES:
        yield "larger than 6 KiB"


def _references(event: dict[str, Any]) -> Iterator[str]:
    for part in ("regarding", "related"):
        for name, value in event.get(part, {}).items():
            if not value or not value.isascii() or not value.isprintable():
                yield f"{part}.{name} is {value!r}"
    inside = event["regarding"].get("namespace", "")
    if not inside and event["metadata"]["namespace"] != "default":
        yield "about something without a namespace, but not in default"
    if inside and inside != event["metadata"]["namespace"]:
        yield "not where the pod is"

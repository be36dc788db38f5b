# SPDX-License-Identifier: Apache-2.0
"""What an Event will need of an alert, taken from it at once and bounded. The hot thread makes it: fields are
read there only.

Redacting, escaping and laying out wait for the other thread, and are spared for what is never published.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from lanner_agent.publish import snapshot
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events.rule_card import RuleCard
from lanner_agent.publish.events.wishes import Wishes
from lanner_agent.publish.redact import redacted
from lanner_engine.fields.model import Container

# Bytes. A note shows 640 of the output, the annotation 2,048 of all values: no more is worth its memory while
# a thousand alerts wait for an API server.
MAX_OUTPUT = 4096
MAX_VALUE = 1024
ALL_VALUES = 8192
_LEAST = 64  # of each value, when the long ones before it have taken all the room
_MAX_ITEMS = 16


@dataclass(frozen=True, slots=True)
class Sighting:
    """`time` in ns since the epoch; `output` rendered and `values` read, not escaped, and redacted only where
    they were cut; `further`: what stands before the output, redacted.
    """

    card: RuleCard
    container: Container
    time: int
    output: bytes
    values: dict[str, object]
    further: bytes = b""


def from_alert(alert: Alert, card: RuleCard, container: Container) -> Sighting:
    event = alert.event
    output, found = _told(alert)
    kept, further = _cut(found, alert, card.wishes), alert.together.words(redacted)
    return Sighting(card, container, event.time, _shortened(output, MAX_OUTPUT), kept, further)


def container(alert: Alert) -> Container:
    """As `_told`: the event's is asked for by its id, which may have become another container's meanwhile."""
    kept: snapshot.Snapshot | None = alert.__dict__.get("snapshot")
    return alert.event.container if kept is None else kept.container


def told_apart(alert: Alert, wishes: Wishes) -> bytes:
    """What alerts of one rule and container are told apart by; of fields that are long, by their hash."""
    session = alert.event.exec_session
    who = b"" if session is None else b"\0" + session.user  # each person has an Event of their own
    if not wishes.by:
        return alert.event.process.exepath + who
    _, found = _told(alert)
    told = hashlib.sha256()
    for name in wishes.by:
        value = found.get(name)
        told.update(repr(value).encode("utf-8", "surrogatepass") + b"\0")
    told.update(who)
    return told.digest()


def values(alert: Alert, wishes: Wishes) -> dict[str, object]:
    """The values of the output's fields, or of those that are wished for, cut to about 8 KiB together, with
    the event's time.
    """
    return _cut(_told(alert)[1], alert, wishes)


def _told(alert: Alert) -> tuple[bytes, dict[str, object]]:
    """Of one that waited for others of its process, what was read before it did: by now its process may be
    gone, and its number another's, by which the container's users would be asked for.
    """
    kept: snapshot.Snapshot | None = alert.__dict__.get("snapshot")
    if kept is None:
        return snapshot.told(alert.rule, alert.event)
    return kept.message, dict(kept.values)


def _cut(found: dict[str, object], alert: Alert, wishes: Wishes) -> dict[str, object]:
    room = ALL_VALUES
    if wishes.fields is not None:
        found = {name: found[name] for name in wishes.fields if name in found}
    found |= snapshot.entered(alert.event) | alert.together.values
    for name, value in found.items():
        if isinstance(value, bytes):
            found[name] = _shortened(value, _share(room))
            room -= len(value)
        elif isinstance(value, tuple | list):
            items = value[:_MAX_ITEMS]
            each = max(_LEAST, _share(room) // max(1, len(items)))
            found[name] = [_shortened(item, each) if isinstance(item, bytes) else item for item in items]
            room -= MAX_VALUE
    found |= {**snapshot.workload(container(alert)), "evt.time": alert.event.time}
    return found


def wordless(sighting: Sighting) -> Sighting:
    """What is still needed of it once its Event's body is made."""
    return replace(sighting, output=b"", values={}, further=b"")


def _share(room: int) -> int:
    return max(_LEAST, min(MAX_VALUE, room))


def _shortened(value: bytes, limit: int) -> bytes:
    """Redacted before it is cut: half of an address does not look like one with a password."""
    return value if len(value) <= limit else redacted(value)[:limit]

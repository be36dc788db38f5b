# SPDX-License-Identifier: Apache-2.0
"""`kubectl get events --watch-only` in the background: each alert with the moment it was seen."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.cluster.access import Access
from tests.story.agent import Lines

PATIENCE_S = 10.0
# One line an Event: no newline is in a note, and no bar in what stands before it.
COLUMNS = (".metadata.namespace", ".regarding.name", ".reason", ".eventTime", ".note")
TEMPLATE = "|".join(f"{{{column}}}" for column in COLUMNS) + r'{"\n"}'
ALERTS = ("--field-selector", "reportingController=lanner.dev/agent")


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """`about`: name of the pod or node; `happened`, `arrived`: seconds since the epoch."""

    namespace: str
    about: str
    reason: str
    happened: float
    note: str
    arrived: float

    @property
    def delay(self) -> float:
        """From the deed to the Event's being visible, in seconds."""
        return self.arrived - self.happened


class EventWatch:
    """What the watch has shown so far."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def seen(self) -> list[SeenEvent]:
        return [_event(line.text, line.arrived) for line in self._lines.all()]

    def wait(self, about: str, pattern: str, since: float = 0.0, patience_s: float = PATIENCE_S) -> SeenEvent:
        """The first Event about this pod or node with the pattern in its note, of something since `since`."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            for event in self.seen():
                if event.about == about and event.happened >= since and re.search(pattern, event.note):
                    return event
            time.sleep(0.02)
        seen = "\n".join(f"{event.about}: {event.note}" for event in self.seen())
        raise AssertionError(f"no Event about {about} with {pattern!r} in {patience_s} s; seen:\n{seen}")


def _event(line: str, arrived: float) -> SeenEvent:
    namespace, about, reason, happened, note = line.split("|", 4)
    return SeenEvent(namespace, about, reason, datetime.fromisoformat(happened).timestamp(), note, arrived)


@contextlib.contextmanager
def watching(access: Access, *, from_the_start: bool = False) -> Iterator[EventWatch]:
    """In every namespace; from now on unless those that are there are wanted, too."""
    watch = "--watch" if from_the_start else "--watch-only"
    command = ["get", "events.v1.events.k8s.io", "--all-namespaces", watch, *ALERTS]
    process = subprocess.Popen(
        [access.binaries["kubectl"], *command, f"-o=jsonpath={TEMPLATE}"],
        env=access.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    lines = Lines(process.stdout)
    try:
        yield EventWatch(lines)
    finally:
        process.terminate()
        process.wait(5)
        lines.join()
        process.stdout.close()

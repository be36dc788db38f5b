# SPDX-License-Identifier: Apache-2.0
"""What systemd is told of a service of `Type=notify` (sd_notify(3)): that it watches, how it goes, and that
its loop turns. Without $NOTIFY_SOCKET nothing is told.

Told between two batches by the thread that watches: one that hangs gives no sign of life, and systemd starts
the service anew.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from lanner_agent.app.surface import Standing

SOCKET: Final = "NOTIFY_SOCKET"
WATCHDOG: Final = "WATCHDOG_USEC"
EVERY_S: Final = 10.0  # between two looks at how it goes
_SIGNS: Final = 4  # of life, within the time after which systemd takes the service for dead
_WAIT_S: Final = 0.1  # a manager that does not read holds up no event longer


class ServiceManager:
    """`look` is cheap until it is time to tell."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = _address(environment.get(SOCKET, ""))
        within_s = _seconds(environment.get(WATCHDOG, ""))
        self._sign = ("WATCHDOG=1",) if within_s else ()
        self._every = min(EVERY_S, within_s / _SIGNS) if within_s else EVERY_S
        self._clock = clock
        self._next = 0.0
        self._untold: tuple[str, ...] = ()  # that it is ready, until a manager that was busy has read it

    @property
    def listens(self) -> bool:
        """Whether a service manager wants to be told."""
        return bool(self._address)

    def ready(self, standing: Standing) -> None:
        """The agent watches."""
        self._untold = ("READY=1",)
        self._tell(_status(standing))

    def look(self, standing: Callable[[], Standing]) -> None:
        """Between two batches."""
        if not self._address or (now := self._clock()) < self._next:
            return
        self._next = now + self._every
        self._tell(_status(standing()), *self._sign)

    def stopping(self) -> None:
        """The end is near: what waits is sent."""
        self._tell("STOPPING=1")

    def _tell(self, *assignments: str) -> None:
        """What cannot be told now is told by the next look."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
            way.settimeout(_WAIT_S)
            way.sendto("\n".join((*self._untold, *assignments)).encode(), self._address)
            self._untold = ()


def _address(text: str) -> str:
    """A path, or `@` and a name in the abstract namespace; nothing else is reached by AF_UNIX."""
    return f"\0{text[1:]}" if text.startswith("@") else text if text.startswith("/") else ""


def _seconds(microseconds: str) -> float:
    """0 where none are given."""
    return int(microseconds) / 1e6 if microseconds.isdecimal() else 0.0


def _status(standing: Standing) -> str:
    return f"STATUS={', '.join(standing.words())}"

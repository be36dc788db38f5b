# SPDX-License-Identifier: Apache-2.0
"""A line -> a syslog message, by RFC 5424 or as programs write it to /dev/log. Pure."""

from __future__ import annotations

import re
import time
from typing import Final, get_args

from lanner_agent.publish import escape
from lanner_agent.publish.settings.syslog import Facility
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields import time_text

NAME: Final = "lanner"
_FACILITIES: Final = {name: number for number, name in enumerate(get_args(Facility))}
_HOSTNAME: Final = re.compile(r"[!-~]{1,255}")  # PRINTUSASCII
_CUT: Final = "…".encode()


def rfc5424(alert: Snapshot, line: bytes, facility: Facility, pid: int) -> bytes:
    """With the time of the event in UTC."""
    second, _, rest = time_text.iso8601(alert.time).decode().partition(".")
    host = escape.decode(alert.hostname)
    host = host if _HOSTNAME.fullmatch(host) else "-"
    head = f"<{_pri(alert, facility)}>1 {second}.{rest[:6]}Z {host} {NAME} {pid} alert - "
    return head.encode() + line


def local(alert: Snapshot, line: bytes, facility: Facility) -> bytes:
    """The daemon knows the host."""
    at = time.strftime("%b %e %H:%M:%S", time.localtime(alert.time // time_text.SECOND))
    return f"<{_pri(alert, facility)}>{at} {NAME}: ".encode() + line


def cut(message: bytes, size: int) -> bytes:
    """The message in `size` bytes, cut between two characters."""
    if len(message) <= size:
        return message
    return message[: size - len(_CUT)].decode("utf-8", "ignore").encode() + _CUT


def _pri(alert: Snapshot, facility: Facility) -> int:
    """Priorities have syslog's numbers."""
    return _FACILITIES[facility] * 8 + int(alert.rule.priority)

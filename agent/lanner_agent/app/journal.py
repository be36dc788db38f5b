# SPDX-License-Identifier: Apache-2.0
"""Lines for systemd's journal, which reads a line's severity from `<4>` in front of it (sd-daemon(3)).

The numbers are syslog's, and so are those of the priorities of rules.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Final

VARIABLE: Final = "JOURNAL_STREAM"  # systemd sets it to the device and the inode of the stream
_SEVERITIES: Final = {logging.ERROR: 3, logging.WARNING: 4}
_INFORMATIONAL: Final = 6


def reads(descriptor: int, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether what is written there goes to the journal. A process that was started by a service has the
    variable too, with a stream of its own.
    """
    stream = environment.get(VARIABLE)
    if not stream:
        return False
    try:
        own = os.fstat(descriptor)
    except OSError:
        return False
    return stream == f"{own.st_dev}:{own.st_ino}"


def severity(level: int) -> int:
    """Of a level of `logging`."""
    return _SEVERITIES.get(level, _INFORMATIONAL)


def marked(text: bytes, severity: int) -> bytes:
    """Each line of it with its severity: the journal takes lines one by one."""
    front = b"<%d>" % severity
    return b"".join(front + line for line in text.splitlines(keepends=True))

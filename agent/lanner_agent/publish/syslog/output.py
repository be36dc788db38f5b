# SPDX-License-Identifier: Apache-2.0
"""The output `syslog`: forms messages and gives them to the way that the settings name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from lanner_agent.publish import forms
from lanner_agent.publish.output import Given
from lanner_agent.publish.sending.carrier import Opened
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.settings.syslog import LOCAL, PORTS, SyslogSettings
from lanner_agent.publish.snapshot import Snapshot
from lanner_agent.publish.syslog import message
from lanner_agent.publish.syslog.datagrams import Datagrams
from lanner_agent.publish.syslog.stream import Stream

BATCH: Final = 200


def made(given: Given) -> Delivery | None:
    """Where the settings name a daemon."""
    settings = given.settings.syslog
    if settings is None:
        return None
    form = forms.FORMS[settings.form]
    return Delivery("syslog", Syslog(settings, lambda alert: form(alert, given.hide)), settings, given.say)


class Syslog(Opened):
    """A Carrier."""

    batch: Final = BATCH

    def __init__(self, settings: SyslogSettings, line: Callable[[Snapshot], bytes]) -> None:
        self.target = settings.address
        self._line = line
        self._settings = settings
        self._local = settings.header == "local" or (settings.header == "auto" and settings.address == LOCAL)
        self._way = _way(settings)
        self._cut = 0
        self._pid = os.getpid()

    def form(self, alert: Snapshot) -> bytes:
        line, facility = self._line(alert).rstrip(b"\n"), self._settings.facility
        if self._local:
            whole = message.local(alert, line, facility)
        else:
            whole = message.rfc5424(alert, line, facility, self._pid)
        self._cut += len(whole) > self._settings.max_size
        return message.cut(whole, self._settings.max_size)

    def counts(self) -> Mapping[str, int]:
        return {"cut": self._cut} if self._cut else {}

    def send(self, formed: Sequence[bytes]) -> int:
        self._way.send(formed)
        return len(formed)

    def idle(self) -> None:
        self._way.look()

    def close(self) -> None:
        self._way.close()


def _way(settings: SyslogSettings) -> Datagrams | Stream:
    parts = urlsplit(settings.address)
    if parts.scheme == "unix":
        return Datagrams(parts.path, settings.timeout_s)
    address = parts.hostname or "", parts.port or PORTS[parts.scheme]
    if parts.scheme == "udp":
        return Datagrams(address, settings.timeout_s)
    return Stream(address, settings.timeout_s, settings if parts.scheme == "tls" else None)

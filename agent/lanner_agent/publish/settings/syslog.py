# SPDX-License-Identifier: Apache-2.0
"""Settings of the output `syslog`."""

from __future__ import annotations

from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from lanner_agent.publish.settings.certificates import Certificates
from lanner_agent.publish.settings.form import FormName

LOCAL: Final = "unix:///dev/log"
PORTS: Final = {"udp": 514, "tcp": 601, "tls": 6514}  # RFC 5426, RFC 6587, RFC 5425
Facility = Literal[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
]  # fmt: skip


class SyslogSettings(Certificates):
    """A syslog daemon that gets a message for each alert, of the severity that is the alert's priority."""

    address: str = Field(
        default=LOCAL,
        description="`udp://HOST:PORT`, `tcp://HOST:PORT`, `tls://HOST:PORT` or `unix:///PATH` of a datagram "
        "socket.",
    )
    header: Literal["auto", "rfc5424", "local"] = Field(
        default="auto",
        description="What stands before a line: RFC 5424, or what programs write to /dev/log. "
        "`auto`: local for /dev/log, RFC 5424 for all else.",
    )
    facility: Facility = Field(default="user", description="Facility of the messages.")
    form: FormName = Field(default="text", description="Form of a line.")
    max_size: int = Field(
        default=8192, ge=480, le=65000, description="Bytes of a message; what is longer is cut, and counted."
    )
    timeout_s: float = Field(
        alias="timeout",
        default=10.0,
        gt=0,
        le=300,
        description="Seconds for a connection, and for a daemon that does not read.",
    )

    @model_validator(mode="after")
    def _usable(self) -> Self:
        parts = urlsplit(self.address)
        if parts.scheme in PORTS:
            if not parts.hostname or parts.path.strip("/") or parts.port == 0:
                raise ValueError("address: udp, tcp and tls need a host, and nothing behind the port")
        elif parts.scheme != "unix" or parts.netloc or not parts.path.strip("/"):
            raise ValueError("address: must be udp://, tcp:// or tls://HOST:PORT, or unix:///PATH")
        if parts.scheme != "tls" and (self.ca_file or self.certificate_file):
            raise ValueError("address: caFile and certificateFile are for tls://HOST:PORT")
        return self

# SPDX-License-Identifier: Apache-2.0
"""The part `page`: alerts kept in memory, and who is shown them."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Final

from pydantic import Field, field_validator

from lanner_agent.publish.remembered.settings import ALERTS, BYTES, Keeping
from lanner_agent.publish.settings.base import PriorityName
from lanner_agent.settings.part import AGENT, RUN, Part, Use
from lanner_apiserver.metrics.place import LOCALHOST
from lanner_engine.program.rule import Priority

PORT: Final = 8767
_MIB: Final = 1 << 20
_HIGHEST: Final = 0xFFFF


class PageSettings(Part):
    """The page to look at: on one machine its own, in a cluster the operator's, which asks the agents."""

    listen: Annotated[str, Use(RUN, option="--page", chart=False)] = Field(
        default="",
        description=f"Serve the page at this address and port, {LOCALHOST}:{PORT} where none is named: "
        "alerts as they come, rules, losses. Its URL, good for one browser, is printed.",
    )
    enabled: Annotated[bool, Use(AGENT, option="--keep-alerts", chart=False)] = Field(
        default=False, description="Keep the last alerts in memory, and tell them to the operator."
    )
    address: Annotated[str, Use(AGENT, chart=False)] = Field(
        default="", description="Where the operator reaches this agent: an address of its pod."
    )
    port: Annotated[int, Use(AGENT, chart=False)] = Field(
        default=9443, ge=1, le=65535, description="At which the operator asks."
    )
    keep: int = Field(default=ALERTS, ge=10, le=100_000, description="Alerts that are kept.")
    keep_bytes: int = Field(
        default=BYTES, ge=_MIB, le=256 * _MIB, description="Bytes of memory that they may take, about."
    )
    minimum_priority: PriorityName = Field(
        default=Priority.DEBUG, description="Alerts that are less severe are not kept."
    )

    @field_validator("listen")
    @classmethod
    def _usable(cls, listen: str) -> str:
        if listen:
            _parts(listen)
        return listen

    @property
    def place(self) -> tuple[str, int] | None:
        """The address and port of the page on one machine; None for no page."""
        return _parts(self.listen) if self.listen else None

    def made(self) -> Keeping | None:
        """What is kept; None where no page shows it."""
        wanted = bool(self.listen) or self.enabled
        return Keeping(self.keep, self.keep_bytes, self.minimum_priority) if wanted else None


def _parts(listen: str) -> tuple[str, int]:
    """`HOST:PORT`, `HOST` or `PORT`; an address of IPv6 stands in brackets."""
    if listen.isdigit():
        listen = f":{listen}"
    host, colon, port = listen.rpartition(":")
    if not colon or listen.endswith("]"):
        host, port = listen, str(PORT)
    if not (port.isascii() and port.isdigit() and int(port) <= _HIGHEST):
        raise ValueError("must be HOST:PORT, HOST or PORT; port 0 is one that is free")
    return _own(host.removeprefix("[").removesuffix("]") or LOCALHOST), int(port)


def _own(host: str) -> str:
    """Alerts go over no network without TLS."""
    try:
        good = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"must be an address of this machine alone, such as {LOCALHOST}")
    return host

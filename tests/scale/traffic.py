# SPDX-License-Identifier: Apache-2.0
"""What is asked of the API server: its audit log, read on while it is written; and bytes, by its own metrics
and etcd's.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.cluster.control_plane import ControlPlane

READ_EVERY_S: Final = 0.5
AT_ONCE: Final = 4 << 20  # bytes between two looks at what else is to be done
_SERIES: Final = re.compile(r"^(\w+)(?:\{.*\})? (\S+)$")
# On the pages of the API server and of etcd -> in words. All that this run does goes over them.
_BYTES: Final = {
    "apiserver_response_sizes_sum": "answers",
    "apiserver_watch_events_sizes_sum": "watches",
    "etcd_network_client_grpc_received_bytes_total": "etcd",
}


class Kind(NamedTuple):
    """`who`: agents, operator or others; `code`: the hundreds of the answer's status, 200 or 400."""

    who: str
    verb: str
    resource: str
    code: int


class Traffic:
    """`seconds`: requests by the second in which they came in, Unix time."""

    def __init__(self, log: Path) -> None:
        self.seconds: defaultdict[int, Counter[Kind]] = defaultdict(Counter)
        self._log = log
        self._read = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            while self._take():
                await asyncio.sleep(0)
            await asyncio.sleep(READ_EVERY_S)

    async def caught_up(self) -> None:
        """What was asked until now is counted; the API server writes its log at once."""
        while self._take():
            await asyncio.sleep(0)

    def between(self, begin: float, end: float) -> Counter[Kind]:
        """Of whole seconds."""
        found: Counter[Kind] = Counter()
        for second, counted in self.seconds.items():
            if begin <= second < end:
                found.update(counted)
        return found

    def busiest(self, begin: float, end: float) -> int:
        """Requests in the second that had most."""
        counted = (sum(one.values()) for second, one in self.seconds.items() if begin <= second < end)
        return max(counted, default=0)

    def _take(self) -> bool:
        """Whether there was something."""
        with self._log.open("rb") as file:
            file.seek(self._read)
            content = file.read(AT_ONCE)
        whole = content.rfind(b"\n") + 1
        self._read += whole
        for line in content[:whole].splitlines():
            self._count(json.loads(line))
        return whole > 0

    def _count(self, line: dict[str, Any]) -> None:
        if (line["verb"] == "watch") == (line["stage"] == "ResponseComplete"):
            return  # a watch counts when it begins, all else when it ends
        about = line.get("objectRef", {})
        parts = (about.get("resource"), about.get("subresource"))
        resource = "/".join(part for part in parts if part) or line["requestURI"].partition("?")[0]
        code = line.get("responseStatus", {}).get("code", 0) // 100 * 100
        when = datetime.fromisoformat(line["requestReceivedTimestamp"]).timestamp()
        user = line["user"].get("username", "").rpartition(":")[2]
        self.seconds[int(when)][Kind(_WHO.get(user, "others"), line["verb"], resource, code)] += 1


_WHO: Final = {"lanner-agent": "agents", "lanner-operator": "operator"}


@dataclass(frozen=True, slots=True)
class Bytes:
    """Since the start: what the API server answered and sent to watches, and what it wrote to etcd."""

    answers: float
    watches: float
    etcd: float

    def __sub__(self, before: Bytes) -> Bytes:
        return Bytes(self.answers - before.answers, self.watches - before.watches, self.etcd - before.etcd)


async def sent(plane: ControlPlane) -> Bytes:
    """As the metrics say now."""
    pages = await asyncio.gather(asyncio.to_thread(_api_page, plane), asyncio.to_thread(_etcd_page, plane))
    found: Counter[str] = Counter()
    for name, value in (one for page in pages for one in _series(page)):
        if name in _BYTES:
            found[_BYTES[name]] += int(float(value))
    return Bytes(found["answers"], found["watches"], found["etcd"])


def _series(page: str) -> Iterator[tuple[str, str]]:
    for line in page.splitlines():
        if (match := _SERIES.match(line)) is not None:
            yield match[1], match[2]


def _api_page(plane: ControlPlane) -> str:
    return plane.access.kubectl("get", "--raw", "/metrics")


def _etcd_page(plane: ControlPlane) -> str:
    return plane.etcd_metrics()

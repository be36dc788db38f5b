# SPDX-License-Identifier: Apache-2.0
"""Notices that wait for what they are about, bounded: where there are too many, the pod with the most loses
its oldest, so that who enters one pod all day takes no name away from another's. Any thread may ask.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lanner_engine.resources import exec_notice
from lanner_engine.resources.exec_notice import ExecNotice

EARLY_NS: Final = 1_000_000_000  # that a session may begin before its notice comes
OLD_NS: Final = 30_000_000_000  # that a notice may have waited for a watch that was away
LATE_NS: Final = 10_000_000_000  # that a session may begin after its notice
LIVES: Final = {
    exec_notice.EXEC: LATE_NS,
    exec_notice.ATTACH: 3_600_000_000_000,  # nothing says when they leave
    exec_notice.DEBUG: 600_000_000_000,  # its image is pulled first; no other container ever has its name
}
NOTICES: Final = 256

Where = tuple[str, str]  # uid of a pod, name of a container


@dataclass(slots=True)
class Heard:
    """It is about what is between `since` and `until`, ns since the epoch by this node's clock."""

    notice: ExecNotice
    since: int
    until: int
    taken: bool = False


@dataclass(slots=True)
class HeardNotices:
    """`lock` is held by who reads `living` and takes one of them."""

    counts: Counter[str]
    lock: threading.Lock = field(default_factory=threading.Lock)
    _of_pods: dict[str, OrderedDict[str, Heard]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._of_pods)

    def hear(self, notice: ExecNotice, now: int) -> None:
        """The same one again is nothing new."""
        since = max(now - OLD_NS, min(now, notice.at)) - EARLY_NS
        with self.lock:
            self._forget(now)
            own = self._of_pods.setdefault(notice.pod_uid, OrderedDict())
            if notice.id in own:
                return
            self.counts["heard"] += 1
            own[notice.id] = Heard(notice, since, now + LIVES[notice.verb])
            self._make_room()

    def living(self, verb: str, where: Where, at: int) -> Iterator[Heard]:
        """Those of a container that nothing has taken; who attached is named again and again."""
        pod, container = where
        for one in list(self._of_pods.get(pod, {}).values()):
            free = not one.taken or verb == exec_notice.ATTACH
            same = one.notice.verb == verb and one.notice.container == container
            if free and same and one.since <= at <= one.until:
                yield one

    def _forget(self, now: int) -> None:
        for pod, own in list(self._of_pods.items()):
            for name in [name for name, one in own.items() if one.until + LATE_NS < now]:
                if not own.pop(name).taken:
                    self.counts["unmatched"] += 1
            if not own:
                del self._of_pods[pod]

    def _make_room(self) -> None:
        while sum(map(len, self._of_pods.values())) > NOTICES:
            pod = max(self._of_pods, key=lambda one: len(self._of_pods[one]))
            self._of_pods[pod].popitem(last=False)
            self.counts["crowded"] += 1

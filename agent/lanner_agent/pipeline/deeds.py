# SPDX-License-Identifier: Apache-2.0
"""Alerts of one rule by one process, where the rule's object asks for it (`throttle.process`): the first goes
out at once, those of the next seconds go out in one, with what each was about. A backup that reads five files
of hashes is two alerts.

No alert is dropped, and what it was about is never left out: when as many different things wait as one
alert names, or names of as many bytes, it goes out before its time. So who touches something harmless first
gains the seconds and no more. Where too many processes are followed at once, the alerts of others go out one
by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lanner_agent.pipeline.kinds import Kinds
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.redact import redacted
from lanner_agent.publish.together import Together
from lanner_engine.program.rule import CheckedRule

MOST: Final = 256  # processes that are followed
MOST_WITH_TENANTS: Final = 128  # of them, beyond which only the cluster's rules follow another one
NAMED: Final = 16  # different things that one alert names
ROOM: Final = 1024  # bytes of all of them: six times as many, when escaped, fit into a message of syslog
LONGEST: Final = ROOM  # bytes of one of them; what is longer ends in a hash of the whole
_NS: Final = 1_000_000_000
_HASH: Final = 8  # bytes

# The rule's; the process' number, its start, and what an alert says of it: another program, command, user or
# container is told as its own.
Key = tuple[int, int, int, int | None, bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Wish:
    """`about`: fields of the output, whose values say what an alert is about."""

    ns: int
    about: tuple[str, ...]


@dataclass(slots=True)
class Deed:
    """Of one process. `until`, by the clock of `offer`; `first` of `count` alerts that wait. The rule is
    kept, so that no other one gets its identity.
    """

    key: Key
    rule: CheckedRule
    wish: Wish
    until: int
    first: Alert | None = None
    count: int = 0
    about: dict[bytes, None] = field(default_factory=dict)


class Deeds:
    """On the hot thread. `together` counts alerts that went out in another one."""

    def __init__(self, deliver: Callable[[Alert], object], together: Kinds) -> None:
        self._deliver = deliver
        self._together = together
        self._open: dict[Key, Deed] = {}

    def __len__(self) -> int:
        """Processes that are followed now."""
        return len(self._open)

    def offer(self, alert: Alert, now: int) -> None:
        """`now` in ns, of one clock for all."""
        wish = None if alert.rule.dry_run else _wish(alert.rule)
        about = _about(alert, wish) if wish else b""
        if wish is None or not about:  # of what cannot be named nothing waits
            self._deliver(alert)
            return
        who = alert.event.process
        where = alert.event.container.full_id
        key = id(alert.rule), who.pid, who.start, who.uid, who.exepath, who.cmdline, where
        deed = self._open.get(key)
        if deed is not None and now < deed.until:
            self._wait(deed, alert, about, now)
            return
        if deed is not None:
            self.end(deed)
        owner = alert.rule.owner
        if len(self._open) < (MOST_WITH_TENANTS if owner and owner.namespace else MOST):
            self._open[key] = Deed(key, alert.rule, wish, now + wish.ns)
        self._deliver(alert)

    def due(self, now: int) -> Sequence[Deed]:
        """Those whose seconds are over."""
        return [deed for deed in self._open.values() if now >= deed.until]

    def all(self) -> Sequence[Deed]:
        return list(self._open.values())

    def end(self, deed: Deed) -> None:
        """It is followed no more, and what waits goes out."""
        self._open.pop(deed.key, None)
        self._tell(deed)

    def _wait(self, deed: Deed, alert: Alert, about: bytes, now: int) -> None:
        if about not in deed.about and _is_full(deed, about):
            self._tell(deed)
            deed.until = now + deed.wish.ns
        if deed.first is None:
            deed.first = alert  # its event was read for `about`: in some seconds less may be known
        deed.count += 1
        deed.about[about] = None

    def _tell(self, deed: Deed) -> None:
        first, more = deed.first, deed.count - 1
        if first is None:
            return
        _, *others = deed.about
        deed.first, deed.count, deed.about = None, 0, {}
        if more:
            self._together.add(first.rule, number=more)
            first = first.telling(Together(more, tuple(others)))
        self._deliver(first)


def _is_full(deed: Deed, about: bytes) -> bool:
    """Whether an alert that names this too would name too much."""
    return len(deed.about) >= NAMED or sum(map(len, (*deed.about, about))) > ROOM


def _wish(rule: CheckedRule) -> Wish | None:
    """What the object says that the rule stands in; its spec has its shape by now."""
    throttle: Mapping[str, Any] = (rule.owner.spec.get("throttle") or {}) if rule.owner else {}
    process: Mapping[str, Any] | None = throttle.get("process")
    if process is None:
        return None
    return Wish(int(process["seconds"]) * _NS, tuple(process["about"]))


def _about(alert: Alert, wish: Wish) -> bytes:
    """Of what the outputs say of it, which is read once."""
    values = alert.snapshot.values
    found = (value for name in wish.about if (value := values.get(name)) is not None)
    return _cut(b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in found))


def _cut(about: bytes) -> bytes:
    if len(about) <= LONGEST:
        return about
    end = b"..." + hashlib.blake2b(about, digest_size=_HASH).hexdigest().encode()
    return redacted(about)[: LONGEST - len(end)] + end  # before: half of a secret does not look like one

# SPDX-License-Identifier: Apache-2.0
"""What an alert says, read from its event at once, so that any thread may write it down at any later time.

An event answers lazily and of the present: what is known of its container, its user or an ancestor may be
gone in a minute, and belongs to the thread that watches. A snapshot holds plain values and no event. Nothing
in it is redacted or escaped yet: that is the work of the forms, in the threads of the outputs.
"""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

from lanner_agent.publish.together import ALONE, Together
from lanner_engine.fields.model import Container, Event
from lanner_engine.output.prepared import Prepared
from lanner_engine.program.rule import CheckedRule

KIND, NAME = "k8s.workload.kind", "k8s.workload.name"
_EACH = 48  # of one text in a list
_LEAST = 800  # bytes in memory of a snapshot without any text
_NAMED = 40  # of the name of a value in a form
_RULES: Final = 128  # whose outputs are kept ready
_UUID: Final = "uuid"


@dataclass(frozen=True, slots=True)
class Process:
    """Who did it. What records hold only where a rule asks (names of users, ancestors) is among the values of
    rules that ask; the parent is None where none does.
    """

    pid: int
    parent_pid: int | None
    uid: int | None
    name: bytes
    exepath: bytes
    command_line: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`time`: ns since the epoch; `message`: the output, rendered; `values`: of its fields; `together`:
    further alerts that it tells; `made`: its forms, for all outputs (see `shared`); `size`: about so many
    bytes of memory, with one form that outputs share.
    """

    rule: CheckedRule
    time: int
    event_type: str
    hostname: bytes
    message: bytes
    values: Mapping[str, object]
    process: Process
    container: Container
    together: Together = ALONE
    made: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)
    size: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        texts = len(self.message) + sum(map(_weight, self.values.values()))
        size = _LEAST + 2 * texts + _NAMED * len(self.values) + len(self.process.command_line)
        object.__setattr__(self, "size", size)  # once: every queue asks for it

    @property
    def uuid(self) -> str:
        """Names this alert wherever it goes; made when the first output asks."""
        found = self.made.get(_UUID)
        if found is None:
            found = self.made.setdefault(_UUID, str(uuid.uuid4()))  # of two threads, the first one's
        return str(found)


def _weight(value: object) -> int:
    """Ancestors come as a list of names, paths, command lines: of whatever length a process chose."""
    if isinstance(value, bytes | str):
        return len(value)
    return sum(_EACH + _weight(one) for one in value) if isinstance(value, tuple) else 0


def workload(container: Container) -> dict[str, object]:
    """Whose pod it is, for every alert of a pod whose owner is known, whatever its rule prints."""
    owners = container.owners
    if owners is None or not owners.workload_name:
        return {}
    return {KIND: owners.workload_kind, NAME: owners.workload_name}


def entered(event: Event) -> dict[str, object]:
    """Who entered the container, for every alert of a known session, whatever its rule prints."""
    found = event.exec_session
    if found is None:
        return {}
    values: dict[str, object] = {"k8s.exec.user": found.user, "k8s.exec.verb": found.verb}
    values |= {"k8s.exec.groups": found.group_list} if found.groups else {}
    values |= {"k8s.exec.command": b" ".join(found.command)} if found.command else {}
    return values | ({"k8s.exec.ambiguous": True} if found.ambiguous else {})


def telling(alert: Snapshot, together: Together) -> Snapshot:
    """The same that tells further ones too: what was read of its event is not read again."""
    return replace(alert, values={**alert.values, **together.values}, together=together, made={})


def of(rule: CheckedRule, event: Event) -> Snapshot:
    """On the thread that watches."""
    who = event.process
    message, values = told(rule, event)
    return Snapshot(
        rule=rule,
        time=event.time,
        event_type=event.type,
        hostname=event.hostname,
        message=message,
        values={**values, **workload(event.container), **entered(event), "evt.time": event.time},
        process=Process(
            pid=who.pid,
            parent_pid=who.ppid or None,
            uid=who.uid,
            name=who.comm,
            exepath=who.exepath,
            command_line=who.cmdline,
        ),
        container=event.container,
    )


def told(rule: CheckedRule, event: Event) -> tuple[bytes, dict[str, object]]:
    """The rule's output, rendered, and the values of its fields."""
    return _prepared(rule).told(event)


@lru_cache(_RULES)
def _prepared(rule: CheckedRule) -> Prepared:
    return Prepared(rule.output)

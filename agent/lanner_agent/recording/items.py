# SPDX-License-Identifier: Apache-2.0
"""What a recording holds, one class each. An item comes before the records it counts for.

All but records and strings are JSON, whose bytes are base64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from lanner_agent.enrich.accounts import Accounts
from lanner_agent.enrich.cri.failure import Reason
from lanner_agent.kernel import record_layout
from lanner_agent.recording.layout import Layout
from lanner_engine.fields.model import Container

VERSION: Final = 1  # of the form; another one is refused

Number = Annotated[int, Field(ge=0, lt=1 << 64)]
_PARTS: Final = len(record_layout.Reads._fields)
Reads = Annotated[tuple[Number, ...], Field(min_length=_PARTS, max_length=_PARTS)]


class Told(BaseModel):
    """What is JSON. A later version of the same form may say more."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64", strict=False
    )


class Form(Told):
    """The part of the header that tells whether the rest can be read."""

    version: int


class WatcherAnswer(Told):
    """The process that watched, when the file began: decode.lookups.Watcher. Files of before say nothing of
    it.
    """

    namespace: int = 0
    threads: frozenset[int] = frozenset()
    parent: int = 0

    def numbers(self, namespace: int) -> frozenset[int]:
        return self.threads if namespace == self.namespace else frozenset()

    def is_parent(self, pid: int) -> bool:
        return pid == self.parent


class Header(Form):
    """The first item of a file. `began`: when the watch began, ns since boot; `base`: the cgroup that is
    the node's root; `kernel`: its release; `machine`: `uname -m`; `capture`: of which rule's alert it is.
    """

    lanner: str
    kernel: str
    machine: str
    hostname: bytes
    base: bytes
    began: Number
    layout: Layout
    capture: str = ""
    watcher: WatcherAnswer = WatcherAnswer()


class Rules(Told):
    """The rules in force from here on. `rules`: name -> a digest; `reads`: event -> what its records hold,
    the fields of struct reads; `indexed`: the kernel held back what none of them can be true on.
    """

    rules: Mapping[str, str]
    succeeding: frozenset[str]
    failing: frozenset[str]
    reads: Mapping[str, Reads]
    indexed: bool
    hosts: frozenset[bytes] = frozenset()  # names that were resolved


class Clock(Told):
    """`offset`: add it to ns since boot for ns since the epoch."""

    offset: int


class ContainerAnswer(Told):
    """What was known of a container: everything, or why not. `cause` and `reason` of an unknown one."""

    full_id: bytes
    known: Literal["container", "pending", "unknown"]
    container: Container
    cause: Reason = Reason.FAILED
    reason: str = ""


class AccountsRead(Told):
    """Of a container, None: of the host."""

    container: bytes | None
    accounts: Accounts


class EnvironmentRead(Told):
    """Of a process that began `start` ns after boot."""

    pid: int
    start: Number
    values: tuple[bytes, ...] | None


class HostsResolved(Told):
    """As decode.host_names.HostNames has them."""

    everywhere: Mapping[bytes, tuple[bytes, ...]]
    within: Mapping[bytes, Mapping[bytes, tuple[bytes, ...]]]


class Gap(Told):
    """So many records that came here are not in the file, and why."""

    records: int
    reason: str


class Alerted(Told):
    """The alert that a capture is kept for; `time`: ns since the epoch."""

    rule: str
    time: int


class End(Told):
    """The file was ended in order. `lost`: events that the kernel lost until then, by what and why."""

    lost: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Strings:
    """Strings that records from here on leave out, by key as in kernel.kept.View."""

    strings: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Execs and cgroups whose strings no record leaves out any more."""

    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that were drained together. `at`: monotonic ns; `events`: decoded before these."""

    at: int
    events: int
    records: Sequence[bytes]


Item = (
    Header
    | Rules
    | Clock
    | ContainerAnswer
    | AccountsRead
    | EnvironmentRead
    | HostsResolved
    | Gap
    | Alerted
    | End
    | Strings
    | Forgotten
    | Batch
)

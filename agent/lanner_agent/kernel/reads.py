# SPDX-License-Identifier: Apache-2.0
"""What the records of one event must hold of the process, by the fields that the rules on this event read.

    Wanted     the events that rules want, and for each of them the fields that they read
    packed     for each event a struct reads (bpf/wire/config.h)

Fields are as in a compiled program (ancestry). What is no parameter of an event is not read from its records.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from lanner_agent.kernel import ancestry, record_layout
from lanner_agent.kernel.record_layout import Fact
from lanner_agent.kernel.tables import EVENTS
from lanner_engine.syscalls import table
from lanner_engine.syscalls.arguments import Usage

_STANDARD: Final = ("stdin", "stdout", "stderr")
_USAGE_ARGUMENTS: Final = ("fdlimit", "pgft_maj", "pgft_min", "vm_size", "vm_rss", "vm_swap")
_OF_LEADERS: Final = (
    "proc.sname proc.sid.exe proc.sid.exepath "
    "proc.vpgid.name proc.vpgid.exe proc.vpgid.exepath proc.pgid.name proc.pgid.exe proc.pgid.exepath"
)
_NUMBER_ARGUMENTS: Final = (
    *("vtid", "vpid", "pgid", "vpgid", "cap_inheritable", "cap_permitted", "cap_effective"),
    *("exe_ino", "exe_ino_ctime", "exe_ino_mtime", "pidns_init_start_ts"),
)
# The fact that must be in the record -> what a rule reads of it.
_READS: Final = {
    Fact.CWD: "proc.cwd evt.arg.cwd evt.rawarg.cwd evt.arg.filename",  # a relative one is joined to it
    Fact.ENV: "proc.env proc.aenv proc.is_env_cut evt.arg.env evt.rawarg.env",
    Fact.NUMBERS: f"{_OF_LEADERS} evt.is_on_agent proc.vpid proc.sid proc.pgid proc.vpgid "
    "proc.is_sid_leader proc.is_vpgid_leader proc.is_pgid_leader "
    "proc.exe_ino proc.exe_ino.ctime proc.exe_ino.mtime proc.exe_ino.ctime_duration_proc_start "
    "proc.exe_ino.ctime_duration_pidns_start proc.pidns_init_start_ts container.start_ts container.duration "
    "thread.cap_permitted thread.cap_inheritable thread.cap_effective thread.vtid proc.nthreads proc.nchilds "
    + " ".join(f"evt.{kind}.{name}" for kind in ("arg", "rawarg") for name in _NUMBER_ARGUMENTS),
    Fact.LEADERS: _OF_LEADERS,
    Fact.SCRIPT: "proc.script",
    Fact.STANDARD: " ".join(f"proc.{one}.{what}" for one in _STANDARD for what in ("type", "name")),
    Fact.USAGE: "proc.fdlimit proc.fdopencount proc.fdusage proc.vmsize proc.vmrss proc.vmswap "
    "thread.vmsize thread.vmsize.b thread.vmrss thread.vmrss.b thread.pfmajor thread.pfminor "
    + " ".join(f"evt.{kind}.{name}" for kind in ("arg", "rawarg") for name in _USAGE_ARGUMENTS),
    Fact.KINDS: "fd.types",
    Fact.CGROUPS: "thread.cgroup thread.cgroups evt.arg.cgroups evt.rawarg.cgroups",
}
_ALL_ARGUMENTS: Final = frozenset({"evt.args", "evt.info"})
_OF_ARGUMENTS: Final = Fact.CWD | Fact.ENV | Fact.USAGE | Fact.CGROUPS | Fact.NUMBERS
_FIELDS: Final = frozenset(field for fact in Fact for field in _READS[fact].split())
FACT_OF: Final = {
    field: sum(fact.value for fact in Fact if field in _READS[fact].split()) for field in _FIELDS
} | dict.fromkeys(_ALL_ARGUMENTS, _OF_ARGUMENTS)
_NAMED: Final = ("evt.arg.", "evt.rawarg.")
_BY_POSITION: Final = "evt.arg["  # it may be any
# Their parameters are of the process and its parent, those of no other event are.
IMAGES: Final = frozenset({"execve", "execveat", "clone", "clone3", "fork", "vfork"})
# What is mounted may be a path relative to the working directory.
_DEVICE: Final = frozenset({"fs.path.source", "evt.arg.dev"})
# Those that say how much memory the process has then.
_OF_MEMORY: Final = frozenset(
    name for name, row in table.CALLS.items() if Usage.VM_SIZE in row.parameters.values()
)
_MEMORY: Final = frozenset(f"evt.{kind}.{one.value}" for kind in ("arg", "rawarg") for one in Usage)

Fields = Mapping[str, frozenset[str]]
NO_FIELDS: Final[Fields] = MappingProxyType({})
_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Events by how they ended, and what the rules on each event type read."""

    succeeded: frozenset[str] = _NONE
    failed: frozenset[str] = _NONE
    fields: Fields = field(default_factory=dict)

    def __or__(self, other: Self) -> Wanted:
        every = {*self.fields, *other.fields}
        fields = {one: self.fields.get(one, _NONE) | other.fields.get(one, _NONE) for one in every}
        return Wanted(self.succeeded | other.succeeded, self.failed | other.failed, fields)


def packed(fields: Fields) -> Iterator[bytes]:
    """For each number of an event, in order."""
    found = {EVENTS[name]: record_layout.READS.pack(*required(name, asked)) for name, asked in fields.items()}
    nothing = bytes(record_layout.READS.size)
    return (found.get(number, nothing) for number in range(record_layout.EVENTS))


def required(event_type: str, fields: frozenset[str]) -> record_layout.Reads:
    """What a record of this type must hold so that these fields can be answered."""
    asked = _asked(event_type, fields)
    return record_layout.Reads(
        facts=functools.reduce(operator.or_, (FACT_OF.get(field, 0) for field in asked), 0),
        ancestors=ancestry.ancestors(asked),
        exepaths=ancestry.exepaths(asked),
        args=ancestry.args(asked),
        creators=ancestry.creators(asked),
    )


def _asked(event_type: str, fields: frozenset[str]) -> frozenset[str]:
    """Without parameters that the event does not have; all of them where one by position may be any."""
    named = frozenset(field for field in fields if field.startswith(_NAMED))
    every = bool(fields & _ALL_ARGUMENTS) or any(field.startswith(_BY_POSITION) for field in fields)
    rest = fields - named - _ALL_ARGUMENTS
    if event_type in IMAGES:
        return rest | named | (_ALL_ARGUMENTS if every else _NONE)
    if event_type == "mount" and (every or fields & _DEVICE):
        return rest | {"proc.cwd"}
    if event_type == "capset" and (every or named):  # its parameters are what the process has then
        return rest | {"thread.cap_effective"}
    if event_type in _OF_MEMORY and (every or fields & _MEMORY):
        return rest | {"proc.vmsize"}
    return rest

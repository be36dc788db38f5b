# SPDX-License-Identifier: Apache-2.0
"""What bpf/ and user space share: structs and enums, written down once. Read by kernel/ and decode/.

A field's format is a character of `struct`, "16s" and the like, the name of another struct, or a struct's
name and a count ("ancestor_facts*8"). Fields lie where the C compiler puts them: at the next multiple of
their alignment. tests/kernel compares all of it with the BTF of the object.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import calls, tables

Layout = tuple[tuple[str, str], ...]

ANCESTORS: Final = 64
CREATORS: Final = 32
COMM_LEN: Final = 16
ARGUMENTS: Final = 6
NAMES: Final = 2
ADDRESS_LEN: Final = 16
LEADERS: Final = 2
STANDARD_DESCRIPTORS: Final = 3
ANONYMOUS_NAME: Final = 12
SCRIPT_SHIFT: Final = 16
STRING_BYTES: Final = 180
LONG_BYTES: Final = 1976
STRING_BLOCKS: Final = 3
BUFFERS: Final = 4

LAYOUTS: Final[Mapping[str, Layout]] = {
    "text": (("at", "H"), ("length", "H")),
    "process_facts": (
        *((name, "Q") for name in ("start", "pidns_start")),
        *((f"cap_{name}", "Q") for name in ("inheritable", "permitted", "effective")),
        *((name, "Q") for name in ("exe_ino", "exe_ctime", "exe_mtime", "cgroup_id", "exec")),
        *((name, "I") for name in ("pid", "tid", "vpid", "vtid", "uid", "gid", "loginuid", "tty")),
        *((name, "I") for name in ("sid", "vsid", "pgid", "vpgid", "threads", "exe_flags")),
        *((name, "I") for name in ("mnt_ns", "pid_ns", "net_ns")),
        *((name, "text") for name in ("args", "exepath", "cgroup", "cwd", "env", "more", "script")),
        ("comm", f"{COMM_LEN}s"),
    ),
    "ancestor_facts": (
        *(("start", "Q"), ("exec", "Q"), ("pid", "I"), ("vpid", "I"), ("level", "I")),
        *(("args", "text"), ("exepath", "text"), ("comm", f"{COMM_LEN}s")),
    ),
    "open_facts": (
        *(("ino", "Q"), ("resolve", "Q"), ("flags", "I"), ("mode", "I"), ("dirfd", "i"), ("dev", "I")),
        *(("file_flags", "I"), ("file_mode", "I"), ("path", "text"), ("raw", "text"), ("base", "text")),
    ),
    "name_facts": (("dirfd", "i"), ("raw", "text"), ("base", "text"), ("path", "text")),
    "socket_facts": (
        *((name, "H") for name in ("family", "type", "protocol", "local_port", "remote_port")),
        *(("state", "B"), ("bound", "B")),
        *(("local", f"{ADDRESS_LEN}s"), ("remote", f"{ADDRESS_LEN}s")),
    ),
    "descriptor_facts": (
        *(("ino", "Q"), ("num", "i"), ("dev", "I"), ("file_flags", "I"), ("file_mode", "I")),
        *(("path", "text"), ("peer", "text"), ("socket", "socket_facts")),
    ),
    "call_facts": (
        ("args", f"Q*{ARGUMENTS}"),
        *(("name", f"name_facts*{NAMES}"), ("descriptor", "descriptor_facts")),
        *(("string", "text"), ("address", "text"), ("buffer", "text"), ("control", "text")),
        *(("size", "I"), ("waiting", "I"), ("waiting_most", "I")),
    ),
    "open_descriptor": (("number", "H"), ("format", "B"), ("family", "B"), ("name", f"{ANONYMOUS_NAME}s")),
    "usage_facts": (
        *((f"vm_{what}", "Q") for what in ("size", "rss", "swap")),
        *(("faults_major", "Q"), ("faults_minor", "Q"), ("descriptors_limit", "Q")),
        *(("descriptors", "I"), ("unused", "I")),
    ),
    "more_facts": (
        *(("leader", f"ancestor_facts*{LEADERS}"), ("standard", f"descriptor_facts*{STANDARD_DESCRIPTORS}")),
        *(("usage", "usage_facts"), ("descriptors", "text"), ("cgroups", "text")),
    ),
    "exec_event_facts": (("filename", "text"),),
    "fork_facts": (("child_tid", "I"), ("child_pid", "I"), ("child_vtid", "I")),
    "exit_facts": (("code", "i"),),
    # What stands before the process; the rest of a record follows its three parts.
    "head": (
        *(("size", "I"), ("event", "H"), ("creators", "B"), ("flags", "B")),
        *(("time", "Q"), ("result", "q"), ("cpu", "I"), ("lineage", "text")),
    ),
    "record": (
        *(("head", "head"), ("process", "process_facts")),
        ("union", "call_facts"),  # its largest member
    ),
    "config": (
        *(("wanted", "Q"), ("scope", "Q"), ("self", "I"), ("ring_count", "I"), ("hierarchy", "I")),
        ("ring_wake", "I"),
        *(("facts", "I"), ("ancestors", "H"), ("exepaths", "H"), ("args", "H"), ("creators", "H")),
        ("seconds", "I"),
    ),
    "call": (
        *(("event", "H"), ("wanted", "B"), ("descriptor", "b"), ("path", f"b*{NAMES}")),
        *(("base", f"b*{NAMES}"), ("string", "b"), ("address", "b"), ("message", "b"), ("messages", "b")),
        *(("buffer", "b"), ("listener", "b"), ("given", "B")),
        *(("before", "B"), ("compat", "B"), ("named", "B")),
    ),
    "scanned": (("exec", "Q"), ("args", "Q"), ("pid", "I"), ("unused", "I")),
    "string_key": (("exec", "Q"), ("part", "I"), ("index", "I")),
    "image": (("exec", "Q"), ("comm", f"{COMM_LEN}s")),
    "string_block": (("total", "I"), ("bytes", f"{STRING_BYTES}s")),
    "long_block": (("bytes", f"{LONG_BYTES}s"),),
    "buffer_owners": (("thread", f"Q*{BUFFERS}"),),
}

# The structs inside this one's fields that C does not know: their fields are the outer struct's.
EMBEDDED: Final = frozenset({"head"})
# Members of the record's union, at the offset of "union".
UNION: Final[Mapping[str, str]] = {
    "call": "call_facts",
    "open": "open_facts",
    "exec": "exec_event_facts",
    "fork": "fork_facts",
    "exit": "exit_facts",
}


def _numbered(names: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(names.split())}


ENUMS: Final[Mapping[str, Mapping[str, int]]] = {
    "event": {
        "EVENT_NONE": 0,
        **{f"EVENT_{name.upper()}": number for name, number in tables.OWN_EVENTS.items()},
        "EVENT_CALLS": tables.FIRST_CALL,
        "EVENTS": tables.MOST_EVENTS,
    },
    "reason": _numbered(
        "REASON_SEEN REASON_SENT REASON_RING_FULL REASON_SCRATCH_BUSY REASON_COMPAT REASON_ARGS_CUT "
        "REASON_ARGS_FAULT REASON_ENV_FAULT REASON_STRINGS_FULL REASON_STORAGE_FULL REASON_PATH_CUT "
        "REASON_RECORD_CUT "
        "REASON_FILE_GONE REASON_MESSAGES REASON_NAME_UNSURE "
        "REASON_REQUEST_LATE REASON_REQUEST_ORPHAN REASON_LINEAGE_CUT REASONS"
    ),
    "record_flag": {
        "RECORD_PATH_CUT": 1,
        "RECORD_STRINGS_CUT": 2,
        "RECORD_NO_EXEC_FACTS": 4,
        "RECORD_ARGS_CUT": 8,
        "RECORD_ENV_CUT": 16,
        "RECORD_IO_URING": 32,
        "RECORD_RESULT_UNKNOWN": 64,
        "RECORD_ORPHAN": 128,
    },
    "exe_flag": {"EXE_WRITABLE": 1, "EXE_UPPER_LAYER": 2, "EXE_FROM_MEMFD": 4, "EXE_LOWER_LAYER": 8},
    "script_flag": {"SCRIPT_KNOWN": 0x8000},
    "file_flag": {
        "FILE_CREATED": 1,
        "FILE_UPPER_LAYER": 2,
        "FILE_LOWER_LAYER": 4,
        "FILE_FROM_MEMFD": 8,
        "FILE_KNOWN": 16,
    },
    "fact": {f"FACT_{name}": number for name, number in tables.FACTS.items()},
    "leader": _numbered("LEADER_SESSION LEADER_GROUP LEADERS"),
    "creator": {"CREATOR_NAMES": 1, "CREATOR_EXEPATHS": 2, "CREATOR_ARGS": 4},
    "outcome": {
        "CALL_SUCCEEDED": tables.SUCCEEDED,
        "CALL_FAILED": tables.FAILED,
        "CALL_COUNTED": tables.COUNTED,
    },
    "argument": {"ARGUMENT_NONE": calls.NONE, "ARGUMENT_RESULT": calls.RESULT},
    "hierarchy": _numbered("HIERARCHY_UNIFIED HIERARCHY_PIDS HIERARCHY_MEMORY HIERARCHY_CPU"),
    "string_part": _numbered("STRING_EXEPATH STRING_ARGS STRING_SCRIPT"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """Where one field lies, in bytes. `format` as in LAYOUTS."""

    name: str
    format: str
    offset: int
    size: int


@functools.cache
def fields(name: str) -> tuple[Field, ...]:
    """The fields of a struct, in order."""
    found: list[Field] = []
    end = 0
    for field, form in LAYOUTS[name]:
        size, alignment = _measure(form)
        offset = _aligned(end, alignment)
        found.append(Field(field, form, offset, size))
        end = offset + size
    return tuple(found)


def size(name: str) -> int:
    """sizeof(struct name)."""
    last = fields(name)[-1]
    return _aligned(last.offset + last.size, _alignment(name))


def offset(name: str, field: str) -> int:
    """offsetof(struct name, field)."""
    return next(one.offset for one in fields(name) if one.name == field)


def compiled(name: str) -> struct.Struct:
    """Unpacks every plain field of a struct, in order; a text is one number: length << 16 | at. Structs
    inside are passed over, but for the text.
    """
    parts: list[str] = []
    end = 0
    for field in fields(name):
        element, _, count = field.format.partition("*")
        if element != "text" and element in LAYOUTS:
            continue
        parts += [f"{field.offset - end}x", count, "I" if element == "text" else element]
        end = field.offset + field.size
    return struct.Struct("<" + "".join(parts) + f"{size(name) - end}x")


def flattened(name: str) -> Iterator[Field]:
    """The fields as C names them: EMBEDDED structs dissolved, the union's members in its place."""
    for field in fields(name):
        if field.format in EMBEDDED:
            for inner in fields(field.format):
                yield Field(inner.name, inner.format, field.offset + inner.offset, inner.size)
        elif field.name == "union":
            for member, form in UNION.items():
                yield Field(member, form, field.offset, size(form))
        else:
            yield field


def _aligned(end: int, alignment: int) -> int:
    return (end + alignment - 1) // alignment * alignment


def _alignment(name: str) -> int:
    return max(_measure(form)[1] for _, form in LAYOUTS[name])


def _measure(form: str) -> tuple[int, int]:
    """Size and alignment."""
    element, _, count = form.partition("*")
    if element in LAYOUTS:
        return size(element) * int(count or 1), _alignment(element)
    length = struct.calcsize(f"={element}")
    return length * int(count or 1), 1 if form.endswith("s") else length

# SPDX-License-Identifier: Apache-2.0
"""Fields of the file an event creates or uses: fd.* (specification 7.3).

Absent on events that neither create, use nor close a descriptor.
"""

from __future__ import annotations

from dataclasses import replace

from lanner_engine.fields.field import Field, Records

_FD = "None if {d} is None else "
_DIRECTORY = "descriptor_facts.directory({d})"

_FIELDS = (
    Field("fd.num", "INT64", "number of the descriptor, -1 where none was made", _FD + "{d}.num"),
    Field("fd.type", "CHARBUF", "kind: file, directory, ...", _FD + "{d}.type"),
    Field("fd.typechar", "CHARBUF", "kind as one letter: f, d, ..., o unknown", _FD + "{d}.typechar"),
    Field(
        "fd.name",
        "CHARBUF",
        "resolved absolute path; of a socket ip:port->ip:port or its path",
        _FD + "{d}.name",
    ),
    Field("fd.directory", "CHARBUF", "directory part of a file's path", _DIRECTORY),
    Field(
        "fd.filename",
        "CHARBUF",
        "last part of a file's path; absent for a failed open",
        "descriptor_facts.filename({d})",
    ),
    Field(
        "fd.uid",
        "CHARBUF",
        "thread id and descriptor number",
        "None if {d} is None or (x := {p}.tid) is None else b'%d%d' % (x, {d}.num)",
    ),
    Field(
        "fd.containername",
        "CHARBUF",
        "container id, colon, fd.name",
        _FD + "descriptor_facts.in_container({c}.id, {d}.name)",
    ),
    Field(
        "fd.containerdirectory",
        "CHARBUF",
        "container id, colon, fd.directory",
        f"descriptor_facts.in_container({{c}}.id, {_DIRECTORY})",
    ),
    Field("fd.dev", "INT32", "device number", _FD + "{d}.dev"),
    Field("fd.dev.major", "INT32", "its major part", _FD + "{d}.dev_major"),
    Field("fd.dev.minor", "INT32", "its minor part", _FD + "{d}.dev_minor"),
    Field("fd.ino", "INT64", "inode", _FD + "{d}.ino"),
    Field(
        "fd.nameraw",
        "CHARBUF",
        "path as given to the system call",
        _FD + "{d}.nameraw",
        records=Records.OPENS,
    ),
    Field("fd.is_upper_layer", "BOOL", "the file lies in an overlay's upper layer", _FD + "{d}.upper_layer"),
    Field("fd.is_lower_layer", "BOOL", "the file lies in an overlay's lower layer", _FD + "{d}.lower_layer"),
)

FIELDS = tuple(
    replace(field, records=Records.DESCRIPTORS) if field.records is Records.EVERY else field
    for field in _FIELDS
)

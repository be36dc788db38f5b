# SPDX-License-Identifier: Apache-2.0
"""Fields and values make an event that reads as it was told, whichever field it is; what cannot be told is
refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lanner_engine.ast import FieldRef
from lanner_engine.documents import nodes, yaml_reader
from lanner_engine.documents.problems import Problems
from lanner_engine.facts import reading
from lanner_engine.fields import table
from lanner_engine.fields.field import Argument
from lanner_engine.fields.model import Event
from lanner_engine.fields.reading import reader
from lanner_engine.fields.types import Kind
from lanner_engine.source import Source

FOLLOWING = Path(__file__).parent / "golden" / "following.txt"
ARGUMENTS = {
    Argument.INDEX: "2",
    Argument.TEXT: "app",
    Argument.PARAMETER: "flags",
    Argument.EVENT: "openat",
    Argument.SIDE: "dst",
    Argument.LEVEL_OR_NAME: "HOME",
}
VALUES = {Kind.BOOL: "true", Kind.ADDRESS: "10.0.0.7", Kind.NETWORK: "10.0.0.7", Kind.STRING: "word"}
OWN = {
    "evt.type": "openat",
    "evt.res": "ENOENT",
    "evt.source": "syscall",
    "thread.cap_effective": "CAP_CHOWN CAP_KILL",
    "thread.cap_inheritable": "CAP_CHOWN",
    "thread.cap_permitted": "CAP_SYS_ADMIN",
}


def told(text: str) -> tuple[Event | None, list[str]]:
    """The event of a mapping, and the errors."""
    found = Problems()
    (root,) = yaml_reader.read(yaml_reader.whole(Source("e.yaml", text)), found)
    assert isinstance(root, nodes.Mapping)
    entries = reading.entries(root.pairs, found)
    made = None if entries is None else reading.told(entries, root.span, found)
    errors = [one.message for one in found.kept if one.severity == "error"]
    return (None if made is None else made.event), errors


def value(name: str, text: str) -> Any:
    """Of a field of the event; the test fails where there is none."""
    event, errors = told(text)
    assert event is not None, errors
    return reader(table.resolve(FieldRef(name)))(event)


def _spellings() -> list[str]:
    fields = table.FIELDS.values()
    without = [field.name for field in fields if not field.required]
    within = [
        f'"{field.name}[{ARGUMENTS[field.argument]}]"'
        for field in fields
        if field.argument is not Argument.NONE
    ]
    return [*without, *within]


def test_a_field_reads_as_it_was_told_or_is_refused() -> None:
    refused = []
    for spelling in _spellings():
        name = spelling.strip('"').partition("[")[0]
        kind = Kind.STRING if name == "evt.rawarg" else table.FIELDS[name].type.kind
        sample = OWN.get(name, VALUES.get(kind, "7"))
        head = "" if name == "evt.type" else "evt.type: connect, "
        event, errors = told(f"{{{head}{spelling}: {sample if name != 'evt.rawarg' else 7}}}")
        if event is None:
            assert len(errors) == 1, (spelling, errors)
            refused.append(spelling.strip('"'))
    assert refused == FOLLOWING.read_text().split()


@pytest.mark.parametrize(
    ("text", "field", "wanted"),
    [
        ("{evt.type: openat, fd.name: /x}", "evt.is_open_read", True),
        ("{evt.type: openat, fd.name: /x}", "fd.nameraw", b"/x"),
        ("{evt.type: openat, fd.name: /x/y}", "fd.directory", b"/x"),
        ("{evt.type: openat, evt.arg.flags: O_WRONLY}", "evt.is_open_read", False),
        ("{evt.type: openat, evt.is_open_write: true}", "evt.arg.flags", b"O_WRONLY"),
        ("{evt.type: openat, evt.arg.flags: O_RDWR|O_TMPFILE}", "evt.is_open_create", True),
        ("{evt.type: openat, evt.arg.flags: O_RDWR|O_TMPFILE, evt.res: EACCES}", "evt.is_open_create", False),
        ("{evt.type: openat, evt.res: ENOENT, fd.name: /x}", "fd.num", -1),
        ("{evt.type: unlink, evt.res: SUCCESS}", "evt.rawres", 0),
        ("{evt.type: execve, proc.pname: sshd}", "proc.creator.name", b"sshd"),
        ("{evt.type: execve, proc.pname: sh, proc.creator.name: sshd}", "proc.aname", (b"sh", b"sshd")),
        ("{evt.type: execve, proc.cmdline: cat -n /x}", "proc.args", b"-n /x"),
        ("{evt.type: execve, k8s.ns.name: shop}", "container.id", b"0123456789ab"),
        ("{evt.type: connect, fd.sip: 10.0.0.7, fd.sport: 443}", "fd.rport", 443),
        ("{evt.type: accept, fd.is_server: true, fd.sport: 443}", "fd.lport", 443),
        ("{evt.type: connect, fd.sip: '::1', fd.sport: 443}", "fd.type", b"ipv6"),
    ],
)
def test_what_is_not_told_follows_as_in_the_kernel(text: str, field: str, wanted: object) -> None:
    assert value(field, text) == wanted


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "{evt.type: openat, fd.name: /x, fd.directory: /y}",
            "fd.directory follows from other fields, which make it /",
        ),
        (
            "{evt.type: execve, proc.name: a, proc.cmdline: b c}",
            "proc.cmdline contradicts other fields of the event, which make it a c",
        ),
        (
            "{evt.type: openat, proc.args[2000]: x}".replace("proc.args[2000]", '"proc.args[2000]"'),
            "an empty text",
        ),
        ("{proc.name: a}", "the event has no evt.type"),
    ],
)
def test_what_cannot_be_is_an_error(text: str, error: str) -> None:
    event, errors = told(text)
    assert event is None
    assert errors[0].endswith(error)

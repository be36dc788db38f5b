# SPDX-License-Identifier: Apache-2.0
"""Which fields an exception may rest on, and what it lets pass all the same, in words.
docs/what-can-be-trusted.md has the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from lanner_engine.alerts.reading import Value
from lanner_engine.ast import FieldRef
from lanner_engine.fields import table
from lanner_engine.fields.tables.event_names import EVENT_NAMES
from lanner_engine.fields.types import Kind, Type

HOST: Final = "host"
PROGRAM: Final = "proc.exepath"
UPPER_LAYER: Final = "proc.is_exe_upper_layer"

# Who did it: the kernel's word, or the cluster's, and the same tomorrow.
WHO: Final = (
    PROGRAM,
    "proc.script",
    "proc.creator.exepath",
    "container.image.repository",
    "k8s.ns.name",
    "user.uid",
    "evt.type",
    UPPER_LAYER,
    "proc.is_exe_from_memfd",
)
# What is another one each time, or names one machine, pod or connection.
_PASSING_TEXT = """
evt.num evt.cpu evt.time evt.time.s evt.time.iso8601 evt.datetime evt.datetime.s evt.rawres evt.args evt.info
evt.hostname proc.pid proc.ppid proc.vpid proc.pvpid proc.sid proc.pgid proc.vpgid proc.tty proc.creator.pid
proc.exe_ino proc.loginshellid proc.nthreads proc.env
thread.tid thread.vtid thread.nametid fd.num fd.ino fd.dev fd.uid fd.cport fd.lport fd.rport
container.name container.full_id container.ip container.image container.image.id
container.image.digest container.image.tag
k8s.pod.name k8s.pod.uid k8s.pod.id k8s.pod.ip k8s.pod.sandbox_id k8s.pod.full_sandbox_id k8s.rs.id k8s.rc.id
"""
_PASSING: Final = frozenset(_PASSING_TEXT.split())
_MEMORY: Final = "memory of the process, read when the call ends"
_PARENTS: Final = "a process chooses its parent"
_OWNERS: Final = "who may create pods in the namespace may write any owner into them"
_FORGED: Final = {
    "proc.name": "any program can be given this name",
    "proc.pname": "any program can be given this name, and a process chooses its parent",
    "proc.aname": "any program can be given this name, and a process chooses its parent",
    **dict.fromkeys(("proc.pexepath", "proc.pcmdline", "proc.aexe", "proc.aexepath"), _PARENTS),
    **dict.fromkeys(("proc.acmdline", "proc.aargs"), _PARENTS),
    "proc.exe": "the caller writes argv[0] as it likes",
    "proc.pexe": "the caller writes argv[0] as it likes",
    "proc.args": "the caller chooses the arguments",
    "proc.cmdline": "the caller chooses name and arguments",
    "proc.exeline": "the caller chooses argv[0] and arguments",
    "proc.cwd": "the caller chooses the directory",
    **dict.fromkeys(("fd.nameraw", "fs.path.nameraw"), _MEMORY),
    **dict.fromkeys(("fs.path.sourceraw", "fs.path.targetraw", "evt.rawarg"), _MEMORY),
    "k8s.workload.name": _OWNERS,
    "k8s.workload.kind": _OWNERS,
    "k8s.deployment.name": _OWNERS,
    "k8s.rs.name": _OWNERS,
    "k8s.rc.name": _OWNERS,
    "k8s.exec.command": "who enters the container chooses it",
    "evt.arg": "text of the process, of some calls changed at will",
}
_INTERPRETERS_TEXT = """
sh bash dash ash zsh ksh fish busybox python perl ruby node php lua java env xargs sudo
"""
_INTERPRETERS: Final = frozenset(_INTERPRETERS_TEXT.split())
_TEXTS: Final = (Kind.STRING, Kind.PATH)
_KINDS: Final = (*_TEXTS, Kind.INTEGER, Kind.BOOL, Kind.IDENTITY)
_TIMES: Final = ("RELTIME", "ABSTIME")


def usable(name: str, value: Value) -> bool:
    """Whether an exception can compare the field with the value, and it says something lasting."""
    if name == "container.id" and value != HOST:
        return False
    if name in ("evt.type", "syscall.type") and value not in EVENT_NAMES:
        return False
    ref = _lasting(name)
    return ref is not None and table.tells(ref, value) and _fits(table.type_of(ref), value)


def _fits(kind: Type, value: Value) -> bool:
    """Who writes the alerts may write a text where the field is a number."""
    if isinstance(value, bool) or kind.kind is Kind.BOOL:
        return isinstance(value, bool) and kind.kind is Kind.BOOL
    if isinstance(value, int):
        return kind.kind not in _TEXTS and kind.low <= value <= kind.high
    return isinstance(value, str) and kind.kind in _TEXTS


@lru_cache(maxsize=4096)
def _lasting(name: str) -> FieldRef | None:
    """A field that lasts and can be compared; None for others."""
    try:
        ref = table.resolve(FieldRef(*_split(name)))
    except ValueError:
        return None
    if table.spelling(ref) != name or ref.name in _PASSING or not _plain(ref):
        return None
    kind = table.type_of(ref)
    return ref if kind.kind in _KINDS and kind.name not in _TIMES else None


def _plain(ref: FieldRef) -> bool:
    """Whether it has one value. What nothing ever has is no value."""
    field = table.FIELDS[ref.name]
    several = table.is_many(ref) or table.is_list(ref) or field.ends
    old = bool(set("DP") & set(field.flags))
    return not several and not old and table.code_of(ref) != "None"


def _split(name: str) -> tuple[str, bytes | None]:
    head, bracket, rest = name.partition("[")
    return (head, rest.removesuffix("]").encode()) if bracket else (name, None)


def forged(name: str) -> str:
    """Who can make the field say anything; empty for one that can be trusted."""
    return (
        _FORGED.get(name) or _FORGED.get(name.partition("[")[0]) or _FORGED.get(name.rpartition(".")[0], "")
    )


def holds_up(fields: Mapping[str, Value]) -> str:
    """Why no exception should rest on these fields alone; empty for those that will do."""
    program = fields.get(PROGRAM)
    if not isinstance(program, str) or not program.startswith("/"):
        return (
            f"no {PROGRAM} that can be trusted: whoever takes the name passes; add %{PROGRAM} to the output"
        )
    if fields.get(UPPER_LAYER) is True or fields.get("proc.is_exe_from_memfd") is True:
        return "the program is not one of the image: an attacker's is not either"
    return ""


def lets_pass(fields: Mapping[str, Value]) -> Iterator[str]:
    """What an exception on these fields would let an attacker do unseen."""
    program = str(fields.get(PROGRAM))
    where = _where(fields)
    yield f"whatever {program} does so{where}, whoever makes it do so"
    if fields.get("container.id") != HOST:
        if not fields.get("container.image.repository"):
            more = "add %container.image.repository to the output"
            yield f"every container may have a program at {program}: {more}"
        if fields.get(UPPER_LAYER) is not False:
            yield (
                f"who can write {program} in a running container puts another program there: "
                f"add %{UPPER_LAYER} to the output"
            )
    if program.rpartition("/")[2].rstrip("0123456789.") in _INTERPRETERS and not fields.get("proc.script"):
        yield f"{program} does what its arguments say: every script and command passes with these"
    for name in fields:
        if why := forged(name):
            yield f"{name} holds nobody up: {why}"


def _where(fields: Mapping[str, Value]) -> str:
    image, namespace = fields.get("container.image.repository"), fields.get("k8s.ns.name")
    found = f" in containers of {image}" if image else ""
    found += f" in namespace {namespace}" if namespace else ""
    return found or (" on the host" if fields.get("container.id") == HOST else "")

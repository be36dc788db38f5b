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
from lanner_engine.fields.types import Kind

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
evt.num evt.cpu evt.time evt.rawtime evt.reltime evt.datetime evt.rawres evt.args evt.info evt.hostname
proc.pid proc.ppid proc.vpid proc.pvpid proc.sid proc.pgid proc.vpgid proc.tty proc.creator.pid proc.duration
proc.ppid.duration proc.pid.ts proc.ppid.ts proc.exe_ino proc.loginshellid proc.nthreads proc.env
thread.tid thread.vtid thread.nametid fd.num fd.ino fd.dev fd.uid fd.cport fd.lport fd.rport
container.name container.full_id container.ip container.image container.image.id
container.image.digest container.image.tag container.start_ts container.duration
k8s.pod.name k8s.pod.uid k8s.pod.id k8s.pod.ip k8s.pod.sandbox_id k8s.pod.full_sandbox_id
"""
_PASSING: Final = frozenset(_PASSING_TEXT.split())
_FORGED: Final = {
    "proc.name": "any program can be given this name",
    "proc.pname": "any program can be given this name, and a process chooses its parent",
    "proc.pexepath": "a process chooses its parent",
    "proc.pcmdline": "a process chooses its parent",
    "proc.exe": "the caller writes argv[0] as it likes",
    "proc.pexe": "the caller writes argv[0] as it likes",
    "proc.args": "the caller chooses the arguments",
    "proc.cmdline": "the caller chooses name and arguments",
    "proc.exeline": "the caller chooses argv[0] and arguments",
    "proc.cwd": "the caller chooses the directory",
    "fd.nameraw": "memory of the process, read when the call ends",
    "evt.arg": "text of the process, of some calls changed at will",
}
_INTERPRETERS_TEXT = """
sh bash dash ash zsh ksh fish busybox python perl ruby node php lua java env xargs sudo
"""
_INTERPRETERS: Final = frozenset(_INTERPRETERS_TEXT.split())
_KINDS: Final = (Kind.STRING, Kind.PATH, Kind.INTEGER, Kind.BOOL, Kind.IDENTITY)


def usable(name: str, value: Value) -> bool:
    """Whether an exception can compare the field, and it says something lasting."""
    return _usable(name) and (name != "container.id" or value == HOST)


@lru_cache(maxsize=4096)
def _usable(name: str) -> bool:
    try:
        ref = table.resolve(FieldRef(*_split(name)))
    except ValueError:
        return False
    field = table.FIELDS[ref.name]
    if ref.name in _PASSING or table.is_many(ref) or table.is_list(ref) or field.ends:
        return False
    if set("DP") & set(field.flags) or table.printed_code_of(ref) != table.code_of(ref):
        return False
    return table.type_of(ref).kind in _KINDS


def _split(name: str) -> tuple[str, bytes | None]:
    head, bracket, rest = name.partition("[")
    return (head, rest.removesuffix("]").encode()) if bracket else (name, None)


def forged(name: str) -> str:
    """Who can make the field say anything; empty for one that can be trusted."""
    return next((why for known, why in _FORGED.items() if name == known or name.startswith(f"{known}.")), "")


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

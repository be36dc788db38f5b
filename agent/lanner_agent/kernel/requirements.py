# SPDX-License-Identifier: Apache-2.0
"""What this machine, kernel and user must have for the probes to load.

    check()     every requirement, met or not, with what was seen and what to do
    refusal()   the first one without which nothing can start, as the error to show

Asks and tries: nothing is left behind, and no program stays loaded.
"""

from __future__ import annotations

import errno
import os
import pathlib
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import hooks, io_uring, libbpf, room, syscall_bpf, tables
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.record_layout import Hierarchy

OBJECT: Final = pathlib.Path(__file__).with_name("lanner.bpf.o")
BTF: Final = pathlib.Path("/sys/kernel/btf/vmlinux")
LOCKDOWN: Final = pathlib.Path("/sys/kernel/security/lockdown")
CGROUP: Final = pathlib.Path("/proc/self/cgroup")
STATUS: Final = pathlib.Path("/proc/self/status")
# What the object cannot do without, by the number of the helper that has it (enum bpf_func_id): the youngest
# of those it calls. Distributions carry them under older numbers; docs/decisions/0001-kernel-floor.md
NEEDS: Final = (
    (156, "task storage for tracing programs"),
    (175, "bpf_task_pt_regs()"),
    (181, "bpf_loop()"),
)
TAIL_CALLS: Final = "tail calls of programs with functions"
FLOOR: Final = {"x86_64": "5.17", "aarch64": "6.0"}  # have them all

_LRU_HASH: Final = 9  # the kernel wants CAP_BPF for it even where everybody may create other maps
_SYS_ADMIN: Final = 21


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing needed: what was seen (`detail`), what to do when it is missing (`hint`).

    `errno` is the error's number for `refusal`; 0 where the agent starts without it and knows less. What is
    not `needed` is no fault of the machine.
    """

    name: str
    met: bool
    detail: str
    hint: str
    errno: int
    needed: bool = True


@dataclass(frozen=True, slots=True)
class _Capability:
    name: str
    bit: int  # include/uapi/linux/capability.h
    purpose: str
    in_admin: bool  # CAP_SYS_ADMIN holds it too
    errno: int


_CAPABILITIES: Final = (
    _Capability("CAP_BPF", 39, "load BPF programs", in_admin=True, errno=errno.EPERM),
    _Capability(
        "CAP_PERFMON", 38, "read the kernel's memory in BPF programs", in_admin=True, errno=errno.EPERM
    ),
    _Capability("CAP_SYS_PTRACE", 19, "read other processes' files in /proc", in_admin=False, errno=0),
    _Capability("CAP_DAC_READ_SEARCH", 2, "read files of containers", in_admin=False, errno=0),
)


def check() -> tuple[Requirement, ...]:
    """Every requirement, in the order in which they are worth repairing."""
    library = _libbpf()
    asked = (_bpf, _features, _names, _requests, _rings) if library.met else ()
    return (
        _architecture(),
        _btf(),
        *_capabilities(),
        library,
        *(ask() for ask in asked),
        _lockdown(),
        _cgroups(),
        _object(),
    )


def refusal() -> KernelError | None:
    """The first requirement that is missing and without which nothing can start; None: try to load."""
    for needed in check():
        if not needed.met and needed.errno:
            return KernelError(f"{needed.name}: {needed.detail}", needed.errno, needed.hint)
    return None


def _architecture() -> Requirement:
    machine = platform.machine()
    known = " and ".join(FLOOR)
    met = machine in FLOOR
    return Requirement("architecture", met, machine, f"the probes exist for {known}", errno.ENOSYS)


def _btf() -> Requirement:
    met = os.access(BTF, os.R_OK)
    detail = str(BTF) if met else f"{BTF} cannot be read"
    hint = "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y, and mount /sys into the agent's container"
    return Requirement("kernel types (BTF)", met, detail, hint, errno.ENOENT)


def _capabilities() -> Iterator[Requirement]:
    effective = _effective()
    for capability in _CAPABILITIES:
        admin = capability.in_admin and bool(effective >> _SYS_ADMIN & 1)
        own = bool(effective >> capability.bit & 1)
        held = "held" if own else "held through CAP_SYS_ADMIN"
        detail = held if own or admin else f"not in effect, so this user may not {capability.purpose}"
        hint = f"run as root, or add {capability.name} to the capabilities of the agent's container"
        yield Requirement(capability.name, own or admin, detail, hint, capability.errno)


def _effective() -> int:
    """The effective capabilities as a bit mask; none where /proc does not tell."""
    try:
        found = re.search(r"^CapEff:\s*([0-9a-f]+)$", STATUS.read_text(errors="replace"), re.MULTILINE)
    except OSError:
        found = None
    return int(found[1], 16) if found else 0


def _libbpf() -> Requirement:
    """Without it nothing can be asked of bpf(2)."""
    try:
        version = libbpf.library().libbpf_version_string().decode()
    except KernelError as error:
        return Requirement("libbpf", False, error.what, libbpf.HINT, errno.ENOENT)
    return Requirement("libbpf", True, version, libbpf.HINT, errno.ENOENT)


def _bpf() -> Requirement:
    """Held capabilities do not tell: seccomp, a user namespace or a security module may refuse still."""
    hint = (
        "run as root on the node itself: not in a user namespace, and with a seccomp profile that "
        "allows bpf(2) (securityContext.privileged, or seccompProfile Unconfined)"
    )
    try:
        os.close(syscall_bpf.map_create(_LRU_HASH, 4, 4, 1, name=b"lanner_try"))
        os.close(
            syscall_bpf.map_create(syscall_bpf.RINGBUF, 0, 0, os.sysconf("SC_PAGE_SIZE"), name=b"lanner_try")
        )
    except KernelError as error:
        return Requirement("bpf(2)", False, "refused to create a map", hint, error.errno)
    return Requirement("bpf(2)", True, "allowed", hint, errno.EPERM)


def _features() -> Requirement:
    """By trying each: a release's number says little about what a distribution put into it."""
    answers = {what: syscall_bpf.has_helper(number) for number, what in NEEDS}
    answers[TAIL_CALLS] = syscall_bpf.mixes_tail_calls()
    lacking = [what for what, there in answers.items() if there is False]
    release = f"Linux {os.uname().release}"
    if lacking:
        detail = f"{release} lacks {', '.join(lacking)}"
    elif None in answers.values():
        detail = f"{release}; this user may not try them"
    else:
        detail = release
    floor = FLOOR.get(platform.machine(), "5.17")
    hint = f"run Linux {floor} or newer, or a distribution's kernel that carries them"
    return Requirement("kernel features", not lacking, detail, hint, errno.ENOSYS)


def _names() -> Requirement:
    """Whether the paths of calls on names are the kernel's (bpf/names/names.h)."""
    found = hooks.available()
    lacking = sorted(hooks.EVENTS - found.known(found.programs))
    detail = f"{found.why}, so another thread can change the path a rule sees of {', '.join(lacking)}"
    hint = "paths of open and exec and of descriptors are the kernel's everywhere"
    met = not lacking
    return Requirement("names from the kernel", met, "of all calls" if met else detail, hint, 0, needed=False)


def _requests() -> Requirement:
    """Whether what io_uring does is seen (bpf/io_uring/request.h)."""
    found = io_uring.available()
    hint = "io_uring can be switched off: sysctl kernel.io_uring_disabled=2"
    if found.absent:
        return Requirement("requests of io_uring", True, found.why, hint, 0, needed=False)
    detail = "seen" if found.hooks else f"not seen: {found.why}"
    return Requirement("requests of io_uring", bool(found.hooks), detail, hint, 0, needed=False)


def _rings() -> Requirement:
    """What holds a burst of events until it is read (kernel/room.py)."""
    hint = "a larger memory limit of the container makes larger rings"
    return Requirement("rings", True, str(room.here()), hint, 0, needed=False)


def _lockdown() -> Requirement:
    """Mode `confidentiality` hides the kernel's memory from BPF programs (kernel_lockdown(7))."""
    try:
        found = re.search(r"\[(\w+)\]", LOCKDOWN.read_text(errors="replace"))
    except OSError:
        found = None
    mode = found[1] if found else "none seen"
    hint = "boot without lockdown=confidentiality; lockdown=integrity is fine"
    return Requirement("kernel lockdown", mode != "confidentiality", mode, hint, errno.EPERM)


def _cgroups() -> Requirement:
    setup = _cgroup_setup()
    hint = "boot without cgroup_disable, and mount /proc"
    return Requirement(
        "cgroups", bool(setup), setup or "none, so containers cannot be told apart", hint, errno.ENOENT
    )


def _cgroup_setup() -> str:
    """Version and what names containers, as the probes will take it; empty where there is neither.

    A line `0::PATH` is the unified hierarchy, which is there but names no container where v1 has the
    controllers.
    """
    try:
        unified = any(line.startswith("0::") for line in CGROUP.read_text(errors="replace").splitlines())
        chosen = tables.hierarchy(CGROUP)
    except OSError:
        return ""
    if chosen == Hierarchy.UNIFIED:
        return "v2" if unified else ""
    (controller,) = (name for name, number in tables.HIERARCHIES.items() if number == chosen)
    return f"{'hybrid' if unified else 'v1'}, containers are named by controller {controller}"


def _object() -> Requirement:
    met = os.access(OBJECT, os.R_OK)
    detail = str(OBJECT) if met else f"{OBJECT} cannot be read"
    hint = "install the package again; in a source tree, run make bpf"
    return Requirement("BPF object", met, detail, hint, errno.ENOENT)

# SPDX-License-Identifier: Apache-2.0
"""The default rules on plain events: what each is about, and near misses. tests/story does it for real."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanner_agent.policy import defaults
from lanner_agent.policy.files import load
from lanner_engine.codegen.compile import Program
from lanner_engine.fields import model
from tests.agent.events import plain
from tests.engine.plain_facts import PlainDescriptor, PlainProcess

BOX = model.Container(id=b"0123456789ab", full_id=b"0123456789ab" * 5 + b"0123")
LOWER, UPPER, MEMFD = model.EXE_LOWER_LAYER, model.EXE_UPPER_LAYER, model.EXE_FROM_MEMFD
CAT = replace(plain.SHELL, comm=b"cat", exepath=b"/usr/bin/cat", tty=0)


@pytest.fixture(scope="module")
def program() -> Program:
    checked = load.check([defaults.directory()])
    assert checked.diagnostics == ()
    return load.compiled(checked)


def execution(process: PlainProcess, container: model.Container = BOX) -> plain.Event:
    return plain.Event(process=process, container=container)


def opening(  # noqa: PLR0913 (an open has that many sides)
    name: bytes,
    process: PlainProcess = CAT,
    *,
    num: int = 3,
    read: bool = True,
    write: bool = False,
    flags: bytes = b"O_RDONLY",
    type_: str = "openat",
    container: model.Container = model.HOST,
) -> plain.Event:
    return plain.Event(
        type=type_,
        process=process,
        container=container,
        fd=PlainDescriptor(num=num, name=name, nameraw=name),
        open_read=read,
        open_write=write,
        result=num,
        arguments={"flags": flags},
    )


def emptying(name: bytes, process: PlainProcess = CAT, flags: bytes = b"O_TRUNC|O_WRONLY") -> plain.Event:
    return opening(name, process, read=False, write=True, flags=flags)


def writing(  # a container's open for writing, which failed where `num` says so
    name: bytes, nameraw: bytes, *, num: int = 3, flags: bytes = b"O_WRONLY", process: PlainProcess = CAT
) -> plain.Event:
    event = opening(name, process, num=num, read=False, write=True, flags=flags, container=BOX)
    return replace(event, fd=PlainDescriptor(num=max(num, -1), name=name, nameraw=nameraw))


def removing(path: bytes, process: PlainProcess = CAT) -> plain.Event:
    return replace(calling("unlinkat", process), fs_path=model.NamedPath(path, path))


def program_at(path: bytes, flags: int = 0) -> PlainProcess:
    return replace(CAT, exepath=path, exe_flags=flags)


def calling(type_: str, process: PlainProcess = CAT, *, result: int = 0, **arguments: bytes) -> plain.Event:
    """A system call in a container."""
    return plain.Event(
        type=type_, process=process, container=BOX, result=result, arguments={**arguments, "res": b""}
    )


def naming(source: bytes, target: bytes, process: PlainProcess = CAT, type_: str = "rename") -> plain.Event:
    return replace(
        calling(type_, process),
        fs_source=model.NamedPath(source, source),
        fs_target=model.NamedPath(target, target),
    )


def made_by(maker: PlainProcess, process: PlainProcess, parent: PlainProcess | None = None) -> PlainProcess:
    """Who made a process is its parent, as long as nobody else is."""
    return replace(process, creator=maker, parent=parent or maker)


SHIM = replace(program_at(b"/usr/bin/containerd-shim-runc-v2"), comm=b"containerd-shim")
BASH = replace(plain.SHELL, comm=b"bash")
NGINX = replace(program_at(b"/usr/sbin/nginx"), comm=b"nginx")
KUBE_PROXY = program_at(b"/usr/local/bin/kube-proxy")
DOCTOR = replace(
    program_at(b"/usr/bin/python3.13"),
    script=b"/opt/lanner/bin/lanner",
    args=(b"/opt/lanner/bin/lanner", b"doctor"),
)
BUSY = -26  # ETXTBSY
RUNNING = "Running program opened for writing in a container"
RUNTIME_CHANGED = "Program of the container runtime changed from a container"
RUNC = program_at(b"/usr/sbin/runc")
RUNC_INIT = replace(RUNC, args=(b"init",))
BUILDAH = program_at(b"/usr/bin/buildah")
BUILDAH_COPY = made_by(BUILDAH, program_at(b"memfd:buildah-chroot-exec", MEMFD))

FOUND = {
    "a shell": ("Shell with a terminal in a container", execution(plain.SHELL)),
    "busybox as a shell": (
        "Shell with a terminal in a container",
        execution(replace(plain.SHELL, comm=b"busybox")),
    ),
    "a shell that the runtime made": (
        "Shell with a terminal in a container",
        execution(made_by(RUNC, plain.SHELL, parent=SHIM)),
    ),
    "a server's shell that a shell adopted": (
        "Shell with a terminal in a container",
        execution(made_by(NGINX, plain.SHELL, parent=BASH)),
    ),
    "a dropped shell with a terminal": (
        "Dropped binary executed in a container",
        execution(made_by(plain.SHELL, replace(plain.SHELL, exe_flags=UPPER))),
    ),
    "shadow": ("Sensitive file read", opening(b"/etc/shadow")),
    "shadow in a container": ("Sensitive file read", opening(b"/etc/shadow", container=BOX)),
    "shadow by its handle": ("Sensitive file read", opening(b"/etc/shadow", type_="open_by_handle_at")),
    "a file by its handle in a container": (
        "File opened by handle in a container",
        opening(b"/root/x", type_="open_by_handle_at", container=BOX),
    ),
    "a sudoers fragment": ("Sensitive file read", opening(b"/etc/sudoers.d/90-ops")),
    "a cluster's key": ("Sensitive file read", opening(b"/etc/kubernetes/pki/ca.key")),
    "a cluster's key by a false API server": (
        "Sensitive file read",
        opening(
            b"/etc/kubernetes/pki/ca.key", program_at(b"/usr/local/bin/kube-apiserver", UPPER), container=BOX
        ),
    ),
    "shadow written": ("Sensitive file changed", opening(b"/etc/shadow", read=False, write=True)),
    "shadow put into place": ("Sensitive file changed", naming(b"/tmp/x", b"/etc/shadow")),
    "shadow that becomes a link": (
        "Sensitive file changed",
        naming(b"/etc/shadow", b"/tmp/x", type_="symlink"),
    ),
    "a link to shadow": (
        "Sensitive file given another name",
        naming(b"/tmp/x", b"/etc/shadow", type_="link"),
    ),
    "shadow moved away": ("Sensitive file given another name", naming(b"/etc/shadow", b"/tmp/x")),
    "shadow put into place by a false dpkg": (
        "Sensitive file changed",
        naming(b"/tmp/x", b"/etc/shadow", program_at(b"/usr/bin/dpkg", UPPER)),
    ),
    "a mount onto sudoers": (
        "Sensitive file covered by a mount",
        naming(b"/tmp/x", b"/etc/sudoers", type_="mount"),
    ),
    "a module by a program that has the name of a module loader": (
        "Kernel module loaded from a container",
        calling("finit_module", program_at(b"/usr/local/bin/kube-proxy", UPPER)),
    ),
    "a module by what kube-proxy adopted": (
        "Kernel module loaded from a container",
        calling("finit_module", made_by(plain.SHELL, CAT, parent=KUBE_PROXY)),
    ),
    "a module": ("Kernel module loaded from a container", calling("init_module")),
    "memory of buildah's in a container": (
        "Execution of a file without a name",
        execution(BUILDAH_COPY),
    ),
    "a memfd that is named as buildah's": (
        "Execution of a file without a name",
        execution(made_by(CAT, BUILDAH_COPY), model.HOST),
    ),
    "shadow by a false sshd": (
        "Sensitive file read",
        opening(b"/etc/shadow", program_at(b"/usr/sbin/sshd", UPPER), container=BOX),
    ),
    "shadow by a process that only says it is sshd": (
        "Sensitive file read",
        opening(b"/etc/shadow", replace(CAT, comm=b"sshd")),
    ),
    "a dropped program": ("Dropped binary executed in a container", execution(program_at(b"/tmp/x", UPPER))),
    "shared memory": ("Execution from shared memory", execution(program_at(b"/dev/shm/x"))),
    "shared memory on the host": (
        "Execution from shared memory",
        execution(program_at(b"/dev/shm/x"), model.HOST),
    ),
    "memfd": ("Execution of a file without a name", execution(program_at(b"/memfd:x", MEMFD))),
    "memfd with the runtime's argument": (
        "Execution of a file without a name",
        execution(made_by(CAT, replace(program_at(b"/memfd:x", MEMFD), args=(b"init",)))),
    ),
    "its own program": (RUNNING, writing(b"/proc/self/exe", b"/proc/self/exe", num=BUSY)),
    "another's program, by a relative path": (RUNNING, writing(b"/proc/7/exe", b"exe", num=BUSY)),
    "a program that may be written while it runs": (RUNNING, writing(b"/bin/app", b"/proc/7/exe")),
    "a program by its descriptor": (RUNNING, writing(b"/proc/self/fd/3", b"/proc/self/fd/3", num=BUSY)),
    "a program that is cut off": (RUNNING, calling("truncate", result=-30, path=b"/proc/self/exe")),
    "runc by its descriptor": (RUNTIME_CHANGED, writing(b"/usr/sbin/runc", b"/proc/self/fd/3")),
    "runc by its process": (RUNTIME_CHANGED, writing(b"/usr/sbin/runc", b"/proc/7/exe")),
    "a shim in a mount": (
        RUNTIME_CHANGED,
        writing(b"/host/usr/bin/containerd-shim-runc-v2", b"containerd-shim-runc-v2"),
    ),
    "a kubelet that runs": (RUNTIME_CHANGED, writing(b"/host/opt/bin/kubelet", b"kubelet", num=BUSY)),
    "crun replaced": (RUNTIME_CHANGED, naming(b"/host/x", b"/host/usr/bin/crun")),
    "conmon moved away": (RUNTIME_CHANGED, naming(b"/host/usr/libexec/crio/conmon", b"/host/x")),
    "one more name of dockerd": (RUNTIME_CHANGED, naming(b"/x", b"/host/usr/bin/dockerd", type_="link")),
    "containerd removed": (RUNTIME_CHANGED, removing(b"/host/usr/bin/containerd")),
    "containerd removed by a false dpkg": (
        RUNTIME_CHANGED,
        removing(b"/host/usr/bin/containerd", program_at(b"/usr/bin/dpkg", UPPER)),
    ),
    "an emptied log": ("Log cleared", emptying(b"/var/log/auth.log")),
    "an emptied log by creat": (
        "Log cleared",
        opening(b"/var/log/wtmp", read=False, write=True, type_="creat", flags=b""),
    ),
}

LEFT_ALONE = {
    "a program that is updated while it runs": writing(b"/usr/bin/app", b"/usr/bin/app", num=BUSY),
    "a descriptor opened again": writing(b"/tmp/out", b"/proc/self/fd/1"),
    "a program that is read": opening(b"/proc/self/exe", container=BOX),
    "its own program on the host": opening(b"/proc/self/exe", num=BUSY, read=False, write=True),
    "runc written on the host": opening(b"/usr/sbin/runc", read=False, write=True),
    "a runc that was not there": writing(
        b"/usr/bin/runc", b"/usr/bin/runc", flags=b"O_CREAT|O_WRONLY|O_F_CREATED"
    ),
    "a runc that may not be written": writing(b"/host/usr/bin/runc", b"/host/usr/bin/runc", num=-30),
    "a kubelet's settings": writing(b"/host/etc/default/kubelet", b"/host/etc/default/kubelet"),
    "a runc of an image": removing(b"/var/lib/containerd/snapshots/1/fs/usr/bin/runc"),
    "runc put into place by dpkg": naming(
        b"/usr/bin/runc.dpkg-new", b"/usr/bin/runc", program_at(b"/usr/bin/dpkg")
    ),
    "a link that is called runc": naming(b"/x/bin/runc", b"/usr/bin/true", type_="symlink"),
    "a shell without a terminal": execution(replace(plain.SHELL, tty=0)),
    "a shell on the host": execution(plain.SHELL, model.HOST),
    "a shell started by a shell": execution(made_by(BASH, plain.SHELL)),
    "a shell whose shell has ended": execution(made_by(BASH, plain.SHELL, parent=SHIM)),
    "a program of the image": execution(program_at(b"/usr/bin/cat", LOWER)),
    "an upper layer on the host": execution(program_at(b"/tmp/x", UPPER), model.HOST),
    "a file by its handle on the host": opening(b"/root/x", type_="open_by_handle_at"),
    "a handle that was refused": opening(b"/root/x", num=-1, type_="open_by_handle_at", container=BOX),
    "passwd": opening(b"/etc/passwd"),
    "a cluster's key by its API server": opening(
        b"/etc/kubernetes/pki/sa.key", program_at(b"/usr/local/bin/kube-apiserver"), container=BOX
    ),
    "shadow put into place by passwd": naming(
        b"/etc/nshadow", b"/etc/shadow", program_at(b"/usr/bin/passwd")
    ),
    "sudoers put into place by dpkg": naming(
        b"/etc/sudoers.dpkg-new", b"/etc/sudoers", program_at(b"/usr/bin/dpkg")
    ),
    "sudoers put into place by dnf": naming(
        b"/etc/sudoers;1", b"/etc/sudoers", replace(program_at(b"/usr/bin/python3.9"), script=b"/usr/bin/dnf")
    ),
    "a mount by the runtime": naming(
        b"/var/lib/kubelet/x", b"/etc/sudoers", made_by(RUNC, RUNC_INIT), "mount"
    ),
    "a mount by the runtime, whose first part has ended": naming(
        b"/var/lib/kubelet/x", b"/etc/sudoers", made_by(RUNC, RUNC_INIT, parent=SHIM), "mount"
    ),
    "a module for kube-proxy": calling("finit_module", made_by(KUBE_PROXY, CAT)),
    "a program for the network": calling(
        "bpf", program_at(b"/usr/bin/cilium-agent"), result=5, cmd=b"BPF_PROG_LOAD"
    ),
    "lanner doctor": calling("bpf", DOCTOR, result=5, cmd=b"BPF_PROG_LOAD"),
    "a map": calling("bpf", result=5, cmd=b"BPF_MAP_CREATE"),
    "io_uring refused": calling("io_uring_setup", result=-1),
    "faults of its own memory": calling("userfaultfd", result=5, flags=b"UFFD_USER_MODE_ONLY|O_CLOEXEC"),
    "nothing written": calling("process_vm_writev", result=-1),
    "a child that asks to be traced": calling("ptrace", request=b"PTRACE_TRACEME"),
    "buildah's copy on the host": execution(BUILDAH_COPY, model.HOST),
    "buildah's copy of a copy": execution(made_by(BUILDAH_COPY, BUILDAH_COPY), model.HOST),
    "a path that only begins so": opening(b"/etc/shadowy"),
    "shadow refused": opening(b"/etc/shadow", num=-13),
    "shadow by sshd": opening(b"/etc/shadow", program_at(b"/usr/sbin/sshd")),
    "shadow by sudo": opening(b"/etc/shadow", program_at(b"/usr/bin/sudo")),
    "shadow by systemd": opening(b"/etc/shadow", program_at(b"/usr/lib/systemd/systemd-executor")),
    "a cluster's certificate": opening(b"/etc/kubernetes/pki/ca.crt"),
    "beside shared memory": execution(program_at(b"/dev/shmx/x"), model.HOST),
    "runc from memory": execution(
        made_by(RUNC, replace(program_at(b"/memfd:runc_cloned:/proc/self/exe", MEMFD), args=(b"init",)))
    ),
    "a log written to": opening(b"/var/log/auth.log", read=False, write=True, flags=b"O_APPEND|O_WRONLY"),
    "a new log": emptying(b"/var/log/new.log", flags=b"O_TRUNC|O_CREAT|O_WRONLY|O_F_CREATED"),
    "a log rotated": emptying(b"/var/log/syslog", program_at(b"/usr/sbin/logrotate")),
    "another file emptied": emptying(b"/srv/log/x.log"),
}


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str, program: Program) -> None:
    rule, event = FOUND[name]
    assert [match.name for match in program.match(event)] == [rule]


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_left_alone(name: str, program: Program) -> None:
    assert program.match(LEFT_ALONE[name]) == ()


def test_no_default_rule_waits_for_the_container_runtime(program: Program) -> None:
    """Their conditions ask the kernel's facts only: an event never has to wait to be matched."""
    assert [rule.name for rule in program.rules if rule.needs_metadata] == []


def test_every_output_names_the_container(program: Program) -> None:
    for rule in program.rules:
        assert "container_id=%container.id container_name=%container.name)" in rule.output.text

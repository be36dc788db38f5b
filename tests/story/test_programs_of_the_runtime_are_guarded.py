# SPDX-License-Identifier: Apache-2.0
"""A container writes to the programs that run it, through /proc until the kernel lets it, and through a
mount of the node's files.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import threading
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story import deeds
from tests.story.agent import Agent
from tests.story.inside import LENDING, Inside

CHANGED = "Critical A program of the container runtime was changed"
RUNNING = "Critical A running program was opened for writing"
PROGRAMS = ("runc", "crun", "conmon", "containerd", "containerd-shim-runc-v2", "kubelet")
# What plays the runtime keeps its capabilities, which a real one lays down: to look at it needs one more.
CAPABILITY = ("--cap-add", "CAP_SYS_PTRACE")

ENTER = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
kinds = [os.open(f"/proc/{sys.argv[1]}/ns/{kind}", os.O_RDONLY) for kind in ("pid", "mnt")]
assert not any(libc.setns(kind, 0) for kind in kinds)
if os.fork() == 0:
    print("inside", flush=True)
    sys.stdin.read()
    os._exit(0)
os.wait()
"""
OVERWRITE = """
import sys, time
def programs():
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try: yield pid, os.readlink(f'/proc/{pid}/exe')
        except OSError: pass
pid = next(pid for pid, path in programs() if path.endswith('/sbin/runc'))
fd = os.open(f'/proc/{pid}/exe', os.O_RDONLY)
for attempt in range(2000):
    try: target = os.open(f'/proc/self/fd/{fd}', os.O_WRONLY | os.O_TRUNC); break
    except OSError: time.sleep(0.01)
os.write(target, b'#!/bin/sh')
"""


@pytest.fixture
def node(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder as the root of a node, with programs named as a runtime's are."""
    programs = tmp_path / "usr/bin"
    programs.mkdir(parents=True)
    for name in PROGRAMS:
        shutil.copy("/bin/busybox", programs / name)
    return tmp_path


@pytest.fixture
def with_node(containerd: runtime.Containerd, container_agent: Agent, node: pathlib.Path) -> Iterator[Inside]:
    mount = ("--mount", f"type=bind,src={node},dst=/host,options=bind")
    full_id = containerd.run("sleep", "1000", options=(*LENDING, *mount))
    yield Inside(containerd, container_agent, full_id)
    containerd.remove(full_id)


@pytest.fixture(scope="module")
def box(containerd: runtime.Containerd) -> Iterator[str]:
    """One container for the whole module."""
    full_id = containerd.run("sleep", "1000", options=(*LENDING, *CAPABILITY))
    yield full_id
    containerd.remove(full_id)


@pytest.fixture(scope="module")
def inside(containerd: runtime.Containerd, container_agent: Agent, box: str) -> Inside:
    return Inside(containerd, container_agent, box)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("os.open('/proc/self/exe', os.O_WRONLY)", "given=/proc/self/exe path=<NA> evt_type=openat"),
        ("os.open(f'/proc/{os.getpid()}/exe', os.O_RDWR)", r"given=/proc/\d+/exe path=<NA> evt_type=openat"),
        ("os.open('/proc/1/exe', os.O_WRONLY | os.O_TRUNC)", "given=/proc/1/exe path=<NA> evt_type=openat"),
        ("os.chdir('/proc/self'); os.open('exe', os.O_WRONLY)", "given=exe path=<NA> evt_type=openat"),
        (
            "os.open('exe', os.O_WRONLY, dir_fd=os.open('/proc/1', os.O_PATH))",
            "given=exe path=<NA> evt_type=openat",
        ),
        ("libc.creat(b'/proc/self/exe', 0o755)", "given=/proc/self/exe path=<NA> evt_type=creat"),
        (
            "libc.syscall(437, -100, b'/proc/self/exe', (ctypes.c_uint64 * 3)(os.O_WRONLY, 0, 0), 24)",
            "given=/proc/self/exe path=<NA> evt_type=openat2",
        ),
        ("libc.truncate(b'/proc/self/exe', 0)", "given=<NA> path=/proc/self/exe evt_type=truncate"),
        (
            "fd = os.open('/proc/self/exe', os.O_RDONLY); os.open(f'/proc/self/fd/{fd}', os.O_WRONLY)",
            r"given=/proc/self/fd/\d+ path=<NA> evt_type=openat",
        ),
        (
            "fd = os.open('/proc/self/exe', os.O_PATH); os.open(f'/dev/fd/{fd}', os.O_WRONLY)",
            r"given=/dev/fd/\d+ path=<NA> evt_type=openat",
        ),
        (
            "os.chdir('/proc/self/fd'); os.open(str(os.open('/proc/self/exe', 0)), os.O_WRONLY)",
            r"given=\d+ path=<NA> evt_type=openat",
        ),
    ],
)
def test_a_running_program_is_opened_for_writing(inside: Inside, code: str, found: str) -> None:
    """None of them works: /usr is lent read-only, and the program of process 1 is running."""
    mark = deeds.marker()
    inside.python(f"try: {code}\nexcept OSError as refused: print(refused)", mark)
    inside.alert(rf"{RUNNING} \(file=\S+ {found} result=E(TXTBSY|ROFS) .*{mark}")


def test_a_runtime_that_enters_is_overwritten(
    containerd: runtime.Containerd, inside: Inside, box: str, tmp_path: pathlib.Path
) -> None:
    """As CVE-2019-5736 does it: a descriptor of the program while it runs, then attempts until it is gone."""
    program = tmp_path / "sbin/runc"
    program.parent.mkdir()
    shutil.copy(pathlib.Path("/usr/bin/python3").resolve(), program)
    mark = deeds.marker()
    enter = [str(program), "-c", ENTER, str(containerd.pid(box))]
    with subprocess.Popen(enter, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as entering:
        assert entering.stdin
        assert entering.stdout
        assert entering.stdout.readline() == b"inside\n"
        attack = threading.Thread(target=inside.python, args=(OVERWRITE, mark))
        attack.start()
        inside.alert(rf"{RUNNING} \(file=/proc/self/fd/\d+ given=/proc/self/fd/.* result=ETXTBSY .*{mark}")
        entering.stdin.close()
        entering.wait()
    inside.alert(rf"{CHANGED} \(file={program} given=/proc/self/fd/\d+ .*evt_type=openat result=SUCCESS ")
    attack.join()
    assert program.read_bytes() == b"#!/bin/sh"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo >> bin/runc", "file=/host/usr/bin/runc given=bin/runc .* result=SUCCESS"),
        (": > bin/conmon", "file=/host/usr/bin/conmon given=bin/conmon .* result=SUCCESS"),
        (
            "cp /bin/busybox x && mv x bin/containerd",
            "source=/host/usr/x target=/host/usr/bin/containerd evt_type=rename",
        ),
        ("mv bin/crun bin/x", "source=/host/usr/bin/crun target=/host/usr/bin/x evt_type=rename"),
        ("ln bin/runc /host/x", "source=/host/x target=/host/usr/bin/runc evt_type=link"),
        ("rm bin/containerd-shim-runc-v2", "path=/host/usr/bin/containerd-shim-runc-v2 .* evt_type=unlink"),
        ("truncate -s 9 bin/kubelet", "file=/host/usr/bin/kubelet .* evt_type=open"),
        (
            "(exec -a sleep bin/kubelet 3) & sleep 0.3; echo >> bin/kubelet; kill $!",
            "file=/host/usr/bin/kubelet given=bin/kubelet .* result=ETXTBSY",
        ),
    ],
)
def test_a_program_of_the_runtime_is_changed_through_a_mount(
    with_node: Inside, script: str, found: str
) -> None:
    with_node.run(f"cd /host/usr; {{ {script}; }} || true")
    with_node.alert(rf"{CHANGED} \(.*{found}")


def test_a_program_of_the_runtime_is_cut_through_a_mount(with_node: Inside) -> None:
    with_node.python("os.truncate('/host/usr/bin/crun', 9)")
    with_node.alert(rf"{CHANGED} \(.* path=/host/usr/bin/crun .*evt_type=truncate ")

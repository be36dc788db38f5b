# SPDX-License-Identifier: Apache-2.0
"""Roundabout ways to change, name, cover and read what is watched, each really gone in a container that has
the capabilities for it.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import socket
import sys
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story import deeds
from tests.story.agent import Agent
from tests.story.inside import LENDING, PYTHON, Inside, furnished

CAPABILITIES = ("DAC_READ_SEARCH", "SYS_ADMIN", "SYS_PTRACE", "MKNOD")
HANDLE = 136  # bytes of a struct file_handle with the longest handle
WRITTEN = "#!/bin/sh\ntrue\n"


@pytest.fixture(scope="module")
def armed(containerd: runtime.Containerd, container_agent: Agent) -> Iterator[Inside]:
    """One container for the whole module, with Python and more than a container should have."""
    made = "cp /etc/shadow /tmp/shadow; touch /etc/gshadow; touch /etc/sudoers; mkdir /etc/sudoers.d"
    with furnished(containerd, container_agent, made, CAPABILITIES) as inside:
        yield inside


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("os.truncate('/etc/shadow', 5)", "file=/etc/shadow source=<NA> target=<NA> evt_type=truncate"),
        ("os.open('/etc/../etc/sudoers', os.O_WRONLY)", "file=/etc/sudoers .*evt_type=openat"),
        ("libc.creat(b'/etc/gshadow', 0o644)", "file=/etc/gshadow .*evt_type=creat"),
        (
            "open('/tmp/mine', 'w'); os.rename('/tmp/mine', '/etc/shadow')",
            "file=<NA> source=/tmp/mine target=/etc/shadow evt_type=rename",
        ),
        (
            "open('/tmp/rule', 'w'); os.link('/tmp/rule', '/etc/sudoers.d/rule')",
            "file=<NA> source=/etc/sudoers.d/rule target=/tmp/rule evt_type=link",
        ),
        (
            "os.remove('/etc/gshadow'); os.symlink('/tmp/mine', '/etc/gshadow')",
            "file=<NA> source=/etc/gshadow target=/tmp/mine evt_type=symlink",
        ),
    ],
)
def test_a_sensitive_file_is_changed(armed: Inside, code: str, found: str) -> None:
    armed.python(code)
    armed.alert(rf"Warning A sensitive file was changed \({found}")


@pytest.mark.parametrize(
    ("code", "name", "call"),
    [
        ("os.link('/etc/shadow', '/tmp/hard')", "/tmp/hard", "link"),
        ("os.symlink('../etc/shadow', '/tmp/soft')", "/tmp/soft", "symlink"),
        (
            (
                "f = os.open('/etc/shadow', os.O_PATH)\n"
                "assert not libc.linkat(f, b'', -100, b'/tmp/empty', 4096)"
            ),
            "/tmp/empty",
            "linkat",
        ),
        ("os.rename('/etc/shadow', '/tmp/moved')", "/tmp/moved", "rename"),
    ],
)
def test_a_sensitive_file_gets_another_name(armed: Inside, code: str, name: str, call: str) -> None:
    armed.run("cp /tmp/shadow /etc/shadow")
    armed.python(code)
    ends = ("/etc/shadow", name) if call == "rename" else (name, "/etc/shadow")
    said = r"given another name \(source={} target={} evt_type={} ".format(*ends, call)
    armed.alert(f"Warning A sensitive file was {said}")


def test_a_sensitive_file_is_covered_by_a_mount(armed: Inside) -> None:
    armed.run("touch /tmp/below; mount -o bind /tmp/below /etc/sudoers")
    armed.alert(r"covered by a mount \(file=/etc/sudoers from=/tmp/below evt_type=mount ")


def test_a_sensitive_file_is_covered_by_the_new_calls(armed: Inside) -> None:
    """open_tree and move_mount, as newer mount programs do it."""
    armed.run("cp /tmp/shadow /etc/shadow")
    armed.python(
        "tree = libc.syscall(428, -100, b'/tmp/shadow', 1)\n"
        "assert tree >= 0 and libc.syscall(429, tree, b'', -100, b'/etc/shadow', 4) == 0"
    )
    armed.alert(r"covered by a mount \(file=/etc/shadow .*evt_type=move_mount ")
    armed.run("umount /etc/shadow")


def test_a_log_is_cut_without_being_opened_empty(armed: Inside) -> None:
    armed.python("os.truncate('/var/log/messages', 0)")
    armed.alert(r"A log file was emptied or removed \(file=/var/log/messages .*evt_type=truncate ")
    armed.python("os.ftruncate(os.open('/var/log/messages', os.O_WRONLY), 0)")
    armed.alert(r"A log file was emptied or removed \(file=/var/log/messages .*evt_type=ftruncate ")


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("os.chmod('/tmp/tool', 0o4755)", "chmod"),
        ("os.fchmod(os.open('/tmp/tool', os.O_RDONLY), 0o6755)", "fchmod"),
        ("assert libc.fchmodat(-100, b'/tmp/tool', 0o4711, 0) == 0", "fchmodat"),
        ("assert libc.syscall(452, -100, b'/tmp/tool', 0o4755, 0) == 0", "fchmodat2"),
        ("os.umask(0)\nos.open('/tmp/born', os.O_CREAT | os.O_WRONLY, 0o4755)", "openat"),
        ("assert libc.mknod(b'/tmp/made', 0o104755, 0) == 0", "mknod(at)?"),
    ],
)
def test_a_setuid_bit_is_set(armed: Inside, code: str, call: str) -> None:
    armed.run("touch /tmp/tool; rm -f /tmp/born /tmp/made")
    armed.python(code)
    armed.alert(rf"Notice A setuid bit was set \(file=/tmp/\w+ mode=\S+ evt_type={call} ")


@pytest.mark.parametrize(("made", "found"), [("disk b 254 0", "S_IFBLK"), ("mem c 1 1", "S_IFCHR")])
def test_a_device_of_the_node_is_made(armed: Inside, made: str, found: str) -> None:
    armed.run(f"mknod /tmp/{made}")
    armed.alert(
        rf"Warning A device of the node was made \(file=/tmp/{made.split(maxsplit=1)[0]} mode=\S*{found} "
    )


def test_a_script_in_memory_is_executed(armed: Inside) -> None:
    armed.python(
        "fd = os.memfd_create('x', 0)\n"
        f"os.write(fd, {WRITTEN!r}.encode())\n"
        "os.execve(f'/proc/self/fd/{fd}', ['x'], {})"
    )
    armed.alert(r"Critical A script was executed that exists only in memory .*proc_exepath=/bin/busybox ")


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("#!/bin/sh\\ntrue\\n", "A script was executed that exists only in memory"),
        (None, "A program was executed that exists only in memory"),
    ],
)
def test_what_is_in_memory_is_executed_by_its_descriptor(armed: Inside, start: str | None, said: str) -> None:
    """execveat names no path."""
    content = "open('/bin/busybox', 'rb').read()" if start is None else f"'{start}'.encode()"
    armed.python(
        f"fd = os.memfd_create('x', 0); os.write(fd, {content}); os.execve(fd, ['true', 'by-fd'], {{}})"
    )
    armed.alert(rf"Critical {said} .*command=.*by-fd ")


def test_a_program_in_memory_is_executed_under_a_runtime_s_name(armed: Inside) -> None:
    """Neither the name of the file nor the argument that the runtime uses makes it the runtime."""
    armed.python(
        "fd = os.memfd_create('runc_cloned:/proc/self/exe', 0)\n"
        "os.write(fd, open('/bin/busybox', 'rb').read())\n"
        "if os.fork() == 0: os.execve(f'/proc/self/fd/{fd}', ['true', 'init'], {})\n"
        "os.wait()"
    )
    armed.alert(r"Critical A program was executed that exists only in memory .*command=.* init ")


def test_a_user_namespace_is_made(armed: Inside) -> None:
    armed.python("assert libc.unshare(0x10000000) == 0")
    armed.alert(r"Notice A user namespace was made \(flags=CLONE_NEWUSER .*process=python3 ")
    armed.command("/usr/bin/unshare", "--user", "--net", "/bin/true")
    armed.alert(r"Notice A user namespace was made \(flags=\S*CLONE_NEWUSER\S* .*process=unshare ")


CLONE3 = (
    "import struct\n"
    "given = ctypes.create_string_buffer(struct.pack('11Q', 0x10000000, 0, 0, 0, 17, *[0] * 6), 88)\n"
    "child = libc.syscall(435, given, 88)\n"
)
CLONE = (
    "import platform\n"
    "number = {'x86_64': 56, 'aarch64': 220}[platform.machine()]\n"
    "child = libc.syscall(number, 0x10000011, None, None, None, None)\n"
)


@pytest.mark.parametrize(("call", "code"), [("clone3", CLONE3), ("clone", CLONE)])
def test_a_user_namespace_is_made_together_with_a_process(armed: Inside, call: str, code: str) -> None:
    """And left without a mapping."""
    armed.python(f"{code}if child == 0: os._exit(0)\nassert child > 0; os.wait()")
    armed.alert(
        rf"Notice A user namespace was made \(flags=\S*CLONE_NEWUSER\S* evt_type={call} .*process=python3 "
    )


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (
            (
                "class Part(ctypes.Structure):\n"
                "    _fields_ = [('at', ctypes.c_void_p), ('size', ctypes.c_size_t)]\n"
                "old, new = [ctypes.create_string_buffer(text, 3) for text in (b'old', b'new')]\n"
                "child = os.fork()\n"
                "if not child: libc.pause()\n"
                "here, there = [Part(ctypes.addressof(one), 3) for one in (new, old)]\n"
                "wrote = libc.process_vm_writev(child, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)\n"
                "os.kill(child, 9); assert wrote == 3"
            ),
            r"evt_type=process_vm_writev pid=\d+",
        ),
        (
            (
                "child = os.fork()\n"
                "if not child: libc.pause()\n"
                "taken = libc.ptrace(16, child, None, None); os.kill(child, 9); assert taken == 0"
            ),
            r"evt_type=ptrace pid=\d+ request=PTRACE_ATTACH",
        ),
        ("os.open('/proc/1/mem', os.O_WRONLY)", r"evt_type=openat .*file=/proc/\d+/mem"),
    ],
)
def test_a_process_is_taken_over(armed: Inside, code: str, found: str) -> None:
    armed.python(code)
    armed.alert(rf"Warning The memory of a process was taken over \({found} ")


RING = "assert libc.syscall(425, 4, bytes(120)) >= 0"


def test_io_uring_is_set_up_by_hand(armed: Inside) -> None:
    armed.at_a_terminal(RING)
    armed.alert(r"Notice A dangerous kernel interface was set up \(evt_type=io_uring_setup .*terminal=[1-9]")


def test_io_uring_is_set_up_by_a_program_that_was_dropped(armed: Inside) -> None:
    armed.run(f"cp {pathlib.Path(PYTHON).resolve()} /tmp/dropped")
    home = f"PYTHONHOME={sys.base_prefix}"
    armed.command("env", home, "/tmp/dropped", "-c", f"import ctypes; libc = ctypes.CDLL(None); {RING}")
    armed.alert(r"Notice A dangerous kernel interface was set up .*proc_exepath=/tmp/dropped ")


def test_io_uring_of_a_server_of_the_image_is_not(armed: Inside) -> None:
    armed.said()
    armed.python(RING)
    assert armed.said() == []


def test_faults_of_the_kernel_are_taken(armed: Inside) -> None:
    armed.python(
        "import platform\n"
        "number = {'x86_64': 323, 'aarch64': 282}[platform.machine()]\n"
        "assert libc.syscall(number, 0) >= 0"
    )
    armed.alert(r"Notice A dangerous kernel interface was set up \(evt_type=userfaultfd ")


def test_a_module_is_given_to_the_kernel(armed: Inside) -> None:
    """It is refused, since the container lacks the capability or the kernel takes none, and told."""
    armed.python(
        "import platform\n"
        "number = {'x86_64': 313, 'aarch64': 273}[platform.machine()]\n"
        "assert libc.syscall(number, os.open('/bin/busybox', os.O_RDONLY), b'', 0) < 0"
    )
    armed.alert(r"Critical A kernel module was given to the kernel \(result=E(PERM|NOSYS) ")


def test_a_module_is_given_as_bytes(armed: Inside) -> None:
    armed.python(
        "import platform\n"
        "number = {'x86_64': 175, 'aarch64': 105}[platform.machine()]\n"
        "assert libc.syscall(number, bytes(64), 64, b'') < 0"
    )
    armed.alert(r"Critical A kernel module was given to the kernel .*evt_type=init_module ")


@pytest.mark.parametrize("kind", [1, 5], ids=["a socket filter", "a tracepoint"])
def test_a_program_is_loaded_into_the_kernel(armed: Inside, kind: int) -> None:
    """`r0 = 0; exit`, with the fields that union bpf_attr has at their places."""
    armed.python(
        "import platform, struct\n"
        "code = ctypes.create_string_buffer(bytes.fromhex('b700000000000000' '9500000000000000'), 16)\n"
        "licence = ctypes.create_string_buffer(b'GPL')\n"
        "at = [ctypes.addressof(one) for one in (code, licence)]\n"
        f"at = struct.pack('=IIQQIIQII', {kind}, 2, *at, 0, 0, 0, 0, 0)\n"
        "number = {'x86_64': 321, 'aarch64': 280}[platform.machine()]\n"
        "assert libc.syscall(number, 5, at, len(at)) >= 0"
    )
    armed.alert(r"Warning A program was loaded into the kernel ")


@pytest.mark.parametrize(("after", "by_id"), [(12, 14), (31, 30)], ids=["a map", "a link"])
def test_a_map_or_link_is_reached_by_its_number(armed: Inside, after: int, by_id: int) -> None:
    armed.python(
        "import platform, struct\n"
        "number = {'x86_64': 321, 'aarch64': 280}[platform.machine()]\n"
        "at = ctypes.create_string_buffer(bytes(16), 128)\n"
        f"assert libc.syscall(number, {after}, at, 128) == 0\n"
        "found = struct.unpack_from('=II', at)[1]\n"
        "at = ctypes.create_string_buffer(struct.pack('=I', found), 128)\n"
        f"assert libc.syscall(number, {by_id}, at, 128) >= 0"
    )
    armed.alert(r"Warning A map or link of a kernel program was reached \(command=BPF_\w+_GET_FD_BY_ID ")


def test_the_runtime_s_socket_is_known_by_any_name(
    containerd: runtime.Containerd, container_agent: Agent, tmp_path: pathlib.Path
) -> None:
    runtime_socket = tmp_path / "containerd.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(runtime_socket))
        listening.listen()
        mount = ("--mount", f"type=bind,src={runtime_socket},dst=/tmp/innocent,options=bind")
        full_id = containerd.run("sleep", "1000", options=(*LENDING, *mount))
        inside = Inside(containerd, container_agent, full_id)
        asked = rf"Warning The container runtime was asked from a container \(socket={runtime_socket} "
        inside.python("import socket; socket.socket(socket.AF_UNIX).connect('/tmp/innocent')")
        inside.alert(asked)
        inside.run("ln -s /tmp/innocent /tmp/link")
        inside.python("import socket; s = socket.socket(socket.AF_UNIX); s.connect('/tmp/link') # linked")
        inside.alert(f"{asked}.*# linked ")
        containerd.remove(full_id)


def test_a_file_of_the_host_is_opened_by_its_handle(armed: Inside) -> None:
    """The container has no path to it: the capability and any mount of the same file system do."""
    secret = pathlib.Path("/usr").resolve().parent / "tmp" / deeds.marker()
    assert secret.parent.stat().st_dev == pathlib.Path("/usr").stat().st_dev, "a file system of its own"
    secret.write_text("of the host")
    try:
        read = armed.python(
            "import sys\n"
            "handle = ctypes.create_string_buffer(bytes.fromhex(sys.argv[1]))\n"
            "fd = libc.open_by_handle_at(os.open('/usr', os.O_RDONLY), handle, os.O_RDONLY)\n"
            "print(os.read(fd, 99).decode())",
            handle_of(secret).hex(),
        )
        inode = secret.stat().st_ino
    finally:
        secret.unlink()
    assert read.strip() == "of the host"
    line = armed.alert(rf"Critical A file was opened by its handle .*ino={inode} ")
    assert secret.name in line.partition(" ino=")[0]


def test_a_file_of_its_own_is_opened_by_its_handle(armed: Inside) -> None:
    """By a handle that the process makes itself."""
    armed.python(
        "handle = ctypes.create_string_buffer((128).to_bytes(4, 'little'), 136)\n"
        "mount = ctypes.c_int()\n"
        "assert libc.name_to_handle_at(-100, b'/usr/bin/env', handle, ctypes.byref(mount), 0) == 0\n"
        "assert libc.open_by_handle_at(os.open('/usr/lib', os.O_RDONLY), handle, os.O_RDONLY) >= 0  # own"
    )
    armed.alert(r"Critical A file was opened by its handle .*# own")


def handle_of(path: pathlib.Path) -> bytes:
    """A struct file_handle."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = ctypes.create_string_buffer((HANDLE - 8).to_bytes(4, "little"), HANDLE)
    mount = ctypes.c_int()
    assert libc.name_to_handle_at(-100, os.fsencode(path), handle, ctypes.byref(mount), 0) == 0
    return handle.raw

# SPDX-License-Identifier: Apache-2.0
"""The public rules as they are published: a real agent finds what goes round them elsewhere, since fields say
what the kernel did.
"""

from __future__ import annotations

import pathlib
import shutil
import sys
from collections.abc import Iterator

import pytest

from tests.story import deeds, public_rules
from tests.story.agent import Agent, watching

SHADOW = r"Sensitive file opened for reading by non-trusted program \| file=/etc/shadow .*"
PRELUDE = "import ctypes, os, socket, sys\nlibc = ctypes.CDLL(None)\n"


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    """One agent with the public rules, each of which may speak."""
    with watching("--rules", public_rules.path(), "--match", "all") as running:
        yield running


@pytest.fixture
def mark() -> str:
    return deeds.marker()


def do(code: str, mark: str, *arguments: str) -> None:
    deeds.python(PRELUDE + code, mark, *arguments)


@pytest.mark.parametrize(
    "code",
    [
        "os.open('/proc/self/root/etc/shadow', os.O_RDONLY)",
        "os.chdir('/etc'); os.open('/proc/self/cwd/shadow', os.O_RDONLY)",
        "os.open(f'/proc/self/fd/{os.open(\"/etc/shadow\", os.O_PATH)}', os.O_RDONLY)",
        "os.open(f'/proc/{os.getpid()}/fd/{os.open(\"/etc\", os.O_PATH)}/shadow', os.O_RDONLY)",
        "os.open('../../../../etc//./shadow', os.O_RDONLY, dir_fd=os.open('/usr/lib', os.O_PATH))",
        (
            "how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, 0x10)\n"
            "assert libc.syscall(437, os.open('/etc', os.O_PATH), b'/shadow', how, 24) >= 0"
        ),
    ],
    ids=["root", "cwd", "reopened", "of a process", "descriptor", "openat2"],
)
def test_a_sensitive_file_has_its_name_whatever_the_way(agent: Agent, mark: str, code: str) -> None:
    do(code, mark)
    agent.alerts.wait(SHADOW + mark)


def test_a_sensitive_file_has_its_name_through_a_link_that_is_gone(
    agent: Agent, mark: str, tmp_path: pathlib.Path
) -> None:
    do(
        "os.symlink('/etc/shadow', sys.argv[2]); os.open(sys.argv[2], 0); os.remove(sys.argv[2])",
        mark,
        *[str(tmp_path / "innocent")],
    )
    agent.alerts.wait(SHADOW + mark)


def test_an_attempt_that_fails_is_told_too(agent: Agent, mark: str) -> None:
    do(
        "try: os.open('/usr/../etc/../etc/no-such-file', os.O_RDONLY)\nexcept FileNotFoundError: pass",
        mark,
    )
    found = (
        r"via directory traversal \| file=/etc/no-such-file fileraw=/usr/\.\./etc/\.\./etc/no-such-file .*"
    )
    agent.alerts.wait(found + mark)


def test_a_log_is_cleared_through_its_descriptor(agent: Agent, mark: str) -> None:
    log = pathlib.Path("/var/log") / mark
    try:
        do(
            "os.close(os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY))\n"
            "here = os.open(sys.argv[2], os.O_PATH)\n"
            "os.open(f'/proc/self/fd/{here}', os.O_WRONLY | os.O_TRUNC)",
            mark,
            str(log),
        )
        agent.alerts.wait(rf"Log files were tampered \| file={log} .*command=.*{mark}")
    finally:
        log.unlink(missing_ok=True)


def test_a_shell_below_a_server_that_hid_behind_a_double_fork(
    agent: Agent, mark: str, tmp_path: pathlib.Path
) -> None:
    """The kernel says that it is a child of the first process; proc.aname asks who made it, too."""
    server = tmp_path / "httpd"
    shutil.copy(pathlib.Path("/usr/bin/python3").resolve(), server)
    code = (
        "import os, sys, time\n"
        "if os.fork(): os.wait(); raise SystemExit\n"
        "if os.fork(): os._exit(0)\n"
        "while os.getppid() == int(sys.argv[2]): time.sleep(0.01)\n"
        "time.sleep(0.1)\n"
        "os.execv('/bin/sh', ['sh', '-c', ': ' + sys.argv[1]])"
    )
    deeds.command(str(server), "-c", code, mark, "0")
    line = agent.alerts.wait(rf"Shell spawned by untrusted binary \| .*{mark}").text
    assert "parent=httpd" not in line


LYING = """
import fcntl, os, socket, struct, sys
request = socket.socket()
address = struct.pack("=H2x4s8x", socket.AF_INET, socket.inet_aton("198.51.100.7"))
fcntl.ioctl(request, 0x8916, struct.pack("16s16s8x", b"lo", address))  # SIOCSIFADDR
fcntl.ioctl(request, 0x8914, struct.pack("16sH22x", b"lo", 1))  # SIOCSIFFLAGS: up
server = socket.create_server(("198.51.100.7", 443))
socket.socket(socket.AF_INET6).connect(("::ffff:198.51.100.7", 443))
"""


def test_a_program_that_lies_about_its_name_connects(agent: Agent, mark: str) -> None:
    """argv[0] says ssh, which the rule asks for; what runs is told beside it. IPv4 inside IPv6 is IPv4."""
    do(
        "assert libc.unshare(0x40000000) == 0\n"
        "os.execve(sys.executable, ['/usr/bin/ssh', '-c', sys.argv[2], sys.argv[1]],"
        " {'PYTHONHOME': sys.base_prefix})",
        mark,
        LYING,
    )
    found = rf"Disallowed SSH Connection \| connection=198\.51\.100\.7:\d+->198\.51\.100\.7:443 .*{mark}"
    line = agent.alerts.wait(found).text
    assert " rport=443 fd_type=ipv4 fd_proto=tcp " in line
    assert "proc_exepath=" + str(pathlib.Path(sys.executable).resolve()) in line


def test_a_program_in_memory_under_any_name(agent: Agent, mark: str) -> None:
    deeds.execute_from_memory(mark, "innocent")
    line = agent.alerts.wait(rf"Fileless execution via memfd_create \| .*{mark}").text
    assert "proc_exepath=memfd:innocent " in line
    assert "exe_flags=EXE_WRITABLE|EXE_FROM_MEMFD" in line


def test_links_to_a_sensitive_file(agent: Agent, mark: str, tmp_path: pathlib.Path) -> None:
    hard, soft = str(tmp_path / "hard"), str(tmp_path / "soft")
    do(
        "os.chdir(os.path.dirname(sys.argv[2]))\n"
        "here = os.open('.', os.O_PATH)\n"
        "os.symlink('/etc/shadow', 'soft', dir_fd=here)\n"
        "try: os.link('/etc/shadow', 'hard', dst_dir_fd=here)\n"
        "except OSError: pass\n"
        "else: os.remove('hard')",  # it would be one more name of the file to all who open it by its handle
        mark,
        hard,
    )
    for kind, link in (("Symlinks", soft), ("Hardlinks", hard)):
        agent.alerts.wait(
            rf"{kind} created over sensitive files \| target=/etc/shadow linkpath={link} .*{mark}"
        )
    assert pathlib.Path(soft).is_symlink()


def test_a_process_is_attached_to(agent: Agent, mark: str) -> None:
    do(
        "child = os.fork()\nif not child: libc.pause()\n"
        "taken = libc.ptrace(16, child, None, None); os.kill(child, 9); assert taken == 0",
        mark,
    )
    agent.alerts.wait(rf"Detected ptrace PTRACE_ATTACH attempt \| .*{mark}")

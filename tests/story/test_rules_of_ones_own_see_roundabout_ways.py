# SPDX-License-Identifier: Apache-2.0
"""What no published rule asks for, asked for by rules of one's own: each way round is really gone, and a real
agent has an alert for it.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from tests.story import deeds
from tests.story.agent import Agent, watching

RULE = """
- rule: {name}
  desc: told
  condition: {condition}
  output: {name} fd=%fd.name proto=%fd.l4proto type=%fd.type exe=%proc.exe exepath=%proc.exepath \
script=%proc.script parent=%proc.pname result=%evt.rawres (%proc.cmdline)
  priority: NOTICE
"""
RULES = {
    "duplicated": (
        "evt.type = fcntl and evt.arg.cmd in (F_DUPFD, F_DUPFD_CLOEXEC) and fd.type in (ipv4, ipv6) "
        "and evt.rawres in (0, 1, 2)"
    ),
    "datagram": (
        "evt.type in (sendto, sendmsg, sendmmsg) and fd.l4proto = udp and fd.name_changed = true "
        "and fd.sip = 127.0.0.9 and fd.sport = 5353"
    ),
    "mapped": "evt.type = connect and fd.type = ipv4 and fd.sip = 127.0.0.9 and fd.sport = 9",
    "scripted": "evt.type = execve and proc.script endswith /lanner-story-script",
    "lying": "evt.type = execve and proc.exe = /usr/bin/harmless and proc.exepath endswith /sleep",
    "cut": "evt.type = execve and proc.is_args_cut = true and proc.args contains xxxx",
    "unshared": (
        "evt.type = unshare and evt.res = SUCCESS and evt.arg.flags contains CLONE_NEWUSER "
        "and not thread.cap_effective contains CAP_SYS_ADMIN"
    ),
    "joined": "evt.type = setns and fd.name startswith net:[",
    "taken": "evt.type = pidfd_getfd and fd.name = /etc/shadow",
}
PRELUDE = "import ctypes, fcntl, os, socket, struct, sys\nlibc = ctypes.CDLL(None)\n"
UDP = "s = socket.socket(socket.AF_INET{six}, socket.SOCK_DGRAM)\n"
MMSG = (
    "address = struct.pack('=H', 2) + struct.pack('>H4s8x', 5353, socket.inet_aton('127.0.0.9'))\n"
    "kept = [ctypes.create_string_buffer(one, len(one)) for one in (address, b'data')]\n"
    "name, data = [ctypes.addressof(one) for one in kept]\n"
    "piece = ctypes.create_string_buffer(struct.pack('QQ', data, 4))\n"
    "header = struct.pack('QI4xQQQQi4xI4x', name, 16, ctypes.addressof(piece), 1, 0, 0, 0, 0)\n"
    "assert libc.sendmmsg(s.fileno(), header, 1, 0) == 1"
)


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    rules = tmp_path_factory.mktemp("rules") / "own.yaml"
    rules.write_text(
        "".join(RULE.format(name=name, condition=condition) for name, condition in RULES.items())
    )
    with watching("--rules", rules) as running:
        yield running


@pytest.mark.parametrize(
    ("rule", "code", "said"),
    [
        (
            "duplicated",
            (
                "s = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(s.getsockname())\n"
                "os.close(0); assert fcntl.fcntl(c.fileno(), fcntl.F_DUPFD, 0) == 0"
            ),
            r"fd=127\.0\.0\.1:\d+->127\.0\.0\.1:\d+ proto=tcp type=ipv4 .* result=0 ",
        ),
        (
            "datagram",
            UDP.format(six="") + "s.sendto(b'x', ('127.0.0.9', 5353))",
            r"fd=\S+->127\.0\.0\.9:5353 ",
        ),
        (
            "datagram",
            UDP.format(six="") + "s.sendmsg([b'x', b'y'], [], 0, ('127.0.0.9', 5353))",
            r"proto=udp type=ipv4 .* result=2 ",
        ),
        ("datagram", UDP.format(six="") + MMSG, r"proto=udp type=ipv4 .* result=4 "),
        (
            "datagram",
            UDP.format(six="6") + "s.sendto(b'xyz', ('::ffff:127.0.0.9', 5353))",
            r"proto=udp type=ipv4 .* result=3 ",
        ),
        (
            "mapped",
            "socket.socket(socket.AF_INET6).connect_ex(('::ffff:127.0.0.9', 9))",
            r"fd=\S*127\.0\.0\.9:9 proto=tcp type=ipv4 .* result=-111 ",
        ),
        (
            "lying",
            "os.fork() or os.execv('/bin/sleep', ['/usr/bin/harmless', '0', *sys.argv[1:]])\nos.wait()",
            r"exe=/usr/bin/harmless exepath=/usr/bin/sleep ",
        ),
        (
            "cut",
            "os.fork() or os.execv('/bin/true', ['true', sys.argv[1], 'x' * 9000])\nos.wait()",
            r"exe=true ",
        ),
        (
            "unshared",
            "os.setresuid(65534, 65534, 65534); assert libc.unshare(0x10000000) == 0",
            r"result=0 ",
        ),
        (
            "joined",
            "assert libc.setns(os.open('/proc/self/ns/net', os.O_RDONLY), 0) == 0",
            r"fd=net:\[\d+\] ",
        ),
        (
            "taken",
            (
                "held = os.open('/etc/shadow', os.O_RDONLY); own = os.pidfd_open(os.getpid())\n"
                "assert libc.syscall(438, own, held, 0) >= 0"
            ),
            r"fd=/etc/shadow .*type=file ",
        ),
    ],
)
def test_it_is_found(agent: Agent, rule: str, code: str, said: str) -> None:
    mark = deeds.marker()
    deeds.python(PRELUDE + code, mark)
    agent.alerts.wait(rf"Notice {rule} .*{said}.*{mark}")


def test_a_script_and_its_interpreter_are_told(agent: Agent, tmp_path: pathlib.Path) -> None:
    mark = deeds.marker()
    script = tmp_path / "lanner-story-script"
    script.write_text("#!/bin/sh -e\n:\n")
    script.chmod(0o755)
    deeds.command(str(script), mark)
    agent.alerts.wait(rf"Notice scripted .* exepath=/usr/bin/\w+ script={script} parent=python\S* .*{mark}")

# SPDX-License-Identifier: Apache-2.0
"""Processes that do one thing at full speed beside what a story is about."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Nothing here is what a rule of the public file is about.
_BUSY = """
import os, socket
while True:
    for _ in range(20):
        for _ in range(50):
            os.close(os.open('/etc/hostname', os.O_RDONLY))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
            near.connect(('127.0.0.1', 9))
    os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)
"""
# An open that nobody else makes: whatever is lost of it is the flood's. arm64 has no creat.
FLOOD_EVENT = "creat" if os.uname().machine == "x86_64" else "openat2"
# Opens until the time is over, then says how often.
_FLOOD = """
import ctypes, os, struct, sys, time
path, until, done = os.fsencode(sys.argv[1]), time.monotonic() + float(sys.argv[2]), 0
call, how = ctypes.CDLL(None).syscall, struct.pack('=QQQ', os.O_RDONLY, 0, 0)
arguments = (85, path, 0o600) if sys.argv[3] == 'creat' else (437, -100, path, how, len(how))
while time.monotonic() < until:
    for _ in range(100):
        os.close(call(*arguments))
    done += 100
print(done)
"""


@contextmanager
def busy(number: int) -> Iterator[None]:
    """So many processes that open, connect and exec without a pause."""
    loops = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(number)]
    try:
        yield
        assert [loop.poll() for loop in loops] == [None] * number
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def flood(number: int, path: pathlib.Path, seconds: float) -> int:
    """So many processes open a file at full speed, by FLOOD_EVENT; how often they did together."""
    command = [sys.executable, "-c", _FLOOD, str(path), str(seconds), FLOOD_EVENT]
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(number)]
    said = [maker.communicate()[0] for maker in makers]
    assert [maker.returncode for maker in makers] == [0] * number
    return sum(map(int, said))

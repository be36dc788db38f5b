# SPDX-License-Identifier: Apache-2.0
"""Things that are done on the host to see whether the agent notices: each really does it, and names itself.

A deed's `marker` is part of its command line, so its alert is told from everybody else's on a busy machine.
"""

from __future__ import annotations

import itertools
import os
import pathlib
import subprocess
import sys

_numbers = itertools.count()


def marker() -> str:
    """A word that no other command line holds."""
    return f"lanner-story-{os.getpid()}-{next(_numbers)}"


def command(*arguments: str, cwd: str | pathlib.Path | None = None) -> None:
    """Run it to its end. What it says and whether it succeeds does not matter."""
    subprocess.run(arguments, cwd=cwd, check=False, capture_output=True, timeout=20)


def output(*arguments: str) -> str:
    """Run it to its end; it must succeed. What it printed."""
    done = subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True, timeout=60)
    return done.stdout.strip()


def python(code: str, *arguments: str) -> None:
    """Run Python code to its end; it must succeed. What it says against that goes to standard error."""
    subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, stdout=subprocess.DEVNULL, timeout=20
    )


def read_absolute(mark: str) -> None:
    command("cat", "/etc/shadow", f"/nonexistent/{mark}")


def read_relative(mark: str) -> None:
    command("cat", "shadow", f"/nonexistent/{mark}", cwd="/etc")


def read_through_directory_descriptor(mark: str) -> None:
    code = "import os; os.open('shadow', os.O_RDONLY, dir_fd=os.open('/etc', os.O_PATH | os.O_DIRECTORY))"
    python(code, mark)


def read_through_link(mark: str, folder: pathlib.Path) -> None:
    link = folder / "innocent"
    link.symlink_to("/etc/shadow")
    command("cat", str(link), f"/nonexistent/{mark}")


def read_by_handle(mark: str) -> None:
    """Without naming the file when it is opened."""
    code = (
        "import ctypes, os, platform, struct; libc = ctypes.CDLL(None);"
        "first = {'x86_64': 303, 'aarch64': 264}[platform.machine()];"
        "handle = ctypes.create_string_buffer(struct.pack('=Ii', 128, 0), 136);"
        "mount = ctypes.c_int();"
        "assert libc.syscall(first, -100, b'/etc/shadow', handle, ctypes.byref(mount), 0) == 0;"
        "assert libc.syscall(first + 1, os.open('/etc', os.O_RDONLY), handle, os.O_RDONLY) >= 0"
    )
    python(code, mark)


def execute_copy(folder: pathlib.Path, mark: str) -> None:
    """Copy a program to a folder, run it there, remove it."""
    copy = folder / mark
    copy.write_bytes(pathlib.Path("/bin/true").read_bytes())
    copy.chmod(0o755)
    try:
        command(str(copy))
    finally:
        copy.unlink()


def execute_from_memory(mark: str, name: str = "x") -> None:
    """`name`: what the file in memory is called."""
    code = (
        "import os, sys; fd = os.memfd_create(sys.argv[2]);"
        "os.write(fd, open('/bin/true', 'rb').read());"
        "os.execve(f'/proc/self/fd/{fd}', ['true', sys.argv[1]], {})"
    )
    python(code, mark, name)


def execute_script_of_another(mark: str, link: pathlib.Path) -> None:
    """A script that only the parent has in memory, executed by a link to the parent's descriptor."""
    code = (
        "import os, sys; fd = os.memfd_create('hidden');"
        "os.write(fd, b'#!/bin/sh\\n:\\n');"
        "os.symlink(f'/proc/{os.getpid()}/fd/{fd}', sys.argv[2]);"
        "os.fork() or os.execve(sys.argv[2], ['x', sys.argv[1]], {});"
        "sys.exit(os.wait()[1])"
    )
    python(code, mark, str(link))


def write(path: pathlib.Path, flags: int, mark: str) -> None:
    """Open the path with these O_* flags from a process that carries the marker."""
    python("import os, sys; os.open(sys.argv[1], int(sys.argv[2]), 0o644)", str(path), str(flags), mark)

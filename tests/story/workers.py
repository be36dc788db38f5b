# SPDX-License-Identifier: Apache-2.0
"""Python code that has a worker of io_uring open a file, so short that a command line holds what comes behind
it, too.
"""

from __future__ import annotations

import base64
import pathlib
import platform
import zlib
from typing import Final

from tests.kernel import io_uring

_SOURCE: Final = pathlib.Path(io_uring.__file__).read_text().replace("from __future__ import annotations", "")
_PACKED: Final = base64.b64encode(zlib.compress(_SOURCE.encode(), 9)).decode()
_EXIT: Final = {"x86_64": 60, "aarch64": 93}[platform.machine()]  # ends the thread that calls it


def reading(path: str, *, ring_flags: int = 0) -> str:
    """Lines; a worker opens the path, or the thread that polls the ring."""
    flags = 0 if ring_flags else io_uring.ASYNC
    return (
        f"import base64, zlib; exec(zlib.decompress(base64.b64decode('{_PACKED}')), globals())\n"
        f"held = text({path.encode()!r})\n"
        f"with ring(flags={ring_flags}) as own:\n"
        f"    assert own.result(Request(OPENAT, -100, at(held), flags={flags})) >= 0\n"
    )


def without_the_first_thread(lines: str) -> str:
    """The same by a thread that goes on when the first one has ended, and fails where this one does."""
    indented = "".join(f"    {line}\n" for line in lines.splitlines())
    return (
        "import threading, time\n"
        "def go_on():\n"
        "    here = f'/proc/self/task/{os.getpid()}/stat'\n"
        "    while ') Z ' not in open(here).read(): time.sleep(0.01)\n"
        f"{indented}"
        "    os._exit(0)\n"
        f"threading.Thread(target=go_on).start(); libc.syscall({_EXIT}, 1)\n"
    )

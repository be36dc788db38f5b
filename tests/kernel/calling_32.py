# SPDX-License-Identifier: Apache-2.0
"""32-bit system calls of a 64-bit process: `int 0x80`, with strings in the lowest 4 GiB of its memory."""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import signal
import struct
from typing import Final

_MAP_32BIT: Final = 0x40
_SIZE: Final = 4096
_STRINGS: Final = 1024  # behind the code
# int f(number, 1st, ... 5th): into the registers of i386, int 0x80, back
_CODE: Final = bytes.fromhex("53 89f8 89f3 4189ca 89d1 4489d2 4489c6 4489cf cd80 4898 5b c3")


class Calls32:
    """One page below 4 GiB that holds the code and what it points to."""

    def __init__(self) -> None:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_32BIT
        self._page = mmap.mmap(-1, _SIZE, flags, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self._page[: len(_CODE)] = _CODE
        self._at = ctypes.addressof(ctypes.c_char.from_buffer(self._page))
        self._end = _STRINGS
        self._run = ctypes.CFUNCTYPE(ctypes.c_long, *[ctypes.c_long] * 6)(self._at)

    def place(self, data: bytes) -> int:
        """Where the bytes now are, with a NUL behind them."""
        where, self._end = self._end, self._end + len(data) + 1
        self._page[where : self._end] = data + b"\0"
        return self._at + where

    def call(self, number: int, *arguments: int | bytes) -> int:
        """What the kernel returns: the result, or the negative error."""
        given = [self.place(one) if isinstance(one, bytes) else one for one in arguments]
        return int(self._run(number, *given, *[0] * (5 - len(given))))

    def words(self, *numbers: int) -> int:
        """Where these 32-bit words now are."""
        return self.place(struct.pack(f"={len(numbers)}I", *numbers))


def possible() -> bool:
    """Whether this kernel takes 32-bit calls (CONFIG_IA32_EMULATION, ia32_emulation=)."""
    if platform.machine() != "x86_64":
        return False
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os._exit(Calls32().call(20) != os.getpid())  # getpid
    return os.waitpid(pid, 0)[1] == 0

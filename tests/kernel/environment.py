# SPDX-License-Identifier: Apache-2.0
"""The environment of a process that was forked and executes nothing."""

from __future__ import annotations

import ctypes
import pathlib


def touch() -> None:
    """Read this process' own, where it lies in memory.

    Fork marks the child's copies of pages as not accessed. Without hardware access flags (ARMv8.0, so
    Cortex-A72) the kernel takes that back in a fault, and a program of the kernel may not fault: the probes
    cannot read such a page before the process does.
    """
    fields = pathlib.Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[47]), int(fields[48])  # env_start and env_end of proc_pid_stat(5)
    ctypes.string_at(start, end - start)

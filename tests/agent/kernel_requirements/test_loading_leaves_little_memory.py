# SPDX-License-Identifier: Apache-2.0
"""What libbpf needed to load the programs, tens of megabytes, is given back: neither its objects nor pieces
of the C library's heaps stay.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MAX_KIB = 2048
# While the kernel verifies, the main thread fills the heap with blocks that stay, as imports do.
PROGRAM = """
import re, threading
from lanner_agent.kernel import heap
heap.keep_small()
from lanner_agent.kernel import libbpf, loading, optional_programs
def resident():
    return int(re.search(r"^RssAnon:\\s+(\\d+)", open("/proc/self/status").read(), re.MULTILINE)[1])
libbpf.library(), optional_programs.available()
heap.give_back()
kept, before = [], resident()
began = loading.Loading()
while began._thread.is_alive():
    kept.append(bytes(1000)) if len(kept) < 5000 else began._thread.join(0.01)
    threading.Event().wait(0.0002)
loaded, _ = began.take(lambda *_: None)
heap.give_back()
print(resident() - before - sum(map(len, kept)) // 1024)
loaded.close()
"""


@pytest.mark.timeout(180)
@pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root")
def test_the_programs_are_in_the_kernel_and_little_is_left_here() -> None:
    command = [sys.executable, "-c", PROGRAM]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=170).stdout
    assert int(said) < MAX_KIB

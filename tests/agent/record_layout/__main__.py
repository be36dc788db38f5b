# SPDX-License-Identifier: Apache-2.0
"""`make layout`: writes the structs and enums that bpf/ shares with user space as Python, from the object."""

from __future__ import annotations

from pathlib import Path

from lanner_agent.kernel import stale_object
from tests.agent.record_layout.btf import Types
from tests.agent.record_layout.source import written

# Not from lanner_agent.kernel.probes, which cannot be imported while the file lacks what it needs.
KERNEL = Path(__file__).parents[3] / "agent/lanner_agent/kernel"
OBJECT = KERNEL / "lanner.bpf.o"
FILE = KERNEL / "record_layout.py"


def current() -> str:
    """What the file should hold. Raises KernelError where the object is older than its headers."""
    stale_object.require_current(OBJECT)
    return written(Types(OBJECT.read_bytes()))


if __name__ == "__main__":
    FILE.write_text(current())
    print(FILE)

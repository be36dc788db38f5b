# SPDX-License-Identifier: Apache-2.0
"""Rules that name more processes than the kernel holds are told so, and lose nothing."""

from __future__ import annotations

import os
from dataclasses import replace

from lanner_engine.index.rows import ByValue
from tests.kernel.conftest import in_child
from tests.kernel.sifting import MARK, Sieve, identify, tables

TOO_MANY = 17_000
OTHERS = "evt.type = openat and proc.name = lanner-nobody"


def read() -> None:
    os.close(os.open(MARK, os.O_RDONLY))
    os._exit(0)


def marks(sieve: Sieve) -> int:
    in_child(read)
    found = sieve.watch.everything()
    return sum(event.fd is not None and event.fd.name == MARK.encode() for event in found)


def test_too_many_names_hold_nothing_back(sieve: Sieve) -> None:
    held = tables(OTHERS)
    names = {b"name%d" % number: 1 for number in range(TOO_MANY)}
    many = {"open": replace(held["open"], name=ByValue(0, names))}
    probes = sieve.watch.probes
    try:
        assert probes.hold_back(held, identify) == ""
        assert marks(sieve) == 0
        why = probes.hold_back(many, identify)
        assert why.startswith(f"the rules name {TOO_MANY} processes")
        assert marks(sieve) == 1
        assert probes.hold_back(held, identify) == ""
        assert marks(sieve) == 0
    finally:
        probes.hold_back(None)

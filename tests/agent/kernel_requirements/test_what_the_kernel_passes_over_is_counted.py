# SPDX-License-Identifier: Apache-2.0
"""Programs that the kernel did not start, because they were running already: second ones stand behind them on
kernels that do this, and what both missed is counted. No kernel does it when asked to: its answers are ours.
"""

from __future__ import annotations

import os
import pathlib
import struct
from types import SimpleNamespace

import pytest

from lanner_agent.kernel import btf, reentry, syscall_bpf
from lanner_agent.kernel.loading import OBJECT

OLDER = (btf.VARIABLE, "tracepoint_srcu_srcu_data")
NEWER = (btf.STRUCT, "srcu_ctr")
GUARD = frozenset({OLDER, NEWER})
LAZY = "#1 SMP PREEMPT_DYNAMIC Debian 7.2.13-1"
NONE = "#1 SMP Debian 6.1.170-1"
MAPS = {hook.at: number for number, hook in enumerate(reentry.HOOKS)}


@pytest.mark.parametrize(
    ("version", "names", "needed"),
    [
        (LAZY, GUARD, True),
        (LAZY, frozenset({OLDER}), False),  # until v6.12
        (LAZY, frozenset({NEWER}), False),  # v6.15 to v6.19
        (LAZY, frozenset(), False),
        (NONE, GUARD, False),
    ],
)
def test_kernels_that_preempt_tracepoints_need_them(
    monkeypatch: pytest.MonkeyPatch, version: str, names: frozenset[btf.Named], needed: bool
) -> None:
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(version=version))
    monkeypatch.setattr(btf, "mentioned", lambda asked: names & asked)
    assert reentry.needed() == (reentry.HOOKS if needed else ())


def test_names_are_looked_for_by_kind_and_as_a_whole(tmp_path: pathlib.Path) -> None:
    header = struct.pack("=HBBIIIII", 0xEB9F, 1, 0, 24, 0, 24, 24, 20)
    types = b"".join(struct.pack("=III", at, btf.STRUCT << 24, 0) for at in (1, 15))
    (tmp_path / "types").write_bytes(header + types + b"\0srcu_ctr_more\0list\0")
    asked = frozenset({(btf.STRUCT, "srcu_ctr"), (btf.STRUCT, "list"), (btf.VARIABLE, "list")})
    assert btf.mentioned(asked, tmp_path / "types") == {(btf.STRUCT, "list")}
    assert btf.mentioned(asked, tmp_path / "none") == frozenset()


def test_every_second_program_is_in_the_object() -> None:
    content = OBJECT.read_bytes()
    for hook in reentry.HOOKS:
        for name in (hook.first, hook.second, hook.at):
            assert b"%s\0" % name.encode() in content


def programs(monkeypatch: pytest.MonkeyPatch, misses: dict[str, int], *, needed: bool) -> reentry.Programs:
    """Loaded programs that were passed over so often."""
    numbers = list(misses.values())
    monkeypatch.setattr(reentry, "needed", lambda: reentry.HOOKS if needed else ())
    monkeypatch.setattr(syscall_bpf, "map_update", lambda *_: None)
    monkeypatch.setattr(syscall_bpf, "program_info", lambda fd: SimpleNamespace(recursion_misses=numbers[fd]))
    return reentry.Programs({name: number for number, name in enumerate(misses)}, MAPS)


def test_what_no_program_saw_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    found = programs(monkeypatch, {"process_exec": 3, "process_fork": 0, "syscall_exit": 5}, needed=False)
    assert list(found.passed_over()) == [
        reentry.Passed("execve", 3, True),
        reentry.Passed("system calls", 5, True),
    ]


def test_what_the_second_program_saw_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    misses = {"process_exec": 3, "process_exec_2": 0, "syscall_exit": 5, "syscall_exit_2": 2}
    found = programs(monkeypatch, misses, needed=True)
    assert list(found.passed_over()) == [reentry.Passed("system calls", 2, True)]


def test_programs_whose_names_the_kernel_cuts_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    found = programs(monkeypatch, {"written_symlink_7": 4, "written_symlink": 1}, needed=True)
    assert list(found.passed_over()) == [reentry.Passed("paths of calls", 5, False)]

# SPDX-License-Identifier: Apache-2.0
"""A struct of the kernel has its fields where the agent reads them, as the compiler lays it out."""

from __future__ import annotations

import ctypes
import pathlib
import subprocess

import pytest

from lanner_agent.kernel import libbpf, syscall_bpf
from tests.kernel.ring_programs import CLANG


@pytest.mark.parametrize(
    ("ours", "name"),
    [
        (syscall_bpf.ProgramInfo, "bpf_prog_info"),
        (libbpf.ObjectOptions, "bpf_object_open_opts"),
        (libbpf.ProgramOptions, "bpf_prog_load_opts"),
    ],
)
def test_options_and_facts_of_programs_are_laid_out_as_c_has_them(
    tmp_path: pathlib.Path, ours: type[ctypes.Structure], name: str
) -> None:
    fields = [field[0] for field in ours._fields_ if field[0] != "unused"]
    offsets = [f"offsetof(struct {name}, {field}) == {getattr(ours, field).offset}" for field in fields]
    lines = [f'_Static_assert({one}, "");' for one in offsets]
    headers = ["#include <bpf/bpf.h>", "#include <bpf/libbpf.h>", "#include <stddef.h>"]
    source = tmp_path / "offsets.c"
    source.write_text("\n".join([*headers, *lines, ""]))
    subprocess.run([CLANG, "-fsyntax-only", source], check=True)

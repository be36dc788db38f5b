# SPDX-License-Identifier: Apache-2.0
"""A struct of the kernel has its fields where the agent reads them, as the compiler lays it out."""

from __future__ import annotations

import pathlib
import subprocess

from lanner_agent.kernel import syscall_bpf
from tests.kernel.ring_programs import CLANG


def test_where_the_kernel_counts_what_it_passed_over(tmp_path: pathlib.Path) -> None:
    source = tmp_path / "offset.c"
    offset = syscall_bpf.ProgramInfo.recursion_misses.offset
    source.write_text(
        "#include <linux/bpf.h>\n#include <stddef.h>\n"
        f'_Static_assert(offsetof(struct bpf_prog_info, recursion_misses) == {offset}, "");\n'
    )
    subprocess.run([CLANG, "-fsyntax-only", source], check=True)

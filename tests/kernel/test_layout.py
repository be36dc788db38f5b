# SPDX-License-Identifier: Apache-2.0
"""User space reads structs and enums exactly as the compiler lays them out, in the object and in the headers.

The object's BTF holds what its programs use by name, which no enum is and `struct scanned` is not; for those
the headers are compiled.
"""

from __future__ import annotations

import ctypes
import pathlib
import platform
import subprocess

import pytest

from lanner_agent.decode import layout as decoded
from lanner_agent.kernel import layout, libbpf, syscall_bpf, tables
from lanner_agent.kernel.probes import OBJECT
from tests.kernel import btf
from tests.kernel.ring_programs import CLANG

STRUCTS = [name for name in layout.LAYOUTS if name not in layout.EMBEDDED]
HEADERS = OBJECT.parents[3] / "bpf"
SHARED = [*sorted(HEADERS.glob("wire/*.h")), HEADERS / "base/buffers.h"]


@pytest.fixture(scope="module")
def built() -> btf.Types:
    """The object that is loaded."""
    return btf.Types(OBJECT.read_bytes())


@pytest.fixture(scope="module")
def headers(tmp_path_factory: pytest.TempPathFactory) -> btf.Types:
    """Everything shared, as a program that uses all of it by name."""
    source = tmp_path_factory.mktemp("layout") / "all.bpf.c"
    uses = [f"struct {name}" for name in STRUCTS] + [f"enum {name}" for name in layout.ENUMS]
    members = "".join(f"{use} m{number};" for number, use in enumerate(uses))
    includes = "".join(f'#include "{header.relative_to(HEADERS)}"\n' for header in SHARED)
    source.write_text(f"{includes}struct all {{{members}}} all;\n")
    return btf.Types(_compile(source).read_bytes())


def _compile(source: pathlib.Path) -> pathlib.Path:
    result = source.with_suffix(".o")
    system = f"/usr/include/{platform.machine()}-linux-gnu"
    flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", f"-I{HEADERS}", "-idirafter", system]
    subprocess.run([CLANG, *flags, "-c", source, "-o", result], check=True)
    return result


@pytest.mark.parametrize("name", STRUCTS)
def test_every_field_of_a_struct_is_where_the_headers_put_it(headers: btf.Types, name: str) -> None:
    _compare(headers, name)


@pytest.mark.parametrize("name", sorted({*STRUCTS} - {"scanned"}))
def test_every_field_of_a_struct_is_where_the_object_has_it(built: btf.Types, name: str) -> None:
    _compare(built, name)


def _compare(types: btf.Types, name: str) -> None:
    ours = {field.name: (field.offset, field.size) for field in layout.flattened(name)}
    assert ours == types.fields(name)
    assert list(ours) == list(types.fields(name))
    assert layout.size(name) == types.struct_size(name)


@pytest.mark.parametrize("name", layout.ENUMS)
def test_every_name_of_an_enum_has_its_number(headers: btf.Types, name: str) -> None:
    assert layout.ENUMS[name] == headers.enum(name)


def test_every_struct_of_the_header_is_compared() -> None:
    lines = [line for header in HEADERS.glob("wire/*.h") for line in header.read_text().splitlines()]
    declared = {line.split()[1] for line in lines if line.startswith("struct ")}
    enums = {line.split()[1] for line in lines if line.startswith("enum ")}
    assert declared - set(STRUCTS) == {"exec_facts"}  # of which user space reads the number of users alone
    assert enums - set(layout.ENUMS) == set()


def test_counters_have_words_for_every_reason() -> None:
    assert len(tables.REASONS) == layout.ENUMS["reason"]["REASONS"]


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (decoded.ProcessFacts, "process_facts"),
        (decoded.AncestorFacts, "ancestor_facts"),
        (decoded.OpenFacts, "open_facts"),
    ],
)
def test_what_is_unpacked_has_the_names_of_the_struct(facts: type[tuple[int]], name: str) -> None:
    assert getattr(facts, "_fields") == tuple(field.name for field in layout.fields(name))  # noqa: B009 (typed as a tuple)


def test_the_rings_are_merged_by_the_time_of_the_head() -> None:
    assert layout.offset("head", "time") == 8


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

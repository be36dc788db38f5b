# SPDX-License-Identifier: Apache-2.0
"""User space reads structs and enums exactly as the object's BTF has them."""

from __future__ import annotations

import pytest

from lanner_agent.decode import layout as decoded
from lanner_agent.kernel import layout, tables
from lanner_agent.kernel.probes import OBJECT
from tests.kernel import btf

STRUCTS = [name for name in layout.LAYOUTS if name not in layout.EMBEDDED]


@pytest.fixture(scope="module")
def types() -> btf.Types:
    return btf.Types(OBJECT.read_bytes())


@pytest.mark.parametrize("name", STRUCTS)
def test_every_field_of_a_struct_is_where_the_compiler_put_it(types: btf.Types, name: str) -> None:
    ours = {field.name: (field.offset, field.size) for field in layout.flattened(name)}
    assert ours == types.fields(name)
    assert list(ours) == list(types.fields(name))
    assert layout.size(name) == types.struct_size(name)


@pytest.mark.parametrize("name", layout.ENUMS)
def test_every_name_of_an_enum_has_its_number(types: btf.Types, name: str) -> None:
    assert layout.ENUMS[name] == types.enum(name)


def test_every_struct_of_the_header_is_compared() -> None:
    header = (OBJECT.parents[3] / "bpf/record.h").read_text()
    declared = {line.split()[1] for line in header.splitlines() if line.startswith("struct ")}
    enums = {line.split()[1] for line in header.splitlines() if line.startswith("enum ")}
    assert declared - set(STRUCTS) == set()
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

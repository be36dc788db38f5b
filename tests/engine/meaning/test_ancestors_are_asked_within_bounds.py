# SPDX-License-Identifier: Apache-2.0
"""Which ancestors a program says it reads, and that no chain of parents is walked without end."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lanner_engine.ast import FieldRef
from lanner_engine.codegen.compile import compile_rules
from lanner_engine.fields.readers import process_facts
from lanner_engine.fields.reading import printer, reader
from tests.engine.meaning.loading import load, rule_text
from tests.engine.plain_facts import PlainEvent, PlainProcess

NAMES = ("proc.aname", "proc.aexe", "proc.aexepath", "proc.acmdline")


@dataclass(frozen=True)
class Looping(PlainProcess):
    """A process that is its own parent, as no kernel says."""

    def __getattribute__(self, name: str) -> object:
        return self if name == "parent" else super().__getattribute__(name)


def fields_of(condition: str, output: str) -> frozenset[str]:
    return compile_rules(load(rule_text(condition, output=output)).rules).reads["execve"]


@pytest.mark.parametrize("name", [*NAMES, "proc.apid", "proc.aargs", "proc.aenv"])
def test_a_program_says_that_all_ancestors_are_read(name: str) -> None:
    asked = fields_of(f"evt.type = execve and {name} exists", "x")
    printed = fields_of("evt.type = execve", f"x %{name}")
    assert f"{name}[]" in asked & printed


@pytest.mark.parametrize("name", NAMES)
def test_a_program_says_which_ancestor_is_read(name: str) -> None:
    asked = fields_of(f"evt.type = execve and {name}[3] exists", f"x %{name}[5]")
    assert {f"{name}[3]", f"{name}[5]"} <= asked
    assert f"{name}[]" not in asked


def test_a_program_says_that_makers_are_read() -> None:
    asked = fields_of("evt.type = execve and proc.creator.exepath = /x", "x %proc.creator.cmdline")
    assert {"proc.creator.exepath", "proc.creator.cmdline"} <= asked


def test_no_chain_is_walked_without_end() -> None:
    event = PlainEvent(process=Looping(comm=b"sh", pid=7))
    every = reader(FieldRef("proc.aname"))(event)
    assert isinstance(every, tuple)
    assert set(every) == {b"sh"}
    assert reader(FieldRef("proc.aname", b"%d" % len(every)))(event) == b"sh"
    assert reader(FieldRef("proc.aname", b"999999"))(event) is None
    assert printer(FieldRef("proc.aname"))(event) == b" ".join(every)
    assert process_facts.login_shell(event.process) == 7

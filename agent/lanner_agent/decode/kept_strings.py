# SPDX-License-Identifier: Apache-2.0
"""The strings of a process that are said once: in its first records, and kept from then on (kernel/kept.py).

text        of a text field: the record's bytes, or what is kept where the record leaves them out
offer       of a process that comes again: everything its records need not say any more
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lanner_agent.kernel import kept
from lanner_agent.kernel.record_layout import (
    ANCESTOR_FACTS,
    TEXT_KEPT,
    AncestorFacts,
    ProcessFacts,
    StringPart,
    TextRef,
)

_EXEPATH: Final = StringPart.EXEPATH.value
_ARGS: Final = StringPart.ARGS.value
_SCRIPT: Final = StringPart.SCRIPT.value
_CGROUP: Final = StringPart.CGROUP.value
_SIZE: Final = ANCESTOR_FACTS.size

Said = tuple[int, int, TextRef]  # an exec or cgroup, enum string_part, where it is in the record


def text(data: bytes, where: TextRef, number: int, part: int, view: kept.View) -> bytes:
    """All bytes of a string of an exec, NULs among them."""
    if where == TEXT_KEPT:
        return view.find(number, part)
    at = where & 0xFFFF
    return data[at : at + (where >> 16)]


def offer(store: kept.Kept, data: bytes, process: ProcessFacts, lineage: TextRef) -> bool:
    """False: they are to be offered again, with the next record."""
    found: dict[int, dict[int, bytes]] = {}
    for number, part, where in (*_of_process(process), *_of_relatives(data, lineage)):
        at, length = where & 0xFFFF, where >> 16
        if length and number:
            found.setdefault(number, {})[part] = data[at : at + length]
    refused = [number for number, parts in found.items() if not store.offer(number, parts)]
    return not refused


def _of_process(process: ProcessFacts) -> Iterator[Said]:
    yield process.exec, _EXEPATH, process.exepath
    yield process.exec, _ARGS, process.args
    yield process.exec, _SCRIPT, process.script
    yield kept.of_cgroup(process.cgroup_id), _CGROUP, process.cgroup


def _of_relatives(data: bytes, lineage: TextRef) -> Iterator[Said]:
    at = lineage & 0xFFFF
    written = data[at : at + (lineage >> 16)]
    whole = written[: len(written) // _SIZE * _SIZE]
    for facts in map(AncestorFacts._make, ANCESTOR_FACTS.iter_unpack(whole)):
        yield facts.exec, _EXEPATH, facts.exepath
        yield facts.exec, _ARGS, facts.args

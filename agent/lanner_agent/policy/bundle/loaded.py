# SPDX-License-Identifier: Apache-2.0
"""Rules that can be put in force, and where they are from."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from lanner_agent.policy import defaults
from lanner_agent.policy.bundle import node_choice
from lanner_agent.policy.files import load
from lanner_agent.policy.uncollected import uncollected
from lanner_engine import diagnostics
from lanner_engine.bundle import index as indices
from lanner_engine.bundle.index import Index
from lanner_engine.bundle.shards import assemble
from lanner_engine.codegen.compile import Matching, Program, compile_objects
from lanner_engine.index.tables import Tables, build
from lanner_engine.objects.verdicts import CheckedObjects, Verdict, check_objects


class Origin(StrEnum):
    """Where rules come from; the value is the condition's reason."""

    BUNDLE = "BundleLoaded"
    CACHE = "LoadedFromCache"
    DEFAULT = "BuiltInRules"


@dataclass(frozen=True, slots=True)
class Refused:
    """An object of the bundle that this agent's engine cannot use; the others are not concerned."""

    rule: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """`tables` is what the kernel can hold back; `index` is None for the rules that are built in.
    `choosing`: there are objects that choose nodes; `labels` are those by which `skipped` were.
    """

    program: Program
    tables: Tables = field(repr=False)
    origin: Origin
    index: Index | None = None
    index_text: str = field(default="", repr=False)
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    refused: tuple[Refused, ...] = ()
    choosing: bool = False
    labels: Mapping[bytes, bytes] | None = None
    skipped: frozenset[str] = frozenset()

    @property
    def trial(self) -> str:
        """What of it is on trial; "" for the rules that are built in."""
        if self.index is None:
            return ""
        return node_choice.trial(self.index.bundleSha256, self.labels if self.choosing else None)

    @property
    def name(self) -> str:
        """For people."""
        return f"bundle {self.index.name}" if self.index else "the built-in rules"


# As from_bundle: text, contents, origin, matching, labels, always.
Load = Callable[
    [str, Mapping[str, bytes], Origin, Matching, Mapping[bytes, bytes] | None, frozenset[str]], Loaded
]


def from_bundle(  # noqa: PLR0913, PLR0917  all that differs between nodes
    text: str,
    contents: Mapping[str, bytes],
    origin: Origin = Origin.BUNDLE,
    matching: Matching = "first",
    labels: Mapping[bytes, bytes] | None = None,
    always: frozenset[str] = frozenset(),
) -> Loaded:
    """Verify, check and compile, for a node with these labels. `always`: fields that every alert has,
    whatever its rule reads. Takes time: never on the hot thread. Raises BundleError.
    """
    index = indices.parse(text)
    with uncollected():
        checked = check_objects(assemble(index, contents))
        chosen, skipped = node_choice.here(checked, labels)
        program = _reading(compile_objects(chosen, matching), always)
        tables = build(program.rules)
    return Loaded(
        program,
        tables,
        origin,
        index,
        text,
        contents,
        _refused(checked),
        node_choice.choosing(checked),
        labels,
        skipped,
    )


def built_in(matching: Matching = "first", always: frozenset[str] = frozenset()) -> Loaded:
    """What a node watches with that has never seen a bundle."""
    found = _built_in(matching)
    return replace(found, program=_reading(found.program, always)) if always else found


def _reading(program: Program, always: frozenset[str]) -> Program:
    if not always:
        return program
    return replace(program, reads={kind: fields | always for kind, fields in program.reads.items()})


@functools.cache
def _built_in(matching: Matching) -> Loaded:
    program = load.compiled(load.check((defaults.directory(),), load.Wanted(matching=matching)))
    return Loaded(program, build(program.rules), Origin.DEFAULT)


def _refused(checked: CheckedObjects) -> tuple[Refused, ...]:
    return tuple(
        _one(verdict)
        for verdict in checked.verdicts.values()
        if not verdict.accepted and verdict.object.active
    )


def _one(verdict: Verdict) -> Refused:
    found = next((one for one in verdict.diagnostics if one.severity == "error"), None)
    words = diagnostics.render(found) if found else "no further words"
    return Refused(verdict.object.key, verdict.reason, words[:1000])

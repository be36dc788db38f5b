# SPDX-License-Identifier: Apache-2.0
"""What a file of cases says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanner_engine.facts.reading import Told
from lanner_engine.source import Source, Span
from lanner_engine.text import Text


@dataclass(frozen=True, slots=True)
class Expected:
    """An alert: the rule's name, a part of its message, and fields of its output by their names, as text.

    A field of None is to be absent.
    """

    rule: str
    span: Span
    output: str = ""
    fields: Mapping[str, tuple[str | None, Span]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """`near`: the rule that the events just miss, with its place. `recording`: the file that the events are
    in, as seen from the file of cases; without one they are told.
    """

    name: str
    span: Span
    events: tuple[Told, ...]
    alerts: tuple[Expected, ...]
    near: Expected | None = None
    recording: Text | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """`paths` are rules files and manifests, relative to the file of cases; `inline` the rules that stand in
    it.

    Without both the cases are about rules that the caller names. `disabled`: manifests of that mode count.
    """

    source: Source
    cases: tuple[Case, ...]
    paths: tuple[Text, ...] = ()
    inline: Source | None = None
    disabled: bool = False

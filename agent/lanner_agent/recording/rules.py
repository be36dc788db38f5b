# SPDX-License-Identifier: Apache-2.0
"""Rules in force -> what a recording says of them; and what other rules ask for that it does not hold."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lanner_agent.kernel import reads, record_layout
from lanner_agent.recording.items import Rules
from lanner_engine.codegen.compile import Program
from lanner_engine.program.rule import CheckedRule

_NOTHING: Final = (0,) * len(record_layout.Reads._fields)
_SHOWN: Final = 6  # names
Reads = Mapping[str, tuple[int, ...]]


def of(program: Program, indexed: bool) -> Rules:
    """`indexed`: the kernel holds events back."""
    return Rules(
        rules={rule.name: _digest(rule) for rule in program.rules},
        succeeding=program.succeeding,
        failing=program.failing,
        reads={name: tuple(reads.required(name, asked)) for name, asked in program.reads.items()},
        indexed=indexed,
        hosts=frozenset[bytes]().union(*program.hosts.values()),
    )


def _digest(rule: CheckedRule) -> str:
    """The same for as long as the rule is true of the same events."""
    what = (sorted(rule.event_types), _plain(rule.condition), rule.owner_key, _plain(rule.scope))
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    """Without places, and sets in order."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = (one.name for one in dataclasses.fields(value) if one.compare)
        return type(value).__name__, *((name, _plain(getattr(value, name))) for name in told)
    if isinstance(value, set | frozenset):
        return sorted(map(repr, map(_plain, value)))
    return tuple(map(_plain, value)) if isinstance(value, tuple | list) else value


def lacking(recorded: Rules, program: Program) -> Iterator[str]:
    """What these rules ask for and the recording may not hold, a sentence for each kind."""
    wanted = of(program, recorded.indexed)
    other = [name for name, digest in wanted.rules.items() if recorded.rules.get(name) != digest]
    if other and recorded.indexed:
        yield (
            f"{_counted(len(other), 'rule')} of {len(wanted.rules)} were not in force while this was "
            f"recorded ({_named(other)}): the kernel held back events on which no rule then could be true; "
            "`lanner run --record FILE --no-index` keeps all events of their types"
        )
    absent = (wanted.succeeding - recorded.succeeding) | (wanted.failing - recorded.failing)
    if absent:
        yield f"events that these rules ask for and that were not recorded: {_named(sorted(absent))}"
    unresolved = sorted(name.decode("utf-8", "replace") for name in wanted.hosts - recorded.hosts)
    if unresolved:
        yield f"names of hosts that were not resolved while this was recorded: {_named(unresolved)}"
    poorer = sorted(set(_poorer(recorded.reads, wanted.reads)) - absent)
    if poorer:
        yield f"events of which less was recorded than these rules ask for: {_named(poorer)}"


def _poorer(recorded: Reads, wanted: Reads) -> Iterator[str]:
    """Events of which the wanted records hold more."""
    for name, asked in wanted.items():
        had = record_layout.Reads._make(recorded.get(name, _NOTHING))
        want = record_layout.Reads._make(asked)
        counts = zip(want[1:-1], had[1:-1], strict=True)
        if want.facts & ~had.facts or want.creators & ~had.creators or any(n > least for n, least in counts):
            yield name


def _named(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

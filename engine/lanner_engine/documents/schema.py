# SPDX-License-Identifier: Apache-2.0
"""The schema of rules files, apart from loading: stricter in places, only reported, never a reason to refuse.

A source comes in, what does not fit goes out, for the machine-readable result of a load (specification 1.6).
It is flat: an element may have the keys of all kinds, and no others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from lanner_engine.documents import nodes, yaml_reader
from lanner_engine.documents.nodes import Node, Scalar, Sequence
from lanner_engine.documents.problems import Problems
from lanner_engine.source import Diagnostic, RuleError, Source

CODE = "LOAD_SCHEMA"
PRIORITIES = (
    *("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING"),
    *("NOTICE", "INFO", "INFORMATIONAL", "DEBUG"),
)
_BOOLEANS = ("true", "false")
_INTEGER = re.compile("[+-]?[0-9]+")

Fault = tuple[Node, str]
Check = Callable[[Node], Iterator[Fault]]


def faults(source: Source) -> tuple[Diagnostic, ...] | None:
    """What of a rules file does not fit; None when it is none, or no YAML."""
    problems = Problems()
    try:
        roots = yaml_reader.read(yaml_reader.whole(source), problems)
    except RuleError:
        return None
    if not roots or any(isinstance(root, nodes.Mapping) for root in roots):
        return None
    for root in roots:
        for node, message in _FILE(root):
            span = node.span if isinstance(node, Scalar) else node.origin.span(node.start, node.start + 1)
            problems.warning(CODE, message, span)
    return tuple(problems.diagnostics([source]))


def _text(node: Node) -> Iterator[Fault]:
    if not isinstance(node, Scalar):
        yield node, f"a text is expected, not {nodes.kind(node)}"


def _boolean(node: Node) -> Iterator[Fault]:
    if not isinstance(node, Scalar) or node.value not in _BOOLEANS:
        yield node, "true or false is expected"


def _number(node: Node) -> Iterator[Fault]:
    if not isinstance(node, Scalar) or not _INTEGER.fullmatch(node.value):
        yield node, "a whole number is expected"


def _one_of(*words: str) -> Check:
    def check(node: Node) -> Iterator[Fault]:
        if not isinstance(node, Scalar) or node.value not in words:
            yield node, f"one of {', '.join(words)} is expected"

    return check


def _sequence(element: Check) -> Check:
    def check(node: Node) -> Iterator[Fault]:
        if not isinstance(node, Sequence):
            yield node, f"a sequence is expected, not {nodes.kind(node)}"
            return
        for one in node.items:
            yield from element(one)

    return check


def _mapping(keys: Mapping[str, Check], required: tuple[str, ...] = (), filled: bool = False) -> Check:
    def check(node: Node) -> Iterator[Fault]:
        if not isinstance(node, nodes.Mapping):
            yield node, f"a mapping is expected, not {nodes.kind(node)}"
            return
        if filled and not node.pairs:
            yield node, "at least one entry is expected"
        for name in required:
            if node.get(name) is None:
                yield node, f"{name} is missing"
        for key, value in node.pairs:
            if key.value not in keys:
                yield key, f"no key {key.value} is known"
            else:
                yield from keys[key.value](value)

    return check


def _anything(_node: Node) -> Iterator[Fault]:
    return iter(())


_OPERATION = _one_of("append", "replace")
_OVERRIDE = _mapping(
    dict.fromkeys(
        (
            *("condition", "desc", "output", "tags", "exceptions", "priority", "enabled", "items"),
            *("warn_evttypes", "skip-if-unknown-filter", "capture", "capture_duration"),
        ),
        _OPERATION,
    ),
    filled=True,
)
_EXCEPTION = _mapping(
    {"name": _text, "fields": _anything, "comps": _anything, "values": _anything},
    required=("name",),
)
_VERSION = {"name": _text, "version": _text}
_PLUGIN = _mapping(
    {**_VERSION, "alternatives": _sequence(_mapping(_VERSION, ("name", "version")))}, ("name", "version")
)
_ELEMENT = _mapping(
    {
        "required_engine_version": _text,
        "required_plugin_versions": _sequence(_PLUGIN),
        "list": _text,
        "items": _sequence(_text),
        "macro": _text,
        "rule": _text,
        "condition": _text,
        "desc": _text,
        "output": _text,
        "priority": _one_of(*PRIORITIES),
        "source": _text,
        "enabled": _boolean,
        "tags": _sequence(_text),
        "exceptions": _sequence(_EXCEPTION),
        "warn_evttypes": _boolean,
        "skip-if-unknown-filter": _boolean,
        "capture": _boolean,
        "capture_duration": _number,
        "append": _boolean,
        "override": _OVERRIDE,
    }
)
_FILE = _sequence(_ELEMENT)

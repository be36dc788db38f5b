# SPDX-License-Identifier: Apache-2.0
"""The settings in force, as a person reads them (YAML, with where each comes from) and as a program does."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lanner_agent.publish import escape
from lanner_agent.publish.settings import address
from lanner_agent.settings.catalogue import SETTINGS
from lanner_agent.settings.reading import InForce

_BARE: Final = re.compile(r"[A-Za-z/][A-Za-z0-9/._-]*")
_NO_TEXT: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
# Who an agent is, and where its file is: no settings, but known.
_OTHERS: Final = frozenset(
    f"LANNER_{name}"
    for name in ("CONFIG", "NAME", "NAMESPACE", "NODE_NAME", "NODE_IP", "POD_NAME", "POD_UID")
)


def yaml(found: InForce) -> Iterator[str]:
    """Lines of a file that would set the same, but for what is secret in an address."""
    yield f"# from {found.file}, the environment and options" if found.file else "# no file is read"
    above: tuple[str, ...] = ()
    for setting in SETTINGS:
        if setting.value(found.settings) is None:
            continue
        *parts, last = setting.keys
        for depth, part in enumerate(parts):
            if above[: depth + 1] != setting.keys[: depth + 1]:
                yield f"{'  ' * depth}{part}:"
        above = setting.keys
        value = _written(_public(setting.value(found.settings)))
        yield f"{'  ' * len(parts)}{last}: {value}  # {escape.shown(found.origin(setting))}"


def document(found: InForce) -> dict[str, Any]:
    """By key: the value, and where it comes from."""
    return {
        setting.key: {"value": _public(setting.value(found.settings)), "from": found.origin(setting)}
        for setting in SETTINGS
    }


def strangers(environment: Mapping[str, str]) -> Iterator[str]:
    """Variables that look like settings and are none, with what they may be meant to be."""
    known = {one.variable for one in SETTINGS if one.variable}
    for name in sorted(environment):
        if name.startswith("LANNER_") and name not in known | _OTHERS:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            if near:
                yield f"${escape.shown(name)} sets nothing: did you mean {near[0]}?"


def _public(value: Any) -> Any:
    """People show it to others: an address of a receiver may hold what only it and the agent know."""
    hidden = isinstance(value, dict) and "url" in value
    return value | {"url": address.shown(value["url"])} if hidden else value


def _written(value: Any) -> str:
    if isinstance(value, str) and _BARE.fullmatch(value) and value.lower() not in _NO_TEXT:
        return value
    return escape.harmless(json.dumps(value, ensure_ascii=False))

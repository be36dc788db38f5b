# SPDX-License-Identifier: Apache-2.0
"""required_engine_version and required_plugin_versions (specification 1.2); requiredEngine of an object.

Plugins are not loaded here; only the shape of what is asked for is checked. What the container plugin
answers, the engine answers itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lanner_engine.documents import problems
from lanner_engine.documents.item import Item, unsigned
from lanner_engine.documents.nodes import Mapping
from lanner_engine.documents.problems import Problems
from lanner_engine.engine_version import ENGINE
from lanner_engine.text import Text

# Plugins whose fields the engine answers itself, and the major version whose fields these are.
PLUGINS = {"container": 0}
_VERSION = re.compile(
    r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(?:[-+][0-9A-Za-z.+-]+)?"
)


def read_engine(mapping: Mapping, found: Problems) -> None:
    """The engine a file asks for: N, which means 0.N.0, or x.y.z; of our major and not newer."""
    item = Item(mapping, "requirement", "required_engine_version", found)
    item.check_keys(("required_engine_version",))
    _check_engine(item, item.text("required_engine_version"))


def check_spec(spec: Item) -> None:
    """requiredEngine of an object, which asks for the same."""
    _check_engine(spec, spec.optional("requiredEngine"))


def _check_engine(item: Item, text: Text | None) -> None:
    if text is None:
        return
    wanted = _engine(text.value)
    ours = ".".join(map(str, ENGINE))
    if wanted is None:
        item.error(f"Unable to parse engine version {text.value}", text.whole, "write a number, or x.y.z")
    elif wanted[0] != ENGINE[0] or wanted > ENGINE:
        message = f"the rules ask for engine version {text.value}; this one is {ours}"
        item.error(
            message, text.whole, "use an older version of the rules", problems.VALIDATE, "EngineTooOld"
        )


def _engine(text: str) -> tuple[int, ...] | None:
    number = unsigned(text)
    return _version(text) if number is None else (0, number, 0)


def _version(text: str) -> tuple[int, ...] | None:
    found = _VERSION.fullmatch(text)
    return None if found is None else tuple(int(part) for part in found.groups())


def read_plugins(mapping: Mapping, found: Problems) -> None:
    """Groups of a plugin and its alternatives, each with name and version; no name twice in a group. One of
    each group must be there.
    """
    item = Item(mapping, "requirement", "required_plugin_versions", found)
    item.check_keys(("required_plugin_versions",))
    for entry in item.mappings("required_plugin_versions", filled=True):
        first = Item(entry, "plugin requirement", "name", found)
        others = [
            Item(other, "plugin alternative", "name", found)
            for other in first.mappings("alternatives", filled=True)
        ]
        names: set[str] = set()
        group = [(one, *_plugin(one, names)) for one in (first, *others)]
        if not any(one.failed for one in (first, *others)):
            _require(group)


def _plugin(item: Item, names: set[str]) -> tuple[str, tuple[int, ...]]:
    """Name and version of what is asked for."""
    name, text = item.name(), item.text("version")
    if name and name in names:
        item.error(f"the plugin {name} stands twice in one group", item.span, code=problems.VALIDATE)
    names.add(name)
    version = _version(text.value) if text else None
    if text is not None and version is None:
        message = f"no version: {text.value}"
        item.error(message, text.whole, "write x.y.z", problems.VALIDATE)
    return name, version or ()


def _require(group: Sequence[tuple[Item, str, tuple[int, ...]]]) -> None:
    """The first of a group that is there decides."""
    first = group[0][0]
    there = next(((name, version) for _, name, version in group if name in PLUGINS), None)
    if there is not None and there[1][0] == PLUGINS[there[0]]:
        return
    wanted = ", ".join(f"{name} {'.'.join(map(str, version))}" for _, name, version in group)
    message = f"Plugin requirement not satisfied, must load one of: {wanted}"
    hint = "there are no plugins here; the engine itself answers the fields of the plugin container, 0.x"
    first.error(message, first.span, hint, problems.VALIDATE)

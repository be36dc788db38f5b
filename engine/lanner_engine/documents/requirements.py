# SPDX-License-Identifier: Apache-2.0
"""required_engine_version and required_plugin_versions (specification 1.2).

Called by documents/rules_file. Plugins are not loaded here; only the shape of what is asked for is checked.
What the container plugin answers, the engine answers itself.
"""

from __future__ import annotations

import re

from lanner_engine.documents import problems
from lanner_engine.documents.item import Item, unsigned
from lanner_engine.documents.nodes import Mapping
from lanner_engine.documents.problems import Problems
from lanner_engine.engine_version import ENGINE

_VERSION = re.compile(
    r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(?:[-+][0-9A-Za-z.+-]+)?"
)


def read_engine(mapping: Mapping, found: Problems) -> None:
    """The engine a file asks for: N, which means 0.N.0, or x.y.z; of our major and not newer."""
    item = Item(mapping, "requirement", "required_engine_version", found)
    item.check_keys(("required_engine_version",))
    text = item.text("required_engine_version")
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
    """Groups of a plugin and its alternatives, each with name and version; no name twice in a group."""
    item = Item(mapping, "requirement", "required_plugin_versions", found)
    item.check_keys(("required_plugin_versions",))
    for entry in item.mappings("required_plugin_versions"):
        names: set[str] = set()
        first = Item(entry, "plugin requirement", "name", found)
        _plugin(first, names)
        for other in first.mappings("alternatives"):
            _plugin(Item(other, "plugin alternative", "name", found), names)


def _plugin(item: Item, names: set[str]) -> None:
    name, version = item.name(), item.text("version")
    if name and name in names:
        item.error(f"the plugin {name} stands twice in one group", item.span, code=problems.VALIDATE)
    names.add(name)
    if version is not None and _version(version.value) is None:
        message = f"no version: {version.value}"
        item.error(message, version.whole, "write x.y.z", problems.VALIDATE)

# SPDX-License-Identifier: Apache-2.0
"""Where in an event's facts a field's value belongs: a resolved reference and its values in, entries of a
tree out.

Most of it is read from the field's own row, which says how the field is read; what follows from several facts
has a function here. facts/build makes the event of the tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from lanner_engine.ast import FieldRef
from lanner_engine.fields import table
from lanner_engine.fields.readers import event_facts, process_facts

Values = tuple[Any, ...]
Tree = dict[Any, Any]

MOST_ANCESTORS: Final = 32
MOST_ARGUMENTS: Final = 1024

_ROOTS: Final = {
    "e": (),
    "p": ("process",),
    "q": ("process", "parent"),
    "d": ("fd",),
    "c": ("container",),
    "u": ("user",),
}
_PLAIN = re.compile(r"(?:None if \{[dq]\} is None else )?(?:bool\(|\()?\{([a-z])\}\.(\w+)(?: or None)?\)?")
_INNER = re.compile(r"(?:None|b'') if \(x := \{([a-z])\}\.(\w+)\) is None else x\.(\w+)")
_BIT = re.compile(r"None if \(x := \{([a-z])\}\.(\w+)\) is None else x & (\d+) != 0")
_LABEL = re.compile(r"\{([a-z])\}\.(\w+)\.get\(\{a\}\)")
_CAPABILITIES = re.compile(r"process_facts\.capabilities\(\{p\}\.(\w+)\)")
_ANCESTOR = re.compile(
    r"None if \(x := process_facts\.ancestor\(\{p\}, \{a\}\)\) is None else process_facts\.(\w+)\(x\)"
)
_ANCESTORS = re.compile(r"tuple\(map\(process_facts\.(\w+), process_facts\.\w+\(\{p\}\)\)\)")
_CMDLINE = re.compile(r"(?:None if \{q\} is None else )?process_facts\.cmdline\(\{([pq])\}\)")
_STANDARD = re.compile(r"None if \(x := \{p\}\.standard\((\d)\)\) is None else x\.(\w+)")
_ENDS = re.compile(r"fd\.([clrs])(ip\.name|ip|net|port)")
_ERRORS: Final = {name: number for number, name in event_facts.ERROR_NAMES.items()}
_EPERM: Final = 1


def put(tree: Tree, path: tuple[Any, ...], value: object) -> None:
    """The value at the end of a path of names."""
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value


def place(tree: Tree, ref: FieldRef, values: Values) -> bool:
    """Whether the field can be told at all; False: it follows from others, if anything says it."""
    own = _OWN.get(ref.name)
    if own is not None:
        return own(tree, ref, values)
    end = _ENDS.fullmatch(ref.name)
    if end is not None:
        put(tree, ("fd", "socket", end[1], "ip" if end[2] == "net" else end[2]), values[0])
        return True
    return any(way(tree, ref, table.code_of(ref), values) for way in _WAYS)


def _plain(tree: Tree, _ref: FieldRef, code: str, values: Values) -> bool:
    found = _PLAIN.fullmatch(code)
    if found is not None:
        put(tree, (*_ROOTS[found[1]], found[2]), values[0])
    return found is not None


def _inner(tree: Tree, _ref: FieldRef, code: str, values: Values) -> bool:
    found = _INNER.fullmatch(code)
    if found is not None:
        put(tree, (*_ROOTS[found[1]], found[2], found[3]), values[0])
    return found is not None


def _bit(tree: Tree, _ref: FieldRef, code: str, values: Values) -> bool:
    found = _BIT.fullmatch(code)
    if found is None:
        return False
    node = tree
    for name in _ROOTS[found[1]]:
        node = node.setdefault(name, {})
    node[found[2]] = node.get(found[2], 0) | (int(found[3]) if values[0] else 0)
    return True


def _label(tree: Tree, ref: FieldRef, code: str, values: Values) -> bool:
    found = _LABEL.fullmatch(code)
    if found is not None:
        put(tree, (*_ROOTS[found[1]], found[2], ref.argument), values[0])
    return found is not None


def _capabilities(tree: Tree, _ref: FieldRef, code: str, values: Values) -> bool:
    found = _CAPABILITIES.fullmatch(code)
    if found is None:
        return False
    names = values[0].decode("utf-8", "replace").split()
    known = {f"CAP_{name}": bit for bit, name in enumerate(process_facts.CAPABILITIES)}
    put(tree, ("process", found[1]), sum(1 << known[name] for name in set(names) if name in known))
    return True


def _ancestor(tree: Tree, ref: FieldRef, code: str, values: Values) -> bool:
    found = _ANCESTOR.fullmatch(code)
    if found is None or ref.argument is None or int(ref.argument) > MOST_ANCESTORS:
        return False
    level = int(ref.argument)
    part = {"arguments": "args"}.get(found[1], found[1])
    value = _words(values) if part == "args" else values[0]
    put(tree, ("process", *["parent"] * level, part), value)
    return True


def _ancestors(tree: Tree, _ref: FieldRef, code: str, values: Values) -> bool:
    found = _ANCESTORS.fullmatch(code)
    if found is None or len(values) > MOST_ANCESTORS:
        return False
    for level, value in enumerate(values, 1):
        put(tree, ("process", *["parent"] * level, found[1]), value)
    return True


def _cmdline(tree: Tree, _ref: FieldRef, code: str, values: Values) -> bool:
    found = _CMDLINE.fullmatch(code)
    if found is not None:
        put(tree, (*_ROOTS[found[1]], "cmdline"), values[0])
    return found is not None


def _standard(tree: Tree, _ref: FieldRef, code: str, values: Values) -> bool:
    found = _STANDARD.fullmatch(code)
    if found is not None:
        put(tree, ("process", "standards", int(found[1]), found[2]), values[0])
    return found is not None


_WAYS: Final = (_plain, _inner, _bit, _label, _capabilities, _ancestor, _ancestors, _cmdline, _standard)


def _words(values: Values) -> tuple[bytes, ...]:
    """A list as it is; one text is cut at its blanks."""
    return values if len(values) != 1 else tuple(values[0].split(b" ") if values[0] else ())


def _arguments(tree: Tree, ref: FieldRef, values: Values) -> bool:
    if ref.argument is None:
        put(tree, ("process", "args"), _words(values))
    else:
        if int(ref.argument) < MOST_ARGUMENTS:
            put(tree, ("process", "args_at", int(ref.argument)), values[0])
        return int(ref.argument) < MOST_ARGUMENTS
    return True


def _environment(tree: Tree, ref: FieldRef, values: Values) -> bool:
    if ref.argument is None:
        put(tree, ("process", "env"), _words(values))
    else:
        put(tree, ("process", "variables", ref.argument), values[0])
    return True


def _exec_list(tree: Tree, ref: FieldRef, values: Values) -> bool:
    """Groups have commas between them, words of a command blanks."""
    groups = ref.name == "k8s.exec.groups"
    words = tuple(values[0].split(b"," if groups else b" "))
    put(tree, ("exec_session", "groups" if groups else "command"), words)
    return True


def _kinds(tree: Tree, ref: FieldRef, values: Values) -> bool:
    numbers = [int(ref.argument)] if ref.argument is not None else range(len(values))
    for number, kind in zip(numbers, values, strict=True):
        put(tree, ("process", "descriptor_kinds", number), kind)
    return True


def _controller(tree: Tree, ref: FieldRef, values: Values) -> bool:
    put(tree, ("process", "cgroups", ref.argument), values[0])
    return True


def _parameter(tree: Tree, ref: FieldRef, values: Values) -> bool:
    name = (ref.argument or b"").decode()
    if name.isdigit():
        return False
    put(tree, ("raw_arguments" if ref.name == "evt.rawarg" else "arguments", name), values[0])
    return True


def _result(tree: Tree, _ref: FieldRef, values: Values) -> bool:
    """A name says the sign only where a number says more."""
    if values[0] == b"SUCCESS":
        return True
    put(tree, ("result",), -_ERRORS.get(values[0], _EPERM))
    return values[0] in _ERRORS


def _failed(tree: Tree, _ref: FieldRef, values: Values) -> bool:
    if values[0]:
        tree.setdefault("result", -_EPERM)
    return True


def _at(*path: str) -> Callable[[Tree, FieldRef, Values], bool]:
    def own(tree: Tree, _ref: FieldRef, values: Values) -> bool:
        put(tree, path, values[0])
        return True

    return own


def _abspath(tree: Tree, ref: FieldRef, values: Values) -> bool:
    put(tree, ("at_paths", ref.argument == b"dst"), values[0])
    return True


_OWN: Final[dict[str, Callable[[Tree, FieldRef, Values], bool]]] = {
    "evt.type": _at("type"),
    "evt.arg": _parameter,
    "evt.rawarg": _parameter,
    "evt.res": _result,
    "evt.failed": _failed,
    "evt.buffer": _at("raw_arguments", "data"),
    "evt.abspath": _abspath,
    "fs.path.name": _at("fs_path", "path"),
    "fs.path.nameraw": _at("fs_path", "raw"),
    "proc.args": _arguments,
    "proc.env": _environment,
    "fd.types": _kinds,
    "k8s.exec.groups": _exec_list,
    "k8s.exec.command": _exec_list,
    "thread.cgroup": _controller,
    "proc.exeline": _at("process", "exeline"),
    "proc.creator.cmdline": _at("process", "creator", "cmdline"),
    "k8s.pod.sandbox_id": _at("container", "pod_sandbox_id"),
    "fd.l4proto": _at("fd", "socket", "l4proto"),
    "fd.is_server": _at("fd", "socket", "is_server"),
    "fd.connected": _at("fd", "socket", "connected"),
    "fd.name_changed": _at("fd", "socket", "name_changed"),
}

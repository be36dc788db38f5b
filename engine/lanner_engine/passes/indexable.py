# SPDX-License-Identifier: Apache-2.0
"""What the index in the kernel can answer: which checks, on events of which class, exactly or nearly.

A check and the class of an event come in; out goes what the index can be asked, or nothing. The index holds
values of fields, prefixes and suffixes of texts, bounds of numbers, prefixes of addresses. Called by
passes/necessary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal
from lanner_engine.fields import table

_VALUES = frozenset({"=", "==", "!=", "in", "intersects"})
_TEXTS = _VALUES | {"startswith", "endswith"}
_NUMBERS = _VALUES | {"<", "<=", ">", ">="}
_ANYOF = frozenset({"=", "==", "startswith", "endswith"})  # with anyof these are sets of what the index holds

_TEXT = ("proc.name", "proc.pname", "proc.exepath")
_NUMBER = ("user.uid", "user.loginuid", "group.gid", "proc.tty", "evt.rawres")
_FLAGS = (
    "evt.failed",
    "proc.is_exe_writable",
    "proc.is_exe_upper_layer",
    "proc.is_exe_lower_layer",
    "proc.is_exe_from_memfd",
)
_OPEN_FLAGS = ("evt.is_open_read", "evt.is_open_write", "evt.is_open_exec", "evt.is_open_create")
_PORTS = ("fd.port", "fd.cport", "fd.sport", "fd.lport", "fd.rport")
_ADDRESSES = tuple(f"fd.{end}{what}" for end in ("", "c", "s", "l", "r") for what in ("ip", "net"))
_SOCKETS = (*_ADDRESSES, "fd.l4proto", "fd.sockfamily")

_ENDED = re.compile(rb"[*?\[\\]")  # what ends the plain beginning of a glob


@dataclass(frozen=True, slots=True)
class Answers:
    """The operators the index answers on a field, in the classes that have it; none named: in all."""

    operators: frozenset[str]
    classes: tuple[str, ...] = ()


FIELDS: dict[str, Answers] = {
    **dict.fromkeys(_TEXT, Answers(_TEXTS)),
    **dict.fromkeys(_NUMBER, Answers(_NUMBERS)),
    **dict.fromkeys(_FLAGS, Answers(_VALUES)),
    **dict.fromkeys((*_OPEN_FLAGS, "fd.typechar"), Answers(_VALUES, ("open",))),
    **dict.fromkeys(("fd.name", "fs.path.name"), Answers(_TEXTS, ("open", "path"))),
    **dict.fromkeys(("fd.num",), Answers(_NUMBERS, ("open", "socket"))),
    **dict.fromkeys(_PORTS, Answers(_NUMBERS, ("socket",))),
    **dict.fromkeys(_SOCKETS, Answers(_VALUES, ("socket",))),
}

CLASSES = frozenset(
    name for answers in FIELDS.values() for name in answers.classes
)  # with fields of their own


def exactly(check: Check, event_class: str) -> Expr | None:
    """What the index answers as the check would be answered, so that `not` of it holds as well."""
    if not isinstance(check.left, FieldRef) or not literals(check):
        return None
    if check.left == FieldRef("container.id"):
        return check if _asks_host(check) else None
    answers = FIELDS.get(check.left.name)
    if answers is None or check.operator not in answers.operators:
        return None
    if check.modifier is not None and (check.modifier != "anyof" or check.operator not in _ANYOF):
        return None
    return check if not answers.classes or event_class in answers.classes else None


def nearly(check: Check, event_class: str) -> Expr | None:
    """What the index answers yes to whenever the check is true."""
    found = exactly(check, event_class)
    if found is not None or not isinstance(check.left, FieldRef):
        return found
    if _needs_container(check):
        return Check(FieldRef("container.id"), "!=", Literal(b"host"), span=check.span)
    part = _part(check)
    return None if part is None else _all([exactly(one, event_class) for one in part])


def literals(check: Check) -> tuple[Literal, ...]:
    """The values on the right; none when a field stands there, or nothing."""
    items = check.right.items if isinstance(check.right, ListLiteral) else (check.right,)
    found = tuple(item for item in items if isinstance(item, Literal))
    return found if len(found) == len(items) else ()


def _asks_host(check: Check) -> bool:
    """The index knows whether a process is in a container, not in which."""
    values = {literal.value for literal in literals(check)}
    return check.modifier is None and check.operator in _VALUES and values == {b"host"}


def _needs_container(check: Check) -> bool:
    """What the runtime tells is absent outside containers, but for the name, which is host there."""
    field = table.FIELDS[check.left.name] if isinstance(check.left, FieldRef) else None
    return field is not None and field.metadata and not field.total and field.name not in _HOST_HAS


_HOST_HAS = ("container.id", "container.full_id", "container.name", "container.type")


def _part(check: Check) -> tuple[Check, ...] | None:
    """Checks of a whole path that follow from one of its directory, its last part, or a pattern over it."""
    name = check.left.name if isinstance(check.left, FieldRef) else ""
    path = FieldRef("fd.name", span=check.left.span)
    among = check.operator in ("=", "==", "in", "intersects") and check.modifier in (None, "anyof")
    plain = check.modifier is None
    if name == "fd.directory" and (among or (plain and check.operator == "startswith")):
        return (_anyof(path, "startswith", literals(check), check),)
    if name == "fd.filename" and (among or (plain and check.operator == "endswith")):
        return (_anyof(path, "endswith", literals(check), check),)
    if name in FIELDS and check.operator == "glob" and plain:
        return _ends(check)
    return None


def _anyof(left: FieldRef, operator: str, values: tuple[Literal, ...], origin: Check) -> Check:
    if len(values) == 1:
        return Check(left, operator, values[0], span=origin.span)
    return Check(left, operator, ListLiteral(values), "anyof", span=origin.span)


def _ends(check: Check) -> tuple[Check, ...] | None:
    """The plain beginning and the plain end of a glob."""
    if not isinstance(check.right, Literal):
        return None
    pattern = check.right.value
    first = _ENDED.search(pattern)
    if first is None:
        return (replace(check, operator="="),)
    begins = pattern[: first.start()]
    ends = b"" if re.search(rb"[\[\]\\]", pattern) else re.split(rb"[*?]", pattern)[-1]
    found = (("startswith", begins), ("endswith", ends))
    return tuple(replace(check, operator=word, right=Literal(text)) for word, text in found if text) or None


def _all(parts: list[Expr | None]) -> Expr | None:
    kept = [part for part in parts if part is not None]
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else And(tuple(kept))

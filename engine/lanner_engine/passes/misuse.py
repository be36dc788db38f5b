# SPDX-License-Identifier: Apache-2.0
"""Misuse: checks that are valid and probably not meant (warnings of specification 1.6).

Reports warnings only.
"""

from __future__ import annotations

import re

from lanner_engine.ast import Check, FieldRef, Literal
from lanner_engine.fields import host_names, operands, table
from lanner_engine.parser.operand import parse_operand
from lanner_engine.passes.report import Report
from lanner_engine.source import RuleError
from lanner_engine.text import plain
from lanner_engine.tokens import TRANSFORMERS

MISUSE = "LOAD_COMPILE_CONDITION"
UNSAFE = "LOAD_UNSAFE_NA_CHECK"

_LOOKS_TRANSFORMED = re.compile(rb"(%s|val)\(.*\)" % b"|".join(map(str.encode, TRANSFORMERS)), re.S)
_MAX_LENGTH = 200  # characters of a literal that may be a field's name
_SPECIAL = re.compile(rb"[][.*+?(){}|^$\\]")
_ENDS = re.compile(rb"(\^?\.[*+?]|\^)?(.*?)(\.[*+?]\$?|\$)?", re.S)
_FREE = re.compile(rb"\.[*+?]")
_ABSENT_TEXT = b"<NA>"
_CLASSES = frozenset(name.partition(".")[0].encode() for name in table.FIELDS)
UNSAFE_CLASSES = ("ka.", "jevt.")
_UNSAFE_OPERATORS = ("=", "==", "!=", "in", "intersects", "pmatch")


def warn(node: Check, literal: Literal, report: Report) -> None:
    """What may be wrong with a literal that can be compared."""
    if node.operator == "regex":
        _warn_plain_regex(literal, report)
    if not is_suspicious(literal.value):
        return
    shown = literal.value.decode("utf-8", "backslashreplace")
    name = "".join(shown.split())
    if _is_field(name):
        message = f"{shown} is compared as text, although it is the name of a field"
        meant = f"= val({name})" if node.operator == "regex" else f"val({name})"
        report.warning(MISUSE, message, literal.span, f"{meant} compares with the field")
    elif _LOOKS_TRANSFORMED.fullmatch(b"".join(literal.value.split())):
        hint = "without quotes and blanks it is a transformer"
        report.warning(MISUSE, f"{shown} is compared as text, not transformed", literal.span, hint)


def is_suspicious(literal: bytes) -> bool:
    """Whether `warn` may complain about a literal with any operator but regex."""
    first, dot, _ = literal.partition(b".")
    return (bool(dot) and b"".join(first.split()) in _CLASSES) or b"(" in literal


def warn_unsafe(node: Check, literals: list[Literal], report: Report) -> None:
    """Fields of audit logs have the text <NA> where they are absent, or not, depending on the field."""
    fields = [ref for ref in operands.fields_of(node.left) if ref.name.startswith(UNSAFE_CLASSES)]
    if not fields or node.operator not in _UNSAFE_OPERATORS:
        return
    for literal in literals:
        if literal.value == _ABSENT_TEXT:
            message = f"{fields[0].name} is compared with <NA>, which is no sure test for absence"
            report.warning(UNSAFE, message, literal.span, f"write not {fields[0].name} exists")


def warn_unresolved(node: Check, literals: list[Literal], report: Report) -> None:
    """Addresses have only the names that rules compare with as a whole."""
    if not host_names.asks(node):
        return
    for literal in literals:
        shown = literal.value.decode("utf-8", "backslashreplace")
        if node.operator not in host_names.NAMING:
            message = f"{node.operator} can only match names that some rule compares with by = or in"
            report.warning(MISUSE, message, literal.span, "only such names are resolved; name each host")
        elif not host_names.is_name(literal.value):
            report.warning(MISUSE, f"{shown} is no name of a host: it has no address", literal.span)


def _is_field(name: str) -> bool:
    if "." not in name or len(name) > _MAX_LENGTH:
        return False
    try:
        operand = parse_operand(plain(name))
        return isinstance(operand, FieldRef) and bool(table.resolve(operand))
    except (RuleError, ValueError):
        return False


def _warn_plain_regex(literal: Literal, report: Report) -> None:
    """A regular expression that needs none: `.*text.*` is contains, `text.*` startswith, ..."""
    found = _ENDS.fullmatch(literal.value)
    if found is None or _SPECIAL.search(found[2]):
        return
    before, after = b"." in (found[1] or b""), b"." in (found[3] or b"")
    better = {
        (True, True): "contains",
        (False, True): "startswith",
        (True, False): "endswith",
        (False, False): "=",
    }[before, after]
    message = "a regular expression without anything special in its middle"
    same = "the same" if set(_FREE.findall(literal.value)) <= {b".*"} else "nearly the same"
    report.warning(MISUSE, message, literal.span, f"{better} does {same} and costs less")

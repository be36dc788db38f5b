# SPDX-License-Identifier: Apache-2.0
"""Diagnostics to one word: the reason of an object's condition Accepted."""

from __future__ import annotations

from collections.abc import Sequence

from lanner_engine.source import Diagnostic

VALID = "Valid"
DISABLED = "Disabled"

# Where a diagnostic brings no reason of its own.
_OF_CODE = {
    "LOAD_ERR_FILE_READ": "TooLarge",
    "LOAD_ERR_YAML_PARSE": "ParseError",
    "LOAD_ERR_YAML_VALIDATE": "InvalidSpec",
    "LOAD_ERR_VALIDATE": "InvalidSpec",
    "LOAD_ERR_COMPILE_CONDITION": "TypeMismatch",
    "LOAD_ERR_COMPILE_OUTPUT": "ParseError",
}


def reason_of(diagnostic: Diagnostic) -> str:
    """ParseError, UnknownField, UnknownEvent, TypeMismatch, MacroNotFound, OverrideTargetNotFound,
    EngineTooOld, TooLarge or InvalidSpec.
    """
    return diagnostic.reason or _OF_CODE.get(diagnostic.code, "InvalidSpec")


def reason_of_all(found: Sequence[Diagnostic]) -> str:
    """That of the first error; Valid without any."""
    errors = (one for one in found if one.severity == "error")
    first = next(errors, None)
    return VALID if first is None else reason_of(first)

# SPDX-License-Identifier: Apache-2.0
"""Paths that the kernel has as text: those that a call names, and those of an exec.

A check comes in; tests of names at places go out, of which one holds whenever the check is true. A call has
several texts: what was written, where the kernel went, of a symbolic link what it leads to. The kernel asks
each place of all of them together, so a test is of the call and not of one of its paths. Of an exec the path
of the executable is told from the others.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Final, cast

from lanner_engine.ast import Check, FieldRef
from lanner_engine.fields.model import Event
from lanner_engine.index import places
from lanner_engine.index.places import Tests
from lanner_engine.reference.evaluate import evaluate

_ARGUMENTS: Final = ("evt.arg", "evt.rawarg")
_OF_CALLS: Final = frozenset(
    f"fs.path.{which}{raw}" for which in ("name", "source", "target") for raw in ("", "raw")
) | {"evt.abspath"}
_FIELDS: Final = {
    "exec": frozenset({"proc.exepath", "proc.exe", "proc.cwd"}),
    "path": _OF_CALLS,
    "other": _OF_CALLS,
}
# Names of parameters, each of which is a path or no parameter at all in every event of the class. `path` of
# chdir is what the new directory is, where nothing else is known of it; `dev` of mknod is a number.
_PARAMETERS: Final = {
    "exec": frozenset({b"trusted_exepath", b"exe", b"cwd"}),
    "path": frozenset(
        {b"path", b"name", b"oldpath", b"newpath", b"target", b"linkpath", b"filename", b"pathname"}
    ),
    "other": frozenset({b"dir", b"dev", b"frompath", b"topath", b"oldpath", b"newpath", b"name"}),
}
_OF_EXECUTABLES: Final = frozenset({"proc.exepath", b"trusted_exepath"})
_NONE: Final[frozenset[object]] = frozenset()


def asks(check: Check, event_class: str) -> bool:
    """Whether a check can say anything of names in the texts of the class's events."""
    if not isinstance(check.left, FieldRef):
        return False
    if check.left.name in _ARGUMENTS:
        return check.left.argument in _PARAMETERS.get(event_class, _NONE)
    return check.left.name in _FIELDS.get(event_class, _NONE)


def of_check(check: Check) -> Tests:
    """Of one that `asks`. A parameter that is empty has a text that is no path."""
    assert isinstance(check.left, FieldRef)  # noqa: S101  asks
    if check.left.name == "evt.arg" and _holds_of_nothing(check, (check.left.argument or b"").decode()):
        return (places.ANYTHING,)
    found = places.of_values(check, places.as_text)
    path = check.left.argument if check.left.name in _ARGUMENTS else check.left.name
    return places.of_executable(found) if path in _OF_EXECUTABLES else found


def _holds_of_nothing(check: Check, parameter: str) -> bool:
    return evaluate(check, cast(Event, SimpleNamespace(arguments={parameter: b""})))

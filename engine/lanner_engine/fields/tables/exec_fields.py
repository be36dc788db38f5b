# SPDX-License-Identifier: Apache-2.0
"""Fields of the person who entered the container: k8s.exec.*. Not Falco's."""

from __future__ import annotations

from lanner_engine.fields.field import Field


def _of_session(name: str, code: str, meaning: str, type_name: str = "CHARBUF") -> Field:
    whole = f"None if (x := {{e}}.exec_session) is None else {code}"
    return Field(f"k8s.exec.{name}", type_name, meaning, whole, metadata=True)


FIELDS = (
    _of_session("user", "x.user", "who asked the API server for the session that the process is of"),
    _of_session(
        "groups",
        "(x.group_list or None)",
        "the groups of that user, with commas between them; one in a name is `\\,`",
    ),
    _of_session("command", "(b' '.join(x.command) or None)", "the command that was asked for"),
    _of_session("verb", "x.verb", "how: exec, attach or debug"),
    _of_session(
        "ambiguous", "x.ambiguous", "whether it may have been another of those whom the user names", "BOOL"
    ),
)

# SPDX-License-Identifier: Apache-2.0
"""What the agent says of itself, as lines of text or as JSON lines: one switch for the whole process."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from lanner_agent.app import journal
from lanner_apiserver import log_lines
from lanner_apiserver.log_lines import JsonLines

_LOGGER: Final = logging.getLogger("lanner")
_OPTION: Final = "--log-format"
_PREFIX: Final = "lanner: "
_STDERR: Final = 2
_in_force: JsonLines | None = None


def early(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The form that is asked for, before anything is read that could be wrong; what is none is `auto`."""
    words = " ".join(arguments).replace(f"{_OPTION}=", f"{_OPTION} ").split(" ")
    asked = [after for word, after in pairwise(words) if word == _OPTION]
    form = asked[-1] if asked else environment.get(log_lines.VARIABLE)
    return form if form in log_lines.FORMATS else "auto"


def use(form: str) -> None:
    """`auto`, `text` or `json`, from now on."""
    global _in_force  # noqa: PLW0603  one for the process, like logging's own root
    wanted = log_lines.as_json(form)
    if wanted and _in_force is None:
        _in_force = JsonLines()
        _in_force.sink = _sink
        _in_force.begin(_LOGGER.name)
    elif not wanted and _in_force is not None:
        _in_force.end()
        _in_force = None


def in_json() -> bool:
    """Whether lines are JSON now."""
    return _in_force is not None


def in_journal() -> bool:
    """Whether systemd's journal reads standard error."""
    return journal.reads(_STDERR)


def through(sink: log_lines.Sink) -> None:
    """Where lines go from now on: never in the way of who says them."""
    global _sink  # noqa: PLW0603  the same
    _sink = sink
    if _in_force is not None:
        _in_force.sink = sink


def say(text: str, level: int = logging.INFO, **more: object) -> None:
    """One thing said, of one line or several; `more` are further members in JSON."""
    if _in_force is None:
        _sink(_line(text, level))
    else:
        _LOGGER.log(level, "%s", text.removeprefix(_PREFIX), extra=more)


def _line(text: str, level: int) -> bytes:
    """In the journal with its severity, and without the name that stands there already."""
    if not in_journal():
        return f"{text}\n".encode("utf-8", "replace")
    said = f"{text.removeprefix(_PREFIX)}\n".encode("utf-8", "replace")
    return journal.marked(said, journal.severity(level))


def to_stderr(line: bytes) -> None:
    """Also where tests put another file in its place."""
    sys.stderr.write(line.decode("utf-8", "replace"))
    sys.stderr.flush()


_sink: log_lines.Sink = to_stderr

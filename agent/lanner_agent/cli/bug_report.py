# SPDX-License-Identifier: Apache-2.0
"""An unforeseen error -> what a maintainer needs to know, as a few lines.

Data of the user's events and rules may stand in the error's message: it is shown to this user only, escaped
and cut.
"""

from __future__ import annotations

import pathlib
import platform
import sys
import traceback

from lanner_agent.publish import escape

_FRAMES = 8
_ROOT = pathlib.Path(__file__).parents[2]


def text(error: BaseException) -> str:
    """A headline, the versions, and where it happened: innermost place first."""
    from importlib import metadata  # noqa: PLC0415  25 ms that every start would pay, before all else

    system = platform.uname()
    kernel = f"{system.system} {system.release} {system.machine}"
    lines = [
        f"lanner: a bug in lanner: {type(error).__name__}: {escape.shown(str(error), 500)}",
        "  please report it with these lines:",
        f"  lanner {metadata.version('lanner')}, Python {platform.python_version()}, {kernel}",
        f"  command: {escape.shown(' '.join(sys.argv[1:]), 300)}",
    ]
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return "\n".join([*lines, *(f"  at {_place(frame)}" for frame in reversed(frames))])


def _place(frame: traceback.FrameSummary) -> str:
    path = pathlib.Path(frame.filename)
    shown = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name
    return f"{shown}:{frame.lineno} {frame.name}"

# SPDX-License-Identifier: Apache-2.0
"""Program -> the one line that says what is being watched, and what to type to see a first alert."""

from __future__ import annotations

import shutil

from lanner_engine.codegen.compile import Program

# Default rules that a single harmless command makes fire, on any machine.
_FIRST_ALERTS = {"Sensitive file read": "cat /etc/shadow"}  # as root
_EVENTS = 6  # named before "and n more"


def line(program: Program, end: str = "; Ctrl-C ends") -> str:
    """`watching execve, open with 7 rules; type in another terminal: …`, without a newline. `end`: what ends
    it, in words.
    """
    names = sorted(program.watched)
    shown = ", ".join(names[:_EVENTS]) + (f" and {len(names) - _EVENTS} more" if len(names) > _EVENTS else "")
    number = len(program.rules)
    what = f"watching {shown or 'nothing'} with {number} rule{'' if number == 1 else 's'}"
    return f"{what}; {_first_alert(program)}{end}"


def _first_alert(program: Program) -> str:
    for rule in program.rules:
        if rule.name in _FIRST_ALERTS:
            return f"for a first alert, type in another terminal: {_as_root(_FIRST_ALERTS[rule.name])}"
    return "for a first alert, do in another terminal what one of the rules describes"


def _as_root(command: str) -> str:
    """Right for the user who types it: where there is no sudo, the other terminal is root's like this one."""
    return f"sudo {command}" if shutil.which("sudo") else command

# SPDX-License-Identifier: Apache-2.0
"""`kubectl_complete-lanner`: what kubectl runs to complete `kubectl lanner …`, in the protocol of its shells.

Words come as arguments, the last one unfinished; out go proposals, one a line with a description behind a
tabulator, and a directive (cobra's ShellCompDirective). No cluster is asked.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from click.shell_completion import CompletionItem, ShellComplete

from lanner_agent.cli.kubectl.group import PROGRAM, kubectl_lanner

_NO_FILES: Final = 4
_FILES: Final = 0
_PATHS: Final = ("file", "dir")


def main() -> None:
    """The console script. Never fails: a shell would print that into the line that is typed."""
    try:
        print("\n".join(lines(sys.argv[1:])))  # kubectl reads it, so no style and no pager
    except Exception:
        print(f":{_NO_FILES}")


def lines(words: Sequence[str]) -> list[str]:
    *before, unfinished = words or ("",)
    found = ShellComplete(kubectl_lanner, {}, PROGRAM, "").get_completions(list(before), unfinished)
    directive = _FILES if any(one.type in _PATHS for one in found) else _NO_FILES
    return [*(_line(one) for one in found if one.type not in _PATHS), f":{directive}"]


def _line(one: CompletionItem) -> str:
    return f"{one.value}\t{one.help}" if one.help else str(one.value)

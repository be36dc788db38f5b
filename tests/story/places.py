# SPDX-License-Identifier: Apache-2.0
"""The host and a container as places where the same deed is done, watched by one agent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.story import deeds
from tests.story.inside import Inside

_PRELUDE = "import ctypes, os, sys\nlibc = ctypes.CDLL(None)\n"


@dataclass(frozen=True, slots=True)
class Place:
    """`programs`: a folder of programs that may be written to, as the kernel names it.

    `do` runs Python code to its end; it must succeed. `ctypes`, `os`, `sys` and `libc` are there.
    """

    programs: str
    do: Callable[..., object]


def host() -> Place:
    return Place("/usr/bin", lambda code, *arguments: deeds.python(_PRELUDE + code, *arguments))


def container(inside: Inside) -> Place:
    """Needs inside.LENDING; its /usr is the host's and cannot be written to."""
    return Place("/bin", lambda code, *arguments: inside.python(f"import sys\n{code}", *arguments))

# SPDX-License-Identifier: Apache-2.0
"""Whether an object file was built of the headers beside this package: a checkout that moved on without `make
bpf` has programs that write records of another shape.

An installed package comes with its object and without headers; there is nothing to compare.
"""

from __future__ import annotations

import hashlib
import pathlib
import re
from typing import Final, TypeVar

from lanner_agent.kernel.errors import KernelError

T = TypeVar("T")
HEADERS: Final = pathlib.Path(__file__).parents[3] / "bpf"
_SHARED: Final = "wire/*.h"  # what user space shares; the Makefile takes them in the same order
_MARK: Final = re.compile(rb"lanner-layout:([0-9a-f]{64})")


class Named(dict[str, T]):
    """What an object has by name. One that it lacks is a KernelError: it is older than this package."""

    def __missing__(self, name: str) -> T:
        raise KernelError(
            f"the kernel programs have no {name}: they were built of older sources", hint="run `make bpf`"
        )


def require_current(path: pathlib.Path, headers: pathlib.Path = HEADERS) -> None:
    """Raises KernelError for an object of other headers than those that are there."""
    shared = sorted(headers.glob(_SHARED))
    if not shared:
        return
    wanted = hashlib.sha256(b"".join(header.read_bytes() for header in shared)).hexdigest().encode()
    found = _MARK.search(path.read_bytes())
    if found is None or found[1] != wanted:
        raise KernelError(
            f"the kernel programs were built before {headers.name}/ changed: {path}", hint="run `make bpf`"
        )

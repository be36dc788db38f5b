# SPDX-License-Identifier: Apache-2.0
"""The optional programs of the object: which of them this kernel can have, and an object with just those. In:
what hooks and requests found. Called by loader and probes.

The object carries them in sections that libbpf passes over, since their names begin with `?`: it stands in
place of a letter (`?entry/do_rmdir`), for other names may be the ends of these and lie in the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lanner_agent.kernel import hooks, requests


@dataclass(frozen=True, slots=True)
class Optional:
    """`names`: programs that follow calls on names; `requests`: those that see what io_uring does."""

    names: hooks.Available
    requests: requests.Available

    @property
    def sections(self) -> dict[str, str]:
        return self.names.sections | self.requests.sections

    def fewer(self, why: str) -> Iterator[Optional]:
        """What to try instead when the kernel refuses all of it: without one kind of them, or without any."""
        nothing = Optional(hooks.Available((), why), requests.Available((), why))
        if self.names.hooks and self.requests.hooks:
            yield Optional(nothing.names, self.requests)
            yield Optional(self.names, nothing.requests)
        yield nothing


NONE = Optional(hooks.NONE, requests.NONE)


def available() -> Optional:
    """Found by trying; nothing stays loaded."""
    return Optional(hooks.available(), requests.available())


def chosen(content: bytes, sections: Mapping[str, str]) -> int:
    """The object with these sections under their real names, as a file in memory: its descriptor, which the
    caller closes.

    The names stand in the tables of strings of ELF and of BTF. pylibbpf has no call for this.
    """
    for placeholder, real in sections.items():
        content = content.replace(b"%s\0" % placeholder.encode(), b"%s\0" % real.encode())
    fd = os.memfd_create("lanner.bpf.o")
    with open(fd, "wb", closefd=False) as file:
        file.write(content)
    return fd

# SPDX-License-Identifier: Apache-2.0
"""The programs of the object as libbpf sees them, without the kernel."""

from __future__ import annotations

from collections.abc import Iterator

from lanner_agent.kernel import libbpf
from lanner_agent.kernel.loading import OBJECT


def optional(sections: str) -> dict[str, str]:
    """Program -> section, of those that are left out where nobody asks, in sections that begin so."""
    return {name: section for name, section in _passed_over() if section.startswith(sections)}


def _passed_over() -> Iterator[tuple[str, str]]:
    library, content = libbpf.library(), OBJECT.read_bytes()
    opened = library.bpf_object__open_mem(content, len(content), None)
    assert opened
    try:
        one = library.bpf_object__next_program(opened, None)
        while one:
            if not library.bpf_program__autoload(one):
                name, section = library.bpf_program__name(one), library.bpf_program__section_name(one)
                yield name.decode(), section.decode()
            one = library.bpf_object__next_program(opened, one)
    finally:
        library.bpf_object__close(opened)

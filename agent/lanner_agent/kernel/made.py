# SPDX-License-Identifier: Apache-2.0
"""The optional programs that note each file as soon as an io_uring request has made it
(bpf/io_uring/request_made.h): the kernel functions that they are attached to.

Without them files are noted when the next request is submitted, and of one that another request of the same
batch may have closed it can be unknown which it was.
"""

from __future__ import annotations

import errno
from typing import Final

from lanner_agent.kernel import btf, syscall_bpf
from lanner_agent.kernel.hooks import Available, Hook

HOOKS: Final = (
    Hook("io_openat", "made_openat", frozenset({"openat"})),
    Hook("io_openat2", "made_openat2", frozenset({"openat", "openat2"})),
    Hook("io_accept", "made_accept", frozenset({"accept4"})),
    Hook("io_socket", "made_socket", frozenset({"socket"})),
)
_TRIED: Final = "io_openat2"


def available() -> Available:
    """Found by trying; nothing stays loaded."""
    found = btf.functions(frozenset(hook.function for hook in HOOKS))
    if _TRIED not in found:
        return Available((), f"this kernel has no {_TRIED}")
    refused = syscall_bpf.fentry_error(found[_TRIED].number)
    if refused:
        name = errno.errorcode.get(refused, str(refused))
        return Available((), f"programs on the kernel's functions are refused ({name})")
    return Available(tuple(hook for hook in HOOKS if hook.function in found))

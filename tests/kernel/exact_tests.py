# SPDX-License-Identifier: Apache-2.0
"""Which tests exactness does again, and which events are let off, with the reasons."""

from __future__ import annotations

from typing import Final

import pytest

from lanner_agent.decode.event import Event

FILES: Final = frozenset(
    {
        "test_an_exec_is_recorded.py",
        "test_an_open_is_recorded.py",
        "test_calls_on_names_are_recorded.py",
        "test_calls_on_sockets_are_recorded.py",
        "test_other_calls_are_recorded.py",
    }
)


def is_done_again(item: pytest.Function) -> bool:
    return item.path.name in FILES


def is_not_asked(event: Event) -> bool:
    """No index is asked about requests of io_uring."""
    return event.through_io_uring


def is_by_the_way(event: Event) -> bool:
    """What Python reads of its own, the first time only."""
    opened = event.fd is not None and event.open_read is not None
    return opened and event.fd is not None and (event.fd.name or b"").endswith((b".py", b".pyc"))

# SPDX-License-Identifier: Apache-2.0
"""Which tests exactness does again, and which events are let off, with the reasons."""

from __future__ import annotations

import os
import sys
from typing import Final

import pytest

from lanner_agent.decode.event import Event

FILES: Final = frozenset(
    {
        "test_an_exec_is_recorded.py",
        "test_an_open_is_recorded.py",
        "test_calls_on_names_are_recorded.py",
        "test_calls_on_sockets_are_recorded.py",
        "test_further_calls_are_recorded.py",
        "test_other_calls_are_recorded.py",
    }
)


def is_done_again(item: pytest.Function) -> bool:
    return item.path.name in FILES


def is_not_asked(event: Event) -> bool:
    """No index is asked about requests of io_uring."""
    return event.through_io_uring


def is_by_the_way(event: Event) -> bool:
    """What Python reads of its own: a module the first time only, a folder of modules when it has changed."""
    if event.fd is None or event.open_read is None or not event.fd.name:
        return False
    return event.fd.name.endswith((b".py", b".pyc")) or os.fsdecode(event.fd.name) in sys.path_importer_cache

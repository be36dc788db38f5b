# SPDX-License-Identifier: Apache-2.0
"""Every event is of one class, which has a number in the kernel."""

from __future__ import annotations

from lanner_engine.fields.tables.event_names import EVENT_NAMES
from lanner_engine.index.classes import CLASSES


def test_every_event_is_of_one_class() -> None:
    members = [name for names in CLASSES.values() for name in names]
    assert sorted(members) == sorted(EVENT_NAMES)

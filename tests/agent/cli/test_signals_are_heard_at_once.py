# SPDX-License-Identifier: Apache-2.0
"""signal.signal() asks a handler for its repr, and a method's holds that of its object."""

from __future__ import annotations

from lanner_agent.app.watch import Watch


def test_a_handler_is_not_written_out_with_all_rules() -> None:
    assert Watch.__repr__ is object.__repr__

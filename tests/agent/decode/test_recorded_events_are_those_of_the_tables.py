# SPDX-License-Identifier: Apache-2.0
"""The engine, which knows no kernel, calls those events recorded that the kernel side makes records of, and
every parameter that a record holds has a name and a type in the language.
"""

from __future__ import annotations

from lanner_agent.decode.parameters import PARAMETERS
from lanner_agent.kernel import record_layout, tables
from lanner_engine.fields.tables import parameters
from lanner_engine.fields.tables.event_names import RECORDED


def test_recorded_events_are_those_the_kernel_side_knows() -> None:
    assert sorted(RECORDED) == sorted(tables.EVENTS)


def test_every_recorded_event_has_parameters() -> None:
    assert sorted(PARAMETERS) == sorted(RECORDED)


def test_every_parameter_can_be_named_in_a_rule() -> None:
    named = {name for event in PARAMETERS.values() for name in event}
    assert named - parameters.PARAMETERS.keys() == set()


def test_every_event_has_a_number_that_the_kernel_side_can_count() -> None:
    numbers = sorted(tables.EVENTS.values())
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers[-1] < record_layout.EVENTS

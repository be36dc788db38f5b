# SPDX-License-Identifier: Apache-2.0
"""One Event of a tenant, with values that nest, does not keep the others from being shown."""

from __future__ import annotations

import json

import pytest

from lanner_agent.cli.kubectl import alert_event, printing, why
from lanner_agent.publish.events import body

_DEEP = 500  # levels: json reads them, yaml needs several frames for each


@pytest.mark.parametrize("nested", ["[" * _DEEP + "]" * _DEEP, '{"a":' * _DEEP + "1" + "}" * _DEEP])
def test_an_event_that_nests_stops_no_list(nested: str) -> None:
    alert = alert_event.read({"metadata": {"annotations": {body.FIELDS: f'{{"a": {nested}}}'}}})
    assert alert.fields is not None
    assert printing.document("yaml", alert.as_json())
    assert json.dumps(alert.as_json())
    assert why._fields(alert.fields) == (alert.fields, [])

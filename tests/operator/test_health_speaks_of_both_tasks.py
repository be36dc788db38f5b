# SPDX-License-Identifier: Apache-2.0
"""A task that tells of silent agents and stands still, or cannot write, is seen as one that reconciles is."""

from __future__ import annotations

import time

from lanner_operator.apiserver.contacts import Contacts
from lanner_operator.handlers.health import Health
from lanner_operator.reconcile.heartbeat import Heartbeat


def health(reconcile: Heartbeat, roll: Heartbeat) -> Health:
    made = Health(Contacts(print))
    made.heartbeat, made.roll = reconcile, roll
    return made


def test_a_roll_that_is_not_called_is_unhealthy() -> None:
    now = time.monotonic()
    assert health(Heartbeat(now, 1), Heartbeat(now)).unhealthy() == []
    late = health(Heartbeat(now, 1), Heartbeat(now - 181))
    assert late.unhealthy() == ["the roll of the agents has not been called for three minutes"]


def test_what_either_cannot_write_makes_it_unready() -> None:
    now = time.monotonic()
    both = health(Heartbeat(now, 1, "/a: Forbidden\nmore"), Heartbeat(now, 1, "/b: Forbidden"))
    assert both.unready() == ["/a: Forbidden", "/b: Forbidden"]
    assert both.unhealthy() == []
    assert health(Heartbeat(now, 1), Heartbeat(now, 1)).unready() == []

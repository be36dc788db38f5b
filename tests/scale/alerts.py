# SPDX-License-Identifier: Apache-2.0
"""Alerts that simulated agents publish: of one rule, in the agent's own pod, each of another program."""

from __future__ import annotations

import functools
import itertools
import time
from dataclasses import replace

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish.alert import Alert
from lanner_engine.program.rule import CheckedRule
from tests.agent.publish.events import alerts

_numbers = itertools.count()


def alert(of: NodeIdentity) -> Alert:
    """No series of those before it goes on with it."""
    pod = replace(
        alerts.APP,
        pod_name=of.pod_name.encode(),
        pod_namespace=of.namespace.encode(),
        pod_uid=of.pod_uid.encode(),
    )
    program = b"/tmp/program-%d" % next(_numbers)
    return alerts.alert(_rule(), pod, program, time=time.time_ns())


@functools.cache
def _rule() -> CheckedRule:
    return alerts.rule(priority="WARNING")

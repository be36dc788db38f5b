# SPDX-License-Identifier: Apache-2.0
"""What the command was told."""

from __future__ import annotations

from dataclasses import dataclass

from lanner_apiserver.metrics.place import Place
from lanner_engine.objects.limits import DEFAULT, Budgets
from lanner_operator.installation import Installation
from lanner_operator.reconcile.places import DEFAULT_NUMBERS, Numbers


@dataclass(frozen=True, slots=True)
class Options:
    """`kubeconfig` "" for $KUBECONFIG or the pod's own account; `health_port` 0 for no pages,
    `admission_port` 0 for no webhook; `tell_exec`: agents are told who enters pods;
    `source_hosts` may be asked for rules. `page_port` 0 for no page, which is for the pod's own loopback.
    `reports_every_s`: seconds between two rounds of Reports, 0 for none.
    `identity`: this operator among several, and no other.
    """

    installation: Installation
    health_port: int
    metrics: Place
    kubeconfig: str
    budgets: Budgets = DEFAULT
    admission_port: int = 0
    numbers: Numbers = DEFAULT_NUMBERS
    startup_taint: bool = False
    tell_exec: bool = False
    source_hosts: tuple[str, ...] = ()
    page_port: int = 0
    reports_every_s: int = 0
    identity: str = ""

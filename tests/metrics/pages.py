# SPDX-License-Identifier: Apache-2.0
"""The pages of an agent in a cluster and of an operator, over real parts in which something happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from prometheus_client import CollectorRegistry

from lanner_agent.kernel.run_times import RunTime
from lanner_agent.kernel.sifted import Sifted
from lanner_agent.pipeline.counts import Counts
from lanner_agent.publish.events import suppressed
from lanner_agent.report.board import Board
from lanner_agent.report.metrics.families import FAMILIES
from lanner_agent.report.metrics.sources import Rings, Sources
from lanner_apiserver.metrics.histogram import Histogram
from lanner_apiserver.metrics.page import Page
from lanner_engine.objects.verdicts import check_objects
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import NAMESPACED_RULE, RuleObject
from lanner_operator.bundle import stored, writing
from lanner_operator.handlers import metrics as operator_metrics
from lanner_operator.reconcile.figures import Figures
from lanner_operator.status import rule_status
from lanner_operator.status.fleet import Fleet
from lanner_operator.status.rule_status import Bundle
from tests.agent.events import rules
from tests.operator import made


def named(names: Iterable[str]) -> list[CheckedRule]:
    """Rules that differ by their names only."""
    (rule,) = rules.compiled(rules.text()).rules
    return [replace(rule, name=name, tags=("mitre_execution",)) for name in names]


def agent(counts: Counts) -> CollectorRegistry:
    """With the parts that a cluster brings."""
    propagation = Histogram((1.0, 3.0))
    propagation.observe(2.0)
    board = Board()
    board.say("ProbesLoaded", "True", "Attached", "")
    sources = Sources(
        counts=counts,
        rings=Rings(lambda: 4096, 1 << 20),
        sifted=lambda: (Sifted("openat", 100, 90, 10),),
        run_times=lambda: (RunTime("syscall_exit", 0.5, 1000),),
        propagation=propagation,
        conditions=board.conditions,
        gaps=lambda: {"gaps": 1, "seconds": 12},
        events=lambda: dict.fromkeys(suppressed.CAUSES, 1),
        requests=Counter({("PATCH", "200"): 3, ("POST", "unreachable"): 1}),
    )
    return Page(FAMILIES, sources).registry()


def operator(figures: Figures) -> CollectorRegistry:
    return operator_metrics.registry(operator_metrics.Sources(figures, Counter({("GET", "200"): 2})))


def reconciled() -> Figures:
    """An operator that published two objects, one of which has an error, to two nodes of three."""
    good = made.cluster_rule("good")
    bad = made.cluster_rule("bad", made.spec(made.rule("bad", "proc.nam = sh")))
    known = made.applied(writing.plan(made.cut(good), stored.read((), made.HERE), 0, made.AUTHOR))
    assert known.index is not None
    sha = known.index.bundleSha256
    holds = frozenset({good.version})
    nodes = (made.falco_node("n1", sha), made.falco_node("n2"))
    fleet = Fleet(nodes, 1, 3, {sha: holds})
    verdicts = check_objects([good, bad], {}).verdicts
    bundle = Bundle(known.index.name, holds)
    statuses = [
        (one, rule_status.status(verdicts[one.key], {}, bundle, fleet, made.NOW)) for one in (good, bad)
    ]
    figures = Figures()
    figures.judging_s.observe(0.2)
    figures.round("done", 0.3)
    figures.published += 1
    figures.found(known.index, fleet, statuses)
    return figures


def owned(names: Iterable[str], owner: RuleObject, namespace: str) -> list[CheckedRule]:
    """The same, of an object of this namespace."""
    own = replace(owner, kind=NAMESPACED_RULE, namespace=namespace)
    return [replace(rule, owner=own) for rule in named(names)]

# SPDX-License-Identifier: Apache-2.0
"""The operator's metrics, each once: name, type, help, labels, and where its value comes from."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Final

from lanner_apiserver.metrics.family import Family, Sample, one
from lanner_engine.engine_version import ENGINE
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE
from lanner_operator.admission import sessions
from lanner_operator.admission.judging import OUTCOMES
from lanner_operator.page import entrance
from lanner_operator.reconcile.figures import STATUSES, Figures
from lanner_operator.reports import task
from lanner_operator.sources import follower

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


@dataclass(frozen=True, slots=True)
class Sources:
    """`requests` by method and HTTP status."""

    figures: Figures
    requests: Mapping[tuple[str, str], int]


def _build(_: object) -> list[Sample]:
    engine = ".".join(map(str, ENGINE))
    return [(("operator", metadata.version("lanner"), engine), 1)]


def _objects(given: Sources) -> list[Sample]:
    """A row for every state, at 0 too."""
    kinds = (CLUSTER_RULE, NAMESPACED_RULE)
    rows = dict.fromkeys(itertools.product(kinds, ("True", "False"), STATUSES), 0)
    return list({**rows, **given.figures.objects}.items())


def _waiting_s(given: Sources) -> list[Sample]:
    since = given.figures.unprogrammed_since
    return one(max(0.0, time.time() - since) if since else 0)


def _bundle(given: Sources) -> list[Sample]:
    index = given.figures.index
    return [] if index is None else [((index.name, index.bundleSha256), 1)]


FAMILIES: Final[tuple[Family[Sources], ...]] = (
    Family(
        "lanner_build_info",
        "gauge",
        "1; the program, its version and its engine's.",
        ("component", "version", "engine"),
        _build,
    ),
    Family(
        "lanner_operator_leads",
        "gauge",
        "1 of the operator that holds the Lease and writes; 0 of one that stands by.",
        (),
        lambda given: one(int(given.figures.leads)),
    ),
    Family(
        "lanner_operator_rounds_total",
        "counter",
        "Times in which all was looked at, by outcome; `waiting`: not everything was listed yet.",
        ("outcome",),
        lambda given: [((outcome,), number) for outcome, number in given.figures.rounds.items()],
    ),
    Family(
        "lanner_operator_round_seconds",
        "histogram",
        "How long these took.",
        (),
        lambda given: [((), given.figures.round_s)],
    ),
    Family(
        "lanner_operator_last_done_timestamp_seconds",
        "gauge",
        "When the last round ended that did everything, in seconds since the epoch; 0 before the first.",
        (),
        lambda given: one(given.figures.done_at),
    ),
    Family(
        "lanner_operator_judging_seconds",
        "histogram",
        "How long judging rules took in a round.",
        (),
        lambda given: [((), given.figures.judging_s)],
    ),
    Family(
        "lanner_operator_rule_objects",
        "gauge",
        "FalcoRules and ClusterFalcoRules, by the status of their conditions Accepted and Programmed.",
        ("kind", "accepted", "programmed"),
        _objects,
    ),
    Family(
        "lanner_operator_unprogrammed_seconds",
        "gauge",
        "For how long the accepted rule object that waits longest is not Programmed; 0 when all are.",
        (),
        _waiting_s,
    ),
    Family(
        "lanner_operator_nodes",
        "gauge",
        "Nodes that should have an agent (`desired`), and what agents are: with the newest bundle `loaded`, "
        "`failed` to load it, `pending`, or `silent`.",
        ("state",),
        lambda given: [((state,), number) for state, number in given.figures.nodes.items()],
    ),
    Family(
        "lanner_operator_bundles_published_total",
        "counter",
        "Bundles that were written.",
        (),
        lambda given: one(given.figures.published),
    ),
    Family(
        "lanner_operator_admission_reviews_total",
        "counter",
        "Rule objects that the webhook was asked about before they were stored, by outcome; `unjudged`: "
        "stored without an answer, since judging took too long or others were before them.",
        ("outcome",),
        lambda given: [((outcome,), given.figures.admissions[outcome]) for outcome in OUTCOMES],
    ),
    Family(
        "lanner_operator_exec_notices_total",
        "counter",
        "Sessions in pods (kubectl exec, attach, debug) that the webhook was asked about, by outcome; "
        "`told`: the node's agent knows who it is; `no_key`: no agent there asks for it; `crowded`: an older "
        "one had to go; `busy`, `late`, `failed`: not told.",
        ("outcome",),
        lambda given: [((outcome,), given.figures.entered[outcome]) for outcome in sessions.OUTCOMES],
    ),
    Family(
        "lanner_operator_source_looks_total",
        "counter",
        "Times in which a source of rules was looked at, by outcome; `refused`: unsigned, older, too large "
        "or not allowed; `away`: no answer, or nothing there.",
        ("outcome",),
        lambda given: [((outcome,), given.figures.sources[outcome]) for outcome in follower.OUTCOMES],
    ),
    Family(
        "lanner_operator_page_tickets_total",
        "counter",
        "Who asked to be let in to the page, by outcome; `refused`, `used`: with a token that is not good, "
        "or not any more; `unknown`: the API server could not be asked.",
        ("outcome",),
        lambda given: [((outcome,), given.figures.entrances[outcome]) for outcome in entrance.OUTCOMES],
    ),
    Family(
        "lanner_operator_report_writes_total",
        "counter",
        "Reports that were written or deleted, by outcome; `foreign`: another program made one of that name; "
        "`ended`: its namespace is gone.",
        ("outcome",),
        lambda given: [((outcome,), given.figures.reports[outcome]) for outcome in task.OUTCOMES],
    ),
    Family(
        "lanner_operator_reports",
        "gauge",
        "Reports and ClusterReports that the operator keeps.",
        ("kind",),
        lambda given: [((kind,), given.figures.reports_there.get(kind, 0)) for kind in task.KINDS],
    ),
    Family(
        "lanner_operator_report_left_out_alerts",
        "gauge",
        "Alerts that are in no row of a Report, by why; `rules`, `namespaces`: there are too many of them; "
        "`nodes`: a node told of too many; `foreign`: another program made the Report.",
        ("reason",),
        lambda given: [((why,), given.figures.reports_left_out.get(why, 0)) for why in task.LEFT_OUT],
    ),
    Family(
        "lanner_operator_report_wrong_rows",
        "gauge",
        "Rows of FalcoNodes that no agent writes: they are in no Report; the log names the node.",
        (),
        lambda given: one(given.figures.reports_wrong),
    ),
    Family(
        "lanner_operator_bundle_info",
        "gauge",
        "1; the bundle in force.",
        ("bundle", "sha256"),
        _bundle,
    ),
    Family(
        "lanner_api_requests_total",
        "counter",
        "Requests to the API server, by method and HTTP status; `unreachable` where no answer came.",
        ("method", "code"),
        lambda given: list(dict(given.requests).items()),
    ),
)


def registry(sources: Sources) -> CollectorRegistry:
    """Imported when it is served: an operator without the page needs none of it."""
    from lanner_apiserver.metrics.page import Page  # noqa: PLC0415

    return Page(FAMILIES, sources).registry()

# SPDX-License-Identifier: Apache-2.0
"""FalcoNode: what one node's agent says of itself. Written by that agent only, read by the operator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lanner_engine.resources.shape import ATOMIC, WHOLE, Name, Shape, checks
from lanner_engine.resources.status import UNIQUE_CONDITIONS, Brief, Condition, Count, DryRunRow, Short, Time

DRY_RUN_OBJECTS = 32
DRY_RUN_PLACES = 32  # of all objects together
DRY_RUN_TEXT = 128  # bytes of a text that are kept; of a path those at its end
REPORT_ROWS = 48
REPORT_BYTES = 24 << 10  # of all rows of a node
REPORT_SUBJECTS = 4  # of one row
REPORT_TEXT = 128  # characters of a name that are kept
REPORT_DAYS = 7  # without an alert, after which a rule is told of no more
REPORT_LATEST = 253_402_300_799  # the last second that RFC 3339 can write


class FalcoNodeSpec(Shape):
    """Which node this is about."""

    model_config = checks(("self.nodeName == oldSelf.nodeName", "nodeName stays as it is"))

    nodeName: Name = Field(description="The node's name, which is also the name of this object.")


class LoadedBundle(Shape):
    """The bundle of rules that is in force."""

    name: Short = Field(description="What people call it: r000123-9f2c41d0.")
    revision: Count = Field(description="Its number; a later bundle has a higher one.")
    sha256: Annotated[str, Field(max_length=64, pattern="^[0-9a-f]{64}$")] = Field(
        description="The hash of its objects."
    )
    loadedAt: Time = Field(description="When it came into force on this node.")


class NodeFailure(Shape):
    """Something the agent could not do with the rules of one object."""

    rule: Short = Field(description="The object: ClusterFalcoRule/name or FalcoRule/namespace/name.")
    reason: Short = Field(description="Why, in one word.")
    message: Short = Field(description="Why, in words.")


class AgentVersions(Shape):
    """What runs on the node."""

    version: Short = Field(description="Lanner's version.")
    engine: Short = Field(description="The version of the rule language it speaks.")
    kernel: Short = Field(description="The node's kernel.")


class AlertCounts(Shape):
    """What became of alerts on this node, by whose rules they are of."""

    rules: Literal["Cluster", "Namespace", "Others"] = Field(
        description="The cluster's rules in a namespace, the namespace's own, or all others together."
    )
    namespace: Short = Field(description="The namespace; empty for the node itself, and for all others.")
    published: Count = Field(description="Events that were made.")
    suppressed: Count = Field(description="Alerts without one, because of limits.")
    dropped: Count = Field(description="Alerts without one, because something was in the way.")
    waiting: Count = Field(description="What waited for the API server when this was written.")
    oldestSeconds: Count = Field(description="How long the first of these had waited.")


class RuleHits(Shape):
    """How often a rule made an alert on this node."""

    object: Short = Field(description="ClusterFalcoRule/name or FalcoRule/namespace/name; empty for others.")
    rule: Short = Field(description="The rule's name; empty for all others together.")
    alerts: Count = Field(description="Alerts since the agent started, or the rule was loaded.")
    lastHour: Count = Field(description="Of these, those of the hour before this was written.")
    lastTime: Time = Field(description="When the last one happened.")


class ReportSubject(Shape):
    """A workload that alerts were about."""

    kind: Brief = Field(description="Deployment, StatefulSet, DaemonSet, CronJob, Job, Pod and the like.")
    name: Brief = Field(description="Its name.")
    lastTime: Time = Field(description="When the last alert about it happened.")


class ReportRow(Shape):
    """Alerts of one rule about one namespace, or about the node itself."""

    namespace: Brief = Field(description="The namespace; empty for the node itself, and for all others.")
    object: Short = Field(description="ClusterFalcoRule/name or FalcoRule/namespace/name; empty for others.")
    rule: Brief = Field(description="The rule's name; empty for all others together.")
    priority: Brief = Field(description="The highest that it had.")
    tactic: Brief = Field(description="Of its first tag of ATT&CK: credential_access; empty without one.")
    alerts: Count = Field(description="Alerts since firstTime, whether or not the agent was started anew.")
    firstTime: Time = Field(description="When the first one happened.")
    lastTime: Time = Field(description="When the last one happened.")
    subjects: tuple[ReportSubject, ...] = Field(
        default=(),
        max_length=REPORT_SUBJECTS,
        description="The workloads of the last ones.",
        json_schema_extra=ATOMIC,
    )
    more: bool = Field(default=False, description="Whether there were other workloads.")


class DryRunCounts(Shape):
    """What the rules of one object with mode DryRun matched since its version came into force here."""

    rule: Short = Field(description="The object: ClusterFalcoRule/name or FalcoRule/namespace/name.")
    uid: Annotated[str, Field(max_length=64)] = Field(description="The object's uid.")
    generation: Count = Field(description="The object's metadata.generation.")
    matches: Count = Field(description="All matches, since the agent started at the earliest.")
    top: tuple[DryRunRow, ...] = Field(
        default=(),
        max_length=DRY_RUN_PLACES,
        description="The most frequent of them.",
        json_schema_extra=ATOMIC,
    )


class FalcoNodeStatus(Shape):
    """The state of the node's agent."""

    model_config = WHOLE

    bundle: LoadedBundle | None = Field(default=None, description="The rules in force.")
    conditions: tuple[Condition, ...] = Field(
        default=(),
        max_length=16,
        description="Ready, RulesLoaded, ProbesLoaded, MetadataHealthy, EventsPublished.",
        json_schema_extra=UNIQUE_CONDITIONS,
    )
    failures: tuple[NodeFailure, ...] = Field(
        default=(),
        max_length=64,
        description="What the agent could not do with rules; the first 64.",
        json_schema_extra=ATOMIC,
    )
    skipped: tuple[Short, ...] = Field(
        default=(),
        max_length=1000,
        description="Objects whose rules are not in force here: their nodeSelector selects other nodes.",
        json_schema_extra=ATOMIC,
    )
    agent: AgentVersions | None = Field(default=None, description="What runs on the node.")
    counters: dict[Annotated[str, Field(max_length=128)], Count] = Field(
        default={},
        max_length=192,
        description="What the agent counted since it started, drops and suppressions among it.",
    )
    alerts: tuple[AlertCounts, ...] = Field(
        default=(),
        max_length=16,
        description="Whose alerts became Events and whose did not, loudest first; written with counters.",
        json_schema_extra=ATOMIC,
    )
    hits: tuple[RuleHits, ...] = Field(
        default=(),
        max_length=64,
        description="The rules that made alerts, the latest first; written with counters.",
        json_schema_extra=ATOMIC,
    )
    reports: tuple[ReportRow, ...] = Field(
        default=(),
        max_length=REPORT_ROWS + 1,
        description="Alerts by namespace and rule, written with counters where the operator makes Reports "
        "of them.",
        json_schema_extra=ATOMIC,
    )
    dryRun: tuple[DryRunCounts, ...] = Field(
        default=(),
        max_length=DRY_RUN_OBJECTS,
        description="What objects with mode DryRun matched; the first matches are written within seconds, "
        "later ones with counters.",
        json_schema_extra=ATOMIC,
    )

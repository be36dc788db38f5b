# SPDX-License-Identifier: Apache-2.0
"""The agent's metrics, each once: name, type, help, labels, and where its value comes from.

Events are those of the kernel; what the API server calls Events are `kubernetes_events` here.
"""

from __future__ import annotations

from typing import Final

from lanner_agent.report.metrics import readings as read
from lanner_agent.report.metrics.sources import Sources
from lanner_apiserver.metrics.family import Family

_TYPE: Final = ("event_type",)
_LOSS: Final = ("event_type", "reason")

FAMILIES: Final[tuple[Family[Sources], ...]] = (
    Family(
        "lanner_build_info",
        "gauge",
        "1; the program, its version, its engine's, the kernel's.",
        ("component", "version", "engine", "kernel"),
        read.build,
    ),
    Family(
        "lanner_events_seen_total",
        "counter",
        "Events in the kernel of the types that rules name, by type.",
        _TYPE,
        read.seen,
    ),
    Family(
        "lanner_events_held_back_total",
        "counter",
        "Of these, those on which no rule can be true: the kernel's index held them back.",
        _TYPE,
        read.held_back,
    ),
    Family(
        "lanner_events_recorded_total",
        "counter",
        "Of these, those that were written into a ring.",
        _TYPE,
        read.recorded,
    ),
    Family(
        "lanner_events_lost_total",
        "counter",
        "Events that were lost, by type and reason: no rule was asked about them.",
        _LOSS,
        read.lost,
    ),
    Family(
        "lanner_events_incomplete_total",
        "counter",
        "Events of which less is known, by type and reason.",
        _LOSS,
        read.incomplete,
    ),
    Family(
        "lanner_events_evaluated_total",
        "counter",
        "Events that were read from the rings, decoded and shown to the rules, by type.",
        _TYPE,
        read.evaluated,
    ),
    Family(
        "lanner_dry_run_matches_total",
        "counter",
        "What rules of objects with mode DryRun matched, which makes no alert, by object. It begins anew "
        "with each version of an object.",
        ("object",),
        read.dry_run,
    ),
    Family(
        "lanner_events_given_up_total",
        "counter",
        "Events on which an error ended the work; the log says where. Please report it.",
        (),
        read.given_up,
    ),
    Family(
        "lanner_events_outlived_total",
        "counter",
        "Events of rules that were gone, shown to all rules in force.",
        (),
        read.outlived,
    ),
    Family(
        "lanner_event_evaluation_seconds",
        "histogram",
        "Time to decode an event and to ask its rules; each value is the mean of one batch.",
        (),
        read.evaluation,
    ),
    Family(
        "lanner_evaluation_seconds_total",
        "counter",
        "Time in which the one thread decoded events and asked rules: its rate is how busy it is, 1 is all.",
        (),
        read.busy_s,
    ),
    Family(
        "lanner_ring_waiting_bytes",
        "gauge",
        "Bytes of records that wait in the kernel's rings.",
        (),
        read.waiting_bytes,
    ),
    Family("lanner_ring_size_bytes", "gauge", "Bytes that the rings hold.", (), read.ring_bytes),
    Family(
        "lanner_program_run_seconds_total",
        "counter",
        "Time in a kernel program; only while sysctl kernel.bpf_stats_enabled is 1.",
        ("program",),
        read.run_seconds,
    ),
    Family(
        "lanner_program_runs_total",
        "counter",
        "How often a kernel program ran; under the same condition.",
        ("program",),
        read.runs,
    ),
    Family(
        "lanner_alerts_total",
        "counter",
        "Alerts handed to the outputs; `rule_namespace` wrote the rule, empty for the cluster's. "
        "Beyond 1,000 rules of the cluster, 1,000 of all namespaces, 100 of one, the rule is `other`.",
        ("rule", "rule_namespace", "priority", "tactic"),
        read.alerts,
    ),
    Family(
        "lanner_alerts_together_total",
        "counter",
        "Of these, alerts that were told in another one of the same rule and process (throttle.process).",
        ("rule", "rule_namespace", "priority", "tactic"),
        read.together,
    ),
    Family(
        "lanner_alert_delay_seconds",
        "histogram",
        "From an event to the moment at which its alert was handed to the outputs.",
        (),
        read.delay,
    ),
    Family(
        "lanner_output_alerts_total",
        "counter",
        "What became of alerts at an output, in its own words.",
        ("output", "what"),
        read.output_counts,
    ),
    Family(
        "lanner_output_lost_total",
        "counter",
        "Alerts that an output did not deliver, by reason; each output has a row without one, at 0.",
        ("output", "reason"),
        read.output_lost,
    ),
    Family(
        "lanner_output_state",
        "gauge",
        "What an output holds now: lengths of queues, and how long the oldest waits.",
        ("output", "what"),
        read.output_now,
    ),
    Family(
        "lanner_kubernetes_events_suppressed_total",
        "counter",
        "Alerts that became no Event of the cluster, by cause; other outputs have them.",
        ("cause",),
        read.suppressed_events,
    ),
    Family(
        "lanner_metadata_waiting",
        "gauge",
        "Events and alerts that wait for the names of their container.",
        (),
        read.parked,
    ),
    Family(
        "lanner_metadata_waits_total",
        "counter",
        "Events and alerts that met a container whose names were not known yet, by what was done.",
        ("outcome",),
        read.waits,
    ),
    Family(
        "lanner_alerts_unnamed_total",
        "counter",
        "Events with alerts that went out without the names of their container, by reason.",
        ("reason",),
        read.unnamed,
    ),
    Family(
        "lanner_events_unselected_total",
        "counter",
        "Events of unknown pods, which rules for certain pods were not asked about.",
        (),
        read.unselected,
    ),
    Family("lanner_containers", "gauge", "Containers that are known.", (), read.containers),
    Family(
        "lanner_container_lookups_total",
        "counter",
        "Questions to the container runtime, by outcome.",
        ("outcome",),
        read.lookups,
    ),
    Family("lanner_rules", "gauge", "Rules in force.", (), read.rules),
    Family(
        "lanner_rule_changes_total",
        "counter",
        "New rules, from files or a bundle, by outcome.",
        ("outcome",),
        read.reloads,
    ),
    Family(
        "lanner_recording_records_total",
        "counter",
        "Records that a recording was given, written into its file. Only of `--record`.",
        (),
        read.recorded_records,
    ),
    Family(
        "lanner_recording_bytes_total",
        "counter",
        "Bytes of these in the file, compressed.",
        (),
        read.recorded_bytes,
    ),
    Family(
        "lanner_recording_lost_total",
        "counter",
        "What a recording lacks, by reason: records, or answers about containers, users and processes.",
        ("reason",),
        read.recording_lost,
    ),
    Family(
        "lanner_recording_captures_total",
        "counter",
        "Alerts of which a capture was wanted, by what became of it. Only of `--record-on`.",
        ("outcome",),
        read.captures,
    ),
    Family(
        "lanner_recording_queue_bytes",
        "gauge",
        "Bytes of records that wait for the recording's writer.",
        (),
        read.recording_queue,
    ),
    Family(
        "lanner_bundle_info",
        "gauge",
        "1; the bundle in force. Only in a cluster.",
        ("bundle", "sha256"),
        read.bundle,
    ),
    Family(
        "lanner_rule_propagation_seconds",
        "histogram",
        "From the operator's writing of a bundle to its being in force here. Only in a cluster.",
        (),
        read.propagation,
    ),
    Family(
        "lanner_condition",
        "gauge",
        "Whether a condition of this node's FalcoNode is True. Only in a cluster.",
        ("type",),
        read.conditions,
    ),
    Family(
        "lanner_watch_gaps_total",
        "counter",
        "Times in which this node was not watched. Only in a cluster.",
        (),
        read.gaps,
    ),
    Family(
        "lanner_watch_gap_seconds_total",
        "counter",
        "How long these were. Only in a cluster.",
        (),
        read.gap_seconds,
    ),
    Family(
        "lanner_api_requests_total",
        "counter",
        "Requests to the API server, by method and HTTP status. Only in a cluster.",
        ("method", "code"),
        read.requests,
    ),
)

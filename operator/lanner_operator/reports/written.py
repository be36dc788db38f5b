# SPDX-License-Identifier: Apache-2.0
"""A place of the ledger -> its Report, and back. Pure.

The fields are those of openreports.io/v1alpha1 (openreports/reports-api). However much there is, a Report has
as many rows as its place has room for, in LARGEST bytes; what has no row is a last one with the result
`skip`, which says how many alerts that are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lanner_engine.program.rule import Priority, parse_priority
from lanner_operator.installation import INSTANCE_LABEL, Installation
from lanner_operator.reports.ledger import NODE, ROWS_OF_CLUSTER, SUBJECTS, Entry, Ledger, Place, Stored
from lanner_operator.status import words
from lanner_operator.status.reported import Key, Subject, number, seconds, written_time

API_VERSION: Final = "openreports.io/v1alpha1"
SOURCE: Final = "lanner"
MANAGED: Final = "app.kubernetes.io/managed-by"
LARGEST: Final = 48 << 10  # bytes of all rows
FILES: Final = "rules files"  # of rules without an object
OTHERS: Final = "others"
_TEXT: Final = 256

_SEVERITIES: Final = {
    Priority.EMERGENCY: "critical",
    Priority.ALERT: "critical",
    Priority.CRITICAL: "critical",
    Priority.ERROR: "high",
    Priority.WARNING: "medium",
    Priority.NOTICE: "low",
    Priority.INFORMATIONAL: "info",
    Priority.DEBUG: "info",
}
_GROUPS: Final = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), "apps/v1"),
    **dict.fromkeys(("CronJob", "Job"), "batch/v1"),
    **dict.fromkeys(("Pod", "ReplicationController", NODE), "v1"),
}
Json = dict[str, Any]
Left = tuple[Entry, int]  # and how much of it nodes told of


def report(
    installation: Installation, ledger: Ledger, namespace: str, owner: Mapping[str, Any] | None
) -> Json:
    """To be applied. `owner`: an ownerReference."""
    place = ledger.places[namespace]
    rows, left = _fitting(place, ledger, namespace)
    others = _others(ledger, namespace, place, left)
    meta: Json = {"name": installation.name, "labels": labels(installation)}
    meta |= {"namespace": namespace} if namespace else {}
    meta |= {"ownerReferences": [dict(owner)]} if owner else {}
    every = [*rows, *others]
    made: Json = {"apiVersion": API_VERSION, "kind": "Report" if namespace else "ClusterReport"}
    made |= {"metadata": meta, "source": SOURCE}
    if namespace:
        made["scope"] = {"apiVersion": "v1", "kind": "Namespace", "name": namespace}
    numbers = {one: sum(row["result"] == one for row in every) for one in ("fail", "warn", "skip")}
    return {**made, "summary": {"pass": 0, "error": 0, **numbers}, "results": every}


def labels(installation: Installation) -> dict[str, str]:
    """By which ours are known."""
    return {MANAGED: SOURCE, "app.kubernetes.io/name": SOURCE, INSTANCE_LABEL: installation.name}


def is_ours(found: Mapping[str, Any]) -> bool:
    """Not one that another program made under this name."""
    label = (found["metadata"].get("labels") or {}).get(MANAGED)
    return label == SOURCE or found.get("source") == SOURCE


def stored(found: Mapping[str, Any]) -> Stored:
    """What people changed in it and has not the expected shape counts as not there."""
    listed = found.get("results")
    rows = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    entries: dict[Key, tuple[Entry, int]] = {}
    others = others_last = 0
    others_told: int | None = None
    for one in rows[: ROWS_OF_CLUSTER + 1]:
        try:
            if one.get("policy") == OTHERS:
                others_told = _number(one, "countOfNodes")
                others, others_last = _number(one, "count"), seconds(one["properties"]["last"])
            else:
                entries[_key(one)] = _read(one), _number(one, "countOfNodes")
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    namespace = str(found["metadata"].get("namespace") or "")
    return Stored(namespace, entries, others, others_last, others_told)


def _fitting(place: Place, ledger: Ledger, namespace: str) -> tuple[list[Json], list[Left]]:
    """The most severe first, then the last; and those for which there is no room."""
    found = [(key, one) for key, one in place.entries.items() if one.count]
    found.sort(key=lambda one: (one[1].priority, -one[1].last, one[0]))
    rows: list[Json] = []
    size = 0
    for at, (key, entry) in enumerate(found):
        row = _row(key, entry, ledger.told[namespace, key], namespace)
        size += len(json.dumps(row))
        if size > LARGEST:
            return rows, [(one, ledger.told[namespace, key]) for key, one in found[at:]]
        rows.append(row)
    return rows, []


def _row(key: Key, one: Entry, told: int, namespace: str) -> Json:
    priority = one.priority.label
    first, last = written_time(one.first), written_time(one.last)
    when = f"at {last}" if first == last else f"from {first} to {last}"
    row: Json = {
        "policy": key.object or FILES,
        "rule": key.rule,
        "result": "fail" if one.priority <= Priority.WARNING else "warn",
        "severity": _SEVERITIES[one.priority],
        "scored": False,
        "timestamp": {"seconds": one.last, "nanos": 0},
        "message": f"{one.count:,} alert{'' if one.count == 1 else 's'} of priority {priority}, {when}",
        "properties": {
            "count": str(one.count),
            "countOfNodes": str(told),
            "first": first,
            "last": last,
            "priority": priority,
        },
        "resources": [_reference(subject, namespace) for subject in one.subjects],
    }
    if one.tactic:
        row["category"] = one.tactic
    if one.more:
        row["properties"]["moreResources"] = "true"
    return row


def _reference(subject: Subject, namespace: str) -> Json:
    made: Json = {"kind": subject.kind, "name": subject.name}
    made |= {"namespace": namespace} if namespace else {}
    group = _GROUPS.get(subject.kind)
    return made | ({"apiVersion": group} if group else {})


def _others(ledger: Ledger, namespace: str, place: Place, left: list[Left]) -> Iterator[Json]:
    """What has no row, if there is such. A new operator goes on with all of it."""
    reasons = {"rules": place.others + sum(one.count for one, _ in left)}
    if not namespace:
        reasons |= {"namespaces": ledger.unplaced, "nodes": ledger.left_out["nodes"]}
    last = max([place.others_last, *(one.last for one, _ in left)], default=0)
    said = [
        (reasons["rules"], "for which there is no room beside the rules above"),
        (reasons.get("namespaces", 0), "in namespaces without a Report, which are too many"),
        (reasons.get("nodes", 0), "that nodes had no room to tell apart"),
    ]
    lines = [f"{count:,} alerts {why}" for count, why in said if count]
    if lines:
        counts = {key: str(count) for key, count in reasons.items() if count and key != "rules"}
        properties = {"count": str(reasons["rules"]), "last": written_time(last), **counts}
        told = ledger.others_told[namespace] + sum(one for _, one in left)
        properties["countOfNodes"] = str(told)
        yield {
            "policy": OTHERS,
            "result": "skip",
            "scored": False,
            "message": "; ".join(lines),
            "properties": properties,
        }


def _key(one: Mapping[str, Any]) -> Key:
    policy, rule = words.line(str(one["policy"]), _TEXT * 2), words.line(str(one["rule"]), _TEXT)
    return Key("" if policy == FILES else policy, rule)


def _read(one: Mapping[str, Any]) -> Entry:
    said = one["properties"]
    found = one.get("resources")
    last = seconds(said["last"])
    subjects = [_subject(each) for each in found[:SUBJECTS]] if isinstance(found, list) else []
    return Entry(
        count=_number(one, "count"),
        first=seconds(said["first"]),
        last=last,
        priority=parse_priority(str(said["priority"])),
        tactic=words.line(str(one.get("category") or ""), _TEXT),
        subjects=dict.fromkeys(subjects, last),
        more=said.get("moreResources") == "true",
    )


def _subject(one: Mapping[str, Any]) -> Subject:
    return Subject(words.line(str(one["kind"]), _TEXT), words.line(str(one["name"]), _TEXT))


def _number(one: Mapping[str, Any], key: str) -> int:
    return number(int(one["properties"][key]))

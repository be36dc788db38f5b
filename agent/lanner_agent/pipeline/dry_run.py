# SPDX-License-Identifier: Apache-2.0
"""What rules of objects with mode DryRun match: counted by rule, namespace, workload and executable.

Bounded, since an attacker chooses executables and tenants choose rules: of each object the first combinations
are told apart, and of each namespace some objects; all others are counted together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from lanner_engine.fields.model import Container, Event
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.falco_node import DRY_RUN_TEXT
from lanner_engine.resources.rule_object import RuleObject

OBJECTS: Final = 256
OBJECTS_OF_ONE: Final = 16  # of one namespace
COMBINATIONS: Final = 32  # of one object
LONGEST: Final = DRY_RUN_TEXT

_TEMPLATE: Final = b"pod-template-hash"
_JOBS: Final = (b"batch.kubernetes.io/job-name", b"job-name")
_REVISION: Final = b"controller-revision-hash"
_SCHEDULE_DIGITS: Final = 8  # the least that a CronJob puts behind its name


class Match(NamedTuple):
    """Where a rule matched. `namespace` and `workload` are empty for the node itself."""

    rule: str
    namespace: bytes
    workload: bytes
    executable: bytes


@dataclass(slots=True)
class Tried:
    """One version of one object: all its matches, and those of the combinations that are told apart."""

    object: RuleObject
    matches: int = 0
    combinations: Counter[Match] = field(default_factory=Counter)

    def add(self, match: Match) -> None:
        self.matches += 1
        if match in self.combinations or len(self.combinations) < COMBINATIONS:
            self.combinations[match] += 1


class DryRuns:
    """The hot thread counts; any thread may read. `matches` are all since the start, `untold` those of
    objects that are not known by name.
    """

    def __init__(self) -> None:
        self.matches = 0
        self.untold = 0
        self._objects: dict[str, Tried] = {}

    def expect(self, rules: Iterable[CheckedRule]) -> None:
        """These are in force now: a version that stayed goes on, another begins at 0."""
        before, kept = self._objects, dict[str, Tried]()
        numbers: Counter[str] = Counter()
        for owner in dict.fromkeys(rule.owner for rule in rules if rule.dry_run):
            if owner is None or len(kept) >= OBJECTS:
                continue
            if owner.namespace and numbers[owner.namespace] >= OBJECTS_OF_ONE:
                continue
            numbers[owner.namespace] += 1
            known = before.get(owner.key)
            kept[owner.key] = known if known is not None and known.object == owner else Tried(owner)
        self._objects = kept

    def add(self, rule: CheckedRule, event: Event) -> None:
        """One more match."""
        self.matches += 1
        tried = self._objects.get(rule.owner_key)
        if tried is None or tried.object != rule.owner:  # beyond the bounds, or of rules that are gone
            self.untold += 1
            return
        container = event.container
        executable = event.process.exepath[-LONGEST:]
        tried.add(Match(rule.name, container.pod_namespace or b"", workload(container), executable))

    def objects(self) -> tuple[Tried, ...]:
        """Those in force."""
        return tuple(self._objects.values())


def workload(container: Container) -> bytes:
    """What made the pod, by its name and labels as the controllers of Kubernetes choose them: the name of a
    Deployment, StatefulSet, DaemonSet, CronJob or Job, else the pod's own; the container's without a pod.
    """
    pod, labels = container.pod_name, container.pod_labels
    if pod is None:
        return container.name or b""
    template = labels.get(_TEMPLATE)
    if template and b"-" + template + b"-" in pod:
        return pod.rpartition(b"-" + template + b"-")[0]
    job = next((labels[key] for key in _JOBS if key in labels), b"")
    if job and pod.startswith(job):
        name, _, time = job.rpartition(b"-")
        return name if name and time.isdigit() and len(time) >= _SCHEDULE_DIGITS else job
    return pod.rpartition(b"-")[0] or pod if _REVISION in labels else pod

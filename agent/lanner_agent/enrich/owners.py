# SPDX-License-Identifier: Apache-2.0
"""A pod's metadata -> the workload that it is of: the ReplicaSet's Deployment, the Job's CronJob, else its
controller itself. Pure.

A ReplicaSet or Job that has an owner of its own does not say so in the pod, and reading it would be a right
to read all of them. Its name says it: a Deployment names its ReplicaSet after itself and the hash in the
pod's label, a CronJob its Job after itself and the minute that was due (kubernetes/pkg/controller). Who may
create pods may write any owner into them: what is said here holds inside the pod's namespace at most.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from lanner_engine.fields.model import Owners

MAX_REFERENCES: Final = 64
TEMPLATE_HASH: Final = "pod-template-hash"
CONFIG_SOURCE: Final = "kubernetes.io/config.source"  # api, or where the kubelet has a static pod from
_STATIC: Final = ("file", "http")
_KIND: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}", re.ASCII)
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)
_DUE: Final = re.compile(r"(?P<cronjob>.+)-(?P<minutes>\d{8,10})", re.ASCII)
_UID: Final = re.compile(r"[!-~]{1,64}", re.ASCII)
_EARLY_S: Final = 3600  # clocks of a control plane and of a node
_LATE_S: Final = 30 * 86400  # a Job that is tried again makes pods long after it was due
_APPS, _BATCH, _CORE = "apps/", "batch/", "v1"


def owners(item: Any) -> Owners:
    """Of a v1 Pod as the kubelet has it; empty where nothing owns it."""
    meta = item.get("metadata") if isinstance(item, dict) else None
    if not isinstance(meta, dict):
        return Owners()
    reference = _controller(meta.get("ownerReferences"))
    if reference is None:
        return _static(item, meta)
    group, kind, name, uid = reference
    found = Owners(kind.encode(), name.encode())
    if kind == "ReplicaSet" and group.startswith(_APPS):
        return _of_replica_set(name, uid, meta.get("labels"))
    if kind == "ReplicationController" and group == _CORE:
        return Owners(found.workload_kind, found.workload_name, rc_name=name.encode(), rc_uid=uid)
    if kind == "Job" and group.startswith(_BATCH) and (cronjob := _cronjob(name, meta)):
        return Owners(b"CronJob", cronjob.encode())
    return found


def _controller(references: Any) -> tuple[str, str, str, bytes | None] | None:
    """API version, kind, name and uid of the one that manages the pod."""
    listed = references[:MAX_REFERENCES] if isinstance(references, list) else []
    for one in listed:
        if isinstance(one, dict) and one.get("controller") is True:
            group, kind, name, uid = (one.get(key) for key in ("apiVersion", "kind", "name", "uid"))
            if isinstance(group, str) and _fits(_KIND, kind) and _fits(_NAME, name):
                return group, str(kind), str(name), str(uid).encode() if _fits(_UID, uid) else None
    return None


def _of_replica_set(name: str, uid: bytes | None, labels: Any) -> Owners:
    """Another controller's ReplicaSet has no such hash: it stays what owns the pod."""
    written = labels.get(TEMPLATE_HASH) if isinstance(labels, dict) else None
    deployment = name.removesuffix(f"-{written}") if isinstance(written, str) and written else name
    known = {"replicaset_name": name.encode(), "replicaset_uid": uid}
    if deployment in ("", name):
        return Owners(b"ReplicaSet", name.encode(), **known)
    return Owners(b"Deployment", deployment.encode(), deployment_name=deployment.encode(), **known)


def _cronjob(job: str, meta: dict[str, Any]) -> str:
    """Empty for a Job whose name ends in a number that is not when it was due: a date, for example."""
    due = _DUE.fullmatch(job)
    try:
        made = datetime.fromisoformat(str(meta.get("creationTimestamp"))).timestamp()
    except (ValueError, OverflowError, OSError):
        return ""
    late = made - int(due["minutes"]) * 60 if due else None
    return due["cronjob"] if due and late is not None and -_EARLY_S <= late <= _LATE_S else ""


def _static(item: Any, meta: dict[str, Any]) -> Owners:
    """The kubelet has a static pod from a file of its node; the mirror in the API names the Node as owner."""
    annotations, spec = meta.get("annotations"), item.get("spec")
    source = annotations.get(CONFIG_SOURCE) if isinstance(annotations, dict) else None
    node = spec.get("nodeName") if isinstance(spec, dict) else None
    return Owners(b"Node", str(node).encode()) if source in _STATIC and _fits(_NAME, node) else Owners()


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None

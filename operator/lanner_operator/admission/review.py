# SPDX-License-Identifier: Apache-2.0
"""AdmissionReview (admission.k8s.io/v1): JSON in, the rule object that is asked about out; an answer in, JSON
out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE, RuleObject
from lanner_engine.source import LannerError
from lanner_operator.reconcile import rule_objects

API_VERSION: Final = "admission.k8s.io/v1"
UNPROCESSABLE: Final = 422


class ReviewError(LannerError):
    """What was sent is no AdmissionReview about a rule object."""


@dataclass(frozen=True, slots=True)
class Review:
    """`uid` names the question."""

    uid: str
    object: RuleObject


@dataclass(frozen=True, slots=True)
class Answer:
    """`message` says why not, in several lines; each of `warnings` is one line."""

    allowed: bool
    message: str = ""
    warnings: tuple[str, ...] = ()


def read(body: bytes) -> Review:
    """Raises ReviewError."""
    try:
        request = json.loads(body)["request"]
        kind, written = request["kind"]["kind"], request["object"]
        if kind not in (CLUSTER_RULE, NAMESPACED_RULE):
            raise ReviewError(f"this webhook is about {CLUSTER_RULE} and {NAMESPACED_RULE}")
        return Review(str(request["uid"]), rule_objects.read(kind, _complete(written, request)).object)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ReviewError(f"this is no AdmissionReview: {type(error).__name__}") from None


def _complete(written: Mapping[str, Any], request: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object that is yet to be stored may lack a uid, and a name that the API server makes up."""
    meta = written["metadata"]
    known = {"uid": "", "name": meta.get("generateName", ""), "namespace": request.get("namespace", "")}
    return {**written, "metadata": {**known, **meta}}


def answered(uid: str, answer: Answer) -> dict[str, Any]:
    """The AdmissionReview that goes back."""
    response: dict[str, Any] = {"uid": uid, "allowed": answer.allowed}
    if not answer.allowed:
        response["status"] = {"code": UNPROCESSABLE, "reason": "Invalid", "message": answer.message}
    if answer.warnings:
        response["warnings"] = list(answer.warnings)
    return {"apiVersion": API_VERSION, "kind": "AdmissionReview", "response": response}

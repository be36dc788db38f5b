# SPDX-License-Identifier: Apache-2.0
"""A request that fails for hours is one line when it begins, one when it changes, one when it is over."""

from __future__ import annotations

from lanner_agent.apiserver.complaints import Complaint
from lanner_apiserver.errors import ApiError


def test_what_lasts_is_said_once_and_its_end_too() -> None:
    said: list[str] = []
    complaint = Complaint("cannot read the rules", "get on configmaps", said.append)
    complaint.hear(None)
    for _ in range(3):
        complaint.hear(ApiError(403, "Forbidden", "no"))
    complaint.hear(ApiError(404, "404", "404 page not found"))
    complaint.hear(None)
    complaint.hear(None)
    assert [line.removeprefix("cannot read the rules: ") for line in said] == [
        "no; the agent's role must allow: get on configmaps",
        "the cluster does not know the resource (get on configmaps); install Lanner's CRDs (crds/)",
        "that is over, it works again",
    ]

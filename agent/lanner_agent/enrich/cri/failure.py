# SPDX-License-Identifier: Apache-2.0
"""Why a container's metadata is missing: the reasons users see, each with what to do about it.

    CRIError(reason, detail)    one call or connection failed

The reason's value is the label of counters and of `metadata=unresolved:<why>`; `ADVICE` is for people.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from lanner_engine.source import LannerError


class Reason(StrEnum):
    """Why there is no answer, or none yet."""

    NO_SOCKET = "no_socket"
    PERMISSION_DENIED = "permission_denied"
    UNAVAILABLE = "unavailable"
    NOT_CRI = "not_cri"
    NOT_FOUND = "not_found"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    FAILED = "failed"
    BUSY = "busy"
    ROOTLESS = "rootless"


ADVICE: Final[dict[Reason, str]] = {
    Reason.NO_SOCKET: "no container runtime socket found; give it with --cri-socket, or mount it in the pod",
    Reason.PERMISSION_DENIED: "the runtime's socket may not be opened by this user; run as root",
    Reason.UNAVAILABLE: "no program answers on the runtime's socket; is the runtime running?",
    Reason.NOT_CRI: (
        "the socket does not speak runtime.v1; is it the runtime's own, and is its cri plugin enabled "
        '(disabled_plugins in /etc/containerd/config.toml names "cri" as Docker ships it)?'
    ),
    Reason.NOT_FOUND: (
        "the runtime's CRI does not know the container: started outside Kubernetes, or gone already"
    ),
    Reason.TIMEOUT: "the runtime did not answer in time",
    Reason.TOO_LARGE: "the runtime's answer is larger than the agent accepts",
    Reason.FAILED: "the runtime answered with an error",
    Reason.BUSY: "too many containers asked for at once",
    Reason.ROOTLESS: "a container of a user or of a service: no runtime of the node vouches for its id",
}


class CRIError(LannerError):
    """A call or a connection failed; `str()` is one line for people."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{ADVICE[reason]} ({detail})" if detail else ADVICE[reason])
        self.reason = reason
        self.detail = detail

# SPDX-License-Identifier: Apache-2.0
"""The parts by which alerts say who entered a pod; made only where that is wanted."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.enrich.exec_sessions import ExecSessions
from lanner_apiserver.client import Api
from lanner_engine.resources import exec_notice

if TYPE_CHECKING:
    from lanner_agent.enrich.exec_notices import ExecNotices

_FIRST_NAMESPACE: Final = "pid:[4026531836]"  # the kernel's own: PROC_PID_INIT_INO
_OWN: Final = Path("/proc/self/ns/pid")  # the node's: the agent's pod has hostPID


@dataclass(frozen=True, slots=True)
class Entered:
    """`annotations` are those of the agent's Lease."""

    sessions: ExecSessions
    notices: ExecNotices

    @property
    def annotations(self) -> Mapping[str, str]:
        return {exec_notice.KEY_ANNOTATION: self.notices.public}


def entered(api: Api, who: NodeIdentity, installation: str, say: Callable[[str], None]) -> Entered:
    """Cryptography is imported here: who does not want this does without its memory."""
    from lanner_agent.enrich.exec_notices import ExecNotices  # noqa: PLC0415

    sessions = ExecSessions(strict=os.readlink(_OWN) == _FIRST_NAMESPACE)
    name = exec_notice.object_name(installation, who.name)
    return Entered(sessions, ExecNotices(api, who.namespace, name, sessions, say))

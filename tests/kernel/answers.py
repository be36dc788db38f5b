# SPDX-License-Identifier: Apache-2.0
"""Answers to what events ask of the rest of the agent, each as a test wants it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from lanner_agent.decode.host_names import HostNames
from lanner_agent.decode.lookups import Relatives, Watcher
from lanner_agent.enrich.own_threads import OwnThreads
from lanner_engine.fields import model


def _user(container: bytes | None, pid: int, uid: int, loginuid: int) -> model.User:
    return model.User(b"u%d" % uid, b"", b"", b"<NA>")


def _no_session(*_: object) -> None:
    """No container was entered through the API server."""


@dataclass(slots=True)
class Answers:
    """Of a machine without containers where each number has a name; decode.lookups says what each is."""

    identify: Callable[[bytes], bytes | None] = lambda path: None
    container: Callable[[bytes], model.Container] = lambda full_id: model.HOST
    user: Callable[[bytes | None, int, int, int], model.User] = _user
    group: Callable[[bytes | None, int, int], bytes] = lambda container, pid, gid: b"g%d" % gid
    exec_session: Callable[[str, int, model.Container, Callable[[], Relatives]], model.ExecSession | None] = (
        _no_session
    )
    host_names: Callable[[], HostNames] = HostNames
    environment: Callable[[int, int], tuple[bytes, ...] | None] = lambda pid, start: None
    watcher: Watcher = field(default_factory=OwnThreads)
    hostname: bytes = field(default_factory=lambda: os.fsencode(os.uname().nodename))

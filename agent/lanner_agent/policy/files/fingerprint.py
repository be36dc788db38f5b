# SPDX-License-Identifier: Apache-2.0
"""Paths -> a value that differs when a rule file behind them may have changed.

Links are followed, because a ConfigMap volume changes by turning its `..data` link to another folder: the
files' names and often their sizes and times stay, their inodes do not. An editor that saves by renaming
changes the inode, one that writes in place changes time and size, and a new file in a directory changes the
list.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence

from lanner_agent.policy.files import rule_files

Fingerprint = tuple[tuple[object, ...], ...]


def take(paths: Sequence[pathlib.Path]) -> Fingerprint:
    """A few stat calls; never raises, a missing file is a state like any other."""
    return tuple(state for path in paths for state in _states(path))


def _states(path: pathlib.Path) -> list[tuple[object, ...]]:
    try:
        return [_state(file) for file in rule_files.expand(path)[: rule_files.FILES + 1]]
    except OSError as error:
        return [(str(path), error.errno)]


def _state(file: pathlib.Path) -> tuple[object, ...]:
    try:
        status = os.stat(file)
    except OSError as error:
        return (str(file), error.errno)
    return (str(file), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

# SPDX-License-Identifier: Apache-2.0
"""One run of the agent: kernel, containers, rules, loop and output put together, watched over, and taken down.

Made by run. Between two batches it takes over new rules, tells of losses, and ends when the output or the user does.
"""

from __future__ import annotations

import contextlib
import pathlib
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType

from lanner_agent.cli import exits, progress, watching
from lanner_agent.cli.losses import Losses
from lanner_agent.cli.notes import Notes
from lanner_agent.decode import event as decode
from lanner_agent.enrich.containers import Containers
from lanner_agent.enrich.users import Users
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.probes import Probes
from lanner_agent.pipeline import summary
from lanner_agent.pipeline.loop import Loop
from lanner_agent.pipeline.metadata import Metadata
from lanner_agent.policy import load
from lanner_agent.policy.reload import Reloader
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.stdout import LineWriter
from lanner_engine import diagnostics

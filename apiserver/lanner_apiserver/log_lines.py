# SPDX-License-Identifier: Apache-2.0
"""What a process says of itself as JSON lines, as programs in a cluster read them: its own words, warnings,
tracebacks, and what libraries log.

A line has `time`, `level`, `logger` and `message`. No alert has a `logger`, and no line here has a `rule`:
so the two are told apart in one stream.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

FORMATS: Final = ("auto", "text", "json")
VARIABLE: Final = "LANNER_LOG_FORMAT"
_POD: Final = "KUBERNETES_SERVICE_HOST"  # the kubelet gives it to every container

Sink = Callable[[bytes], object]


def as_json(form: str) -> bool:
    """`auto`: in a pod, unless there is a terminal."""
    return form == "json" or (form == "auto" and _POD in os.environ and not sys.stderr.isatty())


def to_stderr(line: bytes) -> None:
    """At once, in the thread that says it."""
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, line)


class JsonLines(logging.Handler):
    """While it is in force, everything that this process says goes to its `sink`."""

    def __init__(self) -> None:
        from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415  an extra brings it

        super().__init__()
        names = {"levelname": "level", "name": "logger"}
        self.setFormatter(JsonFormatter((*names, "message"), rename_fields=names, timestamp="time"))
        self.sink: Sink = to_stderr

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.sink((self.format(record) + "\n").encode("utf-8", "replace"))
        except Exception:
            self.handleError(record)

    def begin(self, logger: str) -> None:
        """`logger` says everything from INFO on, libraries what is a warning or worse."""
        logging.basicConfig(level=logging.WARNING, handlers=[self], force=True)
        logging.getLogger(logger).setLevel(logging.INFO)
        logging.captureWarnings(True)
        # Libraries of C write to the descriptor by themselves; what they say comes as exceptions too.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        self._hook(logging.getLogger(logger))

    def end(self) -> None:
        """As it was before `begin`."""
        logging.getLogger().removeHandler(self)
        logging.captureWarnings(False)
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__

    def _hook(self, logger: logging.Logger) -> None:
        def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            logger.critical("an unforeseen error", exc_info=(kind, error, trace))

        def elsewhere(given: Any) -> None:
            where = getattr(given, "thread", None) or getattr(given, "object", None)
            name = getattr(where, "name", type(where).__name__)
            info = (given.exc_type, given.exc_value, given.exc_traceback)
            logger.error("an unforeseen error in %s", name, exc_info=info)

        sys.excepthook = uncaught
        threading.excepthook = elsewhere
        sys.unraisablehook = elsewhere

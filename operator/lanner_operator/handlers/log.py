# SPDX-License-Identifier: Apache-2.0
"""What the operator says, on standard error: a time and a line, or JSON lines. And what kopf may say beside
it.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Final

from lanner_apiserver import log_lines

# It tells each failed attempt of endless many (contacts tells the first), and that signals are not its own.
_REPEATED: Final = ("Request attempt ", "OS signals are ignored")
_NAME: Final = "lanner_operator"


Say = Callable[[str], None]


class _Selected(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(_REPEATED)


def say(form: str) -> Say:
    """Sets up logging for the process, and for those that it starts; the way to say something."""
    logger = logging.getLogger(_NAME)
    if log_lines.as_json(form):
        lines = log_lines.JsonLines()
        lines.addFilter(_Selected())
        lines.begin(_NAME)
        os.environ[log_lines.VARIABLE] = "json"
        return logger.info
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s lanner-operator: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(_Selected())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logger.setLevel(logging.INFO)
    return logger.info


def bug() -> None:
    """The exception that is being handled, for a bug report."""
    logging.getLogger(_NAME).exception("an unforeseen error; please report it:")


def usage(message: str) -> bool:
    """Wrong usage as a JSON line, where the environment asks for those; whether it does."""
    if not log_lines.as_json(os.environ.get(log_lines.VARIABLE) or "auto"):
        return False
    say("json")
    logging.getLogger(_NAME).error(message)
    return True

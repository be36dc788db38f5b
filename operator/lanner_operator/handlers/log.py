# SPDX-License-Identifier: Apache-2.0
"""What the operator says, on standard error: a time and a line. And what kopf may say beside it."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Final

# It tells each failed attempt of endless many (contacts tells the first), and that signals are not its own.
_REPEATED: Final = ("Request attempt ", "OS signals are ignored")


Say = Callable[[str], None]


class _Selected(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(_REPEATED)


def say() -> Say:
    """Sets up logging for the process; the way to say something."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s lanner-operator: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(_Selected())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logger = logging.getLogger("lanner_operator")
    logger.setLevel(logging.INFO)
    return logger.info


def bug() -> None:
    """The exception that is being handled, for a bug report."""
    logging.getLogger("lanner_operator").exception("an error nobody foresaw; please report it:")

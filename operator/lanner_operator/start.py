# SPDX-License-Identifier: Apache-2.0
"""The command `lanner-operator` where its extra is installed; elsewhere it says how to install it."""

from __future__ import annotations

import importlib
import sys
from typing import Final

from lanner_engine import extras

USAGE: Final = 2


def main() -> int:
    """The exit status."""
    try:
        extras.need("operator", "lanner-operator")
    except extras.ExtraError as error:
        print(error, file=sys.stderr)
        return USAGE
    status: int = importlib.import_module("lanner_operator.handlers.main").main()
    return status

# SPDX-License-Identifier: Apache-2.0
"""The folder of the rules that are in force when none are named."""

from __future__ import annotations

import pathlib

_PACKAGED = pathlib.Path(__file__).parent / "rules"  # in the wheel
_CHECKOUT = pathlib.Path(__file__).parents[3] / "charts" / "lanner" / "rules"


def directory() -> pathlib.Path:
    """The folder of the default rules: the wheel's copy, or the chart's in a checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT

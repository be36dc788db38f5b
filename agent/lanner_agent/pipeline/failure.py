# SPDX-License-Identifier: Apache-2.0
"""An error that must not end the loop -> its kind and place, to count it by."""

from __future__ import annotations

import pathlib
import traceback


def place(error: Exception) -> str:
    """`KeyError at event.py:12 in container`: nothing of the event's data, so the number of places is
    bounded.
    """
    (frame,) = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{type(error).__name__} at {pathlib.Path(frame.filename).name}:{frame.lineno} in {frame.name}"

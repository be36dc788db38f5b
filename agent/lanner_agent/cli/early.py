# SPDX-License-Identifier: Apache-2.0
"""What `lanner run` and `lanner agent` begin before their own modules are imported.

The kernel takes as long to verify its programs as the import of these commands does: both begin together.
"""

from __future__ import annotations

from lanner_agent.kernel import heap
from lanner_agent.kernel.loading import Loading


def begin() -> Loading:
    """The programs, while they load. Memory is told to stay small before the first thread."""
    heap.keep_small()
    return Loading()

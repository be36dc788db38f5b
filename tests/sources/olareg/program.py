# SPDX-License-Identifier: Apache-2.0
"""The registry that knows referrers. A first build takes a minute, of which Go's own library takes most;
later ones take nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.go_program import GoProgram

OLAREG: Final = GoProgram(
    "olareg", Path(__file__).parent, "a registry that knows referrers, from its Go module"
)

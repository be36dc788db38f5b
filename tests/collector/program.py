# SPDX-License-Identifier: Apache-2.0
"""The collector. A first build takes one to two minutes and fetches about 100 MB; later ones take nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.go_program import GoProgram

COLLECTOR: Final = GoProgram(
    "collector", Path(__file__).parent, "an OpenTelemetry collector, from its Go modules"
)

# SPDX-License-Identifier: Apache-2.0
"""What every room's tests may ask for."""

from __future__ import annotations

pytest_plugins = ("tests.containers.fixtures",)

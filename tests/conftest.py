# SPDX-License-Identifier: Apache-2.0
"""What every room's tests may ask for."""

from __future__ import annotations

import os

# A child that a test forks holds one thread: the fork handlers of grpc would start its own threads there.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

pytest_plugins = ("tests.containers.fixtures", "tests.cluster.fixtures", "tests.image.fixtures")

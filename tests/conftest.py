# SPDX-License-Identifier: Apache-2.0
"""What every room's tests may ask for."""

from __future__ import annotations

import os

import hypothesis

# A child that a test forks holds one thread: the fork handlers of grpc would start its own threads there.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

# How long an example takes is the machine's business; a change is judged by the same examples each time.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if "CI" in os.environ else "local")

pytest_plugins = ("tests.containers.fixtures", "tests.cluster.fixtures", "tests.image.fixtures")

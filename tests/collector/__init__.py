# SPDX-License-Identifier: Apache-2.0
"""An OpenTelemetry collector for tests: its source, which is its own modules put together, and how it is built
and run.
"""

# SPDX-License-Identifier: Apache-2.0
"""An OpenTelemetry collector for tests: a small program of its modules, how it is built and run."""

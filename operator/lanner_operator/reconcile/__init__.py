# SPDX-License-Identifier: Apache-2.0
"""Decides what has to change when a resource did: pure functions from the resources to the wanted state."""

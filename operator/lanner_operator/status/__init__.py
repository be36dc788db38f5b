# SPDX-License-Identifier: Apache-2.0
"""Folds the verdict of the engine and the acknowledgements of the agents into the status a user reads on a
rule.

Pure, but for sending.
"""

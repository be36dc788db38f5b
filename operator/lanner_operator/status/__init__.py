# SPDX-License-Identifier: Apache-2.0
"""Folds the acknowledgements of the agents into the conditions a user reads on a rule."""

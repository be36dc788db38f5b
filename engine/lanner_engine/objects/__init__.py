# SPDX-License-Identifier: Apache-2.0
"""API objects to verdicts: which version of each is in force, within the budgets of each set. What a rule
means is program/'s to say.
"""

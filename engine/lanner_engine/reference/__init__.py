# SPDX-License-Identifier: Apache-2.0
"""The slow, obvious evaluator that follows the specification's words; the oracle of tests, never the agent's
path.
"""

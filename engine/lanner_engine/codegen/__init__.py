# SPDX-License-Identifier: Apache-2.0
"""Python functions generated from checked rules: the hot path's exact answer. Text of rules never enters the
code.
"""

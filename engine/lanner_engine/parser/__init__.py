# SPDX-License-Identifier: Apache-2.0
"""Condition and operand text to the tree of ast.py, and the tree to text. No field table and no YAML here."""

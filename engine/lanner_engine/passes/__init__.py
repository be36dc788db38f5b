# SPDX-License-Identifier: Apache-2.0
"""Passes over a condition's frozen tree, one named function per file: tree in, tree out, complaints into a
Report.
"""

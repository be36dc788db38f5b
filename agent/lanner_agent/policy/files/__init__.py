# SPDX-License-Identifier: Apache-2.0
"""Rules from files: found, read, checked, compiled, and again when they change."""

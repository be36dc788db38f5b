# SPDX-License-Identifier: Apache-2.0
"""Compiles all accepted rules into one bundle with one hash, and cuts it into ConfigMap shards."""

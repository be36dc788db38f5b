# SPDX-License-Identifier: Apache-2.0
"""The operators of a check, by how they are read. parser/check reads by them, parser/hints proposes them."""

from __future__ import annotations

# Each tried in this order: a longer one before what it starts with.
NUMERIC = ("<=", "<", ">=", ">")
SYMBOLIC = ("==", "=", "!=")
WORDS = (
    "glob",
    "iglob",
    "contains",
    "icontains",
    "bcontains",
    "startswith",
    "bstartswith",
    "endswith",
    "regex",
)
LISTED = ("intersects", "in", "pmatch")

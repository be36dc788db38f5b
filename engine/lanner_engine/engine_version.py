# SPDX-License-Identifier: Apache-2.0
"""The version of the rule language this engine speaks, compared with what rules and bundles ask for."""

from __future__ import annotations

ENGINE = (0, 63, 0)

# SPDX-License-Identifier: Apache-2.0
"""The command `lanner-operator`. In: a shell. Out: an exit status.

This release has no operator yet, so the command says that and fails: a Deployment that runs it must not
look healthy.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Say on stderr what to use instead; exit status 1."""
    print(
        "lanner-operator: this release has no operator; "
        "`lanner run --rules PATH` takes FalcoRule manifests from files",
        file=sys.stderr,
    )
    return 1

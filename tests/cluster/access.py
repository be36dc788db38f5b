# SPDX-License-Identifier: Apache-2.0
"""Asking a cluster as a user does: kubectl and helm with a kubeconfig. For tests, of any cluster."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.binaries import Binaries

PATIENCE_S = 60.0
HELM_PATIENCE_S = 240.0  # it waits for hooks and for pods that end


class CommandError(RuntimeError):
    """A command's own words, and its exit status."""

    def __init__(self, command: str, status: int, words: str) -> None:
        super().__init__(f"{command}: exit status {status}\n{words}")
        self.status = status
        self.words = words


@dataclass(frozen=True, slots=True)
class Access:
    """One user of one cluster."""

    kubeconfig: Path
    binaries: Binaries

    def kubectl(self, *words: str, stdin: str = "", patience_s: float = PATIENCE_S) -> str:
        """What it printed; CommandError when it failed."""
        return self.run("kubectl", *words, stdin=stdin, patience_s=patience_s)

    def helm(self, *words: str, patience_s: float = HELM_PATIENCE_S) -> str:
        """What it printed; CommandError when it failed."""
        return self.run("helm", *words, patience_s=patience_s)

    def get(self, *words: str) -> Any:
        """`kubectl get ... -o json`, decoded."""
        return json.loads(self.kubectl("get", *words, "-o", "json"))

    def apply(self, manifest: Mapping[str, Any] | str, *words: str) -> str:
        """`kubectl apply -f -` of YAML text or of one object."""
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
        return self.kubectl("apply", *words, "-f", "-", stdin=text)

    def run(self, program: str, *words: str, stdin: str = "", patience_s: float = PATIENCE_S) -> str:
        """Any command that finds kubectl and helm by $PATH and the cluster by $KUBECONFIG."""
        done = subprocess.run(
            [self.binaries[program] if program in ("kubectl", "helm") else program, *words],
            check=False, capture_output=True, text=True, input=stdin, env=self.environment(),
            timeout=patience_s,
        )  # fmt: skip
        if done.returncode:
            raise CommandError(" ".join((program, *words)), done.returncode, done.stderr + done.stdout)
        return done.stdout

    def environment(self) -> dict[str, str]:
        """This process's, with the cluster in it."""
        path = os.pathsep.join((self.binaries.path, os.environ.get("PATH", os.defpath)))
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig), "PATH": path}

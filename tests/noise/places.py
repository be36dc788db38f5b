# SPDX-License-Identifier: Apache-2.0
"""Where works are done: on this machine, in containers, in a systemd that has this machine's files, in a
cluster.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import secrets
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from tests.cluster import cluster
from tests.containers import runtime
from tests.deb import machine
from tests.noise.works import HOST

CONTAINER: Final = "container"
MACHINE: Final = "systemd"
CLUSTER: Final = "cluster"
TIMEOUT_S: Final = 300
# Where programs are, and how packages are fetched.
_KEPT: Final = re.compile(
    r"PATH|HOME|LANG|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|GOPROXY|PYENV_.*|PIP_.*|npm_.*|(?i:.*_proxy)"
)


class Place(Protocol):
    def do(self, script: str) -> str | None:
        """A work to its end, in an empty folder. What it said, when it failed."""


def environment() -> dict[str, str]:
    """Of every work: the tests' own settings are no part of ordinary work."""
    return {key: value for key, value in os.environ.items() if _KEPT.fullmatch(key)}


def _run(command: list[str], folder: str | None = None, env: Mapping[str, str] | None = None) -> str | None:
    try:
        done = subprocess.run(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", check=False, timeout=TIMEOUT_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        return f"not done after {TIMEOUT_S} s: {error.output!r}"
    return None if done.returncode == 0 else f"exit status {done.returncode}: {done.stdout[-2000:]}"


class Host:
    """This machine. `more`: what else stands in a work's environment."""

    def __init__(self, more: Mapping[str, str] | None = None) -> None:
        self._environment = {**environment(), **(more or {})}

    def do(self, script: str) -> str | None:
        with tempfile.TemporaryDirectory(prefix="lanner-noise-") as folder:
            os.chmod(folder, 0o755)  # noqa: S103 (databases and web servers are not root)
            return _run(["bash", "-e", "-c", script], folder, self._environment)


class Container:
    """A new container for each work. Its files are this machine's under a layer of its own, so it has every
    program that the host has; its network is the host's.
    """

    def __init__(self, containerd: runtime.Containerd) -> None:
        self._containerd = containerd

    def do(self, script: str) -> str | None:
        name = f"noise-{secrets.token_hex(8)}"
        variables = [f"--env={key}={value}" for key, value in environment().items()]
        begin = 'cd "$(mktemp -d)"; chmod 755 .; '
        with _layered() as root:
            options = ("--rm", "--net-host", *variables, "--rootfs", str(root))
            shell = ("bash", "-e", "-c", begin + script)
            return _run([*self._containerd.ctr_command(), "run", *options, name, *shell])


@contextlib.contextmanager
def _layered() -> Iterator[pathlib.Path]:
    """A root whose changes are kept in memory: one overlay cannot lie on another, as a machine's root may
    be.
    """
    with tempfile.TemporaryDirectory(prefix="lanner-noise-") as folder:
        scratch = pathlib.Path(folder)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
        try:
            for name in ("above", "work", "root"):
                (scratch / name).mkdir()
            layers = f"lowerdir=/,upperdir={scratch / 'above'},workdir={scratch / 'work'}"
            subprocess.run(
                ["mount", "-t", "overlay", "overlay", "-o", layers, str(scratch / "root")], check=True
            )
            (scratch / "root/tmp").chmod(0o1777)
            yield scratch / "root"
        finally:
            subprocess.run(["umount", "--quiet", str(scratch / "root")], check=False)
            subprocess.run(["umount", "--lazy", folder], check=True)


class Machine:
    """A systemd with this machine's files under a layer of its own; not a container."""

    def __init__(self, booted: machine.Machine) -> None:
        self._machine = booted

    def do(self, script: str) -> str | None:
        variables = [f"{key}={value}" for key, value in environment().items()]
        begin = 'cd "$(mktemp -d)"; chmod 755 .; '
        how = ("timeout", str(TIMEOUT_S), "env", *variables, "bash", "-e", "-c", begin + script)
        try:
            self._machine.run(*how)
        except AssertionError as error:
            return str(error)[-2000:]
        return None


def in_cluster(one: cluster.Cluster) -> Host:
    """This machine, with kubectl and helm of a cluster. `CHART`: the chart of this project."""
    path = f"{one.access.binaries.path}{os.pathsep}{os.environ['PATH']}"
    chart = pathlib.Path(__file__).resolve().parents[2] / "charts" / "lanner"
    return Host({"PATH": path, "KUBECONFIG": str(one.access.kubeconfig), "CHART": str(chart)})


__all__ = ["CLUSTER", "CONTAINER", "HOST", "MACHINE", "Container", "Host", "Machine", "Place", "in_cluster"]

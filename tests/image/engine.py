# SPDX-License-Identifier: Apache-2.0
"""What builds a Dockerfile here: docker where its engine runs, otherwise buildah, which needs none.

Called by build and base. Both leave the same archives.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from tests.kernels import tool

# A machine may have a package index and authorities of its own; a build needs them and no image keeps them.
SETTINGS = ("/etc/pip.conf", "/etc/ssl/certs")


class Engine(ABC):
    """Images by name, in the engine's own store."""

    @abstractmethod
    def has(self, image: str) -> bool:
        """Whether it is in the store."""

    @abstractmethod
    def import_root(self, tarball: Path, image: str) -> None:
        """A root file system as an image of one layer."""

    @abstractmethod
    def build(self, folder: Path, target: str, arguments: Mapping[str, str]) -> str:
        """Build one target of folder/Dockerfile, its steps shown; the image's id, 64 hexadecimal digits."""

    @abstractmethod
    def save(self, identity: str, image: str, to: Path) -> None:
        """An archive that `ctr images import` takes, with the image under this name."""


def engine() -> Engine:
    """RuntimeError when there is none."""
    asked = ["docker", "version", "--format", "{{.Server.Version}}"]
    if shutil.which("docker") and subprocess.run(asked, check=False, capture_output=True).returncode == 0:
        return Docker()
    if shutil.which("buildah"):
        return Buildah()
    raise RuntimeError("neither a docker engine nor buildah is here: apt install buildah")


class Docker(Engine):
    """By the command line of docker; pip's settings come from its daemon's build settings."""

    def has(self, image: str) -> bool:
        done = subprocess.run(["docker", "image", "inspect", image], check=False, capture_output=True)
        return done.returncode == 0

    def import_root(self, tarball: Path, image: str) -> None:
        tool.run("docker", "import", tarball, image)

    def build(self, folder: Path, target: str, arguments: Mapping[str, str]) -> str:
        return _built(["docker", "build", *_arguments(arguments), "--target", target], folder)

    def save(self, identity: str, image: str, to: Path) -> None:
        tool.run("docker", "tag", identity, image)
        tool.run("docker", "save", "--output", to, image)


class Buildah(Engine):
    """Steps run in a chroot: no engine, no namespaces of their own. Needs root."""

    def has(self, image: str) -> bool:
        return subprocess.run(["buildah", "inspect", image], check=False, capture_output=True).returncode == 0

    def import_root(self, tarball: Path, image: str) -> None:
        container = tool.run("buildah", "from", "scratch").decode().strip()
        try:
            tool.run("buildah", "add", "--quiet", container, tarball, "/")
            tool.run("buildah", "config", "--cmd", '["bash"]', container)
            tool.run("buildah", "commit", "--quiet", container, image)
        finally:
            tool.run("buildah", "rm", container)

    def build(self, folder: Path, target: str, arguments: Mapping[str, str]) -> str:
        mounts = [word for path in SETTINGS if Path(path).exists() for word in ("-v", f"{path}:{path}:ro")]
        how = ["--isolation", "chroot", "--layers", "--format", "docker", *mounts]
        return _built(["buildah", "bud", *how, *_arguments(arguments), "--target", target], folder)

    def save(self, identity: str, image: str, to: Path) -> None:
        to.unlink(missing_ok=True)  # it does not add to an archive
        tool.run("buildah", "tag", identity, image)
        tool.run("buildah", "push", "--quiet", identity, f"docker-archive:{to}:{image}")


def _arguments(arguments: Mapping[str, str]) -> list[str]:
    return [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]


def _built(command: list[str], folder: Path) -> str:
    with tempfile.TemporaryDirectory(prefix="lanner-image-") as scratch:
        identity = Path(scratch) / "id"
        done = subprocess.run([*command, "--iidfile", str(identity), str(folder)], check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed with status {done.returncode}; see above")
        return identity.read_text().strip().removeprefix("sha256:")

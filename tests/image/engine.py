# SPDX-License-Identifier: Apache-2.0
"""What builds a Dockerfile here: docker where its engine runs, otherwise buildah, which needs none.

Both leave the same archives.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path

from tests import cache
from tests.kernels import tool

# A machine may have a package index and authorities of its own; a build needs them and no image keeps them.
SETTINGS = ("/etc/pip.conf", "/etc/ssl/certs")
LAST_LINES = 40
RUNNING = "/run/lanner-buildah"
STORE_BYTES = 8 << 30
Arguments = Mapping[str, str]
Show = Callable[[str], None]
REGISTRY = "docker.io/library"  # what a name without a registry means to docker and to the kubelet


class Engine(ABC):
    """Images by name, in the engine's own store."""

    @abstractmethod
    def has(self, image: str) -> bool:
        """Whether it is in the store."""

    @abstractmethod
    def import_root(self, tarball: Path, image: str) -> None:
        """A root file system as an image of one layer."""

    @abstractmethod
    def build(self, folder: Path, target: str, arguments: Arguments, show: Show) -> str:
        """Build one target of folder/Dockerfile; the image's id, 64 hexadecimal digits. `show` gets every
        line of the engine's progress."""

    @abstractmethod
    def save(self, images: Mapping[str, str], to: Path) -> None:
        """One archive that `ctr images import` takes: ids by the names they are to have there. What images
        share is in it once."""

    @abstractmethod
    def bound(self, say: Show) -> None:
        """Keep what is stored for later builds from growing for ever."""


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

    def build(self, folder: Path, target: str, arguments: Arguments, show: Show) -> str:
        return _built(["docker", "build", *_arguments(arguments), "--target", target], folder, show)

    def save(self, images: Mapping[str, str], to: Path) -> None:
        for name, identity in images.items():
            tool.run("docker", "tag", identity, name)
        tool.run("docker", "save", "--output", to, *images)

    def bound(self, say: Show) -> None:
        """Its store is the machine's: dockerd collects what it does not use."""


class Buildah(Engine):
    """Steps run in a chroot: no engine, no namespaces of their own. Needs root.

    It has a store of its own, so that this machine's other images are not touched when it is bounded.
    """

    def __init__(self) -> None:
        self._store = cache.folder() / "image/store"
        self._buildah = ("buildah", "--root", str(self._store), "--runroot", RUNNING)

    def has(self, image: str) -> bool:
        asked = [*self._buildah, "inspect", "--type", "image", image]
        return subprocess.run(asked, check=False, capture_output=True).returncode == 0

    def import_root(self, tarball: Path, image: str) -> None:
        container = tool.run(*self._buildah, "from", "scratch").decode().strip()
        try:
            tool.run(*self._buildah, "add", "--quiet", container, tarball, "/")
            tool.run(*self._buildah, "config", "--cmd", '["bash"]', container)
            tool.run(*self._buildah, "commit", "--quiet", container, image)
        finally:
            tool.run(*self._buildah, "rm", container)

    def build(self, folder: Path, target: str, arguments: Arguments, show: Show) -> str:
        mounts = [word for path in SETTINGS if Path(path).exists() for word in ("-v", f"{path}:{path}:ro")]
        how = ["--isolation", "chroot", "--layers", "--format", "docker", *mounts]
        return _built([*self._buildah, "bud", *how, *_arguments(arguments), "--target", target], folder, show)

    def save(self, images: Mapping[str, str], to: Path) -> None:
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=".oci-") as layout:
            for name, identity in images.items():
                where = f"oci:{layout}:{REGISTRY}/{name}"
                how = ("--quiet", "--format", "oci", "--compression-level", "1")  # it is unpacked at once
                tool.run(*self._buildah, "push", *how, identity, where)
            tool.run("tar", "--create", "--file", to, "--directory", layout, ".")

    def bound(self, say: Show) -> None:
        """Beyond STORE_BYTES all of it goes: the next build makes the layers anew, in two minutes."""
        size = cache.size(self._store)
        if size > STORE_BYTES:
            say(f"{self._store} has {size >> 20} MiB, {STORE_BYTES >> 20} at most: emptied")
            tool.run(*self._buildah, "rmi", "--all", "--force")


def _arguments(arguments: Arguments) -> list[str]:
    return [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]


def _built(command: list[str], folder: Path, show: Show) -> str:
    lines: list[str] = []
    with tempfile.TemporaryDirectory(prefix="lanner-image-") as scratch:
        identity = Path(scratch) / "id"
        with subprocess.Popen(
            [*command, "--iidfile", str(identity), str(folder)], text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            assert process.stdout
            for line in process.stdout:
                lines.append(line)
                show(line.rstrip())
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{''.join(lines[-LAST_LINES:])}")
        return identity.read_text().strip().removeprefix("sha256:")

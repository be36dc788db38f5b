# SPDX-License-Identifier: Apache-2.0
"""A guest -> the disk image of its root: Debian, its Python, and the locked dependencies.

The project's own code is not in it (initramfs carries that), so an image lasts until the lock file or its
recipe changes.
Packages are unpacked and never configured, so another architecture needs no emulator here.
"""

from __future__ import annotations

from pathlib import Path

from tests import cache
from tests.kernels import archive, bindings, bytecode, lock, tool
from tests.kernels.catalogue import BOOKWORM, Guest

# For arm64 the root is also what pylibbpf is compiled against.
BASE = "coreutils,dash,libstdc++6,mount,python3,systemd,util-linux"
PACKAGES = {"amd64": BASE, "arm64": f"{BASE},libelf-dev,libpython3-dev,zlib1g-dev"}


def image(guest: Guest) -> Path:
    """An ext4 image, 400 to 600 MB large, to be opened read-only."""
    recipe = (Path(__file__).read_bytes(), Path(bytecode.__file__).read_bytes())
    depends = cache.key(lock.FILE.read_bytes(), *recipe)
    name = f"kernels/images/{guest.suite}-{guest.architecture}-{depends}.ext4"
    return cache.entry(name, lambda part: _build(guest, part))


def _build(guest: Guest, image_path: Path) -> None:
    root = image_path.with_name(f"{image_path.name}.root")
    cache.remove(root)
    try:
        _debian(guest, root)
        site = root / f"usr/local/lib/python{guest.python}/dist-packages"
        _dependencies(guest, root, site)
        for compiled in (root / f"usr/lib/python{guest.python}", site):
            bytecode.compile_into(compiled, f"/{compiled.relative_to(root)}", guest)
        megabytes = sum(path.lstat().st_blocks for path in root.rglob("*")) // 2048
        size = f"{megabytes * 5 // 4 + 64}M"
        tool.run("mke2fs", "-qF", "-t", "ext4", "-O", "^has_journal", "-d", root, image_path, size)
    finally:
        cache.remove(root)


def _debian(guest: Guest, root: Path) -> None:
    tool.run(
        "mmdebstrap", "--quiet", "--variant=extract", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
         f"--architectures={guest.architecture}",
         f"--include={PACKAGES[guest.architecture]}", "--dpkgopt=path-exclude=/usr/share/doc/*", guest.suite,
        root, archive.source_line(guest.suite),
    )  # fmt: skip


def _dependencies(guest: Guest, root: Path, site: Path) -> None:
    """The locked wheels for the guest's Python; what has no wheel there is compiled."""
    requirements = root.with_name(f"{root.name}.lock")
    requirements.write_text(lock.FILE.read_text() if guest is BOOKWORM else lock.without("pylibbpf"))
    try:
        uv("pip", "install", "--quiet", "--target", str(site), "--python-version", guest.python,
           "--python-platform", guest.wheels, "--only-binary=:all:", "--no-deps", "--require-hashes",
           "--link-mode=copy", "-r", str(requirements))  # fmt: skip
    finally:
        requirements.unlink()
    if guest is not BOOKWORM:
        bindings.compile_into(site, guest, root)


def uv(*arguments: str) -> None:
    """Run the uv of this environment."""
    from uv import find_uv_bin  # noqa: PLC0415 (only image building needs it)

    tool.run(find_uv_bin(), *arguments)

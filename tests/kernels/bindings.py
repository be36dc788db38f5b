# SPDX-License-Identifier: Apache-2.0
"""pylibbpf for a machine that has no wheel of it: locked source -> cross-compiled package.

Does by hand what its CMake file does natively: its own libbpf as an archive, then one extension module.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
from pathlib import Path

from tests import cache
from tests.kernels import lock, tool
from tests.kernels.catalogue import Guest


def compile_into(site: Path, guest: Guest, root: Path) -> None:
    """Put the package `pylibbpf` into `site`; headers and libraries come from the guest's unpacked `root`."""
    version, requirement = lock.newest("pylibbpf")
    built = cache.entry(
        f"kernels/pylibbpf/{version}-{guest.suite}-{guest.architecture}",
        lambda part: _build(part, version, requirement, guest, root),
    )
    shutil.copytree(built, site / "pylibbpf")


def _build(to: Path, version: str, requirement: str, guest: Guest, root: Path) -> None:
    work = to.with_name(f"{to.name}.work")
    cache.remove(work)
    work.mkdir(parents=True)
    try:
        source = _source(work, version, requirement)
        libbpf = _libbpf(source, guest, root)
        _extension(source, libbpf, version, guest, root)
        shutil.copytree(source / "pylibbpf", to)
    finally:
        cache.remove(work)


def _source(work: Path, version: str, requirement: str) -> Path:
    """The source distribution with the locked hash, unpacked."""
    (work / "pylibbpf.lock").write_text(requirement)
    tool.run(
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:",
         "--no-build-isolation", "--ignore-requires-python", "--require-hashes", "-r", "pylibbpf.lock",
        cwd=work,
    )  # fmt: skip
    with tarfile.open(work / f"pylibbpf-{version}.tar.gz") as packed:
        packed.extractall(work, filter="data")
    return work / f"pylibbpf-{version}"


def _libbpf(source: Path, guest: Guest, root: Path) -> Path:
    built = source / "built"
    built.mkdir()
    headers = f"-idirafter {root}/usr/include -idirafter {root}/usr/include/{guest.triplet}"
    tool.run(
        "make", "-s", "-C", source / "libbpf/src", "BUILD_STATIC_ONLY=1", "NO_PKG_CONFIG=1",
         f"OBJDIR={built}", f"CC={guest.triplet}-gcc", f"AR={guest.triplet}-ar",
         f"CFLAGS=-fPIC -O2 {headers}", built / "libbpf.a",
    )  # fmt: skip
    return built / "libbpf.a"


def _extension(source: Path, libbpf: Path, version: str, guest: Guest, root: Path) -> None:
    libraries = root / "usr/lib" / guest.triplet
    include = [source / name for name in ("src", "pybind11/include", "libbpf/include", "libbpf/src")]
    include += [source / "libbpf/include/uapi", root / f"usr/include/python{guest.python}"]
    tool.run(
        f"{guest.triplet}-g++", "-std=c++20", "-O1", "-fPIC", "-shared", "-fvisibility=hidden",
         f"-DVERSION_INFO={version}", *(f"-I{path}" for path in include), "-idirafter", f"{root}/usr/include",
         *sorted((source / "src").rglob("*.cpp")), libbpf,
        libraries / "libelf.so.1", libraries / "libz.so.1", "-o", source / "pylibbpf/pylibbpf.so",
    )  # fmt: skip

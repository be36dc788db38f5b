# SPDX-License-Identifier: Apache-2.0
"""A kernel -> what qemu boots: its image, and an initramfs with the disk's modules and the project.

The initramfs carries the object and the agent as they are in this checkout, so it is made anew for every
boot.
"""

from __future__ import annotations

import gzip
import lzma
import shutil
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from tests import cache
from tests.kernel import ring_programs
from tests.kernels import archive, bytecode, tool
from tests.kernels.catalogue import Kernel

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    ("agent", "lanner_agent"),
    ("page", "lanner_page"),
    ("apiserver", "lanner_apiserver"),
    ("sources", "lanner_sources"),
    ("engine", "lanner_engine"),
)
TESTS = ("kernel", "kernels/guest", "agent/events")
# lanner itself for its version, which the command asks for
INSTALLED = ("lanner", "pytest", "pytest-timeout", "pluggy", "iniconfig", "packaging", "pygments")
LEXERS = {"__init__.py", "_mapping.py", "diff.py", "python.py"}
MODULES = ("virtio_pci", "virtio_blk", "ext4", "overlay")


def parts(kernel: Kernel) -> list[Path]:
    """The unpacked packages of the kernel."""
    source = archive.Archive(kernel.suite, kernel.guest.architecture)
    return [source.unpacked(pattern) for pattern in kernel.packages]


def vmlinuz(kernel: Kernel) -> Path:
    """The kernel's image."""
    (image,) = (path for part in parts(kernel) for path in part.rglob("vmlinuz*") if path.is_file())
    return image


def build(kernel: Kernel, work: Path) -> Path:
    """Pack the initramfs in `work`, a folder of its own; the packed file."""
    root = work / "root"
    for folder in ("bin", "modules", "lanner"):
        (root / folder).mkdir(parents=True)
    busybox = archive.Archive(kernel.guest.suite, kernel.guest.architecture).unpacked("busybox-static")
    (tool,) = (path for path in busybox.rglob("bin/busybox"))
    shutil.copy(tool, root / "bin/busybox")
    shutil.copy(Path(__file__).parent / "guest/init.sh", root / "init")
    _add_code(root / "lanner")
    bytecode.compile_into(root / "lanner", "/lanner", kernel.guest)
    for number, module in enumerate(_modules(kernel)):
        content = _decompressed(module)
        (root / f"modules/{number:02}-{module.name.split('.ko')[0]}.ko").write_bytes(content)
    return _packed(root, work / "initramfs")


def _add_code(to: Path) -> None:
    """The project, the tests that run in the guest, and the pytest of this environment: all of it Python."""
    sources = {to / name: ROOT / folder / name for folder, name in CODE}
    sources |= {to / "tests" / name: ROOT / "tests" / name for name in TESTS}
    for copy, source in sources.items():
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    ring_programs.compile_into(to / "tests/kernel/programs")
    for distribution in map(metadata.distribution, INSTALLED):
        for file in filter(_runs_in_the_guest, distribution.files or ()):
            (to / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(distribution.locate_file(file)), to / file)


def _runs_in_the_guest(file: metadata.PackagePath) -> bool:
    """Not commands nor compiled Python, nor the way to this checkout, nor 4 MB of languages that no traceback
    is written in."""
    if ".." in file.parts or "__pycache__" in file.parts or file.suffix == ".pth":
        return False
    return file.parent.name != "lexers" or file.name in LEXERS


def _modules(kernel: Kernel) -> Iterator[Path]:
    """Files of the modules the guest needs, dependencies first.

    Debian's packages have no modules.dep yet, and some no list of what is built in: a module that is not
    there is taken as built in, and where that is wrong the guest finds no disk and says so.
    """
    trees = [path for part in parts(kernel) for path in part.rglob("lib/modules/*") if path.is_dir()]
    version = trees[0].name
    base = cache.entry(f"kernels/modules/{version}", lambda to: _indexed(trees, to))
    seen = set()
    for name in MODULES:
        shown = subprocess.run(
            ["modprobe", "-d", str(base), "-S", version, "--show-depends", name],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        for line in shown.splitlines():
            kind, *path = line.split()
            if kind == "insmod" and path[0] not in seen:
                seen.add(path[0])
                yield Path(path[0])


def _indexed(trees: list[Path], to: Path) -> None:
    for tree in trees:
        shutil.copytree(tree, to / "lib/modules" / tree.name, symlinks=True, dirs_exist_ok=True)
    tool.run("depmod", "-b", to, trees[0].name)


def _decompressed(module: Path) -> bytes:
    match module.suffix:
        case ".xz":
            return lzma.decompress(module.read_bytes())
        case ".zst":
            return tool.run("zstd", "-qdc", module)
        case _:
            return module.read_bytes()


def _packed(root: Path, to: Path) -> Path:
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    packed = tool.run("cpio", "--quiet", "-o", "-H", "newc", cwd=root, stdin=names.encode())
    to.write_bytes(gzip.compress(packed, compresslevel=1))
    return to

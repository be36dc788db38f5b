# SPDX-License-Identifier: Apache-2.0
"""An object file -> loaded programs and maps, by pylibbpf; or one error that holds libbpf's own words. Called
by probes.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Final

from lanner_agent.kernel import age
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.optional import Optional, chosen

_STDERR: Final = 2
_TELLING: Final = ("failed", "unknown", "invalid", "not supported", "not permitted")


def load_object(path: pathlib.Path) -> Any:
    """The loaded object. libbpf writes what it thinks to standard error; its reason goes into the error."""
    if not path.is_file():
        raise KernelError(f"the kernel programs are not built: {path} is missing", hint="run `make bpf`")
    age.require_current(path)
    import pylibbpf  # noqa: PLC0415 (half a second and a compiler's library: only where probes are loaded)

    loaded = pylibbpf.BpfObject(str(path))
    # In memory: a pod's root file system is read-only.
    with open(os.memfd_create("libbpf"), "w+b") as said, _captured(said):
        try:
            loaded.load()
        except pylibbpf.BpfException as error:
            raise KernelError(
                f"the kernel refused the programs: {_reason(said) or error}",
                hint="run `lanner doctor`",
            ) from error
    return loaded


def load_with(path: pathlib.Path, optional: Optional) -> tuple[Any, Optional]:
    """The loaded object with the optional programs, or with as many of them as the kernel takes."""
    if not optional.sections or not path.is_file():
        return load_object(path), optional
    age.require_current(path)
    fd = chosen(path.read_bytes(), optional.sections)
    try:
        return load_object(pathlib.Path(f"/proc/self/fd/{fd}")), optional
    except KernelError as error:
        refused = error
    finally:
        os.close(fd)
    for fewer in optional.fewer(refused.headline):
        with suppress(KernelError):
            return load_with(path, fewer)
    raise refused


@contextmanager
def _captured(into: IO[bytes]) -> Iterator[None]:
    kept = os.dup(_STDERR)
    os.dup2(into.fileno(), _STDERR)
    try:
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)


def _reason(said: IO[bytes]) -> str:
    """The first line in which libbpf names a failure."""
    said.seek(0)
    lines = [line.decode("utf-8", "replace").strip() for line in said.read(1 << 20).splitlines()]
    return next((line for line in lines if any(word in line.lower() for word in _TELLING)), "")

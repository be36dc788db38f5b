# SPDX-License-Identifier: Apache-2.0
"""An object file -> its maps and programs in the kernel, by libbpf; or one error that holds libbpf's words.

load(path, optional)   the loaded object, and the optional programs that the kernel took
Loaded                 maps and programs by name, links as long as it lasts
"""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from lanner_agent.kernel import libbpf, optional_programs, stale_object, syscall_bpf, verifying
from lanner_agent.kernel.errors import KernelError

_NAME: Final = b"lanner"
_ITERATOR: Final = "iter/"  # the section of a program that is attached as one
_TELLING: Final = ("failed", "unknown", "invalid", "not supported", "not permitted")


def load(
    path: pathlib.Path, wanted: optional_programs.OptionalPrograms = optional_programs.NONE
) -> tuple[Loaded, optional_programs.OptionalPrograms]:
    """The loaded object with the optional programs, or with as many of them as the kernel takes."""
    if not path.is_file():
        raise KernelError(f"the kernel programs are not built: {path} is missing", hint="run `make bpf`")
    stale_object.require_current(path)
    content = path.read_bytes()
    try:
        return Loaded(content, wanted.programs), wanted
    except KernelError as error:
        refused = error
    for fewer in wanted.fewer(refused.headline):
        with suppress(KernelError):
            return Loaded(content, fewer.programs), fewer
    raise refused


class Loaded:
    """What an object has by name: descriptors of `maps` and of the `programs` that are loaded, borrowed.

    To be closed; what is attached stays so until then. Raises KernelError where the kernel refuses it.
    """

    def __init__(self, content: bytes, chosen: frozenset[str] = frozenset()) -> None:
        """`chosen`: programs of sections whose names begin with `?`, which libbpf passes over otherwise."""
        self._links: dict[str, int] = {}
        self._sections: stale_object.Named[str] = stale_object.Named()
        self.programs: dict[str, int] = {}
        self.maps: stale_object.Named[int] = stale_object.Named()
        opened, loaded = _loaded(content, chosen)
        try:
            self._keep(opened, loaded)
        except BaseException:
            self.close()
            raise
        finally:  # 4 MB of types, instructions and relocations that nothing asks for any more
            libbpf.library().bpf_object__close(opened)

    @property
    def attached(self) -> frozenset[str]:
        return frozenset(self._links)

    def attach(self, name: str) -> int:
        """Attach a program to what its section names; the descriptor of its link, borrowed."""
        if name not in self._links:
            section = self._sections[name]
            if name not in self.programs:
                raise KernelError(f"cannot attach {name}: it is not loaded", errno.EINVAL)
            attach = syscall_bpf.iter_attach if section.startswith(_ITERATOR) else syscall_bpf.attach
            self._links[name] = attach(self.programs[name], name)
        return self._links[name]

    def detach(self, name: str) -> None:
        """Nothing happens where it is not attached."""
        link = self._links.pop(name, None)
        if link is not None:
            os.close(link)

    def close(self) -> None:
        """Detach and unload everything; a second time does nothing."""
        for name in tuple(self._links):
            self.detach(name)
        for owned in (self.programs, self.maps):
            while owned:
                os.close(owned.popitem()[1])

    def _keep(self, opened: int, loaded: dict[str, int]) -> None:
        """Descriptors of its own, which outlive the object."""
        self.programs = loaded
        for name, fd in _maps(opened):
            self.maps[name] = os.dup(fd)
        for name, one in _programs(opened).items():
            self._sections[name] = libbpf.library().bpf_program__section_name(one).decode()


def _loaded(content: bytes, chosen: frozenset[str]) -> tuple[int, dict[str, int]]:
    """The address of the object, and descriptors of its programs that are loaded, both to be closed.

    The first try ignores libbpf's log, and a failed one is repeated with it: libbpf logs thousands of lines
    for debugging, and would call into the interpreter for each.
    """
    with suppress(OSError):
        return _tried(content, chosen, len(os.sched_getaffinity(0)) if libbpf.prepares() else 1)
    with libbpf.heard() as said:
        try:
            return _tried(content, chosen, 1)
        except OSError as error:
            reason = _reason(said) or error.strerror
            raise KernelError(
                f"the kernel refused the programs: {reason}", hint="run `lanner doctor`"
            ) from error


def _tried(content: bytes, chosen: frozenset[str], threads: int) -> tuple[int, dict[str, int]]:
    """With several threads what libbpf has prepared is loaded by these, which it cannot do itself."""
    opened = _opened(content)
    try:
        programs = _programs(opened)
        wanted = {name: programs[name] for name in chosen | _loaded_anyhow(opened)}
        _choose(opened, frozenset(wanted))
        if threads > 1:
            _require(libbpf.library().bpf_object__prepare(opened))
            return opened, verifying.load(opened, wanted, threads)
        _require(libbpf.library().bpf_object__load(opened))
        return opened, _own(wanted)
    except BaseException:
        libbpf.library().bpf_object__close(opened)
        raise


def _own(programs: dict[str, int]) -> dict[str, int]:
    """Descriptors of these programs that outlive the object."""
    owned: dict[str, int] = {}
    try:
        for name, one in programs.items():
            owned[name] = os.dup(libbpf.library().bpf_program__fd(one))
    except BaseException:
        for fd in owned.values():
            os.close(fd)
        raise
    return owned


def _opened(content: bytes) -> int:
    options = libbpf.ObjectOptions(ctypes.sizeof(libbpf.ObjectOptions), _NAME)
    opened = libbpf.library().bpf_object__open_mem(content, len(content), ctypes.byref(options))
    if not opened:
        raise _refusal(ctypes.get_errno())
    return int(opened)


def _loaded_anyhow(opened: int) -> frozenset[str]:
    """The programs that are not optional."""
    library = libbpf.library()
    return frozenset(name for name, one in _programs(opened).items() if library.bpf_program__autoload(one))


def _choose(opened: int, wanted: frozenset[str]) -> None:
    library = libbpf.library()
    programs = _programs(opened)
    for name in wanted | programs.keys():
        library.bpf_program__set_autoload(programs[name], name in wanted)


def _require(result: int) -> None:
    if result < 0:
        raise _refusal(-result)


def _refusal(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _programs(opened: int) -> stale_object.Named[int]:
    """The addresses of all programs that the object has, loaded or not."""
    library = libbpf.library()
    return stale_object.Named(
        (library.bpf_program__name(one).decode(), one)
        for one in _each(opened, library.bpf_object__next_program)
    )


def _maps(opened: int) -> Iterator[tuple[str, int]]:
    """The descriptors of its maps."""
    library = libbpf.library()
    for one in _each(opened, library.bpf_object__next_map):
        yield library.bpf_map__name(one).decode(), int(library.bpf_map__fd(one))


def _each(opened: int, following: Callable[[int, int | None], int | None]) -> Iterator[int]:
    one = following(opened, None)
    while one:
        yield one
        one = following(opened, one)


def _reason(said: list[str]) -> str:
    """The first line in which libbpf names a failure, or else the first."""
    lines = [line.strip() for line in said]
    first = lines[0] if lines else ""
    return next((line for line in lines if any(word in line.lower() for word in _TELLING)), first)

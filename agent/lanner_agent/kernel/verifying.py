# SPDX-License-Identifier: Apache-2.0
"""Programs of an object that libbpf has prepared, offered to the kernel by several threads at once: its
verifier is most of what loading costs, and libbpf would wait for each program before it offers the next.

In: the object, with its maps made and its programs fitted to this kernel. Out: descriptors.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from lanner_agent.kernel import btf, libbpf

THREADS_MOST: Final = 4  # the largest program alone takes a fourth of the time
_LICENCE: Final = b"Dual BSD/GPL"  # that of bpf/kernel/license.bpf.c, which libbpf keeps to itself
_FUNCTION_INFO_BYTES: Final = 8  # struct bpf_func_info
_LINE_INFO_BYTES: Final = 16  # struct bpf_line_info
# What a section's name begins with -> what the kernel knows the program's target as.
_TARGETS: Final = {
    "tp_btf": (btf.TYPEDEF, "btf_trace_"),
    "fentry": (btf.FUNCTION, ""),
    "fexit": (btf.FUNCTION, ""),
    "iter": (btf.FUNCTION, "bpf_iter_"),
}


def load(opened: int, programs: Mapping[str, int], threads: int) -> dict[str, int]:
    """Descriptors of these programs, whose addresses are given by name. Raises OSError, and then none of them
    is loaded.
    """
    library = libbpf.library()
    targets = {name: _target(one) for name, one in programs.items()}
    numbers = btf.numbers(frozenset(targets.values()))
    types = library.bpf_object__btf_fd(opened)
    largest_first = sorted(programs, key=lambda name: -library.bpf_program__insn_cnt(programs[name]))

    def offer(name: str) -> int:
        return _load(name, programs[name], types, numbers.get(targets[name], 0))

    return _all(offer, largest_first, min(threads, THREADS_MOST))


def _all(offer: Callable[[str], int], names: Sequence[str], threads: int) -> dict[str, int]:
    """What each of them returned, or one error for all: then what was loaded is closed."""
    results: dict[str, int] = {}

    def note(name: str) -> None:  # here, for a thread that cannot be started leaves its work to the others
        results[name] = offer(name)

    try:
        with ThreadPoolExecutor(threads) as pool:
            ended = [pool.submit(note, name) for name in names]
        for one in ended:
            one.result()
        _require(results)
    except BaseException as error:
        for result in results.values():
            if result >= 0:
                os.close(result)
        if isinstance(error, RuntimeError):  # there is no room for another thread
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error
        raise
    return results


def _require(results: Mapping[str, int]) -> None:
    for result in results.values():
        if result < 0:
            raise OSError(-result, os.strerror(-result))


def _target(program: int) -> btf.Named:
    section = libbpf.library().bpf_program__section_name(program).decode()
    kind, _, name = section.removeprefix("?").partition("/")
    if kind not in _TARGETS:  # libbpf may know better
        raise OSError(errno.EOPNOTSUPP, f"no program of {section} is loaded by threads")
    number, prefix = _TARGETS[kind]
    return number, prefix + name


def _load(name: str, program: int, types: int, target: int) -> int:
    """Its descriptor, or minus the error's number."""
    library = libbpf.library()
    options = libbpf.ProgramOptions(
        sz=ctypes.sizeof(libbpf.ProgramOptions),
        expected_attach_type=library.bpf_program__expected_attach_type(program),
        prog_btf_fd=types,
        prog_flags=library.bpf_program__flags(program),
        attach_btf_id=target,
        func_info=library.bpf_program__func_info(program),
        func_info_cnt=library.bpf_program__func_info_cnt(program),
        func_info_rec_size=_FUNCTION_INFO_BYTES,
        line_info=library.bpf_program__line_info(program),
        line_info_cnt=library.bpf_program__line_info_cnt(program),
        line_info_rec_size=_LINE_INFO_BYTES,
    )
    loaded: int = library.bpf_prog_load(
        library.bpf_program__type(program),
        name.encode(),
        _LICENCE,
        library.bpf_program__insns(program),
        library.bpf_program__insn_cnt(program),
        ctypes.byref(options),
    )
    return loaded

# SPDX-License-Identifier: Apache-2.0
"""libbpf's own C API, by ctypes: that of the libbpf inside pylibbpf's extension module, or the system's
libbpf.so.1 where a build of pylibbpf keeps its symbols to itself.

    library()   with a prototype for every function of PROTOTYPES, or KernelError with what is missing
    heard()     what libbpf warns of meanwhile; otherwise it says nothing

The extension is found by its name and not imported, for what it adds to Python is not needed. Structures end
where the fields that we use end: `sz` tells libbpf so, and it takes the rest as zero.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.machinery
import importlib.util
import pathlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from lanner_agent.kernel.errors import KernelError

PACKAGE: Final = "pylibbpf"
SYSTEM: Final = "libbpf.so.1"
HINT: Final = "install pylibbpf with pip, or libbpf 1.0 or newer (Debian: apt-get install libbpf1)"
_SAID_BYTES: Final = 8192  # of one saying: a program's log may be megabytes long, and its reason comes before
_WARNING: Final = 0  # enum libbpf_print_level
_POINTER: Final = ctypes.c_void_p
_TEXT: Final = ctypes.c_char_p
_INT: Final = ctypes.c_int
_U32: Final = ctypes.c_uint32
_U64: Final = ctypes.c_uint64
_SIZE: Final = ctypes.c_size_t

# Function -> its result, and its parameters (bpf.h, btf.h and libbpf.h; the same from libbpf 1.0 on).
PROTOTYPES: Final[dict[str, tuple[Any, ...]]] = {
    "libbpf_version_string": (_TEXT,),
    "libbpf_set_print": (_POINTER, _POINTER),
    "libbpf_num_possible_cpus": (_INT,),
    "libbpf_probe_bpf_prog_type": (_INT, _INT, _POINTER),
    "libbpf_probe_bpf_helper": (_INT, _INT, _INT, _POINTER),
    "bpf_object__open_mem": (_POINTER, _TEXT, _SIZE, _POINTER),
    "bpf_object__load": (_INT, _POINTER),
    "bpf_object__close": (None, _POINTER),
    "bpf_object__next_map": (_POINTER, _POINTER, _POINTER),
    "bpf_object__next_program": (_POINTER, _POINTER, _POINTER),
    "bpf_map__name": (_TEXT, _POINTER),
    "bpf_map__fd": (_INT, _POINTER),
    "bpf_program__name": (_TEXT, _POINTER),
    "bpf_program__section_name": (_TEXT, _POINTER),
    "bpf_program__autoload": (ctypes.c_bool, _POINTER),
    "bpf_program__set_autoload": (_INT, _POINTER, ctypes.c_bool),
    "bpf_program__fd": (_INT, _POINTER),
    "bpf_link_create": (_INT, _INT, _INT, _INT, _POINTER),
    "bpf_map_create": (_INT, _INT, _TEXT, _U32, _U32, _U32, _POINTER),
    "bpf_map_lookup_elem": (_INT, _INT, _POINTER, _POINTER),
    "bpf_map_update_elem": (_INT, _INT, _POINTER, _POINTER, _U64),
    "bpf_map_delete_elem": (_INT, _INT, _POINTER),
    "bpf_map_get_next_key": (_INT, _INT, _POINTER, _POINTER),
    "bpf_map_lookup_batch": (_INT, _INT, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER),
    "bpf_map_update_batch": (_INT, _INT, _POINTER, _POINTER, _POINTER, _POINTER),
    "bpf_prog_load": (_INT, _INT, _TEXT, _TEXT, _POINTER, _SIZE, _POINTER),
    "bpf_raw_tracepoint_open": (_INT, _TEXT, _INT),
    "bpf_iter_create": (_INT, _INT),
    "bpf_obj_get_info_by_fd": (_INT, _INT, _POINTER, _POINTER),
    "btf__parse": (_POINTER, _TEXT, _POINTER),
    "btf__free": (None, _POINTER),
    "btf__find_by_name_kind": (ctypes.c_int32, _POINTER, _TEXT, _U32),
    "btf__type_by_id": (_POINTER, _POINTER, _U32),
}

# What younger ones have besides, and what is done without it where there is none.
YOUNGER: Final[dict[str, tuple[Any, ...]]] = {
    "bpf_object__prepare": (_INT, _POINTER),  # libbpf 1.6, as are these four
    "bpf_program__func_info": (_POINTER, _POINTER),
    "bpf_program__func_info_cnt": (_U32, _POINTER),
    "bpf_program__line_info": (_POINTER, _POINTER),
    "bpf_program__line_info_cnt": (_U32, _POINTER),
    "bpf_object__btf_fd": (_INT, _POINTER),
    "bpf_program__type": (_INT, _POINTER),
    "bpf_program__expected_attach_type": (_INT, _POINTER),
    "bpf_program__flags": (_U32, _POINTER),
    "bpf_program__insns": (_POINTER, _POINTER),
    "bpf_program__insn_cnt": (_SIZE, _POINTER),
}


class ObjectOptions(ctypes.Structure):
    """The begin of `struct bpf_object_open_opts`."""

    _fields_ = (("sz", _SIZE), ("object_name", _TEXT))


class ProgramOptions(ctypes.Structure):
    """The begin of `struct bpf_prog_load_opts`."""

    _fields_ = (
        ("sz", _SIZE),
        ("attempts", _INT),
        ("expected_attach_type", _INT),
        ("prog_btf_fd", _U32),
        ("prog_flags", _U32),
        ("prog_ifindex", _U32),
        ("kern_version", _U32),
        ("attach_btf_id", _U32),
        ("attach_prog_fd", _U32),
        ("attach_btf_obj_fd", _U32),
        ("fd_array", _POINTER),
        ("func_info", _POINTER),
        ("func_info_cnt", _U32),
        ("func_info_rec_size", _U32),
        ("line_info", _POINTER),
        ("line_info_cnt", _U32),
        ("line_info_rec_size", _U32),
        ("log_level", _U32),
        ("log_size", _U32),
        ("log_buf", _POINTER),
    )


class BtfType(ctypes.Structure):
    """`struct btf_type` without its members. `refers`: its size, or the number of another type."""

    _fields_ = (("name_off", _U32), ("info", _U32), ("refers", _U32))


@functools.cache
def library() -> ctypes.CDLL:
    """Loaded once, and silent. KernelError where no libbpf has every function."""
    refused = []
    for path in candidates():
        try:
            found = ctypes.CDLL(path, use_errno=True)
        except OSError as error:
            refused.append(str(error))
            continue
        missing = [name for name in PROTOTYPES if not hasattr(found, name)]
        if not missing:
            return _prepared(found)
        refused.append(f"{path} lacks {', '.join(missing)}")
    raise KernelError(
        f"no libbpf can be used: {'; '.join(refused)}",
        hint=HINT,
    )


def prepares() -> bool:
    """Whether an object can be all but loaded, and its programs be asked for what loading them takes."""
    return all(hasattr(library(), name) for name in YOUNGER)


def candidates() -> Iterator[str]:
    """Files to try, the best first."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or ():
        for ending in importlib.machinery.EXTENSION_SUFFIXES:
            extension = pathlib.Path(folder, PACKAGE + ending)
            if extension.is_file():
                yield str(extension)
    yield SYSTEM


def _prepared(found: ctypes.CDLL) -> ctypes.CDLL:
    younger = {name: prototype for name, prototype in YOUNGER.items() if hasattr(found, name)}
    for name, (result, *parameters) in {**PROTOTYPES, **younger}.items():
        function = getattr(found, name)
        function.restype, function.argtypes = result, parameters
    found.libbpf_set_print(None)
    return found


_alone: Final = threading.Lock()  # libbpf has one listener in the whole process
_hearing: Final = threading.local()
_libc: Final = ctypes.CDLL(None)
_libc.vsnprintf.argtypes = (_POINTER, _SIZE, _POINTER, _POINTER)


@contextmanager
def heard() -> Iterator[list[str]]:
    """The lines in which libbpf warns this thread inside."""
    lines = _hearing.lines = list[str]()
    with _alone:
        library().libbpf_set_print(_listener)
        try:
            yield lines
        finally:
            library().libbpf_set_print(None)
            del _hearing.lines


def _hear(level: int, text: int, arguments: int) -> int:
    """`arguments` is a va_list: an array on x86-64, a structure of 32 bytes on arm64. Both are passed by
    their address, to here and from here to vsnprintf.
    """
    lines = getattr(_hearing, "lines", None)
    if lines is not None and level == _WARNING:
        said = ctypes.create_string_buffer(_SAID_BYTES)
        _libc.vsnprintf(said, _SAID_BYTES, text, arguments)
        lines += said.value.decode("utf-8", "replace").splitlines()
    return 0


# Lasts as long as the process: another thread may be about to call it when the last listener leaves.
_listener: Final = ctypes.CFUNCTYPE(_INT, _INT, _POINTER, _POINTER)(_hear)

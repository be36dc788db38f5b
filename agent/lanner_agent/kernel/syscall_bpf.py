# SPDX-License-Identifier: Apache-2.0
"""bpf(2), as far as pylibbpf does not carry it: maps by descriptor, per-CPU values, iterators, own programs,
and whether the kernel has a helper function.

In: descriptors, and bytes in the machine's byte order. Out: descriptors (close-on-exec; the caller closes)
and bytes. Raises errors.KernelError. Called by the other modules of this package.

Every structure ends where the fields it uses end: the kernel takes what is missing as zero, so one layout
serves Linux 5.15 and everything newer (include/uapi/linux/bpf.h, `union bpf_attr`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import platform
import struct
from collections.abc import Iterator
from typing import Final

from lanner_agent.kernel.errors import KernelError

ARRAY: Final = 2
HASH: Final = 1
PERCPU_HASH: Final = 5
PERCPU_ARRAY: Final = 6
RINGBUF: Final = 27

NOEXIST: Final = 1  # map_update: only a new key
EXIST: Final = 2  # map_update: only a key that is there

NUMBERS: Final = {"x86_64": 321, "aarch64": 280}  # of bpf(2), by machine
POSSIBLE_CPUS: Final = pathlib.Path("/sys/devices/system/cpu/possible")

# enum bpf_cmd
_MAP_CREATE: Final = 0
_MAP_LOOKUP_ELEM: Final = 1
_MAP_UPDATE_ELEM: Final = 2
_MAP_DELETE_ELEM: Final = 3
_MAP_GET_NEXT_KEY: Final = 4
_PROG_LOAD: Final = 5
_OBJ_GET_INFO_BY_FD: Final = 15
_RAW_TRACEPOINT_OPEN: Final = 17
_MAP_LOOKUP_BATCH: Final = 24
_MAP_UPDATE_BATCH: Final = 26
_LINK_CREATE: Final = 28
_ITER_CREATE: Final = 33

_KPROBE: Final = 2  # enum bpf_prog_type: the tracing kind that needs no function to be named
_TRACING: Final = 26
_INSTRUCTION: Final = struct.Struct("=BBhi")  # struct bpf_insn
_CALL_AND_EXIT: Final = struct.Struct("=BBhiBBhi")  # two of them
_PROG_ARRAY: Final = 3
_LOG_BYTES: Final = 4096
_BATCH: Final = 65536  # elements asked for at once, more than any bucket of a hash map has
_NO_SUCH_HELPER: Final = (b"unknown func", b"invalid func")  # check_helper_call in kernel/bpf/verifier.c

_TRACE_FENTRY: Final = 24  # enum bpf_attach_type
_TRACE_ITER: Final = 28
NAME_BYTES: Final = 15  # of a program or map: BPF_OBJ_NAME_LEN without its end
_PROGRAM_LINK: Final = "anon_inode:bpf-prog"

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _MapCreate(ctypes.Structure):
    _fields_ = (
        ("map_type", ctypes.c_uint32),
        ("key_size", ctypes.c_uint32),
        ("value_size", ctypes.c_uint32),
        ("max_entries", ctypes.c_uint32),
        ("map_flags", ctypes.c_uint32),
        ("inner_map_fd", ctypes.c_uint32),
        ("numa_node", ctypes.c_uint32),
        ("map_name", ctypes.c_char * 16),
    )


class _MapElement(ctypes.Structure):
    _fields_ = (
        ("map_fd", ctypes.c_uint32),
        ("padding", ctypes.c_uint32),
        ("key", ctypes.c_void_p),
        ("value_or_next_key", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
    )


class _MapBatch(ctypes.Structure):
    _fields_ = (
        ("in_batch", ctypes.c_void_p),
        ("out_batch", ctypes.c_void_p),
        ("keys", ctypes.c_void_p),
        ("values", ctypes.c_void_p),
        ("count", ctypes.c_uint32),
        ("map_fd", ctypes.c_uint32),
        ("elem_flags", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
    )


class _ProgLoad(ctypes.Structure):
    _fields_ = (
        ("prog_type", ctypes.c_uint32),
        ("insn_cnt", ctypes.c_uint32),
        ("insns", ctypes.c_void_p),
        ("license", ctypes.c_char_p),
        ("log_level", ctypes.c_uint32),
        ("log_size", ctypes.c_uint32),
        ("log_buf", ctypes.c_void_p),
        ("kern_version", ctypes.c_uint32),
        ("prog_flags", ctypes.c_uint32),
        ("prog_name", ctypes.c_char * 16),
        ("prog_ifindex", ctypes.c_uint32),
        ("expected_attach_type", ctypes.c_uint32),
        ("unused", ctypes.c_uint32 * 9),  # types, functions and lines of the program itself
        ("attach_btf_id", ctypes.c_uint32),
    )


class _RawTracepoint(ctypes.Structure):
    _fields_ = (("name", ctypes.c_void_p), ("prog_fd", ctypes.c_uint32), ("padding", ctypes.c_uint32))


class _LinkCreate(ctypes.Structure):
    _fields_ = (
        ("prog_fd", ctypes.c_uint32),
        ("target_fd", ctypes.c_uint32),
        ("attach_type", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
    )


class _IterCreate(ctypes.Structure):
    _fields_ = (("link_fd", ctypes.c_uint32), ("flags", ctypes.c_uint32))


class _GetInfo(ctypes.Structure):
    _fields_ = (("bpf_fd", ctypes.c_uint32), ("info_len", ctypes.c_uint32), ("info", ctypes.c_void_p))


class ProgramInfo(ctypes.Structure):
    """The begin of `struct bpf_prog_info`; sizes in bytes, `load_time` in ns since boot. `recursion_misses`:
    how often it was not started because it was running already, on the same CPU (v5.12).
    """

    _fields_ = (
        ("type", ctypes.c_uint32),
        ("id", ctypes.c_uint32),
        ("tag", ctypes.c_uint8 * 8),
        ("jited_prog_len", ctypes.c_uint32),
        ("xlated_prog_len", ctypes.c_uint32),
        ("jited_prog_insns", ctypes.c_uint64),
        ("xlated_prog_insns", ctypes.c_uint64),
        ("load_time", ctypes.c_uint64),
        ("created_by_uid", ctypes.c_uint32),
        ("nr_map_ids", ctypes.c_uint32),
        ("map_ids", ctypes.c_uint64),
        ("name", ctypes.c_char * 16),
        ("unused", ctypes.c_uint64 * 16),  # where it wants to be given room for its code, types and lines
        ("recursion_misses", ctypes.c_uint64),
    )


def map_create(  # noqa: PLR0913, PLR0917 (the kernel's own parameters, in its order)
    type: int, key_size: int, value_size: int, max_entries: int, flags: int = 0, name: bytes = b""
) -> int:
    """A new map; sizes in bytes. `name` has at most 15 of A-Z a-z 0-9 _ and dot."""
    attributes = _MapCreate(type, key_size, value_size, max_entries, flags, 0, 0, name[:NAME_BYTES])
    return _must(f"cannot create BPF map {name.decode('ascii', 'replace')!r}", _MAP_CREATE, attributes)


def map_lookup(fd: int, key: bytes, value_size: int) -> bytes | None:
    """The value at `key`, None when there is none; not for per-CPU maps, whose values are wider."""
    value = ctypes.create_string_buffer(value_size)
    attributes, keep = _element(fd, key, ctypes.addressof(value))
    found = _call(_MAP_LOOKUP_ELEM, attributes)
    del keep
    if found == -errno.ENOENT:
        return None
    _check("cannot read from a BPF map", found)
    return value.raw


def map_lookup_percpu(fd: int, key: bytes, value_size: int) -> list[bytes] | None:
    """The value at `key` of each possible CPU, in their order; None when there is none."""
    stride = (value_size + 7) // 8 * 8
    values = map_lookup(fd, key, stride * possible_cpus())
    if values is None:
        return None
    return [values[at : at + value_size] for at in range(0, len(values), stride)]


def map_update(fd: int, key: bytes, value: bytes, flags: int = 0) -> None:
    """Put `value` at `key`; lengths must be those of the map, the kernel cannot check them."""
    held = ctypes.create_string_buffer(value, len(value))
    attributes, keep = _element(fd, key, ctypes.addressof(held), flags)
    _must("cannot write to a BPF map", _MAP_UPDATE_ELEM, attributes)
    del keep


def map_delete(fd: int, key: bytes) -> bool:
    """False when there was no such key."""
    attributes, keep = _element(fd, key, None)
    deleted = _call(_MAP_DELETE_ELEM, attributes)
    del keep
    if deleted == -errno.ENOENT:
        return False
    _check("cannot delete from a BPF map", deleted)
    return True


def map_keys(fd: int, key_size: int) -> Iterator[bytes]:
    """Every key. Deleting a key that was just yielded makes a hash map begin anew: gather them first."""
    following = ctypes.create_string_buffer(key_size)
    key: bytes | None = None
    while True:
        attributes, keep = _element(fd, key, ctypes.addressof(following))
        result = _call(_MAP_GET_NEXT_KEY, attributes)
        del keep
        if result == -errno.ENOENT:
            return
        _check("cannot list the keys of a BPF map", result)
        key = following.raw
        yield key


def map_items(fd: int, key_size: int, value_size: int) -> tuple[bytes, bytes]:
    """All keys of a hash map and their values, each one after the other, as found in one pass."""
    keys, values = bytearray(), bytearray()
    some_keys = ctypes.create_string_buffer(_BATCH * key_size)
    some_values = ctypes.create_string_buffer(_BATCH * value_size)
    place = ctypes.c_uint32()
    begin: int | None = None
    while True:
        attributes = _MapBatch(begin, *map(ctypes.addressof, (place, some_keys, some_values)), _BATCH, fd)
        result = _call(_MAP_LOOKUP_BATCH, attributes)
        if result != -errno.ENOENT:  # the last of them
            _check("cannot read from a BPF map", result)
        keys += ctypes.string_at(some_keys, attributes.count * key_size)
        values += ctypes.string_at(some_values, attributes.count * value_size)
        if result:
            return bytes(keys), bytes(values)
        begin = ctypes.addressof(place)


def map_update_all(fd: int, keys: bytes, values: bytes, count: int) -> int:
    """Put `count` values at as many keys; how many found room."""
    if not count:
        return 0
    held = [ctypes.create_string_buffer(part, len(part)) for part in (keys, values)]
    attributes = _MapBatch(None, None, *map(ctypes.addressof, held), count, fd)
    result = _call(_MAP_UPDATE_BATCH, attributes)
    if result != -errno.E2BIG:
        _check("cannot write to a BPF map", result)
    return int(attributes.count)


def has_helper(number: int) -> bool | None:
    """Whether tracing programs may call the helper (enum bpf_func_id); None when this user may not ask.

    A program that only calls it is offered to the verifier, which names the call where there is none, and
    otherwise misses its arguments. Nothing stays loaded.
    """
    code = ctypes.create_string_buffer(_CALL_AND_EXIT.pack(0x85, 0, 0, number, 0x95, 0, 0, 0))
    log = ctypes.create_string_buffer(_LOG_BYTES)
    attributes = _ProgLoad(
        _KPROBE, 2, ctypes.addressof(code), b"GPL", 1, _LOG_BYTES, ctypes.addressof(log), 0, 0
    )
    result = _call(_PROG_LOAD, attributes)
    if result >= 0:
        os.close(result)
        return True
    if not log.value:
        return None
    return not any(words in log.value for words in _NO_SUCH_HELPER)


def mixes_tail_calls() -> bool | None:
    """Whether a program with functions of its own may make tail calls, as on arm64 since v6.0; None when this
    user may not ask. Found as by has_helper.
    """
    try:
        programs = map_create(_PROG_ARRAY, 4, 4, 1, name=b"lanner_try")
    except KernelError:
        return None
    lines = (
        *((0xBF, 0x16, 0, 0), (0x85, 0x10, 0, 7), (0xBF, 0x61, 0, 0)),  # keep ctx, call the function below
        *((0x18, 0x12, 0, programs), (0, 0, 0, 0), (0xB7, 3, 0, 0), (0x85, 0, 0, 12)),  # the tail call
        *((0xB7, 0, 0, 0), (0x95, 0, 0, 0), (0xB7, 0, 0, 0), (0x95, 0, 0, 0)),
    )
    code = ctypes.create_string_buffer(b"".join(_INSTRUCTION.pack(*line) for line in lines))
    log = ctypes.create_string_buffer(_LOG_BYTES)
    attributes = _ProgLoad(
        _KPROBE, len(lines), ctypes.addressof(code), b"GPL", 1, _LOG_BYTES, ctypes.addressof(log), 0, 0
    )
    result = _call(_PROG_LOAD, attributes)
    os.close(programs)
    if result < 0:
        return False if b"mixing of tail_calls" in log.value else None
    os.close(result)
    return True


def fentry_error(function: int) -> int:
    """Why no program can be attached to the beginning of a function (its BTF number): an error's number, 0
    when it can. One that does nothing is attached and taken off again.
    """
    code = ctypes.create_string_buffer(_CALL_AND_EXIT.pack(0xB7, 0, 0, 0, 0x95, 0, 0, 0))
    attributes = _ProgLoad(_TRACING, 2, ctypes.addressof(code), b"GPL")
    attributes.expected_attach_type = _TRACE_FENTRY
    attributes.attach_btf_id = function
    program = _call(_PROG_LOAD, attributes)
    if program < 0:
        return -program
    link = _call(_RAW_TRACEPOINT_OPEN, _RawTracepoint(None, program, 0))
    os.close(program)
    if link < 0:
        return -link
    os.close(link)
    return 0


def link_create_iter(prog_fd: int) -> int:
    """The link of a loaded iterator program, over everything there is."""
    return _must("cannot attach a BPF iterator", _LINK_CREATE, _LinkCreate(prog_fd, 0, _TRACE_ITER, 0))


def iter_create(link_fd: int) -> int:
    """A new run of an iterator, read as a file until its end."""
    return _must("cannot start a BPF iterator", _ITER_CREATE, _IterCreate(link_fd, 0))


def program_info(prog_fd: int) -> ProgramInfo:
    """What the kernel knows of a loaded program."""
    info = ProgramInfo()
    attributes = _GetInfo(prog_fd, ctypes.sizeof(info), ctypes.addressof(info))
    _must("cannot ask about a BPF program", _OBJ_GET_INFO_BY_FD, attributes)
    return info


def own_programs() -> dict[bytes, int]:
    """The descriptors, among this process's own, of its loaded programs by name; borrowed, not to be closed.

    pylibbpf keeps its descriptors to itself, and opening programs by id wants CAP_SYS_ADMIN. The kernel knows
    the first NAME_BYTES of a name only; of several with these the one loaded last is taken.
    """
    found: dict[bytes, tuple[int, int]] = {}
    for entry in sorted(os.listdir("/proc/self/fd"), key=int):
        try:
            link = os.readlink(f"/proc/self/fd/{entry}")
        except FileNotFoundError:  # the folder's own descriptor, closed since
            continue
        if link != _PROGRAM_LINK:
            continue
        info = program_info(int(entry))
        name = bytes(info.name)
        found[name] = max(found.get(name, (0, 0)), (int(info.id), int(entry)))
    return {name: fd for name, (_, fd) in found.items()}


def own_program(name: bytes) -> int:
    """The descriptor of one of them; raises KernelError where it is not loaded."""
    found = own_programs().get(name[:NAME_BYTES])
    if found is None:
        raise KernelError(f"BPF program {name.decode('ascii', 'replace')} is not loaded", errno.ENOENT)
    return found


def possible_cpus() -> int:
    """How many CPUs per-CPU values have room for: `0-3,8-11` -> 8 (cpu_possible_mask)."""
    ranges = [part.split("-") for part in POSSIBLE_CPUS.read_text().strip().split(",")]
    return sum(int(part[-1]) - int(part[0]) + 1 for part in ranges)


def _element(
    fd: int, key: bytes | None, other: int | None, flags: int = 0
) -> tuple[_MapElement, ctypes.Array[ctypes.c_char] | None]:
    """The attributes, and what must live until the call is over."""
    held = None if key is None else ctypes.create_string_buffer(key, len(key))
    address = None if held is None else ctypes.addressof(held)
    return _MapElement(fd, 0, address, other, flags), held


def _must(what: str, command: int, attributes: ctypes.Structure) -> int:
    return _check(what, _call(command, attributes))


def _check(what: str, result: int) -> int:
    if result < 0:
        raise KernelError(what, -result)
    return result


def _call(command: int, attributes: ctypes.Structure) -> int:
    """The result, or minus the error's number."""
    number = NUMBERS.get(platform.machine())
    if number is None:
        return -errno.ENOSYS
    result: int = _libc.syscall(
        ctypes.c_long(number),
        ctypes.c_int(command),
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )
    return -ctypes.get_errno() if result < 0 else result

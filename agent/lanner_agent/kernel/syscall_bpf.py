# SPDX-License-Identifier: Apache-2.0
"""bpf(2) by descriptor, through libbpf: values of maps, runs of iterators, what is known of a program, and
small programs that are offered to the verifier to learn what the kernel can do.

In: descriptors, and bytes in the machine's byte order. Out: descriptors (close-on-exec; the caller closes)
and bytes. Raises errors.KernelError.
"""

from __future__ import annotations

import array
import ctypes
import errno
import os
import struct
from collections.abc import Iterator, Sequence
from typing import Final

from lanner_agent.kernel import libbpf
from lanner_agent.kernel.errors import KernelError

# enum bpf_map_type
HASH: Final = 1
ARRAY: Final = 2
_PROG_ARRAY: Final = 3
PERCPU_ARRAY: Final = 6
RINGBUF: Final = 27

NOEXIST: Final = 1  # map_update: only a new key
EXIST: Final = 2  # map_update: only a key that is there

_KPROBE: Final = 2  # enum bpf_prog_type: the tracing kind that needs no function to be named
_TRACING: Final = 26
_TRACE_FENTRY: Final = 24  # enum bpf_attach_type
_TRACE_ITER: Final = 28
_INSTRUCTION: Final = struct.Struct("=BBhi")  # struct bpf_insn
_LOG_BYTES: Final = 4096
_BATCH: Final = 256  # elements asked for at once, unless a bucket of a hash map has more

_Chars = ctypes.Array[ctypes.c_char]
Instruction = tuple[int, int, int, int]  # code, registers, offset, number


class ProgramInfo(ctypes.Structure):
    """The begin of `struct bpf_prog_info`; sizes in bytes, `load_time` in ns since boot. `run_time_ns` and
    `run_cnt` are counted while kernel.bpf_stats_enabled is 1. `recursion_misses`: how often it was not
    started because it was running already, on the same CPU (v5.12). `verified_insns`: instructions that the
    verifier went through, each as often as it did (v5.16).
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
        ("unused", ctypes.c_uint64 * 14),  # where it wants to be given room for its code, types and lines
        ("run_time_ns", ctypes.c_uint64),
        ("run_cnt", ctypes.c_uint64),
        ("recursion_misses", ctypes.c_uint64),
        ("verified_insns", ctypes.c_uint32),
    )


def map_create(type: int, key_size: int, value_size: int, max_entries: int, name: bytes = b"") -> int:
    """A new map; sizes in bytes. `name` is of A-Z a-z 0-9 _ and dot; the kernel keeps 15 of them."""
    created = libbpf.library().bpf_map_create(type, name, key_size, value_size, max_entries, None)
    return _check(f"cannot create BPF map {name.decode('ascii', 'replace')!r}", created)


def map_lookup(fd: int, key: bytes, value_size: int) -> bytes | None:
    """The value at `key`, None when there is none; not for per-CPU maps, whose values are wider."""
    value = ctypes.create_string_buffer(value_size)
    found = libbpf.library().bpf_map_lookup_elem(fd, key, value)
    if found == -errno.ENOENT:
        return None
    _check("cannot read from a BPF map", found)
    return value.raw


def map_update(fd: int, key: bytes, value: bytes, flags: int = 0) -> None:
    """Put `value` at `key`; lengths must be those of the map, the kernel cannot check them."""
    _check("cannot write to a BPF map", libbpf.library().bpf_map_update_elem(fd, key, value, flags))


def map_delete(fd: int, key: bytes) -> bool:
    """False when there was no such key."""
    deleted = libbpf.library().bpf_map_delete_elem(fd, key)
    if deleted == -errno.ENOENT:
        return False
    _check("cannot delete from a BPF map", deleted)
    return True


def map_keys(fd: int, key_size: int) -> Iterator[bytes]:
    """Every key. Deleting a key that was just yielded makes a hash map begin anew: gather them first."""
    following = ctypes.create_string_buffer(key_size)
    key: bytes | None = None
    while (result := libbpf.library().bpf_map_get_next_key(fd, key, following)) != -errno.ENOENT:
        _check("cannot list the keys of a BPF map", result)
        key = following.raw
        yield key


def map_items(fd: int, key_size: int, value_size: int) -> tuple[bytes, bytes]:
    """All keys of a hash map and their values, each one after the other, as found in one pass."""
    keys, values = bytearray(), bytearray()
    place, begin = ctypes.c_uint32(), None
    size, last, room = _BATCH, False, _room(_BATCH, key_size, value_size)
    while not last:
        try:
            last, count = _batch(fd, begin, place, *room, size)
        except KernelError as error:
            if error.errno != errno.ENOSPC:
                raise
            size *= 2  # one bucket has more
            room = _room(size, key_size, value_size)
            continue
        keys += ctypes.string_at(room[0], count * key_size)
        values += ctypes.string_at(room[1], count * value_size)
        begin = place
    return bytes(keys), bytes(values)


def map_totals(fd: int, entries: int) -> Sequence[int]:
    """Of each entry of a per-CPU array of 64-bit numbers the sum over all CPUs, read in one call."""
    cpus = possible_cpus()
    keys = ctypes.create_string_buffer(entries * 4)
    values = ctypes.create_string_buffer(entries * cpus * 8)
    _, count = _batch(fd, None, ctypes.c_uint32(), keys, values, entries)
    numbers = array.array("Q", ctypes.string_at(values, count * cpus * 8))
    return list(map(sum, zip(*(numbers[cpu::cpus] for cpu in range(cpus)), strict=True)))


def map_update_all(fd: int, keys: bytes, values: bytes, count: int) -> int:
    """Put `count` values at as many keys; how many found room."""
    if not count:
        return 0
    done = ctypes.c_uint32(count)
    result = libbpf.library().bpf_map_update_batch(fd, keys, values, ctypes.byref(done), None)
    if result != -errno.E2BIG:
        _check("cannot write to a BPF map", result)
    return done.value


def attach(prog_fd: int, name: str) -> int:
    """A link from a tracing program to what it was loaded for; the program's `name` is for the error."""
    return _check(f"cannot attach {name}", libbpf.library().bpf_raw_tracepoint_open(None, prog_fd))


def iter_attach(prog_fd: int, name: str) -> int:
    """The same of an iterator, whose link is what `iter_create` takes."""
    return _check(f"cannot attach {name}", libbpf.library().bpf_link_create(prog_fd, 0, _TRACE_ITER, None))


def iter_create(link_fd: int) -> int:
    """A new run of an iterator, read as a file until its end."""
    return _check("cannot start a BPF iterator", libbpf.library().bpf_iter_create(link_fd))


def program_info(prog_fd: int) -> ProgramInfo:
    """What the kernel knows of a loaded program."""
    info = ProgramInfo()
    length = ctypes.c_uint32(ctypes.sizeof(info))
    asked = libbpf.library().bpf_obj_get_info_by_fd(prog_fd, ctypes.byref(info), ctypes.byref(length))
    _check("cannot ask about a BPF program", asked)
    return info


def possible_cpus() -> int:
    """How many CPUs per-CPU values have room for. libbpf reads the file once."""
    return _check("cannot count the possible CPUs", libbpf.library().libbpf_num_possible_cpus())


def has_helper(number: int) -> bool | None:
    """Whether tracing programs may call the helper (enum bpf_func_id); None when this user may not ask."""
    library = libbpf.library()
    if library.libbpf_probe_bpf_prog_type(_KPROBE, None) != 1:  # the next would say yes then
        return None
    return bool(library.libbpf_probe_bpf_helper(_KPROBE, number, None) == 1)


def mixes_tail_calls() -> bool | None:
    """Whether a program with functions of its own may make tail calls, as on arm64 since v6.0; None when this
    user may not ask. Nothing stays loaded.
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
    log = ctypes.create_string_buffer(_LOG_BYTES)
    options = libbpf.ProgramOptions(
        sz=ctypes.sizeof(libbpf.ProgramOptions),
        log_level=1,
        log_size=_LOG_BYTES,
        log_buf=ctypes.addressof(log),
    )
    program = _load(_KPROBE, lines, options)
    os.close(programs)
    if program < 0:
        return False if b"mixing of tail_calls" in log.value else None
    os.close(program)
    return True


def fentry_error(function: int) -> int:
    """Why no program can be attached to the beginning of a function (its BTF number): an error's number, 0
    when it can. One that does nothing is attached and taken off again.
    """
    library = libbpf.library()
    options = libbpf.ProgramOptions(
        sz=ctypes.sizeof(libbpf.ProgramOptions), expected_attach_type=_TRACE_FENTRY, attach_btf_id=function
    )
    program = _load(_TRACING, ((0xB7, 0, 0, 0), (0x95, 0, 0, 0)), options)
    if program < 0:
        return -program
    link: int = library.bpf_raw_tracepoint_open(None, program)
    os.close(program)
    if link < 0:
        return -link
    os.close(link)
    return 0


def _load(type: int, lines: Sequence[Instruction], options: libbpf.ProgramOptions) -> int:
    """Its descriptor, or minus the error's number."""
    code = b"".join(_INSTRUCTION.pack(*line) for line in lines)
    loaded: int = libbpf.library().bpf_prog_load(type, None, b"GPL", code, len(lines), ctypes.byref(options))
    return loaded


def _batch(  # noqa: PLR0913, PLR0917 (the kernel's own parameters, in its order)
    fd: int,
    begin: ctypes.c_uint32 | None,
    place: ctypes.c_uint32,
    keys: _Chars,
    values: _Chars,
    most: int,
) -> tuple[bool, int]:
    """Whether these were the last elements of the map, and how many; the next ones begin at `place`."""
    count = ctypes.c_uint32(most)
    first = None if begin is None else ctypes.byref(begin)
    result = libbpf.library().bpf_map_lookup_batch(
        fd, first, ctypes.byref(place), keys, values, ctypes.byref(count), None
    )
    if result != -errno.ENOENT:
        _check("cannot read from a BPF map", result)
    return result < 0, count.value


def _room(size: int, key_size: int, value_size: int) -> tuple[_Chars, _Chars]:
    return ctypes.create_string_buffer(size * key_size), ctypes.create_string_buffer(size * value_size)


def _check(what: str, result: int) -> int:
    if result < 0:
        raise KernelError(what, -result)
    return result

# SPDX-License-Identifier: Apache-2.0
"""What the kernel is told of a cgroup once the first record of it is read: whether it is a container's
(bpf/index/), and whose events are counted together with its (bpf/event/origin.bpf.c).

Until then the index lets every event in it through, and the nearest cgroup above says whose it is. Where
records of such a cgroup are lost, the kernel keeps its path (bpf/event/unmet.h), and it is learnt from there.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Final

from lanner_agent.kernel import kept, origins, record_layout, syscall_bpf
from lanner_agent.kernel.record_layout import (
    CGROUP_PATH,
    TEXT_KEPT,
    Place,
    ProcessFactsAt,
    RecordAt,
    StringPart,
)

_NUMBER: Final = struct.Struct("=I")
_CGROUP: Final = struct.Struct("=Q")
_CGROUP_AT: Final = RecordAt.process + ProcessFactsAt.cgroup_id
_id: Final = itemgetter(slice(_CGROUP_AT, _CGROUP_AT + _CGROUP.size))  # of a record, as bytes
_PATH_AT: Final = RecordAt.process + ProcessFactsAt.cgroup
_ROOT_CGROUP: Final = 1  # which has no path
_PATH_CUT: Final = 500  # bytes; not much longer the kernel's copy of a path ends (CGROUP_PATH)
_MAX_KEPT: Final = 8192  # told of; the kernel forgets the oldest of as many

Identify = Callable[[bytes], bytes | None]  # cgroup path -> id of a container, None on the host


class Cgroups:
    """`maps`: descriptors by name. One of them belongs to the probes of a process."""

    def __init__(self, maps: Mapping[str, int], strings: kept.Kept) -> None:
        self._kept = strings
        self.origins = origins.Known()
        self._maps = maps
        self._told: set[bytes] = set()

    def learn(self, records: Sequence[bytes], identify: Identify) -> None:
        """Tell of those that these records are the first of."""
        if self._told.issuperset(map(_id, records)):
            return
        for record in records:
            if _id(record) not in self._told:
                (cgroup,) = _CGROUP.unpack_from(record, _CGROUP_AT)
                self._tell(cgroup, self._path(cgroup, record), identify)

    def learn_unmet(self, identify: Identify) -> None:
        """Tell of those whose records were lost or unwanted; of those again that the kernel has forgotten."""
        fd = self._maps["unmet"]
        keys, values = syscall_bpf.map_items(fd, _CGROUP.size, CGROUP_PATH.size)
        for (cgroup,), (length, path) in zip(
            _CGROUP.iter_unpack(keys), CGROUP_PATH.iter_unpack(values), strict=True
        ):
            if self._tell(cgroup, path[:length], identify):
                syscall_bpf.map_delete(fd, _CGROUP.pack(cgroup))

    def _tell(self, cgroup: int, path: bytes, identify: Identify) -> bool:
        """Whether the kernel knows it now."""
        if (not path and cgroup != _ROOT_CGROUP) or len(path) >= _PATH_CUT:
            return False  # the kernel had no room for the path, or not for all of it
        if len(self._told) >= _MAX_KEPT:
            self._told.clear()
        self._told.add(_CGROUP.pack(cgroup))
        container = identify(path)
        place = Place.HOST if container is None else Place.CONTAINER
        number = self.origins.add(origins.of_cgroup(path, container))
        syscall_bpf.map_update(self._maps["origins"], _CGROUP.pack(cgroup), _CGROUP.pack(number))
        syscall_bpf.map_update(self._maps["index_cgroups"], _CGROUP.pack(cgroup), _NUMBER.pack(place))
        return True

    def _path(self, cgroup: int, record: bytes) -> bytes:
        at, length = record_layout.TEXT.unpack_from(record, _PATH_AT)
        if at == TEXT_KEPT and not length:
            return self._kept.view.find(kept.of_cgroup(cgroup), StringPart.CGROUP)
        return record[at : at + length]

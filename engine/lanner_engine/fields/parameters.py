# SPDX-License-Identifier: Apache-2.0
"""The parameters of events: which names `evt.arg.NAME` and `evt.rawarg.NAME` accept, and the raw one's type.

The type of a name is that of the first event that has it (specification 3.3, evt.rawarg); an event whose
parameter has a value of another kind reads as absent. Names come from specification 7.2 and from the events
next to those.
"""

from __future__ import annotations

_BY_TYPE = {
    "ERRNO": "res",
    "FD": "fd dirfd olddir newdir olddirfd newdirfd linkdirfd oldfd newfd fd1 fd2 in_fd out_fd",
    "PID": "tid pid ptid vtid vpid pgid reaper_tid target",
    "UID": "uid loginuid euid suid ruid",
    "GID": "gid egid sgid rgid",
    "FSPATH": "name path filename oldpath newpath linkpath trusted_exepath dir special pathname",
    "CHARBUF": "exe cwd comm dev type uargs key value data_type",
    "BYTEBUF": "args cgroups env data msgcontrol img tuple addr",
    "FLAGS32": "flags resolve nstype creat_flags prot mask how",
    "ENUMFLAGS32": "cmd domain",
    "ENUMFLAGS16": "request",
    "MODE": "mode",
    "SIGTYPE": "sig",
    "ABSTIME": "exe_ino_ctime exe_ino_mtime",
    "UINT32": "dev_number queuelen queuemax size vm_size vm_rss vm_swap tty proto",
    "UINT8": "queuepct core",
    "INT32": "backlog",
    "INT64": "status ret vpgid",
    "UINT64": "ino exe_ino fdlimit pgft_maj pgft_min cap_inheritable cap_permitted cap_effective length pos",
}

PARAMETERS: dict[str, str] = {
    name: type_name for type_name, names in _BY_TYPE.items() for name in names.split()
}
# Names whose first event disagrees with the list above: a link target is text, an open's device is a number.
PARAMETERS |= {"target": "CHARBUF", "dev": "UINT32", "vpgid": "PID"}

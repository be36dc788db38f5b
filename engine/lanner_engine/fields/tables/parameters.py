# SPDX-License-Identifier: Apache-2.0
"""The parameters of events: which names `evt.arg.NAME` and `evt.rawarg.NAME` accept, and the raw one's type.

The type of a name is that of the first event that has it (specification 3.3, evt.rawarg); an event whose
parameter has a value of another kind reads as absent. Names come from specification 7.2 and from the events
next to those.
"""

from __future__ import annotations

_BY_TYPE = {
    "ERRNO": "res",
    "FD": """
        fd dirfd olddir newdir olddirfd newdirfd linkdirfd oldfd newfd fd1 fd2 in_fd out_fd fd_in fd_out
        pid_fd target_fd epfd mountfd fromdirfd todirfd
    """,
    "PID": "tid pid ptid vtid vpid vpgid pgid reaper_tid next who child_tid child_pid child_vtid",
    "UID": "uid loginuid euid suid ruid fsuid",
    "GID": "gid egid sgid rgid fsgid",
    "FSPATH": """
        name path filename oldpath newpath linkpath trusted_exepath dir special pathname special_file
        quotafilepath frompath topath
    """,
    "CHARBUF": """
        exe cwd comm type uargs key value data_type target json image desc message msg tags scope event_type
        arg2_str hostname source_name plugin_name
    """,
    "BYTEBUF": "args cgroups env data msgcontrol img tuple addr fds event_data source val iov sockaddr",
    "FLAGS32": """
        flags resolve nstype creat_flags prot mask operation error features clone_flags mode_flags attr
        attr_flags
    """,
    "FLAGS16": "open_flags",
    "ENUMFLAGS32": "cmd domain option opcode",
    "ENUMFLAGS16": "request quota_cmd",
    "ENUMFLAGS8": "how whence resource level optname quota_fmt action",
    "MODE": "mode",
    "SIGTYPE": "sig",
    "ABSTIME": "exe_ino_ctime exe_ino_mtime",
    "RELTIME": "timeout interval",
    "UINT32": """
        dev dev_number queuelen queuemax size vm_size vm_rss vm_swap tty proto optlen plugin_id cpu id ratio
        op sigmask nr_args to_submit min_complete sq_entries cq_entries sq_thread_cpu sq_thread_idle entries
        initval advice nfds
    """,
    "UINT16": "ID nativeID",
    "UINT8": "queuepct core critical",
    "INT32": "backlog aux",
    "INT64": "status ret cur max newcur newmax oldcur oldmax maxevents arg2_int prio",
    "UINT64": """
        ino exe_ino fdlimit pgft_maj pgft_min cap_inheritable cap_permitted cap_effective length pos offset
        pgoffset ip len arg argument pidns_init_start_ts dqblk_bhardlimit dqblk_bsoftlimit dqblk_curspace
        dqblk_ihardlimit dqblk_isoftlimit dqblk_btime dqblk_itime dqi_bgrace dqi_igrace start
    """,
}

PARAMETERS: dict[str, str] = {
    name: type_name for type_name, names in _BY_TYPE.items() for name in names.split()
}
# Those that are paths in some event; `dev` is the number of a device in others.
PATHS = frozenset({*_BY_TYPE["FSPATH"].split(), "dev"})

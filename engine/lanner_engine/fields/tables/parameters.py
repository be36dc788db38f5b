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
        pid_fd target_fd epfd mountfd fromdirfd todirfd fdin fdout
    """,
    "PID": "tid pid ptid vtid vpid vpgid pgid reaper_tid next who child_tid child_pid child_vtid spid dpid",
    "UID": "uid loginuid euid suid ruid fsuid",
    "GID": "gid egid sgid rgid fsgid",
    "FSPATH": """
        name path filename oldpath newpath linkpath trusted_exepath dir special pathname special_file
        quotafilepath frompath topath
    """,
    "CHARBUF": """
        exe cwd comm uargs key value data_type target json image desc message msg tags scope
        arg2_str hostname source_name plugin_name value_charbuf description container_id home shell
    """,
    "BYTEBUF": """
        args cgroups env data msgcontrol img tuple addr fds event_data val iov sockaddr value_bytebuf
    """,
    "FLAGS32": """
        flags resolve nstype creat_flags prot mask operation error features clone_flags mode_flags attr
        attr_flags semflg
    """,
    "FLAGS16": "open_flags sem_flg_0 sem_flg_1",
    "ENUMFLAGS32": "cmd domain option opcode op level optname",
    "ENUMFLAGS8": "how whence resource quota_fmt quota_fmt_out dqi_flags action",
    "MODE": "mode",
    "SIGTYPE": "sig",
    "ABSTIME": "exe_ino_ctime exe_ino_mtime",
    "RELTIME": "interval dqb_btime dqb_itime dqi_bgrace dqi_igrace",
    "UINT32": """
        dev dev_number queuelen queuemax size vm_size vm_rss vm_swap tty type proto optlen plugin_id id ratio
        sigmask nr_args to_submit min_complete sq_entries cq_entries sq_thread_cpu sq_thread_idle entries
        advice nfds first last nsops event_type
    """,
    "UINT16": "ID nativeID sem_num_0 sem_num_1",
    "UINT8": "queuepct core critical",
    "INT16": "sem_op_0 sem_op_1",
    "INT32": "backlog aux clockid cpu semid semnum nsems",
    "INT64": "status ret cur max newcur newmax oldcur oldmax maxevents arg2_int prio timeout",
    "UINT64": """
        ino exe_ino fdlimit pgft_maj pgft_min cap_inheritable cap_permitted cap_effective length pos offset
        pgoffset offin offout ip len arg argument request initval source peer pidns_init_start_ts start
        dqb_bhardlimit dqb_bsoftlimit dqb_curspace dqb_ihardlimit dqb_isoftlimit cpu_usr cpu_sys
    """,
}

PARAMETERS: dict[str, str] = {
    name: type_name for type_name, names in _BY_TYPE.items() for name in names.split()
}
# Those that are paths in some event; `dev` is the number of a device in others.
PATHS = frozenset({*_BY_TYPE["FSPATH"].split(), "dev"})

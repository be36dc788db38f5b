# SPDX-License-Identifier: Apache-2.0
"""Files of the node that a container reaches behind a mount, as a pod with a hostPath has it, and whole
folders that are put into place or covered by a mount. All deeds in the container are done one after the
other; each must have its alert.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story import deeds
from tests.story.agent import Agent
from tests.story.inside import LENDING, PYTHON, Inside

CAPABILITIES = ("--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SYS_PTRACE")
FOLDERS = (
    "dev etc/cron.d etc/kubernetes/manifests etc/kubernetes/pki etc/ld.so.conf.d etc/profile.d etc/ssh"
    " etc/sudoers.d etc/systemd/system proc root/.aws root/.ssh tmp var/lib/kubelet/pods/1/volumes/token"
    " var/lib/lanner var/log"
)
FILES = (
    "dev/sdz etc/gshadow etc/kubernetes/pki/ca.key etc/shadow etc/ssh/ssh_host_rsa_key"
    " etc/ssh/ssh_host_rsa_key.pub etc/sudoers etc/sudoers.d/team root/.aws/credentials root/.bash_history"
    " root/.ssh/id_rsa var/lib/kubelet/pods/1/volumes/token/token var/lib/lanner/kept var/log/auth.log"
)
READ = "A sensitive file was opened for reading"
CHANGED = "A sensitive file was changed"
NAMED = "A sensitive file was given another name"
COVERED = "A sensitive file was covered by a mount"
JOB = "A scheduled job was changed"
SERVICE = "A service of the system was changed"
LIBRARIES = "The search for libraries was changed"
START = "A start-up file of a shell was changed"
STATIC = "A static pod was written"
KEY = "A private key of SSH was read"
TRUSTED = "The list of trusted SSH keys was changed"
CREDENTIAL = "A credential file was read by hand"
LOG = "A log file was emptied or removed"
HISTORY = "The history of a shell was removed"
LANNER = "Files of Lanner were changed"
DISK = "A disk or the memory of the node was reached"
HELPER = "A helper of the kernel was set"


def replaced(folder: str) -> str:
    """Another folder takes its place."""
    return f"mkdir /host/tmp/new; rm -r {folder}; mv /host/tmp/new {folder}"


DEEDS = [
    (READ, "cat /host/etc/shadow", "file=/host/etc/shadow"),
    (READ, "cd /host/etc && head sudoers.d/team", "file=/host/etc/sudoers.d/team"),
    (
        READ,
        "ln -s /host /tmp/l; cat /tmp/l/etc/kubernetes/pki/ca.key",
        "file=/host/etc/kubernetes/pki/ca.key",
    ),
    (CHANGED, "echo x >> /host/etc/shadow", "file=/host/etc/shadow"),
    (CHANGED, "echo x > /hostfs/etc/sudoers.d/x", "file=/hostfs/etc/sudoers.d/x"),
    (
        CHANGED,
        "touch /host/tmp/s; mv /host/tmp/s /host/etc/gshadow",
        "target=/host/etc/gshadow evt_type=rename",
    ),
    (CHANGED, "ln -s /tmp/x /host/etc/sudoers.d/y", "source=/host/etc/sudoers.d/y target=/tmp/x"),
    (CHANGED, replaced("/host/etc/sudoers.d"), "target=/host/etc/sudoers.d evt_type=rename"),
    (NAMED, "touch /tmp/o; mount -o bind /host/etc/sudoers /tmp/o", "source=/host/etc/sudoers target=/tmp/o"),
    (NAMED, "mv /host/etc/gshadow /host/tmp/g", "source=/host/etc/gshadow target=/host/tmp/g"),
    (COVERED, "touch /tmp/c; mount -o bind /tmp/c /host/etc/shadow", "file=/host/etc/shadow from=/tmp/c"),
    (JOB, "echo x > /host/etc/cron.d/x", "file=/host/etc/cron.d/x"),
    (JOB, "touch /host/tmp/j; mv /host/tmp/j /host/etc/crontab", "target=/host/etc/crontab"),
    (JOB, "ln -s /tmp/x /host/etc/cron.d/y", "source=/host/etc/cron.d/y target=/tmp/x"),
    (JOB, replaced("/host/etc/cron.d"), "target=/host/etc/cron.d evt_type=rename"),
    (SERVICE, "echo x > /host/etc/systemd/system/x.service", "file=/host/etc/systemd/system/x.service"),
    (
        SERVICE,
        "touch /host/tmp/u; mv /host/tmp/u /host/etc/systemd/system/y.timer",
        "target=/host/etc/systemd/system/y.timer",
    ),
    (SERVICE, replaced("/host/etc/systemd/system"), "target=/host/etc/systemd/system evt_type=rename"),
    (LIBRARIES, "echo x > /host/etc/ld.so.preload", "file=/host/etc/ld.so.preload"),
    (
        LIBRARIES,
        "touch /host/tmp/l; mv /host/tmp/l /host/etc/ld.so.conf.d/x",
        "target=/host/etc/ld.so.conf.d/x",
    ),
    (LIBRARIES, replaced("/host/etc/ld.so.conf.d"), "target=/host/etc/ld.so.conf.d evt_type=rename"),
    (START, "echo x > /host/etc/profile", "file=/host/etc/profile"),
    (START, "echo x > /host/root/.bashrc", "file=/host/root/.bashrc"),
    (START, replaced("/host/etc/profile.d"), "target=/host/etc/profile.d evt_type=rename"),
    (
        STATIC,
        "ln -s /tmp/p /host/etc/kubernetes/manifests/p",
        "source=/host/etc/kubernetes/manifests/p target=/tmp/p",
    ),
    (
        STATIC,
        replaced("/host/etc/kubernetes/manifests"),
        "target=/host/etc/kubernetes/manifests evt_type=rename",
    ),
    (TRUSTED, "echo k > /hostfs/root/.ssh/authorized_keys", "file=/hostfs/root/.ssh/authorized_keys"),
    (KEY, "head /host/root/.ssh/id_rsa", "file=/host/root/.ssh/id_rsa"),
    (KEY, "cat /host/etc/ssh/ssh_host_rsa_key", "file=/host/etc/ssh/ssh_host_rsa_key"),
    (TRUSTED, replaced("/host/root/.ssh"), "target=/host/root/.ssh evt_type=rename"),
    (CREDENTIAL, "cat /hostfs/root/.aws/credentials", "file=/hostfs/root/.aws/credentials"),
    (
        CREDENTIAL,
        "mv /host/root/.aws/credentials /host/tmp/a",
        "source=/host/root/.aws/credentials target=/host/tmp/a",
    ),
    (
        "A token of the cluster was read by hand",
        "cat /host/var/lib/kubelet/pods/1/volumes/token/token",
        "file=/host/var/lib/kubelet/pods/1/volumes/token/token",
    ),
    (LOG, "> /host/var/log/auth.log", "file=/host/var/log/auth.log"),
    (LOG, "truncate -s 0 /hostfs/var/log/auth.log", "file=/hostfs/var/log/auth.log .*evt_type=ftruncate"),
    (HISTORY, "rm /host/root/.bash_history", "file=/host/root/.bash_history"),
    (LANNER, "rm /host/var/lib/lanner/kept", "file=/host/var/lib/lanner/kept"),
    (LANNER, "mv /host/var/lib/lanner /host/tmp/w", "source=/host/var/lib/lanner target=/host/tmp/w"),
    (DISK, "head -c 1 /host/dev/sdz", "file=/host/dev/sdz"),
    (DISK, "touch /dev/mem; head -c 1 /dev/mem", "file=/dev/mem"),
    (
        "The environment of a process was read",
        f"cat /host/proc/{os.getpid()}/environ > /tmp/e",
        r"file=/host/proc/\d+/environ",
    ),
    # It is opened, and nothing is written.
    (HELPER, ": >> /host/proc/sys/kernel/core_pattern", "file=/host/proc/sys/kernel/core_pattern"),
    (HELPER, "mkdir /tmp/k; mount -o bind /host/proc/sys/kernel /tmp/k", "source=/host/proc/sys/kernel"),
    (
        "The memory of a process was taken over",
        f"{PYTHON} -c 'import os; os.open(\"/host/proc/self/mem\", os.O_WRONLY)'",
        r"file=/host/proc/\d+/mem",
    ),
    # In the container's own files.
    (
        JOB,
        "mkdir -p /tmp/own0 /etc/cron.d; mount -o bind /tmp/own0 /etc/cron.d",
        "source=/tmp/own0 target=/etc/cron.d evt_type=mount",
    ),
    (
        JOB,
        "mkdir /tmp/own1; mv /tmp/own1 /etc/cron.hourly",
        "source=/tmp/own1 target=/etc/cron.hourly evt_type=rename",
    ),
    (
        SERVICE,
        "mkdir -p /etc/init.d; mount -t tmpfs /tmp/own2 /etc/init.d",
        "target=/etc/init.d evt_type=mount",
    ),
    (
        SERVICE,
        "mkdir /etc/systemd; ln -s /tmp/own3 /etc/systemd/system",
        "source=/etc/systemd/system target=/tmp/own3",
    ),
    (
        LIBRARIES,
        "touch /tmp/own4 /etc/ld.so.preload; mount -o bind /tmp/own4 /etc/ld.so.preload",
        "source=/tmp/own4 target=/etc/ld.so.preload",
    ),
    (
        START,
        "mkdir -p /tmp/own5 /etc/profile.d; mount -o bind /tmp/own5 /etc/profile.d",
        "source=/tmp/own5 target=/etc/profile.d",
    ),
    (
        STATIC,
        "mkdir -p /tmp/own6 /etc/kubelet.d; mount -o bind /tmp/own6 /etc/kubelet.d",
        "source=/tmp/own6 target=/etc/kubelet.d",
    ),
    (
        TRUSTED,
        "mkdir -p /tmp/own7 /root/.ssh; mount -o bind /tmp/own7 /root/.ssh",
        "source=/tmp/own7 target=/root/.ssh",
    ),
    (TRUSTED, "mkdir /tmp/own8 /opt; ln -s /tmp/own8 /opt/.ssh", "source=/opt/.ssh target=/tmp/own8"),
    (
        COVERED,
        "mkdir -p /tmp/own9 /etc/sudoers.d; mount -o bind /tmp/own9 /etc/sudoers.d",
        "file=/etc/sudoers.d from=/tmp/own9",
    ),
    (
        HISTORY,
        "touch /root/.sh_history; mount -o bind /dev/null /root/.sh_history",
        "target=/root/.sh_history evt_type=mount",
    ),
]


@pytest.fixture(scope="module")
def node_files(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """What a node has where the deeds look for it."""
    folder = tmp_path_factory.mktemp("node")
    for name in FOLDERS.split():
        (folder / name).mkdir(parents=True)
    for name in FILES.split():
        (folder / name).write_text("of the node\n")
    return folder


@pytest.fixture(scope="module")
def pod(containerd: runtime.Containerd, container_agent: Agent, node_files: pathlib.Path) -> Iterator[Inside]:
    """One container for the whole module, with the node's files at two places."""
    mounts = {"/host": node_files, "/hostfs": node_files, "/host/proc": pathlib.Path("/proc")}
    options = [f"type=bind,src={one},dst={there},options=rbind:rw" for there, one in mounts.items()]
    words = (word for option in options for word in ("--mount", option))
    full_id = containerd.run("sleep", "1000", options=(*LENDING, *CAPABILITIES, *words))
    yield Inside(containerd, container_agent, full_id)
    containerd.remove(full_id)


@pytest.fixture(scope="module")
def done(pod: Inside) -> Inside:
    """Every deed was done, by a process of its own."""
    one_by_one = 'for one; do sh -c "$one" < /dev/null || { echo "failed: $one" >&2; exit 1; }; done'
    pod.command("sh", "-c", one_by_one, "deeds", *(script for _, script, _ in DEEDS))
    return pod


def test_ordinary_work_with_files_of_the_node_is_left_alone(pod: Inside) -> None:
    """What collects logs, figures and certificates of a node reads as much of it."""
    pod.said()
    pod.run(
        "ls -l /host/etc/shadow /host/etc/sudoers.d /host/dev/sdz; cat /host/etc/ssh/ssh_host_rsa_key.pub;"
        " cat /host/var/log/auth.log; echo x >> /host/var/log/auth.log; cat /host/proc/1/status;"
        " cat /host/proc/sys/kernel/core_pattern; mkdir -p /host/srv/etc/cron.d;"
        " echo x > /host/tmp/crontab.new; mv /host/tmp/crontab.new /host/tmp/crontab;"
        " mkdir /tmp/empty; mount -t tmpfs none /tmp/empty; umount /tmp/empty"
    )
    assert pod.said() == []


@pytest.mark.parametrize(("said", "script", "found"), DEEDS, ids=[deed[1] for deed in DEEDS])
def test_a_deed_is_found(done: Inside, said: str, script: str, found: str) -> None:
    done.alert(rf"{said} \(.*\b{found} ")


def test_a_whole_folder_is_covered_by_the_new_calls(pod: Inside) -> None:
    pod.python(
        "os.makedirs('/tmp/new'); os.makedirs('/etc/cron.daily')\n"
        "tree = libc.syscall(428, -100, b'/tmp/new', 1)\n"
        "assert tree >= 0 and libc.syscall(429, tree, b'', -100, b'/etc/cron.daily', 4) == 0"
    )
    pod.alert(r"A scheduled job was changed \(.* target=/etc/cron.daily evt_type=move_mount ")


@pytest.mark.parametrize(
    ("folder", "moved", "mounted"),
    [
        ("/etc/cron.d", JOB, JOB),
        ("/etc/init.d", SERVICE, SERVICE),
        ("/etc/ld.so.conf.d", LIBRARIES, LIBRARIES),
        ("/etc/profile.d", START, START),
        ("/etc/kubernetes/manifests", STATIC, STATIC),
        ("/etc/skel/.ssh", TRUSTED, TRUSTED),
        ("/etc/sudoers.d", CHANGED, COVERED),
    ],
)
def test_a_whole_folder_on_the_host_is_replaced(
    container_agent: Agent, folder: str, moved: str, mounted: str
) -> None:
    """In mounts of its own, where /etc is an empty one: nothing of the machine is changed."""
    mark = deeds.marker()
    made = f"mount -t tmpfs none /etc && mkdir -p {folder} /etc/{mark}-1 /etc/{mark}-2"
    done = f"mv -T /etc/{mark}-1 {folder} && mount --bind /etc/{mark}-2 {folder}"
    deeds.output("unshare", "--mount", "sh", "-c", f"{made} && {done}")
    container_agent.alerts.wait(rf"{moved} \(.*=/etc/{mark}-1 target={folder} evt_type=rename")
    # What newer mount programs take the folder by has no name; the command has.
    container_agent.alerts.wait(rf"{mounted} \(.*={folder} .*/etc/{mark}-2 ")

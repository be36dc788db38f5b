# SPDX-License-Identifier: Apache-2.0
"""Default rules on keys, start-up files, jobs, ways out of a container, downloads, miners, wiping and watching:
each deed really done in one container with more rights than it should have, by several ways, and its near misses.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story.agent import Agent
from tests.story.inside import LENDING, Inside

CAPABILITIES = tuple(
    word
    for name in ("SYS_ADMIN", "SYS_CHROOT", "NET_RAW", "NET_ADMIN")
    for word in ("--cap-add", f"CAP_{name}")
)
MADE = (
    "mkdir -p /root/.aws /root/.ssh /root/.docker /etc/ssh /etc/profile.d /etc/cron.d /etc/systemd/system"
    " /host/etc/kubernetes/manifests /opt/tools /var/empty; echo key > /root/.aws/credentials;"
    " echo key > /root/.ssh/id_rsa; echo key > /root/.docker/config.json; echo x > /root/.bash_history;"
    " ln -sf /bin/busybox /opt/tools/xmrig;"
    " ln -sf /bin/busybox /opt/tools/pkill; ln -sf /bin/busybox /opt/tools/shred"
)


@pytest.fixture(scope="module")
def kept(containerd: runtime.Containerd, container_agent: Agent) -> Iterator[Inside]:
    """One container for the whole module."""
    full_id = containerd.run("sleep", "1000", options=(*LENDING, *CAPABILITIES))
    inside = Inside(containerd, container_agent, full_id)
    inside.run(MADE)
    yield inside
    containerd.remove(full_id)


DEEDS = [
    ("cat /root/.aws/credentials", r"A credential file was read by hand \(file=/root/.aws/credentials"),
    ("/bin/tar cf /tmp/x.tar /root/.docker/config.json", r"by hand \(file=/root/.docker/config.json.* process=tar "),
    ("ln /root/.aws/credentials /tmp/a", r"by hand \(file=<NA> source=/tmp/a target=/root/.aws/credentials"),
    (
        "ln -s /root/.docker/config.json /tmp/b; /bin/head /tmp/b",
        r"by hand \(file=/root/.docker/config.json.* process=head ",
    ),
    ("cat < /root/.ssh/id_rsa", r"A private key of SSH was read \(file=/root/.ssh/id_rsa"),
    ("mv /root/.ssh/id_rsa /tmp/k", r"A private key of SSH was read \(.*source=/root/.ssh/id_rsa "),
    ("echo k >> /root/.ssh/authorized_keys", r"trusted SSH keys was changed \(file=/root/.ssh/authorized_keys"),
    ("echo k > /tmp/l; mv /tmp/l /root/.ssh/authorized_keys", r"trusted SSH keys was changed \(.*target=/root"),
    ("echo /tmp > /etc/ld.so.conf", r"The search for libraries was changed \(file=/etc/ld.so.conf"),
    ("ln -s /tmp/x /etc/ld.so.conf.d; ln -s /tmp/x /etc/ld.so.preload", r"search for libraries was changed"),
    ("LD_PRELOAD=/tmp/x.so /bin/su --help || true", r"strange library \(preload=/tmp/x.so "),
    ("grep -r 'BEGIN OPENSSH PRIVATE' /etc || true", r"A search for keys or passwords .*command=\w+ -r BEGIN OPENSSH "),
    ("/bin/find /root/.ssh -name id_rsa", r"A search for keys or passwords .*process=find "),
    ("cat /proc/1/environ > /dev/null", r"The environment of a process was read \(file=/proc/1/environ"),
    ("cd /proc/1 && head environ > /dev/null", r"environment of a process .*given=environ "),
    ("echo x >> /root/.bashrc", r"A start-up file of a shell was changed \(file=/root/.bashrc"),
    ("echo x > /tmp/p; mv /tmp/p /etc/profile.d/p.sh", r"start-up file .*target=/etc/profile.d/p.sh "),
    ("ln -s /tmp/p /root/.profile", r"start-up file .*source=/root/.profile target=/tmp/p "),
    ("echo x > /etc/cron.d/job", r"A scheduled job was changed \(file=/etc/cron.d/job"),
    ("ln -s /tmp/x /etc/cron.d/link", r"A scheduled job was changed \(.*source=/etc/cron.d/link"),
    ("echo x > /etc/systemd/system/x.service", r"A service of the system was changed \(file=/etc/systemd"),
    ("cp /etc/passwd /host/etc/kubernetes/manifests/x.yaml", r"Critical A static pod was written \(file=/host"),
    ("echo > /tmp/m; mv /tmp/m /host/etc/kubernetes/manifests/y", r"static pod was written \(.*target=/host"),
    ("(echo x > /proc/sys/kernel/core_pattern) 2>&1 || true", r"Critical A helper of the kernel was set \(file="),
    ("(echo x > /proc/sysrq-trigger) 2>&1 || true", r"helper of the kernel .*/proc/sysrq-trigger"),
    ("chroot / true; mkdir -p /host/bin; cp /bin/busybox /host/bin/; chroot /host /bin/busybox true", r"root=/host "),
    ("/opt/tools/xmrig 2>&1 || true", r"Critical A miner of coins .*process=xmrig "),
    ("cp /bin/busybox /opt/tools/worker; /opt/tools/worker -o stratum+tcp://pool:1 2>&1 || true", r"Critical A miner of coins .*command=.*stratum"),
    ("/opt/tools/shred /tmp/x || true", r"Warning Data is wiped .*process=shred "),
    ("/bin/rm -r -f /var/backups", r"Warning Data is wiped .*command=rm -r -f /var/backups"),
    ("/bin/dd if=/dev/zero of=/dev/shm/x count=1", r"Warning Data is wiped .*process=dd "),
    ("/opt/tools/pkill lanner-none || true", r"A program that watches was stopped .*process=pkill "),
    ("rm /root/.bash_history", r"The history of a shell was removed \(file=/root/.bash_history"),
    ("ln -s /dev/null /root/.ash_history", r"history of a shell .*source=/root/.ash_history target=/dev/null"),
]


@pytest.mark.parametrize(("script", "found"), DEEDS, ids=[deed[0][:40] for deed in DEEDS])
def test_a_deed_is_found(kept: Inside, script: str, found: str) -> None:
    kept.run(script)
    kept.alert(found)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import socket; socket.socket(17, 3, 3)", r"An unusual socket .*domain=AF_PACKET "),
        ("import socket; socket.socket(2, 3, 6)", r"An unusual socket .*domain=AF_INET type=3 "),
        (
            "assert libc.syscall(430, b'tracefs', 0) >= 0",
            r"A disk or the memory of the node .*kind=tracefs ",
        ),
        ("os.rename('/tmp/k', '/root/.ssh/authorized_keys')", r"trusted SSH keys .*evt_type=rename "),
        ("os.truncate('/root/.bashrc', 0)", r"start-up file .*evt_type=truncate "),
    ],
)
def test_a_deed_by_system_calls_is_found(kept: Inside, code: str, found: str) -> None:
    kept.run("touch /tmp/k /root/.bashrc")
    kept.python(code)
    kept.alert(found)


def test_ordinary_work_is_left_alone(kept: Inside) -> None:
    kept.said()
    kept.run(
        "ls -l /root/.aws/credentials; cat /root/.ssh/known_hosts /etc/profile || true; cat /proc/self/environ > /dev/null;"
        " grep -r TODO /etc || true; find /tmp -name x.tar; rm -rf /tmp/x /var/lib/none; dd if=/dev/zero of=/dev/null count=1;"
        " echo x > /tmp/.bashrc.new; cat /root/.bashrc; cat /proc/sys/kernel/core_pattern; echo hi > /tmp/crontab;"
        " HISTFILE=/tmp/h sh -c true; pkill -0 lanner-none || true; wget --help 2>&1 || true"
    )
    kept.python("import socket; socket.socket(2, 1, 6); socket.socket(2, 2, 17)")
    assert [line for line in kept.said() if "/etc/shadow" not in line] == []

# SPDX-License-Identifier: Apache-2.0
"""Ways that few attackers go, or that few clouds have: each is really gone in one container, and has its
alert. What ordinary programs have in common with them stays quiet.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lanner_agent.enrich.cri import runtime_pb2 as cri
from tests.containers import runtime
from tests.story.agent import Agent
from tests.story.inside import PYTHON, Inside, furnished

CAPABILITIES = ("SYS_ADMIN", "SYS_CHROOT")
NAMED = "auditctl gitleaks nft systemctl ufw"  # busybox by these names, which does nothing
MADE = (
    "mkdir -p /opt /etc/kubernetes/pki /etc/ssh /etc/sudoers.d /root/.aws /var/lib/lanner /home/app"
    " /var/lib/kubelet/pods/1; cd /root;"
    " touch .aws/credentials .ash_history .mysql_history .node_repl_history .psql_history .python_history"
    " /dev/sdz /etc/kubernetes/pki/ca.key /etc/ssh/ssh_host_rsa_key /etc/sudoers.d/x /var/lib/lanner/kept"
    " /var/lib/kubelet/pods/1/token;"
    f" for name in {NAMED}; do ln -s /bin/busybox /opt/$name; done"
)
STRANGE = "A program was started with a strange library"
STOPPED = "A program that watches was stopped"
FLUSHED = "The packet filter was flushed"
HISTORY = "The history of a shell was removed"
DISK = "A disk or the memory of the node was reached"
WIPED = "Data is wiped"

DEEDS = [
    (STRANGE, "GLIBC_TUNABLES=glibc.x=glibc.x=y /bin/su --help || true", "tunables=glibc.x=glibc.x=y"),
    (STRANGE, "LD_PRELOAD=/dev/shm/x.so /bin/passwd --help || true", "preload=/dev/shm/x.so"),
    (STRANGE, "LD_PRELOAD=/proc/self/fd/9 /bin/umount --help || true", "preload=/proc/self/fd/9"),
    (STOPPED, "/opt/systemctl disable auditd || true", "command=systemctl disable auditd"),
    (STOPPED, "/opt/auditctl -e 0 || true", "command=auditctl -e 0"),
    (FLUSHED, "/opt/nft flush ruleset || true", "command=nft flush ruleset"),
    (FLUSHED, "/opt/ufw disable || true", "command=ufw disable"),
    (HISTORY, "> /root/.mysql_history", "file=/root/.mysql_history"),
    (HISTORY, f'{PYTHON} -c \'open("/root/.python_history", "w")\'', "file=/root/.python_history"),
    (HISTORY, "truncate -s 0 /root/.psql_history", "file=/root/.psql_history .*evt_type=ftruncate"),
    (HISTORY, "truncate -s 0 /root/.node_repl_history", "file=/root/.node_repl_history"),
    (HISTORY, "touch /tmp/h; mv /tmp/h /root/.zsh_history", "target=/root/.zsh_history evt_type=rename"),
    ("A search for keys or passwords was started", "/opt/gitleaks || true", "process=gitleaks"),
    ("A namespace of the node was entered", "chroot /proc/1/root /bin/true", "evt_type=chroot"),
    (DISK, "mkdir /tmp/t; mount -t tracefs none /tmp/t", "target=/tmp/t .*type=tracefs"),
    (DISK, "head -c 1 /dev/sdz", "file=/dev/sdz"),
    (
        "A download was started",
        "wget -q -O - http://127.0.0.1:1/x | sh -s piped",
        "input=pipe .*command=(sh|exe) -s piped",
    ),
    (WIPED, "/bin/rm --recursive /home /none || true", "command=rm --recursive /home"),
    (WIPED, "/bin/busybox rm -rf /home", "command=busybox rm -rf /home"),
    (WIPED, "/bin/busybox mkswap /tmp/none || true", "command=busybox mkswap /tmp/none"),
    (WIPED, "/bin/busybox dd if=/dev/null of=/dev/sdz", "command=busybox dd if=/dev/null of=/dev/sdz"),
    (STOPPED, "/bin/busybox pkill auditd-none || true", "command=busybox pkill auditd-none"),
    (
        "A helper of the kernel was set",
        "mkdir /tmp/k; mount -o bind /proc/sys/kernel /tmp/k",
        "evt_type=mount",
    ),
    (
        "A credential file was read by hand",
        "mv /root/.aws/credentials /tmp/c",
        "source=/root/.aws/credentials",
    ),
    ("A private key of SSH was read", "cat /etc/ssh/ssh_host_rsa_key", "file=/etc/ssh/ssh_host_rsa_key"),
    (
        "A token of the cluster was read by hand",
        "cat /var/lib/kubelet/pods/1/token",
        "file=/var/lib/kubelet/\\S+",
    ),
    (
        "A sensitive file was opened for reading",
        "cat /etc/kubernetes/pki/ca.key",
        "file=/etc/kubernetes/pki/ca.key",
    ),
    ("A sensitive file was opened for reading", "cat /etc/sudoers.d/x", "file=/etc/sudoers.d/x"),
    (
        "A sensitive file was given another name",
        "touch /tmp/s; mount -o bind /etc/shadow /tmp/s",
        "source=/etc/shadow target=/tmp/s evt_type=mount",
    ),
    (
        "A sensitive file was given another name",
        "mkdir /tmp/e; mount -o bind /etc /tmp/e",
        "source=/etc target=/tmp/e evt_type=mount",
    ),
    (
        "Files of Lanner were changed",
        "rm /var/lib/lanner/kept",
        "file=/var/lib/lanner/kept .*evt_type=unlink",
    ),
]
ADDRESSES = [
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fd00:c1::a9fe:a9fe",
    "fe80::a9fe:a9fe",
    "169.254.170.23",
    "fd00:ec2::23",
]
# Of link-local addresses it says on which link.
ASK = (
    "import socket, sys\n"
    "for address in sys.argv[1:]:\n"
    "    made = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)\n"
    "    made.settimeout(0)\n"
    "    made.connect_ex((address, 80, 0, 1) if ':' in address else (address, 80))\n"
)


@pytest.fixture(scope="module")
def pod(containerd: runtime.Containerd, container_agent: Agent) -> Iterator[Inside]:
    """One container for the whole module."""
    with furnished(containerd, container_agent, MADE, CAPABILITIES) as inside:
        yield inside


@pytest.fixture(scope="module")
def done(pod: Inside) -> Inside:
    """Every deed was done, by a process of its own."""
    one_by_one = 'for one; do sh -c "$one" < /dev/null || { echo "failed: $one" >&2; exit 1; }; done'
    pod.command("sh", "-c", one_by_one, "deeds", *(script for _, script, _ in DEEDS))
    return pod


@pytest.mark.parametrize(("said", "script", "found"), DEEDS, ids=[deed[1] for deed in DEEDS])
def test_a_deed_is_found(done: Inside, said: str, script: str, found: str) -> None:
    done.alert(rf"{said} \(.*\b{found} ")


def test_a_disk_is_mounted_by_the_new_calls(pod: Inside) -> None:
    """What a newer mount program says of it before anything is mounted."""
    pod.python("made = libc.syscall(430, b'tmpfs', 0); libc.syscall(431, made, 1, b'source', b'/dev/sdz', 0)")
    pod.alert(r"A disk or the memory of the node was reached \(.*device=/dev/sdz evt_type=fsconfig ")


def test_a_sensitive_file_is_taken_by_the_new_calls(pod: Inside) -> None:
    pod.python("assert libc.syscall(428, -100, b'/etc/shadow', 1) >= 0")
    pod.alert(r"A sensitive file was given another name \(.* evt_type=open_tree file=/etc/shadow ")


def test_a_shell_at_a_terminal_writes_no_history(pod: Inside) -> None:
    pod.at_a_terminal(
        "os.waitpid(os.posix_spawn('/bin/sh', ['sh', '-c', ':'], {'HISTFILE': '/dev/null'}), 0)"
    )
    pod.alert(r"The history of a shell was removed \(.* evt_type=execve .*command=sh -c : ")


def test_what_an_interpreter_keeps_of_its_own_session_is_left_alone(pod: Inside) -> None:
    """As Python does from 3.13 on when it ends: it writes the whole file anew. That of others it may not."""
    pod.said()
    pod.typed("open('/root/.python_history', 'w').close()")
    assert pod.said() == []
    pod.typed("open('/root/.ash_history', 'w').close()")
    pod.alert(r"The history of a shell was removed \(file=/root/.ash_history .*process=python3 ")


@pytest.fixture(scope="module")
def asked(pod: Inside) -> Inside:
    """Code on a command line asked the services of all clouds."""
    pod.command(PYTHON, "-c", ASK, *ADDRESSES)
    return pod


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_metadata_service_is_asked_by_hand(asked: Inside, address: str) -> None:
    asked.alert(
        rf"The metadata service was asked by hand \(connection=(\S+->)?{address}:80 evt_type=connect "
    )


def test_a_metadata_service_is_asked_by_its_mapped_address(pod: Inside) -> None:
    """The kernel sends it by IPv4."""
    mapped = "('::ffff:169.254.169.254', 81)"
    pod.command(PYTHON, "-c", f"import socket; socket.socket(socket.AF_INET6).connect_ex({mapped})")
    pod.alert(r"The metadata service was asked by hand \(connection=\S*\b169.254.169.254:81 ")


def test_a_download_by_busybox_that_a_server_starts_is_found(pod: Inside) -> None:
    """With the name of the applet as its first argument."""
    pod.run("ln -s /bin/busybox /opt/nginx")
    pod.python("os.execv('/opt/nginx', ['sh', '-c', '/bin/busybox wget http://127.0.0.1:1/argument; true'])")
    pod.alert(r"A download was started .*command=busybox wget http://127.0.0.1:1/argument ")


def test_a_metadata_service_is_asked_by_a_datagram_at_a_terminal(pod: Inside) -> None:
    pod.at_a_terminal(
        "import socket; to = ('169.254.169.254', 53)\n"
        "try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', to)\n"
        "except OSError: pass"
    )
    pod.alert(r"The metadata service was asked by hand \(connection=\S*169.254.169.254:53 evt_type=sendto ")


def test_what_libraries_of_clouds_do_is_left_alone(pod: Inside) -> None:
    """A program of the image with a script of its own, which was not typed."""
    pod.python(f"open('/opt/asks.py', 'w').write({ASK!r})")
    pod.said()
    pod.command(PYTHON, "/opt/asks.py", *ADDRESSES)
    pod.command(PYTHON, "-c", ASK, "169.254.169.1", "fd00:ec2::253")
    assert pod.said() == []


@pytest.mark.parametrize("source", ["/", "/etc"])
def test_a_pod_with_files_of_the_node_is_found(
    containerd: runtime.Containerd, container_agent: Agent, source: str
) -> None:
    """Whatever it calls them."""
    pod = containerd.pods.run("curious")
    mount = cri.Mount(container_path=b"/seen", host_path=source.encode(), readonly=True)
    container = containerd.pods.start(pod, "app", mounts=[mount])
    container_agent.alerts.wait(
        rf"Informational A container has the rights of the node \(.* mounts=\S*{source}:/seen:.*"
        rf"container_id={container.id[:12]} "
    )
    containerd.pods.remove(pod.id)

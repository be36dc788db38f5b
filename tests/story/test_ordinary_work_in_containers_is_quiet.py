# SPDX-License-Identifier: Apache-2.0
"""What containers do every day and what only looks like an attack: really done, and nothing is said."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story.agent import Agent
from tests.story.inside import LENDING, Inside

PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with a real package: a program with the setuid bit, and a rule for sudo."""
    folder = tmp_path_factory.mktemp("packages")
    root = folder / "tool"
    for name in ("DEBIAN", "opt", "etc/sudoers.d"):
        (root / name).mkdir(parents=True)
    about = {"Package": "tool", "Version": "1", "Architecture": "all", "Maintainer": "Us <us@example.org>"}
    control = "".join(f"{key}: {value}\n" for key, value in {**about, "Description": "a tool"}.items())
    (root / "DEBIAN/control").write_text(control)
    (root / "opt/tool").write_text("#!/bin/sh\n")
    (root / "opt/tool").chmod(0o4755)
    (root / "etc/sudoers.d/tool").write_text("# nothing\n")
    built = ["dpkg-deb", "--build", "--root-owner-group", str(root), str(folder / "tool.deb")]
    subprocess.run(built, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def calm(containerd: runtime.Containerd, container_agent: Agent, packages: pathlib.Path) -> Iterator[Inside]:
    """One container for the whole module."""
    mount = ("--mount", f"type=bind,src={packages},dst=/packages,options=bind:ro")
    capability = ("--cap-add", "CAP_SYS_ADMIN")
    full_id = containerd.run("sleep", "1000", options=(*LENDING, *mount, *capability))
    yield Inside(containerd, container_agent, full_id)
    containerd.remove(full_id)


def test_a_package_is_installed_and_removed(calm: Inside) -> None:
    calm.run(
        "mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/log/apt"
        " && touch /var/lib/dpkg/status /var/lib/dpkg/available"
        f" && env {PATH} /usr/bin/dpkg --install /packages/tool.deb"
        " && test -u /opt/tool && test -e /etc/sudoers.d/tool"
        f" && env {PATH} /usr/bin/dpkg --purge tool"
    )
    assert calm.said() == []


def test_accounts_are_kept(calm: Inside) -> None:
    calm.run("/usr/sbin/useradd --no-create-home newcomer && grep newcomer /etc/passwd")
    assert calm.said() == []


def test_logs_are_rotated(calm: Inside) -> None:
    calm.run(
        "cd /var/log && mv messages messages.1 && echo first > messages && gzip messages.1"
        " && echo second >> messages && rm messages.1.gz && ln -s messages current"
    )
    calm.python("fd = os.open('/var/log/messages', os.O_RDWR); os.ftruncate(fd, 3)")
    assert calm.said() == []


def test_files_are_edited_and_put_into_place(calm: Inside) -> None:
    calm.run(
        "cp /etc/passwd /etc/app.conf && sed -i s/root/toor/ /etc/app.conf"
        " && mv /etc/app.conf /etc/sudoers.conf"
        " && ln /etc/sudoers.conf /etc/sudoers.conf~ && ln -s /etc/sudoers.conf /etc/shadow.conf"
        " && mkdir /tmp/etc && echo x > /tmp/etc/shadow && mv /tmp/etc/shadow /tmp/etc/sudoers"
    )
    calm.python("os.truncate('/etc/sudoers.conf', 3); os.rename('/etc/sudoers.conf', '/etc/shadow.old')")
    assert calm.said() == []


def test_rights_devices_and_mounts_are_those_of_every_day(calm: Inside) -> None:
    calm.run(
        "touch /tmp/x && chmod 755 /tmp/x && mkdir /tmp/shared"
        " && chmod 2775 /tmp/shared && chmod 1777 /tmp/shared"
        " && mkfifo /tmp/pipe && mknod /tmp/null c 1 3 && mkdir /tmp/m && mount -t tmpfs none /tmp/m"
        " && mount -o bind /tmp/x /etc/passwd && umount /etc/passwd && unshare -m true"
    )
    calm.python("os.open('/tmp/444', os.O_CREAT | os.O_WRONLY, 0o444); libc.mknod(b'/tmp/600', 0o100600, 0)")
    assert calm.said() == []


def test_programs_talk_to_each_other_and_debug_their_own(calm: Inside) -> None:
    calm.python(
        "import socket\n"
        "with socket.socket(socket.AF_UNIX) as one:\n"
        "    one.bind('/tmp/docker.sock.of.mine'); one.listen()\n"
        "    socket.socket(socket.AF_UNIX).connect('/tmp/docker.sock.of.mine')\n"
        "fd = os.memfd_create('buffer'); os.write(fd, b'x')\n"
        "open('/proc/self/mem', 'rb').close()\n"
        "if os.fork() == 0: os._exit(libc.ptrace(0, 0, None, None))\n"
        "os.wait()"
    )
    assert calm.said() == []


def test_programs_are_installed_and_updated_while_they_run(calm: Inside) -> None:
    """Also those of a runtime that were not there before, and images that hold them."""
    calm.run(
        "cp /bin/busybox /bin/containerd && mkdir -p /srv/snapshots/1/bin /etc/default"
        " && cp /bin/containerd /srv/snapshots/1/bin/runc && rm -r /srv/snapshots"
        " && echo x > /etc/default/kubelet && echo y >> /etc/default/kubelet && rm /etc/default/kubelet"
    )
    calm.run("if echo >> /bin/busybox; then exit 1; fi")  # text file busy
    assert calm.said() == []


def test_descriptors_are_opened_again(calm: Inside) -> None:
    calm.run("touch /tmp/out; exec >> /tmp/out; echo x > /dev/stdout; echo y >> /proc/self/fd/1")
    calm.python(
        "open('/proc/self/exe', 'rb').close(); open('/proc/1/exe', 'rb').close()\n"
        "fd = os.open('/tmp', os.O_TMPFILE | os.O_RDWR); os.open(f'/proc/self/fd/{fd}', os.O_WRONLY)"
    )
    assert calm.said() == []


def test_what_is_refused_is_no_news(calm: Inside) -> None:
    """Neither the missing file nor the runtime that is not there."""
    calm.python(
        "import socket\n"
        "libc.truncate(b'/etc/sudoers', 0); libc.rename(b'/no', b'/etc/shadow')\n"
        "libc.chmod(b'/no', 0o4755)\n"
        "print(socket.socket(socket.AF_UNIX).connect_ex('/run/containerd/containerd.sock'))"
    )
    assert calm.said() == []


def test_a_runtime_may_mount_what_the_pod_asks_for(
    containerd: runtime.Containerd, container_agent: Agent, packages: pathlib.Path
) -> None:
    """A secret in the place of /etc/sudoers, mounted while the container is made."""
    mount = ("--mount", f"type=bind,src={packages / 'tool/etc/sudoers.d/tool'},dst=/etc/sudoers,options=bind")
    full_id = containerd.run("sleep", "1000", options=mount)
    assert Inside(containerd, container_agent, full_id).said() == []
    containerd.remove(full_id)

# SPDX-License-Identifier: Apache-2.0
"""Default rules on keys, start-up files, jobs, ways out of a container, miners, wiping and watching: each
deed really done, by several ways, on the host and in one container with more rights than it should have.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story import deeds
from tests.story.agent import Agent
from tests.story.inside import PYTHON, Inside, furnished

CAPABILITIES = ("SYS_ADMIN", "SYS_CHROOT", "NET_RAW", "NET_ADMIN")
FOLDERS = ("cron.d", "ld.so.conf.d", "sudoers.d")  # below /etc
MADE = (
    "mkdir -p /root/.aws /root/.ssh /root/.docker /etc/ssh /etc/profile.d /etc/cron.d /etc/systemd/system"
    " /host/etc/kubernetes/manifests /opt/tools /var/empty; echo key > /root/.aws/credentials;"
    " echo key > /root/.ssh/id_rsa; echo key > /root/.docker/config.json; echo x > /root/.bash_history;"
    " ln -sf /bin/busybox /opt/tools/xmrig;"
    " ln -sf /bin/busybox /opt/tools/pkill; ln -sf /bin/busybox /opt/tools/shred;"
    " ln -sf /bin/busybox /opt/tools/apk; ln -sf /bin/busybox /opt/tools/iptables;"
    " ln -sf /bin/busybox /opt/tools/nginx; ln -sf /bin/busybox /opt/tools/killall;"
    " mkdir -p /host/var/lib/lanner"
)


@pytest.fixture(scope="module")
def kept(containerd: runtime.Containerd, container_agent: Agent) -> Iterator[Inside]:
    """One container for the whole module."""
    with furnished(containerd, container_agent, MADE, CAPABILITIES) as inside:
        yield inside


DEEDS = [
    ("cat /root/.aws/credentials", r"A credential file was read by hand \(file=/root/.aws/credentials"),
    (
        "/bin/tar cf /tmp/x.tar /root/.docker/config.json",
        r"A credential file was read by hand \(file=/root/.docker/config.json.* process=tar ",
    ),
    (
        "ln /root/.aws/credentials /tmp/a",
        r"A credential file was read by hand \(file=<NA> source=/tmp/a target=/root/.aws/credentials",
    ),
    (
        "ln -s /root/.docker/config.json /tmp/b; /bin/head /tmp/b",
        r"A credential file was read by hand \(file=/root/.docker/config.json.* process=head ",
    ),
    ("cat < /root/.ssh/id_rsa", r"A private key of SSH was read \(file=/root/.ssh/id_rsa"),
    ("mv /root/.ssh/id_rsa /tmp/k", r"A private key of SSH was read \(.*source=/root/.ssh/id_rsa "),
    (
        "echo k >> /root/.ssh/authorized_keys",
        r"trusted SSH keys was changed \(file=/root/.ssh/authorized_keys",
    ),
    (
        "echo k > /tmp/l; mv /tmp/l /root/.ssh/authorized_keys",
        r"trusted SSH keys was changed \(.*target=/root",
    ),
    ("echo /tmp > /etc/ld.so.conf", r"The search for libraries was changed \(file=/etc/ld.so.conf"),
    ("ln -s /tmp/x /etc/ld.so.conf.d; ln -s /tmp/x /etc/ld.so.preload", r"search for libraries was changed"),
    ("LD_PRELOAD=/tmp/x.so /bin/su --help || true", r"strange library \(preload=/tmp/x.so "),
    (
        "LD_AUDIT=/tmp/x.so /bin/su -h || true",
        r"A program was started with a strange library .*audit=/tmp/x.so ",
    ),
    (
        "grep -r 'BEGIN OPENSSH PRIVATE' /etc || true",
        r"A search for keys or passwords .*command=\w+ -r BEGIN OPENSSH ",
    ),
    ("/bin/find /root/.ssh -name id_rsa", r"A search for keys or passwords .*process=find "),
    ("cat /proc/1/environ > /dev/null", r"The environment of a process was read \(file=/proc/1/environ"),
    ("cd /proc/1 && head environ > /dev/null", r"environment of a process .*given=environ "),
    ("echo x >> /root/.bashrc", r"A start-up file of a shell was changed \(file=/root/.bashrc"),
    ("echo x > /tmp/p; mv /tmp/p /etc/profile.d/p.sh", r"start-up file .*target=/etc/profile.d/p.sh "),
    ("ln -s /tmp/p /root/.profile", r"start-up file .*source=/root/.profile target=/tmp/p "),
    ("echo x > /etc/cron.d/job", r"A scheduled job was changed \(file=/etc/cron.d/job"),
    ("ln -s /tmp/x /etc/cron.d/link", r"A scheduled job was changed \(.*source=/etc/cron.d/link"),
    ("echo x > /etc/systemd/system/x.service", r"A service of the system was changed \(file=/etc/systemd"),
    (
        "ln -s /tmp/x /etc/systemd/system/y.timer",
        r"A service of the system was changed \(.*source=/etc/systemd/system/y.timer ",
    ),
    (
        "cp /etc/passwd /host/etc/kubernetes/manifests/x.yaml",
        r"Critical A static pod was written \(file=/host",
    ),
    ("echo > /tmp/m; mv /tmp/m /host/etc/kubernetes/manifests/y", r"static pod was written \(.*target=/host"),
    (
        "(echo x > /proc/sys/kernel/core_pattern) 2>&1 || true",
        r"Critical A helper of the kernel was set \(file=",
    ),
    ("(echo x > /proc/sys/kernel/poweroff_cmd) 2>&1 || true", r"helper of the kernel .*/kernel/poweroff_cmd"),
    (
        "chroot / true; mkdir -p /host/bin; cp /bin/busybox /host/bin/; chroot /host /bin/busybox true",
        r"A namespace of the node was entered .*root=/host ",
    ),
    ("/opt/tools/iptables -F 2>&1 || true", r"The packet filter was flushed .*process=iptables "),
    (
        "/opt/tools/iptables -P INPUT ACCEPT 2>&1 || true",
        r"The packet filter was flushed .* -P INPUT ACCEPT ",
    ),
    ("/opt/tools/xmrig 2>&1 || true", r"Critical A miner of coins .*process=xmrig "),
    (
        "cp /bin/busybox /opt/tools/worker; /opt/tools/worker -o stratum+tcp://pool:1 2>&1 || true",
        r"Critical A miner of coins .*command=.*stratum",
    ),
    ("/opt/tools/shred /tmp/x || true", r"Warning Data is wiped .*process=shred "),
    ("/bin/rm -r -f /var/backups", r"Warning Data is wiped .*command=rm -r -f /var/backups"),
    ("/bin/dd if=/dev/zero of=/dev/shm/x count=1", r"Warning Data is wiped .*process=dd "),
    ("/opt/tools/pkill lanner-none || true", r"A program that watches was stopped .*process=pkill "),
    ("/opt/tools/killall falco-none || true", r"A program that watches was stopped .*process=killall "),
    (
        "echo x > /host/var/lib/lanner/rules",
        r"Files of Lanner were changed \(file=/host/var/lib/lanner/rules ",
    ),
    (
        "touch /tmp/r; mv /tmp/r /host/var/lib/lanner/kept",
        r"Files of Lanner were changed \(.*target=/host/var/lib/lanner/kept ",
    ),
    (
        "nc -w 1 169.254.169.254 80 < /dev/null || true",
        r"The metadata service was asked by hand .*process=(nc|exe) ",
    ),
    ("rm /root/.bash_history", r"The history of a shell was removed \(file=/root/.bash_history"),
    (
        "ln -s /dev/null /root/.ash_history",
        r"history of a shell .*source=/root/.ash_history target=/dev/null",
    ),
]


@pytest.mark.parametrize(("script", "found"), DEEDS, ids=[deed[0][:40] for deed in DEEDS])
def test_a_deed_is_found(kept: Inside, script: str, found: str) -> None:
    kept.run(script)
    kept.alert(found)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import socket; socket.socket(17, 3, 3)", r"An unusual socket was made .*domain=AF_PACKET "),
        ("import socket; socket.socket(2, 3, 6)", r"An unusual socket was made .*domain=AF_INET type=3 "),
        (
            "assert libc.syscall(430, b'tracefs', 0) >= 0",
            r"A disk or the memory of the node .*kind=tracefs ",
        ),
        (
            "if os.fork() == 0: os._exit(libc.syscall(430, b'debugfs', 1) < 0)\nassert os.wait()[1] == 0",
            r"A disk or the memory of the node .*kind=debugfs ",
        ),
        (
            "assert libc.mount(b'/dev/sdz', b'/mnt', b'tmpfs', 0, None) == 0; libc.umount(b'/mnt')",
            r"A disk or the memory of the node .*source=/dev/sdz target=/mnt ",
        ),
        ("os.rename('/tmp/k', '/root/.ssh/authorized_keys')", r"trusted SSH keys .*evt_type=rename "),
        (
            "import socket; socket.socket(2, 2 | 2048).connect_ex(('169.254.169.254', 80))",
            r"The metadata service was asked by hand \(connection=\S*169.254.169.254:80 evt_type=connect ",
        ),
        (
            "os.execv('/opt/tools/nginx', ['sh', '-c', '/bin/wget http://127.0.0.1:1/x; true'])",
            r"A download was started .*process=wget .*parent=nginx ",
        ),
        (
            "libc.creat(b'/etc/ld.so.conf', 0o644)",
            r"The search for libraries was changed \(file=/etc/ld.so.conf .*evt_type=creat ",
        ),
        ("os.truncate('/root/.bashrc', 0)", r"start-up file .*evt_type=truncate "),
    ],
)
def test_a_deed_by_system_calls_is_found(kept: Inside, code: str, found: str) -> None:
    kept.run("touch /tmp/k /root/.bashrc; mkdir -p /mnt")
    kept.python(code)
    kept.alert(found)


def test_a_miner_in_memory_that_a_script_starts_by_its_own_name_is_found(
    containerd: runtime.Containerd, container_agent: Agent
) -> None:
    """It is in no layer, and the name of who starts it is not known to be one of those who do."""
    memory = ("--mount", "type=tmpfs,src=tmpfs,dst=/tmp,options=exec")
    full_id = containerd.run("sleep", "1000", options=memory)
    try:
        inside = Inside(containerd, container_agent, full_id)
        inside.run(
            "cd /tmp; cp /bin/busybox worker; chmod +x worker;"
            " printf '#!/bin/sh\\n/tmp/worker -o stratum+tcp://pool:1\\ntrue\\n' > go; chmod +x go; ./go"
        )
        inside.alert(r"Critical A miner of coins .*process=worker .*parent=go command=worker -o stratum")
    finally:
        containerd.remove(full_id)


def test_packages_that_somebody_installs_are_found(kept: Inside) -> None:
    kept.at_a_terminal("import subprocess; subprocess.run(['/opt/tools/apk', 'add', 'nmap'], check=False)")
    kept.alert(r"A package was installed in a running container .*=apk add ")
    code = f"import subprocess; subprocess.run(['{PYTHON}', '-m', 'pip', 'install', '--help'], check=False)"
    kept.at_a_terminal(code)
    kept.alert(r"A package was installed in a running container .*-m pip install ")


def test_a_download_by_a_person_is_found(kept: Inside) -> None:
    kept.at_a_terminal("import subprocess; subprocess.run(['/bin/wget', 'http://127.0.0.1:1/typed'])")
    kept.alert(r"A download was started .*command=wget http://127.0.0.1:1/typed .*terminal=[1-9]")


def test_ordinary_work_is_left_alone(kept: Inside) -> None:
    kept.said()
    kept.run(
        "ls -l /root/.aws/credentials; cat /root/.ssh/known_hosts /etc/profile || true;"
        " cat /proc/self/environ > /dev/null; grep -r TODO /etc || true; find /tmp -name x.tar;"
        " rm -rf /tmp/x /var/lib/none; dd if=/dev/zero of=/dev/null count=1; echo x > /tmp/.bashrc.new;"
        " cat /root/.bashrc; cat /proc/sys/kernel/core_pattern; echo hi > /tmp/crontab;"
        " HISTFILE=/tmp/h sh -c true; pkill -0 lanner-none || true; wget --help 2>&1 || true"
    )
    kept.python("import socket; socket.socket(2, 1, 6); socket.socket(2, 2, 17)")
    assert [line for line in kept.said() if "/etc/shadow" not in line] == []


@pytest.fixture
def home(tmp_path: pathlib.Path) -> pathlib.Path:
    """A home on the host with keys in it, and a mark in its path."""
    home = tmp_path / deeds.marker()
    for name in (".aws", ".ssh", ".config/systemd/user", "etc/kubernetes/manifests"):
        (home / name).mkdir(parents=True)
    for name in (".aws/credentials", ".ssh/id_rsa", ".bashrc", ".bash_history"):
        (home / name).write_text("x")
    return home


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("cat .aws/credentials", r"A credential file was read by hand \(file={}/.aws/credentials .*=cat "),
        (
            "base64 < .aws/credentials; mv .aws/credentials y",
            r"A credential file was read by hand \(file=<NA> source={}/.aws/cred",
        ),
        ("cd .ssh; head id_rsa", r"A private key of SSH was read \(file={}/.ssh/id_rsa .*process=head "),
        ("ln .ssh/id_rsa z", r"A private key of SSH was read \(.*source={}/z target={}/.ssh/id_rsa "),
        ("echo k >> .ssh/authorized_keys", r"trusted SSH keys was changed \(file={}/.ssh/authorized_keys "),
        ("touch k; mv k .ssh/authorized_keys", r"trusted SSH keys was changed \(.*target={}/.ssh/auth"),
        ("echo x >> .bashrc", r"A start-up file of a shell was changed \(file={}/.bashrc "),
        (
            "touch u; cp u .config/systemd/user/x.timer",
            r"service of the system was changed \(file={}/.config",
        ),
        ("touch p; cp p etc/kubernetes/manifests/p", r"A static pod was written \(file={}/etc/kubernetes"),
        (
            "touch p; mv p etc/kubernetes/manifests/p",
            r"A static pod was written \(.*target={}/etc/kubernetes",
        ),
        ("rm .bash_history", r"The history of a shell was removed \(file={}/.bash_history "),
        ("ln -sf /dev/null .bash_history", r"The history of a shell was removed \(.*target={}/.bash_history"),
        ("find $PWD -name id_rsa", r"A search for keys or passwords .*command=find {} "),
        ("grep -r 'PRIVATE KEY' $PWD || true", r"A search for keys or passwords .*PRIVATE KEY {} "),
        ("touch w; shred -u $PWD/w", r"Data is wiped .*command=shred -u {}/w "),
        (
            "dd if=/dev/null of=/dev/shm/x status=none $PWD/no || true",
            r"Data is wiped .*of=/dev/shm/x .*{}/no",
        ),
        ("LD_PRELOAD=$PWD/tmp/x.so su --help", r"A program was started with a strange library \(preload={}"),
        (
            "cp /bin/true w; ./w -o stratum+tcp://pool:1",
            r"A miner of coins was started .*command=w -o stratum",
        ),
        ("cp /bin/true xmrig; ./xmrig", r"A miner of coins was started .*proc_exepath={}/xmrig "),
        ("touch p; mv p .profile", r"A start-up file of a shell was changed \(.*target={}/.profile "),
        (
            "ln -s $PWD/u .config/systemd/user/y.service",
            r"A service of the system was changed \(.*source={}/.config/systemd/user/y.service ",
        ),
        ("LD_AUDIT=$PWD/x.so su --help", r"A program was started with a strange library .*audit={}/x.so "),
        ("systemctl stop $PWD/falco || true", r"A program that watches was stopped .*stop {}/falco "),
        ("killall $PWD/falco || true", r"A program that watches was stopped .*killall {}/falco "),
        ("ln -s /etc/shadow s", r"A sensitive file was given another name \(source={}/s target=/etc/shadow "),
        (
            "touch w; unshare -m mount --bind w /etc/gshadow",
            r"A sensitive file was covered by a mount \(file=/etc/gshadow from={}/w ",
        ),
    ],
)
def test_a_deed_on_the_host_is_found(
    container_agent: Agent, home: pathlib.Path, script: str, found: str
) -> None:
    deeds.command("bash", "-c", f"mkdir -p tmp; {script}", cwd=home)
    container_agent.alerts.wait(found.replace("{}", str(home)))


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo '#' > /etc/cron.d/{}", r"A scheduled job was changed \(file=/etc/cron.d/{} "),
        ("ln -s /none /etc/cron.d/{}", r"A scheduled job was changed \(.*source=/etc/cron.d/{} "),
        ("echo > /etc/ld.so.conf.d/{}", r"The search for libraries was changed \(file=/etc/ld.so.conf.d/{} "),
        (
            "echo > {}; mv {} /etc/ld.so.conf.d/{}",
            r"The search for libraries was changed \(.*target=/etc/ld.so.conf.d/{} ",
        ),
        ("echo '#' > /etc/sudoers.d/{}", r"A sensitive file was changed \(file=/etc/sudoers.d/{} "),
        (
            "echo '#' > {}; mv {} /etc/sudoers.d/{}",
            r"A sensitive file was changed \(.*target=/etc/sudoers.d/{} ",
        ),
        (
            "echo '#' > /etc/sudoers.d/{}; mv /etc/sudoers.d/{} {}",
            r"A sensitive file was given another name \(source=/etc/sudoers.d/{} ",
        ),
    ],
)
def test_a_folder_of_the_system_on_the_host_is_changed(
    container_agent: Agent, home: pathlib.Path, script: str, found: str
) -> None:
    """Each leaves nothing there; what is named so, cron, ld.so and sudo pass over."""
    mark, folders = f"{home.name}.", [pathlib.Path("/etc", name) for name in FOLDERS]
    made = [folder for folder in folders if not folder.exists()]
    for folder in made:
        folder.mkdir()
    try:
        deeds.command("bash", "-c", script.replace("{}", mark), cwd=home)
    finally:
        for folder in folders:
            (folder / mark).unlink(missing_ok=True)
        for folder in made:
            folder.rmdir()
    container_agent.alerts.wait(found.replace("{}", mark))


def test_a_sensitive_file_on_the_host_is_covered_by_the_new_calls(
    container_agent: Agent, home: pathlib.Path
) -> None:
    """In mounts of its own, which end with the process."""
    code = (
        "import ctypes, sys; libc = ctypes.CDLL(None);"
        "assert libc.unshare(0x20000) == 0 and libc.mount(None, b'/', None, 0x44000, None) == 0;"
        "tree = libc.syscall(428, -100, sys.argv[1].encode(), 1);"
        "assert tree >= 0 and libc.syscall(429, tree, b'', -100, b'/etc/shadow', 4) == 0"
    )
    deeds.python(code, str(home / ".bashrc"))
    container_agent.alerts.wait(
        rf"A sensitive file was covered by a mount \(file=/etc/shadow .*move_mount .*{home.name}"
    )


def test_ordinary_work_on_the_host_is_left_alone(container_agent: Agent, home: pathlib.Path) -> None:
    script = (
        "tar cf backup.tar .aws .ssh .bashrc; cat .bashrc; ls -l .aws/credentials; echo x >> .bash_history;"
        " grep -r TODO .config; ssh-keygen -y -f .ssh/id_rsa; find $PWD -name x; rm -rf etc"
    )
    settle(container_agent)
    before = len(container_agent.alerts.all())  # pytest itself wrote the files
    deeds.command("bash", "-c", script, cwd=home)
    settle(container_agent)
    said = [line.text for line in container_agent.alerts.all()[before:]]
    assert [line for line in said if str(home) in line] == []


def settle(agent: Agent) -> None:
    """Wait for a deed that is always found."""
    mark = deeds.marker()
    deeds.read_absolute(mark)
    agent.alerts.wait(mark)

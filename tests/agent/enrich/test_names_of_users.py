# SPDX-License-Identifier: Apache-2.0
"""uid -> name by the right file: the host's or the container's own; hostile files harm nobody."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lanner_agent.enrich import account_files, accounts
from lanner_agent.enrich.users import Users
from lanner_engine.fields.model import User
from tests.agent.enrich import asking
from tests.containers import runtime

SELF = os.getpid()
BOX = b"c" * 64
ONE = ((1, 2, 3, 4), None)


@pytest.fixture(scope="module")
def box(containerd: runtime.Containerd) -> Iterator[str]:
    full_id = containerd.run("sleep", "100000")
    yield full_id
    containerd.remove(full_id)


@pytest.fixture
def root(containerd: runtime.Containerd) -> Iterator[Path]:
    """A container's root that this test may spoil, as seen from the host."""
    full_id = containerd.run("sleep", "100000")
    yield Path(f"/proc/{containerd.pid(full_id)}/root")
    containerd.remove(full_id)


def pid_of(root: Path) -> int:
    return int(root.parent.name)


def test_host_accounts() -> None:
    users = Users()
    for entry in pwd.getpwall():
        first = pwd.getpwuid(entry.pw_uid)
        wanted = User(first.pw_name.encode(), first.pw_dir.encode(), first.pw_shell.encode(), b"root")
        assert users.user(None, SELF, entry.pw_uid, 0) == wanted
    for group in grp.getgrall():
        assert users.group(None, SELF, group.gr_gid) == grp.getgrgid(group.gr_gid).gr_name.encode()


def test_all_names_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same object until the files change."""
    now = [
        account_files.Snapshot(
            accounts.Accounts({1: accounts.Account(b"daemon", b"/", b"/")}), ONE, Counter()
        )
    ]
    clock = [100.0]
    monkeypatch.setattr("lanner_agent.enrich.users.time.monotonic", lambda: clock[0])
    users = Users(take=lambda pid, before: now[0])
    first = users.host_names()
    assert first == {-1: b"<NA>", 0: b"root", 1: b"daemon"}
    now[0] = replace(now[0], accounts=accounts.Accounts({0: accounts.Account(b"toor", b"/", b"/")}))
    assert users.host_names() is first
    clock[0] += 1
    assert users.host_names() == {-1: b"<NA>", 0: b"toor"}
    second = users.host_names()
    now[0] = replace(now[0], stamps=((1, 9, 3, 4), None))  # written anew, as by chsh
    clock[0] += 1
    assert users.host_names() is second


def test_where_the_host_s_files_cannot_be_read_no_name_is_known() -> None:
    def unreachable(pid: int, before: account_files.Snapshot | None) -> account_files.Snapshot:
        raise PermissionError(errno.EACCES, "Permission denied")

    assert Users(take=unreachable).host_names() == {}


def test_in_a_pod_the_image_s_own_accounts_are_never_taken_for_the_host_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")

    def unreachable(pid: int, before: account_files.Snapshot | None) -> account_files.Snapshot:
        assert pid == 1
        raise PermissionError(errno.EACCES, "Permission denied")

    users = Users(take=unreachable)
    assert users.user(None, SELF, 1, -1).name == b"<NA>"
    assert users.user(None, SELF, 0, -1).name == b"root"
    assert users.counts()["unread_host_errno_13"] == 1


def test_container_accounts_are_the_container_s(containerd: runtime.Containerd, box: str) -> None:
    users, pid = Users(), containerd.pid(box)
    found = users.user(box.encode(), pid, 1000, -1)
    assert found == User(b"app", b"/home/app", b"/bin/sh", b"<NA>")
    printed = containerd.execute(box, "cat", "/etc/passwd")
    assert f"{found.name.decode()}:x:1000:" in printed
    assert users.group(box.encode(), pid, 29) == b"audio"
    assert users.user(box.encode(), pid, 0, 1000) == User(b"root", b"/root", b"/bin/sh", b"app")


def test_no_entry(containerd: runtime.Containerd, box: str) -> None:
    users, pid = Users(), containerd.pid(box)
    assert users.user(box.encode(), pid, 4242, 4294967295) == User(b"<NA>", b"<NA>", b"<NA>", b"<NA>")
    assert users.group(box.encode(), pid, 4242) == b"<NA>"


def test_root_is_root_without_any_file(root: Path) -> None:
    (root / "etc/passwd").unlink()
    (root / "etc/group").unlink()
    users = Users()
    assert users.user(BOX, pid_of(root), 0, 0) == User(b"root", b"/root", b"<NA>", b"root")
    assert users.user(BOX, pid_of(root), 1, -1).name == b"<NA>"
    assert users.group(BOX, pid_of(root), 0) == b"root"
    assert users.counts()["unread_no_such_file"] == 2


def test_a_symlink_leads_nowhere_outside(root: Path) -> None:
    host_only = next(entry for entry in pwd.getpwall() if 1 < entry.pw_uid < 1000)
    for target in ("/proc/1/root/etc/passwd", "../../../../../../proc/1/root/etc/passwd"):
        (root / "etc/passwd").unlink()
        (root / "etc/passwd").symlink_to(target)
        assert Users().user(BOX, pid_of(root), host_only.pw_uid, -1).name == b"<NA>"


def test_a_symlink_inside_is_followed_as_the_container_follows_it(root: Path) -> None:
    (root / "etc/real").write_text("inside:x:7:7::/:/bin/sh\n")
    (root / "etc/passwd").unlink()
    (root / "etc/passwd").symlink_to("/../../etc/real")
    assert Users().user(BOX, pid_of(root), 7, -1).name == b"inside"


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "loop", "huge", "endless"])
def test_what_is_no_file_of_sensible_size_is_refused_at_once(root: Path, kind: str) -> None:
    path = root / "etc/passwd"
    path.unlink()
    makers: dict[str, Callable[[], object]] = {
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "device": lambda: os.mknod(path, 0o20666, os.makedev(1, 5)),  # /dev/zero
        "loop": lambda: path.symlink_to("passwd"),
        "huge": lambda: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), account_files.MAX_BYTES + 1),
        "endless": lambda: path.symlink_to("/dev/zero"),
    }
    makers[kind]()
    users = Users()
    began = time.monotonic()
    assert users.user(BOX, pid_of(root), 0, -1).name == b"root"
    assert users.group(BOX, pid_of(root), 1000) == b"app", "the other file is still good"
    assert time.monotonic() - began < 1
    assert sum(count for name, count in users.counts().items() if name.startswith("unread_")) == 1


def test_a_changed_file_is_seen(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanner_agent.enrich.users.CONTAINER_SECONDS", 0.05)
    users = Users()
    assert users.user(BOX, pid_of(root), 4242, -1).name == b"<NA>"
    with (root / "etc/passwd").open("a") as file:
        file.write("late:x:4242:4242::/:/bin/sh\n")
    asking.eventually(lambda: users.user(BOX, pid_of(root), 4242, -1).name == b"late")


def test_a_file_system_that_never_answers_delays_nothing_but_its_own_names() -> None:
    """What a FUSE mount below a container's root does; it stands in for one, which this kernel may lack."""
    stuck, asked = threading.Event(), []

    def take(pid: int, before: account_files.Snapshot | None) -> account_files.Snapshot:
        asked.append(pid)
        if pid == 666:
            stuck.wait(10)
        return account_files.take(SELF, before)

    users = Users(take=take, host_pid=SELF)
    began = time.monotonic()
    assert users.user(b"hostile", 666, 0, -1).name == b"root"
    assert time.monotonic() - began < 0.5
    began = time.monotonic()
    for number in range(1000):
        assert users.user(b"hostile", 666, number, -1).name in (b"root", b"<NA>")
        assert users.user(b"other%d" % number, SELF, 1, -1).name == b"<NA>"
    assert time.monotonic() - began < 1, "nobody waits behind it"
    assert asked == [666]
    assert users.counts()["unread_in_time"] == 1
    assert users.unread()["busy"] > 900
    stuck.set()
    wanted = pwd.getpwuid(1).pw_name.encode()
    asking.eventually(lambda: users.user(b"hostile", 666, 1, -1).name == wanted)
    asking.eventually(lambda: users.user(b"other1", SELF, 1, -1).name == wanted)


def test_a_process_that_has_ended(containerd: runtime.Containerd, box: str) -> None:
    users, gone = Users(), 4_194_304  # pid_max: never given
    assert users.user(box.encode(), gone, 1000, -1).name == b"<NA>"
    assert users.counts()["unread_process_gone"] == 1
    pid = containerd.pid(box)
    asking.eventually(lambda: users.user(box.encode(), pid, 1000, -1).name == b"app")


def test_a_flood_of_containers_fills_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanner_agent.enrich.users.MAX_CONTAINERS", 10)
    users = Users()
    for number in range(30):
        users.group(b"%d" % number, SELF, 0)
    assert users.counts()["evicted"] == 20


def test_large_files_take_neither_memory_nor_the_names_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanner_agent.enrich.users.ROOM", 100)
    found = accounts.Accounts({7: accounts.Account(b"seven", b"/", b"/")})

    def take(pid: int, before: account_files.Snapshot | None) -> account_files.Snapshot:
        return before or account_files.Snapshot(found, ONE, Counter(), size=pid)

    users = Users(take=take, host_pid=SELF)
    asking.eventually(lambda: users.user(b"large", 90, 7, -1).name == b"seven")
    asking.eventually(lambda: users.user(b"small", 20, 7, -1).name == b"seven")
    assert users.user(b"large", 90, 7, -1).name == b"<NA>"
    assert users.user(b"small", 20, 7, -1).name == b"seven"
    assert users.counts()["unread_no_room"] == 1


def test_known_names_cost_no_system_call(containerd: runtime.Containerd, box: str) -> None:
    users, pid = Users(), containerd.pid(box)
    first = users.user(box.encode(), pid, 1000, -1)
    began = time.process_time()
    for _ in range(10_000):
        assert users.user(box.encode(), pid, 1000, -1) is first
    assert time.process_time() - began < 0.2  # 20 us each would be a system call's order


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b":",
        b"name:x",
        b"name:x:notanumber:0:::",
        b"name:x:-1:0:::",
        b":x:5:5:::",
        b"+::::::",
        b"#a:x:5:5:::",
        b"name:x:99999999999999999999:0:::",
        b"\xff\x00",
        b"name:x:\xc2\xb2:0:::",
    ],
)
def test_lines_that_say_nothing_are_skipped(line: bytes) -> None:
    assert accounts.users(line + b"\nlast:x:9:9:c:/h:/s\n") == {9: accounts.Account(b"last", b"/h", b"/s")}


def test_names_are_bytes_and_the_first_of_a_uid_counts() -> None:
    found = accounts.users(b"\xff\x1b[31m:x:1:1::/:/s\nlater:x:1:1::/:/s\n")
    assert found[1].name == b"\xff\x1b[31m"

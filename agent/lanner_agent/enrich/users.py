# SPDX-License-Identifier: Apache-2.0
"""uid and gid in, names out: of the host's accounts, or of the container's own. Called when an event is asked
for user.* or group.*, never otherwise.

A container's names are the container's word (its root may write its /etc/passwd); the uid is the kernel's.
Its files are read on a thread of their own, for which the loop waits 50 ms at most and once per container: a
file system that never answers costs containers their names and the loop nothing more. Known names are
checked for change in the background.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from lanner_agent.enrich import account_files
from lanner_agent.enrich.accounts import Account, Accounts
from lanner_engine.fields.model import User

TITLE: Final = "names of users not read"
_UNREAD: Final = "unread_"
NO_NAME: Final = b"<NA>"
_ROOT: Final = Account(b"root", b"/root", NO_NAME)
_NOBODY: Final = Account(NO_NAME, NO_NAME, NO_NAME)
_UNSET: Final = 0xFFFFFFFF  # loginuid of a process without a login; -1 as well

HOST_SECONDS: Final = 1.0
CONTAINER_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 1.0
PATIENCE: Final = 0.05
MAX_CONTAINERS: Final = 1024
MAX_USERS: Final = 256  # of one container, put together for events
# Bytes of the files of all containers, 4 KiB for each, which is more than most have; in memory they are some
# twenty times as many.
ROOM: Final = MAX_CONTAINERS << 12

IN_A_POD: Final = "KUBERNETES_SERVICE_HOST"  # every container of a pod has it

Take = Callable[[int, account_files.Snapshot | None], account_files.Snapshot]


@dataclass(slots=True)
class _Errand:
    """One reading on the thread; `done` is set last."""

    pid: int
    before: account_files.Snapshot | None
    done: threading.Event = field(default_factory=threading.Event)
    result: account_files.Snapshot | OSError | None = None


@dataclass(slots=True)
class _Known:
    """One container's accounts. `due`: monotonic seconds of the next look at the files."""

    container: bytes | None = None  # full id
    due: float = 0.0
    snapshot: account_files.Snapshot | None = None
    errand: _Errand | None = None
    users: dict[tuple[int, int], User] = field(default_factory=dict)

    @property
    def accounts(self) -> Accounts:
        return self.snapshot.accounts if self.snapshot else _NO_ACCOUNTS

    @property
    def size(self) -> int:
        return self.snapshot.size if self.snapshot else 0

    def forget(self) -> None:
        """Its names, until its files change."""
        self.users.clear()
        if self.snapshot is not None:
            self.snapshot = replace(self.snapshot, accounts=_NO_ACCOUNTS, size=0)


_NO_ACCOUNTS: Final = Accounts()


class Users:
    """One for the life of the agent; belongs to the loop's thread."""

    def __init__(self, take: Take = account_files.take, host_pid: int | None = None) -> None:
        self._take = take
        self._host_pid = _host_pid() if host_pid is None else host_pid
        self._host = _Known()
        self._host_names: tuple[account_files.Snapshot | None, Mapping[int, bytes]] = (None, {})
        self._containers: OrderedDict[bytes, _Known] = OrderedDict()
        self._errands: queue.SimpleQueue[_Errand] = queue.SimpleQueue()
        self._under_way: _Errand | None = None
        self._thread: threading.Thread | None = None
        self._counts: Counter[str] = Counter()
        self.when_read: Callable[[bytes | None, Accounts], None] = lambda container, accounts: None

    def user(self, container: bytes | None, pid: int, uid: int, loginuid: int) -> User:
        """The account of `uid`, with the name of `loginuid` (-1 unset), as the process `pid` sees it.

        `container`: full id, None on the host. uid 0 is root everywhere; what has no entry is b"<NA>".
        """
        known = self._fresh(container, pid)
        found = known.users.get((uid, loginuid))
        if found is None:
            found = account_of(known.accounts, uid, loginuid)
            if len(known.users) >= MAX_USERS:
                known.users.clear()
            known.users[uid, loginuid] = found
        return found

    def group(self, container: bytes | None, pid: int, gid: int) -> bytes:
        """The name of `gid`; root for 0 without an entry, b"<NA>" for others without."""
        return group_of(self._fresh(container, pid).accounts, gid)

    def host_names(self) -> Mapping[int, bytes]:
        """What the host's users are called, as far as that is known, and at -1 what a loginuid without a user
        is: the same object for as long as nothing changed.
        """
        self._fresh(None, 0)
        snapshot, found = self._host_names
        if snapshot is not self._host.snapshot:
            users = self._host.accounts.users
            now = {-1: NO_NAME, 0: _ROOT.name, **{uid: account.name for uid, account in users.items()}}
            found = found if now == found else now
            self._host_names = self._host.snapshot, found
        return found

    def counts(self) -> Mapping[str, int]:
        """Everything since the start: readings, unread_<reason>, evicted."""
        return dict(self._counts)

    def unread(self) -> Mapping[str, int]:
        """Of these how often names were not known, by reason."""
        found = self._counts.items()
        return {word.removeprefix(_UNREAD): number for word, number in found if word.startswith(_UNREAD)}

    def _fresh(self, container: bytes | None, pid: int) -> _Known:
        now = time.monotonic()
        if container is None:
            if self._host.due <= now:
                self._look_at_host(now)
            return self._host
        known = self._containers.get(container)
        if known is None:
            known = self._first_look(container, pid)
        elif known.errand is not None or known.due <= now:
            self._look_again(known, pid)
        return known

    def _look_at_host(self, now: float) -> None:
        """The host's files are its administrator's: read here and now."""
        self._host.due = now + HOST_SECONDS
        try:
            self._keep(self._host, self._take(self._host_pid, self._host.snapshot))
        except OSError as error:
            self._counts[f"unread_host_errno_{error.errno}"] += 1

    def _first_look(self, container: bytes, pid: int) -> _Known:
        if len(self._containers) >= MAX_CONTAINERS:
            self._containers.popitem(last=False)
            self._counts["evicted"] += 1
        known = self._containers[container] = _Known(container)
        self._send(known, pid)
        if known.errand is not None and known.errand.done.wait(PATIENCE):
            self._collect(known, known.errand)
        elif known.errand is not None:
            self._counts["unread_in_time"] += 1
        return known

    def _look_again(self, known: _Known, pid: int) -> None:
        if known.errand is None:
            self._send(known, pid)
        elif known.errand.done.is_set():
            self._collect(known, known.errand)

    def _send(self, known: _Known, pid: int) -> None:
        """One errand at a time: when the thread is busy, the caller tries again a second later."""
        known.due = time.monotonic() + RETRY_SECONDS
        if self._under_way is not None and not self._under_way.done.is_set():
            self._counts["unread_busy"] += 1
            return
        self._under_way = known.errand = _Errand(pid, known.snapshot)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lanner-accounts", daemon=True)
            self._thread.start()
        self._errands.put(known.errand)

    def _collect(self, known: _Known, errand: _Errand) -> None:
        known.errand = None
        if isinstance(errand.result, account_files.Snapshot):
            known.due = time.monotonic() + CONTAINER_SECONDS
            self._keep(known, errand.result)
        else:  # the process has ended; the container's next one will tell
            self._counts["unread_process_gone"] += 1

    def _keep(self, known: _Known, snapshot: account_files.Snapshot) -> None:
        if snapshot is known.snapshot:
            return
        known.snapshot = snapshot
        known.users.clear()
        self.when_read(known.container, snapshot.accounts)
        self._counts["readings"] += 1
        for problem, count in snapshot.problems.items():
            self._counts[f"unread_{problem}"] += count
        if known is not self._host:
            self._make_room()

    def _make_room(self) -> None:
        """Whose files are the largest goes without names: who has no more than its share keeps them."""
        kept = list(self._containers.values())
        while sum(one.size for one in kept) > ROOM:
            largest = max(kept, key=lambda one: one.size)
            largest.forget()
            self.when_read(largest.container, _NO_ACCOUNTS)
            self._counts["unread_no_room"] += 1

    def _run(self) -> None:
        while True:
            errand = self._errands.get()
            try:
                errand.result = self._take(errand.pid, errand.before)
            except OSError as error:
                errand.result = error
            finally:
                errand.done.set()


def _host_pid() -> int:
    """Whose root is the host's: init's, in a pod with the host's pids too.

    Where that is out of reach (init may be better protected than CAP_SYS_PTRACE reaches) our own will do,
    except in a pod, whose image has accounts of its own: then there are no names rather than wrong ones.
    """
    if os.access("/proc/1/root/etc", os.R_OK) or IN_A_POD in os.environ:
        return 1
    return os.getpid()


def account_of(accounts: Accounts, uid: int, loginuid: int) -> User:
    """The account of `uid`, with the name of `loginuid` (-1 unset)."""
    account = accounts.users.get(uid) or (_ROOT if uid == 0 else _NOBODY)
    return User(account.name, account.home, account.shell, _login(accounts, loginuid))


def group_of(accounts: Accounts, gid: int) -> bytes:
    """The name of `gid`; root for 0 without an entry, b"<NA>" for others without."""
    name = accounts.groups.get(gid)
    return name if name is not None else (b"root" if gid == 0 else NO_NAME)


def _login(accounts: Accounts, loginuid: int) -> bytes:
    if loginuid in (-1, _UNSET):
        return NO_NAME
    account = accounts.users.get(loginuid) or (_ROOT if loginuid == 0 else _NOBODY)
    return account.name

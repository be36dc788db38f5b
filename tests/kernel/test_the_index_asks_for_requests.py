# SPDX-License-Identifier: Apache-2.0
"""The kernel holds back requests of io_uring as it does the system calls whose work they do, by what their
records would hold; what is not known of one may hold.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import re
import socket
from collections.abc import Callable

import pytest

from lanner_engine.syscalls.fast_open import MSG_FASTOPEN
from tests.kernel import io_uring
from tests.kernel.asking import Asked, answers
from tests.kernel.calling import AT_FDCWD
from tests.kernel.io_uring import Request
from tests.kernel.sifting import Sieve, asks_names
from tests.kernel.test_a_name_is_what_exec_gave import OWN_NAME
from tests.kernel.test_sockets_of_io_uring_are_recorded import address

pytestmark = pytest.mark.each_kernel

OTHER = "/srv/other"
NOBODY = "proc.name = lanner-nobody"
ELSEWHERE = [
    *("proc.pname = lanner-nobody", "proc.aname = lanner-nobody"),
    "container.id != host",
]
OF_WORKERS = ["user.uid = 4711"]  # the credentials of a worker are not those of the process
CREATE = os.O_CREAT | os.O_WRONLY
SETUID = "evt.arg.mode glob 0[4-7]???"
HERE = AT_FDCWD & 0xFFFFFFFF
Deed = Callable[[], object]
Text = ctypes.Array[ctypes.c_char]


def carried_out(request: Callable[[], Request], flags: int = 0, files: int = 0) -> Deed:
    """By a new ring, with a table of so many files of its own."""

    def work() -> None:
        with io_uring.ring(flags=flags) as ring:
            if files:
                ring.register_files(files)
            ring.result(request())

    return work


def opening(path: str, how: int = os.O_RDONLY, mode: int = 0, folder: int = AT_FDCWD, **more: int) -> Request:
    held = kept(path)
    return Request(io_uring.OPENAT, folder, io_uring.at(held), mode, how=how, **more)


_KEPT: dict[str, Text] = {}  # while the kernel may read them


def kept(value: str) -> Text:
    return _KEPT.setdefault(value, io_uring.text(value.encode()))


def at(value: str) -> int:
    return io_uring.at(kept(value))


def opens(path: str) -> list[str]:
    """True of an open of this file for reading."""
    folder, last = os.path.split(path)
    return [
        f"fd.name = {path}",
        f"fd.name endswith /{last} and evt.is_open_read = true",
        f"fd.directory = {folder} and fd.filename = {last}",
        f"fd.name startswith {folder[:6]}",
        "proc.name != lanner-nobody",
        "evt.rawres >= 0",
        "evt.is_io_uring = true",
    ]


OTHER_OPENS = [
    f"fd.name = {OTHER}",
    "fd.name endswith /other",
    "fd.directory = /srv",
    "fd.name startswith /etc and evt.is_open_read = true",
    "evt.is_open_write = true",
    "evt.is_open_create = true",
    "evt.failed = true",
]


def asked_of_open(deed: Deed, true: list[str], passed: list[str], held: list[str]) -> Asked:
    """Where the names of a file are not asked, conditions on them hold nothing back."""
    passing = [] if asks_names() else [one for one in held if re.search(r"fd\.(name|directory)", one)]
    return Asked("openat", deed, true, [*passed, *passing], [one for one in held if one not in passing])


def asked_of_noted(deed: Deed, true: list[str], passed: list[str], held: list[str]) -> Asked:
    """Of an open whose file is noted: where the names of a file are not asked, nothing holds it back."""
    if asks_names():
        return asked_of_open(deed, true, passed, held)
    return Asked("openat", deed, true, [*passed, *held], [])


def test_an_open(sieve: Sieve, file: str) -> None:
    deed = carried_out(lambda: opening(file))
    unknown = ['fd.nameraw contains "../"']  # the path as it was given
    asked = asked_of_noted(deed, opens(file), unknown, [*OTHER_OPENS, NOBODY, "fd.num = 999"])
    assert answers(sieve, asked) == asked


def test_an_open_where_many_rules_are(sieve: Sieve, file: str) -> None:
    many = [
        f"evt.type = openat and fd.name = /srv/{number} and proc.name != p{number}" for number in range(200)
    ]
    wanted = f"evt.type = openat and fd.name = {file} and proc.name != p"
    deed = carried_out(lambda: opening(file))
    without, with_it = sieve.seen_by_each([many, [*many, wanted]], deed)
    passing = [] if asks_names() else ["openat"]
    assert [event.type for event in without if event.through_io_uring] == passing
    assert [event.type for event in with_it if event.through_io_uring] == ["openat"]


def test_an_open_by_a_worker_of_the_kernel(sieve: Sieve, file: str) -> None:
    """Its credentials are not asked, for the record has the submitter's; what else is known is."""
    deed = carried_out(lambda: opening(file, flags=io_uring.ASYNC))
    true = [*opens(file), "container.id = host", "user.uid = 0", "proc.pname != lanner-nobody"]
    asked = asked_of_noted(deed, true, OF_WORKERS, [*OTHER_OPENS, NOBODY, *ELSEWHERE])
    assert answers(sieve, asked) == asked


def test_a_thread_that_calls_itself_something(sieve: Sieve, file: str) -> None:
    """What a worker does for it is done under the name that exec gave."""

    def work() -> None:
        pathlib.Path("/proc/thread-self/comm").write_text("asking")
        carried_out(lambda: opening(file, flags=io_uring.ASYNC))()

    name = OWN_NAME.decode()
    true = [f"proc.name = {name}", f"proc.name = {name} and fd.name = {file}", "proc.name != asking"]
    held = ["proc.name = asking", f"proc.name = asking and fd.name = {file}", f"proc.name != {name}"]
    asked = asked_of_noted(work, true, [], held)
    assert answers(sieve, asked) == asked


@pytest.mark.parametrize("flags", [0, io_uring.ASYNC])
def test_an_open_where_rules_ask_for_forebears(sieve: Sieve, file: str, flags: int) -> None:
    """Who acts is asked in the midst of the open, and the names of its path are asked nevertheless."""
    names = {pathlib.Path(f"/proc/{pid}/comm").read_text().strip() for pid in ("self", os.getppid() or 1)}
    above = f"proc.aname in ({', '.join(sorted(names))})"
    exe = f"evt.type = execve and {above} and proc.exepath endswith"
    others = [f"{exe} /{letter}" for letter in "abc"]
    near = f"evt.type = openat and {above} and fd.name = {file}"
    rounds = [[*others, near], [*others, near + "x"]]
    wanted, missed = sieve.seen_by_each(rounds, carried_out(lambda: opening(file, flags=flags)))
    passing = [] if asks_names() else ["openat"]
    assert [event.type for event in wanted if event.through_io_uring] == ["openat"]
    assert [event.type for event in missed if event.through_io_uring] == passing


@pytest.mark.parametrize("flags", [io_uring.SQPOLL, io_uring.SINGLE_ISSUER | io_uring.DEFER_TASKRUN])
def test_rings_that_are_polled_or_deferred(sieve: Sieve, file: str, flags: int) -> None:
    deed = carried_out(lambda: opening(file), flags)
    asked = asked_of_noted(deed, opens(file), [], [*OTHER_OPENS, NOBODY])
    assert answers(sieve, asked) == asked


def test_an_open_into_the_rings_own_table(sieve: Sieve, file: str) -> None:
    """There is no descriptor by which the index finds the file: descriptor 0 is another one."""
    deed = carried_out(lambda: opening(file, slot=1), files=4)
    asked = asked_of_open(deed, opens(file), OTHER_OPENS, [NOBODY])
    assert answers(sieve, asked) == asked


def test_an_open_that_fails(sieve: Sieve, file: str) -> None:
    deed = carried_out(lambda: opening(file + "-missing", flags=io_uring.ASYNC))
    true = ["evt.res = ENOENT", f"fd.name = {file}-missing", "evt.failed = true"]
    asked = Asked(
        "openat", deed, true, [f"fd.name = {OTHER}"], [NOBODY, "evt.res = EACCES", "evt.rawres >= 0"]
    )
    assert answers(sieve, asked) == asked


def test_modes(sieve: Sieve, file: str) -> None:
    creates = carried_out(lambda: opening(file + "-new", CREATE, 0o4755))
    asked = asked_of_noted(creates, [SETUID, "evt.arg.mode = 04755"], [], ["evt.arg.mode = 0755"])
    assert answers(sieve, asked) == asked
    asked = asked_of_noted(carried_out(lambda: opening(file, 0, 0o4755)), ["evt.arg.mode = 0"], [], [SETUID])
    assert answers(sieve, asked) == asked


def test_requests_that_hide_their_end(sieve: Sieve, file: str) -> None:
    """It is not known how they end, nor what they come to; who asks is."""

    def work() -> None:
        with io_uring.ring() as ring:
            ring.submit(opening(file, flags=io_uring.CQE_SKIP), wait=0)

    true = [f"fd.name = {file}", "evt.is_unfinished = true", "proc.name != lanner-nobody"]
    asked = Asked("openat", work, true, [f"fd.name = {OTHER}", "evt.res = EACCES"], [NOBODY])
    assert answers(sieve, asked) == asked


def names(path: str, field: str) -> tuple[list[str], list[str]]:
    """What is true of a path, and what is not."""
    folder, last = os.path.split(path)
    true = [f"{field} = {path}", f"{field} endswith /{last}", f"{field} startswith {folder}/"]
    return true, [f"{field} = {OTHER}", f"{field} endswith /other", f"{field} startswith /etc/"]


def made_again(file: str) -> Request:
    """A folder where a file is."""
    return Request(io_uring.MKDIRAT, AT_FDCWD, at(file), 0o750)


def test_a_path_as_it_was_given(sieve: Sieve, file: str) -> None:
    """The kernel gives all calls on names to a worker."""
    true, held = names(file, "evt.arg.path")
    deed = carried_out(lambda: made_again(file))
    held += [NOBODY, "evt.rawres = 0", "evt.res = EPERM", *ELSEWHERE]
    asked = Asked("mkdirat", deed, [*true, "evt.res = EEXIST"], OF_WORKERS, held)
    assert answers(sieve, asked) == asked


def test_the_path_of_what_is_removed(sieve: Sieve, file: str) -> None:
    def work() -> None:
        pathlib.Path(file).touch()
        carried_out(lambda: Request(io_uring.UNLINKAT, AT_FDCWD, at(file)))()

    true, held = names(file, "fs.path.name")
    true.append(f"evt.abspath = {file}")
    asked = Asked("unlinkat", work, true, OF_WORKERS, [*held, NOBODY, "evt.failed = true", *ELSEWHERE])
    assert answers(sieve, asked) == asked


def test_a_path_below_a_folder(sieve: Sieve, file: str) -> None:
    folder = os.open(os.path.dirname(file), os.O_PATH)
    request = Request(io_uring.MKDIRAT, folder, at("file"), 0o750)
    true, held = names(file, "evt.arg.path")
    asked = Asked("mkdirat", carried_out(lambda: request), true, [], held)
    assert answers(sieve, asked) == asked


def test_a_path_below_the_working_directory(sieve: Sieve, file: str) -> None:
    def work() -> None:
        os.chdir(os.path.dirname(file))
        carried_out(lambda: Request(io_uring.MKDIRAT, AT_FDCWD, at("file"), 0o750))()

    true, held = names(file, "evt.arg.path")
    asked = Asked("mkdirat", work, true, [], held)
    assert answers(sieve, asked) == asked


def test_a_path_that_has_to_be_cleaned(sieve: Sieve, file: str) -> None:
    """Of what is written in a roundabout way only the last name is known."""
    folder, last = os.path.split(file)

    def work() -> None:
        pathlib.Path(file).unlink(missing_ok=True)
        request = Request(io_uring.MKDIRAT, AT_FDCWD, at(f"/srv/..{folder}/./{last}"), 0o750)
        carried_out(lambda: request)()
        os.rmdir(file)

    true, _ = names(file, "fs.path.name")
    unknown = ["fs.path.name startswith /etc/"]
    held = [f"fs.path.name = {OTHER}", "fs.path.name endswith /other"]
    asked = Asked("mkdirat", work, true, unknown, held)
    assert answers(sieve, asked) == asked


TWO: dict[str, Callable[[str, str], Request]] = {
    "renameat2": lambda old, new: Request(io_uring.RENAMEAT, AT_FDCWD, at(old), HERE, at(new), how=1),
    "linkat": lambda old, new: Request(io_uring.LINKAT, AT_FDCWD, at(old), HERE, at(new)),
}


@pytest.mark.parametrize("event_type", TWO)
def test_two_paths(sieve: Sieve, file: str, event_type: str) -> None:
    new = os.path.dirname(file) + "/folder"
    source, no_source = names(file, "evt.arg.oldpath")
    target, no_target = names(new, "evt.arg.newpath")
    deed = carried_out(lambda: TWO[event_type](file, new))
    asked = Asked(
        event_type,
        deed,
        [*source, *target, "evt.res = EEXIST"],
        [f"evt.arg.oldpath = {new}"],  # each path may be either
        [*no_source, *no_target, "evt.res = EPERM"],
    )
    assert answers(sieve, asked) == asked


def test_the_text_of_a_link(sieve: Sieve, file: str) -> None:
    def request() -> Request:
        return Request(io_uring.SYMLINKAT, AT_FDCWD, at("/etc/secret"), offset=at(file))

    true, _ = names(file, "evt.arg.linkpath")
    target, no_target = names("/etc/secret", "evt.arg.target")
    held = [one.replace("/etc/", "/root/") for one in no_target]
    asked = Asked("symlinkat", carried_out(request), [*true, *target], [], held)
    assert answers(sieve, asked) == asked


def test_flags(sieve: Sieve, file: str) -> None:
    request = Request(io_uring.UNLINKAT, AT_FDCWD, at(file), how=0x200)
    true = ["evt.arg.flags contains AT_REMOVEDIR"]
    asked = Asked(
        "unlinkat", carried_out(lambda: request), true, [], ["not evt.arg.flags contains AT_REMOVEDIR"]
    )
    assert answers(sieve, asked) == asked


def test_a_file_that_is_cut(sieve: Sieve, file: str) -> None:
    if not io_uring.supported(io_uring.FTRUNCATE):
        pytest.skip("needs IORING_OP_FTRUNCATE, which this kernel's io_uring lacks")

    def work() -> None:
        fd = os.open(file, os.O_RDWR)
        carried_out(lambda: Request(io_uring.FTRUNCATE, fd, offset=2))()

    true, unknown = names(file, "fd.name")
    asked = Asked("ftruncate", work, [*true, "evt.arg.length = 2"], unknown, ["evt.arg.length = 3"])
    assert answers(sieve, asked) == asked


@pytest.mark.parametrize("flags", [0, io_uring.ASYNC])
def test_a_connection(sieve: Sieve, flags: int) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        port = server.getsockname()[1]
        held = address(port)

        def work() -> None:
            with socket.socket() as one:
                request = Request(
                    io_uring.CONNECT, one.fileno(), io_uring.at(held), offset=len(held), flags=flags
                )
                carried_out(lambda: request)()

        true = [f"fd.sport = {port}", "fd.sip = 127.0.0.1", "fd.type = ipv4", "evt.rawres = 0"]
        near = [f"fd.sport = {port - 1}", "fd.sip = 127.0.0.2", "fd.type = ipv6", "evt.rawres < 0"]
        asked = Asked("connect", work, true, [], [*near, NOBODY])
        assert answers(sieve, asked) == asked


def test_a_connection_by_the_first_data(sieve: Sieve) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        port = server.getsockname()[1]
        to = address(port)

        def work() -> None:
            with socket.socket() as one:
                request = Request(
                    *(io_uring.SEND, one.fileno(), at("data"), 4, io_uring.at(to)),
                    how=MSG_FASTOPEN,
                    slot=len(to),
                )
                carried_out(lambda: request)()

        true = ["evt.is_fast_open = true", "evt.is_fast_open = true and evt.is_io_uring = true"]
        held = ["evt.is_fast_open = true and fd.type = unix", NOBODY]
        asked = Asked("sendto", work, true, ["evt.is_fast_open = false"], held)
        assert answers(sieve, asked) == asked


def test_data_over_a_connection(sieve: Sieve) -> None:
    def work() -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname()) as one,
        ):
            carried_out(lambda: Request(io_uring.SEND, one.fileno(), at("data"), 4))()

    asked = Asked("sendto", work, ["evt.is_fast_open = false"], [], ["evt.is_fast_open = true"])
    assert answers(sieve, asked) == asked


def test_a_socket(sieve: Sieve) -> None:
    request = Request(io_uring.SOCKET, socket.AF_INET, length=17, offset=socket.SOCK_DGRAM)
    asked = Asked(
        "socket",
        carried_out(lambda: request),
        ["evt.arg.domain contains AF_INET", "evt.arg.type = 2", "evt.arg.proto = 17"],
        [],
        ["evt.arg.domain contains AF_PACKET", "evt.arg.type = 3", "evt.arg.proto = 6"],
    )
    assert answers(sieve, asked) == asked


def test_what_is_held_back_is_counted(sieve: Sieve, file: str) -> None:
    request = made_again(file)

    def counted() -> tuple[int, int]:
        found = {one.event_type: one for one in sieve.watch.probes.sifted()}
        return (found["mkdirat"].held_back, found["mkdirat"].recorded) if "mkdirat" in found else (0, 0)

    before = counted()
    sieve.seen(f"evt.type = mkdirat and evt.arg.path = {OTHER}", carried_out(lambda: request))
    assert counted() == (before[0] + 1, before[1])
    sieve.seen(f"evt.type = mkdirat and evt.arg.path = {file}", carried_out(lambda: request))
    assert counted() == (before[0] + 1, before[1] + 1)


@pytest.fixture
def file(tmp_path: pathlib.Path) -> str:
    """Beside it is a folder."""
    (tmp_path / "folder").mkdir()
    made = tmp_path / "file"
    made.write_text("text")
    return str(made)

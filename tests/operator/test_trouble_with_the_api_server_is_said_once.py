# SPDX-License-Identifier: Apache-2.0
"""Contacts: endless retries in, one line a change out; and whether a watch is dead."""

from __future__ import annotations

from lanner_apiserver.errors import ApiError, Unreachable
from lanner_operator.apiserver.contacts import Contacts

PATH = "/apis/lanner.dev/v1alpha1/falcorules"


class Told:
    """Contacts with a clock to turn and what was said."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        self.contacts = Contacts(self.lines.append, lambda: self.now)
        self.contacts.expect(PATH)


def test_an_api_server_that_is_away_is_one_line_and_so_is_its_return() -> None:
    told = Told()
    for _ in range(100):
        told.contacts.ill(PATH, Unreachable("connection refused"))
    told.contacts.ill(PATH, ApiError(503, "ServiceUnavailable", "starting"))
    told.contacts.well(PATH)
    assert [line.split(";")[0] for line in told.lines] == [
        "the API server does not answer",
        "the API server answers again",
    ]


def test_what_is_refused_for_a_moment_is_nobodys_business() -> None:
    told = Told()
    told.contacts.ill(PATH, ApiError(429, "TooManyRequests", "storage is (re)initializing"))
    told.now = 5
    told.contacts.well(PATH)
    assert told.lines == []


def test_what_stays_refused_is_said_once_with_the_role() -> None:
    told = Told()
    for second in range(60):
        told.now = float(second)
        told.contacts.ill(PATH, ApiError(403, "Forbidden", "cannot list resource"))
    (line,) = told.lines
    assert "cannot list resource" in line
    assert "ClusterRole" in line
    assert told.contacts.problems()
    told.contacts.well(PATH)
    assert told.lines[-1] == f"{PATH} can be watched again"
    assert not told.contacts.problems()


def test_a_watch_that_says_nothing_is_told_from_one_that_is_refused_or_away() -> None:
    told = Told()
    told.now = 181
    assert told.contacts.silent() == [PATH]
    told.contacts.ill(PATH, Unreachable("timeout"))
    assert told.contacts.silent() == []
    told.contacts.well(PATH)
    assert told.contacts.silent() == []
    told.now = 300
    told.contacts.ill(PATH, ApiError(403, "Forbidden", "no"))
    told.now = 400
    told.contacts.ill(PATH, ApiError(403, "Forbidden", "no"))
    assert told.contacts.silent() == []


def test_other_paths_are_not_watched_and_not_spoken_of() -> None:
    told = Told()
    for second in range(60):
        told.now = float(second)
        told.contacts.ill("/apis/lanner.dev/v1alpha1", ApiError(404, "NotFound", "no"))
    assert told.lines == []

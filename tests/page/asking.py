# SPDX-License-Identifier: Apache-2.0
"""The page as a program asks it: any Host, any method, any cookie."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass

from tests.page.serving import Served


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    headers: Mapping[str, str]  # names in small letters
    text: str


def ask(served: Served, path: str, method: str = "GET", **headers: str) -> Said:
    """`headers` by their names with _ for -; without a session unless `Cookie` has one."""
    connection = http.client.HTTPConnection(served.address.removeprefix("http://"), timeout=30)
    try:
        connection.request(
            method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Said(answer.status, found, answer.read().decode())
    finally:
        connection.close()


def session(served: Served) -> str:
    """The cookie of a new one."""
    return ask(served, served.entrance.removeprefix(served.address)).headers["set-cookie"].partition(";")[0]

# SPDX-License-Identifier: Apache-2.0
"""A person at a keyboard before a cluster: commands as they are typed, and a terminal where one is needed."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.cluster.access import Access
from tests.containers.terminal import Terminal

CHECKOUT = Path(__file__).resolve().parents[2]


class Person:
    """Whoever has the kubeconfig of `access`; stands in the checkout."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def types(self, line: str, stdin: str = "", patience_s: float = 60.0) -> str:
        """What one command line printed; CommandError when it failed. No shell: words and quotes only."""
        return self._access.run(*shlex.split(line), stdin=stdin, patience_s=patience_s)

    def applies(self, manifest: str) -> str:
        """`kubectl apply -f -` of what was written into an editor."""
        return self.types("kubectl apply -f -", stdin=manifest)

    def sees(self, line: str) -> Any:
        """The same with `-o json`, decoded: for figures and for names that the story does not know."""
        return self._access.get(*shlex.split(line.removeprefix("kubectl get ")))

    @contextlib.contextmanager
    def terminal(self, line: str) -> Iterator[Terminal]:
        """One command line in a real terminal; hung up at the end."""
        wanted = ("KUBECONFIG", "PATH")
        environment = [f"{name}={self._access.environment()[name]}" for name in wanted]
        with Terminal(["env", *environment, *shlex.split(line)]) as terminal:
            yield terminal

# SPDX-License-Identifier: Apache-2.0
"""This package's object in the kernel, with what the kernel can have of it; also beside other work.

load(report)   the programs that are loaded, and which of the optional ones
Loading        the same by a thread: the kernel verifies programs for about as long as this process
               imports its modules and compiles the rules
"""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Callable
from typing import Final

from lanner_agent.kernel import btf, loader, optional_programs, reentry, requirements

OBJECT: Final = pathlib.Path(__file__).with_name("lanner.bpf.o")

Report = Callable[[str, int, int], None]
Programs = tuple[loader.Loaded, optional_programs.OptionalPrograms]


def load(report: Report = lambda *_: None) -> Programs:
    """Raises KernelError with what is missing."""
    report("looking at this kernel", 0, 4)
    with btf.held():
        refusal = requirements.refusal()
        if refusal is not None:
            raise refusal
        report("loading the kernel programs", 1, 4)
        reentry.needed()  # asked of the kernel's types too, and known when probes asks
        return loader.load(OBJECT, optional_programs.available())


class Loading:
    """Begins at once. To be closed, unless what it loaded was taken."""

    def __init__(self) -> None:
        self._programs: Programs | None = None
        self._error: Exception | None = None
        # A daemon: wrong rules end the process at once, and the kernel gives up what it verifies.
        self._thread = threading.Thread(target=self._run, name="lanner-loading", daemon=True)
        self._thread.start()

    def take(self, report: Report) -> Programs:
        """Waits for them; the caller closes them. Raises what `load` raises."""
        report("loading the kernel programs", 1, 4)
        self._thread.join()
        programs, self._programs = self._programs, None
        if programs is None:
            raise self._error or RuntimeError("the kernel programs were taken before")
        return programs

    def _run(self) -> None:
        try:
            self._programs = load()
        except Exception as error:  # told by who takes
            self._error = error

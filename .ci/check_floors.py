# SPDX-License-Identifier: Apache-2.0
"""Checks the order of the kernel side: `make lint` runs it.

In: bpf/ beside this folder, or the folder that is named; its README.md lists the floors, the lowest first.
Out: one line for each finding, exit status 1 when there is any.

A room is a header and the .bpf.c of the same name. Includes lead to the same floor or a lower one, in no
circle of rooms; what a header declares `extern` is defined in its own room; no two functions have one name.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

FLOOR = re.compile(r"^\| `(\w+)/` \|", re.MULTILINE)
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
EXTERN = re.compile(r"^extern [^;(]*?\b(\w+)\((?![^;]*\b__ksym\b)", re.MULTILINE)  # not the kernel's own
DEFINED = re.compile(r"^[a-z_][^;={}()#]*?\b(?:BPF_PROG\()?(\w+)[(,][^;{}]*\)\n\{", re.MULTILINE)
Sources = Mapping[str, str]  # path in bpf/ -> text


def room(path: str) -> str:
    """The path without what tells a header from its subroutines."""
    return path.removesuffix(".h").removesuffix(".bpf.c")


def misplaced(sources: Sources, floors: list[str]) -> Iterator[str]:
    """Includes that lead up, or to nothing."""
    for path, text in sources.items():
        own = path.split("/")[0]
        if own not in floors:
            yield f"{path}: README.md lists no floor {own}/"
            continue
        for wanted in INCLUDE.findall(text):
            if wanted not in sources:
                yield f"{path}: includes {wanted}, which is not there by its path in bpf/"
            elif floors.index(wanted.split("/")[0]) > floors.index(own):
                yield f"{path}: includes {wanted}, from a higher floor"


def circles(sources: Sources) -> Iterator[str]:
    """The first circle of rooms."""
    needs: dict[str, set[str]] = {}
    for path, text in sources.items():
        needs.setdefault(room(path), set()).update(room(wanted) for wanted in INCLUDE.findall(text))
    try:
        TopologicalSorter({own: wanted - {own} for own, wanted in needs.items()}).prepare()
    except CycleError as error:
        yield "a circle: " + " needs ".join(reversed(error.args[1]))


def strangers(sources: Sources) -> Iterator[str]:
    """Declarations that lie with somebody else, and names that are given twice."""
    for path, text in sources.items():
        defined = DEFINED.findall(sources.get(f"{room(path)}.bpf.c", ""))
        for name in EXTERN.findall(text):
            if name not in defined:
                yield f"{path}: declares {name}(), which {room(path)}.bpf.c does not define"
    given = Counter(name for text in sources.values() for name in DEFINED.findall(text))
    yield from (f"{times} functions are called {name}()" for name, times in given.items() if times > 1)


def findings(folder: Path) -> Iterator[str]:
    """What is out of order in one folder, in words."""
    paths = sorted([*folder.glob("**/*.h"), *folder.glob("**/*.c")])
    sources = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in paths}
    yield from misplaced(sources, FLOOR.findall((folder / "README.md").read_text(encoding="utf-8")))
    yield from circles(sources)
    yield from strangers(sources)


def main() -> int:
    """Print every finding; 1 when there is any."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "bpf"
    found = list(findings(folder))
    print("\n".join(found) if found else f"{folder.name}/: every include leads down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

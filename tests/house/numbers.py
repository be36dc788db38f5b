# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.house.numbers [COMMIT]`: how large the house was in a commit, as numbers with their names.

A circle is a set of files that all reach each other by their imports or includes; a header and the program
of the same name count as one file.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from statistics import median
from typing import Final

from tests.house.rooms import PACKAGES, ROOT

GENERATED: Final = re.compile(r"_pb2(_grpc)?\.pyi?$|record_layout\.py$")
INCLUDE: Final = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
Files = Mapping[str, str]  # a path from the root -> its text


def files(commit: str) -> Files:
    """All Python and C files of the commit, without what is generated."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        chosen = [one for one in archive if one.isfile() and _is_counted(one.name)]
        return {one.name: opened.read().decode() for one in chosen if (opened := archive.extractfile(one))}


def _is_counted(path: str) -> bool:
    return path.endswith((".py", ".c", ".h")) and not GENERATED.search(path)


def rows(found: Files) -> Iterator[tuple[str, str]]:
    """What is counted, and the number."""
    product = {path: text for path, text in found.items() if path.split("/")[1] in PACKAGES}
    kernel = {path: text for path, text in found.items() if path.startswith("bpf/")}
    tests = {path: text for path, text in found.items() if path.startswith("tests/")}
    trees = {path: ast.parse(text) for path, text in product.items()}
    functions = sorted(_function_lines(trees.values()))
    for name, part in (("product, Python", product), ("kernel side, C", kernel), ("tests, Python", tests)):
        yield f"{name}: files", f"{len(part):,}"
        yield f"{name}: lines", f"{sum(_lines(text) for text in part.values()):,}"
    yield "product: lines of a file, median and longest", _spread([_lines(text) for text in product.values()])
    yield "product: lines of a function, median and longest", _spread(functions)
    yield "product: files in circles of imports", _sizes(circles(_imports(trees)))
    yield "kernel side: files in circles of includes", _sizes(circles(_includes(kernel)))
    yield "product: names of files that stand more than once", str(_repeated(product))


def circles(arrows: Mapping[str, set[str]]) -> list[set[str]]:
    """Sets of more than one that all reach each other."""
    reached = {start: _reached(arrows, start) for start in arrows}
    found = {
        frozenset({start, *(o for o in reached[start] if start in reached.get(o, ()))}) for start in arrows
    }
    return [set(one) for one in found if len(one) > 1]


def _reached(arrows: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = arrows.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found


def _imports(trees: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """Imports for types alone count too: a reader follows them."""
    modules = {path.split("/", 1)[1].removesuffix(".py").replace("/", "."): path for path in trees}
    return {
        path: {modules[name] for name in _imported(tree) if name in modules} - {path}
        for path, tree in trees.items()
    }


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _includes(kernel: Files) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path, text in kernel.items():
        own = _unit(path)
        found.setdefault(own, set()).update({_unit(name) for name in INCLUDE.findall(text)} - {own})
    return found


def _unit(path: str) -> str:
    """Includes are written from bpf/."""
    return path.removeprefix("bpf/").split(".")[0]


def _sizes(found: list[set[str]]) -> str:
    return " + ".join(str(size) for size in sorted(map(len, found), reverse=True)) or "0"


def _function_lines(trees: Iterable[ast.Module]) -> Iterator[int]:
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                yield node.end_lineno - node.lineno + 1


def _repeated(product: Files) -> int:
    names = [PurePosixPath(path).name for path in product]
    return sum(names.count(name) > 1 for name in set(names) - {"__init__.py"})


def _spread(numbers: list[int]) -> str:
    return f"{median(numbers):.0f}, {max(numbers)}"


def _lines(text: str) -> int:
    return text.count("\n")


if __name__ == "__main__":
    for what, number in rows(files(*sys.argv[1:] or ["HEAD"])):
        print(f"{number:>12}  {what}")

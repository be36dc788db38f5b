# SPDX-License-Identifier: Apache-2.0
"""The imports of the product -> which room imports which, as a Mermaid drawing.

A room is a folder of a package; what lies beside the folders is the package's own room. An arrow that
follows from others is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = {
    "lanner_agent": ROOT / "agent",
    "lanner_operator": ROOT / "operator",
    "lanner_page": ROOT / "page",
    "lanner_apiserver": ROOT / "apiserver",
    "lanner_sources": ROOT / "sources",
    "lanner_engine": ROOT / "engine",
}
Arrows = Mapping[str, frozenset[str]]  # a room, `lanner_agent.kernel` -> those that it imports


def arrows() -> Arrows:
    """All of them, with those that follow from others."""
    found: dict[str, set[str]] = {}
    for path, tree in sources():
        own = room(".".join(path.with_suffix("").parts))
        wanted = {room(module) for module in _imported(tree)} - {own}
        found.setdefault(own, set()).update(wanted)
    return {own: frozenset(wanted) for own, wanted in found.items() if wanted or own in PACKAGES}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Each file of the product, by its path below its source root."""
    for package, root in PACKAGES.items():
        for path in sorted((root / package).glob("**/*.py")):
            if not path.name.endswith("_pb2.py"):
                yield path.relative_to(root), ast.parse(path.read_text(encoding="utf-8"))


def room(module: str) -> str:
    """`lanner_agent.enrich.cri.client` -> `lanner_agent.enrich`; `lanner_engine.text` -> `lanner_engine`."""
    package, *names = module.split(".")
    folder = names[0] if names else ""
    return f"{package}.{folder}" if folder and (PACKAGES[package] / package / folder).is_dir() else package


def reduced(every: Arrows) -> Arrows:
    """Without the arrows from a room to what another of its arrows leads to."""
    return {
        own: frozenset(w for w in wanted if not any(w in _reached(every, o) for o in wanted - {w}))
        for own, wanted in every.items()
    }


def drawing() -> str:
    """The rooms of each package in a box, and the arrows between all of them."""
    every = arrows()
    rooms = sorted({*every, *(wanted for all_of in every.values() for wanted in all_of)})
    lines = ["```mermaid", "flowchart TD"]
    for package in PACKAGES:
        lines.append(f'  subgraph box_{package}["{package}"]')
        lines += [f'    {_id(name)}["{_sign(name)}"]' for name in rooms if name.split(".")[0] == package]
        lines.append("  end")
    for own, wanted in sorted(reduced(every).items()):
        lines += [f"  {_id(own)} --> {_id(other)}" for other in sorted(wanted)]
    return "\n".join([*lines, "```"])


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] in PACKAGES)


def _reached(every: Arrows, start: str) -> set[str]:
    """All rooms that arrows lead to from one."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = every.get(waiting.pop(), frozenset()) - found
        found |= fresh
        waiting += fresh
    return found


def _id(name: str) -> str:
    return name.replace(".", "_")


def _sign(name: str) -> str:
    _, dot, folder = name.partition(".")
    return f"{folder}/" if dot else "*.py"

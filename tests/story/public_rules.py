# SPDX-License-Identifier: Apache-2.0
"""One rule of the public rules file with the macros and lists it needs, read where the file lies.

The file is no part of this project: LANNER_PUBLIC_RULES names it, else ../shared/data/ beside the checkout
holds it.
"""

from __future__ import annotations

import os
import pathlib
import re
from typing import Any

import yaml

_BESIDE = pathlib.Path(__file__).parents[3] / "shared" / "data" / "falco_rules.yaml"
_WORD = re.compile(r"[A-Za-z0-9_.-]+")


def path() -> pathlib.Path:
    """Fails when the file is not there: the story it belongs to is a promise, not an option."""
    file = pathlib.Path(os.environ.get("LANNER_PUBLIC_RULES", _BESIDE))
    assert file.is_file(), f"{file} is missing: set LANNER_PUBLIC_RULES to the public falco_rules.yaml"
    return file


def excerpt(rule: str) -> str:
    """YAML text: the rule after everything its condition refers to, in the file's order."""
    items = yaml.load(path().read_text(), yaml.BaseLoader)  # noqa: S506 (BaseLoader makes strings only)
    wanted = {rule} | _needed(rule, items)
    return yaml.safe_dump([item for item in items if _name(item) in wanted], sort_keys=False)


def _needed(rule: str, items: list[dict[str, Any]]) -> set[str]:
    by_name = {_name(item): item for item in items}
    needed: set[str] = set()
    todo = [rule]
    while todo:
        item = by_name[todo.pop()]
        words = set(_WORD.findall(item.get("condition", ""))) | set(item.get("items", []))
        new = {word for word in words if word in by_name and "rule" not in by_name[word]} - needed
        needed |= new
        todo.extend(new)
    return needed


def _name(item: dict[str, Any]) -> str | None:
    return item.get("rule") or item.get("macro") or item.get("list")

# SPDX-License-Identifier: Apache-2.0
"""crds/ and the chart hold what the models say, and what the models say is bounded everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lanner_engine.resources import crds
from lanner_engine.resources.structural import Schema
from tests.engine.resource_definitions.__main__ import FOLDERS, files

FILES = dict(files())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_a_file_is_what_the_models_say(path: Path) -> None:
    assert path.read_text() == FILES[path], "run `make crds`"


def test_there_are_no_other_files() -> None:
    assert {path for folder in FOLDERS for path in folder.glob("*.yaml")} == set(FILES)


def nodes(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every schema inside with its path."""
    yield path, schema
    for key, one in schema.get("properties", {}).items():
        yield from nodes(one, f"{path}.{key}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield from nodes(schema[key], f"{path}[]")


def all_nodes() -> Iterator[tuple[str, Schema]]:
    for resource in crds.RESOURCES:
        (version,) = crds.definition(resource)["spec"]["versions"]
        properties = version["schema"]["openAPIV3Schema"]["properties"]
        for part in ("spec", "status"):
            yield from nodes(properties[part], f"{resource.kind}.{part}")


def test_every_text_list_and_map_is_bounded() -> None:
    for path, node in all_nodes():
        if node.get("type") == "string":
            assert "maxLength" in node or "enum" in node, path
        if node.get("type") == "array":
            assert "maxItems" in node, path
            assert node["x-kubernetes-list-type"] in ("map", "atomic") or path.endswith("[]"), path
        if "additionalProperties" in node:
            assert "maxProperties" in node, path


def test_every_field_explains_itself() -> None:
    silent = [path for path, node in all_nodes() if not path.endswith("[]") and not node.get("description")]
    assert silent == []


def test_what_may_be_a_text_or_texts_is_bounded_as_either_and_as_nothing_else() -> None:
    """What would be a mapping has no keys, so that nothing nests."""
    for path, node in all_nodes():
        if "x-kubernetes-preserve-unknown-fields" in node:
            text = {"type": "string", "maxLength": 1024}
            bounds = {"maxLength": 1024, "maxItems": 256, "items": text, "maxProperties": 0}
            assert node == {"x-kubernetes-preserve-unknown-fields": True, **bounds}, path


def test_no_field_takes_anything_but_values_of_exceptions() -> None:
    loose = [path for path, node in all_nodes() if "x-kubernetes-preserve-unknown-fields" in node]
    assert set(loose) == {
        f"{kind}.spec.rules[].exceptions[].values[][]" for kind in ("FalcoRule", "ClusterFalcoRule")
    }

# SPDX-License-Identifier: Apache-2.0
"""A spec is the same packed: for who asks it, for JSON, for another process."""

from __future__ import annotations

import gc
import json
import pickle
import random
import tracemalloc
from dataclasses import replace
from typing import Any

import pytest

from lanner_engine.objects.versions import weigh
from lanner_engine.resources.rule_object import CLUSTER_RULE, RuleObject
from lanner_operator.reconcile import rule_objects
from lanner_operator.reconcile.packed import Packed, packed
from tests.operator.made import rule, spec

LARGE = spec(*(rule(f"Rule {number}", f"proc.name = p{number}") for number in range(100)), loadOrder=7)


def held(made: dict[str, Any]) -> RuleObject:
    meta = {"name": "one", "uid": "u", "generation": 3, "managedFields": [{"manager": "kubectl"}]}
    one = rule_objects.read(CLUSTER_RULE, {"metadata": meta, "spec": made}).object
    return replace(one, spec=packed(one))


def test_a_large_spec_is_held_in_less_than_its_text_and_is_the_same() -> None:
    one = held(LARGE)
    assert isinstance(one.spec, Packed)
    assert one.spec == LARGE
    assert one.spec.plain() == LARGE
    assert (len(one.spec), set(one.spec)) == (len(LARGE), set(LARGE))
    assert one.spec["rules"] == LARGE["rules"]
    assert (one.order[0], one.active, "rules" in one.spec, "lists" in one.spec) == (7, True, True, False)
    with pytest.raises(KeyError):
        one.spec["lists"]
    assert len(one.spec._content) < len(json.dumps(LARGE)) / 5
    assert "managedFields" not in repr(one.spec.plain())


def test_of_what_cannot_be_compressed_well_less_is_held_than_its_text() -> None:
    """15 exceptions of 256 x 3 drawn values; as Python objects they take a megabyte."""
    texts = [json.dumps(drawn(seed)) for seed in range(4)]
    tracemalloc.start()
    kept = [held(json.loads(text)) for text in texts]
    gc.collect()
    bytes_held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kept) == len(texts)
    assert bytes_held < sum(map(len, texts))


def drawn(seed: int) -> dict[str, Any]:
    chance = random.Random(seed)  # noqa: S311  nothing secret
    rows = [[f"{chance.getrandbits(28):x}" for _ in range(3)] for _ in range(256)]
    fields, comps = ["proc.name", "fd.name", "proc.pname"], ["=", "=", "="]
    exceptions = [
        {"name": f"e{n}", "fields": fields, "comps": comps, "values": chance.sample(rows, 256)}
        for n in range(15)
    ]
    return spec(rule("Large", exceptions=exceptions))


def test_what_defines_nothing_is_packed_where_it_is_long() -> None:
    """Selectors and the like, which are asked for in each round and not read."""
    labels = {f"label-{number}": "x" * 60 for number in range(100)}
    one = held(spec(rule("One"), podSelector={"matchLabels": labels}, mode="Disabled"))
    assert isinstance(one.spec, Packed)
    assert one.spec.bytes < 2_000
    assert one.spec["podSelector"] == {"matchLabels": labels}
    assert not one.active
    assert dict(one.spec.outline) == {"mode": "Disabled", "loadOrder": 500}
    assert one.spec.plain() == dict(one.spec)


def test_its_digest_is_that_of_the_plain_one() -> None:
    plain = RuleObject(CLUSTER_RULE, "", "one", "u", 3, LARGE)
    assert (weigh(held(LARGE)).digest, weigh(held(LARGE)).size) == (weigh(plain).digest, weigh(plain).size)


def test_another_process_gets_it_plain() -> None:
    sent = pickle.loads(pickle.dumps(held(LARGE)))  # noqa: S301  our own
    assert type(sent.spec) is dict
    assert sent.spec == LARGE

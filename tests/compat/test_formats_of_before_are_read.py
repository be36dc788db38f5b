# SPDX-License-Identifier: Apache-2.0
"""What other versions wrote is read by this one: bundles, FalcoNodes, Leases. The folders beside this file
hold one example of each, by the number of the format; a new format needs one more.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from lanner_agent.cli.kubectl import node_state
from lanner_agent.policy.bundle.cache import Cache
from lanner_engine.bundle import index as indexes
from lanner_engine.bundle import shards
from lanner_engine.bundle.errors import BundleError
from lanner_engine.objects.sets import Asked, judge
from lanner_engine.objects.versions import Versions, weigh
from lanner_engine.resources import exec_notice, page_contact
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.bundle import stored
from lanner_operator.election import lease
from lanner_operator.status import node
from lanner_operator.status.dry_run import Where
from lanner_operator.status.liveness import Liveness
from tests.operator.made import HERE

HERE_FOLDER = Path(__file__).parent
FORMATS = sorted(one for one in HERE_FOLDER.iterdir() if one.name.isdigit())
KEYS = ["ClusterFalcoRule/shells", "FalcoRule/shop/clock", "ClusterFalcoRule/tried"]
SHA256 = "65b2eb0c255938dff20e04a6191cb7f91375ceaa631394044591c23804433fd9"
OWNER = "lanner/lanner of 0123456789abcdef"

pytestmark = pytest.mark.parametrize("folder", FORMATS, ids=lambda one: f"format {one.name}")


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def by_agent(maps: list[dict[str, Any]]) -> tuple[RuleObject, ...]:
    """The bundle of these ConfigMaps."""
    named = {one["metadata"]["name"]: one for one in maps}
    index = indexes.parse(named[HERE.index]["data"][indexes.INDEX_KEY])
    return shards.assemble(index, {entry.name: content(named[entry.name]) for entry in index.shards})


def content(shard: dict[str, Any]) -> bytes:
    packed = shard.get("binaryData", {}).get(shards.PACKED_KEY)
    return base64.b64decode(packed) if packed else str(shard["data"][shards.PLAIN_KEY]).encode()


def test_there_is_an_example_of_the_format_that_is_written(folder: Path) -> None:
    assert str(indexes.FORMAT) in {one.name for one in FORMATS}
    assert {one.name for one in folder.iterdir()} >= {"bundle.json", "falconode.json", "README.md"}


@pytest.mark.parametrize("name", ["bundle.json", "packed-bundle.json"])
def test_a_bundle_of_an_older_operator_comes_into_force(folder: Path, name: str) -> None:
    objects = by_agent(read(folder, name))
    assert [one.key for one in objects] == KEYS
    for namespace, number in (("", 2), ("shop", 1)):
        own = [weigh(one) for one in objects if one.namespace == namespace]
        verdicts = judge(Asked(namespace, own, {}), Versions()).verdicts.values()
        assert [one.accepted for one in verdicts] == [True] * number


@pytest.mark.parametrize("name", ["bundle.json", "packed-bundle.json"])
def test_an_operator_goes_on_from_the_bundle_of_an_older_one(folder: Path, name: str) -> None:
    found = stored.read(read(folder, name), HERE)
    assert found.problem is None
    assert found.revision == 123
    assert [one.key for one in found.objects()] == KEYS


def test_a_node_starts_with_what_an_older_agent_kept(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bundle").write_bytes((folder / "kept-bundle").read_bytes())
    kept = Cache(tmp_path, OWNER).read()
    assert kept is not None
    assert [one.key for one in shards.assemble(indexes.parse(kept.index), kept.contents)] == KEYS


def test_a_newer_format_is_refused_with_what_to_do(folder: Path) -> None:
    (text,) = [
        one["data"][indexes.INDEX_KEY] for one in read(folder, "bundle.json") if "immutable" not in one
    ]
    newer = {**json.loads(text), "format": indexes.FORMAT + 1, "what": "is new"}
    with pytest.raises(BundleError) as refused:
        indexes.parse(json.dumps(newer))
    assert refused.value.reason == "EngineTooOld"
    assert str(refused.value).endswith(f"this engine reads {indexes.FORMAT}: update the agent")


def test_an_operator_reads_the_falco_node_of_an_older_agent(folder: Path) -> None:
    found = node.read(read(folder, "falconode.json"))
    assert (found.name, found.bundle, found.ready, found.refusal) == ("node-a", SHA256, "True", None)
    assert [(one.rule, one.reason) for one in found.failures] == [("FalcoRule/shop/clock", "TooLarge")]
    assert found.skipped == {"ClusterFalcoRule/tried"}
    (tried,) = found.tried.values()
    assert tried.matches == 9
    assert tried.rows == {Where("Files opened", "shop", "web", "/usr/bin/cat"): 7}
    assert (found.said.alerts, found.said.lost, found.said.version) == (17, {"ring_full": 3}, "0.1.0")


def test_kubectl_lanner_status_reads_them_too(folder: Path) -> None:
    renewed = node_state.leases([read(folder, "agent-lease.json")], HERE.lease_prefix)
    found = node_state.state(read(folder, "falconode.json"), renewed)
    assert (found.ready, found.bundle, found.version) == ("True", "r000123-65b2eb0c", "0.1.0")
    assert (found.alerts, found.without_event, found.lost) == (17, 3, {"ring_full": 3})
    assert found.weaker.keys() == {"ProbesLoaded", "EventsPublished"}
    assert found.renewed.startswith("2026-11-27T15:00:21")


@pytest.mark.parametrize("newer", [{"later": 1}, {"counters": {"new": 1}, "agent": {"version": "9", "x": 0}}])
def test_what_a_newer_agent_adds_is_passed_over(folder: Path, newer: dict[str, Any]) -> None:
    written = read(folder, "falconode.json")
    changed = {**written, "status": {**written["status"], **newer}}
    assert node.read(changed).news == node.read(written).news


def test_the_lease_of_an_older_agent_is_a_sign_of_life_and_says_how_it_is_asked(folder: Path) -> None:
    written = read(folder, "agent-lease.json")
    liveness = Liveness(HERE.lease_prefix, clock=lambda: 0.0)
    liveness.observe([written], ["node-a"])
    assert not liveness.lost("node-a")
    contact = page_contact.contact(written)
    assert contact is not None
    assert (contact.host, contact.port) == ("10.0.0.7", 8766)
    assert len(base64.b64decode(written["metadata"]["annotations"][exec_notice.KEY_ANNOTATION])) == 32
    assert len(page_contact.certificates(read(folder, "page-config-map.json"))) == 1


def test_the_lease_of_an_older_operator_is_waited_for(folder: Path) -> None:
    found = lease.read(read(folder, "operator-lease.json"))
    assert found.holder == "lanner-operator-5d9c7b6f4-2xk8p"
    assert found.life_s == lease.LIFE_S

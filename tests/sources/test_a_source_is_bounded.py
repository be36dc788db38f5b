# SPDX-License-Identifier: Apache-2.0
"""What a source sends has bounds in size, time and where it leads; what was tampered with is not taken."""

from __future__ import annotations

import asyncio
import gzip
import io
import tarfile
import threading
from pathlib import Path

import pytest

from lanner_sources import archive, bounds, digests, fetching, manifests, rules_artifact
from lanner_sources.errors import SourceError
from lanner_sources.fetching import Wanted
from lanner_sources.http import Reach
from lanner_sources.reference import Artifact
from lanner_sources.rules_artifact import Made
from tests.sources import hostile, registries
from tests.sources.publisher import RULES, Publisher


def refused(host: str, longest_s: float = 10.0, reach: Reach | None = None) -> SourceError:
    """Why nothing is taken of what this host serves as its stable rules."""
    wanted = Wanted(Artifact(host, "team/rules", "stable"), unsigned=True, reach=reach or Reach())
    with pytest.raises(SourceError) as caught:
        asyncio.run(fetching.fetch(wanted, longest_s=longest_s))
    return caught.value


def test_an_endless_answer_is_cut_off() -> None:
    with hostile.serving(hostile.endless()) as host:
        assert refused(host).reason == "TooLarge"


def test_a_slow_answer_has_a_time() -> None:
    over = threading.Event()
    with hostile.serving(hostile.slow(over)) as host:
        error = refused(host, longest_s=0.5)
        over.set()
    assert (error.reason, str(error)) == ("TooSlow", "it takes more than 0.5 s")


def test_redirects_have_an_end() -> None:
    with hostile.serving(hostile.said(302, {"Location": "/again"})) as host:
        error = refused(host)
    assert (error.reason, str(error)) == ("Unreachable", "127.0.0.1 redirects more than 5 times")


def test_redirects_lead_to_no_file_and_to_no_plain_host() -> None:
    for place in ("file:///etc/passwd", "http://registry.example.org/x", "gopher://x/", "", "//["):
        with hostile.serving(hostile.said(302, {"Location": place})) as host:
            assert refused(host).reason == "Unreachable", place


def test_redirects_lead_to_no_host_that_is_not_allowed() -> None:
    inner: list[str] = []
    with hostile.serving(lambda request: inner.append(request.path)) as other:
        with hostile.serving(hostile.said(302, {"Location": f"http://{other}/secret"})) as host:
            error = refused(host, reach=Reach(allowed=[host]))
        assert error.reason == "HostNotAllowed"
        assert other in error.hint
    assert inner == []


def test_a_registry_that_is_away_is_said() -> None:
    error = refused(f"127.0.0.1:{registries.free_port()}")
    assert error.reason == "Unreachable"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"layers": [{}]}', b"[" * 100_000])
def test_what_is_no_manifest_is_said(body: bytes) -> None:
    with hostile.serving(hostile.said(200, body=body)) as host:
        assert refused(host).reason == "NotRules"


def test_a_pinned_digest_needs_no_signature_and_is_checked(publisher: Publisher) -> None:
    digest = publisher.push(signed=False)
    place = Artifact(publisher.place.host, publisher.place.repository, "", digest)
    assert publisher.fetched(place=place, trusted=()).origin.digest == digest
    with hostile.serving(hostile.said(200, body=b"{}")) as host:
        wanted = Wanted(Artifact(host, "team/rules", "", digest))
        with pytest.raises(SourceError) as caught:
            asyncio.run(fetching.fetch(wanted))
    assert caught.value.reason == "DigestMismatch"


def test_a_tag_without_a_key_is_not_taken(publisher: Publisher) -> None:
    publisher.push()
    assert publisher.refused(trusted=()).reason == "Unsigned"


def test_a_blob_that_was_tampered_with_is_not_taken(tmp_path: Path) -> None:
    with registries.distribution(tmp_path, registries.free_port()) as host:
        publisher = Publisher(host, "tampered")
        made = publisher.made()
        publisher.push(made)
        digest = digests.of(made.layer).removeprefix("sha256:")
        (blob,) = tmp_path.glob(f"data/docker/registry/v2/blobs/sha256/*/{digest}/data")
        blob.write_bytes(bytes(len(made.layer)))
        error = publisher.refused()
    assert error.reason == "DigestMismatch"


def test_a_layer_that_says_it_is_too_large_is_not_asked_for(publisher: Publisher) -> None:
    made = publisher.made()
    text = made.manifest.decode().replace(f'"size":{len(made.layer)}', f'"size":{bounds.LAYER + 1}')
    with hostile.serving(hostile.said(200, body=text.encode())) as host:
        assert refused(host).reason == "TooLarge"


def test_an_index_of_one_manifest_is_followed(publisher: Publisher) -> None:
    made = publisher.made()
    publisher.push(made, tag="inner")
    entry = rules_artifact.described(made.manifest, manifests.OCI_MANIFEST)
    index = rules_artifact._json({"schemaVersion": 2, "mediaType": manifests.OCI_INDEX, "manifests": [entry]})
    path = f"/v2/{publisher.place.repository}/manifests/stable"
    registries.put(publisher.place.host, path, index, manifests.OCI_INDEX)
    pinned = Artifact(publisher.place.host, publisher.place.repository, "", digests.of(index))
    assert publisher.fetched(place=pinned, trusted=()).origin.digest == digests.of(index)


def with_layer(publisher: Publisher, layer: bytes) -> SourceError:
    made = publisher.made()
    text = made.manifest.decode().replace(digests.of(made.layer), digests.of(layer))
    changed = text.replace(f'"size":{len(made.layer)}', f'"size":{len(layer)}').encode()
    publisher.push(Made(made.config, layer, changed))
    return publisher.refused()


def tar(*members: tarfile.TarInfo, content: bytes = b"") -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as made:
        for one in members:
            one.size = len(content) if one.isreg() else 0
            made.addfile(one, io.BytesIO(content))
    return gzip.compress(plain.getvalue())


def link(kind: bytes) -> tarfile.TarInfo:
    made = tarfile.TarInfo("rules.yaml")
    made.type, made.linkname = kind, "/etc/passwd"
    return made


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (tar(tarfile.TarInfo("../../etc/cron.d/rules.yaml")), "BadArchive"),
        (tar(tarfile.TarInfo("/etc/rules.yaml")), "BadArchive"),
        (tar(tarfile.TarInfo("a\x1b[31m.yaml")), "BadArchive"),
        (tar(link(tarfile.SYMTYPE)), "BadArchive"),
        (tar(link(tarfile.LNKTYPE)), "BadArchive"),
        (tar(link(tarfile.CHRTYPE)), "BadArchive"),
        (tar(tarfile.TarInfo("rules.yaml"), content=b"\xff\xfe"), "BadArchive"),
        (tar(*(tarfile.TarInfo(f"{number}.yaml") for number in range(bounds.FILES + 1))), "TooLarge"),
        (gzip.compress(bytes(bounds.UNPACKED + 1)), "TooLarge"),
        (gzip.compress(b"no archive" * 100), "BadArchive"),
        (tar(tarfile.TarInfo("rules.yaml"), content=b"x" * 5000)[:-20], "BadArchive"),
        (tar(tarfile.TarInfo("README.md")), "NotRules"),
        (archive.GZIP, "BadArchive"),
    ],
    ids=map(str, range(13)),
)
def test_archives_are_unpacked_within_bounds(publisher: Publisher, layer: bytes, reason: str) -> None:
    assert with_layer(publisher, layer).reason == reason


def test_artifacts_of_falcoctl_are_read_as_they_are(publisher: Publisher) -> None:
    """Their version stands in the configuration, and no annotation says it."""
    made = publisher.made(version="")
    config = b'{"name":"falco-rules","version":"3.2.0","dependencies":[],"requirements":[]}'
    text = made.manifest.decode().replace(digests.of(made.config), digests.of(config))
    text = text.replace(f'"size":{len(made.config)}', f'"size":{len(config)}', 1)
    publisher.push(Made(config, made.layer, text.encode()))
    found = publisher.fetched()
    assert (found.origin.version, [one.text for one in found.files]) == ("3.2.0", [RULES])


def test_a_plugin_of_falco_is_no_rules(publisher: Publisher) -> None:
    made = publisher.made()
    text = made.manifest.decode().replace("rulesfile.config", "plugin.config")
    publisher.push(Made(made.config, made.layer, text.encode()))
    assert "another artifact of Falco" in str(publisher.refused())


def test_a_folder_of_the_artifact_may_be_meant(publisher: Publisher) -> None:
    files = [archive.File("base/a.yaml", RULES), archive.File("extra/b.yaml", RULES)]
    publisher.push(rules_artifact.made("rules", files, "1.0.0", ""))
    assert [one.name for one in publisher.fetched(path="extra").files] == ["extra/b.yaml"]
    assert [one.name for one in publisher.fetched(path="base/a.yaml").files] == ["base/a.yaml"]
    error = publisher.refused(path="none")
    assert (error.reason, error.hint) == ("NotRules", "it has base/a.yaml, extra/b.yaml")

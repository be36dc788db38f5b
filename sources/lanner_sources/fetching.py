# SPDX-License-Identifier: Apache-2.0
"""A source -> its rules: resolved to a digest, its signature checked, not older than what is in force, and
only then read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from lanner_sources import archive, bounds, cosign, digests, keys, rules_artifact, verifying
from lanner_sources.archive import File
from lanner_sources.credentials import NOBODY, Credentials
from lanner_sources.errors import SourceError
from lanner_sources.http import Http, Reach, asked
from lanner_sources.keys import PublicKey
from lanner_sources.origin import Origin, older
from lanner_sources.reference import Artifact, Page, Reference
from lanner_sources.registry import Repository

_OK, _NOT_FOUND = 200, 404
_HEAD: Final = 2_048  # characters in which a rules file says its version
_VERSION: Final = re.compile(r"^# *version: *(\S{1,128}) *$", re.MULTILINE)
_CREATED: Final = re.compile(r"^# *created: *(\S{1,64}) *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`trusted`: keys of which one must have signed it; none is enough only where the digest is pinned or
    `unsigned` allows it. `path`: the file or folder in the artifact that is meant, "" for all of it.
    `older`: whether it may be older than what is in force.
    """

    place: Reference
    trusted: tuple[PublicKey, ...] = ()
    path: str = ""
    older: bool = False
    unsigned: bool = False
    reach: Reach = field(default_factory=Reach)
    credentials: Credentials = NOBODY


@dataclass(frozen=True, slots=True)
class Fetched:
    """Rules that may be used, once the engine has checked them."""

    origin: Origin
    files: tuple[File, ...]


async def fetch(
    wanted: Wanted, in_force: Origin | None = None, known: str = "", longest_s: float = bounds.FETCH_S
) -> Fetched | None:
    """None when what is there has the digest `known`: it was fetched before, by the same `wanted`.

    Raises:
        SourceError: with the digest it saw, as far as it came.
    """
    glimpse = _Glimpse()
    try:
        async with asked(wanted.reach, longest_s) as http:
            of = _of_page if isinstance(wanted.place, Page) else _of_artifact
            return await of(http, wanted, in_force, known, glimpse)
    except SourceError as error:
        error.seen = error.seen or glimpse.digest
        raise


@dataclass(slots=True)
class _Glimpse:
    """The digest that was seen, for what goes wrong afterwards."""

    digest: str = ""


async def _of_artifact(
    http: Http, wanted: Wanted, in_force: Origin | None, known: str, glimpse: _Glimpse
) -> Fetched | None:
    place = wanted.place
    assert isinstance(place, Artifact)  # noqa: S101
    repository = Repository(http, place, wanted.credentials)
    root = await repository.manifest(place.wanted)
    if root is None:
        raise SourceError("NotFound", f"the registry has no {place}")
    glimpse.digest = root.digest
    if root.digest == known:
        return None
    if not place.digest:
        _require_key(wanted)
    if wanted.trusted:
        await verifying.require(repository, root.digest, wanted.trusted)
    inner = await rules_artifact.chosen(repository, root)
    origin = await rules_artifact.origin(repository, root, inner, place.name)
    if not place.digest:
        _require_newer(wanted, origin, in_force)
    return _limited(Fetched(origin, await rules_artifact.files(repository, inner)), wanted.path)


async def _of_page(
    http: Http, wanted: Wanted, in_force: Origin | None, known: str, glimpse: _Glimpse
) -> Fetched | None:
    page = wanted.place
    assert isinstance(page, Page)  # noqa: S101
    _require_key(wanted)
    content = await _page(http, page.url, bounds.LAYER)
    glimpse.digest = digest = digests.of(content)
    if digest == known:
        return None
    if wanted.trusted:
        await _require_signed(http, page, content, wanted.trusted)
    origin = _said(page, digest, content)
    _require_newer(wanted, origin, in_force)
    return _limited(Fetched(origin, (archive.read(page.url.rpartition("/")[2], content),)), wanted.path)


async def _require_signed(http: Http, page: Page, content: bytes, trusted: Iterable[PublicKey]) -> None:
    """By all bytes of the file, as `cosign sign-blob` signs them."""
    try:
        written = await _page(http, page.signature, bounds.SIGNATURE)
    except SourceError as error:
        if error.reason != "NotFound":
            raise
        raise SourceError("Unsigned", f"there is no {page.signature}") from None
    signature = cosign.decoded(written.decode("ascii", "replace"))
    if signature is None or not any(keys.verifies(one, signature, content) for one in trusted):
        message = f"{page.signature} is no signature of it by the key that is trusted"
        raise SourceError("BadSignature", message)


async def _page(http: Http, url: str, most: int) -> bytes:
    answer = await http.ask("GET", http.url(url), most)
    if answer.status == _NOT_FOUND:
        raise SourceError("NotFound", f"there is no {url}")
    if answer.status != _OK:
        raise SourceError("Unreachable", f"{url} answers {answer.status}")
    return answer.content


def _said(page: Page, digest: str, content: bytes) -> Origin:
    """Comments at the head of the file, `# version: 1.2.0`, which are signed with it."""
    head = content[:_HEAD].decode("utf-8", "replace")
    version, created = _VERSION.search(head), _CREATED.search(head)
    return Origin(page.name, digest, version[1] if version else "", created[1] if created else "")


def _require_key(wanted: Wanted) -> None:
    if not wanted.trusted and not wanted.unsigned:
        hint = "name the public key, or pin the digest of an artifact: @sha256:…"
        raise SourceError("Unsigned", f"no key is named that {wanted.place} is signed with", hint)


def _require_newer(wanted: Wanted, seen: Origin, in_force: Origin | None) -> None:
    why = "" if wanted.older else older(seen, in_force)
    if why:
        hint = "allow it (allowOlder, --allow-older) if it is meant"
        raise SourceError("OlderVersion", f"{seen.digest} is not taken: {why}", hint, seen.digest)


def _limited(found: Fetched, path: str) -> Fetched:
    """The files that are meant."""
    if not path:
        return found
    prefix = path.rstrip("/") + "/"
    left = tuple(one for one in found.files if one.name == path or one.name.startswith(prefix))
    if not left:
        raise SourceError("NotRules", f"there is no {path} in it", _among(found.files), found.origin.digest)
    return Fetched(replace(found.origin, path=path), left)


def _among(files: Iterable[File]) -> str:
    names = [one.name for one in files]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""  # noqa: PLR2004  what is shown
    return f"it has {', '.join(names[:8])}{more}"

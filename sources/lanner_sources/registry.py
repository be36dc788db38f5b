# SPDX-License-Identifier: Apache-2.0
"""One repository of a registry, by the OCI distribution specification: manifests, blobs, referrers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from yarl import URL

from lanner_sources import bounds, challenge, digests, manifests
from lanner_sources.credentials import Credentials
from lanner_sources.errors import SourceError
from lanner_sources.http import AUTHORIZATION, Answer, Http
from lanner_sources.manifests import Descriptor, Manifest
from lanner_sources.reference import DIGEST, Artifact

_OK, _CREATED, _ACCEPTED, _NO_CONTENT, _NOT_FOUND = 200, 201, 202, 204, 404
_FORBIDDEN: Final = 403
_DOCKER_HUB: Final = "registry-1.docker.io"  # which answers for docker.io
PULL, PUSH = "pull", "pull,push"


class Repository:
    """`may`: PULL, or PUSH to write as well. Every problem is a SourceError."""

    def __init__(self, http: Http, place: Artifact, credentials: Credentials, may: str = PULL) -> None:
        self._http = http
        self._place = place
        self._credentials = credentials
        self._scope = f"repository:{place.repository}:{may}"
        host = _DOCKER_HUB if place.host == "docker.io" else place.host
        self._base = http.base(host) / "v2" / place.repository
        self._entry = ""  # the header that the registry wanted

    async def manifest(self, wanted: str) -> Manifest | None:
        """By tag or digest; None where there is none. Its digest is right if it was asked for by that."""
        url = self._base / "manifests" / wanted
        answer = await self._ask("GET", url, bounds.MANIFEST, {"Accept": manifests.ACCEPTED})
        if answer.status == _NOT_FOUND:
            return None
        self._expect(answer, _OK)
        if DIGEST.fullmatch(wanted):
            digests.check(answer.content, wanted, f"the manifest in {self._place.name}")
        return manifests.read(answer.content, answer.headers.get("Content-Type", ""))

    async def blob(self, one: Descriptor, most: int) -> bytes:
        """Its content, of at most so many bytes, with the right digest."""
        if one.size > most:
            raise SourceError("TooLarge", f"{one.digest} has {one.size:,} bytes, {most:,} are read")
        answer = await self._ask("GET", self._base / "blobs" / one.digest, most)
        if answer.status == _NOT_FOUND:
            raise SourceError("NotFound", f"{self._place.name} has no blob {one.digest}")
        self._expect(answer, _OK)
        digests.check(answer.content, one.digest, f"a blob of {self._place.name}")
        return answer.content

    async def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """What says of itself that it is about this manifest: by the API, or where a registry has none of it,
        by the tag that stands in for it.
        """
        answer = await self._ask("GET", self._base / "referrers" / digest, bounds.MANIFEST)
        if answer.status == _OK:
            found = manifests.read(answer.content).manifests
            if found:
                return found
        listed = await self.manifest(digest.replace(":", "-"))
        return listed.manifests if listed is not None else ()

    async def put_blob(self, content: bytes) -> None:
        """Unless the registry has it."""
        digest = digests.of(content)
        there = await self._ask("HEAD", self._base / "blobs" / digest, bounds.MANIFEST)
        if there.status == _OK:
            return
        begun = await self._ask("POST", self._base / "blobs" / "uploads" / "", bounds.MANIFEST)
        self._expect(begun, _ACCEPTED)
        place = self._upload(begun).update_query(digest=digest)
        headers = {"Content-Type": "application/octet-stream"}
        self._expect(await self._ask("PUT", place, bounds.MANIFEST, headers, content), _CREATED)

    def _upload(self, begun: Answer) -> URL:
        """Where the registry wants it to go, which is its own."""
        try:
            place = begun.url.join(URL(begun.headers.get("Location", "")))
            own = place.origin() == self._base.origin()
        except ValueError:
            message = f"{self._base.host} wants an upload to go to what is no URL"
            raise SourceError("Refused", message) from None
        if not own:
            raise SourceError("Refused", f"{self._base.host} wants an upload to go to {place.host}")
        return place

    async def put_manifest(self, content: bytes, media_type: str, wanted: str) -> None:
        """By tag or digest."""
        url, headers = self._base / "manifests" / wanted, {"Content-Type": media_type}
        self._expect(await self._ask("PUT", url, bounds.MANIFEST, headers, content), _CREATED)

    async def _ask(
        self,
        method: str,
        url: URL,
        most: int,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Once more with what the registry wants to see, where it asks for that."""
        answer = await self._http.ask(method, url, most, self._with_entry(headers), body)
        if answer.status == challenge.UNAUTHORIZED:
            if answer.url.origin() != url.origin():  # the credentials are not for another host
                message = f"{url.host} redirects to {answer.url.host}, which wants credentials of its own"
                raise SourceError("Refused", message)
            self._entry = await challenge.met(self._http, answer, self._credentials, self._scope)
            answer = await self._http.ask(method, url, most, self._with_entry(headers), body)
        if answer.status in (challenge.UNAUTHORIZED, _FORBIDDEN):
            raise challenge.no_entry(url, self._credentials)
        return answer

    def _with_entry(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        entry = {AUTHORIZATION: self._entry} if self._entry else {}
        return {**(headers or {}), **entry}

    def _expect(self, answer: Answer, *wanted: int) -> None:
        if answer.status not in wanted:
            message = f"{answer.url.host}{answer.url.path} answers {answer.status}"
            raise SourceError("Unreachable", message)

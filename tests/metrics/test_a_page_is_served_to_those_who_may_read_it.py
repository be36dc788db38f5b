# SPDX-License-Identifier: Apache-2.0
"""/metrics over HTTP and HTTPS, with certificates that are replaced, and without what it needs."""

from __future__ import annotations

import asyncio
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from lanner_agent.pipeline.counts import Counts
from lanner_apiserver import door
from lanner_apiserver.metrics import place as places
from lanner_apiserver.metrics import site
from lanner_apiserver.metrics.place import Place
from lanner_apiserver.metrics.site import Site
from tests.metrics import pages

PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def registry() -> CollectorRegistry:
    return pages.agent(Counts())


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[pathlib.Path, pathlib.Path]:
    """Two folders, each with a certificate of its own."""
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    made = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    names = ("-subj", "/CN=page", "-addext", "subjectAltName=IP:127.0.0.1")
    for folder in (first, second):
        where = ("-keyout", str(folder / places.KEY), "-out", str(folder / places.CERTIFICATE))
        subprocess.run([*made, *where, *names], check=True, capture_output=True)
    return first, second


def place(tls: pathlib.Path | None = None) -> Place:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return Place(free.getsockname()[1], tls=tls)


@asynccontextmanager
async def served(at: Place, registry: CollectorRegistry, said: list[str]) -> AsyncIterator[None]:
    task = asyncio.create_task(Site(at, lambda: registry, said.append).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def get(at: Place, trust: ssl.SSLContext | bool = True) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(at.url, ssl=trust, timeout=aiohttp.ClientTimeout(5)) as answer,
    ):
        assert answer.status == 200
        return await answer.text()


async def until(done: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not done():
            await asyncio.sleep(0.02)


async def until_open(at: Place) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _, writer = await asyncio.open_connection(at.address, at.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


async def until_refused(at: Place, trust: ssl.SSLContext) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await get(at, trust)
            except aiohttp.ClientError:
                return


def trusting(folder: pathlib.Path, own: pathlib.Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=folder / places.CERTIFICATE)
    if own is not None:
        context.load_cert_chain(own / places.CERTIFICATE, own / places.KEY)
    return context


def test_it_is_there_for_whoever_is_on_this_machine(registry: CollectorRegistry) -> None:
    async def story() -> str:
        at = place()
        async with served(at, registry, []):
            await until_open(at)
            return await get(at)

    assert "lanner_build_info{" in asyncio.run(story())


def test_a_certificate_that_is_replaced_is_taken_over(
    registry: CollectorRegistry,
    authorities: tuple[pathlib.Path, pathlib.Path],
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site, "LOOK_S", 0.05)
    first, second = authorities
    folder = shutil.copytree(first, tmp_path / "tls")

    async def story() -> None:
        at = place(folder)
        async with served(at, registry, []):
            await until_open(at)
            await get(at, trusting(first))
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await get(at, trusting(second))
            shutil.copytree(second, folder, dirs_exist_ok=True)
            await until_refused(at, trusting(first))
            await get(at, trusting(second))

    asyncio.run(story())


def test_only_clients_of_the_authority_that_is_there_are_answered(
    registry: CollectorRegistry, authorities: tuple[pathlib.Path, pathlib.Path], tmp_path: pathlib.Path
) -> None:
    first, second = authorities
    folder = shutil.copytree(first, tmp_path / "tls")
    shutil.copy(second / places.CERTIFICATE, folder / places.CLIENTS)

    async def story() -> None:
        at = place(folder)
        async with served(at, registry, []):
            await until_open(at)
            await get(at, trusting(first, own=second))
            for stranger in (None, first):
                with pytest.raises(aiohttp.ClientError):
                    await get(at, trusting(first, own=stranger))

    asyncio.run(story())


def test_a_certificate_that_cannot_be_used_leaves_the_one_before(
    registry: CollectorRegistry,
    authorities: tuple[pathlib.Path, pathlib.Path],
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A key of another certificate, as a Secret has it that is written in two steps."""
    monkeypatch.setattr(site, "LOOK_S", 0.05)
    first, second = authorities
    folder, said = shutil.copytree(first, tmp_path / "tls"), list[str]()

    async def story() -> None:
        at = place(folder)
        async with served(at, registry, said):
            await until_open(at)
            shutil.copy(second / places.CERTIFICATE, folder / places.CERTIFICATE)
            await until(lambda: said)
            await asyncio.sleep(0.2)
            await get(at, trusting(first))
            shutil.copy(second / places.KEY, folder / places.KEY)
            await until_refused(at, trusting(first))
            await get(at, trusting(second))

    asyncio.run(story())
    (words,) = said
    assert "is served with the certificates of before: the certificate cannot be used: KEY_VALUES" in words


def test_the_authority_of_clients_is_taken_over_too(
    registry: CollectorRegistry,
    authorities: tuple[pathlib.Path, pathlib.Path],
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who is connected by what was in force before has to come again."""
    monkeypatch.setattr(site, "LOOK_S", 0.05)
    first, second = authorities
    folder = shutil.copytree(first, tmp_path / "tls")

    async def story() -> None:
        at = place(folder)
        async with served(at, registry, []), aiohttp.ClientSession() as session:
            await until_open(at)
            async with session.get(at.url, ssl=trusting(first)) as answer:
                assert answer.status == 200
            shutil.copy(second / places.CERTIFICATE, folder / places.CLIENTS)
            await until_refused(at, trusting(first))
            with pytest.raises(aiohttp.ClientError):
                await session.get(at.url, ssl=trusting(first))
            await get(at, trusting(first, own=second))

    asyncio.run(story())


@pytest.mark.parametrize("secure", [False, True])
def test_who_connects_and_says_nothing_takes_no_more_than_a_few_descriptors(
    registry: CollectorRegistry, authorities: tuple[pathlib.Path, pathlib.Path], secure: bool
) -> None:
    folder = authorities[0] if secure else None

    async def story() -> None:
        at = place(folder)
        async with served(at, registry, []):
            await until_open(at)
            before = len(os.listdir("/proc/self/fd"))
            silent = [await asyncio.open_connection(at.address, at.port) for _ in range(door.CONNECTIONS * 2)]
            await get(at, trusting(folder) if folder else True)  # after all the others
            ours = len(os.listdir("/proc/self/fd")) - before - len(silent)
            assert ours <= door.CONNECTIONS
            for _, writer in silent:
                writer.close()

    asyncio.run(story())


def test_what_keeps_it_from_being_served_is_said_once(
    registry: CollectorRegistry,
    authorities: tuple[pathlib.Path, pathlib.Path],
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site, "AGAIN_S", 0.02)
    folder, said = tmp_path / "tls", list[str]()

    async def story() -> None:
        at = place(folder)
        async with served(at, registry, said):
            await until(lambda: said)
            await asyncio.sleep(0.2)
            shutil.copytree(authorities[0], folder)
            await until_open(at)
            await get(at, trusting(folder))
        with socket.create_server((at.address, at.port)):
            async with served(at, registry, said):
                await until(lambda: len(said) > 1)

    asyncio.run(story())
    assert len(said) == 2
    assert said[0].startswith("cannot serve https://127.0.0.1:")
    assert "tls.crt: No such file or directory" in said[0]
    assert "address already in use" in said[1]


def test_whoever_asks_all_the_time_gets_a_few_pages_a_second(registry: CollectorRegistry) -> None:
    async def story() -> tuple[list[int], float]:
        at = place()
        async with served(at, registry, []), aiohttp.ClientSession() as session:
            await until_open(at)

            async def status() -> int:
                async with session.get(at.url) as answer:
                    return answer.status

            began = time.monotonic()
            found = await asyncio.gather(*(status() for _ in range(40)))
            return list(found), time.monotonic() - began

    statuses, took = asyncio.run(story())
    pages_of_all = statuses.count(200)
    assert statuses.count(503) == len(statuses) - pages_of_all > 0
    assert took >= (pages_of_all - 1) * site.PAUSE_S

# SPDX-License-Identifier: Apache-2.0
"""The parts of the client library that are needed, and no others.

`import kubernetes.aio` runs the packages' own beginnings, which import all that the library has, its second
client with requests, OAuth and web sockets too: 10 MB and a third of a second for every agent. So while these
parts are imported, stand-ins are in the packages' places; afterwards they are gone, and a later import gets
the library whole.
"""

from __future__ import annotations

import importlib.util
import pathlib
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

__all__ = [
    "SERVICE_CERT_FILENAME",
    "SERVICE_HOST_ENV_NAME",
    "SERVICE_TOKEN_FILENAME",
    "ConfigException",
    "Configuration",
    "InClusterConfigLoader",
    "RESTClientObject",
    "load_kube_config",
]

_ROOT: Final = "kubernetes"
_PACKAGES: Final = ("aio", "aio.client", "aio.config", "aio.utils")


@contextmanager
def _stand_ins() -> Iterator[None]:
    """There are none where the library was imported already, or has other folders: the parts come with
    everything beside them then.
    """
    made = {} if _ROOT in sys.modules else _made()
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


def _made() -> dict[str, types.ModuleType]:
    found = importlib.util.find_spec(_ROOT)
    root = pathlib.Path(found.origin).parent if found and found.origin else None
    folders = {_ROOT: root} | {f"{_ROOT}.{one}": root and root.joinpath(*one.split(".")) for one in _PACKAGES}
    made = {}
    for name, folder in folders.items():
        if folder is None or not folder.is_dir():
            return {}
        made[name] = types.ModuleType(name)
        made[name].__path__ = [str(folder)]
    return made


with _stand_ins():
    from kubernetes.aio.client.configuration import Configuration

    if (package := sys.modules.get(f"{_ROOT}.aio.client")) is not None:
        package.Configuration = Configuration  # type: ignore[attr-defined]  # asked for by the next one

    from kubernetes.aio.client.rest import RESTClientObject
    from kubernetes.aio.config.config_exception import ConfigException
    from kubernetes.aio.config.incluster_config import (
        SERVICE_CERT_FILENAME,
        SERVICE_HOST_ENV_NAME,
        SERVICE_TOKEN_FILENAME,
        InClusterConfigLoader,
    )


async def load_kube_config(path: str, made: Configuration) -> Any:
    """A kubeconfig's loader, after it filled `made`. It needs what the rest does not."""
    from kubernetes.aio.config import load_kube_config as load  # noqa: PLC0415

    return await load(path, client_configuration=made, persist_config=False)

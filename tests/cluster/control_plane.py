# SPDX-License-Identifier: Apache-2.0
"""etcd and a real API server (RBAC, NodeRestriction, token issuing, audit log), with controllers where asked.

    with control_plane.running(binaries.binaries()) as plane:
        plane.access.kubectl("get", "namespaces")
        plane.stop_api(); plane.start_api()        # the same data, the same address
        plane.audit.requests(user="system:serviceaccount:lanner:lanner-operator")

Ready in about four seconds; several run side by side. Needs openssl, and no root.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Sequence

from tests.cluster import certificates, kubeconfig, place, removal
from tests.cluster.access import Access
from tests.cluster.audit import POLICY, Audit
from tests.cluster.binaries import Binaries
from tests.cluster.daemon import Daemon
from tests.containers.workspace import Workspace

NODE = "node1"
USERS = ("admin", "controllers", "scheduler", "proxy", "node")


class ControlPlane:
    """The control plane of one folder. `address` is where it listens; `prefix` goes before every command;
    `without`: controllers that do not run.
    """

    def __init__(
        self,
        where: Workspace,
        binaries: Binaries,
        address: str | None = None,
        prefix: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> None:
        self.where = where
        self._without = tuple(without)
        self.folder = where.folder
        self.network = place.Network(where.number)
        self.binaries = binaries
        self.address = address or self.network.loopback
        self._prefix = tuple(prefix)
        self._alone = address is None  # otherwise the network namespace is ours, and there is a node
        self.port = self._port(6443)
        self._etcd_ports = [self._port(2379), self._port(2380)]
        self.url = f"https://{self.address}:{self.port}"
        self.kubeconfig = self.folder / "admin.conf"
        self.access = Access(self.kubeconfig, binaries)
        self.audit = Audit(self.folder / "audit.log")
        self.etcd = Daemon(self.folder, "etcd", self._etcd_command())
        self.api = Daemon(self.folder, "apiserver", self._api_command())
        self.controllers = Daemon(self.folder, "controllers", self._controllers_command())
        self._daemons = [self.etcd, self.api]

    def start(self, *, controllers: bool = False) -> None:
        """Certificates, etcd, API server; returns when it is ready. With `controllers` there are service
        accounts in every namespace, garbage collection, and namespaces can be deleted."""
        pki = self.folder / "pki"
        pki.mkdir()
        names = ("DNS:localhost", "DNS:kubernetes.default.svc", f"IP:{self.address}", "IP:127.0.0.1")
        certificates.make(pki, NODE, (*names, f"IP:{self.network.first_service}"), self.network.node)
        for user in USERS:
            kubeconfig.by_certificate(self.folder / f"{user}.conf", self.url, pki, user)
        (self.folder / "audit-policy.json").write_text(json.dumps(POLICY))
        self.etcd.start()
        self.start_api()
        if controllers:
            self.start_controllers()

    def start_api(self) -> None:
        """The API server alone; returns when it is ready."""
        self.api.start()
        self.api.wait(self.ready)

    def stop_api(self) -> None:
        """Nobody reaches the API server until `start_api`; etcd keeps what it knows."""
        self.api.stop(patience_s=5)

    def start_controllers(self) -> None:
        """Returns when the first of them has done its work: the default service account is there."""
        self._daemons.append(self.controllers)
        self.controllers.start()
        self.controllers.wait(lambda: self.asked("/api/v1/namespaces/default/serviceaccounts/default"))

    def stop(self) -> None:
        """All of it, the last started first."""
        for daemon in reversed(self._daemons):
            daemon.stop()

    def ready(self) -> bool:
        """Whether the API server says it is."""
        return self.asked("/readyz")

    def asked(self, path: str) -> bool:
        """Whether GET of this path as administrator is answered 200."""
        try:
            context = ssl.create_default_context(cafile=str(self.folder / "pki/ca.crt"))
            context.load_cert_chain(self.folder / "pki/admin.crt", self.folder / "pki/admin.key")
            connection = http.client.HTTPSConnection(self.address, self.port, timeout=5, context=context)
            with contextlib.closing(connection):
                connection.request("GET", path)
                return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

    def etcd_metrics(self) -> str:
        """Its page for Prometheus."""
        connection = http.client.HTTPConnection(self.network.loopback, self._etcd_ports[0], timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()

    def command(self, program: str, **flags: str) -> list[str]:
        """A program of the cluster with `--flag value` for each; words of their own, so that cleaning finds
        the cluster's folder in them."""
        words = (word for name, value in flags.items() for word in (f"--{name.replace('_', '-')}", value))
        return [*self._prefix, self.binaries[program], *words]

    def file(self, name: str) -> str:
        """Its full path, in the cluster's folder."""
        return str(self.folder / name)

    def _port(self, usual: int) -> int:
        return _free_port(self.address, usual) if self._alone else usual

    def _etcd_command(self) -> list[str]:
        clients, peers = (f"http://{self.network.loopback}:{port}" for port in self._etcd_ports)
        return [
            *self.command(
                "etcd",
                data_dir=self.file("etcd"),
                listen_client_urls=clients,
                advertise_client_urls=clients,
                listen_peer_urls=peers,
                initial_advertise_peer_urls=peers,
                initial_cluster=f"default={peers}",
            ),
            "--unsafe-no-fsync",
        ]

    def _api_command(self) -> list[str]:
        pki = f"{self.folder}/pki"
        flags = self.command(
            "kube-apiserver",
            etcd_servers=f"http://{self.network.loopback}:{self._etcd_ports[0]}",
            bind_address=self.address,
            secure_port=str(self.port),
            advertise_address=self.network.node,  # must not be loopback, and is not used
            endpoint_reconciler_type="none" if self._alone else "lease",
            tls_cert_file=f"{pki}/apiserver.crt",
            tls_private_key_file=f"{pki}/apiserver.key",
            client_ca_file=f"{pki}/ca.crt",
            service_account_issuer="https://kubernetes.default.svc",
            service_account_key_file=f"{pki}/sa.pub",
            service_account_signing_key_file=f"{pki}/sa.key",
            authorization_mode="Node,RBAC",
            enable_admission_plugins="NodeRestriction",
            service_cluster_ip_range=self.network.services,
            kubelet_certificate_authority=f"{pki}/ca.crt",
            kubelet_client_certificate=f"{pki}/apiserver-kubelet.crt",
            kubelet_client_key=f"{pki}/apiserver-kubelet.key",
            kubelet_preferred_address_types="InternalIP",
            requestheader_client_ca_file=f"{pki}/front-proxy-ca.crt",
            requestheader_allowed_names="front-proxy-client",
            requestheader_username_headers="X-Remote-User",
            requestheader_group_headers="X-Remote-Group",
            requestheader_extra_headers_prefix="X-Remote-Extra-",
            proxy_client_cert_file=f"{pki}/front-proxy.crt",
            proxy_client_key_file=f"{pki}/front-proxy.key",
            audit_policy_file=self.file("audit-policy.json"),
            audit_log_path=self.file("audit.log"),
        )
        return [*flags, "--allow-privileged=true"]

    def _controllers_command(self) -> list[str]:
        pki = f"{self.folder}/pki"
        flags = self.command(
            "kube-controller-manager",
            kubeconfig=self.file("controllers.conf"),
            root_ca_file=f"{pki}/ca.crt",
            service_account_private_key_file=f"{pki}/sa.key",
            cluster_signing_cert_file=f"{pki}/ca.crt",
            cluster_signing_key_file=f"{pki}/ca.key",
            bind_address=self.network.loopback,
            secure_port="0",  # nobody asks it
            controllers=",".join(("*", *(f"-{name}" for name in self._without))),
        )
        return [*flags, "--use-service-account-credentials", "--leader-elect=false"]


@contextlib.contextmanager
def running(
    binaries: Binaries, *, controllers: bool = False, without: Sequence[str] = ()
) -> Iterator[ControlPlane]:
    """A control plane of this process's own; its processes and folder are gone afterwards. `without`: see
    ControlPlane.
    """
    removal.sweep()
    plane = ControlPlane(place.taken(), binaries, without=without)
    try:
        plane.start(controllers=controllers)
        yield plane
    finally:
        plane.stop()
        removal.remove(plane.where)


def _free_port(address: str, first: int) -> int:
    """The first that nobody listens on from `first` on. The address is this cluster's own, so only somebody
    who listens on every address can be in the way, and does not come in between."""
    for port in range(first, first + 1000):
        with socket.socket() as attempt, contextlib.suppress(OSError):
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind((address, port))
            return port
    raise RuntimeError(f"no free port on {address} from {first} on")

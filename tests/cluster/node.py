# SPDX-License-Identifier: Apache-2.0
"""The node of a cluster: a containerd of its own, kubelet, kube-proxy, the pods' network by the plugin ptp.

In: a control plane in a network namespace. Out: a node that is Ready.

Works on cgroup v1 and v2, and without CAP_SYS_RESOURCE. There is no DNS. Every file is in the cluster's
folder; its pods' cgroups are below /lanner-cluster-NUMBER, since a kubelet ends what it does not know below
its root.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.cluster import images, network
from tests.cluster.control_plane import NODE, ControlPlane
from tests.cluster.daemon import Daemon
from tests.containers import cleaning, runtime

_CONTROLLERS = frozenset({"cpu", "cpuset", "hugetlb", "memory", "pids"})


class Node:
    """containerd, kubelet and kube-proxy in the control plane's folder and network namespace."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self._folder = plane.folder
        self._cgroup = plane.network.namespace
        self.socket = plane.folder / "cri/containerd.sock"  # agents mount its folder
        inside = network.inside(plane.network)
        program = os.environ.get("LANNER_TEST_CONTAINERD", "containerd")
        daemon = [*inside, program, "--config", plane.file("containerd.toml")]
        self.containerd = Daemon(self._folder, "containerd", daemon)
        self.kubelet = Daemon(self._folder, "kubelet", self._kubelet_command())
        proxy = plane.command("kube-proxy", config=plane.file("kube-proxy.json"))
        self.proxy = Daemon(self._folder, "kube-proxy", proxy)

    def start_runtime(self) -> None:
        """containerd, without waiting: it takes as long as an API server."""
        (self._folder / "cni").mkdir()
        (self._folder / "cni/10-lanner.conflist").write_text(json.dumps(self._pod_network()))
        cni = os.environ.get("LANNER_TEST_CNI", "/usr/lib/cni")
        self._write_text("containerd.toml", runtime.CONFIG.format(
            folder=self._folder, socket=self.socket, pause=images.PAUSE, cni=cni
        ))  # fmt: skip
        self.containerd.start()

    def start(self) -> None:
        """Kubelet and proxy; returns when the node is Ready and the images of `images` are there."""
        self._make_cgroup()
        self._write("kubelet.json", self._kubelet_settings())
        self._write("kube-proxy.json", self._proxy_settings())
        self.containerd.wait(self._runtime_answers)  # the kubelet gives up at once without it
        self.kubelet.start()
        self.proxy.start()
        images.load_own(self.socket)
        self.proxy.wait(self._services_lead_somewhere)
        self.kubelet.wait(self.ready)

    def ready(self) -> bool:
        """Whether the API server has it so."""
        try:
            node: dict[str, Any] = self._plane.access.get("node", NODE)
        except RuntimeError:
            return False
        return any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in node["status"].get("conditions", [])
        )

    def _runtime_answers(self) -> bool:
        asked = ["ctr", "--address", str(self.socket), "version"]
        return subprocess.run(asked, check=False, capture_output=True).returncode == 0

    def _services_lead_somewhere(self) -> bool:
        asked = [*network.inside(self._plane.network), "nft", "list", "table", "ip", "kube-proxy"]
        return subprocess.run(asked, check=False, capture_output=True).returncode == 0

    def _make_cgroup(self) -> None:
        """The kubelet wants its root there, in every hierarchy; with cgroup v2, with these controllers."""
        cleaning.note_cgroup(self._plane.where, self._cgroup)
        for hierarchy in cleaning.hierarchies():
            offered = hierarchy / "cgroup.controllers"
            for controller in _CONTROLLERS.intersection(
                offered.read_text().split() if offered.exists() else ()
            ):
                (hierarchy / "cgroup.subtree_control").write_text(f"+{controller}")
            (hierarchy / self._cgroup).mkdir(exist_ok=True)

    def _kubelet_command(self) -> list[str]:
        return self._plane.command(
            "kubelet",
            config=self._plane.file("kubelet.json"),
            kubeconfig=self._plane.file("node.conf"),
            root_dir=self._plane.file("kubelet"),
            hostname_override=NODE,
            node_ip=self._plane.network.node,
        )

    def _kubelet_settings(self) -> dict[str, Any]:
        pki = f"{self._folder}/pki"
        here = self._plane.network.loopback
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": f"{pki}/ca.crt"},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": f"{pki}/kubelet-server.crt",
            "tlsPrivateKeyFile": f"{pki}/kubelet-server.key",
            "address": self._plane.network.node,
            "healthzBindAddress": here,
            "containerRuntimeEndpoint": f"unix://{self.socket}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self._cgroup}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "oomScoreAdj": 0,  # lower needs CAP_SYS_RESOURCE
            "enforceNodeAllocatable": [],
            "makeIPTablesUtilChains": False,
            "resolvConf": "/dev/null",
            # Refused at once there; without any address every pod would have an Event about missing DNS.
            "clusterDNS": [self._plane.network.node],
            "clusterDomain": "cluster.local",
            "podLogsDir": str(self._folder / "pod-logs"),
            "volumePluginDir": str(self._folder / "volume-plugins"),
            "evictionHard": {
                "memory.available": "50Mi",
                **dict.fromkeys(("nodefs.available", "imagefs.available", "nodefs.inodesFree"), "1%"),
            },
        }

    def _proxy_settings(self) -> dict[str, Any]:
        here = self._plane.network.loopback
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "nftables",
            "clusterCIDR": self._plane.network.pods,
            "hostnameOverride": NODE,
            "clientConnection": {"kubeconfig": self._plane.file("proxy.conf")},
            "conntrack": {
                "maxPerCore": 0,
                "min": 0,
                "tcpEstablishedTimeout": "0s",
                "tcpCloseWaitTimeout": "0s",
            },
            "healthzBindAddress": f"{here}:10256",
            "metricsBindAddress": f"{here}:10249",
        }

    def _pod_network(self) -> dict[str, Any]:
        """ptp, not bridge: each pod has a routed link of its own, so that Services reach pods without
        br_netfilter."""
        addresses = {
            "type": "host-local",
            "dataDir": str(self._folder / "cni/addresses"),
            "ranges": [[{"subnet": self._plane.network.pods}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        }
        return {
            "cniVersion": "0.4.0",
            "name": "lanner",
            "plugins": [{"type": "ptp", "ipMasq": False, "ipam": addresses}],
        }

    def _write(self, name: str, settings: dict[str, Any]) -> None:
        self._write_text(name, json.dumps(settings, indent=1))

    def _write_text(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.write_text(text)
        return path

# SPDX-License-Identifier: Apache-2.0
"""A containerd of our own: real images, real containers, a real CRI, all of it gone afterwards.

    with runtime.running() as containerd:
        pod = containerd.pods.run("web", labels={"app": "web"})
        app = containerd.pods.start(pod, "app")
        with containerd.exec_terminal(app.id, "sh", namespace="k8s.io") as terminal:
            terminal.run("cat /etc/shadow")
        with containerd.run_terminal("sh") as terminal:    # `ctr run -t`, full id in containerd.last_id
            terminal.run("id")

Needs root, containerd, runc, the CNI plugins, busybox-static, iproute2. Runs side by side with the machine's
own runtime and with other runs.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.containers import cleaning, images, rootfs, workspace
from tests.containers.pods import Pods
from tests.containers.terminal import Terminal

REPOSITORY = "registry.local/lanner/box"
IMAGE = f"{REPOSITORY}:1.2"
PAUSE = "registry.local/lanner/pause:1"
NAMESPACES = ("default", "k8s.io")
_PATIENCE = 20.0

CONFIG = """version = 2
root = "{folder}/root"
state = "{folder}/state"
[grpc]
  address = "{socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true # without CAP_SYS_RESOURCE nobody may lower it, and pods would not start
  netns_mounts_under_state_dir = true
  sandbox_image = "{pause}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{folder}/cni"
"""
# No gateway and no masquerading: those would change the machine's forwarding and its packet filter.
_NETWORK = """{{"cniVersion": "0.4.0", "name": "{bridge}", "plugins": [{{"type": "bridge", "bridge":
"{bridge}",
 "ipam": {{"type": "host-local", "dataDir": "{folder}/ipam", "ranges": [[{{"subnet": "{subnet}"}}]]}}}}]}}
"""


class Containerd:
    """The daemon of one workspace. Killing and starting it again keeps the containers, as with the real
    ones."""

    def __init__(self, place: workspace.Workspace) -> None:
        self.workspace = place
        self.folder = place.folder
        self.socket = self.folder / "containerd.sock"
        self.image_digest = ""
        self.last_id = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.pods = Pods(self.socket, IMAGE, lambda path: cleaning.note_cgroup(place, path))

    def start(self) -> None:
        """Write the configuration, start the daemon and wait until it answers."""
        (self.folder / "cni").mkdir(exist_ok=True)
        place = self.workspace
        network = _NETWORK.format(folder=self.folder, bridge=place.bridge, subnet=place.subnet)
        (self.folder / "cni/10-lanner.conflist").write_text(network)
        cni = os.environ.get("LANNER_TEST_CNI", "/usr/lib/cni")
        config = self.folder / "config.toml"
        settings = CONFIG.format(folder=self.folder, socket=self.socket, pause=PAUSE, cni=cni)
        config.write_text(settings)
        daemon = os.environ.get("LANNER_TEST_CONTAINERD", "containerd")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [daemon, "-c", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.folder / "containerd.pid").write_text(str(self.process.pid))
        self._wait()
        self.pods.wait()

    def load_images(self) -> None:
        """Make both images and import them where `ctr` and where the CRI look."""
        with tempfile.TemporaryDirectory(prefix="lanner-image-") as scratch:
            root = Path(scratch) / "root"
            rootfs.make(root)
            archive = Path(scratch) / "image.tar"
            settings = {"Cmd": ["sh"], "Env": ["PATH=/bin"], "WorkingDir": "/"}
            self.image_digest = images.pack([IMAGE], root, archive, settings)
            self._import(archive, IMAGE, self.image_digest)
            pause = {"Cmd": ["sleep", "2147483647"], "Env": ["PATH=/bin"]}
            self._import(archive, PAUSE, images.pack([PAUSE], root, archive, pause))
        by_digest = f"{REPOSITORY}@{self.image_digest}"
        for image in (IMAGE, by_digest, PAUSE):
            self.pods.wait_for_image(image)

    def ctr(self, *arguments: str, namespace: str = "default") -> str:
        """Output of one `ctr` command; RuntimeError with its words when it fails."""
        command = [*self.ctr_command(namespace), *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def ctr_command(self, namespace: str = "default") -> list[str]:
        return ["ctr", "--address", str(self.socket), "--namespace", namespace]

    def run(self, *command: str, full_id: str = "", options: tuple[str, ...] = ()) -> str:
        """`ctr run --detach`: a container outside Kubernetes. Returns its id (64 digits unless given)."""
        full_id = full_id or new_id()
        self.ctr("run", "--detach", "--null-io", *options, IMAGE, full_id, *command)
        self.last_id = full_id
        return full_id

    def run_terminal(self, *command: str, full_id: str = "", options: tuple[str, ...] = ()) -> Terminal:
        """`ctr run -t`: a container whose first process has a terminal; removed when that ends."""
        self.last_id = full_id or new_id()
        how = ["run", "-t", "--rm", *self._fifos(), *options, IMAGE, self.last_id, *command]
        return Terminal([*self.ctr_command(), *how])

    def exec_terminal(self, full_id: str, *command: str, namespace: str = "default") -> Terminal:
        """`ctr task exec -t`: one more process, with a terminal, as `kubectl exec -it` makes it."""
        how = ["task", "exec", "-t", *self._fifos(), "--exec-id", secrets.token_hex(8), full_id, *command]
        return Terminal([*self.ctr_command(namespace), *how])

    def execute(self, full_id: str, *command: str, namespace: str = "default") -> str:
        """`ctr task exec`: one more process without a terminal; what it printed."""
        how = ("task", "exec", *self._fifos(), "--exec-id", secrets.token_hex(8), full_id, *command)
        return self.ctr(*how, namespace=namespace)

    def pid(self, full_id: str, namespace: str = "default") -> int:
        """The host's pid of a container's first process."""
        for line in self.ctr("task", "ls", namespace=namespace).splitlines()[1:]:
            found, pid, *_ = line.split()
            if found == full_id:
                return int(pid)
        raise LookupError(f"no task {full_id}")

    def remove(self, full_id: str, namespace: str = "default") -> None:
        """Kill a container's processes and remove it."""
        with contextlib.suppress(RuntimeError):
            self.ctr("task", "rm", "--force", full_id, namespace=namespace)
        self.ctr("container", "rm", full_id, namespace=namespace)

    def kill(self) -> None:
        """As a crash: no word to anybody. The containers go on."""
        if self.process:
            self.process.kill()
            self.process.wait(_PATIENCE)
            self.process = None

    def remove_containers(self) -> None:
        """Every pod and every container, of an earlier run as well."""
        self.pods.remove_all()
        for namespace in NAMESPACES:
            for full_id in self.ctr("container", "ls", "-q", namespace=namespace).split():
                self.remove(full_id, namespace)

    def stop(self) -> None:
        """The daemon only."""
        self.pods.close()
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(_PATIENCE)
            self.process = None

    def _fifos(self) -> tuple[str, str]:
        """ctr leaves its pipes behind when it is hung up on: in a place of ours."""
        return "--fifo-dir", str(self.folder / "fifo")

    def _import(self, archive: Path, name: str, digest: str) -> None:
        """By tag and by digest, as after a pull from a registry."""
        for namespace in NAMESPACES:
            self.ctr("images", "import", str(archive), namespace=namespace)
            repository = name.partition(":")[0]
            self.ctr("images", "tag", name, f"{repository}@{digest}", namespace=namespace)

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self.ctr("version")
            except RuntimeError as error:
                ended = self.process is None or self.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"containerd does not answer: {error}\n{log}") from error
                time.sleep(0.05)
            else:
                return


def new_id() -> str:
    """64 hexadecimal digits, as runtimes make them."""
    return secrets.token_hex(32)


@contextlib.contextmanager
def running() -> Iterator[Containerd]:
    """A containerd with both images; everything it made is gone afterwards, as is what crashed runs left."""
    sweep()
    with workspace.locked():
        place = workspace.take()
    containerd = Containerd(place)
    try:
        containerd.start()
        containerd.load_images()
        yield containerd
    finally:
        end(containerd)


def end(containerd: Containerd) -> None:
    """Remove what it runs, stop it, remove its traces, whatever state it is in."""
    try:
        if containerd.process is None or containerd.process.poll() is not None:
            containerd.start()
        containerd.remove_containers()
    finally:
        containerd.stop()
        with workspace.locked():
            others = [place for place in workspace.existing() if place != containerd.workspace]
            cleaning.remove(containerd.workspace, alone=not any(not place.abandoned() for place in others))


def sweep() -> list[Path]:
    """Remove what crashed runs left; the folders removed.

    Their containerd is started anew, since it alone knows how to undo its networks and snapshots.
    """
    with workspace.locked():
        left = [place for place in workspace.existing() if place.abandoned()]
        for place in left:
            place.adopt()  # two who sweep at once must not meet
    for place in left:
        cleaning.end(cleaning.daemons(place))
        end(Containerd(place))
    return [place.folder for place in left]

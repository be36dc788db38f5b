# SPDX-License-Identifier: Apache-2.0
"""Ordinary work as shell scripts, each in a folder of its own; what it needs is named, and it is left out without it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Work:
    """`needs`: programs without which it cannot be done. `short`: done by the tests as well. `script`: for bash,
    begins in an empty folder, leaves nothing outside of it.
    """

    name: str
    needs: tuple[str, ...]
    script: str
    short: bool = False

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(one for one in self.needs if shutil.which(one) is None)


_PACKAGE: Final = """
mkdir -p tool/DEBIAN tool/etc/cron.d tool/etc/profile.d tool/lib/systemd/system tool/usr/lib/lanner-noise
printf 'Package: lanner-noise\\nVersion: 1\\nArchitecture: all\\nMaintainer: Us <us@example.org>\\nDescription: x\\n' \
 > tool/DEBIAN/control
printf '#!/bin/sh\\nset -e\\ntouch /etc/profile.d/lanner-noise-2.sh\\nrm /etc/profile.d/lanner-noise-2.sh\\n' > tool/DEBIAN/postinst
chmod 755 tool/DEBIAN/postinst
echo '# nothing' > tool/etc/cron.d/lanner-noise
echo '# nothing' > tool/etc/profile.d/lanner-noise.sh
printf '[Unit]\\nDescription=x\\n' > tool/lib/systemd/system/lanner-noise.service
dpkg-deb --build --root-owner-group tool tool.deb
dpkg --install tool.deb
dpkg --purge lanner-noise
"""
_BUILD: Final = """
printf 'int twice(int x) { return 2 * x; }\\n' > part.c
printf 'int twice(int); int main(void) { return twice(0); }\\n' > main.c
printf 'all: x\\nx: main.o part.o\\n\\tcc -o x main.o part.o\\n' > Makefile
make -j2
./x
"""
_IMAGE: Final = """
container=$(buildah from scratch)
buildah add --quiet $container /bin/busybox /bin/busybox
buildah run --isolation chroot $container /bin/busybox true
buildah config --cmd /bin/busybox $container
buildah commit --quiet $container lanner-noise
buildah rm $container
buildah rmi lanner-noise
"""
_DATABASE: Final = """
mkdir data
chown nobody data
setpriv --reuid nobody --clear-groups initdb -D data -A trust > log
setpriv --reuid nobody --clear-groups pg_ctl -D data -o "-p 25432 -k $PWD/data -c listen_addresses=" -l data/log -w start
trap 'setpriv --reuid nobody --clear-groups pg_ctl -D data -m fast -w stop' EXIT
psql -h $PWD/data -p 25432 -U nobody postgres -c 'create table t as select generate_series(1, 100000) as x'
for n in $(seq 50); do psql -h $PWD/data -p 25432 -U nobody postgres -c 'select sum(x) from t' > /dev/null; done
pg_dump -h $PWD/data -p 25432 -U nobody postgres > dump.sql
"""
_WEB: Final = """
echo hello > index.html
python3 -m http.server 28080 --bind 127.0.0.1 > log 2>&1 &
server=$!
for n in $(seq 50); do python3 -c 'import socket; socket.create_connection(("127.0.0.1", 28080), 1)' && break; sleep 0.1; done
for n in $(seq 30); do python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:28080/").read()'; done
kill $server
"""
_CRON: Final = """
mkdir etc
run-parts --test /etc/cron.daily > list || true
run-parts etc
sh -c 'find /var/log -maxdepth 1 -name "*.gz" -mtime +30 > old'
"""
_ROTATE: Final = """
for n in $(seq 1000); do echo line; done > app.log
printf '%s {\\n copytruncate\\n rotate 2\\n compress\\n}\\n' "$PWD/app.log" > conf
chmod 644 conf
logrotate --state $PWD/state --force conf
"""

WORKS: Final = (
    Work("a package is installed and removed by dpkg", ("dpkg", "dpkg-deb"), _PACKAGE, short=True),
    Work("lists of packages are read by apt", ("apt-cache",), "apt-cache policy bash; apt-get --simulate upgrade"),
    Work("a wheel is installed by pip", ("python3",), "python3 -m venv v\nv/bin/pip install --quiet six\nv/bin/python -m pip list"),
    Work("a package is installed by npm", ("npm",), "npm init -y > log\nnpm install --silent left-pad\nnpm ls"),
    Work("a C program is built", ("make", "cc"), _BUILD, short=True),
    Work(
        "a Go program is built", ("go",),
        "export GOCACHE=$PWD/cache GOFLAGS=-mod=mod\ngo mod init x\nprintf 'package main\\nfunc main() {}\\n' > main.go\ngo build -o x .\n./x",
    ),
    Work("an image is built by buildah", ("buildah",), _IMAGE, short=True),
    Work("a backup is made by tar of /etc and the home of root", ("tar",), "tar --one-file-system -czf backup.tar.gz /etc /root/.ssh /root/.bashrc /root/.profile || true", short=True),
    Work("files are copied and moved", ("cp",), "cp -r /etc/apt a; mv a b; find b -type f -exec gzip {} +; rm -r b", short=True),
    Work("cron runs its parts", ("run-parts",), _CRON, short=True),
    Work("logs are rotated with copytruncate", ("logrotate",), _ROTATE, short=True),
    Work("an account is made and removed", ("useradd", "userdel"), "useradd --create-home lanner-noise\nuserdel --remove lanner-noise", short=True),
    Work("PostgreSQL starts, works and is dumped", ("initdb", "pg_ctl", "psql", "setpriv"), _DATABASE),
    Work("a web server answers", ("python3",), _WEB),
    Work("a repository is cloned and changed", ("git",), "git init --quiet a\ncd a\ngit -c user.name=x -c user.email=x@example.org commit --quiet --allow-empty -m x\ncd ..\ngit clone --quiet a b\ngit -C b log", short=True),
    Work("keys of SSH are made and used", ("ssh-keygen", "ssh"), "ssh-keygen -q -t ed25519 -N '' -f key\nssh-keygen -y -f key\nssh -o BatchMode=yes -o ConnectTimeout=1 -i key 127.0.0.1 true || true", short=True),
    Work("processes are looked at", ("ps",), "ps aux; ps axe | tail -1; top -b -n 1 || true; df; mount; ip address || true", short=True),
)  # fmt: skip

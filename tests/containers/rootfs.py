# SPDX-License-Identifier: Apache-2.0
"""A root file system: a static busybox, its applets' names, a second program, accounts. For images.py."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

BUSYBOX = Path("/bin/busybox")
FOLDERS = ("bin", "dev", "etc", "home/app", "proc", "root", "run", "sys", "tmp", "usr/local/bin", "var/log")
# A file of its own: a program that nothing runs can be written to, busybox itself is always busy.
SECOND_PROGRAM = "/usr/local/bin/true"
ACCOUNTS = """root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
app:x:1000:1000:The Application:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
"""
GROUPS = """root:x:0:
daemon:x:1:
app:x:1000:
audio:x:29:app
nogroup:x:65534:
"""
SHADOW = "root:*:20000:0:99999:7:::\napp:!:20000:0:99999:7:::\n"


def make(folder: Path) -> None:
    """Fill `folder`. Needs Debian's busybox-static."""
    if not BUSYBOX.exists():
        raise FileNotFoundError(f"{BUSYBOX} is missing: apt install busybox-static")
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "tmp").chmod(0o1777)
    shutil.copy2(BUSYBOX, folder / "bin/busybox")
    shutil.copy2(BUSYBOX, folder / SECOND_PROGRAM.lstrip("/"))
    for applet in _applets():
        link = folder / "bin" / applet
        if not link.exists():
            link.symlink_to("busybox")
    (folder / "etc/passwd").write_text(ACCOUNTS)
    (folder / "etc/group").write_text(GROUPS)
    (folder / "etc/shadow").write_text(SHADOW)
    (folder / "etc/shadow").chmod(0o640)
    (folder / "var/log/messages").write_text("first line\n")


def _applets() -> list[str]:
    listed = subprocess.run([BUSYBOX, "--list"], check=True, stdout=subprocess.PIPE).stdout.decode()
    return listed.split()

# SPDX-License-Identifier: Apache-2.0
"""Records the example of golden/ anew, as root on the running kernel: python -m tests.agent.recording

For a version whose records are laid out otherwise. The one before stays beside it, under a name of its own:
it is to be refused in words.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from lanner_agent.enrich.accounts import Account, Accounts
from lanner_agent.recording import frames
from lanner_agent.recording.items import AccountsRead, Batch, ContainerAnswer, Forgotten, Item, Strings

GOLDEN = pathlib.Path(__file__).with_name("golden")
RULES = GOLDEN / "rules.yaml"
COMMAND = "from lanner_agent.cli.main import main; main()"
EXAMPLE = pathlib.Path("/tmp/example")
MARK = b"lanner-golden"
ROOT = Accounts({0: Account(b"root", b"/root", b"/bin/sh")}, {0: b"root"})
STORY = """
cat /tmp/example/lanner-golden-key
cat /tmp/example/lanner-golden-key --
/tmp/example/lanner-golden --password=hunter2 "$(printf '\\377')"
:
"""


def lanner(*words: str | os.PathLike[str]) -> list[str | os.PathLike[str]]:
    return [sys.executable, "-c", COMMAND, *words]


def record(file: pathlib.Path) -> None:
    """The story, and all that happens meanwhile."""
    command = lanner("run", "--rules", RULES, "--record", file, "--log-format", "text")
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as agent:
        assert agent.stderr is not None
        while b" watching " not in agent.stderr.readline():
            pass
        EXAMPLE.mkdir()
        try:
            (EXAMPLE / "lanner-golden-key").write_text("x")
            shutil.copy("/bin/true", EXAMPLE / "lanner-golden")
            subprocess.run(["sh", "-c", STORY], check=True, stdout=subprocess.DEVNULL)
        finally:
            shutil.rmtree(EXAMPLE)
        agent.send_signal(signal.SIGINT)
        agent.communicate()


def of_the_story(file: pathlib.Path) -> Iterator[Item]:
    """Without what others did meanwhile, and without this machine's names."""
    with file.open("rb") as opened:
        reader = frames.Reader(opened, str(file))
        yield reader.header.model_copy(update={"hostname": b"node"})
        for item, _ in reader.items():
            if isinstance(item, Batch):
                for at, one in enumerate(item.records):
                    if MARK in one:
                        yield Batch(item.at, item.events + at, [one])
            elif isinstance(item, Strings):
                yield Strings(
                    {key: one for key, one in item.strings.items() if MARK in one or b"/cat" in one}
                )
            elif isinstance(item, AccountsRead):
                yield AccountsRead(container=None, accounts=ROOT)
            elif not isinstance(item, Forgotten | ContainerAnswer):
                yield item


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "recording")
        record(file)
        kept = GOLDEN / "recording.lanner"
        kept.write_bytes(frames.MAGIC + frames.Packer().frames(of_the_story(file)))
    done = subprocess.run(
        lanner("replay", kept, "--rules", RULES, "--output", "json"), check=True, stdout=subprocess.PIPE
    )
    kept.with_suffix(".jsonl").write_bytes(done.stdout)
    print(f"{kept}: {kept.stat().st_size} bytes, {done.stdout.count(b'rule')} alerts")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""What the operator tells a node's agent of a person who enters a pod (kubectl exec, attach, debug, cp): the
JSON that it seals, and what the objects are called that carry it. Bounded, whatever the person calls himself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from lanner_engine.source import LannerError

KEY_ANNOTATION: Final = "lanner.dev/exec-key"  # of an agent's Lease: its public key, X25519, in base64
INFO: Final = b"lanner.dev/exec-notice/v1"  # of HPKE: what is sealed is for this and nothing else
EXEC, ATTACH, DEBUG = "exec", "attach", "debug"
VERBS: Final = frozenset({EXEC, ATTACH, DEBUG})
LIFE_S: Final = 30.0  # for which an object holds a notice
USER: Final = 256  # bytes
GROUPS: Final = 16
GROUP: Final = 128  # bytes
COMMAND: Final = 512  # bytes of all arguments
SEALED: Final = 8 << 10  # bytes of one, more than any made here
OF_NODE: Final = 32  # notices in one object
_NAME: Final = 253  # of an object
_DIGEST: Final = hashlib.sha256().digest_size * 2
CUT: Final = "…"
_NO_TEXT: Final = re.compile(r"[\ud800-\udfff]")  # half a character: JSON can say it, UTF-8 cannot


class NoticeError(LannerError):
    """What was sealed is no notice of this version."""


@dataclass(frozen=True, slots=True)
class ExecNotice:
    """`id` names it; `at`: ns since the epoch, by the operator's clock. `command` may be cut; `digest` is of
    all of it (see `digest_of`). `stdin`, `tty`: as the session was asked for.
    """

    id: str
    verb: str
    pod_uid: str
    container: str
    user: str
    groups: tuple[str, ...]
    command: tuple[str, ...]
    digest: str
    stdin: bool
    tty: bool
    at: int

    def encoded(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()


def notice(  # noqa: PLR0913  (by name)
    *,
    id: str,
    verb: str,
    pod_uid: str,
    container: str,
    user: str,
    groups: Sequence[str],
    command: Sequence[str],
    stdin: bool,
    tty: bool,
    at: int,
) -> ExecNotice:
    """Within the limits; what is cut ends in …, and so does a list."""
    shown = tuple(cut(one, GROUP) for one in groups[:GROUPS])
    return ExecNotice(
        id=cut(id, 64),
        verb=verb,
        pod_uid=cut(pod_uid, 64),
        container=cut(container, 253),
        user=cut(user, USER),
        groups=shown if len(groups) <= GROUPS else (*shown, CUT),
        command=_shown(command),
        digest=digest_of([one.encode(errors="surrogatepass") for one in command]),
        stdin=stdin,
        tty=tty,
        at=at,
    )


def digest_of(command: Sequence[bytes]) -> str:
    """Of the arguments, each ended by NUL: two commands that differ have two."""
    return hashlib.sha256(b"".join(one + b"\0" for one in command)).hexdigest()


def cut(text: str, size: int) -> str:
    """At most `size` bytes of UTF-8."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= size:
        return encoded.decode()
    return encoded[: size - len(CUT.encode())].decode(errors="ignore") + CUT


def _shown(command: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    left = COMMAND - len(CUT.encode())
    for one in command:
        if left < len(CUT.encode()):
            return (*found, CUT)
        found.append(cut(one, left))
        left -= len(found[-1].encode()) + 1
    return tuple(found)


def read(content: bytes) -> ExecNotice:
    """Raises NoticeError. Nothing is longer than what `notice` makes."""
    try:
        told = json.loads(content)
        found = ExecNotice(**{**told, "groups": tuple(told["groups"]), "command": tuple(told["command"])})
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise NoticeError(f"no notice of a session: {type(error).__name__}") from None
    if not _is_sound(found):
        raise NoticeError("no notice of a session: a part of another type or size")
    return found


def _is_sound(found: ExecNotice) -> bool:
    texts = (found.id, found.verb, found.pod_uid, found.container, found.user, found.digest)
    every = (*texts, *found.groups, *found.command)
    return (
        all(isinstance(one, str) and _NO_TEXT.search(one) is None for one in every)
        and sum(map(len, every)) <= SEALED
        and found.verb in VERBS
        and len(found.digest) == _DIGEST
        and isinstance(found.stdin, bool)
        and isinstance(found.tty, bool)
        and type(found.at) is int
    )


def object_name(installation: str, node: str) -> str:
    """Of the ConfigMap that carries a node's notices."""
    name = f"{installation}-exec-{node}"
    return name if len(name) <= _NAME else f"{installation}-exec-{hashlib.sha256(node.encode()).hexdigest()}"


def sealed_in(config_map: Mapping[str, Any]) -> Mapping[str, str]:
    """Notices by id, sealed, in base64."""
    found = config_map.get("binaryData") or {}
    return {str(name): str(content) for name, content in found.items() if len(str(content)) <= 2 * SEALED}

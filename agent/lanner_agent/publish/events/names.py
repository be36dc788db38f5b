# SPDX-License-Identifier: Apache-2.0
"""Any text -> names that the API server takes: reasons, label values, object names, instances.

Rules, pods and nodes are named by others. What does not fit is cut and ends in a hash of the whole, so that
two long names stay two names. The API's limits: apimachinery/pkg/api/validate/content, and
core/validation/events.go for an Event's own fields.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

MAX_LABEL = 63
MAX_SUBDOMAIN = 253
MAX_REASON = 128
MAX_INSTANCE = 128

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9]+", re.ASCII)


def is_subdomain(text: str) -> bool:
    """A valid name of most objects, pods and nodes among them."""
    return len(text) <= MAX_SUBDOMAIN and _SUBDOMAIN.fullmatch(text) is not None


def is_label(text: str) -> bool:
    """A valid name of a namespace or a container."""
    return _LABEL.fullmatch(text) is not None


def reason(rule: str) -> str:
    """`Terminal shell in container` -> `TerminalShellInContainer`: ASCII, a letter first, 1 to 128 bytes."""
    joined = "".join(word[0].upper() + word[1:] for word in _words(rule))
    if not joined:
        return f"Rule{_hash(rule)}"
    return _cut(joined if joined[0].isalpha() else f"Rule{joined}", rule, MAX_REASON, "")


def slug(text: str) -> str:
    """`Terminal shell in container` -> `terminal-shell-in-container`: a valid label value, never empty."""
    joined = "-".join(_words(text)).lower()
    return _cut(joined or f"rule-{_hash(text)}", text, MAX_LABEL)


def label_value(text: str) -> str:
    """The text itself where that is a valid label value, a slug of it where not."""
    return text if text and _LABEL_VALUE.fullmatch(text) else slug(text)


def instance(node: str) -> str:
    """A reportingInstance: 1 to 128 bytes of ASCII."""
    plain = node.encode("ascii", "ignore").decode() or "unknown"
    return _cut(plain, node, MAX_INSTANCE)


def event(subject: str, digest: str) -> str:
    """`<subject>.<digest>`, a valid object name; the subject is cut where it is too long."""
    room = MAX_SUBDOMAIN - len(digest) - 1
    return f"{subject[:room].rstrip('-.')}.{digest}"


def _words(text: str) -> list[str]:
    """ASCII words; letters with marks lose them (É -> E), other scripts are no words here."""
    return _WORD.findall(unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode())


def _cut(name: str, whole: str, limit: int, joint: str = "-") -> str:
    if len(name) <= limit:
        return name
    tail = joint + _hash(whole)
    return name[: limit - len(tail)].rstrip("-_.") + tail


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]

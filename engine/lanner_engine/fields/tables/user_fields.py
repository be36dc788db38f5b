# SPDX-License-Identifier: Apache-2.0
"""Fields of the thread's account: user.*, group.* (specification 7.3).

Names without an entry are the text <NA>, a value like any other (specification 3.1).
"""

from __future__ import annotations

from lanner_engine.fields.field import Field

FIELDS = (
    Field("user.uid", "UINT32", "user id of the thread", "{p}.uid"),
    Field("user.name", "CHARBUF", "its name", "{u}.name", total=True),
    Field("user.homedir", "CHARBUF", "home directory", "{u}.homedir", total=True),
    Field("user.shell", "CHARBUF", "login shell", "{u}.shell", total=True),
    Field("user.loginuid", "INT64", "audit user id, -1 when unset", "{p}.loginuid"),
    Field("user.loginname", "CHARBUF", "its name", "{u}.loginname", total=True),
    Field("group.gid", "UINT32", "group id of the thread", "{p}.gid"),
    Field("group.name", "CHARBUF", "its name", "{e}.group", total=True),
)

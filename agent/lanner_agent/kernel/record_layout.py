# SPDX-License-Identifier: Apache-2.0
"""What bpf/ and user space share: structs, enums, numbers. Made from the object by `make layout`; not to be
edited.

    class OpenFacts      the plain fields of struct open_facts; a struct inside is passed over, an array of
                         numbers is a field for each
    class OpenFactsAt    the offset of every field
    OPEN_FACTS           unpacks an OpenFacts; its size is sizeof(struct open_facts)
    class FileFlag       enum file_flag: FileFlag.CREATED is FILE_CREATED
"""

from __future__ import annotations

import enum
import struct
from typing import Final, NamedTuple, NewType

# A struct text as one number: length << 16 | at. (What bpf/ calls a text in a register is at << 16 | length.)
TextRef = NewType("TextRef", int)

TEXT_KEPT: Final = 1
ANCESTORS: Final = 64
CREATORS: Final = 32
ARGS_MAX: Final = 4096
ENV_MAX: Final = 4095
COMM_LEN: Final = 16
ARGUMENTS: Final = 6
ANONYMOUS_NAME: Final = 12
SCRIPT_SHIFT: Final = 16
RINGS: Final = 65
STRING_BYTES: Final = 180
LONG_BYTES: Final = 1976
STRING_BLOCKS: Final = 3
SHORT_STRING: Final = 540
BUFFERS: Final = 4
INDEX_VARIANTS: Final = 32
INDEX_WORDS: Final = 8
INDEX_ROWS: Final = 8192
INDEX_SLOTS: Final = 16384
INDEX_KEY: Final = 8
ORIGIN_NEW_BIT: Final = 63
ORIGIN_OTHERS: Final = 1
INDEX_QUESTIONS: Final = 6
INDEX_NUMBERS: Final = 16384
INDEX_BYTES: Final = 256
INDEX_FOREBEARS: Final = 8192
INDEX_USERS: Final = 16384
EVENTS: Final = 256
REASONS: Final = 22
LEADERS: Final = 2
CLASSES: Final = 7


class Event(enum.IntEnum):
    """enum event."""

    NONE = 0
    EXECVE = 1
    EXECVEAT = 2
    CLONE = 3
    CLONE3 = 4
    FORK = 5
    VFORK = 6
    PROCEXIT = 7
    OPEN = 8
    OPENAT = 9
    OPENAT2 = 10
    CREAT = 11
    OPEN_BY_HANDLE_AT = 12
    CALLS = 13


class Reason(enum.IntEnum):
    """enum reason."""

    SEEN = 0
    SENT = 1
    RING_FULL = 2
    SCRATCH_BUSY = 3
    COMPAT = 4
    ARGS_CUT = 5
    ARGS_FAULT = 6
    ENV_FAULT = 7
    STRINGS_FULL = 8
    STRINGS_SHARE = 9
    STORAGE_FULL = 10
    PATH_CUT = 11
    RECORD_CUT = 12
    FILE_GONE = 13
    MESSAGES = 14
    NAME_UNSURE = 15
    REQUEST_LATE = 16
    REQUEST_UNKEPT = 17
    REQUEST_ORPHAN = 18
    LINEAGE_CUT = 19
    BEYOND_SHARE = 20
    HELD_BACK = 21


class RecordFlag(enum.IntEnum):
    """enum record_flag."""

    PATH_CUT = 1
    STRINGS_CUT = 2
    NO_EXEC_FACTS = 4
    ARGS_CUT = 8
    ENV_CUT = 16
    IO_URING = 32
    RESULT_UNKNOWN = 64
    ORPHAN = 128


class ExeFlag(enum.IntEnum):
    """enum exe_flag."""

    WRITABLE = 1
    UPPER_LAYER = 2
    FROM_MEMFD = 4
    LOWER_LAYER = 8


class ScriptFlag(enum.IntEnum):
    """enum script_flag."""

    KNOWN = 32768


class FileFlag(enum.IntEnum):
    """enum file_flag."""

    CREATED = 1
    UPPER_LAYER = 2
    LOWER_LAYER = 4
    FROM_MEMFD = 8
    KNOWN = 16


class Fact(enum.IntEnum):
    """enum fact."""

    CWD = 1
    ENV = 2
    LEADERS = 4
    SCRIPT = 8
    STANDARD = 16
    USAGE = 32
    KINDS = 64
    CGROUPS = 128
    NUMBERS = 256


class Leader(enum.IntEnum):
    """enum leader."""

    SESSION = 0
    GROUP = 1


class Creator(enum.IntEnum):
    """enum creator."""

    NAMES = 1
    EXEPATHS = 2
    ARGS = 4


class Outcome(enum.IntEnum):
    """enum outcome."""

    SUCCEEDED = 1
    FAILED = 2
    COUNTED = 4


class Argument(enum.IntEnum):
    """enum argument."""

    NONE = -1
    RESULT = 6


class NameKeeper(enum.IntEnum):
    """enum name_keeper."""

    HOOKS = 0
    LOOKUP = 1
    ENTRIES = 2


class Hierarchy(enum.IntEnum):
    """enum hierarchy."""

    UNIFIED = 0
    PIDS = 1
    MEMORY = 2
    CPU = 3


class ReaderState(enum.IntEnum):
    """enum reader_state."""

    AWAKE = 0
    NAPS = 1
    SLEEPS = 2


class StringPart(enum.IntEnum):
    """enum string_part."""

    EXEPATH = 0
    ARGS = 1
    SCRIPT = 2
    CGROUP = 3


class EventClass(enum.IntEnum):
    """enum event_class."""

    EXEC = 0
    FORK = 1
    EXIT = 2
    OPEN = 3
    PATH = 4
    SOCKET = 5
    OTHER = 6


class Place(enum.IntEnum):
    """enum place."""

    UNKNOWN = 0
    HOST = 1
    CONTAINER = 2


class PathPlace(enum.IntEnum):
    """enum path_place."""

    LAST = 0
    PARENT = 1
    TOP = 2
    SOME = 3
    PLACES = 4


class NameEnd(enum.IntEnum):
    """enum name_end."""

    FIRST = 0
    LAST = 1
    ENDS = 2


class OpenVariant(enum.IntEnum):
    """enum open_variant."""

    FILE = 0
    DIRECTORY = 4
    OTHER = 8
    FAILED = 12
    CREATED = 16


class NumberSource(enum.IntEnum):
    """enum number_source."""

    NONE = 0
    ARGUMENT_0 = 1
    ARGUMENT_1 = 2
    ARGUMENT_2 = 3
    ARGUMENT_3 = 4
    ARGUMENT_4 = 5
    ARGUMENT_5 = 6
    RESULT = 7
    OPEN_MODE = 8
    MADE_FLAGS = 9
    SOCKET_FAMILY = 10
    SOCKET_PROTOCOL = 11
    LOCAL_PORT = 12
    REMOTE_PORT = 13
    LOCAL_ADDRESS = 14
    REMOTE_ADDRESS = 15
    UNIX_NAME = 16
    LOCAL_NET = 17
    REMOTE_NET = 18


class Text(NamedTuple):
    """struct text."""

    at: int
    length: int


class TextAt:
    """Offsets of struct text."""

    at: Final = 0
    length: Final = 2


TEXT: Final = struct.Struct("<2H")


class ProcessFacts(NamedTuple):
    """struct process_facts."""

    start: int
    cgroup_id: int
    exec: int
    pid: int
    tid: int
    uid: int
    gid: int
    loginuid: int
    tty: int
    exe_flags: int
    args: TextRef
    exepath: TextRef
    cgroup: TextRef
    cwd: TextRef
    env: TextRef
    numbers: TextRef
    more: TextRef
    script: TextRef
    comm: bytes


class ProcessFactsAt:
    """Offsets of struct process_facts."""

    start: Final = 0
    cgroup_id: Final = 8
    exec: Final = 16
    pid: Final = 24
    tid: Final = 28
    uid: Final = 32
    gid: Final = 36
    loginuid: Final = 40
    tty: Final = 44
    exe_flags: Final = 48
    args: Final = 52
    exepath: Final = 56
    cgroup: Final = 60
    cwd: Final = 64
    env: Final = 68
    numbers: Final = 72
    more: Final = 76
    script: Final = 80
    comm: Final = 84


PROCESS_FACTS: Final = struct.Struct("<3Q15I16s4x")


class NameFacts(NamedTuple):
    """struct name_facts."""

    dirfd: int
    raw: TextRef
    base: TextRef
    path: TextRef


class NameFactsAt:
    """Offsets of struct name_facts."""

    dirfd: Final = 0
    raw: Final = 4
    base: Final = 8
    path: Final = 12


NAME_FACTS: Final = struct.Struct("<i3I")


class SocketFacts(NamedTuple):
    """struct socket_facts."""

    family: int
    type: int
    protocol: int
    local_port: int
    remote_port: int
    state: int
    bound: int
    local: bytes
    remote: bytes


class SocketFactsAt:
    """Offsets of struct socket_facts."""

    family: Final = 0
    type: Final = 2
    protocol: Final = 4
    local_port: Final = 6
    remote_port: Final = 8
    state: Final = 10
    bound: Final = 11
    local: Final = 12
    remote: Final = 28


SOCKET_FACTS: Final = struct.Struct("<5H2B16s16s")


class DescriptorFacts(NamedTuple):
    """struct descriptor_facts."""

    ino: int
    num: int
    dev: int
    file_flags: int
    file_mode: int
    path: TextRef
    peer: TextRef


class DescriptorFactsAt:
    """Offsets of struct descriptor_facts."""

    ino: Final = 0
    num: Final = 8
    dev: Final = 12
    file_flags: Final = 16
    file_mode: Final = 20
    path: Final = 24
    peer: Final = 28
    socket: Final = 32


DESCRIPTOR_FACTS: Final = struct.Struct("<Qi5I48x")


class CallFacts(NamedTuple):
    """struct call_facts."""

    args_0: int
    args_1: int
    args_2: int
    args_3: int
    args_4: int
    args_5: int
    string: TextRef
    address: TextRef
    buffer: TextRef
    control: TextRef
    size: int
    waiting: int
    waiting_most: int


class CallFactsAt:
    """Offsets of struct call_facts."""

    args: Final = 0
    name: Final = 48
    descriptor: Final = 80
    string: Final = 160
    address: Final = 164
    buffer: Final = 168
    control: Final = 172
    size: Final = 176
    waiting: Final = 180
    waiting_most: Final = 184


CALL_FACTS: Final = struct.Struct("<6Q112x7I4x")


class OpenFacts(NamedTuple):
    """struct open_facts."""

    ino: int
    resolve: int
    flags: int
    mode: int
    dirfd: int
    dev: int
    file_flags: int
    file_mode: int
    path: TextRef
    raw: TextRef
    base: TextRef


class OpenFactsAt:
    """Offsets of struct open_facts."""

    ino: Final = 0
    resolve: Final = 8
    flags: Final = 16
    mode: Final = 20
    dirfd: Final = 24
    dev: Final = 28
    file_flags: Final = 32
    file_mode: Final = 36
    path: Final = 40
    raw: Final = 44
    base: Final = 48


OPEN_FACTS: Final = struct.Struct("<2Q2Ii6I4x")


class ExecEventFacts(NamedTuple):
    """struct exec_event_facts."""

    filename: TextRef


class ExecEventFactsAt:
    """Offsets of struct exec_event_facts."""

    filename: Final = 0


EXEC_EVENT_FACTS: Final = struct.Struct("<I")


class ForkFacts(NamedTuple):
    """struct fork_facts."""

    child_tid: int
    child_pid: int
    child_vtid: int
    flags: int


class ForkFactsAt:
    """Offsets of struct fork_facts."""

    child_tid: Final = 0
    child_pid: Final = 4
    child_vtid: Final = 8
    flags: Final = 12


FORK_FACTS: Final = struct.Struct("<4I")


class ExitFacts(NamedTuple):
    """struct exit_facts."""

    code: int


class ExitFactsAt:
    """Offsets of struct exit_facts."""

    code: Final = 0


EXIT_FACTS: Final = struct.Struct("<i")


class Record(NamedTuple):
    """struct record."""

    size: int
    event: int
    creators: int
    flags: int
    time: int
    result: int
    cpu: int
    own: int
    lineage: TextRef
    candidates: int
    generation: int
    words: TextRef


class RecordAt:
    """Offsets of struct record."""

    size: Final = 0
    event: Final = 4
    creators: Final = 6
    flags: Final = 7
    time: Final = 8
    result: Final = 16
    cpu: Final = 24
    own: Final = 26
    lineage: Final = 28
    candidates: Final = 32
    generation: Final = 40
    words: Final = 44
    process: Final = 48
    call: Final = 152
    open: Final = 152
    exec: Final = 152
    fork: Final = 152
    exit: Final = 152


RECORD: Final = struct.Struct("<IH2BQq2HIQ2I296x")


class ProcessNumbers(NamedTuple):
    """struct process_numbers."""

    pidns_start: int
    cap_inheritable: int
    cap_permitted: int
    cap_effective: int
    exe_ino: int
    exe_ctime: int
    exe_mtime: int
    vpid: int
    vtid: int
    sid: int
    vsid: int
    pgid: int
    vpgid: int
    threads: int
    pid_ns: int


class ProcessNumbersAt:
    """Offsets of struct process_numbers."""

    pidns_start: Final = 0
    cap_inheritable: Final = 8
    cap_permitted: Final = 16
    cap_effective: Final = 24
    exe_ino: Final = 32
    exe_ctime: Final = 40
    exe_mtime: Final = 48
    vpid: Final = 56
    vtid: Final = 60
    sid: Final = 64
    vsid: Final = 68
    pgid: Final = 72
    vpgid: Final = 76
    threads: Final = 80
    pid_ns: Final = 84


PROCESS_NUMBERS: Final = struct.Struct("<7Q8I")


class AncestorFacts(NamedTuple):
    """struct ancestor_facts."""

    start: int
    exec: int
    pid: int
    vpid: int
    args: TextRef
    exepath: TextRef
    comm: bytes
    level: int


class AncestorFactsAt:
    """Offsets of struct ancestor_facts."""

    start: Final = 0
    exec: Final = 8
    pid: Final = 16
    vpid: Final = 20
    args: Final = 24
    exepath: Final = 28
    comm: Final = 32
    level: Final = 47


ANCESTOR_FACTS: Final = struct.Struct("<2Q4I15sB")


class UsageFacts(NamedTuple):
    """struct usage_facts."""

    vm_size: int
    vm_rss: int
    vm_swap: int
    faults_major: int
    faults_minor: int
    descriptors_limit: int
    descriptors: int
    unused: int


class UsageFactsAt:
    """Offsets of struct usage_facts."""

    vm_size: Final = 0
    vm_rss: Final = 8
    vm_swap: Final = 16
    faults_major: Final = 24
    faults_minor: Final = 32
    descriptors_limit: Final = 40
    descriptors: Final = 48
    unused: Final = 52


USAGE_FACTS: Final = struct.Struct("<6Q2I")


class MoreFacts(NamedTuple):
    """struct more_facts."""

    descriptors: TextRef
    cgroups: TextRef


class MoreFactsAt:
    """Offsets of struct more_facts."""

    leader: Final = 0
    standard: Final = 96
    usage: Final = 336
    descriptors: Final = 392
    cgroups: Final = 396


MORE_FACTS: Final = struct.Struct("<392x2I")


class OpenDescriptor(NamedTuple):
    """struct open_descriptor."""

    number: int
    format: int
    family: int
    name: bytes


class OpenDescriptorAt:
    """Offsets of struct open_descriptor."""

    number: Final = 0
    format: Final = 2
    family: Final = 3
    name: Final = 4


OPEN_DESCRIPTOR: Final = struct.Struct("<H2B12s")


class Config(NamedTuple):
    """struct config."""

    wanted: int
    scope: int
    self: int
    ring_count: int
    hierarchy: int
    ring_wake: int
    seconds: int


class ConfigAt:
    """Offsets of struct config."""

    wanted: Final = 0
    scope: Final = 8
    self: Final = 16
    ring_count: Final = 20
    hierarchy: Final = 24
    ring_wake: Final = 28
    seconds: Final = 32


CONFIG: Final = struct.Struct("<2Q5I4x")


class Reads(NamedTuple):
    """struct reads."""

    facts: int
    ancestors: int
    exepaths: int
    args: int
    creators: int


class ReadsAt:
    """Offsets of struct reads."""

    facts: Final = 0
    ancestors: Final = 4
    exepaths: Final = 5
    args: Final = 6
    creators: Final = 7


READS: Final = struct.Struct("<I4B")


class Call(NamedTuple):
    """struct call."""

    event: int
    wanted: int
    descriptor: int
    path_0: int
    path_1: int
    base_0: int
    base_1: int
    string: int
    beside: int
    address: int
    message: int
    messages: int
    buffer: int
    listener: int
    given: int
    before: int
    compat: int
    named: int
    keeper: int
    moves: int
    on_file: int


class CallAt:
    """Offsets of struct call."""

    event: Final = 0
    wanted: Final = 2
    descriptor: Final = 3
    path: Final = 4
    base: Final = 6
    string: Final = 8
    beside: Final = 9
    address: Final = 10
    message: Final = 11
    messages: Final = 12
    buffer: Final = 13
    listener: Final = 14
    given: Final = 15
    before: Final = 16
    compat: Final = 17
    named: Final = 18
    keeper: Final = 19
    moves: Final = 20
    on_file: Final = 21


CALL: Final = struct.Struct("<HB12b7B")


class Scanned(NamedTuple):
    """struct scanned."""

    exec: int
    args: int
    pid: int
    most: int


class ScannedAt:
    """Offsets of struct scanned."""

    exec: Final = 0
    args: Final = 8
    pid: Final = 16
    most: Final = 20


SCANNED: Final = struct.Struct("<2Q2I")


class StringKey(NamedTuple):
    """struct string_key."""

    exec: int
    part: int
    index_: int


class StringKeyAt:
    """Offsets of struct string_key."""

    exec: Final = 0
    part: Final = 8
    index_: Final = 12


STRING_KEY: Final = struct.Struct("<Q2I")


class StringBlock(NamedTuple):
    """struct string_block."""

    total: int
    bytes_: bytes


class StringBlockAt:
    """Offsets of struct string_block."""

    total: Final = 0
    bytes_: Final = 4


STRING_BLOCK: Final = struct.Struct("<I180s")


class LongBlock(NamedTuple):
    """struct long_block."""

    bytes_: bytes


class LongBlockAt:
    """Offsets of struct long_block."""

    bytes_: Final = 0


LONG_BLOCK: Final = struct.Struct("<1976s")


class ExecFacts(NamedTuple):
    """struct exec_facts."""

    users: int
    exe_flags: int
    args_cut: int
    passing: int
    blocks: int
    long_blocks: int
    origin: int
    exe_ino: int
    exe_ctime: int
    exe_mtime: int


class ExecFactsAt:
    """Offsets of struct exec_facts."""

    users: Final = 0
    exe_flags: Final = 8
    args_cut: Final = 12
    passing: Final = 13
    blocks: Final = 14
    long_blocks: Final = 15
    origin: Final = 16
    exe_ino: Final = 24
    exe_ctime: Final = 32
    exe_mtime: Final = 40


EXEC_FACTS: Final = struct.Struct("<qI4B4Q")


class Image(NamedTuple):
    """struct image."""

    exec: int
    comm: bytes


class ImageAt:
    """Offsets of struct image."""

    exec: Final = 0
    comm: Final = 8


IMAGE: Final = struct.Struct("<Q16s")


class BufferOwners(NamedTuple):
    """struct buffer_owners."""

    thread_0: int
    thread_1: int
    thread_2: int
    thread_3: int


class BufferOwnersAt:
    """Offsets of struct buffer_owners."""

    thread: Final = 0


BUFFER_OWNERS: Final = struct.Struct("<4Q")


class IndexRow(NamedTuple):
    """struct index_row."""

    word_0: int
    word_1: int
    word_2: int
    word_3: int
    word_4: int
    word_5: int
    word_6: int
    word_7: int


class IndexRowAt:
    """Offsets of struct index_row."""

    word: Final = 0


INDEX_ROW: Final = struct.Struct("<8Q")


class IndexSlot(NamedTuple):
    """struct index_slot."""

    row_0: int
    row_1: int
    row_2: int
    row_3: int


class IndexSlotAt:
    """Offsets of struct index_slot."""

    row: Final = 0


INDEX_SLOT: Final = struct.Struct("<4H")


class IndexTextHead(NamedTuple):
    """struct index_text_head."""

    free_0: int
    free_1: int
    free_2: int
    free_3: int
    prefixes: bytes
    suffixes: bytes


class IndexTextHeadAt:
    """Offsets of struct index_text_head."""

    free: Final = 0
    prefixes: Final = 8
    suffixes: Final = 12


INDEX_TEXT_HEAD: Final = struct.Struct("<4H4s4s")


class IndexEvent(NamedTuple):
    """struct index_event."""

    folded: int
    row: int
    event_class: int
    unused: int


class IndexEventAt:
    """Offsets of struct index_event."""

    folded: Final = 0
    row: Final = 8
    event_class: Final = 10
    unused: Final = 12


INDEX_EVENT: Final = struct.Struct("<Q2HI")


class IndexNameKey(NamedTuple):
    """struct index_name_key."""

    comm: bytes
    half: int


class IndexNameKeyAt:
    """Offsets of struct index_name_key."""

    comm: Final = 0
    half: Final = 16


INDEX_NAME_KEY: Final = struct.Struct("<16sI")


class IndexName(NamedTuple):
    """struct index_name."""

    as_name_0: int
    as_name_1: int
    as_name_2: int
    as_name_3: int
    as_name_4: int
    as_name_5: int
    as_name_6: int
    as_parent_0: int
    as_parent_1: int
    as_parent_2: int
    as_parent_3: int
    as_parent_4: int
    as_parent_5: int
    as_parent_6: int


class IndexNameAt:
    """Offsets of struct index_name."""

    as_name: Final = 0
    as_parent: Final = 14


INDEX_NAME: Final = struct.Struct("<14H")


class IndexHead(NamedTuple):
    """struct index_head."""

    folded_free_0: int
    folded_free_1: int
    folded_free_2: int
    folded_free_3: int
    folded_parts_0: int
    folded_parts_1: int
    folded_parts_2: int
    folded_parts_3: int
    folded_dotted: int
    words_0: int
    words_1: int
    words_2: int
    words_3: int
    words_4: int
    words_5: int
    words_6: int
    host_0: int
    host_1: int
    host_2: int
    host_3: int
    host_4: int
    host_5: int
    host_6: int
    container_0: int
    container_1: int
    container_2: int
    container_3: int
    container_4: int
    container_5: int
    container_6: int
    free_0: int
    free_1: int
    free_2: int
    free_3: int
    urgent_0: int
    urgent_1: int
    urgent_2: int
    urgent_3: int
    urgent_4: int
    urgent_5: int
    urgent_6: int
    undotted: int
    prefixes: bytes
    suffixes: bytes


class IndexHeadAt:
    """Offsets of struct index_head."""

    folded_free: Final = 0
    folded_parts: Final = 32
    folded_dotted: Final = 64
    words: Final = 72
    host: Final = 100
    container: Final = 114
    other_name: Final = 128
    free: Final = 156
    urgent: Final = 164
    undotted: Final = 178
    prefixes: Final = 180
    suffixes: Final = 184


INDEX_HEAD: Final = struct.Struct("<9Q7I14H28x12H4s4s4x")


class IndexForebear(NamedTuple):
    """struct index_forebear."""

    some_0: int
    some_1: int
    some_2: int
    some_3: int
    some_4: int
    some_5: int
    some_6: int
    none_0: int
    none_1: int
    none_2: int
    none_3: int
    none_4: int
    none_5: int
    none_6: int


class IndexForebearAt:
    """Offsets of struct index_forebear."""

    some: Final = 0
    none: Final = 56


INDEX_FOREBEAR: Final = struct.Struct("<14Q")


class IndexUserKey(NamedTuple):
    """struct index_user_key."""

    half: int
    login: int
    id: int


class IndexUserKeyAt:
    """Offsets of struct index_user_key."""

    half: Final = 0
    login: Final = 4
    id: Final = 8


INDEX_USER_KEY: Final = struct.Struct("<3I")


class IndexUser(NamedTuple):
    """struct index_user."""

    host_0: int
    host_1: int
    host_2: int
    host_3: int
    host_4: int
    host_5: int
    host_6: int
    container_0: int
    container_1: int
    container_2: int
    container_3: int
    container_4: int
    container_5: int
    container_6: int


class IndexUserAt:
    """Offsets of struct index_user."""

    host: Final = 0
    container: Final = 56


INDEX_USER: Final = struct.Struct("<14Q")


class IndexActors(NamedTuple):
    """struct index_actors."""

    free_0: int
    free_1: int
    free_2: int
    free_3: int
    free_4: int
    free_5: int
    free_6: int
    terminal_0: int
    terminal_1: int
    terminal_2: int
    terminal_3: int
    terminal_4: int
    terminal_5: int
    terminal_6: int
    no_terminal_0: int
    no_terminal_1: int
    no_terminal_2: int
    no_terminal_3: int
    no_terminal_4: int
    no_terminal_5: int
    no_terminal_6: int
    asks_forebears_0: int
    asks_forebears_1: int
    asks_forebears_2: int
    asks_forebears_3: int
    asks_forebears_4: int
    asks_forebears_5: int
    asks_forebears_6: int
    asks_user_0: int
    asks_user_1: int
    asks_user_2: int
    asks_user_3: int
    asks_user_4: int
    asks_user_5: int
    asks_user_6: int
    asks_login_0: int
    asks_login_1: int
    asks_login_2: int
    asks_login_3: int
    asks_login_4: int
    asks_login_5: int
    asks_login_6: int
    asks_terminal_0: int
    asks_terminal_1: int
    asks_terminal_2: int
    asks_terminal_3: int
    asks_terminal_4: int
    asks_terminal_5: int
    asks_terminal_6: int
    shared_0: int
    shared_1: int
    shared_2: int
    shared_3: int
    shared_4: int
    shared_5: int
    shared_6: int


class IndexActorsAt:
    """Offsets of struct index_actors."""

    other_user: Final = 0
    other_login: Final = 112
    free: Final = 224
    terminal: Final = 280
    no_terminal: Final = 336
    asks_forebears: Final = 392
    asks_user: Final = 448
    asks_login: Final = 504
    asks_terminal: Final = 560
    shared: Final = 616


INDEX_ACTORS: Final = struct.Struct("<224x56Q")


class TurnedAwayKey(NamedTuple):
    """struct turned_away_key."""

    origin: int
    event: int
    unused: int


class TurnedAwayKeyAt:
    """Offsets of struct turned_away_key."""

    origin: Final = 0
    event: Final = 8
    unused: Final = 12


TURNED_AWAY_KEY: Final = struct.Struct("<Q2I")


class CgroupPath(NamedTuple):
    """struct cgroup_path."""

    length: int
    bytes_: bytes


class CgroupPathAt:
    """Offsets of struct cgroup_path."""

    length: Final = 0
    bytes_: Final = 4


CGROUP_PATH: Final = struct.Struct("<I508s")


class IndexQuestion(NamedTuple):
    """struct index_question."""

    mask: int
    source: int
    table: int
    free: int
    other: int
    some: int
    unused_0: int
    unused_1: int
    unused_2: int


class IndexQuestionAt:
    """Offsets of struct index_question."""

    mask: Final = 0
    source: Final = 8
    table: Final = 10
    free: Final = 12
    other: Final = 14
    some: Final = 16
    unused: Final = 18


INDEX_QUESTION: Final = struct.Struct("<Q8H")


class IndexNumberKey(NamedTuple):
    """struct index_number_key."""

    number_0: int
    number_1: int
    table: int
    half: int


class IndexNumberKeyAt:
    """Offsets of struct index_number_key."""

    number: Final = 0
    table: Final = 16
    half: Final = 20


INDEX_NUMBER_KEY: Final = struct.Struct("<2Q2I")

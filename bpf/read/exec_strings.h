/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The paths, arguments and scripts of execs, in blocks: strings[exec, part, n].
 */
#ifndef LANNER_READ_EXEC_STRINGS_H
#define LANNER_READ_EXEC_STRINGS_H

#include "base/append.h"
#include "wire/execs.h"

/* The paths and arguments of execs, or their first blocks. Full, this one and the next take 64 MiB. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STRINGS_MOST);
	__type(key, struct string_key);
	__type(value, struct string_block);
} strings SEC(".maps") __weak;

/* The second and third block of long ones. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LONG_STRINGS_MOST);
	__type(key, struct string_key);
	__type(value, struct long_block);
} long_strings SEC(".maps") __weak;

/*
 * Stores length bytes as one string. The path comes from this CPU's path buffer, from being where it starts
 * there; arguments come from the user memory of current at from. 0, -1: no room, -2: memory that was not
 * there.
 */
extern int strings__store(__u64 exec, __u32 part, __u64 from, __u32 length);
/* Appends a string of an exec to this CPU's record: (offset << 16 | length). */
extern __u64 record__append_string(__u64 exec, __u32 part);

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names every type that user space shares, so that its layout is in the object's BTF, where a test compares
 * it with agent/lanner_agent/kernel/layout.py. Nothing reads the variable.
 */
#include "wire/config.h"
#include "wire/execs.h"

#include <bpf/bpf_helpers.h>

struct shared_layout {
	struct record record;
	struct more_facts more_facts;
	struct open_descriptor open_descriptor;
	struct config config;
	struct call call;
	struct scanned scanned;
	struct string_key string_key;
	struct string_block string_block;
	struct long_block long_block;
	enum event event;
	enum reason reason;
	enum record_flag record_flag;
	enum exe_flag exe_flag;
	enum script_flag script_flag;
	enum file_flag file_flag;
	enum fact fact;
	enum leader leader;
	enum outcome outcome;
	enum argument argument;
	enum hierarchy hierarchy;
	enum string_part string_part;
};

struct shared_layout *shared_layout;

/* Of which headers it was built: the loader compares, where it has the headers too. In no map. */
char layout_mark[] SEC("lanner.layout") = "lanner-layout:" LAYOUT_MARK;

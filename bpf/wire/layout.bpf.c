// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names every type and number that user space shares, so that they are in the object's BTF: from there
 * `make layout` writes agent/lanner_agent/kernel/record_layout.py. Nothing reads the variable.
 */
#include "wire/config.h"
#include "wire/execs.h"
#include "wire/fairness.h"
#include "wire/index.h"

#include <bpf/bpf_helpers.h>

/* Macros are not in BTF, enumerators are. */
enum constant {
	CONSTANT_TEXT_KEPT = TEXT_KEPT,
	CONSTANT_ANCESTORS = ANCESTORS,
	CONSTANT_CREATORS = CREATORS,
	CONSTANT_ARGS_MAX = ARGS_MAX,
	CONSTANT_ENV_MAX = ENV_MAX,
	CONSTANT_COMM_LEN = COMM_LEN,
	CONSTANT_ARGUMENTS = ARGUMENTS,
	CONSTANT_ANONYMOUS_NAME = ANONYMOUS_NAME,
	CONSTANT_SCRIPT_SHIFT = SCRIPT_SHIFT,
	CONSTANT_RINGS = RINGS,
	CONSTANT_STRING_BYTES = STRING_BYTES,
	CONSTANT_LONG_BYTES = LONG_BYTES,
	CONSTANT_STRING_BLOCKS = STRING_BLOCKS,
	CONSTANT_SHORT_STRING = SHORT_STRING,
	CONSTANT_BUFFERS = BUFFERS,
	CONSTANT_INDEX_VARIANTS = INDEX_VARIANTS,
	CONSTANT_INDEX_WORDS = INDEX_WORDS,
	CONSTANT_INDEX_ROWS = INDEX_ROWS,
	CONSTANT_INDEX_SLOTS = INDEX_SLOTS,
	CONSTANT_INDEX_KEY = INDEX_KEY,
	CONSTANT_ORIGIN_NEW_BIT = ORIGIN_NEW_BIT,
	CONSTANT_ORIGIN_OTHERS = ORIGIN_OTHERS,
	CONSTANT_INDEX_QUESTIONS = INDEX_QUESTIONS,
	CONSTANT_INDEX_NUMBERS = INDEX_NUMBERS,
	CONSTANT_INDEX_BYTES = INDEX_BYTES,
	CONSTANT_INDEX_FOREBEARS = INDEX_FOREBEARS,
	CONSTANT_INDEX_USERS = INDEX_USERS,
};

struct shared_layout {
	enum constant constant;
	struct record record;
	struct process_numbers process_numbers;
	struct more_facts more_facts;
	struct open_descriptor open_descriptor;
	struct config config;
	struct reads reads;
	struct call call;
	struct scanned scanned;
	struct string_key string_key;
	struct string_block string_block;
	struct long_block long_block;
	struct exec_facts exec_facts;
	struct image image;
	struct buffer_owners buffer_owners;
	struct index_row index_row;
	struct index_slot index_slot;
	struct index_text_head index_text_head;
	struct index_event index_event;
	struct index_name_key index_name_key;
	struct index_head index_head;
	struct index_forebear index_forebear;
	struct index_user_key index_user_key;
	struct index_actors index_actors;
	struct turned_away_key turned_away_key;
	struct cgroup_path cgroup_path;
	struct index_question index_question;
	struct index_number_key index_number_key;
	enum event event;
	enum reason reason;
	enum record_flag record_flag;
	enum exe_flag exe_flag;
	enum script_flag script_flag;
	enum file_flag file_flag;
	enum fact fact;
	enum leader leader;
	enum creator creator;
	enum outcome outcome;
	enum argument argument;
	enum name_keeper name_keeper;
	enum hierarchy hierarchy;
	enum reader_state reader_state;
	enum string_part string_part;
	enum event_class event_class;
	enum place place;
	enum path_place path_place;
	enum name_end name_end;
	enum open_variant open_variant;
	enum number_source number_source;
};

struct shared_layout *shared_layout;

/* Of which headers it was built: the loader compares, where it has the headers too. In no map. */
char layout_mark[] SEC("lanner.layout") = "lanner-layout:" LAYOUT_MARK;

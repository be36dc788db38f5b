// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The names in texts, one after the other, and the rows of the index that they have at their places. */
#include "index/texts.h"

#include "index/name_keys.h"
#include "read/path.h"

#define TEXT_PIECE  16 /* bytes that the verifier looks at each by itself; fewer make more calls */
#define CLASS_SHIFT 40 /* so that names of two classes seldom share a slot */

static __always_inline struct index_text_head *text_head__get(__u32 half, __u32 event_class)
{
	__u32 number = (half & 1) * CLASSES + event_class;

	return bpf_map_lookup_elem(&index_text_heads, &number);
}

int texts__begin(const struct index_live *live, __u32 event_class)
{
	struct index_text_head *head = live ? text_head__get(live->generation, event_class) : 0;
	struct index_texts *texts;
	struct index_row *free;
	__u32 asked = 0;
	int place, i;

	if (!head || !live->words)
		return 0;
	for (place = 0; place < PATH_PLACES; place++) {
		free = index__row(live->generation, head->free[place]);
		if (free && live__asks(live, free))
			asked |= 1 << place;
	}
	if (!asked || !buffers__take())
		return 0;
	texts = texts__get();
	if (!texts) {
		buffers__release();
		return 0;
	}
	texts->asked = asked;
	texts->unknown = 0;
	texts->event_class = event_class;
	texts->half = live->generation;
	texts->words = live->words;
	for (place = 0; place < PATH_PLACES; place++) {
		free = index__row(live->generation, head->free[place]);
		for (i = 0; free && i < INDEX_WORDS; i++)
			texts->place[place].word[i] = free->word[i];
	}
	return 1;
}

/* The clauses that ask for this at a place. */
static __always_inline void texts__add_key(struct index_texts *texts, __u32 place, __u64 text, __u64 length,
					   __u64 hash)
{
	struct index_slot *slot;
	struct index_row *row;
	__u32 number, i;

	number = ((text ^ length << 56 ^ (__u64)texts->mixed_in << CLASS_SHIFT) * hash) >> HASH_SHIFT;
	number = (number & (INDEX_SLOTS - 1)) + (texts->half & 1) * INDEX_SLOTS;
	slot = bpf_map_lookup_elem(&index_text_slots, &number);
	place &= PATH_PLACES - 1;
	if (!slot || !slot->row[place])
		return;
	row = index__row(texts->half, slot->row[place]);
	for (i = 0; row && i < INDEX_WORDS; i++)
		texts->place[place].word[i] |= row->word[i];
}

/* A name by its beginnings and ends, of as many bytes as some clause asks for. */
static __always_inline void texts__add_parts(struct index_texts *texts, const struct index_text_head *head,
					     const struct text_name *name, __u32 place)
{
	__u64 size, bits;

	for (size = 1; size <= INDEX_KEY; size++) {
		bits = 8 * (INDEX_KEY - size);
		if (size > name->length)
			break;
		if (head->prefixes[place] >> (size - 1) & 1)
			texts__add_key(texts, place, name->first << bits >> bits, size, HASH_PREFIX);
		if (head->suffixes[place] >> (size - 1) & 1)
			texts__add_key(texts, place, name->last >> bits, size, HASH_SUFFIX);
	}
}

/* The name that is read at a place, or, at the parent's, the one before it. */
__noinline int texts__add_name(__u32 place)
{
	struct index_texts *texts = texts__get();
	struct index_text_head *head;
	struct text_name name;

	place &= PATH_PLACES - 1;
	if (!texts || !(texts->asked >> place & 1))
		return 0;
	head = text_head__get(texts->half, texts->event_class);
	if (!head)
		return 0;
	name = place == PATH_PARENT ? texts->before : texts->name;
	texts__add_key(texts, place, name.first, name.length, HASH_EXACT);
	if (head->prefixes[place] || head->suffixes[place])
		texts__add_parts(texts, head, &name, place);
	return 0;
}

static __always_inline int name__is_dotted(const struct text_name *name)
{
	return !name->length || (name->length == 1 && name->first == '.') ||
	       (name->length == 2 && name->first == ('.' | '.' << 8));
}

static __always_inline void name__clear(struct text_name *name)
{
	name->first = 0;
	name->last = 0;
	name->length = 0;
}

/* A name is over, and another one follows. The first that is not empty is the top. */
static __always_inline void texts__next_name(struct index_texts *texts)
{
	texts->dotted |= name__is_dotted(&texts->name);
	if (!texts->count && texts->name.length)
		texts__add_name(PATH_TOP);
	texts->count += texts->name.length != 0;
	texts__add_name(PATH_SOME);
	texts->before = texts->name;
	name__clear(&texts->name);
}

static __always_inline void texts__add_byte(struct index_texts *texts, __u64 byte)
{
	struct text_name *name = &texts->name;

	if (name->length < INDEX_KEY)
		name->first |= byte << (name->length & 7) * 8;
	name->last = name->last >> 8 | byte << 56;
	name->length++;
}

/* A piece of the text that lies in the workspace; 1: its end. */
static long texts__step(__u64 index, __u32 *size)
{
	struct index_texts *texts = texts__get();
	__u32 i, at = (index & (TEXT_MOST / TEXT_PIECE - 1)) * TEXT_PIECE;
	__u8 byte;

	if (!texts)
		return 1;
	for (i = 0; i < TEXT_PIECE; i++, at++) {
		byte = texts->bytes[at & (TEXT_MOST - 1)];
		if (at >= *size || !byte)
			return 1;
		if (byte != '/')
			texts__add_byte(texts, byte);
		else if (at)
			texts__next_name(texts);
	}
	return 0;
}

/* The places of which a text says nothing that has this meaning. */
static __always_inline __u32 texts__unknown(const struct index_texts *texts, enum text_meaning meaning)
{
	if (meaning != TEXT_MEANT)
		return 0;
	if (name__is_dotted(&texts->name))
		return TEXT_PLACES;
	return texts->dotted ? TEXT_ABOVE : 0;
}

/* The last name of a text. That of a folder stands before the last of what is joined to it. */
static __always_inline void texts__end(struct index_texts *texts, enum text_meaning meaning)
{
	texts__add_name(PATH_SOME);
	if (!texts->count && texts->name.length)
		texts__add_name(PATH_TOP);
	if (meaning == TEXT_FOLDER)
		texts->before = texts->name;
	else
		texts__add_name(PATH_LAST);
	if (meaning == TEXT_FOLDER || texts->count || !texts->relative)
		texts__add_name(PATH_PARENT);
}

int texts__add(__u32 size, enum text_meaning meaning)
{
	struct index_texts *texts = texts__get();

	if (!texts)
		return 0;
	if (size >= TEXT_MOST)
		return texts__miss(TEXT_PLACES);
	name__clear(&texts->name);
	name__clear(&texts->before);
	texts->mixed_in = meaning == TEXT_EXECUTABLE ? CLASSES : texts->event_class;
	texts->count = 0;
	texts->dotted = 0;
	texts->relative = !size || texts->bytes[0] != '/';
	bpf_loop(TEXT_MOST / TEXT_PIECE, texts__step, &size, 0);
	texts__end(texts, meaning);
	return texts__miss(texts__unknown(texts, meaning));
}

int texts__miss(__u32 places)
{
	struct index_texts *texts = texts__get();

	if (texts)
		texts->unknown |= places;
	return 0;
}

int texts__add_user(__u64 text, enum text_meaning meaning)
{
	struct index_texts *texts = texts__get();
	long size;

	if (!texts)
		return 0;
	size = bpf_probe_read_user_str(texts->bytes, TEXT_MOST, (void *)text);
	if (size >= 0)
		return texts__add(size, meaning);
	return text ? texts__miss(TEXT_PLACES) : 0;
}

/* Puts a path into the workspace: its length, or 0: it is longer than looked at, or what is in no tree, which
 * has another name in user space. */
static __always_inline __u32 texts__read_path(struct index_texts *texts, __u64 dentry, __u64 vfsmount)
{
	struct path_span span = path__at(dentry, vfsmount, bpf_get_current_task_btf()->fs);
	struct path_buffer *path = path__buffer();
	__u32 length = span.length;

	if (!path || span.cut || !length || length >= TEXT_MOST - 1)
		return 0;
	barrier_var(length); /* or the compiler drops the mask that the verifier of 6.1 needs */
	length &= TEXT_MOST - 1;
	if (bpf_probe_read_kernel(texts->bytes, length, &path->bytes[span.start & (PATH_BUFFER - 1)]))
		return 0;
	return texts->bytes[0] == '/' ? length : 0;
}

int texts__add_path(__u64 dentry, __u64 vfsmount, enum text_meaning meaning)
{
	struct index_texts *texts = texts__get();
	__u32 length = texts ? texts__read_path(texts, dentry, vfsmount) : 0;

	return length ? texts__add(length, meaning) : texts__miss(TEXT_PLACES);
}

int texts__add_cwd(void)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;
	struct index_texts *texts = texts__get();
	__u32 length;

	if (!texts || !fs)
		return texts__miss(TEXT_PLACES);
	length = texts__read_path(texts, (__u64)BPF_CORE_READ(fs, pwd.dentry),
				  (__u64)BPF_CORE_READ(fs, pwd.mnt));
	if (!length)
		return texts__miss(TEXT_PLACES);
	if (length > 1) {
		barrier_var(length);
		texts->bytes[length++ & (TEXT_MOST - 1)] = '/';
	}
	return texts__add(length, TEXT_ITSELF);
}

int texts__keep(struct index_live *live)
{
	struct index_texts *texts = texts__get();
	int left = 1;
	int place;

	if (!texts || !live)
		return 1;
	for (place = 0; place < PATH_PLACES; place++) {
		if (texts->asked & ~texts->unknown & 1 << place)
			left = live__keep(live, &texts->place[place]);
		if (!left)
			break;
	}
	buffers__release();
	return left;
}

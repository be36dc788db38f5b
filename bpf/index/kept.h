/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Texts that need not be read from user memory: names that the kernel's hooks or a request kept, paths of
 * files.
 */
#ifndef LANNER_INDEX_KEPT_H
#define LANNER_INDEX_KEPT_H

#include "index/texts.h"
#include "names/names.h"

/* A name as it was kept, by its first block. */
static __always_inline void texts__add_block(const struct name_block *block, enum text_meaning meaning)
{
	struct index_texts *texts = texts__get();
	__u32 length = block->total & LENGTH_MASK;

	if (!texts)
		return;
	if (block->total & NAME_CUT || length >= TEXT_MOST - 1) {
		texts__miss(TEXT_PLACES);
		return;
	}
	bpf_probe_read_kernel(texts->bytes, TEXT_MOST, block->bytes);
	texts__add(length, meaning);
}

/* The folder that the text before is in, when that is relative: this descriptor's. Of a call that makes it
 * the working directory the folder is the path itself by now. */
extern int texts__add_folder(__s32 number, enum text_meaning meaning);

static __always_inline void texts__add_file(struct file *file, enum text_meaning meaning)
{
	if (file)
		texts__add_path((__u64)BPF_CORE_READ(file, f_path.dentry),
				(__u64)BPF_CORE_READ(file, f_path.mnt), meaning);
	else /* closed meanwhile */
		texts__miss(TEXT_PLACES);
}

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Folders that relative names are in: a global function, verified once for all its callers. */
#include "index/kept.h"

#include "read/descriptor.h"

int texts__add_folder(__s32 number, enum text_meaning meaning)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;
	struct index_texts *texts = texts__get();

	if (!texts || !texts->relative)
		return 0;
	if (number != AT_FDCWD)
		texts__add_file((void *)descriptor__file(number), meaning);
	else if (fs)
		texts__add_path((__u64)BPF_CORE_READ(fs, pwd.dentry), (__u64)BPF_CORE_READ(fs, pwd.mnt),
				meaning);
	else
		texts__miss(TEXT_PLACES);
	return 0;
}

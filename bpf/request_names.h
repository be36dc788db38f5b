/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's copies of the names that a request was given, from its submission until it is carried out.
 */
#ifndef LANNER_REQUEST_NAMES_H
#define LANNER_REQUEST_NAMES_H

#include "names.h"
#include "request.h"

static __always_inline struct filename *name__of_open(__u64 command)
{
	const struct io_open *plain = (void *)command;
	const struct io_open___delayed *delayed = (void *)command;

	if (bpf_core_field_exists(plain->filename))
		return BPF_CORE_READ(plain, filename);
	return BPF_CORE_READ(delayed, filename.__incomplete_filename);
}

static __always_inline struct filename *name__of_unlink(__u64 command)
{
	const struct io_unlink *plain = (void *)command;
	const struct io_unlink___delayed *delayed = (void *)command;

	if (bpf_core_field_exists(plain->filename))
		return BPF_CORE_READ(plain, filename);
	return BPF_CORE_READ(delayed, filename.__incomplete_filename);
}

static __always_inline struct filename *name__of_mkdir(__u64 command)
{
	const struct io_mkdir *plain = (void *)command;
	const struct io_mkdir___delayed *delayed = (void *)command;

	if (bpf_core_field_exists(plain->filename))
		return BPF_CORE_READ(plain, filename);
	return BPF_CORE_READ(delayed, filename.__incomplete_filename);
}

static __always_inline struct filename *name__of_rename(__u64 command, int new)
{
	const struct io_rename *plain = (void *)command;
	const struct io_rename___delayed *delayed = (void *)command;

	if (bpf_core_field_exists(plain->oldpath))
		return new ? BPF_CORE_READ(plain, newpath) : BPF_CORE_READ(plain, oldpath);
	return new ? BPF_CORE_READ(delayed, newpath.__incomplete_filename)
		   : BPF_CORE_READ(delayed, oldpath.__incomplete_filename);
}

static __always_inline struct filename *name__of_link(__u64 command, int new)
{
	const struct io_link *plain = (void *)command;
	const struct io_link___delayed *delayed = (void *)command;

	if (bpf_core_field_exists(plain->oldpath))
		return new ? BPF_CORE_READ(plain, newpath) : BPF_CORE_READ(plain, oldpath);
	return new ? BPF_CORE_READ(delayed, newpath.__incomplete_filename)
		   : BPF_CORE_READ(delayed, oldpath.__incomplete_filename);
}

/* With this CPU's path buffer. */
static __always_inline void request__keep_name(__u64 req, __u32 part, struct filename *name)
{
	names__keep_text(req, part | NAME_OF_REQUEST, (__u64)BPF_CORE_READ(name, name));
}

static __always_inline void request__keep_names(__u64 req, __u32 opcode)
{
	__u64 command = request__command(req);

	switch (opcode) {
	case REQUEST_OPENAT:
	case REQUEST_OPENAT2:
		request__keep_name(req, NAME_WRITTEN, name__of_open(command));
		break;
	case REQUEST_UNLINKAT:
		request__keep_name(req, NAME_WRITTEN, name__of_unlink(command));
		break;
	case REQUEST_MKDIRAT:
		request__keep_name(req, NAME_WRITTEN, name__of_mkdir(command));
		break;
	case REQUEST_RENAMEAT:
		request__keep_name(req, NAME_WRITTEN, name__of_rename(command, 0));
		request__keep_name(req, NAME_WRITTEN + 1, name__of_rename(command, 1));
		break;
	case REQUEST_LINKAT:
		request__keep_name(req, NAME_WRITTEN, name__of_link(command, 0));
		request__keep_name(req, NAME_WRITTEN + 1, name__of_link(command, 1));
		break;
	case REQUEST_SYMLINKAT:
		request__keep_name(req, NAME_STRING, name__of_link(command, 0));
		request__keep_name(req, NAME_WRITTEN, name__of_link(command, 1));
		break;
	}
}

#endif

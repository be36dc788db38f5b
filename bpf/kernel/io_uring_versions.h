/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What differs between kernels in io_uring, each in one function.
 */
#ifndef LANNER_KERNEL_IO_URING_VERSIONS_H
#define LANNER_KERNEL_IO_URING_VERSIONS_H

#include "kernel/io_uring_types.h"
#include "kernel/kernel_versions.h"

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

/* Whether a 32-bit program made the ring; where that is a flag among others, how the task called. */
static __always_inline __u32 request__is_compat(__u64 req)
{
	struct io_ring_ctx *ring = BPF_CORE_READ((struct io_kiocb *)req, ctx);

	if (bpf_core_field_exists(ring->compat))
		return BPF_CORE_READ_BITFIELD_PROBED(ring, compat);
	return task__in_compat_call(bpf_get_current_task_btf()) != 0;
}

/* Whether a ring lists what was carried out and is not told yet as it does since v6.0. */
static __always_inline int ring__lists_done(void)
{
	return bpf_core_field_exists(((struct io_ring_ctx *)0)->submit_state.compl_reqs.first) &&
	       bpf_core_field_exists(((struct io_kiocb *)0)->comp_list.next);
}

/* The file at a place among the ring's own. */
static __always_inline struct file *ring__file(struct io_ring_ctx *ring, __u32 slot)
{
	struct io_file_table___array *old = (void *)&ring->file_table;
	struct io_fixed_file *files;
	struct io_rsrc_node **nodes, *node = 0;
	__u64 file = 0;

	if (bpf_core_field_exists(ring->file_table.data.nodes)) {
		if (slot >= BPF_CORE_READ(ring, file_table.data.nr))
			return 0;
		nodes = BPF_CORE_READ(ring, file_table.data.nodes);
		bpf_probe_read_kernel(&node, sizeof(node), nodes + slot);
		file = node ? BPF_CORE_READ(node, file_ptr) : 0;
	} else {
		files = BPF_CORE_READ(old, files);
		bpf_probe_read_kernel(&file, sizeof(file),
				      (void *)files + slot * bpf_core_type_size(struct io_fixed_file));
	}
	return (struct file *)(file & ~7ULL); /* the lowest bits are flags */
}

static __always_inline struct task_struct *request__submitter(__u64 req)
{
	const struct io_kiocb___tctx *by_context = (void *)req;
	const struct io_kiocb___task *by_task = (void *)req;

	if (bpf_core_field_exists(by_context->tctx))
		return BPF_CORE_READ(by_context, tctx, task);
	return BPF_CORE_READ(by_task, task);
}

/* Whom a request sends to; copied: the address is in the kernel's memory. */
struct destination {
	const void *address;
	__u32 length;
	__u32 copied;
};

/* Kernels since v6.13 copy it when the request is submitted. */
static __always_inline struct destination request__destination(__u64 req)
{
	const struct io_kiocb *request = (void *)req;
	const struct io_sr_msg___addr *given = (void *)(req + bpf_core_field_offset(struct io_kiocb, cmd));
	const struct io_async_msghdr *copied = BPF_CORE_READ(request, async_data);
	struct destination to = {};

	if (bpf_core_field_exists(given->addr)) {
		to.address = BPF_CORE_READ(given, addr);
		to.length = BPF_CORE_READ(given, addr_len);
	} else if (copied) {
		to.address = BPF_CORE_READ(copied, msg.msg_name);
		to.length = BPF_CORE_READ(copied, msg.msg_namelen);
		to.copied = 1;
	}
	return to;
}

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What tests/kernel needs: records of chosen sizes and bytes, a per-CPU value, an iterator.
 * Writing `settings` is itself the system call at whose end the one record is written.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct task_struct {
	int tgid;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};
#pragma clang attribute pop

#define LONGEST 1023 /* a mask, which shows the verifier the bound */

enum what { OUTPUT, DISCARD };

struct settings {
	__u32 tid;    /* of the writing thread: others of its process end system calls meanwhile */
	__u32 length; /* of the next record, 16 to LONGEST */
	__u32 what;
	__u32 failed; /* the ring was full this often */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[LONGEST + 1]);
} content SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} others SEC(".maps");

static void ring__write(void *ring, struct settings *now, void *bytes)
{
	__u32 length = now->length & LONGEST;

	if (now->what == DISCARD) {
		void *place = bpf_ringbuf_reserve(ring, 40, 0);

		if (place)
			bpf_ringbuf_discard(place, 0);
		return;
	}
	if (bpf_ringbuf_output(ring, bytes, length, 0))
		now->failed++;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, void *regs, long result)
{
	__u32 zero = 0;
	struct settings *now = bpf_map_lookup_elem(&settings, &zero);
	void *bytes = bpf_map_lookup_elem(&content, &zero);
	__u64 *count = bpf_map_lookup_elem(&seen, &zero);

	if (!now || !bytes || !count || !now->tid || now->tid != (__u32)bpf_get_current_pid_tgid())
		return 0;
	if (!now->length)
		return 0;
	++*count;
	ring__write(&records, now, bytes);
	if (now->what == OUTPUT && now->length % 3 == 0)
		ring__write(&others, now, bytes);
	now->length = 0; /* once each time it is set */
	return 0;
}

SEC("iter/task")
int on_task(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	static const char format[] = "%d\n";
	__u64 tgid;

	if (!task)
		return 0;
	tgid = task->tgid;
	bpf_seq_printf(context->meta->seq, format, sizeof(format), &tgid, sizeof(tgid));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

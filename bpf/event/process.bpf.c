// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What every record says of the process. A global function, verified once: each pointer that is loaded from a
 * task makes the verifier search all of its types. */
#include "event/process.h"

#include "base/append.h"
#include "base/configuration.h"
#include "read/cgroup.h"
#include "read/exec.h"
#include "read/kept.h"
#include "read/task.h"

/* What is known by number of the process of a task that has nothing itself: of a worker of io_uring, whose
 * process' first thread has ended. */
static __always_inline void process__take_image(struct process_facts *process, const struct task_facts *own)
{
	struct image *image = bpf_map_lookup_elem(&images, &process->pid);

	if (!image)
		return;
	process->exec = image->exec;
	if (!own || !own->comm[0])
		__builtin_memcpy(process->comm, image->comm, COMM_LEN);
}

static __always_inline void process__add_exec(struct record *record, struct task_struct *task, __u32 wanted)
{
	struct process_facts *process = &record->process;
	struct task_facts *own = task__facts(task);
	struct exec_facts *facts;

	task__read_name(process->comm, task, own);
	process->exec = facts__exec(own);
	if (!process->exec)
		process__take_image(process, own);
	process->script = (struct text){};
	facts = bpf_map_lookup_elem(&execs, &process->exec);
	if (!facts) {
		record->flags |= RECORD_NO_EXEC_FACTS;
		process->exe_flags = 0;
		process->args = (struct text){};
		process->exepath = (struct text){};
		return;
	}
	if (facts->args_cut)
		record->flags |= RECORD_ARGS_CUT;
	process->exe_flags = facts->exe_flags;
	process->exepath = text__unpack(record__append_string(process->exec, STRING_EXEPATH));
	process->args = text__unpack(record__append_string(process->exec, STRING_ARGS));
	if (wanted & FACT_SCRIPT && facts->exe_flags >> SCRIPT_SHIFT)
		process->script = text__unpack(record__append_string(process->exec, STRING_SCRIPT));
}

static __always_inline void process__add_cgroup(struct scratch *scratch, struct task_struct *task,
						__u32 hierarchy)
{
	struct process_facts *process = &scratch->record.process;
	__u64 id = task__typed_cgroup(task, hierarchy)->kn->id;
	struct cgroup_path *path;
	struct cgroup *cgroup;

	process->cgroup_id = id;
	process->cgroup = (struct text){};
	if (kept__has_cgroup(id)) {
		process->cgroup.at = TEXT_KEPT;
		return;
	}
	cgroup = task__cgroup(task, hierarchy);
	/* the task may have moved meanwhile */
	id = cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
	path = cgroup ? cgroup__path(cgroup, id) : 0;
	process->cgroup_id = id;
	if (path)
		process->cgroup = record__append(scratch, path->bytes, path->length & 511);
}

int process__read(__u32 wanted)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct config *config = config__get();
	struct scratch *scratch = scratch__get();
	struct record *record;

	if (!scratch || !config)
		return 0;
	record = &scratch->record;
	record->process.start = task->group_leader->start_boottime;
	record->process.tty = task__tty(task);
	task__read_identity(task, &record->process);
	process__add_cgroup(scratch, task, config->hierarchy);
	process__add_exec(record, task, wanted);
	return 0;
}

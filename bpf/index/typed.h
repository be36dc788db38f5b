/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Plain loads from an address. Only index/asked.bpf.c includes this: the linker wants the declaration of a
 * kernel's function in one file.
 */
#ifndef LANNER_INDEX_TYPED_H
#define LANNER_INDEX_TYPED_H

#include "kernel/kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* v6.2 (a35b9af4ec2c): an address as a typed pointer, whose members are plain loads instead of copies. */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;
#define TYPED(address, type) ((struct type *)bpf_rdonly_cast(address, bpf_core_type_id_kernel(struct type)))

#endif

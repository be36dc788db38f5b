// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a socket is, its ends, and the name of a unix socket's peer. */
#include "index/socket.h"

#include "base/call_table.h"
#include "read/descriptor.h"

#define SOCK_DGRAM    2
#define SOCK_RAW      3
#define SUN_PATH_MOST 108
#define NAME_KEPT     8		    /* bytes of a unix socket's name that are compared */
#define MAPPED_IPV4   0xffff0000ULL /* between ten zeros and an address of IPv4 */

/* An address of IPv4 as IPv6 has it. */
static __always_inline void number__set_address(struct index_number_key *out, __u32 family,
						const __u8 *address)
{
	if (family == AF_INET) {
		out->number[0] = 0;
		out->number[1] = MAPPED_IPV4 | (__u64) * (const __u32 *)address << 32;
		return;
	}
	__builtin_memcpy(out->number, address, ADDRESS_LEN);
}

static __always_inline void number__set_net(struct index_number_key *out, __u32 family, const __u8 *address)
{
	__u64 upper;

	number__set_address(out, family, address);
	upper = out->number[0];
	out->number[0] = out->number[1];
	out->number[1] = upper;
}

/* The other end is known of what is connected: a datagram may go elsewhere, and a connect that failed leaves
 * the peer from before. */
static __always_inline int ends__know_remote(const struct socket_facts *ends, __u64 given, __s64 result)
{
	int datagram = ends->type == SOCK_DGRAM || ends->type == SOCK_RAW;

	return ends->remote_port && !(datagram && (result < 0 || given));
}

static __always_inline int socket__end_number(struct index_number_key *out, __u32 source,
					      const struct socket_facts *ends, int remote)
{
	switch (source) {
	case NUMBER_LOCAL_PORT:
		out->number[0] = port__swapped(ends->local_port);
		return ends->local_port ? 0 : -1;
	case NUMBER_REMOTE_PORT:
		out->number[0] = port__swapped(ends->remote_port);
		return remote ? 0 : -1;
	case NUMBER_LOCAL_ADDRESS:
		number__set_address(out, ends->family, ends->local);
		return ends->local_port ? 0 : -1;
	case NUMBER_REMOTE_ADDRESS:
		number__set_address(out, ends->family, ends->remote);
		return remote ? 0 : -1;
	case NUMBER_LOCAL_NET:
		number__set_net(out, ends->family, ends->local);
		return ends->local_port ? 0 : -1;
	case NUMBER_REMOTE_NET:
		number__set_net(out, ends->family, ends->remote);
		return remote ? 0 : -1;
	default:
		return -1;
	}
}

/* The last bytes of what the peer is bound to. A path is followed by NUL; an abstract name begins with it,
 * which is written in another way. */
static __always_inline int unix__name_number(struct index_number_key *out, const struct sock *sock)
{
	const struct unix_sock *unix_sock = (void *)sock;
	const struct unix_sock *peer = (void *)BPF_CORE_READ(unix_sock, peer);
	struct unix_address *address = peer ? BPF_CORE_READ(peer, addr) : 0;
	__u64 name = (__u64)address + bpf_core_field_offset(struct unix_address, name) + SUN_PATH;
	__u64 length, kept = NAME_KEPT;
	char first = 0;

	if (!address || bpf_probe_read_kernel(&first, sizeof(first), (void *)name))
		return -1;
	length = BPF_CORE_READ(address, len) - SUN_PATH - (first != 0);
	if (!length || length > SUN_PATH_MOST || (!first && length <= NAME_KEPT))
		return -1;
	out->number[1] = 1;
	if (length < NAME_KEPT)
		kept = length;
	barrier_var(kept); /* or the compiler, who knows better, drops the mask that the verifier needs */
	return bpf_probe_read_kernel(out->number, kept & (2 * NAME_KEPT - 1), (void *)(name + length - kept));
}

static __always_inline int socket__unix_number(struct index_number_key *out, const struct sock *sock,
					       __u32 family, __s64 result)
{
	if (family != AF_UNIX) /* its name has another form */
		return 0;
	return result < 0 ? -1 : unix__name_number(out, sock);
}

static __always_inline __u32 socket__protocol(const struct sock *sock, __u32 family)
{
	if (family != AF_INET && family != AF_INET6)
		return NUMBER_NO_PROTOCOL;
	return BPF_CORE_READ(sock, sk_type) == SOCK_RAW ? NUMBER_RAW_PROTOCOL
							: BPF_CORE_READ(sock, sk_protocol);
}

/* Of a descriptor that is no socket. */
static __always_inline int file__number(struct index_number_key *out, __u32 source)
{
	out->number[0] = source == NUMBER_SOCKET_FAMILY ? NUMBER_NO_SOCKET : NUMBER_NO_PROTOCOL;
	return source == NUMBER_SOCKET_FAMILY || source == NUMBER_SOCKET_PROTOCOL ? 0 : -1;
}

static __always_inline int sock__number(struct index_number_key *out, __u32 source, struct sock *sock,
					__u64 given, __s64 result)
{
	struct socket_facts ends = { .family = BPF_CORE_READ(sock, __sk_common.skc_family) };

	if (!ends.family)
		return -1;
	if (source == NUMBER_SOCKET_FAMILY)
		out->number[0] = ends.family;
	else if (source == NUMBER_SOCKET_PROTOCOL)
		out->number[0] = socket__protocol(sock, ends.family);
	else if (source == NUMBER_UNIX_NAME)
		return socket__unix_number(out, sock, ends.family, result);
	else if (ends.family != AF_INET && ends.family != AF_INET6)
		return -1;
	if (source <= NUMBER_SOCKET_PROTOCOL)
		return 0;
	ends.type = BPF_CORE_READ(sock, sk_type);
	socket__read_ends(&ends, sock);
	return socket__end_number(out, source, &ends, ends__know_remote(&ends, given, result));
}

int socket__file_number(struct index_number_key *out, __u32 source, __s64 result, __u64 file, __u64 given)
{
	struct sock *sock;

	if (!out || !file)
		return -1;
	if (!file__is_socket((void *)file))
		return file__number(out, source);
	sock = socket__of((void *)file);
	return sock ? sock__number(out, source, sock, given, result) : -1;
}

int socket__number(struct index_number_key *out, __u32 source, __s64 result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	int compat = task__in_compat_call(task);
	struct call *call = call__of(regs, compat);
	struct file *file;
	__s64 number;

	if (!out || !call || call->descriptor == ARGUMENT_NONE)
		return -1;
	number = call->descriptor == ARGUMENT_RESULT ? result
						     : (__s32)regs__argument(regs, call->descriptor, compat);
	file = number >= 0 ? file__of_descriptor(task, number) : 0;
	return socket__file_number(out, source, result, (__u64)file, call->given);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a struct sock says of its two ends. Nothing comes from the addresses that a process passed.
 */
#ifndef LANNER_READ_SOCKET_H
#define LANNER_READ_SOCKET_H

#include "base/append.h"
#include "kernel/kernel_types.h"
#include "read/file.h"

#include <bpf/bpf_core_read.h>

#define AF_UNIX		   1
#define AF_INET		   2
#define AF_INET6	   10
#define AF_NETLINK	   16
#define SOCK_BINDPORT_LOCK 8 /* include/net/sock.h; sk_clone_lock() takes it off a listener's children */
#define SUN_PATH	   2 /* bytes in front of the path of a struct sockaddr_un */

static __always_inline __u16 port__swapped(__u16 port)
{
	return (__u16)(port << 8 | port >> 8);
}

static __always_inline void socket__read_ends(struct socket_facts *out, struct sock *sock)
{
	const struct inet_sock *inet = (void *)sock;

	out->local_port = BPF_CORE_READ(inet, inet_sport); /* stays when a connect was refused */
	out->remote_port = BPF_CORE_READ(sock, __sk_common.skc_dport);
	out->bound = (BPF_CORE_READ_BITFIELD_PROBED(sock, sk_userlocks) & SOCK_BINDPORT_LOCK) != 0;
	if (out->family == AF_INET) {
		BPF_CORE_READ_INTO((__u32 *)out->local, sock, __sk_common.skc_rcv_saddr);
		BPF_CORE_READ_INTO((__u32 *)out->remote, sock, __sk_common.skc_daddr);
	} else if (bpf_core_field_exists(sock->__sk_common.skc_v6_daddr)) {
		BPF_CORE_READ_INTO((struct in6_addr *)out->local, sock, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)out->remote, sock, __sk_common.skc_v6_daddr);
	}
}

/* The name a unix socket is bound to; an abstract one begins with NUL. */
static __always_inline struct text socket__append_unix(struct scratch *scratch, struct sock *sock)
{
	const struct unix_sock *unix_sock = (void *)sock;
	struct unix_address *address = BPF_CORE_READ(unix_sock, addr);
	struct text none = {};
	int length;

	if (!address)
		return none;
	length = BPF_CORE_READ(address, len) - SUN_PATH;
	if (length <= 0 || length > (int)bpf_core_type_size(struct sockaddr_un))
		return none;
	return record__append(scratch,
			      (void *)address + bpf_core_field_offset(struct unix_address, name) + SUN_PATH,
			      length & 127);
}

/* Null: a socket that is being closed. */
static __always_inline struct sock *socket__of(struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);

	return socket ? BPF_CORE_READ(socket, sk) : 0;
}

static __always_inline void socket__add(struct scratch *scratch, struct descriptor_facts *out,
					struct file *file)
{
	struct sock *sock = socket__of(file);
	const struct unix_sock *unix_sock = (void *)sock;
	struct sock *peer;

	if (!sock)
		return;
	out->socket.family = BPF_CORE_READ(sock, __sk_common.skc_family);
	out->socket.state = BPF_CORE_READ(sock, __sk_common.skc_state);
	out->socket.type = BPF_CORE_READ(sock, sk_type);
	out->socket.protocol = BPF_CORE_READ(sock, sk_protocol);
	if (out->socket.family == AF_INET || out->socket.family == AF_INET6) {
		socket__read_ends(&out->socket, sock);
	} else if (out->socket.family == AF_UNIX) {
		out->path = socket__append_unix(scratch, sock);
		peer = BPF_CORE_READ(unix_sock, peer);
		if (peer)
			out->peer = socket__append_unix(scratch, peer);
	}
}

/* Who else waits at the socket that a connection was, or was to be, accepted from. */
static __always_inline void socket__read_queue(struct call_facts *out, struct file *file)
{
	struct sock *sock = file && file__is_socket(file) ? socket__of(file) : 0;

	if (!sock)
		return;
	out->waiting = BPF_CORE_READ(sock, sk_ack_backlog);
	out->waiting_most = BPF_CORE_READ(sock, sk_max_ack_backlog);
}

#endif

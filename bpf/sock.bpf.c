/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Services at the socket, attached once to cgroup-root. IPv6 sockets that speak IPv4 come by the IPv6 hooks
 * with mapped addresses, which is the form of the maps.
 */
#include "lib/sock.h"

/* Before a TCP socket sends its SYN, or a UDP socket takes a peer. */
SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx) {
  return ask4(ctx, false);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx) {
  return ask6(ctx, false);
}

/* Before a UDP socket sends a datagram with an address of its own. */
SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx) {
  return ask4(ctx, true);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx) {
  return ask6(ctx, true);
}

/* Before a process is told whom a datagram came from. */
SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *ctx) {
  return tell4(ctx);
}

SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *ctx) {
  return tell6(ctx);
}

/* Before a process is told whom its socket is connected to. */
SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *ctx) {
  return tell4(ctx);
}

SEC("cgroup/getpeername6")
int getpeername6(struct bpf_sock_addr *ctx) {
  return tell6(ctx);
}

char _license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Services at the socket: attached once to cgroup-root. Nothing is translated yet. */
#include "abi/events.h"
#include "abi/services.h"

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *address) {
  (void)address;
  return 1;
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *address) {
  (void)address;
  return 1;
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *address) {
  (void)address;
  return 1;
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *address) {
  (void)address;
  return 1;
}

SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *address) {
  (void)address;
  return 1;
}

SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *address) {
  (void)address;
  return 1;
}

SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *address) {
  (void)address;
  return 1;
}

SEC("cgroup/getpeername6")
int getpeername6(struct bpf_sock_addr *address) {
  (void)address;
  return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What a router does to a packet that it sends on, for those that pass the node's stack by. */
#pragma once

#include "nat.h"

/* Every device of IPv6 takes this much (RFC 8200, 5), so that less need not be measured. */
#define LEAST_MTU 1280

/* The stack has to answer for the packet: too big, or no hop left. */
#define HOP_NOT 1

static __always_inline bool fits(struct __sk_buff *skb, __u32 uplink) {
  __u32 size = 0;
  return skb->len <= ETH_HLEN + LEAST_MTU || !bpf_check_mtu(skb, uplink, &size, 0, BPF_MTU_CHK_SEGS);
}

/* 0, the negative of a reason, or HOP_NOT: then the packet is as it was. `uplink` is 0 on the way to a pod.
 */
__attribute__((noinline)) int hop(struct __sk_buff *skb, __u32 uplink) {
  bool ipv6 = skb->protocol == bpf_htons(ETH_P_IPV6);
  __u32 at = ETH_HLEN + (ipv6 ? offsetof(struct ipv6hdr, hop_limit) : offsetof(struct iphdr, ttl));
  union {
    __u8 hops;      /* of IPv6, and of IPv4 in front of the protocol */
    __be16 checked; /* of IPv4 */
  } was = {}, is;
  long failed;

  if (uplink && !fits(skb, uplink))
    return HOP_NOT;
  if (bpf_skb_load_bytes(skb, at, &was, sizeof(was)) < 0)
    return -REASON_INVALID_PACKET;
  if (was.hops <= 1)
    return HOP_NOT;
  is = was;
  is.hops--;
  if (ipv6) {
    failed = bpf_skb_store_bytes(skb, at, &is.hops, 1, BPF_F_RECOMPUTE_CSUM);
  } else {
    failed = bpf_l3_csum_replace(skb, IP4_CHECKSUM, was.checked, is.checked, 2);
    failed |= bpf_skb_store_bytes(skb, at, &is, sizeof(is), 0);
  }
  return failed ? -REASON_WRITE_ERROR : 0;
}

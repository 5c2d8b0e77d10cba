/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Rewrites packets from p->tuple to p->out. Functions return 0, or the reason for which the packet is
 * dropped. */
#pragma once

#include "parse.h"

#define IP4_CHECKSUM  (ETH_HLEN + offsetof(struct iphdr, check))
#define IP4_ADDRESSES (ETH_HLEN + offsetof(struct iphdr, saddr))
#define IP6_ADDRESSES (ETH_HLEN + offsetof(struct ipv6hdr, saddr))
#define ADDRESSES_SIZE                                                                                       \
  32 /* source and destination of a tuple, of either family: the mapped prefix adds nothing */

/* Addresses of the IP header at `at`, Ethernet's included. */
static __always_inline long write_addresses(struct __sk_buff *skb, __u32 at, bool ipv6,
                                            const struct flow6_key *to) {
  __be32 two[2];
  if (ipv6)
    return bpf_skb_store_bytes(skb, at + offsetof(struct ipv6hdr, saddr), to->source, ADDRESSES_SIZE, 0);
  two[0] = unmapped(to->source);
  two[1] = unmapped(to->destination);
  return bpf_skb_store_bytes(skb, at + offsetof(struct iphdr, saddr), two, sizeof(two), 0);
}

static __always_inline long write_ports(struct __sk_buff *skb, __u32 at, const struct flow6_key *to) {
  __be16 two[2] = {to->source_port, to->destination_port};
  return bpf_skb_store_bytes(skb, at, two, sizeof(two), 0);
}

/* Corrects the checksum at `at` for ports that changed; it covers no more than them here. */
static __always_inline long correct_ports(struct __sk_buff *skb, __u32 at, const struct flow6_key *from,
                                          const struct flow6_key *to, __u64 flags) {
  long failed = 0;
  if (from->source_port != to->source_port)
    failed |= bpf_l4_csum_replace(skb, at, from->source_port, to->source_port, flags | 2);
  if (from->destination_port != to->destination_port)
    failed |= bpf_l4_csum_replace(skb, at, from->destination_port, to->destination_port, flags | 2);
  return failed;
}

__attribute__((noinline)) int rewrite(struct __sk_buff *skb, struct packet *p) {
  long failed = 0;
  __s64 difference;

  if (!p)
    return REASON_WRITE_ERROR;
  difference =
      bpf_csum_diff((__be32 *)p->tuple.source, ADDRESSES_SIZE, (__be32 *)p->out.source, ADDRESSES_SIZE, 0);
  if (!p->later_fragment) {
    bool udp = p->tuple.protocol == IPPROTO_UDP;
    __u64 flags = udp ? BPF_F_MARK_MANGLED_0 : 0;
    __u32 checksum = p->l4 + (udp ? 6 : offsetof(struct tcphdr, check));
    failed |= bpf_l4_csum_replace(skb, checksum, 0, difference, flags | BPF_F_PSEUDO_HDR);
    failed |= correct_ports(skb, checksum, &p->tuple, &p->out, flags);
    failed |= write_ports(skb, p->l4, &p->out);
  }
  if (!p->ipv6)
    failed |= bpf_l3_csum_replace(skb, IP4_CHECKSUM, 0, difference, 0);
  failed |= write_addresses(skb, ETH_HLEN, p->ipv6, &p->out);
  return failed ? REASON_WRITE_ERROR : REASON_NONE;
}

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

/*
 * Addresses of the IP header at `at`, Ethernet's included. Where a device has summed the whole packet, the
 * kernel takes what changes in IPv6's addresses off that sum when it corrects layer 4, which makes up for it:
 * so here it is added.
 */
static __always_inline long write_addresses(struct __sk_buff *skb, __u32 at, bool ipv6,
                                            const struct flow6_key *to) {
  __be32 two[2];
  if (ipv6)
    return bpf_skb_store_bytes(skb, at + offsetof(struct ipv6hdr, saddr), to->source, ADDRESSES_SIZE,
                               at == ETH_HLEN ? BPF_F_RECOMPUTE_CSUM : 0);
  two[0] = unmapped(to->source);
  two[1] = unmapped(to->destination);
  return bpf_skb_store_bytes(skb, at + offsetof(struct iphdr, saddr), two, sizeof(two), 0);
}

/* As they stand in tuples, and in translations. */
struct ports {
  __be16 source;
  __be16 destination;
};

static __always_inline const struct ports *ports_of(const struct flow6_key *tuple) {
  return (const struct ports *)&tuple->source_port;
}

/* Ports of layer 4 at `at`; of ICMP the identifier of echo, and else nothing. */
static __always_inline long write_ports(struct __sk_buff *skb, __u32 at, bool ipv6, __u8 protocol,
                                        const struct ports *to) {
  __be16 request = bpf_htons(ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO_REQUEST);
  struct ports two = *to;
  __be16 id;

  if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP)
    return bpf_skb_store_bytes(skb, at, &two, sizeof(two), 0);
  if (protocol != (ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) ||
      (two.source != request && two.destination != request))
    return 0;
  id = two.destination == request ? two.source : two.destination;
  return bpf_skb_store_bytes(skb, at + offsetof(struct icmp_head, id), &id, sizeof(id), 0);
}

/* Corrects the checksum at `at` for ports that changed; it covers no more than them here. */
static __always_inline long correct_ports(struct __sk_buff *skb, __u32 at, const struct ports *from,
                                          const struct ports *to, __u64 flags) {
  long failed = 0;
  if (from->source != to->source)
    failed |= bpf_l4_csum_replace(skb, at, from->source, to->source, flags | 2);
  if (from->destination != to->destination)
    failed |= bpf_l4_csum_replace(skb, at, from->destination, to->destination, flags | 2);
  return failed;
}

/* Layer 4 at `l4`, where addresses change by `difference`. SCTP's checksum knows no addresses. */
static __always_inline long rewrite_layer4(struct __sk_buff *skb, __u32 l4, bool ipv6, __u8 protocol,
                                           const struct ports *from, const struct ports *to,
                                           __s64 difference) {
  __u32 checksum;
  __u64 flags = 0;
  long failed = 0;

  if (protocol == IPPROTO_TCP) {
    checksum = l4 + offsetof(struct tcphdr, check);
  } else if (protocol == IPPROTO_UDP) {
    checksum = l4 + 6;
    flags = BPF_F_MARK_MANGLED_0;
  } else if (protocol == (ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
    checksum = l4 + offsetof(struct icmp_head, checksum);
  } else {
    return 0;
  }
  if (protocol != IPPROTO_ICMP)
    failed |= bpf_l4_csum_replace(skb, checksum, 0, difference, flags | BPF_F_PSEUDO_HDR);
  failed |= correct_ports(skb, checksum, from, to, flags);
  return failed | write_ports(skb, l4, ipv6, protocol, to);
}

__attribute__((noinline)) int rewrite(struct __sk_buff *skb, struct packet *p) {
  long failed = 0;
  __s64 difference;

  if (!p)
    return REASON_WRITE_ERROR;
  difference =
      bpf_csum_diff((__be32 *)p->tuple.source, ADDRESSES_SIZE, (__be32 *)p->out.source, ADDRESSES_SIZE, 0);
  if (!p->later_fragment)
    failed |= rewrite_layer4(skb, p->l4, p->ipv6, p->tuple.protocol, ports_of(&p->tuple), ports_of(&p->out),
                             difference);
  if (!p->ipv6)
    failed |= bpf_l3_csum_replace(skb, IP4_CHECKSUM, 0, difference, 0);
  failed |= write_addresses(skb, ETH_HLEN, p->ipv6, &p->out);
  return failed ? REASON_WRITE_ERROR : REASON_NONE;
}

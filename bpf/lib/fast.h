/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What established packets are looked at for, from their plain bytes. */
#pragma once

#include "masquerade.h"
#include "tell.h"

/* Leaves notes for what is to be told of an established flow. */
static __always_inline struct packet *begin(struct __sk_buff *skb, bool to_pod, bool ipv6, __u8 tcp_flags,
                                            __u32 now) {
  struct packet *p = packet_of_this_cpu();
  if (!p)
    return NULL;
  p->to_pod = to_pod;
  p->ipv6 = ipv6;
  p->ifindex = skb->ifindex;
  p->uplink = 0;
  p->at_uplink = 0;
  p->tcp_flags = tcp_flags;
  p->now = now;
  return p;
}

/* Version 4 and no options. */
#define IP4_PLAIN 0x45

/* Protocol and what follows it at `l4`; false where the slow path has to look. */
static __always_inline bool read_ports(void *l4, void *end, __u8 protocol, bool ipv6, __be16 *source,
                                       __be16 *destination, __u8 *tcp_flags) {
  *source = *destination = 0;
  *tcp_flags = 0;
  if (protocol == IPPROTO_TCP) {
    struct tcphdr *tcp = l4;
    if ((void *)(tcp + 1) > end)
      return false;
    *source = tcp->source;
    *destination = tcp->dest;
    *tcp_flags = ((__u8 *)l4)[13];
    return *tcp_flags & TCP_ACK; /* what has none is a SYN, a reset that comes once, or bad */
  }
  if (protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP) {
    __be16 *ports = l4;
    if ((void *)(ports + 2) > end)
      return false;
    *source = ports[0];
    *destination = ports[1];
    return true;
  }
  if (protocol == (ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
    struct icmp_head *icmp = l4;
    if ((void *)(icmp + 1) > end)
      return false;
    icmp_ports(icmp->type, icmp->id, ipv6, source, destination);
    return *source && *destination; /* echo */
  }
  return false;
}

/* The key of a packet without options that is no fragment; false where the slow path has to look. */
static __always_inline bool read_key4(const struct iphdr *ip, void *end, struct flow4_key *key,
                                      __u8 *tcp_flags) {
  dword *dwords = (dword *)key;
  __be16 source, destination;

  if ((void *)(ip + 1) > end || *(__u8 *)ip != IP4_PLAIN || (ip->frag_off & bpf_htons(IP_FRAGMENTED)) ||
      !read_ports((void *)(ip + 1), end, ip->protocol, false, &source, &destination, tcp_flags))
    return false;
  dwords[0] = *(const dword *)&ip->saddr;
  dwords[1] = tail(source, destination, ip->protocol);
  return true;
}

static __always_inline bool read_key6(const struct ipv6hdr *ip, void *end, struct flow6_key *key,
                                      __u8 *tcp_flags) {
  __be16 source, destination;

  if ((void *)(ip + 1) > end ||
      !read_ports((void *)(ip + 1), end, ip->nexthdr, true, &source, &destination, tcp_flags))
    return false;
  copy_dwords(key, &ip->saddr, 2 * ADDRESS_DWORDS);
  *tail_of(key) = tail(source, destination, ip->nexthdr);
  return true;
}

/* The packet is of an established flow that is masqueraded. A reset ends it, which is not for here. */
static __always_inline bool is_leaving(struct __sk_buff *skb, const struct flow *flow, __u8 tcp_flags) {
  return flow && flow->ifindex == skb->ifindex &&
         (flow->flags & (FLOW_TO_POD | FLOW_TRANSLATED | FLOW_TO_UPLINK)) ==
             (FLOW_TRANSLATED | FLOW_TO_UPLINK) &&
         !(tcp_flags & TCP_RST) && is_valid(flow);
}

/* The packet is an answer to one. */
static __always_inline bool is_arriving(struct __sk_buff *skb, const struct flow *flow) {
  return flow->ifindex == skb->ifindex && !(flow->flags & FLOW_TO_POD) && flow->redirect && is_valid(flow);
}

/* Beside the flags of TCP: the packet leaves the node; else it comes. */
#define LEAVES 256

/* An action, or -1: the slow path has to look. `how`: flags of TCP, LEAVES. */
static __attribute__((noinline)) int through4(struct __sk_buff *skb, const struct iphdr *ip,
                                              const struct flow4_key *key, struct flow *flow, __u32 how) {
  struct nat *nat = bpf_map_lookup_elem(&nat4, key);
  __u32 moments, now = bpf_jiffies64();
  bool leaves = how & LEAVES;
  __u8 tcp_flags = how;
  struct packet *p;

  if (!nat || ip->ttl <= 1 || (leaves && !fits(skb, flow->redirect)))
    return -1;
  if (cross4(skb, ip, key, nat))
    return TC_ACT_SHOT;
  nat->seen = now;
  moments = account(flow, skb->len, tcp_flags, now);
  if (moments && (p = begin(skb, !leaves, false, tcp_flags, now))) {
    p->uplink = leaves ? flow->redirect : flow->ifindex;
    p->at_uplink = !leaves;
    map_address(p->tuple.source, key->source);
    map_address(p->tuple.destination, key->destination);
    copy_words(&p->tuple.source_port, &key->source_port, 2);
    note(flow, moments);
  }
  return leaves ? bpf_redirect_neigh(flow->redirect, NULL, 0, 0) : bpf_redirect_peer(flow->redirect, 0);
}

static __attribute__((noinline)) int through6(struct __sk_buff *skb, const struct ipv6hdr *ip,
                                              const struct flow6_key *key, struct flow *flow, __u32 how) {
  struct nat *nat = bpf_map_lookup_elem(&nat6, key);
  __u32 moments, now;
  bool leaves = how & LEAVES;
  __u8 tcp_flags = how;
  struct packet *p;

  if (!nat || ip->hop_limit <= 1 || (leaves && !fits(skb, flow->redirect)))
    return -1;
  if (cross6(skb, ip, key, nat))
    return TC_ACT_SHOT;
  now = bpf_jiffies64();
  nat->seen = now;
  moments = account(flow, skb->len, tcp_flags, now);
  if (moments && (p = begin(skb, !leaves, true, tcp_flags, now))) {
    p->uplink = leaves ? flow->redirect : flow->ifindex;
    p->at_uplink = !leaves;
    p->tuple = *key;
    note(flow, moments);
  }
  return leaves ? bpf_redirect_neigh(flow->redirect, NULL, 0, 0) : bpf_redirect_peer(flow->redirect, 0);
}

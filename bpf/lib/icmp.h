/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Errors of a flow. What a host complains of is a packet that it was sent, whose head the error carries; so
 * the error travels with the answers of that packet's flow, and goes where those go, translated as they are:
 *
 *      A ── A:ap→B:bp ──► B        A ◄── error{A:ap→B:bp} ── B        found by B:bp→A:ap
 */
#pragma once

#include "flow.h"
#include "hop.h"

#define ICMP_HEAD 8 /* before the packet that an error carries */

static __always_inline bool has_ports(__u8 protocol) {
  return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

/* Tuple of the answers to the packet at `at`, into p->key; its layer 4's offset, or 0. */
__attribute__((noinline)) __u32 parse_carried(struct __sk_buff *skb, __u32 at) {
  struct packet *p = packet_of_this_cpu();
  struct flow6_key *key;
  struct icmp_head icmp = {};
  __be16 source_port = 0, destination_port = 0, ports[2];
  __u8 protocol;

  if (!p)
    return 0;
  key = &p->key;
  __builtin_memset(key, 0, sizeof(*key));
  if (p->ipv6) {
    struct ipv6hdr *ip = (struct ipv6hdr *)p->room;
    if (!read(skb, p, at, ip, sizeof(*ip)) || ip->version != 6)
      return 0;
    copy_address(key->source, &ip->daddr);
    copy_address(key->destination, &ip->saddr);
    begin_chain(p, at, p->end, ip->nexthdr);
    if (is_mapped(key->source) || is_mapped(key->destination) || walk(skb) ||
        (p->chain.fragment & IP6_OFFSET))
      return 0;
    protocol = p->chain.next;
    at = p->chain.at;
  } else {
    struct iphdr ip;
    if (!read(skb, p, at, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5 ||
        (ip.frag_off & bpf_htons(IP_OFFSET)))
      return 0;
    map_address(key->source, ip.daddr);
    map_address(key->destination, ip.saddr);
    protocol = ip.protocol;
    at += ip.ihl * 4;
  }
  key->protocol = protocol;
  if (protocol == (p->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
    if (!read(skb, p, at, &icmp, sizeof(icmp)))
      return 0;
    icmp_ports(icmp.type, icmp.id, p->ipv6, &source_port, &destination_port);
  } else if (has_ports(protocol)) {
    if (!read(skb, p, at, ports, sizeof(ports)))
      return 0;
    source_port = ports[0];
    destination_port = ports[1];
  }
  key->source_port = destination_port;
  key->destination_port = source_port;
  return at;
}

/*
 * Rewrites the error and the head that it carries, at `carried` with its ports at `ports`. IPv4's own
 * checksum cancels out what its addresses do to the error's checksum.
 */
__attribute__((noinline)) int rewrite_error(struct __sk_buff *skb, __u32 ports) {
  struct packet *p = packet_of_this_cpu();
  struct nat *nat = p ? nat_of(p->ipv6, &p->key) : NULL;
  struct flow6_key *was, *is;
  __u32 checksum, carried;
  __s64 outer, inner;

  if (!nat)
    return -REASON_UNRELATED_ERROR;
  checksum = p->l4 + offsetof(struct icmp_head, checksum);
  carried = p->l4 + ICMP_HEAD;
  was = &p->carried;
  is = (struct flow6_key *)&p->flow; /* as its sender knows it */
  reverse(was, &p->key);
  *is = *was;
  copy_address(is->source, nat->destination.bytes);
  copy_address(is->destination, nat->source.bytes);
  is->source_port = nat->destination_port;
  is->destination_port = nat->source_port;

  p->out = p->tuple;
  copy_address(p->out.destination, nat->destination.bytes);
  if (same_address(p->tuple.source, p->key.source))
    copy_address(p->out.source, nat->source.bytes);

  outer =
      bpf_csum_diff((__be32 *)p->tuple.source, ADDRESSES_SIZE, (__be32 *)p->out.source, ADDRESSES_SIZE, 0);
  inner = bpf_csum_diff((__be32 *)was->source, ADDRESSES_SIZE, (__be32 *)is->source, ADDRESSES_SIZE, 0);
  if (correct_ports(skb, checksum, ports_of(was), ports_of(is), 0))
    return -REASON_WRITE_ERROR;
  if (p->ipv6 ? bpf_l4_csum_replace(skb, checksum, 0, outer, BPF_F_PSEUDO_HDR) ||
                    bpf_l4_csum_replace(skb, checksum, 0, inner, 0)
              : bpf_l3_csum_replace(skb, IP4_CHECKSUM, 0, outer, 0) ||
                    bpf_l3_csum_replace(skb, carried + offsetof(struct iphdr, check), 0, inner, 0))
    return -REASON_WRITE_ERROR;
  if (write_ports(skb, ports, p->ipv6, is->protocol, ports_of(is)) ||
      write_addresses(skb, carried, p->ipv6, is) || write_addresses(skb, ETH_HLEN, p->ipv6, &p->out))
    return -REASON_WRITE_ERROR;
  return 0;
}

/* The node complains to the pod of a packet that it was to send on, and which it got as the pod had sent it.
 */
static __always_inline bool is_of_the_node(struct packet *p) {
  struct flow *asked;
  if (!p->to_pod || p->at_uplink)
    return false;
  reverse(&p->other_key, &p->key);
  asked = flow_of(p->ipv6, &p->other_key);
  return asked && (asked->flags & FLOW_TO_UPLINK) && asked->ifindex == p->ifindex && is_valid(asked);
}

/*
 * An action, or the negative of a reason. An error of which no flow is known is nobody's: whoever may send
 * to a pod could else end its connections with others (RFC 5927).
 */
__attribute__((noinline)) int icmp_error(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();
  struct flow *flow;
  __u32 ports;
  int failed;

  if (!p)
    return -REASON_UNRELATED_ERROR;
  ports = parse_carried(skb, p->l4 + ICMP_HEAD);
  if (!ports || !same_address(p->tuple.destination, p->key.destination))
    return -REASON_UNRELATED_ERROR;
  flow = flow_of(p->ipv6, &p->key);
  if (!flow && is_of_the_node(p))
    return TC_ACT_OK;
  if (!flow || !is_met(p, flow) || !is_valid(flow))
    return -REASON_UNRELATED_ERROR;
  if (p->at_uplink || (flow->flags & FLOW_TO_UPLINK)) {
    failed = hop(skb, p->at_uplink ? 0 : flow->redirect);
    if (failed)
      return failed == HOP_NOT ? -REASON_TTL_EXCEEDED : failed;
  }
  if (flow->flags & FLOW_TRANSLATED) {
    failed = rewrite_error(skb, ports);
    if (failed)
      return failed;
  }
  return send_out(flow);
}

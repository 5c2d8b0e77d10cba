/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Packets of pods to the outside, under the address of the uplink that they leave by. The first packet of a
 * flow asks the node's routes, and takes a port that no other flow to the same destination has; all others
 * find both in the flow's entry and its translation.
 */
#pragma once

#include "../abi/masquerade.h"
#include "hop.h"

#define FAMILY_IPV4 2  /* AF_INET */
#define FAMILY_IPV6 10 /* AF_INET6 */

static __always_inline struct uplink *uplink_at(__u32 ifindex) {
  return bpf_map_lookup_elem(&uplinks, &ifindex);
}

static __always_inline struct masquerade *masquerading(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&masquerade, &zero);
}

/* Writes the uplink's address; false where it has none of the family. */
static __always_inline bool address_of(__u8 *address, const struct uplink *uplink, bool ipv6) {
  const word *words = (const word *)uplink->address6;
  if (!ipv6) {
    map_address(address, uplink->address4);
    return uplink->address4;
  }
  copy_address(address, uplink->address6);
  return words[0] | words[1] | words[2] | words[3];
}

/* By settings: the pods' own addresses mean nothing at the destination. */
static __always_inline bool is_foreign(const __u8 *destination, bool ipv6) {
  struct masquerade *settings = masquerading();
  struct prefix_key key = {.length = 128};

  if (!settings || !(settings->flags & (ipv6 ? MASQUERADE_IPV6 : MASQUERADE_IPV4)))
    return false;
  copy_address(key.address.bytes, destination);
  return !bpf_map_lookup_elem(&unmasqueraded, &key);
}

/* The device by which the node's routes would send p->out; 0 where they would not. */
static __always_inline __u32 route(struct __sk_buff *skb, const struct packet *p) {
  struct bpf_fib_lookup fib = {};
  long found;

  fib.ifindex = p->ifindex;
  fib.l4_protocol = p->out.protocol;
  fib.sport = p->out.source_port;
  fib.dport = p->out.destination_port;
  if (p->ipv6) {
    fib.family = FAMILY_IPV6;
    copy_address(fib.ipv6_src, p->out.source);
    copy_address(fib.ipv6_dst, p->out.destination);
  } else {
    fib.family = FAMILY_IPV4;
    fib.ipv4_src = unmapped(p->out.source);
    fib.ipv4_dst = unmapped(p->out.destination);
  }
  found = bpf_fib_lookup(skb, &fib, sizeof(fib), 0);
  return found == BPF_FIB_LKUP_RET_SUCCESS || found == BPF_FIB_LKUP_RET_NO_NEIGH ||
                 found == BPF_FIB_LKUP_RET_FRAG_NEEDED
             ? fib.ifindex
             : 0;
}

#define FIRST_CLIENT_PORT 32768 /* that Linux gives, net.ipv4.ip_local_port_range */

/*
 * A packet in mid-stream of which nothing is known is of a flow whose entries were evicted. Translations are
 * not: so it is the answer of a server in the pod that was reached by its own address, unless it comes from a
 * port that clients have.
 */
static __always_inline bool is_answer_by_port(const struct packet *p) {
  return p->tuple.protocol == IPPROTO_TCP && !is_syn(p) &&
         bpf_ntohs(p->tuple.source_port) < FIRST_CLIENT_PORT;
}

/* Sets p->uplink and the source of p->out, where p, which begins a flow, is to leave under the node's
 * address. */
__attribute__((noinline)) int choose_uplink(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();
  struct uplink *uplink;
  __u8 address[16] IN_DWORDS;
  __u32 ifindex;

  if (!p || is_answer_by_port(p) || !is_foreign(p->out.destination, p->ipv6))
    return 0;
  ifindex = route(skb, p);
  uplink = ifindex ? uplink_at(ifindex) : NULL;
  if (!uplink || !address_of(address, uplink, p->ipv6))
    return 0;
  copy_address(p->out.source, address);
  p->uplink = ifindex;
  return 0;
}

/* The translation is to an address that the uplink has no more. */
static __always_inline bool is_homeless(const struct packet *p, const struct nat *nat) {
  struct uplink *uplink;
  __u8 address[16] IN_DWORDS;

  if (!nat->uplink)
    return false;
  uplink = uplink_at(nat->uplink);
  return !uplink || !address_of(address, uplink, p->ipv6) || !same_address(address, nat->source.bytes);
}

/* Of what a router changes in an IPv4 header: the last twelve bytes. */
struct ip4_rest {
  __u8 ttl;
  __u8 protocol;
  __sum16 check;
  __be32 source;
  __be32 destination;
};

static __always_inline __u32 fold_words(__u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  return (sum & 0xffffffff) + (sum >> 32);
}

/* hop() and rewrite() of an established flow in one, by fewer calls. 0 where all went well. */
static __always_inline long cross4(struct __sk_buff *skb, const struct iphdr *ip, const struct flow4_key *key,
                                   const struct nat *nat) {
  const struct ports *from = (const struct ports *)&key->source_port;
  const struct ports *to = (const struct ports *)&nat->source_port;
  struct ip4_rest rest = {.protocol = key->protocol};
  __u32 difference, sum;

  rest.ttl = ip->ttl - 1;
  rest.source = unmapped(nat->source.bytes);
  rest.destination = unmapped(nat->destination.bytes);
  difference =
      fold_words((__u64)~key->source + rest.source + (__u64)(__u32)~key->destination + rest.destination);
  sum = (__u16)~ip->check + (difference & 0xffff) + (difference >> 16);
  sum += (__u16)~bpf_htons(ip->ttl << 8) + bpf_htons(rest.ttl << 8);
  sum = (sum & 0xffff) + (sum >> 16);
  rest.check = ~((sum & 0xffff) + (sum >> 16));
  return rewrite_layer4(skb, ETH_HLEN + sizeof(*ip), false, key->protocol, from, to, difference) |
         bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct iphdr, ttl), &rest, sizeof(rest), 0);
}

static __always_inline long cross6(struct __sk_buff *skb, const struct ipv6hdr *ip,
                                   const struct flow6_key *key, const struct nat *nat) {
  const struct ports *from = ports_of(key);
  const struct ports *to = (const struct ports *)&nat->source_port;
  const word *was = (const word *)key->source, *is = (const word *)nat->source.bytes;
  __u8 rest[40] IN_WORDS; /* the hop limit at 7, both addresses behind it */
  __u64 sum = 0;

  for (int i = 0; i < 2 * ADDRESS_WORDS; i++)
    sum += (__u64)(word)~was[i] + is[i];
  sum = fold_words(sum);
  barrier_var(sum); /* else all words are kept on the stack until it is needed */
  rest[7] = ip->hop_limit - 1;
  copy_words(rest + 8, nat->source.bytes, 2 * ADDRESS_WORDS);
  if (rewrite_layer4(skb, ETH_HLEN + sizeof(*ip), true, key->protocol, from, to, sum))
    return -1;
  return bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct ipv6hdr, hop_limit), rest + 7, sizeof(rest) - 7,
                             BPF_F_RECOMPUTE_CSUM);
}

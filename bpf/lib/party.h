/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Who the two ends of a packet are. Functions return 0, or the reason for which the packet is dropped. */
#pragma once

#include "flow.h"

/* The pod behind an interface. */
static __always_inline int resolve_pod(struct party *who, __u32 ifindex, bool ipv6) {
  struct endpoint *endpoint = bpf_map_lookup_elem(&endpoints, &ifindex);
  if (!endpoint || !(endpoint->flags & ENDPOINT_READY))
    return REASON_NOT_READY;
  who->identity = endpoint->identity;
  who->block = ipv6 ? endpoint->block6 : endpoint->block4;
  who->ifindex = ifindex;
  who->endpoint = endpoint->id;
  who->egress_slot = endpoint->egress_slot;
  who->ingress_slot = endpoint->ingress_slot;
  return REASON_NONE;
}

/* An address that is no local pod's. */
static __always_inline void resolve_prefix(struct party *who, const __u8 *address, bool ipv6) {
  struct prefix_key key = {.length = 128};
  struct prefix_value *known;
  copy_address(key.address.bytes, address);
  known = bpf_map_lookup_elem(&prefixes, &key);
  who->ifindex = 0;
  who->endpoint = who->egress_slot = who->ingress_slot = 0;
  who->identity = known ? known->identity : ipv6 ? IDENTITY_WORLD_IPV6 : IDENTITY_WORLD_IPV4;
  who->block = known ? known->block : 0;
}

static __always_inline __u32 slots_at(__u32 ifindex) {
  struct endpoint *endpoint = ifindex ? bpf_map_lookup_elem(&endpoints, &ifindex) : NULL;
  return endpoint ? (__u32)endpoint->egress_slot << 16 | endpoint->ingress_slot : 0;
}

static __always_inline void read_revisions(struct party *who, __u32 slots) {
  who->egress_revision = revision_of(slots >> 16);
  who->ingress_revision = revision_of(slots & 0xffff);
}

static __always_inline __u32 slots_of(const struct party *who) {
  return (__u32)who->egress_slot << 16 | who->ingress_slot;
}

/* How often the ends are read anew when they change meanwhile. */
#define TRIES 3

/*
 * Reads near and far. Revisions come before everything that is looked up under them, but which revisions is
 * known from the endpoint only: so the endpoint's slots are read first and must be the same afterwards.
 */
__attribute__((noinline)) int resolve(void) {
  struct packet *p = packet_of_this_cpu();
  const __u8 *address;
  __u32 *place, far, near_slots, far_slots;
  int reason;

  if (!p)
    return REASON_NOT_READY;
  address = p->to_pod ? p->tuple.source : p->out.destination;
  for (int i = 0; i < TRIES; i++) {
    place = bpf_map_lookup_elem(&addresses, address);
    far = place ? *place : 0;
    if (far && p->to_pod)
      return REASON_INVALID_SOURCE_IP; /* pods reach each other by from_pod only */
    near_slots = slots_at(p->ifindex);
    far_slots = slots_at(far);
    read_revisions(&p->near, near_slots);
    read_revisions(&p->far, far_slots);
    reason = resolve_pod(&p->near, p->ifindex, p->ipv6);
    if (reason)
      return reason;
    if (far) {
      reason = resolve_pod(&p->far, far, p->ipv6);
      if (reason)
        return reason;
    } else {
      resolve_prefix(&p->far, address, p->ipv6);
    }
    if (slots_of(&p->near) == near_slots && slots_of(&p->far) == far_slots)
      return REASON_NONE;
  }
  return REASON_NOT_READY;
}

/* The packet's own end is who it says it is. */
__attribute__((noinline)) int check_near(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();
  struct endpoint *endpoint;
  const __u8 *address;
  __u8 mac[6];
  bool its_own;

  if (!p)
    return REASON_NOT_READY;
  endpoint = bpf_map_lookup_elem(&endpoints, &p->ifindex);
  if (!endpoint)
    return REASON_NOT_READY;
  address = p->to_pod ? p->tuple.destination : p->tuple.source;
  its_own = p->ipv6 ? same_address(address, endpoint->address6)
                    : endpoint->address4 && unmapped(address) == endpoint->address4;
  if (!its_own)
    return p->to_pod ? REASON_STALE_ADDRESS : REASON_INVALID_SOURCE_IP;
  if (!p->to_pod && (bpf_skb_load_bytes(skb, ETH_ALEN, mac, ETH_ALEN) < 0 || !same_mac(mac, endpoint->mac)))
    return REASON_INVALID_SOURCE_MAC;
  if (!(endpoint->flags & ENDPOINT_READY))
    return REASON_NOT_READY;
  return REASON_NONE;
}

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Who the two ends of a packet are. Functions return 0, or the reason for which the packet is dropped. */
#pragma once

#include "flow.h"

static __always_inline int take_pod(struct party *who, const struct endpoint *endpoint, bool ipv6) {
  if (!(endpoint->flags & ENDPOINT_READY))
    return REASON_NOT_READY;
  who->identity = endpoint->identity;
  who->block = ipv6 ? endpoint->block6 : endpoint->block4;
  who->ifindex = endpoint->ifindex;
  who->endpoint = endpoint->id;
  who->egress_slot = endpoint->egress_slot;
  who->ingress_slot = endpoint->ingress_slot;
  return REASON_NONE;
}

/* The pod behind an interface. */
static __always_inline int resolve_pod(struct party *who, __u32 ifindex, bool ipv6) {
  struct endpoint *endpoint = bpf_map_lookup_elem(&endpoints, &ifindex);
  return endpoint ? take_pod(who, endpoint, ipv6) : REASON_NOT_READY;
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

static __always_inline void read_revisions(struct party *who) {
  who->egress_revision = revision_of(who->egress_slot);
  who->ingress_revision = revision_of(who->ingress_slot);
}

/* How often the ends are read anew when something changes meanwhile. */
#define TRIES 3

/*
 * Reads near, which may have been read already, and far. Revisions come before everything that is looked up
 * under them, but which revisions is known from the endpoint only. Whoever gives an endpoint another slot
 * writes the endpoint, then raises ANY_REVISION, then that of the slot: so where ANY_REVISION is the same
 * before the endpoints were read and after the slots' revisions were, these are of before the change.
 */
__attribute__((noinline)) int resolve(void) {
  struct packet *p = packet_of_this_cpu();
  const __u8 *address;
  struct endpoint *pod;
  int reason;

  if (!p)
    return REASON_NOT_READY;
  address = p->to_pod ? p->tuple.source : p->out.destination;
  for (__u64 i = 0; i < TRIES; i++) { /* of 64 bits, as the verifier knows it again from the stack */
    if (i || !p->near.ifindex) {
      p->changes = revision_of(ANY_REVISION);
      reason = resolve_pod(&p->near, p->ifindex, p->ipv6);
      if (reason)
        return reason;
      p->placed = 0;
    }
    pod = p->placed ? NULL : bpf_map_lookup_elem(&addresses, address);
    if (pod && p->to_pod)
      return REASON_INVALID_SOURCE_IP; /* pods reach each other by from_pod only */
    if (pod) {
      reason = take_pod(&p->far, pod, p->ipv6);
      if (reason)
        return reason;
    } else if (!p->placed) {
      resolve_prefix(&p->far, address, p->ipv6);
    }
    read_revisions(&p->near);
    read_revisions(&p->far);
    if (revision_of(ANY_REVISION) == p->changes)
      return REASON_NONE;
  }
  return REASON_NOT_READY;
}

/* resolve(), which most often has nothing left to read but revisions. */
static __always_inline int resolve_ends(struct packet *p) {
  if (p->placed) {
    read_revisions(&p->near);
    read_revisions(&p->far);
    if (revision_of(ANY_REVISION) == p->changes)
      return REASON_NONE;
  }
  return resolve();
}

/* The packet's own end is who it says it is: p->near. */
__attribute__((noinline)) int check_near(struct __sk_buff *skb) {
  const struct ethhdr *ethernet = (void *)(long)skb->data;
  struct packet *p = packet_of_this_cpu();
  struct endpoint *endpoint;
  const __u8 *address;
  bool its_own;

  if (!p)
    return REASON_NOT_READY;
  p->changes = revision_of(ANY_REVISION);
  endpoint = bpf_map_lookup_elem(&endpoints, &p->ifindex);
  if (!endpoint)
    return REASON_NOT_READY;
  address = p->to_pod ? p->tuple.destination : p->tuple.source;
  its_own = p->ipv6 ? same_address(address, endpoint->address6)
                    : endpoint->address4 && unmapped(address) == endpoint->address4;
  if (!its_own)
    return p->to_pod ? REASON_STALE_ADDRESS : REASON_INVALID_SOURCE_IP;
  if (!p->to_pod &&
      ((void *)(ethernet + 1) > (void *)(long)skb->data_end || !same_mac(ethernet->h_source, endpoint->mac)))
    return REASON_INVALID_SOURCE_MAC;
  return take_pod(&p->near, endpoint, p->ipv6);
}

static __always_inline bool has_translations(__u32 endpoint) {
  __u8 *mark = bpf_map_lookup_elem(&translated, &endpoint);
  return !mark || *mark;
}

/* Reads far, where a pod sends to another pod of this node. */
static __always_inline int find_far(struct packet *p) {
  struct endpoint *pod = p->to_pod ? NULL : bpf_map_lookup_elem(&addresses, p->tuple.destination);
  if (!pod)
    return REASON_NONE;
  p->placed = 1;
  p->bare = !has_translations(p->near.endpoint) && !has_translations(pod->id);
  return take_pod(&p->far, pod, p->ipv6);
}

static __always_inline struct party *sender_of(struct packet *p) {
  return p->to_pod ? &p->far : &p->near;
}

static __always_inline struct party *receiver_of(struct packet *p) {
  return p->to_pod ? &p->near : &p->far;
}

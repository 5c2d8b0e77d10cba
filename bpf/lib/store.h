/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Both entries of a flow that was let through, and of its translation. */
#pragma once

#include "translate.h"

/* Sets p->here and p->there. */
static __always_inline void find_places(struct packet *p) {
  bool leaves = p->uplink && !p->at_uplink;

  __builtin_memset(&p->here, 0, sizeof(p->here));
  __builtin_memset(&p->there, 0, sizeof(p->there));
  p->here.ifindex = p->at_uplink ? p->uplink : p->ifindex;
  p->there.ifindex = leaves ? p->uplink : p->far.ifindex ? p->far.ifindex : p->ifindex;
  if (p->uplink) {
    p->here.redirect = leaves ? p->uplink : p->ifindex;
    p->there.redirect = leaves ? p->ifindex : p->uplink;
    p->here.flags = leaves ? FLOW_TO_UPLINK : 0;
    p->there.flags = leaves ? 0 : FLOW_TO_UPLINK;
  } else if (p->to_pod) {
    p->here.flags = FLOW_TO_POD;
  } else if (p->far.ifindex) {
    p->here.redirect = p->far.ifindex;
    p->there.redirect = p->ifindex;
  } else {
    p->there.flags = FLOW_TO_POD;
  }
}

static __always_inline void mark_translated(__u32 endpoint) {
  __u8 *mark = bpf_map_lookup_elem(&translated, &endpoint);
  if (mark)
    *mark = 1;
}

/* Both directions of a translation. 0, or a reason. */
__attribute__((noinline)) int store_nats(void) {
  struct packet *p = packet_of_this_cpu();
  struct nat *nat;

  if (!p)
    return REASON_NO_POLICY;
  mark_translated(p->near.endpoint);
  if (p->far.ifindex)
    mark_translated(p->far.endpoint);
  nat = &p->nat;
  copy_address(&nat->source, p->out.source);
  copy_address(&nat->destination, p->out.destination);
  nat->source_port = p->out.source_port;
  nat->destination_port = p->out.destination_port;
  nat->service = p->service;
  nat->flags = (p->initiator ? FLOW_INITIATOR : 0) | (p->here.flags & FLOW_TO_POD);
  nat->ifindex = p->here.ifindex;
  nat->uplink = p->uplink;
  nat->seen = p->now;
  nat->service_revision = p->service_revision;
  if (store_nat(p->ipv6, &p->tuple, nat, BPF_ANY))
    return REASON_MAP_FULL;
  copy_address(&nat->source, p->tuple.destination);
  copy_address(&nat->destination, p->tuple.source);
  nat->source_port = p->tuple.destination_port;
  nat->destination_port = p->tuple.source_port;
  nat->flags = (p->initiator ? 0 : FLOW_INITIATOR) | (p->there.flags & FLOW_TO_POD);
  nat->ifindex = p->there.ifindex;
  if (store_nat(p->ipv6, &p->key, nat, p->claims ? BPF_NOEXIST : BPF_ANY)) {
    forget(p->ipv6, &p->tuple);
    return REASON_MAP_FULL;
  }
  return REASON_NONE;
}

/*
 * What goes on where the flow does: counters, what was seen of it, and when it began. The entry; NULL where
 * there is none yet, or likely none.
 */
static __always_inline struct flow *go_on(struct packet *p, const struct flow6_key *key, bool unmet) {
  struct flow *flow = &p->flow;
  struct flow *was = unmet || (p->fresh && !p->reused) ? NULL : flow_of(p->ipv6, key);

  flow->packets = flow->bytes = 0;
  flow->tcp_flags = 0;
  flow->opened = flow->flags & FLOW_INITIATOR ? p->now : p->now >> 16;
  if (!was || p->fresh)
    return was;
  flow->opened = was->opened;
  flow->packets = was->packets;
  flow->bytes = was->bytes;
  flow->tcp_flags = was->tcp_flags;
  flow->flags |= was->flags & FLOW_CLOSED;
  if (!flow->service)
    flow->service = was->service;
  return was;
}

#define FLOW_WAY (FLOW_INITIATOR | FLOW_TO_POD | FLOW_TRANSLATED | FLOW_TO_UPLINK)

/* Both take packets of one tuple the same way: whoever sees some of each does nothing wrong. */
static __always_inline bool is_same_way(const struct flow *one, const struct flow *other) {
  return one->ifindex == other->ifindex && one->redirect == other->redirect &&
         !((one->flags ^ other->flags) & FLOW_WAY);
}

/*
 * False where the entry was to be new, and is not. An update costs a new entry, so that of a port that comes
 * round again is written over.
 */
static __always_inline bool store_entry(struct packet *p, const struct flow6_key *key, struct flow *was,
                                        bool new) {
  if (was && p->fresh && is_same_way(was, &p->flow)) {
    *was = p->flow;
    return true;
  }
  if (!was && !store_flow(p->ipv6, key, &p->flow, BPF_NOEXIST)) {
    count(p->ipv6 ? COUNTER_FLOWS6 : COUNTER_FLOWS4);
    return true;
  }
  if (!new)
    store_flow(p->ipv6, key, &p->flow, BPF_ANY);
  return !new;
}

/*
 * Both entries, of which p->flow has what they have in common; it is then that of p->tuple. Non-zero where
 * they were to be new, and one is not.
 */
__attribute__((noinline)) int store_both(__u32 new) {
  struct packet *p = packet_of_this_cpu();
  const struct party *sender, *receiver;
  struct flow *flow, *was;
  __u16 common;

  if (!p)
    return 0;
  sender = sender_of(p);
  receiver = receiver_of(p);
  flow = &p->flow;
  common = (p->audit ? FLOW_AUDIT : 0) | (p->guessed ? FLOW_GUESSED : 0) |
           (is_translated(p) ? FLOW_TRANSLATED : 0);
  flow->ifindex = p->there.ifindex;
  flow->redirect = p->there.redirect;
  flow->flags = common | p->there.flags | (p->initiator ? 0 : FLOW_INITIATOR);
  flow->source_identity = receiver->identity;
  flow->destination_identity = sender->identity;
  flow->rule = p->initiator ? p->ingress.rule : p->egress.rule;
  was = go_on(p, &p->key, false);
  if (!store_entry(p, &p->key, was, new))
    return -1;

  flow->ifindex = p->here.ifindex;
  flow->redirect = p->here.redirect;
  flow->flags = common | p->here.flags | (p->initiator ? FLOW_INITIATOR : 0);
  flow->source_identity = sender->identity;
  flow->destination_identity = receiver->identity;
  flow->rule = p->initiator ? p->egress.rule : p->ingress.rule;
  was = go_on(p, &p->tuple, p->unmet);
  if (!p->uplink) { /* what is masqueraded may still fail to leave */
    p->moments = account(flow, p->length, p->tcp_flags, p->now);
    p->counted = 1;
  }
  return store_entry(p, &p->tuple, was, new) ? 0 : -1;
}

/* An unanswered SYN was sent again, of which `was` is the entry. */
static __always_inline bool is_sent_again(const struct packet *p, const struct config *host,
                                          const struct flow *was) {
  return was && is_met(p, was) && !is_dead(p, host, was) && (was->flags & FLOW_INITIATOR) && is_opening(was);
}

/* The flow went to another pod before, which had the address. */
static __always_inline bool was_led_elsewhere(const struct packet *p, const struct flow *was) {
  return was && p->initiator && !p->to_pod && was->redirect != (p->uplink ? p->uplink : p->far.ifindex);
}

/*
 * Sets p->state and p->fresh, by the entry of a flow that goes on, or that was only presumed to begin; p->key
 * is the answers'.
 */
__attribute__((noinline)) int look_back(void) {
  struct packet *p = packet_of_this_cpu();
  struct config *host = node();
  struct flow *was;

  if (!p || !host)
    return 0;
  was = p->unmet ? NULL : flow_of(p->ipv6, &p->tuple);
  p->fresh = (p->presumed && !is_sent_again(p, host, was)) || was_led_elsewhere(p, was);
  if (!was)
    was = flow_of(p->ipv6, &p->key);
  if (was)
    p->state = was->state;
  else
    p->fresh = 1; /* a translated flow that has lost both entries */
  return 0;
}

/* Both entries, as abi/flows.h draws them, after find_places(); p->key is the answers'. */
static __always_inline void store(struct packet *p, const struct config *host) {
  const struct party *asker, *asked;
  struct flow *flow;

  asker = p->initiator ? sender_of(p) : receiver_of(p);
  asked = p->initiator ? receiver_of(p) : sender_of(p);
  flow = &p->flow;
  flow->egress_slot = asker->ifindex ? asker->egress_slot : 0;
  flow->egress_revision = asker->ifindex ? asker->egress_revision : 0;
  flow->ingress_slot = asked->ifindex ? asked->ingress_slot : 0;
  flow->ingress_revision = asked->ifindex ? asked->ingress_revision : 0;
  flow->service = p->service;
  flow->seen = p->now;
  flow->report = p->now + (host->report ? host->report : NEVER);
  flow->state = p->fresh ? first_state(p) : p->state;
  if (p->presumed) {
    if (!store_both(true))
      return;
    p->reused = 1;
    look_back();
    flow->state = p->fresh ? first_state(p) : p->state;
  }
  store_both(false);
}

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

/* Places, and the answers' key; both directions of a translation, where there is one. 0, or a reason. */
__attribute__((noinline)) int store_nats(void) {
  struct packet *p = packet_of_this_cpu();
  struct nat *nat;

  if (!p)
    return REASON_NO_POLICY;
  find_places(p);
  reverse(&p->key, &p->out);
  if (!is_translated(p))
    return REASON_NONE;
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

/* One entry, but for what p->flow already says; counters go on where the flow does. */
static __always_inline void store_entry(struct packet *p, const struct flow6_key *key, bool unmet) {
  struct flow *flow = &p->flow;
  struct flow *was = unmet ? NULL : flow_of(p->ipv6, key);

  flow->packets = flow->bytes = 0;
  flow->tcp_flags = 0;
  flow->opened = flow->flags & FLOW_INITIATOR ? p->now : p->now >> 16;
  if (was && !p->fresh) {
    flow->opened = was->opened;
    flow->packets = was->packets;
    flow->bytes = was->bytes;
    flow->tcp_flags = was->tcp_flags;
    flow->flags |= was->flags & FLOW_CLOSED;
  }
  if (!was)
    count(p->ipv6 ? COUNTER_FLOWS6 : COUNTER_FLOWS4);
  store_flow(p->ipv6, key, flow);
}

/*
 * Both entries, as abi/flows.h draws them, after store_nats(); p->flow is then that of p->tuple. 0, or a
 * reason.
 */
__attribute__((noinline)) int store(void) {
  struct packet *p = packet_of_this_cpu();
  struct config *host = node();
  const struct party *sender, *receiver, *asker, *asked;
  struct flow *was, *flow;
  __u16 common;

  if (!p || !host)
    return REASON_NO_POLICY;
  sender = sender_of(p);
  receiver = receiver_of(p);
  asker = p->initiator ? sender : receiver;
  asked = p->initiator ? receiver : sender;
  flow = &p->flow;
  common = (p->audit ? FLOW_AUDIT : 0) | (p->guessed ? FLOW_GUESSED : 0) |
           (is_translated(p) ? FLOW_TRANSLATED : 0);
  __builtin_memset(flow, 0, sizeof(*flow));
  flow->egress_slot = asker->ifindex ? asker->egress_slot : 0;
  flow->egress_revision = asker->ifindex ? asker->egress_revision : 0;
  flow->ingress_slot = asked->ifindex ? asked->ingress_slot : 0;
  flow->ingress_revision = asked->ifindex ? asked->ingress_revision : 0;
  flow->service = p->service;
  flow->seen = p->now;
  flow->state = first_state(p);
  if (!p->fresh) {
    was = flow_of(p->ipv6, &p->tuple);
    if (!was)
      was = flow_of(p->ipv6, &p->key);
    if (was)
      flow->state = was->state;
  }
  flow->report = p->now + (host->report ? host->report : NEVER);

  flow->ifindex = p->there.ifindex;
  flow->redirect = p->there.redirect;
  flow->flags = common | p->there.flags | (p->initiator ? 0 : FLOW_INITIATOR);
  flow->source_identity = receiver->identity;
  flow->destination_identity = sender->identity;
  flow->rule = p->initiator ? p->ingress.rule : p->egress.rule;
  store_entry(p, &p->key, false);

  flow->ifindex = p->here.ifindex;
  flow->redirect = p->here.redirect;
  flow->flags = common | p->here.flags | (p->initiator ? FLOW_INITIATOR : 0);
  flow->source_identity = sender->identity;
  flow->destination_identity = receiver->identity;
  flow->rule = p->initiator ? p->egress.rule : p->ingress.rule;
  store_entry(p, &p->tuple, p->unmet);
  return REASON_NONE;
}

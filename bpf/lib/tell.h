/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Events and counters. */
#pragma once

#include "flow.h"

static __always_inline void count(__u32 counter) {
  __u64 *value = bpf_map_lookup_elem(&counters, &counter);
  if (value)
    *value += 1;
}

static __always_inline void submit(void *event, __u64 size) {
  if (bpf_ringbuf_output(&events, event, size, BPF_RB_NO_WAKEUP))
    count(COUNTER_EVENTS_LOST);
}

/* The head that all events have, of a flow or packet whose tuple is p->key. */
static __always_inline void head(struct packet *p, __u8 type) {
  struct event *event = &p->told.event;
  __builtin_memset(event, 0, sizeof(*event));
  event->type = type;
  event->version = ABI_EVENTS;
  event->protocol = p->key.protocol;
  event->time = bpf_ktime_get_ns();
  event->ifindex = p->ifindex;
  event->source_port = p->key.source_port;
  event->destination_port = p->key.destination_port;
  event->flags = (p->ipv6 ? EVENT_IPV6 : 0) | (p->to_pod ? EVENT_TO_POD : 0);
}

/* Adds the addresses of p->key and submits. */
static __always_inline void tell(struct packet *p) {
  if (p->ipv6) {
    p->told.event.length = sizeof(struct event6);
    copy_words(p->told.event6.source, p->key.source, 2 * ADDRESS_WORDS);
    submit(&p->told, sizeof(struct event6));
  } else {
    p->told.event.length = sizeof(struct event4);
    p->told.event4.source = unmapped(p->key.source);
    p->told.event4.destination = unmapped(p->key.destination);
    submit(&p->told, sizeof(struct event4));
  }
}

static __always_inline void tell_counts(struct packet *p, const struct event_counts *counts) {
  if (p->ipv6) {
    p->told.event.length = sizeof(struct event6_counts);
    copy_words(p->told.counts6.source, p->key.source, 2 * ADDRESS_WORDS);
    p->told.counts6.counts = *counts;
    submit(&p->told, sizeof(struct event6_counts));
  } else {
    p->told.event.length = sizeof(struct event4_counts);
    p->told.counts4.source = unmapped(p->key.source);
    p->told.counts4.destination = unmapped(p->key.destination);
    p->told.counts4.counts = *counts;
    submit(&p->told, sizeof(struct event4_counts));
  }
}

static __always_inline __u16 endpoint_at(__u32 ifindex) {
  struct endpoint *endpoint = ifindex ? bpf_map_lookup_elem(&endpoints, &ifindex) : NULL;
  return endpoint ? endpoint->id : 0;
}

/* Who sends and who receives p->out, from what was resolved for the decision. */
static __always_inline void name_parties(struct packet *p) {
  struct event *event = &p->told.event;
  const struct party *sender = p->to_pod ? &p->far : &p->near;
  const struct party *receiver = p->to_pod ? &p->near : &p->far;
  event->source_identity = sender->identity;
  event->source_endpoint = sender->endpoint;
  event->destination_identity = receiver->identity;
  event->destination_endpoint = receiver->endpoint;
}

static __always_inline void name_rules(struct packet *p) {
  struct event *event = &p->told.event;
  event->egress_rule = p->egress.rule;
  event->ingress_rule = p->ingress.rule;
  event->service = p->service;
  event->tcp_flags = p->tcp_flags;
  event->flags |=
      (p->egress.reason ? EVENT_DENIED_EGRESS : 0) | (p->ingress.reason ? EVENT_DENIED_INGRESS : 0);
  if (is_translated(p))
    event->flags |= EVENT_TRANSLATED;
}

/* Neighbours' chatter is counted, but not worth an event a packet. */
static __always_inline bool is_told(__u32 reason) {
  return reason != REASON_MULTICAST && reason != REASON_ARP && reason != REASON_FORBIDDEN_ICMP6;
}

/* Counts and tells a drop. */
static __always_inline int drop(struct packet *p, __u32 reason) {
  __u32 place = (reason & 0xff) * 2 + (p->to_pod ? 1 : 0);
  struct drops *counted = bpf_map_lookup_elem(&drops, &place);
  if (counted) {
    counted->packets += 1;
    counted->bytes += p->length;
  }
  if (is_told(reason)) {
    p->key = p->out;
    head(p, EVENT_DROPPED);
    p->told.event.reason = reason;
    name_parties(p);
    name_rules(p);
    tell(p);
  }
  return TC_ACT_SHOT;
}

/* Tells that a flow was let through; addresses and parties are the initiator's first. */
static __always_inline void tell_opened(struct packet *p) {
  if (p->initiator)
    p->key = p->out;
  else
    reverse(&p->key, &p->tuple);
  head(p, EVENT_OPENED);
  name_parties(p);
  name_rules(p);
  if (!p->initiator) {
    struct event *event = &p->told.event;
    __u32 identity = event->source_identity;
    __u16 endpoint = event->source_endpoint;
    event->source_identity = event->destination_identity;
    event->source_endpoint = event->destination_endpoint;
    event->destination_identity = identity;
    event->destination_endpoint = endpoint;
  }
  if (p->audit) {
    p->told.event.flags |= EVENT_AUDIT;
    p->told.event.reason = p->egress.reason ? p->egress.reason : p->ingress.reason;
  }
  tell(p);
}

/*
 * What happens to an established flow now and then: `mine` is the entry that the packet met, under p->tuple.
 * Both entries are read, since each knows one direction's counters and one policy's rule.
 */
__attribute__((noinline)) int note(struct flow *mine, __u32 moments) {
  struct packet *p = packet_of_this_cpu();
  struct flow *other, *asked, *answered;
  struct event_counts counts = {};
  struct config *node_config = node();
  bool reset, ended;

  if (!p || !mine || !node_config)
    return 0;
  p->out = p->tuple;
  if (mine->flags & FLOW_TRANSLATED) {
    struct nat *nat = nat_of(p->ipv6, &p->tuple);
    if (nat)
      apply_nat(&p->out, nat);
  }
  reverse(&p->key, &p->out);
  other = flow_of(p->ipv6, &p->key);
  if (moments & MOMENT_STEP)
    step(mine, other);
  if (moments & MOMENT_REPORT)
    mine->report = p->now + (node_config->report ? node_config->report : NEVER);

  reset = mine->tcp_flags & TCP_RST;
  ended = (moments & MOMENT_ENDING) && !(mine->flags & FLOW_CLOSED) &&
          (reset || (other && (other->tcp_flags & TCP_FIN)));
  if (ended) {
    mine->flags |= FLOW_CLOSED;
    if (other)
      other->flags |= FLOW_CLOSED;
  }
  if (!ended && !(moments & MOMENT_FIRST_REPLY) &&
      !((moments & MOMENT_REPORT) && node_config->report && (mine->flags & FLOW_INITIATOR)))
    return 0;

  if (moments & MOMENT_FIRST_REPLY) {
    p->key = p->out;
    head(p, EVENT_FIRST_REPLY);
    p->told.event.flags |= EVENT_REPLY;
    p->told.event.tcp_flags = p->tcp_flags;
    p->told.event.source_identity = mine->source_identity;
    p->told.event.destination_identity = mine->destination_identity;
    p->told.event.ingress_rule = mine->rule;
    p->told.event.egress_rule = other ? other->rule : 0;
    p->told.event.service = mine->service;
    p->told.event.source_endpoint = mine->flags & FLOW_TO_POD ? 0 : endpoint_at(mine->ifindex);
    p->told.event.destination_endpoint =
        endpoint_at(mine->flags & FLOW_TO_POD ? mine->ifindex : mine->redirect);
    tell(p);
    if (!ended)
      return 0;
  }

  asked = mine->flags & FLOW_INITIATOR ? mine : other;
  answered = mine->flags & FLOW_INITIATOR ? other : mine;
  if (mine->flags & FLOW_INITIATOR)
    p->key = p->out;
  else
    reverse(&p->key, &p->tuple);
  head(p, ended ? EVENT_CLOSED : EVENT_COUNTERS);
  p->told.event.tcp_flags = mine->tcp_flags | (other ? other->tcp_flags : 0);
  p->told.event.service = mine->service;
  if (asked) {
    counts.packets = asked->packets;
    counts.bytes = asked->bytes;
    p->told.event.source_identity = asked->source_identity;
    p->told.event.destination_identity = asked->destination_identity;
    p->told.event.egress_rule = asked->rule;
    p->told.event.source_endpoint = asked->flags & FLOW_TO_POD ? 0 : endpoint_at(asked->ifindex);
    p->told.event.destination_endpoint =
        endpoint_at(asked->flags & FLOW_TO_POD ? asked->ifindex : asked->redirect);
  }
  if (answered) {
    counts.reply_packets = answered->packets;
    counts.reply_bytes = answered->bytes;
    p->told.event.ingress_rule = answered->rule;
    if (!asked) {
      p->told.event.source_identity = answered->destination_identity;
      p->told.event.destination_identity = answered->source_identity;
    }
  }
  tell_counts(p, &counts);
  return 0;
}

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Events and counters. */
#pragma once

#include "flow.h"
#include "ring.h"

/* Begins to tell of the packet. */
static __always_inline void begin_telling(struct packet *p, __u8 type) {
  __builtin_memset(&p->told, 0, sizeof(p->told));
  p->told.type = type;
  p->told.tcp_flags = p->tcp_flags;
  p->told.time = event_time();
}

/*
 * An event is written by eight bytes at a time, for the reason of tail(), and into the ring itself: a copy of
 * what was just written waits for it.
 */
static __always_inline void write_head(struct packet *p, dword *event, __u16 length) {
  dword tail = *tail_of(&p->key);
  __u8 flags = p->told.flags | (p->ipv6 ? EVENT_IPV6 : 0) | (p->to_pod ? EVENT_TO_POD : 0);
  event[0] = p->told.type | ABI_EVENTS << 8 | (dword)length << 16 | p->told.time << 32;
  event[1] = (p->told.time >> 32 & 0xff) | (tail >> 32 & 0xff) << 8 | (dword)p->told.tcp_flags << 16 |
             (dword)flags << 24 | tail << 32;
}

#define HEAD_DWORDS (sizeof(struct event) / sizeof(dword))

static __always_inline void write_decision(dword *event, const struct event_decision *decision) {
  event[HEAD_DWORDS] = decision->source_identity | (dword)decision->destination_identity << 32;
  event[HEAD_DWORDS + 1] = decision->service | (dword)decision->egress_rule << 16 |
                           (dword)decision->ingress_rule << 32 | (dword)decision->reason << 48;
}

static __always_inline dword addresses4(const struct packet *p) {
  return unmapped(p->key.source) | (dword)unmapped(p->key.destination) << 32;
}

static __always_inline void tell(struct packet *p) {
  dword *event;
  if (p->ipv6) {
    event = reserve(sizeof(struct event6));
    if (!event)
      return;
    write_head(p, event, sizeof(struct event6));
    write_decision(event, &p->told.why);
    copy_dwords(&event[4], p->key.source, 2 * ADDRESS_DWORDS);
  } else {
    event = reserve(sizeof(struct event4));
    if (!event)
      return;
    write_head(p, event, sizeof(struct event4));
    write_decision(event, &p->told.why);
    event[4] = addresses4(p);
  }
  commit(event);
}

/* One direction's counters; its packets have p->key between translation and destination. */
static __always_inline void tell_counts(struct packet *p, const struct flow *flow, __u8 more) {
  dword *event;
  p->told.tcp_flags = flow->tcp_flags;
  p->told.flags = more | (flow->flags & FLOW_INITIATOR ? 0 : EVENT_REPLY);
  if (p->ipv6) {
    event = reserve(sizeof(struct event6_counts));
    if (!event)
      return;
    write_head(p, event, sizeof(struct event6_counts));
    copy_dwords(&event[2], p->key.source, 2 * ADDRESS_DWORDS);
    event[6] = flow->packets;
    event[7] = flow->bytes;
  } else {
    event = reserve(sizeof(struct event4_counts));
    if (!event)
      return;
    write_head(p, event, sizeof(struct event4_counts));
    event[2] = addresses4(p);
    event[3] = flow->packets;
    event[4] = flow->bytes;
  }
  commit(event);
}

static __always_inline __u16 endpoint_at(__u32 ifindex) {
  struct endpoint *endpoint = ifindex ? bpf_map_lookup_elem(&endpoints, &ifindex) : NULL;
  return endpoint ? endpoint->id : 0;
}

/*
 * Sets p->key to what the initiator's packets are told with: as they leave, but with the pod's own address
 * where the node's stands for it. `asks`: the packet is one of them.
 */
static __always_inline void key_as_told(struct packet *p, bool asks) {
  if (asks)
    p->key = p->out;
  else
    reverse(&p->key, &p->tuple);
  if (!p->uplink)
    return;
  copy_address(p->key.source, asks ? p->tuple.source : p->out.destination);
  p->key.source_port = asks ? p->tuple.source_port : p->out.destination_port;
}

/* A rule's number, where there is room for it. */
static __always_inline __u16 told_rule(__u32 rule) {
  return rule <= 0xffff ? rule : 0;
}

/* Who sends and who receives p->out, and what was decided of it. */
static __always_inline void name_decision(struct packet *p) {
  struct event_decision *decision = &p->told.why;
  const struct party *sender = p->to_pod ? &p->far : &p->near;
  const struct party *receiver = p->to_pod ? &p->near : &p->far;
  decision->source_identity = sender->identity;
  decision->destination_identity = receiver->identity;
  decision->egress_rule = told_rule(p->egress.rule);
  decision->ingress_rule = told_rule(p->ingress.rule);
  decision->service = p->service;
  p->told.flags |=
      (p->egress.reason ? EVENT_DENIED_EGRESS : 0) | (p->ingress.reason ? EVENT_DENIED_INGRESS : 0);
  if (is_translated(p))
    p->told.flags |= EVENT_TRANSLATED;
}

/* Neighbours' chatter is counted, but not worth an event a packet. */
static __always_inline bool is_told(__u32 reason) {
  return reason != REASON_MULTICAST && reason != REASON_ARP && reason != REASON_FORBIDDEN_ICMP6;
}

/* Who sent it is not what its addresses say. */
static __always_inline bool is_faceless(__u32 reason) {
  return reason == REASON_INVALID_SOURCE_IP || reason == REASON_INVALID_SOURCE_MAC ||
         reason == REASON_UNSUPPORTED_L2;
}

/*
 * Takes what one event costs from the pod's and the reason's credit, of which config.drop_events a second are
 * given, at most a second's. Two CPUs may tell one too many; what is suppressed is counted exactly.
 */
static __always_inline bool has_credit(const struct packet *p, const struct config *host, __u32 reason) {
  struct drop_key key = {.ifindex = p->ifindex, .reason = reason, .to_pod = p->to_pod};
  struct drop_limit *limit = bpf_map_lookup_elem(&drop_limits, &key);
  __u32 now = bpf_jiffies64(), most = host->drop_events * host->hz, credit, elapsed;

  if (!limit) {
    struct drop_limit first = {.credit = most, .moment = now};
    bpf_map_update_elem(&drop_limits, &key, &first, BPF_NOEXIST);
    limit = bpf_map_lookup_elem(&drop_limits, &key);
    if (!limit)
      return true;
  }
  elapsed = now - limit->moment;
  credit = limit->credit;
  if (elapsed) {
    limit->moment = now;
    credit += elapsed < host->hz ? elapsed * host->drop_events : most;
    if (credit > most)
      credit = most;
  }
  if (credit >= host->hz && host->drop_events) {
    limit->credit = credit - host->hz;
    return true;
  }
  limit->credit = credit;
  __sync_fetch_and_add(&limit->suppressed, 1);
  return false;
}

/* Tells a drop, or counts that it was not told. */
__attribute__((noinline)) int tell_drop(__u32 reason) {
  struct packet *p = packet_of_this_cpu();
  struct config *host = node();

  if (!p || !host)
    return 0;
  if (!has_credit(p, host, reason)) {
    __u32 place = (reason & 0xff) * 2 + (p->to_pod ? 1 : 0);
    struct drops *counted = bpf_map_lookup_elem(&drops, &place);
    if (counted)
      counted->suppressed += 1;
    return 0;
  }
  if (p->at_uplink)
    p->key = p->out;
  else
    key_as_told(p, true);
  begin_telling(p, EVENT_DROPPED);
  p->told.why.reason = reason;
  name_decision(p);
  if (is_faceless(reason)) {
    p->told.flags |= EVENT_BY_ENDPOINT;
    p->told.why.service = endpoint_at(p->ifindex);
  }
  tell(p);
  return 0;
}

/* Counts and tells a drop. */
__attribute__((noinline)) int drop(__u32 reason) {
  struct packet *p = packet_of_this_cpu();
  struct drops *counted;
  __u32 place;

  if (!p)
    return TC_ACT_SHOT;
  place = (reason & 0xff) * 2 + (p->to_pod ? 1 : 0);
  counted = bpf_map_lookup_elem(&drops, &place);
  if (counted) {
    counted->packets += 1;
    counted->bytes += p->length;
  }
  if (is_told(reason))
    tell_drop(reason);
  return TC_ACT_SHOT;
}

/* Tells that a flow was let through; addresses and parties are the initiator's first. */
__attribute__((noinline)) int tell_opened(void) {
  struct packet *p = packet_of_this_cpu();
  struct event_decision *why;

  if (!p)
    return 0;
  key_as_told(p, p->initiator);
  begin_telling(p, EVENT_OPENED);
  name_decision(p);
  why = &p->told.why;
  if (!p->initiator) {
    __u32 identity = why->source_identity;
    why->source_identity = why->destination_identity;
    why->destination_identity = identity;
  }
  if (p->audit) {
    p->told.flags |= EVENT_AUDIT;
    why->reason = p->egress.reason ? p->egress.reason : p->ingress.reason;
  }
  tell(p);
  return 0;
}

/*
 * What happens to an established flow now and then: `mine` is the entry that the packet met, under p->tuple.
 * Both entries are read, since each knows one direction's counters and one policy's rule.
 */
__attribute__((noinline)) int note(struct flow *mine, __u32 moments) {
  struct packet *p = packet_of_this_cpu();
  struct event_decision *why;
  struct flow *other;
  struct config *host = node();
  __u8 type = 0;

  if (!p || !mine || !host)
    return 0;
  if (moments & MOMENT_REPORT) {
    mine->report = p->now + (host->report ? host->report : NEVER);
    type = host->report ? EVENT_COUNTERS : 0;
  }
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
  if ((moments & MOMENT_ENDING) && !(mine->flags & FLOW_CLOSED) &&
      ((mine->tcp_flags & TCP_RST) || (other && (other->tcp_flags & TCP_FIN)))) {
    type = mine->tcp_flags & TCP_RST ? EVENT_RESET : EVENT_CLOSED;
    mine->flags |= FLOW_CLOSED;
    if (other)
      other->flags |= FLOW_CLOSED;
  }
  if (moments & MOMENT_FIRST_REPLY) {
    p->key = p->out;
    begin_telling(p, EVENT_FIRST_REPLY);
    p->told.flags = EVENT_REPLY;
    why = &p->told.why;
    why->source_identity = mine->source_identity;
    why->destination_identity = mine->destination_identity;
    why->ingress_rule = told_rule(mine->rule);
    why->egress_rule = other ? told_rule(other->rule) : 0;
    why->service = mine->service;
    tell(p);
  }
  if (!type)
    return 0;

  key_as_told(p, mine->flags & FLOW_INITIATOR);
  if (!(mine->flags & FLOW_INITIATOR)) {
    reverse(&p->other_key, &p->key);
    p->key = p->other_key;
  }
  if (type == EVENT_COUNTERS)
    other = NULL;
  begin_telling(p, type);
  tell_counts(p, mine, other ? EVENT_MORE : 0);
  if (other) {
    reverse(&p->other_key, &p->key);
    p->key = p->other_key;
    tell_counts(p, other, 0);
  }
  return 0;
}

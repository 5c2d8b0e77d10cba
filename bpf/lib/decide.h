/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The first packet of a flow, and every packet whose flow is not known or no longer valid.
 *
 *   - The direction that began the flow is the one that policy is asked about, also when it is an answer that
 * comes by: the entries, the translation, or the entry of the other direction know which it was.
 *   - A pure SYN begins a flow. A SYN with ACK and an echo reply never do: they are answers.
 *   - A TCP packet of a flow that nothing is known of (its entries were evicted) is taken for the first of a
 * new flow of its sender; and if that is denied, for an answer. That this was a guess is kept with the flow:
 * once it is denied, the other way round may be the right one.
 *   - A denial is not stored, and leaves what is there alone.
 */
#pragma once

#include "icmp.h"
#include "lb.h"
#include "masquerade.h"
#include "party.h"
#include "policy.h"
#include "refuse.h"
#include "tell.h"

/* What is known of the packet's flow. */
enum knowledge {
  NOTHING = 0,
  DIRECTION = 1,   /* who began it */
  TRANSLATION = 2, /* and what becomes of its packets: p->nat */
  TAKEN = 3,       /* a SYN that would break into a live connection */
  GUESS = 4,       /* who may have begun it */
};

static __always_inline bool is_answer_by_kind(const struct packet *p) {
  if (p->tuple.protocol == IPPROTO_TCP)
    return (p->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
  if (p->ipv6)
    return p->tuple.protocol == IPPROTO_ICMPV6 && p->icmp_type == ICMP6_ECHO_REPLY;
  return p->tuple.protocol == IPPROTO_ICMP && p->icmp_type == ICMP_ECHO_REPLY;
}

static __always_inline bool is_opening(const struct flow *flow) {
  return flow->state == STATE_TCP_SYN_SENT || flow->state == STATE_TCP_SYN_RECEIVED;
}

static __always_inline bool is_dead(const struct packet *p, const struct config *host,
                                    const struct flow *flow) {
  return is_past(flow->seen + lifetime(host, flow), p->now);
}

static __always_inline bool is_nat_dead(const struct packet *p, const struct config *host,
                                        const struct nat *nat) {
  return is_past(nat->seen +
                     (p->tuple.protocol == IPPROTO_TCP ? host->life.tcp_established : host->life.udp_stream),
                 p->now);
}

/* The initiator's translation for which no backend need be chosen again. */
static __always_inline bool keeps_backend(const struct packet *p, const struct nat *nat,
                                          const struct flow *flow) {
  bool current = !nat->service || nat->service_revision == revision_of(SERVICE_REVISIONS + nat->service);
  if (is_syn(p)) /* sent again before it was answered; later it is another connection from the same port */
    return current && flow && is_opening(flow);
  return current || p->tuple.protocol == IPPROTO_TCP;
}

/* enum knowledge. Sets p->initiator and p->fresh; forgets a translation that has become void. */
__attribute__((noinline)) int recall(void) {
  struct packet *p = packet_of_this_cpu();
  struct config *host = node();
  struct flow *flow, *other;
  struct nat *nat;

  if (!p || !host)
    return NOTHING;
  flow = p->unmet ? NULL : flow_of(p->ipv6, &p->tuple);
  nat = nat_of(p->ipv6, &p->tuple);
  if (flow && (!is_met(p, flow) || is_dead(p, host, flow)))
    flow = NULL; /* its address was another pod's, or it is long over */
  p->initiator = 1;
  if (nat && !is_nat_met(p, nat))
    nat = NULL; /* of another pod, which had the address before */
  if (nat) {
    p->nat = *nat;
    if (!(nat->flags & FLOW_INITIATOR)) {
      p->initiator = is_syn(p);
      if (is_syn(p) && !is_nat_dead(p, host, nat))
        return TAKEN;
      if (!is_syn(p))
        return TRANSLATION;
    } else if (keeps_backend(p, nat, flow) && !is_homeless(p, nat)) {
      p->fresh = is_syn(p) && !flow;
      return TRANSLATION;
    }
    p->key = p->tuple;
    apply_nat(&p->key, &p->nat);
    reverse(&p->other_key, &p->key);
    forget(p->ipv6, &p->other_key);
    forget(p->ipv6, &p->tuple);
    p->fresh = 1;
    return DIRECTION;
  }
  if (flow && !is_syn(p)) {
    p->initiator = (flow->flags & FLOW_INITIATOR) != 0;
    return flow->flags & FLOW_GUESSED ? GUESS : DIRECTION;
  }
  if (is_syn(p)) { /* the same again, unanswered, is no other connection */
    p->fresh = !flow || !(flow->flags & FLOW_INITIATOR) || !is_opening(flow);
    return DIRECTION;
  }
  reverse(&p->key, &p->tuple);
  other = flow_of(p->ipv6, &p->key);
  if (other && !(other->flags & FLOW_TRANSLATED) && is_answered_here(other, p->ifindex, p->to_pod) &&
      !is_dead(p, host, other)) {
    p->initiator = !(other->flags & FLOW_INITIATOR);
    return other->flags & FLOW_GUESSED ? GUESS : DIRECTION;
  }
  p->initiator = !is_answer_by_kind(p);
  p->fresh = 1;
  return NOTHING;
}

static __always_inline bool has_services(const struct packet *p) {
  return p->tuple.protocol == IPPROTO_TCP || p->tuple.protocol == IPPROTO_UDP;
}

/* Sets p->out and the service: from what is known, or by a choice. 0, or a reason. */
__attribute__((noinline)) int translate(__u32 known) {
  struct packet *p = packet_of_this_cpu();
  struct config *host = node();
  struct service_key key = {};
  struct chosen chosen = {};
  enum choice choice;
  __u32 *place;

  if (!p || !host)
    return REASON_NO_POLICY;
  p->out = p->tuple;
  if (known == TRANSLATION) {
    apply_nat(&p->out, &p->nat);
    p->service = p->nat.service;
    p->service_revision = p->nat.service_revision;
    if (p->initiator)
      p->uplink = p->nat.uplink;
    return REASON_NONE;
  }
  if (!p->initiator || p->to_pod)
    return REASON_NONE;
  place = bpf_map_lookup_elem(&addresses, p->tuple.destination);
  p->place = place ? *place : 0;
  p->placed = 1;
  if (place || !has_services(p)) /* no service has a pod's address */
    return REASON_NONE;
  copy_address(key.address.bytes, p->tuple.destination);
  key.port = p->tuple.destination_port;
  key.protocol = p->tuple.protocol;
  choice = choose(&key, &chosen);
  if (choice == NO_SERVICE)
    return REASON_NONE;
  p->service = chosen.service;
  p->service_revision = chosen.revision;
  p->placed = 0;
  if (choice == NO_BACKEND)
    return REASON_NO_BACKEND;
  copy_address(p->out.destination, &chosen.backend.address);
  p->out.destination_port = chosen.backend.port;
  if (same_address(p->out.destination, p->tuple.source)) { /* a pod does not take packets from itself */
    if (p->ipv6)
      copy_address(p->out.source, host->gateway6);
    else
      map_address(p->out.source, host->gateway4);
  }
  return REASON_NONE;
}

/* What the socket asked for, where it was translated at connect() or sendmsg(): a veth keeps the packet's
 * socket. */
__attribute__((noinline)) int name_service(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();
  struct origin_key key = {.side = ORIGIN_OF_BACKEND};
  struct origin *origin;

  if (!p || p->service || !p->initiator || !has_services(p))
    return 0;
  key.socket = bpf_get_socket_cookie(skb);
  if (!key.socket)
    return 0;
  copy_address(key.address.bytes, p->tuple.destination);
  key.port = p->tuple.destination_port;
  key.protocol = p->tuple.protocol;
  origin = bpf_map_lookup_elem(&origins, &key);
  if (origin)
    p->service = origin->service;
  return 0;
}

static __always_inline struct party *sender_of(struct packet *p) {
  return p->to_pod ? &p->far : &p->near;
}

static __always_inline struct party *receiver_of(struct packet *p) {
  return p->to_pod ? &p->near : &p->far;
}

static __always_inline __u8 put(struct packet *p, struct question *question, __u16 slot,
                                const struct party *peer) {
  question->slot = slot;
  question->identity = peer->identity;
  question->block = peer->block;
  question->protocol = p->tuple.protocol;
  question->port = bpf_ntohs(p->initiator ? p->out.destination_port : p->tuple.source_port);
  return ask(question);
}

/* Asks the policies of both ends, of what began the flow: 0, or the reason for which it is denied. */
__attribute__((noinline)) int judge(void) {
  struct packet *p = packet_of_this_cpu();
  struct config *host = node();
  const struct party *asker, *asked;
  int reason = REASON_NONE;

  if (!p || !host)
    return REASON_NO_POLICY;
  asker = p->initiator ? sender_of(p) : receiver_of(p);
  asked = p->initiator ? receiver_of(p) : sender_of(p);
  p->audit = 0;
  __builtin_memset(&p->egress, 0, sizeof(p->egress));
  __builtin_memset(&p->ingress, 0, sizeof(p->ingress));
  if (asker->ifindex == asked->ifindex) /* nobody is kept from itself */
    return REASON_NONE;
  if (asker->ifindex && put(p, &p->egress, asker->egress_slot, asked)) {
    if (p->egress.audit || (host->flags & CONFIG_AUDIT))
      p->audit = 1;
    else
      return p->egress.reason;
  }
  if (asked->ifindex && put(p, &p->ingress, asked->ingress_slot, asker)) {
    if (p->ingress.audit || (host->flags & CONFIG_AUDIT))
      p->audit = 1;
    else
      reason = p->ingress.reason;
  }
  return reason;
}

/* Who asks goes on, though nothing has answered for long: p->key is the answers', nat their translation. */
static __always_inline bool is_asked_on(struct packet *p, const struct config *host, const struct nat *nat) {
  struct flow *asked;
  copy_address(p->other_key.source, nat->destination.bytes);
  copy_address(p->other_key.destination, nat->source.bytes);
  p->other_key.source_port = nat->destination_port;
  p->other_key.destination_port = nat->source_port;
  p->other_key.protocol = p->key.protocol;
  p->other_key.leg = p->other_key.pad[0] = p->other_key.pad[1] = 0;
  asked = flow_of(p->ipv6, &p->other_key);
  return asked && !is_dead(p, host, asked);
}

/* The answers' key, p->key, is in use by another live flow. What is dead is cleared away. */
static __always_inline bool is_taken(struct packet *p, const struct config *host) {
  struct nat *nat = nat_of(p->ipv6, &p->key);
  bool dead, translated = is_translated(p);
  struct flow *flow;

  if (!nat && !translated)
    return false;
  flow = flow_of(p->ipv6, &p->key);
  if (nat) {
    if (translated && same_address(&nat->source, p->tuple.destination) &&
        same_address(&nat->destination, p->tuple.source) && nat->source_port == p->tuple.destination_port &&
        nat->destination_port == p->tuple.source_port)
      return false;
    dead = flow ? (flow->flags & FLOW_CLOSED) || is_dead(p, host, flow) : is_nat_dead(p, host, nat);
    if (dead && !(flow && (flow->flags & FLOW_CLOSED)) && is_asked_on(p, host, nat))
      dead = false;
  } else {
    if (!flow || (flow->flags & FLOW_TRANSLATED))
      return false;
    dead = (flow->flags & FLOW_CLOSED) || is_dead(p, host, flow);
  }
  if (dead)
    forget(p->ipv6, &p->key);
  return !dead;
}

#define PORT_TRIES 16
#define FIRST_PORT 1024

/*
 * Answers of two flows must not look alike: a client that talks from one port with a service and with its
 * backend too gets another source port for the later of both. 0, or a reason.
 */
__attribute__((noinline)) int find_port(void) {
  struct packet *p = packet_of_this_cpu();
  struct config *host = node();

  if (!p || !host || !has_services(p))
    return REASON_NONE;
  reverse(&p->key, &p->out);
  if (!is_taken(p, host))
    return REASON_NONE;
  for (int i = 0; i < PORT_TRIES; i++) {
    p->out.source_port = bpf_htons(FIRST_PORT + bpf_get_prandom_u32() % (65536 - FIRST_PORT));
    p->key.destination_port = p->out.source_port;
    if (!nat_of(p->ipv6, &p->key) && !flow_of(p->ipv6, &p->key))
      return REASON_NONE;
  }
  return REASON_PORTS_TAKEN;
}

#define MASQUERADE_TRIES 256

/*
 * Whether a port is free, then p->search.found: at first p's own where it will do; else in turn where all can
 * be tried, and by chance where not, as many flows choose at once. bpf_loop takes no memory but the stack's,
 * of which there is little.
 */
static long try_port(__u32 i) {
  struct packet *p = packet_of_this_cpu();
  struct config *host = node();
  struct search *search;
  __u32 place;

  if (!p || !host)
    return 1;
  search = &p->search;
  if (i || !search->own) {
    if (!search->count)
      return 1;
    p->claims = 1;
    place = search->count <= MASQUERADE_TRIES ? search->start + i : bpf_get_prandom_u32();
    p->out.source_port = p->key.destination_port = bpf_htons(search->first + place % search->count);
  }
  search->found = !is_taken(p, host);
  return search->found;
}

/*
 * The port of a masqueraded flow: one that it has, its own where that is one of ours, or another. The
 * answers' key holds the destination, so that each destination has all ports. 0, or a reason.
 */
__attribute__((noinline)) int find_masquerade_port(__u32 known) {
  struct packet *p = packet_of_this_cpu();
  struct masquerade *settings = masquerading();
  struct search *search;
  bool may_change;
  __u16 port;

  if (!p || !settings)
    return REASON_PORTS_TAKEN;
  search = &p->search;
  reverse(&p->key, &p->out);
  port = bpf_ntohs(p->out.source_port);
  may_change = has_services(p) || (p->tuple.protocol == (p->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) &&
                                   p->icmp_type == (p->ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO_REQUEST));
  p->claims = known != TRANSLATION;
  search->own =
      known == TRANSLATION || !may_change || (port >= settings->first_port && port <= settings->last_port);
  search->tries = may_change ? MASQUERADE_TRIES + search->own : 1;
  search->first = settings->first_port;
  search->count = (__u32)settings->last_port - settings->first_port + 1;
  search->found = 0;
  search->start = bpf_get_prandom_u32() & 0xffff;
  bpf_loop(search->tries, try_port, NULL, 0);
  return search->found ? REASON_NONE : REASON_PORTS_TAKEN;
}

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

/* The flow went to another pod before, which had the address. */
static __always_inline bool is_led_elsewhere(struct packet *p) {
  struct flow *was = p->unmet ? NULL : flow_of(p->ipv6, &p->tuple);
  return was && !p->to_pod && was->redirect != (p->uplink ? p->uplink : p->far.ifindex);
}

/* What its pod has reset needs its ports no longer. A reset from outside may be anybody's. */
__attribute__((noinline)) int release(void) {
  struct packet *p = packet_of_this_cpu();

  if (!p)
    return 0;
  reverse(&p->key, &p->out);
  forget_nat(p->ipv6, &p->key);
  forget_nat(p->ipv6, &p->tuple);
  return 0;
}

/* Fragments that overtake the first of a later datagram will go the way of this one. */
__attribute__((noinline)) int remember_pair(void) {
  struct packet *p = packet_of_this_cpu();
  struct fragment ports = {};

  if (!p)
    return 0;
  ports.source_port = p->tuple.source_port;
  ports.destination_port = p->tuple.destination_port;
  ports.protocol = p->tuple.protocol;
  key_of_pair(p);
  bpf_map_update_elem(&fragments, &p->datagram, &ports, BPF_ANY);
  return 0;
}

/* Lets the packet go on its flow's way. An action, or the negative of a reason. */
__attribute__((noinline)) int pass(struct __sk_buff *skb, struct flow *flow) {
  struct packet *p = packet_of_this_cpu();
  bool to_uplink, by_stack = false;
  __u32 moments, redirect;
  int result;

  if (!p || !flow)
    return -REASON_NO_POLICY;
  to_uplink = flow->flags & FLOW_TO_UPLINK;
  redirect = flow->redirect;
  if (to_uplink || p->at_uplink) {
    result = hop(skb, to_uplink ? redirect : 0);
    if (result < 0)
      return result;
    by_stack = result == HOP_NOT;
    if (by_stack && p->at_uplink)
      return -REASON_TTL_EXCEEDED;
  }
  if (is_translated(p) && !by_stack) {
    result = rewrite(skb, p);
    if (result)
      return -result;
  }
  if (p->first_fragment)
    remember_pair();
  moments = account(flow, p->length, p->tcp_flags, p->now);
  if (moments)
    note(flow, moments);
  if (by_stack)
    return TC_ACT_OK;
  if (!to_uplink)
    return redirect ? bpf_redirect_peer(redirect, 0) : TC_ACT_OK;
  if (p->tuple.protocol == IPPROTO_TCP && (p->tcp_flags & TCP_RST))
    release();
  return bpf_redirect_neigh(redirect, NULL, 0, 0);
}

/* Where nothing is known and the sender may not ask, the packet may be an answer; and a guess may be wrong.
 * 0, or a reason. */
static __always_inline int judge_other(struct packet *p) {
  int reason;
  p->initiator = !p->initiator;
  p->out = p->tuple;
  p->service = 0;
  reason = resolve();
  return reason ? reason : judge();
}

/* 0 where the flow may go: then it has its entries. Else a reason. */
__attribute__((noinline)) int decide(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();
  struct config *host = node();
  enum knowledge known;
  int reason;

  if (!p || !host)
    return REASON_NO_POLICY;
  if (!(host->flags & (p->ipv6 ? CONFIG_IPV6 : CONFIG_IPV4)))
    return REASON_UNSUPPORTED_L3;
  known = recall();
  if (known == TAKEN)
    return REASON_PORTS_TAKEN;
  reason = translate(known);
  if (reason)
    return reason;
  reason = resolve();
  if (reason)
    return reason;
  reason = judge();
  p->guessed = p->tuple.protocol == IPPROTO_TCP && ((known == NOTHING && p->initiator) || known == GUESS);
  if (reason && p->guessed) {
    if (judge_other(p)) {
      p->initiator = !p->initiator;
      judge(); /* the denial that is told is that of the first guess: the sender's own asking */
      return reason;
    }
    p->fresh = 1;
    reason = REASON_NONE;
  }
  if (reason)
    return reason;
  if (p->initiator && known != TRANSLATION && p->fresh && !p->to_pod && !p->far.ifindex)
    choose_uplink(skb);
  if (p->initiator) {
    reason = p->uplink ? find_masquerade_port(known) : find_port();
    if (reason)
      return reason;
  }
  if (p->initiator && is_led_elsewhere(p))
    p->fresh = 1;
  if (p->fresh)
    name_service(skb);
  reason = store_nats();
  if (!reason)
    reason = store();
  if (!reason && p->fresh)
    tell_opened();
  return reason;
}

/* pass(), of a flow that was decided just now. */
static __always_inline int pass_first(struct __sk_buff *skb, struct packet *p) {
  struct flow *flow = flow_of(p->ipv6, &p->tuple);
  /* Evicted already: the table is far too small, but what is permitted passes. */
  return pass(skb, flow ? flow : &p->flow);
}

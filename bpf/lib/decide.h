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
#include "policy.h"
#include "refuse.h"
#include "store.h"

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
  __u32 redirect;
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
  if (!p->counted)
    p->moments = account(flow, p->length, p->tcp_flags, p->now);
  if (p->moments)
    note(flow, p->moments);
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
  reason = find_far(p);
  if (reason)
    return reason;
  if (p->bare && is_syn(p) && !p->reused) {
    p->initiator = p->fresh = p->presumed = 1;
    known = DIRECTION;
  } else {
    known = recall();
    if (known == TAKEN)
      return REASON_PORTS_TAKEN;
    reason = translate(known);
    if (reason)
      return reason;
  }
  reason = resolve_ends(p);
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
  if (p->initiator && !p->bare) {
    reason = p->uplink ? find_masquerade_port(known) : find_port();
    if (reason)
      return reason;
  }
  find_places(p);
  reverse(&p->key, &p->out);
  if (!p->fresh)
    look_back();
  if (p->fresh && p->initiator && !p->service && has_services(p))
    name_service(skb);
  reason = is_translated(p) ? store_nats() : REASON_NONE;
  if (reason)
    return reason;
  store(p, host);
  return REASON_NONE;
}

/* Tells of a flow that was decided just now, and pass(). */
static __always_inline int pass_first(struct __sk_buff *skb, struct packet *p) {
  bool done = p->counted && !p->moments;
  struct flow *flow;

  if (p->fresh)
    tell_opened();
  flow = done ? NULL : flow_of(p->ipv6, &p->tuple);
  /* An entry that is evicted already has left its copy: the table is far too small, but the packet passes. */
  return pass(skb, flow ? flow : &p->flow);
}

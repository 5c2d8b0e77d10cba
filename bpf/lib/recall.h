/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What is known of a packet's flow: who began it, and what becomes of its packets. */
#pragma once

#include "masquerade.h"
#include "party.h"
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
  p->unmet = !flow;
  if (is_syn(p))
    p->reused = flow != NULL;
  nat = p->bare ? NULL : nat_of(p->ipv6, &p->tuple);
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

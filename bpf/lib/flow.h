/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Entries of flows and of their translations, by tuple. */
#pragma once

#include "packet.h"
#include "../abi/policy.h"

static __always_inline void key_of4(struct flow4_key *key, const struct flow6_key *tuple) {
  dword *dwords = (dword *)key;
  dwords[0] = unmapped(tuple->source) | (dword)unmapped(tuple->destination) << 32;
  dwords[1] = *(const dword *)&tuple->source_port;
}

/* The entry of a key in the table in force. There is always one; the verifier does not know. */
static __always_inline struct flow *find4(const struct flow4_key *key) {
  __u32 zero = 0;
  void *flows = bpf_map_lookup_elem(&table4, &zero);
  return flows ? bpf_map_lookup_elem(flows, key) : NULL;
}

static __always_inline struct flow *find6(const struct flow6_key *key) {
  __u32 zero = 0;
  void *flows = bpf_map_lookup_elem(&table6, &zero);
  return flows ? bpf_map_lookup_elem(flows, key) : NULL;
}

static __always_inline struct flow *flow_of(bool ipv6, const struct flow6_key *tuple) {
  struct flow4_key key;
  if (ipv6)
    return find6(tuple);
  key_of4(&key, tuple);
  return find4(&key);
}

static __always_inline struct nat *nat_of(bool ipv6, const struct flow6_key *tuple) {
  struct flow4_key key;
  if (ipv6)
    return bpf_map_lookup_elem(&nat6, tuple);
  key_of4(&key, tuple);
  return bpf_map_lookup_elem(&nat4, &key);
}

static __always_inline long store_flow(bool ipv6, const struct flow6_key *tuple, const struct flow *flow,
                                       __u64 flags) {
  __u32 zero = 0;
  struct flow4_key key;
  void *flows;
  if (ipv6) {
    flows = bpf_map_lookup_elem(&table6, &zero);
    return flows ? bpf_map_update_elem(flows, tuple, flow, flags) : -1;
  }
  key_of4(&key, tuple);
  flows = bpf_map_lookup_elem(&table4, &zero);
  return flows ? bpf_map_update_elem(flows, &key, flow, flags) : -1;
}

static __always_inline long store_nat(bool ipv6, const struct flow6_key *tuple, const struct nat *nat,
                                      __u64 flags) {
  struct flow4_key key;
  if (ipv6)
    return bpf_map_update_elem(&nat6, tuple, nat, flags);
  key_of4(&key, tuple);
  return bpf_map_update_elem(&nat4, &key, nat, flags);
}

static __always_inline void forget_nat(bool ipv6, const struct flow6_key *tuple) {
  struct flow4_key key;
  if (ipv6) {
    bpf_map_delete_elem(&nat6, tuple);
    return;
  }
  key_of4(&key, tuple);
  bpf_map_delete_elem(&nat4, &key);
}

static __always_inline void forget(bool ipv6, const struct flow6_key *tuple) {
  __u32 zero = 0;
  struct flow4_key key;
  void *flows;
  if (ipv6) {
    bpf_map_delete_elem(&nat6, tuple);
    flows = bpf_map_lookup_elem(&table6, &zero);
    if (flows)
      bpf_map_delete_elem(flows, tuple);
    return;
  }
  key_of4(&key, tuple);
  bpf_map_delete_elem(&nat4, &key);
  flows = bpf_map_lookup_elem(&table4, &zero);
  if (flows)
    bpf_map_delete_elem(flows, &key);
}

static __always_inline __u32 revision_of(__u32 place) {
  __u32 *revision = bpf_map_lookup_elem(&revisions, &place);
  return revision ? *revision : 0;
}

/* What was decided still holds. */
static __always_inline bool is_valid(const struct flow *flow) {
  return revision_of(flow->egress_slot) == flow->egress_revision &&
         revision_of(flow->ingress_slot) == flow->ingress_revision;
}

/* The packet is where packets of the flow are met. */
static __always_inline bool is_here(const struct flow *flow, __u32 ifindex, bool to_pod) {
  return flow->ifindex == ifindex && !(flow->flags & FLOW_TO_POD) == !to_pod;
}

/* The translation was made for packets that are met here. */
static __always_inline bool is_nat_here(const struct nat *nat, __u32 ifindex, bool to_pod) {
  return nat->ifindex == ifindex && !(nat->flags & FLOW_TO_POD) == !to_pod;
}

/* The packet is where answers to the flow are met; elsewhere its sender is not whom the flow asked. */
static __always_inline bool is_answered_here(const struct flow *flow, __u32 ifindex, bool to_pod) {
  if (flow->redirect)
    return !to_pod && flow->redirect == ifindex;
  return flow->ifindex == ifindex && !(flow->flags & FLOW_TO_POD) == to_pod;
}

/* is_here, of a packet at whichever hook. */
static __always_inline bool is_met(const struct packet *p, const struct flow *flow) {
  return p->at_uplink ? is_here(flow, p->uplink, false) : is_here(flow, p->ifindex, p->to_pod);
}

/* is_nat_here, of a packet at whichever hook. */
static __always_inline bool is_nat_met(const struct packet *p, const struct nat *nat) {
  return p->at_uplink ? is_nat_here(nat, p->uplink, false) : is_nat_here(nat, p->ifindex, p->to_pod);
}

static __always_inline int send_on(const struct flow *flow) {
  return flow->redirect ? bpf_redirect_peer(flow->redirect, 0) : TC_ACT_OK;
}

/* send_on, of a flow that may be masqueraded. */
static __always_inline int send_out(const struct flow *flow) {
  return flow->flags & FLOW_TO_UPLINK ? bpf_redirect_neigh(flow->redirect, NULL, 0, 0) : send_on(flow);
}

/* What a translation makes of a tuple. */
static __always_inline void apply_nat(struct flow6_key *out, const struct nat *nat) {
  copy_dwords(out->source, &nat->source, 2 * ADDRESS_DWORDS);
  *tail_of(out) = (*tail_of(out) & ~0xffffffffull) | *(const word *)&nat->source_port;
}

/* How long a flow may be idle; an entry that is older is dead, collected or not. */
static __always_inline __u32 lifetime(const struct config *node, const struct flow *flow) {
  const __u32 *all = (const __u32 *)&node->life;
  _Static_assert(sizeof(node->life) == FLOW_STATES * sizeof(*all), "a time for each state");
  return flow->state < FLOW_STATES ? all[flow->state] : 0;
}

/* What the state is after a packet that begins a flow, or that nothing is known of. */
static __always_inline __u8 first_state(const struct packet *p) {
  switch (p->tuple.protocol) {
  case IPPROTO_TCP:
    return is_syn(p)                ? STATE_TCP_SYN_SENT
           : p->tcp_flags & TCP_SYN ? STATE_TCP_SYN_RECEIVED
                                    : STATE_TCP_ESTABLISHED;
  case IPPROTO_UDP:
    return STATE_UDP;
  case IPPROTO_ICMP:
  case IPPROTO_ICMPV6:
    return STATE_ICMP;
  default:
    return STATE_OTHER;
  }
}

/*
 * The state after a packet of `mine` that was the first answer, or that showed ACK, FIN or RST for the first
 * time. So that the acknowledgement of an end is noticed at no cost to other packets, ACK of the other side
 * is forgotten when one ends, and thus news again.
 *
 *      SYN_SENT ─SYN,ACK─► SYN_RECEIVED ─ACK─► ESTABLISHED ─FIN─► FIN_WAIT ─ACK─► CLOSE_WAIT
 *                                                                     └─── FIN ──┴──► LAST_ACK ─ACK─►
 * TIME_WAIT
 */
static __always_inline void step(struct flow *mine, struct flow *other) {
  __u8 theirs = other ? other->tcp_flags : 0;
  __u8 was = mine->state, state = was;

  if (was < STATE_TCP_SYN_SENT) {
    if (was == STATE_UDP && !(mine->flags & FLOW_INITIATOR))
      state = STATE_UDP_STREAM;
  } else if ((mine->tcp_flags | theirs) & TCP_RST) {
    state = STATE_TCP_CLOSE;
  } else if (mine->tcp_flags & theirs & TCP_FIN) {
    state = was >= STATE_TCP_LAST_ACK ? STATE_TCP_TIME_WAIT : STATE_TCP_LAST_ACK;
  } else if (mine->tcp_flags & TCP_FIN) {
    state = STATE_TCP_FIN_WAIT;
  } else if (theirs & TCP_FIN) {
    state = STATE_TCP_CLOSE_WAIT;
  } else if (was == STATE_TCP_SYN_SENT && !(mine->flags & FLOW_INITIATOR)) {
    state = STATE_TCP_SYN_RECEIVED;
  } else if (was == STATE_TCP_SYN_RECEIVED && (mine->flags & FLOW_INITIATOR)) {
    state = STATE_TCP_ESTABLISHED;
  }
  if (state < was) /* an eviction has taken flags away, and no state goes back */
    state = was;
  mine->state = state;
  if (!other)
    return;
  other->state = state;
  if (state != was && (state == STATE_TCP_FIN_WAIT || state == STATE_TCP_LAST_ACK))
    other->tcp_flags &= ~TCP_ACK;
}

/* Far off for a counter that wraps. */
#define NEVER 0x3fffffff

enum moment {
  MOMENT_FIRST_REPLY = 1,
  MOMENT_ENDING = 2, /* a FIN or RST that this direction had not shown yet */
  MOMENT_REPORT = 4, /* time to tell counters */
  MOMENT_STEP = 8,   /* the state may be another now */
};

/* Counts a packet of the flow; what is to be told of it. */
static __always_inline __u32 account(struct flow *flow, __u32 length, __u8 tcp_flags, __u32 now) {
  __u8 news = tcp_flags & ~flow->tcp_flags;
  __u32 moments = 0;

  if (!flow->packets && !(flow->flags & FLOW_INITIATOR))
    moments |= MOMENT_FIRST_REPLY | MOMENT_STEP;
  if (news) {
    flow->tcp_flags |= news;
    if (news & (TCP_ACK | TCP_FIN | TCP_RST))
      moments |= MOMENT_STEP;
    if (news & (TCP_FIN | TCP_RST))
      moments |= MOMENT_ENDING;
  }
  if (is_past(flow->report, now))
    moments |= MOMENT_REPORT;
  flow->packets += 1;
  flow->bytes += length;
  flow->seen = now;
  return moments;
}

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What a packet leaves as: which backend of a service, whose address, which port. */
#pragma once

#include "lb.h"
#include "recall.h"

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

  if (!p || !host)
    return REASON_NO_POLICY;
  p->out = p->tuple;
  if (known == TRANSLATION) {
    apply_nat(&p->out, &p->nat);
    if (!same_address(p->out.destination, p->tuple.destination))
      p->placed = 0;
    p->service = p->nat.service;
    p->service_revision = p->nat.service_revision;
    if (p->initiator)
      p->uplink = p->nat.uplink;
    return REASON_NONE;
  }
  if (!p->initiator || p->to_pod)
    return REASON_NONE;
  if (p->placed || !has_services(p)) /* no service has a pod's address */
    return REASON_NONE;
  copy_address(key.address.bytes, p->tuple.destination);
  key.port = p->tuple.destination_port;
  key.protocol = p->tuple.protocol;
  choice = choose(&key, &chosen);
  if (choice == NO_SERVICE)
    return REASON_NONE;
  p->service = chosen.service;
  p->service_revision = chosen.revision;
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

/* What the socket asked for, where it was translated at connect() or sendmsg(). */
__attribute__((noinline)) int name_service_of(__u64 socket) {
  struct packet *p = packet_of_this_cpu();
  struct origin_key key = {.socket = socket, .side = ORIGIN_OF_BACKEND};
  struct origin *origin;

  if (!p)
    return 0;
  copy_address(key.address.bytes, p->tuple.destination);
  key.port = p->tuple.destination_port;
  key.protocol = p->tuple.protocol;
  origin = bpf_map_lookup_elem(&origins, &key);
  if (origin)
    p->service = origin->service;
  return 0;
}

/* A veth keeps the packet's socket. */
static __always_inline void name_service(struct __sk_buff *skb) {
  __u64 socket = bpf_get_socket_cookie(skb);
  __u32 place = socket % ORIGIN_SOCKETS;
  __u64 *last = bpf_map_lookup_elem(&origin_sockets, &place);
  if (socket && last && *last == socket)
    name_service_of(socket);
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

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Services at the socket: what a local process says goes to a backend, and it is told that it was the
 * service. */
#pragma once

#include "lb.h"
#include "../abi/events.h"
#include <bpf/bpf_endian.h>
#include <linux/in.h>

#define REFUSED (-111) /* -ECONNREFUSED */

#define GO_ON  1 /* what a hook of sockets returns */
#define REFUSE 0

/* The address that a process gave, or is given. */
struct peer {
  struct address address;
  __be16 port;
  __u8 protocol;
  __u8 pad;
};

static __always_inline void read_peer4(const struct bpf_sock_addr *ctx, struct peer *peer) {
  __u32 *words = (__u32 *)peer->address.bytes;
  words[0] = words[1] = 0;
  words[2] = bpf_htonl(0xffff);
  words[3] = ctx->user_ip4;
  peer->port = ctx->user_port;
  peer->protocol = ctx->protocol;
  peer->pad = 0;
}

static __always_inline void read_peer6(const struct bpf_sock_addr *ctx, struct peer *peer) {
  __u32 *words = (__u32 *)peer->address.bytes;
  words[0] = ctx->user_ip6[0];
  words[1] = ctx->user_ip6[1];
  words[2] = ctx->user_ip6[2];
  words[3] = ctx->user_ip6[3];
  peer->port = ctx->user_port;
  peer->protocol = ctx->protocol;
  peer->pad = 0;
}

static __always_inline void write_peer4(struct bpf_sock_addr *ctx, const struct peer *peer) {
  ctx->user_ip4 = ((const __u32 *)peer->address.bytes)[3];
  ctx->user_port = peer->port;
}

static __always_inline void write_peer6(struct bpf_sock_addr *ctx, const struct peer *peer) {
  const __u32 *words = (const __u32 *)peer->address.bytes;
  ctx->user_ip6[0] = words[0];
  ctx->user_ip6[1] = words[1];
  ctx->user_ip6[2] = words[2];
  ctx->user_ip6[3] = words[3];
  ctx->user_port = peer->port;
}

/* The socket is of this node or of one of its pods. */
static __always_inline bool is_ours(struct bpf_sock_addr *ctx) {
  __u64 cookie = bpf_get_netns_cookie(ctx);
  return bpf_map_lookup_elem(&netns, &cookie) != NULL;
}

static __always_inline void make_key(struct origin_key *key, __u64 socket, const struct peer *peer,
                                     __u8 side) {
  key->socket = socket;
  key->address = peer->address;
  key->port = peer->port;
  key->protocol = peer->protocol;
  key->side = side;
  __builtin_memset(key->pad, 0, sizeof(key->pad));
}

static __always_inline void count_translation(void) {
  __u32 counter = COUNTER_SOCKETS;
  __u64 *value = bpf_map_lookup_elem(&counters, &counter);
  if (value)
    *value += 1;
}

static __always_inline void mark_origin(__u64 socket) {
  __u32 place = socket % ORIGIN_SOCKETS;
  __u64 *last = bpf_map_lookup_elem(&origin_sockets, &place);
  if (last)
    *last = socket;
}

/*
 * Turns a service into one of its backends. Datagrams of one socket to one service go to one backend, until
 * the service changes: `sticky`.
 */
static __always_inline enum choice to_backend(struct bpf_sock_addr *ctx, struct peer *peer, bool sticky) {
  __u64 socket = bpf_get_socket_cookie(ctx);
  struct chosen chosen = {};
  struct service_key key = {};
  struct origin_key asked, answers;
  struct origin origin = {}, *used;
  enum choice choice;
  __u32 place, *revision;

  make_key(&asked, socket, peer, BACKEND_OF_SERVICE);
  used = sticky ? bpf_map_lookup_elem(&origins, &asked) : NULL;
  if (used) {
    place = SERVICE_REVISIONS + used->service;
    revision = bpf_map_lookup_elem(&revisions, &place);
    if (revision && *revision == used->revision) {
      peer->address = used->address;
      peer->port = used->port;
      mark_origin(socket);
      return CHOSEN;
    }
  }
  key.address = peer->address;
  key.port = peer->port;
  key.protocol = peer->protocol;
  choice = choose(&key, &chosen);
  if (choice != CHOSEN)
    return choice;

  origin.service = chosen.service;
  origin.revision = chosen.revision;
  if (sticky) {
    origin.address = chosen.backend.address;
    origin.port = chosen.backend.port;
    bpf_map_update_elem(&origins, &asked, &origin, BPF_ANY);
  }
  origin.address = peer->address;
  origin.port = peer->port;
  peer->address = chosen.backend.address;
  peer->port = chosen.backend.port;
  make_key(&answers, socket, peer, ORIGIN_OF_BACKEND);
  bpf_map_update_elem(&origins, &answers, &origin, BPF_ANY);
  mark_origin(socket);
  count_translation();
  return CHOSEN;
}

/* Turns a backend into the service that the socket asked for. */
static __always_inline bool to_origin(struct bpf_sock_addr *ctx, struct peer *peer) {
  struct origin_key key;
  struct origin *origin;
  make_key(&key, bpf_get_socket_cookie(ctx), peer, ORIGIN_OF_BACKEND);
  origin = bpf_map_lookup_elem(&origins, &key);
  if (!origin)
    return false;
  peer->address = origin->address;
  peer->port = origin->port;
  return true;
}

static __always_inline int ask4(struct bpf_sock_addr *ctx, bool sticky) {
  struct peer peer;
  enum choice choice;
  if (!is_ours(ctx))
    return GO_ON;
  read_peer4(ctx, &peer);
  choice = to_backend(ctx, &peer, sticky);
  if (choice == CHOSEN)
    write_peer4(ctx, &peer);
  if (choice != NO_BACKEND)
    return GO_ON;
  bpf_set_retval(REFUSED);
  return REFUSE;
}

static __always_inline int ask6(struct bpf_sock_addr *ctx, bool sticky) {
  struct peer peer;
  enum choice choice;
  if (!is_ours(ctx))
    return GO_ON;
  read_peer6(ctx, &peer);
  choice = to_backend(ctx, &peer, sticky);
  if (choice == CHOSEN)
    write_peer6(ctx, &peer);
  if (choice != NO_BACKEND)
    return GO_ON;
  bpf_set_retval(REFUSED);
  return REFUSE;
}

static __always_inline int tell4(struct bpf_sock_addr *ctx) {
  struct peer peer;
  if (!is_ours(ctx))
    return GO_ON;
  read_peer4(ctx, &peer);
  if (to_origin(ctx, &peer))
    write_peer4(ctx, &peer);
  return GO_ON;
}

static __always_inline int tell6(struct bpf_sock_addr *ctx) {
  struct peer peer;
  if (!is_ours(ctx))
    return GO_ON;
  read_peer6(ctx, &peer);
  if (to_origin(ctx, &peer))
    write_peer6(ctx, &peer);
  return GO_ON;
}

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Addresses of services and where they lead: read at connect() and sendmsg() of local sockets, and per packet
 * for what bypasses those. A change of backends writes the new run of `backends` first, then the service,
 * then raises the service's revision (of policy.h), and only then gives the old run away.
 */
#pragma once

#include "types.h"

enum abi_services {
  ABI_SERVICES = 2,
};

struct service_key {
  struct address address;
  __be16 port;
  __u8 protocol;
  __u8 pad;
};
ABI_SIZE(struct service_key, 20);

struct service {
  __u32 base;  /* of its run in backends */
  __u16 count; /* 0: clients are refused */
  __u16 id;    /* 1 to 65535 */
};
ABI_SIZE(struct service, 8);

/* What clients connect to → its backends. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct service_key);
  __type(value, struct service);
} services MAP(services);

struct backend {
  struct address address; /* of the service's family */
  __be16 port;
  __u16 service; /* whose run this is: another's means that the run has been given away, and the service is
                    read anew */
};
ABI_SIZE(struct backend, 20);

/* Runs of backends, one after the other. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 262144);
  __type(key, __u32);
  __type(value, struct backend);
} backends MAP(services);

struct netns {
  __u32 ifindex; /* host side of the pod; 0: the node's own namespace */
};
ABI_SIZE(struct netns, 4);

/* Cookie of a network namespace → whose it is. Sockets of namespaces that are not here are left alone. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u64);
  __type(value, struct netns);
} netns MAP(services);

enum origin_side {
  ORIGIN_OF_BACKEND = 0,  /* the key is a backend, the value the service */
  BACKEND_OF_SERVICE = 1, /* the key is a service, the value the backend in use */
};

struct origin_key {
  __u64 socket; /* cookie */
  struct address address;
  __be16 port;
  __u8 protocol;
  __u8 side; /* enum origin_side */
  __u8 pad[4];
};
ABI_SIZE(struct origin_key, 32);

struct origin {
  struct address address;
  __be16 port;
  __u16 service;
  __u32 revision; /* of the service, when the backend was chosen */
};
ABI_SIZE(struct origin, 24);

/*
 * What a socket said and what it got, both ways: for recvmsg() and getpeername(), for the next datagram to
 * the same service, and to name the service of a flow, which no longer shows in its packets.
 */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, struct origin_key);
  __type(value, struct origin);
} origins MAP(services);

/* Sockets whose cookies have these last bits in common share a place in origin_sockets. */
#define ORIGIN_SOCKETS 65536

/*
 * Last bits of a socket's cookie → the whole cookie of the last one that has asked for a service. The flows
 * of others need no look at origins, which costs some 70 ns; cookies are given in turn, so that neighbours
 * share a cache line. A socket whose place is taken has its later flows told without a service.
 */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, ORIGIN_SOCKETS);
  __type(key, __u32);
  __type(value, __u64);
} origin_sockets MAP(services);

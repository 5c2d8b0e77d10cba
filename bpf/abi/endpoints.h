/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Who is where: interfaces, addresses and namespaces to identities; and what holds for the node as a whole.
 */
#pragma once

#include "types.h"

enum abi_endpoints {
  ABI_ENDPOINTS = 3,
};

/* Of whom no map knows anything. */
enum identity {
  IDENTITY_WORLD_IPV4 = 9,
  IDENTITY_WORLD_IPV6 = 10,
};

enum endpoint_flag {
  /* Policy is in force. Without it nothing enters or leaves the pod. */
  ENDPOINT_READY = 1,
};

/* A pod's interface. */
struct endpoint {
  __u32 identity;
  __u16 id;
  __u16 egress_slot;  /* of policy_slots; 0 has none and denies */
  __u16 ingress_slot; /* of policy_slots; 0 has none and denies */
  __u16 flags;        /* enum endpoint_flag */
  __u32 block4;       /* identity of the managed block that holds address4, or 0 */
  __u32 block6;       /* identity of the managed block that holds address6, or 0 */
  __u32 ifindex;      /* of the host side */
  __u8 mac[6];        /* of the pod's end of the veth */
  __u8 pad[2];
  __be32 address4; /* 0: none */
  __u8 address6[16] IN_WORDS;
};
ABI_SIZE(struct endpoint, 52);

/* Host-side interface → the pod behind it. A packet from an interface that is not here is dropped. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u32);
  __type(value, struct endpoint);
} endpoints MAP(endpoints);

/* Address of a pod of this node → the pod, so that a peer costs one look-up. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct address);
  __type(value, struct endpoint);
} addresses MAP(endpoints);

struct prefix_key {
  __u32 length; /* bits of the mapped form: an IPv4 /24 is 120 */
  struct address address;
};
ABI_SIZE(struct prefix_key, 20);

struct prefix_value {
  __u32 identity;
  __u32 block; /* identity of the managed block, where identity is a pod's or a node's; else 0 */
};
ABI_SIZE(struct prefix_value, 8);

/* Block of addresses → whose they are. Asked when an address is no local pod's; what is not found is world.
 */
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 524288);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct prefix_key);
  __type(value, struct prefix_value);
} prefixes MAP(endpoints);

enum config_flag {
  CONFIG_IPV4 = 1,
  CONFIG_IPV6 = 2,
  CONFIG_AUDIT = 4, /* no policy denies on this node: what would be denied is told as audit */
};

/* How long a flow may be idle, in jiffies, by enum flow_state and in its order. */
struct lifetimes {
  __u32 other;
  __u32 icmp;
  __u32 udp;
  __u32 udp_stream;
  __u32 tcp_syn_sent;
  __u32 tcp_syn_received;
  __u32 tcp_established;
  __u32 tcp_fin_wait;
  __u32 tcp_close_wait;
  __u32 tcp_last_ack;
  __u32 tcp_time_wait;
  __u32 tcp_close;
};
ABI_SIZE(struct lifetimes, 48);

/*
 * Settings of the node. Whoever takes a family away, or audit, raises the revision of every slot in use
 * afterwards: established flows ask for revisions, not for settings.
 */
struct config {
  __u32 flags; /* enum config_flag */
  __u32 host_ifindex;
  __u8 host_mac[6]; /* of all host-side veths, and of whom ARP and NDP answer */
  __u8 pad[2];
  __be32 gateway4;
  __u8 gateway6[16] IN_WORDS;
  __u32 hz;     /* jiffies a second; the fields below are in jiffies */
  __u32 report; /* between two counter events of one flow; 0: none */
  struct lifetimes life;
  __u32 drop_events; /* a second: so many drops are told of one pod for one reason; below 2^32 / 2 / hz */
};
ABI_SIZE(struct config, 96);

/* The one entry, 0. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct config);
} config MAP(endpoints);

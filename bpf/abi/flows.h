/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What was decided at the first packet of a flow, for all that follow.
 *
 * A flow has two entries, one a direction, each under the addresses that its packets have when they meet it:
 *
 *      pod A ──►[from_pod]──────────────redirect_peer──────────────►  pod B
 *               entry A→B: INITIATOR, ifindex A, redirect B
 *      pod A  ◄──────────────redirect_peer──────────────[from_pod]◄── pod B
 *                                entry B→A: ifindex B, redirect A
 *
 *      pod A ──►[from_pod]── stack ──► outside          entry A→O: INITIATOR, ifindex A
 *      pod A  ◄──[to_pod]── stack ◄── outside           entry O→A: ifindex A, TO_POD
 *
 *      pod A ──►[from_pod]──redirect_neigh──►[to_uplink]──► outside
 *               entry A→O: INITIATOR, TRANSLATED, TO_UPLINK, ifindex A, redirect uplink U
 *      pod A  ◄──────────redirect_peer───────[from_uplink]◄── outside
 *               entry O→U: TRANSLATED, ifindex U, redirect A
 *
 * Denials are not stored. The kernel evicts the oldest when a map is full; Java collects what is closed or
 * idle (see struct lifetimes) and tells which it was.
 */
#pragma once

#include "types.h"

enum abi_flows {
  ABI_FLOWS = 3,
};

/* Ports of ICMP echo: a request has {identifier, type of requests}, its reply the reverse; of other ICMP {0,
 * type}. */
struct flow4_key {
  __be32 source;
  __be32 destination;
  __be16 source_port;
  __be16 destination_port;
  __u8 protocol;
  __u8 leg; /* which half of a proxied connection; 0: not proxied */
  __u8 pad[2];
} IN_DWORDS;
ABI_SIZE(struct flow4_key, 16);

struct flow6_key {
  __u8 source[16] IN_WORDS;
  __u8 destination[16] IN_WORDS;
  __be16 source_port;
  __be16 destination_port;
  __u8 protocol;
  __u8 leg; /* as in flow4_key */
  __u8 pad[2];
} IN_DWORDS;
ABI_SIZE(struct flow6_key, 40);

enum flow_flag {
  FLOW_INITIATOR = 1,  /* of the direction that asked */
  FLOW_TO_POD = 2,     /* met by to_pod; else by from_pod */
  FLOW_TRANSLATED = 4, /* addresses or ports change: see nat4 and nat6 */
  FLOW_AUDIT = 8,      /* denied, but only told */
  FLOW_CLOSED = 16,    /* was told as closed; a pure SYN opens it anew */
  FLOW_TO_UPLINK = 32, /* masqueraded: redirect is an uplink, and no pod */
  FLOW_GUESSED = 64,   /* TCP, first seen in mid-stream: the other direction may be the one that asked */
};

/*
 * How far a flow has come: a number of seconds that it may be idle for each (struct lifetimes). TCP's are
 * those of RFC 9293, as seen by one who stands between the two.
 */
enum flow_state {
  STATE_OTHER = 0, /* protocols that are not below */
  STATE_ICMP = 1,
  STATE_UDP = 2,              /* not answered yet */
  STATE_UDP_STREAM = 3,       /* answered */
  STATE_TCP_SYN_SENT = 4,     /* asked for, not answered */
  STATE_TCP_SYN_RECEIVED = 5, /* answered, not acknowledged */
  STATE_TCP_ESTABLISHED = 6,
  STATE_TCP_FIN_WAIT = 7,   /* one side has ended; the other has not acknowledged it */
  STATE_TCP_CLOSE_WAIT = 8, /* it has, and goes on */
  STATE_TCP_LAST_ACK = 9,   /* both have ended; the later end is not acknowledged */
  STATE_TCP_TIME_WAIT = 10, /* it is */
  STATE_TCP_CLOSE = 11,     /* reset */
  FLOW_STATES = 12,
};

struct flow {
  __u32 egress_revision;  /* of egress_slot, when it was decided */
  __u32 ingress_revision; /* of ingress_slot, when it was decided */
  __u16 egress_slot;      /* of the initiator; 0: it is no pod of this node */
  __u16 ingress_slot;     /* of whom it asked; 0: it is no pod of this node */
  __u32 ifindex;          /* met on this interface only: another is a spoof */
  __u32 redirect;         /* host side of the pod it goes to, or an uplink; 0: by the stack */
  __u16 flags;            /* enum flow_flag */
  __u8 tcp_flags; /* all that were seen in this direction; ACK: since the other side's last step of state */
  __u8 state;     /* enum flow_state, the same in both entries */
  __u64 packets;  /* plain counters: two CPUs on one direction may lose some */
  __u64 bytes;    /* of whole frames */
  __u32 seen;     /* jiffies, low 32 bits: the last packet */
  __u32 report;   /* jiffies, low 32 bits: when counters are told next */
  __u32 source_identity;      /* of this direction's sender */
  __u32 destination_identity; /* of its receiver */
  __u32
      rule; /* initiator's entry: of the egress policy; the other's: of the ingress policy; 0: none decided */
  __u16 service; /* 0: none */
  __u16 opened;  /* jiffies when it began: the initiator's entry has the low half of 32 bits, the other's the
                    high */
};
ABI_SIZE(struct flow, 64);

/* IPv4: a direction of a flow → what was decided. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 131072);
  __type(key, struct flow4_key);
  __type(value, struct flow);
} flows4 MAP(flows);

/*
 * Place 0 → the table of flows that is in force. A table of another size is filled beside it and takes its
 * place by one write, after which the kernel lets no program see the one before.
 */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1);
  __type(key, __u32);
  __array(values, flows4);
} table4 MAP(flows) = {.values = {&flows4}};

/* IPv6: a direction of a flow → what was decided. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, struct flow6_key);
  __type(value, struct flow);
} flows6 MAP(flows);

/* As table4. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1);
  __type(key, __u32);
  __array(values, flows6);
} table6 MAP(flows) = {.values = {&flows6}};

/* What the packets of a direction become. */
struct nat {
  struct address source;
  struct address destination;
  __be16 source_port;
  __be16 destination_port;
  __u16 service;
  __u16 flags;            /* FLOW_INITIATOR, FLOW_TO_POD */
  __u32 seen;             /* jiffies, low 32 bits: the last packet */
  __u32 service_revision; /* when the backend was chosen */
  __u32 ifindex; /* for packets met on this interface only: another's pod has got the address since */
  __u32 uplink;  /* that the flow leaves by, under its address; 0: it is not masqueraded */
};
ABI_SIZE(struct nat, 56);

/*
 * IPv4: a direction of a translated flow → what its packets become. Not an LRU: a flow that was evicted keeps
 * its backend. Java collects what has no flow and is idle.
 */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 262144);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct flow4_key);
  __type(value, struct nat);
} nat4 MAP(flows);

/* IPv6: as nat4. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 262144);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct flow6_key);
  __type(value, struct nat);
} nat6 MAP(flows);

/*
 * Endpoint → 1 once a flow between it and another pod of the node was translated. Between two that are not
 * marked no translation need be looked for.
 */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 65536);
  __type(key, __u32);
  __type(value, __u8);
} translated MAP(flows);

struct fragment_key {
  struct address source;
  struct address destination;
  __u32 id;
  __u32 ifindex;
  __u8 protocol; /* of IPv6 0: its fragments do not name it (RFC 8200, 4.5) */
  __u8 to_pod;   /* which hook of the interface */
  __u8 pair;     /* 1: of the last datagram between the two that was let through; its id is 0 */
  __u8 pad;
};
ABI_SIZE(struct fragment_key, 44);

struct fragment {
  __be16 source_port;
  __be16 destination_port;
  __u8 protocol; /* IPv6: behind the extension headers that the first fragment shows */
  __u8 pad[3];
};
ABI_SIZE(struct fragment, 8);

/*
 * Datagram in fragments → the ports that only its first fragment shows. And pair of addresses → those of the
 * last such datagram that was let through, for fragments that overtake their first.
 */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 8192);
  __type(key, struct fragment_key);
  __type(value, struct fragment);
} fragments MAP(flows);

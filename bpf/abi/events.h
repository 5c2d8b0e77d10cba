/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the kernel tells of flows and drops. */
#pragma once

#include "types.h"

enum abi_events {
  ABI_EVENTS = 2,
};

enum event_type {
  EVENT_OPENED = 1,      /* the first packet was let through */
  EVENT_FIRST_REPLY = 2, /* the first packet in the other direction */
  EVENT_CLOSED = 3,      /* TCP: both sides have ended it; with counters */
  EVENT_COUNTERS = 4,    /* still there; with counters */
  EVENT_DROPPED = 5,     /* one packet was dropped */
  EVENT_RESET = 6,       /* TCP: one side has reset it; with counters */
  EVENT_ENDED = 7,       /* timed out, evicted or flushed; with counters. Found by Java, told by tell_ended */
};

/* Below 240 the numbers, and the meanings, of Hubble's DropReason; from there on Weir's own. */
enum reason {
  REASON_NONE = 0,
  REASON_INVALID_SOURCE_MAC = 130,
  REASON_INVALID_SOURCE_IP = 132, /* not the sender's, or met on another interface than the flow's */
  REASON_POLICY_DENIED = 133,     /* no rule allows it */
  REASON_INVALID_PACKET = 134,    /* shorter than its headers say */
  REASON_INVALID_HEADER = 135,    /* of layer 4: flags that exclude each other, lengths that cannot be */
  REASON_UNKNOWN_L4 = 137,        /* protocol other than TCP, UDP, SCTP, ICMP */
  REASON_UNSUPPORTED_L3 = 139,    /* its family is switched off */
  REASON_WRITE_ERROR = 141,       /* a packet could not be rewritten */
  REASON_MARTIAN = 150,           /* to an address that is nobody's: loopback, unspecified, reserved */
  REASON_STALE_ADDRESS = 151,     /* to an address that the pod behind the interface does not have */
  REASON_MAP_FULL = 155,          /* the translation could not be stored */
  REASON_IPV6_EXTENSION = 156,    /* extension headers that are not understood */
  REASON_NO_BACKEND = 158,        /* the service has none: the client is refused */
  REASON_NO_POLICY = 165,         /* of an endpoint: its policy was never written */
  REASON_UNSUPPORTED_L2 = 166,    /* neither IP nor ARP */
  REASON_NO_TRANSLATION = 167,    /* would leave the node with a pod's address, of a flow that is not known */
  REASON_NO_FIRST_FRAGMENT = 175, /* a later fragment of an unknown datagram */
  REASON_FORBIDDEN_ICMP6 =
      176,               /* neighbour discovery that is not the pod's to send, or not to be had; not told */
  REASON_NO_PROXY = 180, /* the rule wants a proxy, and there is none */
  REASON_POLICY_DENY = 181, /* a rule denies it */
  REASON_VLAN = 182,        /* tagged: pods have no VLANs */
  REASON_AUTH_REQUIRED = 189,
  REASON_TTL_EXCEEDED = 196,    /* an answer from outside has no hop left to the pod */
  REASON_NOT_READY = 203,       /* no policy is in force at the endpoint yet */
  REASON_MULTICAST = 240,       /* to a group or to all; not told */
  REASON_PORTS_TAKEN = 241,     /* no source port is free for a translated flow */
  REASON_ARP = 242,             /* ARP that is not the pod's to send; not told */
  REASON_SOURCE_ROUTE = 243,    /* IPv4 options that name another destination than the header */
  REASON_UNRELATED_ERROR = 244, /* an ICMP error that is not of a flow of its receiver */
};

enum event_flag {
  EVENT_IPV6 = 1,
  EVENT_TO_POD = 2,          /* seen by to_pod; else by from_pod */
  EVENT_REPLY = 4,           /* source and destination are those of the reply's direction */
  EVENT_DENIED_EGRESS = 8,   /* by the egress policy of the source */
  EVENT_DENIED_INGRESS = 16, /* by the ingress policy of the destination */
  EVENT_AUDIT = 32,          /* would have been denied */
  EVENT_TRANSLATED = 64,     /* by packet; addresses are those after it */
  EVENT_MORE = 128,          /* of a flow's end: that of the other direction follows */
  EVENT_BY_ENDPOINT = 128,   /* of dropped: addresses do not tell who sent it, `service` is the pod */
};

/*
 * How every event begins; none is longer than EVENT_LENGTH. A reader skips what is of a type or version that
 * it does not know by its length. Which pods an event is of follows from its addresses: a pod's address is no
 * other's for a minute after it has gone.
 */
enum event_limit {
  EVENT_LENGTH = 64,
};

struct event {
  __u8 type;      /* enum event_type */
  __u8 version;   /* ABI_EVENTS */
  __u16 length;   /* of the whole event */
  __u32 time;     /* CLOCK_MONOTONIC in units of 1024 ns, low 32 bits */
  __u8 time_high; /* 8 bits above those: a reader that is not 6 days late knows the rest */
  __u8 protocol;
  __u8 tcp_flags;     /* of the packet; where there are counters: all that its direction has shown */
  __u8 flags;         /* enum event_flag */
  __be16 source_port; /* for ICMP see struct flow4_key */
  __be16 destination_port;
};
ABI_SIZE(struct event, 16);

/* Who, and why: of opened, first reply, dropped. Opened shows the initiator as the source. */
struct event_decision {
  __u32 source_identity;
  __u32 destination_identity;
  __u16 service;      /* that was asked for, or 0; see EVENT_BY_ENDPOINT */
  __u16 egress_rule;  /* that decided, or 0; 0 too where its number is above 65535 */
  __u16 ingress_rule; /* as egress_rule */
  __u8 reason;        /* enum reason: of dropped, and of what would have been */
  __u8 pad;
};
ABI_SIZE(struct event_decision, 16);

/* Opened, first reply, dropped; IPv4. */
struct event4 {
  struct event event;
  struct event_decision decision;
  __be32 source;
  __be32 destination;
};
ABI_SIZE(struct event4, 40);

/* Opened, first reply, dropped; IPv6, and packets of no family, which have no addresses. */
struct event6 {
  struct event event;
  struct event_decision decision;
  __u8 source[16] IN_WORDS;
  __u8 destination[16] IN_WORDS;
};
ABI_SIZE(struct event6, EVENT_LENGTH);

/*
 * Closed, reset, ended, counters; IPv4. One direction, whose sender is the source: each tells its counters at
 * its own time, and the end of a flow tells both. Addresses are those between translation and destination,
 * as opened had them; the rest is as opened told it.
 */
struct event4_counts {
  struct event event;
  __be32 source;
  __be32 destination;
  __u64 packets;
  __u64 bytes;
};
ABI_SIZE(struct event4_counts, 40);

/* IPv6: as event4_counts. */
struct event6_counts {
  struct event event;
  __u8 source[16] IN_WORDS;
  __u8 destination[16] IN_WORDS;
  __u64 packets;
  __u64 bytes;
};
ABI_SIZE(struct event6_counts, EVENT_LENGTH);

/* Events, in order. Submitted without a wake-up: the reader polls. */
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4 << 20);
} events MAP(events);

enum counter {
  COUNTER_EVENTS_LOST = 0, /* found no room in the ring */
  COUNTER_FLOWS4 = 1,  /* entries inserted into flows4; less what was deleted and what is there: evicted */
  COUNTER_FLOWS6 = 2,  /* entries inserted into flows6 */
  COUNTER_SOCKETS = 3, /* connections and datagrams translated at the socket */
  COUNTERS = 8,
};

/* enum counter → count. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, COUNTERS);
  __type(key, __u32);
  __type(value, __u64);
} counters MAP(events);

struct drops {
  __u64 packets;
  __u64 bytes;
  __u64 suppressed; /* of the packets: not told, being more than config.drop_events of a pod */
};
ABI_SIZE(struct drops, 24);

/* Reason × 2, + 1 where it was to_pod → what was dropped. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 512);
  __type(key, __u32);
  __type(value, struct drops);
} drops MAP(events);

struct drop_key {
  __u32 ifindex; /* the pod's, at whose hook it was dropped */
  __u8 reason;   /* enum reason */
  __u8 to_pod;
  __u8 pad[2];
};
ABI_SIZE(struct drop_key, 8);

struct drop_limit {
  __u32 credit;     /* what may be told at once, in 1/hz of an event */
  __u32 moment;     /* jiffies, low 32 bits: when credit was last given */
  __u64 suppressed; /* not told since the entry is there */
};
ABI_SIZE(struct drop_limit, 16);

/* Pod and reason → how much more of it is told now. `drops` knows sums that no eviction touches. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 4096);
  __type(key, struct drop_key);
  __type(value, struct drop_limit);
} drop_limits MAP(events);

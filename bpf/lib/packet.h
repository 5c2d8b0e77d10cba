/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* One packet under way, and the tuples of addresses and ports that flows are found by. */
#pragma once

#include "../abi/endpoints.h"
#include "../abi/events.h"
#include "../abi/flows.h"
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <stdbool.h>

#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_RST 4
#define TCP_ACK 16

/* One end of a flow, as policy sees it. */
struct party {
  __u32 identity;
  __u32 block;
  __u32 ifindex; /* 0: no pod of this node, and the fields below are 0 */
  __u16 endpoint;
  __u16 egress_slot;
  __u16 ingress_slot;
  __u16 pad;
  __u32 egress_revision; /* of egress_slot, read before all above */
  __u32 ingress_revision;
};

/* Where the packets of a direction are met, and where they go from there. */
struct place {
  __u32 ifindex;
  __u32 redirect; /* 0: to the stack */
  __u32 flags;    /* FLOW_TO_POD, FLOW_TO_UPLINK */
};

/* What one policy is asked, and what it answers. */
struct question {
  __u32 identity; /* of the peer */
  __u32 block;
  __u32 rule; /* that decided, or 0 */
  __u16 slot;
  __u16 port;
  __u8 protocol;
  __u8 audit;
  __u8 reason; /* enum reason; 0: allowed */
  __u8 pad;
};

/* What an event says besides its tuple, which is p->key. */
struct telling {
  __u64 time; /* see event_time() */
  struct event_decision why;
  __u8 type;      /* enum event_type */
  __u8 flags;     /* enum event_flag, but for what follows from the packet */
  __u8 tcp_flags; /* as in struct event */
  __u8 pad[5];
};

/* How far a chain of IPv6 extension headers is read. */
struct chain {
  __u32 at;        /* the header that is next */
  __u32 end;       /* of what the chain may fill */
  __u32 id;        /* of the fragment header */
  __u16 fragment;  /* offset in bytes, and flags in the lowest three bits; 0: whole */
  __u8 next;       /* what it is */
  __u8 fragmented; /* there was a fragment header */
  __u8 first;      /* what the fragment header names */
  __u8 pad[3];
};

/* For a port that is free: see find_masquerade_port. */
struct search {
  __u32 first;
  __u32 count;
  __u32 start;
  __u32 tries;
  __u16 own; /* the port that the packet has will do, if it is free */
  __u16 found;
};

/* Bytes; what takes most is an advertisement of a neighbour. */
#define ROOM 112

/*
 * The slow path's notes on a packet. IPv4's addresses are in their mapped form, so that one code serves both
 * families, and a tuple is a flow6_key. Every offset is from the Ethernet header.
 */
struct packet {
  struct flow6_key tuple; /* as it was met */
  struct flow6_key out;   /* as it leaves */
  struct party near;      /* the pod behind the interface */
  struct party far;       /* whom it talks with */
  struct question egress;
  struct question ingress;
  __u32 ifindex;
  __u32 length; /* of the frame */
  __u32 end;    /* of the datagram, as its header says; behind it may be padding */
  __u32 now;    /* jiffies */
  __u32 service_revision;
  __u32 changes; /* ANY_REVISION, read before near was */
  __u32 uplink;  /* that the flow leaves and its answers come by; 0: it is not masqueraded */
  __u32 moments; /* enum moment, of the packet that is counted */
  __u16 l4;
  __u16 service;
  __u8 to_pod;
  __u8 ipv6;
  __u8 tcp_flags;
  __u8 icmp_type;
  __u8 icmp_error;     /* it carries the head of another packet */
  __u8 first_fragment; /* of several */
  __u8 later_fragment; /* has no layer 4 of its own */
  __u8 overtaking;     /* one that came before its first: its ports are of the last datagram before it */
  __u8 initiator;      /* it goes where the flow's first packet went */
  __u8 fresh;          /* it begins a flow */
  __u8 audit;          /* denied, but only told */
  __u8 at_uplink;      /* met there, on its way to the pod behind ifindex */
  __u8 unmet;          /* there was no entry of its tuple */
  __u8 presumed;       /* to begin a flow: whether there is an entry is seen when it is stored */
  __u8 placed;         /* far is known to be a pod of this node, and read */
  __u8 bare;           /* sent to a pod of this node, and no flow between the two is translated */
  __u8 counted;        /* in p->flow, before that was stored */
  __u8 claims;         /* a port that nobody else may have got meanwhile */
  __u8 guessed;        /* who began the flow is not known: see FLOW_GUESSED */
  __u8 state;          /* enum flow_state, of a flow that is not fresh */
  /* From here on room to work in, which is not cleared. */
  struct flow6_key key;
  struct flow6_key other_key;
  struct nat nat IN_DWORDS;
  struct flow flow;
  struct place here;  /* of the packet's direction */
  struct place there; /* of the other */
  struct search search;
  __u8 reused; /* kept from one SYN to the next: the last had an entry, as ports come round again */
  __u8 pad[3];
  struct fragment_key datagram;
  struct chain chain;
  struct telling told;
  struct flow6_key carried;  /* of the packet that an error carries, as it came */
  __u8 room[ROOM] IN_DWORDS; /* for what is read from the packet, or written to it */
};

/*
 * Where each CPU has its packet: programs of one CPU do not interrupt each other at these hooks. Functions
 * that the verifier looks at by themselves, and that look up keys in the packet, find it here: to Linux 6.1
 * memory that comes as an argument is no place for a key.
 */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct packet);
} scratch SEC(".maps");

static __always_inline struct packet *packet_of_this_cpu(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&scratch, &zero);
}

static __always_inline struct config *node(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&config, &zero);
}

typedef __u32 __attribute__((may_alias)) word;
typedef __u64 __attribute__((may_alias)) dword;

/* Of `count` words, which both sides are aligned to. */
static __always_inline bool same_words(const void *a, const void *b, const int count) {
  const word *x = a, *y = b;
  word difference = 0;
  for (int i = 0; i < count; i++)
    difference |= x[i] ^ y[i];
  return !difference;
}

static __always_inline void copy_words(void *to, const void *from, const int count) {
  word *x = to;
  const word *y = from;
  for (int i = 0; i < count; i++)
    x[i] = y[i];
}

static __always_inline void copy_dwords(void *to, const void *from, const int count) {
  dword *x = to;
  const dword *y = from;
  for (int i = 0; i < count; i++)
    x[i] = y[i];
}

#define ADDRESS_WORDS  4
#define ADDRESS_DWORDS 2

static __always_inline bool same_address(const void *a, const void *b) {
  return same_words(a, b, ADDRESS_WORDS);
}

static __always_inline void copy_address(void *to, const void *from) {
  copy_words(to, from, ADDRESS_WORDS);
}

static __always_inline bool same_mac(const __u8 *a, const __u8 *b) {
  return __builtin_memcmp(a, b, ETH_ALEN) == 0;
}

/* To where dwords are. */
static __always_inline void map_address(__u8 *bytes, __be32 address) {
  dword *dwords = (dword *)bytes;
  dwords[0] = 0;
  dwords[1] = bpf_htonl(0xffff) | (dword)address << 32;
}

static __always_inline bool is_mapped(const __u8 *bytes) {
  const word *words = (const word *)bytes;
  return !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
}

static __always_inline __be32 unmapped(const __u8 *bytes) {
  return ((const word *)bytes)[3];
}

/*
 * A key that is written in pieces stalls whoever reads it as a whole just afterwards (some fifteen cycles:
 * the processor hands on only what one store has written). So what follows the addresses is written at once.
 */
static __always_inline dword tail(__be16 source_port, __be16 destination_port, __u8 protocol) {
  _Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first field is the lowest");
  return source_port | (dword)destination_port << 16 | (dword)protocol << 32;
}

static __always_inline dword *tail_of(struct flow6_key *key) {
  return (dword *)&key->source_port;
}

static __always_inline void reverse(struct flow6_key *to, const struct flow6_key *from) {
  dword was = *(const dword *)&from->source_port;
  copy_dwords(to->source, from->destination, ADDRESS_DWORDS);
  copy_dwords(to->destination, from->source, ADDRESS_DWORDS);
  *tail_of(to) = (was & ~0xffffffffull) | (was >> 16 & 0xffff) | (was & 0xffff) << 16;
}

static __always_inline bool is_begin(__u8 tcp_flags) {
  return (tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* Flags that one segment can have: SYN, SYN and ACK, RST, RST and ACK, FIN and ACK, ACK. */
#define TCP_COMBINATIONS (1u << 2 | 1u << 18 | 1u << 4 | 1u << 20 | 1u << 17 | 1u << 16)

static __always_inline bool is_combination(__u8 tcp_flags) {
  return TCP_COMBINATIONS >> (tcp_flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)) & 1;
}

/* The packet asks for a connection. */
static __always_inline bool is_syn(const struct packet *p) {
  return p->tuple.protocol == IPPROTO_TCP && is_begin(p->tcp_flags);
}

/* The packet leaves with other addresses or ports than it came with. */
static __always_inline bool is_translated(const struct packet *p) {
  const dword *is = (const dword *)&p->tuple, *becomes = (const dword *)&p->out;
  return (is[0] ^ becomes[0]) | (is[1] ^ becomes[1]) | (is[2] ^ becomes[2]) | (is[3] ^ becomes[3]) |
         (is[4] ^ becomes[4]);
}

/* Jiffies wrap: a moment is past when it is less than half the range behind. */
static __always_inline bool is_past(__u32 moment, __u32 now) {
  return (__s32)(now - moment) >= 0;
}

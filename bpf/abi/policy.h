/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Who may talk to whom. Written by Java, read for the first packet of a flow.
 *
 * slot (the subject's identity and a direction) ── policy_slots ──► class of peers that are not named,
 * verdict else peer's identity, slot ─────────────────────────── policy_classes ─► class class, slot,
 * protocol, block of ports ─────────── policy_rules ───► verdict
 *
 * The number of a class stands for its content and is not used again for another, so that a peer's policy
 * changes as a whole by one write to policy_classes, once the rules of the new class are there. A peer with a
 * managed block is asked for twice, by its identity and by its block: a deny wins, then an allow, then
 * `otherwise`. A block that is not named has no say; an identity that is not named is of the default class.
 */
#pragma once

#include "types.h"

enum abi_policy {
  ABI_POLICY = 1,
};

enum policy_limit {
  POLICY_SLOTS = 65536,
  SERVICE_REVISIONS = 65536,        /* place of service 0 in revisions */
  ANY_REVISION = SERVICE_REVISIONS, /* which is no service: raised before any slot's revision is */
};

enum verdict {
  VERDICT_NONE = 0, /* not filled in: denied for lack of a policy */
  VERDICT_ALLOW = 1,
  VERDICT_DENY = 2,
};

/*
 * What kinds of rules a class has, so that others are not looked for: bit n for blocks of ports of n leading
 * bits, 0 to 16, where 0 is a protocol as a whole; and this for rules of any protocol.
 */
enum shape {
  SHAPE_PROTOCOL = 1,
  SHAPE_PORT = 1 << 16, /* one port */
  SHAPE_ANY_PROTOCOL = 1u << 31,
};

struct policy_slot {
  __u32 default_class;  /* 0: no rules */
  __u32 default_shapes; /* enum shape */
  __u8 otherwise;       /* enum verdict */
  __u8 audit;           /* 1: denials are told, not enforced */
  __u8 alike;           /* 1: no peer is named, so that none need be looked for */
  __u8 pad;
};
ABI_SIZE(struct policy_slot, 12);

/* Slot → what holds for peers that are not named. Slot 0 is never filled. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, POLICY_SLOTS);
  __type(key, __u32);
  __type(value, struct policy_slot);
} policy_slots MAP(policy);

struct policy_class_key {
  __u32 identity; /* the peer's, or its managed block's */
  __u16 slot;
  __u8 pad[2];
};
ABI_SIZE(struct policy_class_key, 8);

struct policy_class {
  __u32 number;
  __u32 shapes; /* enum shape */
};
ABI_SIZE(struct policy_class, 8);

/* Peer and slot → class of the peer. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1048576);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct policy_class_key);
  __type(value, struct policy_class);
} policy_classes MAP(policy);

struct policy_rule_key {
  __u32 peer_class;
  __u16 slot;
  __u16 port;     /* first of its block; of ICMP the type */
  __u8 protocol;  /* 0: any, and then no ports */
  __u8 port_bits; /* 0 to 16: how many leading bits of the port count */
  __u8 pad[2];
};
ABI_SIZE(struct policy_rule_key, 12);

struct policy_rule {
  __u32 rule;        /* who decided; told in events */
  __u32 precedence;  /* of tiers, for Java's use: the kernel takes what it finds */
  __u16 proxy_port;  /* 0: none. Until there are proxies others are dropped */
  __u8 verdict;      /* enum verdict */
  __u8 authenticate; /* 0: no. Until there is authentication others are dropped */
};
ABI_SIZE(struct policy_rule, 12);

/*
 * Class, slot, protocol and block of ports → verdict. The longest block decides, then the protocol as a
 * whole, then the rule of any protocol.
 */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1048576);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct policy_rule_key);
  __type(value, struct policy_rule);
} policy_rules MAP(policy);

/*
 * Policy slot → revision; from SERVICE_REVISIONS on, service → revision. An established flow holds as long as
 * these are what they were when it was decided. They are read before the policy is looked up and raised after
 * the maps were written; what can only permit more raises nothing.
 */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 131072);
  __type(key, __u32);
  __type(value, __u32);
} revisions MAP(policy);

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What a policy says of a peer: see abi/policy.h for the path through its maps. */
#pragma once

#include "packet.h"
#include "../abi/policy.h"

#define PORT_BITS 16

/* Blocks of ports that are neither one port nor all. */
#define SHAPE_BLOCKS (SHAPE_PORT - 2 * SHAPE_PROTOCOL)

/* Writes all but the class: by words, see tail(). */
static __always_inline void say(struct policy_rule_key *key, __u16 slot, __u16 port, __u8 protocol,
                                __u8 bits) {
  ((word *)key)[1] = slot | (word)port << 16;
  ((word *)key)[2] = protocol | (word)bits << 8;
}

/* The rule of a class that decides, or NULL. */
static __always_inline struct policy_rule *rule_of(const struct question *q, __u32 class, __u32 shapes) {
  struct policy_rule_key key = {.peer_class = class};
  struct policy_rule *rule;

  for (int bits = PORT_BITS; bits >= 0; bits--) {
    if (bits == PORT_BITS - 1 && !(shapes & SHAPE_BLOCKS))
      bits = 0;
    if (!(shapes & (SHAPE_PROTOCOL << bits)))
      continue;
    say(&key, q->slot, q->port & (0xffff << (PORT_BITS - bits)), q->protocol, bits);
    rule = bpf_map_lookup_elem(&policy_rules, &key);
    if (rule)
      return rule;
  }
  if (!(shapes & SHAPE_ANY_PROTOCOL))
    return NULL;
  say(&key, q->slot, 0, 0, 0);
  return bpf_map_lookup_elem(&policy_rules, &key);
}

static __always_inline __u8 reason_of(const struct policy_rule *rule) {
  if (rule->verdict != VERDICT_ALLOW)
    return REASON_POLICY_DENY;
  if (rule->authenticate)
    return REASON_AUTH_REQUIRED;
  return rule->proxy_port ? REASON_NO_PROXY : REASON_NONE;
}

/* Answers q: rule, audit and reason, which is 0 where the policy allows. */
__attribute__((noinline)) int ask(struct question *q) {
  struct policy_class_key key = {};
  struct policy_class *class;
  struct policy_slot *slot;
  struct policy_rule *rule;
  __u32 number, place;
  bool found = false;

  if (!q)
    return REASON_NO_POLICY;
  q->rule = 0;
  q->audit = 0;
  q->reason = REASON_NO_POLICY;
  place = q->slot;
  slot = bpf_map_lookup_elem(&policy_slots, &place);
  if (!slot || slot->otherwise == VERDICT_NONE)
    return q->reason;
  q->audit = slot->audit;

  key.slot = q->slot;
  key.identity = q->identity;
  class = slot->alike ? NULL : bpf_map_lookup_elem(&policy_classes, &key);
  number = class ? class->number : slot->default_class;
  rule = number ? rule_of(q, number, class ? class->shapes : slot->default_shapes) : NULL;
  if (rule) {
    found = true;
    q->rule = rule->rule;
    q->reason = reason_of(rule);
  }
  if (q->block && !slot->alike && !(found && q->reason)) {
    key.identity = q->block;
    class = bpf_map_lookup_elem(&policy_classes, &key);
    rule = class && class->number ? rule_of(q, class->number, class->shapes) : NULL;
    if (rule && (!found || rule->verdict != VERDICT_ALLOW)) {
      found = true;
      q->rule = rule->rule;
      q->reason = reason_of(rule);
    }
  }
  if (!found)
    q->reason = slot->otherwise == VERDICT_ALLOW ? REASON_NONE : REASON_POLICY_DENIED;
  return q->reason;
}

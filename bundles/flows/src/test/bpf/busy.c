// SPDX-License-Identifier: GPL-2.0
// A busy node: connections between 250 pods, every other one by IPv6, of four events each: opened, first
// reply, and both halves of its end. Every eighth is refused instead, four times. Sixteen events a run.
#include "lib/ring.h"
#include <stdbool.h>

#define PODS     250
#define SERVICES 100
#define A_RUN    16
#define HTTP     0x5000

__u64 sequence;

union told {
  struct event event;
  struct event4 event4;
  struct event6 event6;
  struct event4_counts counts4;
  struct event6_counts counts6;
};

static __always_inline __be32 address4(__u8 pod) {
  return 0x0000000a | (__u32)pod << 24;
}

static __always_inline void address6(__u8 *bytes, __u8 pod) {
  bytes[0] = 0xfd;
  bytes[15] = pod;
}

static __always_inline void decide(union told *told, bool six, __u8 from, __u8 to, bool refused) {
  struct event_decision *decision = &told->event6.decision;
  decision->source_identity = 1000 + from;
  decision->destination_identity = 1000 + to;
  decision->service = 1 + to % SERVICES;
  decision->ingress_rule = refused ? 0 : 1 + to % SERVICES;
  decision->reason = refused ? REASON_POLICY_DENIED : 0;
  if (six) {
    address6(told->event6.source, from);
    address6(told->event6.destination, to);
  } else {
    told->event4.source = address4(from);
    told->event4.destination = address4(to);
  }
}

static __always_inline void count_of(union told *told, bool six, __u8 from, __u8 to) {
  if (six) {
    address6(told->counts6.source, from);
    address6(told->counts6.destination, to);
    told->counts6.packets = 5;
    told->counts6.bytes = 500;
  } else {
    told->counts4.source = address4(from);
    told->counts4.destination = address4(to);
    told->counts4.packets = 5;
    told->counts4.bytes = 500;
  }
}

static __always_inline void tell_next(__u64 number) {
  union told told = {};
  __u64 connection = number / 4;
  __u32 step = number % 4;
  bool six = connection & 1, refused = connection % 8 == 7, answers = !refused && (step & 1);
  __u8 one = 1 + connection % PODS, other = 1 + connection / PODS % PODS;
  __u8 from = answers ? other : one, to = answers ? one : other;
  __be16 port = connection;

  stamp(&told.event);
  told.event.length = six ? 64 : 40;
  told.event.protocol = 6;
  told.event.tcp_flags = 2;
  told.event.flags = (six ? EVENT_IPV6 : 0) | (answers ? EVENT_REPLY : 0);
  told.event.source_port = answers ? HTTP : port;
  told.event.destination_port = answers ? port : HTTP;
  if (refused) {
    told.event.type = EVENT_DROPPED;
    told.event.flags |= EVENT_DENIED_INGRESS;
  } else if (step < 2) {
    told.event.type = answers ? EVENT_FIRST_REPLY : EVENT_OPENED;
  } else {
    told.event.type = EVENT_CLOSED;
    told.event.flags |= step == 2 ? EVENT_MORE : 0;
  }
  if (refused || step < 2)
    decide(&told, six, from, to, refused);
  else
    count_of(&told, six, from, to);
  if (six)
    submit(&told, 64);
  else
    submit(&told, 40);
}

SEC("tc")
int busy(struct __sk_buff *skb) {
  __u64 number = sequence;
  sequence = number + A_RUN;
  for (int i = 0; i < A_RUN; i++)
    tell_next(number + i);
  return 0;
}

// The reader looks for the whole group: the maps are in the object only if they are used.
SEC("tc")
int idle(struct __sk_buff *skb) {
  __u32 zero = 0;
  struct drop_key key = {};
  return bpf_map_lookup_elem(&drops, &zero) && bpf_map_lookup_elem(&drop_limits, &key);
}

char _license[] SEC("license") = "GPL";

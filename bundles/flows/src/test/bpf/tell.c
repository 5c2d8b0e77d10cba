// SPDX-License-Identifier: GPL-2.0
// Fills the ring as the datapath does: one event a run, whose identities are its number.
#include "lib/ring.h"

__u64 sequence;

SEC("tc")
int tell_event(struct __sk_buff *skb) {
  __u64 number = __sync_fetch_and_add(&sequence, 1);
  struct event4 told = {};
  stamp(&told.event);
  told.event.type = EVENT_OPENED;
  told.event.length = sizeof(told);
  told.event.protocol = 6;
  told.decision.source_identity = number >> 32;
  told.decision.destination_identity = number;
  told.source = 0x0700000a;
  told.destination = 0x0800000a;
  submit(&told, sizeof(told));
  return 0;
}

// The reader looks for the whole group: the map is in the object only if it is used.
SEC("tc")
int drop_one(struct __sk_buff *skb) {
  __u32 place = REASON_POLICY_DENIED * 2 + 1;
  struct drops *counted = bpf_map_lookup_elem(&drops, &place);
  if (counted) {
    counted->packets += 1;
    counted->bytes += 60;
  }
  struct drop_key key = {.ifindex = 7, .reason = REASON_POLICY_DENIED};
  struct drop_limit limit = {};
  bpf_map_update_elem(&drop_limits, &key, &limit, BPF_NOEXIST);
  struct drop_limit *limited = bpf_map_lookup_elem(&drop_limits, &key);
  if (limited)
    __sync_fetch_and_add(&limited->suppressed, 2);
  return 0;
}

char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0
// Fills the ring as the datapath does: one event a run, whose time is its number.
#include "abi/events.h"

__u64 sequence;

SEC("tc")
int tell_event(struct __sk_buff *skb) {
  struct event4 told = {};
  told.event.type = EVENT_OPENED;
  told.event.version = ABI_EVENTS;
  told.event.length = sizeof(told);
  told.event.protocol = 6;
  told.event.time = __sync_fetch_and_add(&sequence, 1);
  told.source = 0x0700000a;
  told.destination = 0x0800000a;
  if (bpf_ringbuf_output(&events, &told, sizeof(told), BPF_RB_NO_WAKEUP)) {
    __u32 place = COUNTER_EVENTS_LOST;
    __u64 *lost = bpf_map_lookup_elem(&counters, &place);
    if (lost)
      *lost += 1;
  }
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
  return 0;
}

char _license[] SEC("license") = "GPL";

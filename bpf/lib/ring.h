/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Into the ring, and what finds no room there. */
#pragma once

#include "../abi/events.h"

static __always_inline void count(__u32 counter) {
  __u64 *value = bpf_map_lookup_elem(&counters, &counter);
  if (value)
    *value += 1;
}

static __always_inline void submit(void *event, __u64 size) {
  if (bpf_ringbuf_output(&events, event, size, BPF_RB_NO_WAKEUP))
    count(COUNTER_EVENTS_LOST);
}

static __always_inline void stamp(struct event *event) {
  __u64 time = bpf_ktime_get_ns() >> 10;
  event->version = ABI_EVENTS;
  event->time = time;
  event->time_high = time >> 32;
}

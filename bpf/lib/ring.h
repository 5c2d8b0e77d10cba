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

/* Room for an event of `size` bytes, to be filled and committed; NULL where there is none. */
static __always_inline void *reserve(const __u64 size) {
  void *event = bpf_ringbuf_reserve(&events, size, 0);
  if (!event)
    count(COUNTER_EVENTS_LOST);
  return event;
}

static __always_inline void commit(void *event) {
  bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

/* In the units of an event. */
static __always_inline __u64 event_time(void) {
  return bpf_ktime_get_ns() >> 10;
}

static __always_inline void stamp(struct event *event) {
  __u64 time = event_time();
  event->version = ABI_EVENTS;
  event->time = time;
  event->time_high = time >> 32;
}

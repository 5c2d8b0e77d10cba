// SPDX-License-Identifier: GPL-2.0
// Programs for the tests of io.weir.linux: one of each kind that it has to load, run and attach.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
  __u64 sequence;
  __u64 payload[7];
};

// What a test sets before the object is loaded.
const volatile __u32 verdict = 0;
const volatile __u64 step = 1;

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 20);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 20);
} more_events SEC(".maps");

// 0: next sequence; 1: events that found the ring full; 2: packets that were counted;
// 3: events that were thrown away.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} counters SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8);
  __type(key, __u32);
  __type(value, __u64);
} small SEC(".maps");

static __always_inline void add_one(__u32 which) {
  __u64 *counter = bpf_map_lookup_elem(&counters, &which);
  if (counter)
    __sync_fetch_and_add(counter, 1);
}

static __always_inline void emit(void *ring, __u64 sequence) {
  struct event *event = bpf_ringbuf_reserve(ring, sizeof(*event), 0);
  if (!event) {
    add_one(1);
    return;
  }
  event->sequence = sequence;
  for (int i = 0; i < 7; i++)
    event->payload[i] = sequence + i;
  // Every seventeenth is thrown away, as a program may.
  if (sequence % 17 == 16) {
    bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
    add_one(3);
  } else {
    bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
  }
}

static __always_inline void count(void) {
  __u32 zero = 0;
  __u64 *next = bpf_map_lookup_elem(&counters, &zero);
  if (!next)
    return;
  __u64 sequence = __sync_fetch_and_add(next, step);
  if (sequence & 1)
    emit(&more_events, sequence);
  else
    emit(&events, sequence);
}

SEC("tc")
int emit_event(struct __sk_buff *skb) {
  count();
  return verdict;
}

SEC("tc")
int count_packet(struct __sk_buff *skb) {
  add_one(2);
  return -1;
}

SEC("tc")
int mark_packet(struct __sk_buff *skb) {
  skb->mark = skb->mark + 1;
  return skb->ingress_ifindex;
}

SEC("cgroup/connect4")
int refuse_port_9(struct bpf_sock_addr *address) {
  return address->user_port != __builtin_bswap16(9);
}

SEC("raw_tp/sys_enter")
int count_call(void *ctx) {
  add_one(2);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What nothing can be faster than: no program, and one look-up in a map like flows4 or flows6. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct key4 {
  __u32 words[4];
};

struct key6 {
  __u32 words[10];
};

struct value {
  __u64 words[8];
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 131072);
  __type(key, struct key4);
  __type(value, struct value);
} map4 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, struct key6);
  __type(value, struct value);
} map6 SEC(".maps");

SEC("tc")
int empty(struct __sk_buff *skb) {
  return 0;
}

SEC("tc")
int lookup4(struct __sk_buff *skb) {
  struct key4 key = {.words = {1, 2, 3, 4}};
  struct value *value = bpf_map_lookup_elem(&map4, &key);
  return value ? value->words[0] : 2;
}

SEC("tc")
int lookup6(struct __sk_buff *skb) {
  struct key6 key = {.words = {1, 2, 3, 4}};
  struct value *value = bpf_map_lookup_elem(&map6, &key);
  return value ? value->words[0] : 2;
}

char _license[] SEC("license") = "Dual BSD/GPL";

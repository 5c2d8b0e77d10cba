/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the first packet of a flow costs. A test-run gives a program the same packet again and again, so these
 * write other addresses and ports into it each time; and what an insertion into the same map costs by itself.
 */
#include "pod.bpf.c"

struct places {
  __u32 run; /* counts; another flow each */
  __u32
      identities; /* destinations: the last 16 bits of the address count up to so many; 0: always the same */
  __u32 ports;    /* destination ports from 1 up to so many */
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct places);
} places SEC(".maps");

static __always_inline struct places *next(void) {
  __u32 zero = 0;
  struct places *at = bpf_map_lookup_elem(&places, &zero);
  if (at)
    at->run++;
  return at;
}

/* The packet has ports and no options; its checksum is nobody's business here. */
static __always_inline bool vary(struct __sk_buff *skb) {
  void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
  struct places *at = next();
  __be16 *ports, *last;

  if (!at)
    return false;
  if (skb->protocol == bpf_htons(ETH_P_IP)) {
    struct iphdr *ip = data + ETH_HLEN;
    ports = (void *)(ip + 1);
    if ((void *)(ports + 2) > end)
      return false;
    last = (__be16 *)&ip->daddr + 1;
  } else {
    struct ipv6hdr *ip = data + ETH_HLEN;
    ports = (void *)(ip + 1);
    if ((void *)(ports + 2) > end)
      return false;
    last = (__be16 *)&ip->daddr + 7;
  }
  if (at->identities)
    *last = bpf_htons(1 + at->run % at->identities);
  ports[0] = bpf_htons(at->run);
  ports[1] = bpf_htons(1 + (at->run / 7 + (at->run >> 16)) % at->ports);
  return true;
}

SEC("tc")
int nothing(struct __sk_buff *skb) {
  return 0;
}

/* What is decided of a first packet, and kept: both entries. */
SEC("tc")
int decide_and_store(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();

  if (!p || !vary(skb) || parse(skb, false))
    return TC_ACT_SHOT;
  p->out = p->tuple;
  return check_near(skb) || decide(skb) ? TC_ACT_SHOT : TC_ACT_OK;
}

/* The whole path of a first packet. */
SEC("tc")
int first(struct __sk_buff *skb) {
  return vary(skb) ? enter(skb, false) : TC_ACT_SHOT;
}

/* A packet of an established flow. */
SEC("tc")
int established(struct __sk_buff *skb) {
  return enter(skb, false);
}

/* What is decided of a first packet, and nothing kept: the packet is the same each time. */
SEC("tc")
int decide_only(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();
  int known;

  if (!p || parse(skb, false))
    return TC_ACT_SHOT;
  p->out = p->tuple;
  if (check_near(skb))
    return TC_ACT_SHOT;
  p->unmet = !flow_of(p->ipv6, &p->tuple);
  if (find_far(p))
    return TC_ACT_SHOT;
  known = recall();
  if (known == TAKEN || translate(known) || resolve_ends(p) || judge() || (!p->bare && find_port()))
    return TC_ACT_SHOT;
  return TC_ACT_OK;
}

/* A look-up of one key, which is there. */
SEC("tc")
int look_up4(struct __sk_buff *skb) {
  struct flow4_key key = {.source = 1, .destination = 2, .source_port = 3, .destination_port = 4};
  struct flow *flow = find4(&key);
  return flow ? flow->flags : TC_ACT_SHOT;
}

SEC("tc")
int look_up6(struct __sk_buff *skb) {
  struct flow6_key key = {.source_port = 3, .destination_port = 4};
  struct flow *flow = find6(&key);
  return flow ? flow->flags : TC_ACT_SHOT;
}

static __always_inline int insert(void *table, const void *key, const struct flow *flow) {
  __u32 zero = 0;
  void *flows = bpf_map_lookup_elem(table, &zero);
  return !flows || bpf_map_update_elem(flows, key, flow, BPF_ANY) ? TC_ACT_SHOT : TC_ACT_OK;
}

/* An insertion of a new key. */
SEC("tc")
int insert4(struct __sk_buff *skb) {
  struct flow4_key key = {.source = 5, .destination = 6};
  struct places *at = next();
  struct flow flow = {.ifindex = 1};
  if (!at)
    return TC_ACT_SHOT;
  key.source = at->run;
  return insert(&table4, &key, &flow);
}

SEC("tc")
int insert6(struct __sk_buff *skb) {
  struct flow6_key key = {.source_port = 5, .destination_port = 6};
  struct places *at = next();
  struct flow flow = {.ifindex = 1};
  if (!at)
    return TC_ACT_SHOT;
  copy_words(key.source, &at->run, 1);
  return insert(&table6, &key, &flow);
}

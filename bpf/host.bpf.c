/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Packets at the uplinks: the devices by which the node talks with everyone else. What comes for a
 * masqueraded flow goes to its pod; what leaves is looked at once more, so that no pod's address leaves the
 * node by accident. All else is the host's own, and is let alone.
 */
#include "lib/decide.h"
#include "lib/fast.h"

/* An answer to a masqueraded flow, of which the plain look is not enough; or what is the host's. */
__attribute__((noinline)) int arrive(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();
  struct endpoint *pod;
  struct flow *flow;
  struct nat *nat;
  int result;

  if (!p || parse(skb, false))
    return TC_ACT_OK;
  p->out = p->tuple;
  p->uplink = p->ifindex;
  p->at_uplink = 1;
  p->to_pod = 1;
  if (p->icmp_error) {
    result = icmp_error(skb);
    if (result >= 0)
      return result;
    p->out = p->tuple;
    return result == -REASON_UNRELATED_ERROR ? TC_ACT_OK : drop(-result);
  }
  nat = nat_of(p->ipv6, &p->tuple);
  if (!nat || !nat->uplink || (nat->flags & FLOW_INITIATOR) || is_syn(p) || !is_nat_met(p, nat))
    return TC_ACT_OK;
  pod = bpf_map_lookup_elem(&addresses, &nat->destination);
  if (!pod)
    return TC_ACT_OK; /* it has gone: the host refuses */
  p->ifindex = pod->ifindex;
  flow = flow_of(p->ipv6, &p->tuple);
  if (flow && is_met(p, flow) && flow->redirect == p->ifindex && is_valid(flow)) {
    apply_nat(&p->out, nat);
    nat->seen = p->now;
    result = pass(skb, flow);
  } else {
    result = p->overtaking ? -REASON_NO_FIRST_FRAGMENT : -decide(skb);
    if (!result)
      result = pass_first(skb, p);
  }
  return result < 0 ? drop(-result) : result;
}

/* Where nothing is known of a packet in the flows' map, one of a masqueraded flow can be told by its port. */
static __always_inline bool may_be_ours(__be16 port) {
  struct masquerade *settings = masquerading();
  __u16 number = bpf_ntohs(port);
  return settings && number >= settings->first_port && number <= settings->last_port;
}

static __always_inline int arrive4(struct __sk_buff *skb) {
  void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
  struct iphdr *ip = data + ETH_HLEN;
  struct flow4_key key;
  struct flow *flow;
  __u8 tcp_flags;
  int result;

  if (!read_key4(ip, end, &key, &tcp_flags))
    return arrive(skb);
  flow = find4(&key);
  if (!flow)
    return may_be_ours(key.destination_port) ? arrive(skb) : TC_ACT_OK;
  if (!is_arriving(skb, flow))
    return arrive(skb);
  result = through4(skb, ip, &key, flow, tcp_flags);
  return result >= 0 ? result : arrive(skb);
}

static __always_inline int arrive6(struct __sk_buff *skb) {
  void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
  struct ipv6hdr *ip = data + ETH_HLEN;
  struct flow6_key key;
  struct flow *flow;
  __u8 tcp_flags;
  int result;

  if (!read_key6(ip, end, &key, &tcp_flags))
    return arrive(skb);
  flow = find6(&key);
  if (!flow)
    return may_be_ours(key.destination_port) ? arrive(skb) : TC_ACT_OK;
  if (!is_arriving(skb, flow))
    return arrive(skb);
  result = through6(skb, ip, &key, flow, tcp_flags);
  return result >= 0 ? result : arrive(skb);
}

/* Sets p->key to that of the packet's flow, which is for an error the flow of what it is about. */
static __always_inline bool key_of_flow(struct __sk_buff *skb, struct packet *p) {
  p->key = p->tuple;
  return !p->icmp_error ||
         (parse_carried(skb, p->l4 + ICMP_HEAD) && same_address(p->tuple.destination, p->key.destination));
}

/*
 * Whom the pod sends p->key to knows it by its own address. Where the pod has it for a service, only the
 * answers' entry is found by what leaves.
 */
static __always_inline bool is_known_by_its_own(struct packet *p, __u32 pod) {
  struct flow *flow = flow_of(p->ipv6, &p->key);

  if (flow && is_here(flow, pod, false))
    return !(flow->flags & FLOW_TO_UPLINK);
  reverse(&p->other_key, &p->key);
  flow = flow_of(p->ipv6, &p->other_key);
  return flow && is_here(flow, pod, true);
}

/*
 * A packet with a pod's address that leaves by the stack: the stack has cut it into fragments, or its flow is
 * none that is masqueraded. An error goes by the flow of what it carries; of one that is masqueraded it does
 * not come here (see icmp_error).
 */
__attribute__((noinline)) int guard(struct __sk_buff *skb, __u32 pod) {
  struct packet *p = packet_of_this_cpu();
  struct flow *flow;
  struct nat *nat;
  int result;

  if (!p)
    return TC_ACT_SHOT;
  result = parse(skb, false);
  p->out = p->tuple;
  p->ifindex = pod;
  if (!is_foreign(p->tuple.destination, p->ipv6))
    return TC_ACT_OK;
  if (result)
    return drop(result);
  if (key_of_flow(skb, p) && is_known_by_its_own(p, pod))
    return TC_ACT_OK;
  flow = p->icmp_error ? NULL : flow_of(p->ipv6, &p->tuple);
  nat = flow && is_here(flow, pod, false) ? nat_of(p->ipv6, &p->tuple) : NULL;
  if (nat && nat->uplink == skb->ifindex) {
    apply_nat(&p->out, nat);
    result = rewrite(skb, p);
    return result ? drop(result) : TC_ACT_OK;
  }
  resolve(); /* to tell whose it was */
  return drop(REASON_NO_TRANSLATION);
}

/* What comes from outside: ingress of an uplink. */
SEC("tc")
int from_uplink(struct __sk_buff *skb) {
  switch (skb->protocol) {
  case bpf_htons(ETH_P_IP):
    return arrive4(skb);
  case bpf_htons(ETH_P_IPV6):
    return arrive6(skb);
  default:
    return TC_ACT_OK;
  }
}

/* What leaves the node: egress of an uplink. Nearly all of it has the uplink's own address. */
SEC("tc")
int to_uplink(struct __sk_buff *skb) {
  void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
  __u8 source[16] IN_DWORDS;
  struct endpoint *pod;
  struct uplink *uplink;

  if (skb->protocol == bpf_htons(ETH_P_IP)) {
    struct iphdr *ip = data + ETH_HLEN;
    if ((void *)(ip + 1) > end)
      return TC_ACT_OK;
    uplink = uplink_at(skb->ifindex);
    if (!uplink || ip->saddr == uplink->address4)
      return TC_ACT_OK;
    map_address(source, ip->saddr);
  } else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
    struct ipv6hdr *ip = data + ETH_HLEN;
    if ((void *)(ip + 1) > end)
      return TC_ACT_OK;
    uplink = uplink_at(skb->ifindex);
    __builtin_memcpy(source, &ip->saddr, sizeof(source));
    if (!uplink || same_address(source, uplink->address6))
      return TC_ACT_OK;
  } else {
    return TC_ACT_OK;
  }
  pod = bpf_map_lookup_elem(&addresses, source);
  return pod ? guard(skb, pod->ifindex) : TC_ACT_OK;
}

char _license[] SEC("license") = "Dual BSD/GPL";

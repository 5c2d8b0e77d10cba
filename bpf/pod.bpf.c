/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Packets of pods, at the host side of their veth. A packet of an established flow costs one look-up, two
 * readings of revisions and plain writes to its entry; all else takes the slow path, which is not shorter
 * than it must be.
 */
#include "lib/decide.h"
#include "lib/fast.h"

/* Neighbour discovery, and the hosts' reports of the groups they listen to. */
static __always_inline bool is_of_neighbours(const struct packet *p) {
  return p->ipv6 && p->tuple.protocol == IPPROTO_ICMPV6 && !p->later_fragment &&
         (is_ndp(p->icmp_type) || is_of_listeners(p->icmp_type));
}

/* An action, or the negative of a reason. */
static __always_inline int talk_of_neighbours(struct __sk_buff *skb, const struct packet *p) {
  if (is_of_listeners(p->icmp_type) || p->first_fragment) /* in fragments it may not come: RFC 6980 */
    return -REASON_FORBIDDEN_ICMP6;
  return p->to_pod ? node_discovery(skb, p) : neighbour_discovery(skb);
}

#define TO_POD 1 /* met on its way to the pod */
#define UNMET  2 /* the fast path has looked for an entry, and found none */

/* Nothing speaks against the translation. */
static __always_inline bool is_translation_valid(const struct packet *p, const struct flow *flow,
                                                 const struct nat *nat) {
  return nat && (!(nat->flags & FLOW_INITIATOR) || keeps_backend(p, nat, flow));
}

/*
 * One step after the other, so that the frames of the deepest are the only ones below this: an action, or the
 * negative of a reason.
 */
static __always_inline int go(struct __sk_buff *skb, struct packet *p, __u32 how) {
  bool to_pod = how & TO_POD;
  struct flow *flow;
  struct nat *nat;
  int result;

  result = parse(skb, to_pod);
  p->out = p->tuple;
  if (skb->vlan_present) /* it is no longer in the frame; an established flow's receiver has no such VLAN */
    return -REASON_VLAN;
  if (result)
    return -result;
  if (is_of_neighbours(p))
    return talk_of_neighbours(skb, p);
  result = check_addresses(p);
  if (!result)
    result = check_near(skb);
  if (result)
    return -result;
  if (p->icmp_error) {
    result = icmp_error(skb);
    p->out = p->tuple;
    return result;
  }
  flow = how & UNMET || is_syn(p) ? NULL : flow_of(p->ipv6, &p->tuple);
  p->unmet = !flow && !is_syn(p);
  if (flow && is_here(flow, p->ifindex, to_pod) && is_valid(flow)) {
    nat = flow->flags & FLOW_TRANSLATED ? nat_of(p->ipv6, &p->tuple) : NULL;
    if (nat) {
      apply_nat(&p->out, nat);
      p->uplink = flow->flags & FLOW_TO_UPLINK ? nat->uplink : 0;
      nat->seen = p->now;
    }
    if (!(flow->flags & FLOW_TRANSLATED) || is_translation_valid(p, flow, nat))
      return pass(skb, flow);
  }
  if (p->overtaking) /* it is no packet to decide a flow by */
    return -REASON_NO_FIRST_FRAGMENT;
  p->uplink = 0;
  result = decide(skb);
  return result ? -result : pass_first(skb, p);
}

/* All that the fast path does not know. `how`: TO_POD, UNMET. */
__attribute__((noinline)) int slow(struct __sk_buff *skb, __u32 how) {
  struct packet *p = packet_of_this_cpu();
  int result;

  if (!p)
    return TC_ACT_SHOT;
  result = go(skb, p, how);
  if (result >= 0)
    return result;
  drop(-result);
  if (result != -REASON_NO_BACKEND)
    return TC_ACT_SHOT;
  result = refuse(skb);
  return result < 0 ? TC_ACT_SHOT : result;
}

/* The packet is of an established flow that nothing speaks against, and needs no rewriting. */
static __always_inline bool is_established(struct __sk_buff *skb, const struct flow *flow, bool to_pod) {
  return flow && flow->ifindex == skb->ifindex &&
         (flow->flags & (FLOW_TO_POD | FLOW_TRANSLATED)) == (to_pod ? FLOW_TO_POD : 0) && is_valid(flow);
}

static __always_inline int ipv4(struct __sk_buff *skb, bool to_pod) {
  void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
  struct iphdr *ip = data + ETH_HLEN;
  __u32 moments, now = bpf_jiffies64();
  struct flow4_key key;
  struct packet *p;
  struct flow *flow;
  __u8 tcp_flags;

  if (!read_key4(ip, end, &key, &tcp_flags))
    return slow(skb, to_pod);
  flow = find4(&key);
  if (!is_established(skb, flow, to_pod)) {
    if (!to_pod && is_leaving(skb, flow, tcp_flags)) {
      int result = through4(skb, ip, &key, flow, LEAVES | tcp_flags);
      if (result >= 0)
        return result;
    }
    return slow(skb, to_pod | (flow ? 0 : UNMET));
  }
  moments = account(flow, skb->len, tcp_flags, now);
  if (moments && (p = begin(skb, to_pod, false, tcp_flags, now))) {
    map_address(p->tuple.source, key.source);
    map_address(p->tuple.destination, key.destination);
    copy_words(&p->tuple.source_port, &key.source_port, 2);
    note(flow, moments);
  }
  return send_on(flow);
}

static __always_inline int ipv6(struct __sk_buff *skb, bool to_pod) {
  void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
  struct ipv6hdr *ip = data + ETH_HLEN;
  __u32 moments, now = bpf_jiffies64();
  struct flow6_key key;
  struct packet *p;
  struct flow *flow;
  __u8 tcp_flags;

  if (!read_key6(ip, end, &key, &tcp_flags))
    return slow(skb, to_pod);
  flow = find6(&key);
  if (!is_established(skb, flow, to_pod)) {
    if (!to_pod && is_leaving(skb, flow, tcp_flags)) {
      int result = through6(skb, ip, &key, flow, LEAVES | tcp_flags);
      if (result >= 0)
        return result;
    }
    return slow(skb, to_pod | (flow ? 0 : UNMET));
  }
  moments = account(flow, skb->len, tcp_flags, now);
  if (moments && (p = begin(skb, to_pod, true, tcp_flags, now))) {
    p->tuple = key;
    note(flow, moments);
  }
  return send_on(flow);
}

/* Neither IP; nothing is known but the interface. */
static __always_inline int drop_frame(struct __sk_buff *skb, bool to_pod, __u32 reason) {
  struct packet *p = packet_of_this_cpu();
  if (!p)
    return TC_ACT_SHOT;
  __builtin_memset(p, 0, offsetof(struct packet, key));
  p->to_pod = to_pod;
  p->ipv6 = 1;
  p->ifindex = skb->ifindex;
  p->length = skb->len;
  return drop(reason);
}

static __always_inline int enter(struct __sk_buff *skb, bool to_pod) {
  int result;
  switch (skb->protocol) {
  case bpf_htons(ETH_P_IP):
    return ipv4(skb, to_pod);
  case bpf_htons(ETH_P_IPV6):
    return ipv6(skb, to_pod);
  case bpf_htons(ETH_P_ARP):
    result = skb->vlan_present ? -REASON_VLAN : to_pod ? TC_ACT_OK : arp(skb);
    return result < 0 ? drop_frame(skb, to_pod, -result) : result;
  case bpf_htons(ETH_P_8021Q):
  case bpf_htons(ETH_P_8021AD):
    return drop_frame(skb, to_pod, REASON_VLAN);
  default:
    return drop_frame(skb, to_pod, REASON_UNSUPPORTED_L2);
  }
}

/* What a pod sends: ingress of the host side. */
SEC("tc")
int from_pod(struct __sk_buff *skb) {
  return enter(skb, false);
}

/* What the stack sends to a pod: egress of the host side. */
SEC("tc")
int to_pod(struct __sk_buff *skb) {
  return enter(skb, true);
}

char _license[] SEC("license") = "Dual BSD/GPL";

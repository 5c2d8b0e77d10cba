/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* From bytes to a tuple. These functions return 0, or the reason for which the packet is dropped. */
#pragma once

#include "packet.h"
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#define IP_OFFSET     0x1fff
#define IP_MORE       0x2000
#define IP_FRAGMENTED (IP_OFFSET | IP_MORE)

#define ICMP_ECHO_REPLY    0
#define ICMP_UNREACHABLE   3
#define ICMP_ECHO_REQUEST  8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETER     12
#define ICMP_PORT_CODE     3 /* of unreachable */

#define ICMP6_UNREACHABLE  1
#define ICMP6_PORT_CODE    4 /* of unreachable */
#define ICMP6_LAST_ERROR   4
#define ICMP6_ECHO_REQUEST 128
#define ICMP6_ECHO_REPLY   129
#define ICMP6_MLD_FIRST    130
#define ICMP6_MLD_LAST     132
#define ICMP6_SOLICIT      135
#define ICMP6_ADVERTISE    136
#define ICMP6_NDP_FIRST    133
#define ICMP6_NDP_LAST     137
#define ICMP6_MLD2_REPORT  143

/* What ICMP and ICMPv6 have in front of all else. */
struct icmp_head {
  __u8 type;
  __u8 code;
  __sum16 checksum;
  __be16 id; /* of echo */
  __be16 sequence;
};

static __always_inline bool is_icmp4_error(__u8 type) {
  return type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER;
}

/* Destination unreachable, packet too big, time exceeded, parameter problem. */
static __always_inline bool is_icmp6_error(__u8 type) {
  return type >= ICMP6_UNREACHABLE && type <= ICMP6_LAST_ERROR;
}

static __always_inline bool is_ndp(__u8 type) {
  return type >= ICMP6_NDP_FIRST && type <= ICMP6_NDP_LAST;
}

/* Ports of ICMP: see flow4_key. */
static __always_inline void icmp_ports(__u8 type, __be16 id, bool ipv6, __be16 *source, __be16 *destination) {
  __u8 request = ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO_REQUEST;
  __u8 answer = ipv6 ? ICMP6_ECHO_REPLY : ICMP_ECHO_REPLY;
  *source = type == request ? id : type == answer ? bpf_htons(request) : 0;
  *destination = type == answer ? id : bpf_htons(type);
}

static __always_inline int parse_ports(struct __sk_buff *skb, struct packet *p) {
  struct icmp_head icmp;
  __be16 ports[2];
  __u8 protocol = p->tuple.protocol;

  if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP) {
    if (bpf_skb_load_bytes(skb, p->l4, ports, sizeof(ports)) < 0)
      return REASON_INVALID_PACKET;
    p->tuple.source_port = ports[0];
    p->tuple.destination_port = ports[1];
    if (protocol == IPPROTO_TCP && bpf_skb_load_bytes(skb, p->l4 + 13, &p->tcp_flags, 1) < 0)
      return REASON_INVALID_PACKET;
  } else if (protocol == (p->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
    if (bpf_skb_load_bytes(skb, p->l4, &icmp, sizeof(icmp)) < 0)
      return REASON_INVALID_PACKET;
    p->icmp_type = icmp.type;
    p->icmp_error = p->ipv6 ? is_icmp6_error(icmp.type) : is_icmp4_error(icmp.type);
    icmp_ports(icmp.type, icmp.id, p->ipv6, &p->tuple.source_port, &p->tuple.destination_port);
  }
  return REASON_NONE;
}

/* Only the first fragment shows ports; those that come after it are given them. */
static __always_inline int parse_fragment(struct __sk_buff *skb, struct packet *p, __u32 id, bool first) {
  struct fragment ports, *known;
  int reason;

  __builtin_memset(&p->datagram, 0, sizeof(p->datagram));
  copy_address(p->datagram.source.bytes, p->tuple.source);
  copy_address(p->datagram.destination.bytes, p->tuple.destination);
  p->datagram.id = id;
  p->datagram.ifindex = p->ifindex;
  p->datagram.protocol = p->tuple.protocol;
  p->datagram.to_pod = p->to_pod;
  if (first) {
    reason = parse_ports(skb, p);
    if (reason)
      return reason;
    p->first_fragment = 1;
    ports.source_port = p->tuple.source_port;
    ports.destination_port = p->tuple.destination_port;
    bpf_map_update_elem(&fragments, &p->datagram, &ports, BPF_ANY);
    return REASON_NONE;
  }
  known = bpf_map_lookup_elem(&fragments, &p->datagram);
  if (!known)
    return REASON_NO_FIRST_FRAGMENT;
  p->later_fragment = 1;
  p->tuple.source_port = known->source_port;
  p->tuple.destination_port = known->destination_port;
  return REASON_NONE;
}

static __always_inline int parse4(struct __sk_buff *skb, struct packet *p) {
  struct iphdr ip;
  __u16 fragment;

  if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) < 0 || ip.version != 4 || ip.ihl < 5)
    return REASON_INVALID_PACKET;
  map_address(p->tuple.source, ip.saddr);
  map_address(p->tuple.destination, ip.daddr);
  p->tuple.protocol = ip.protocol;
  p->l4 = ETH_HLEN + ip.ihl * 4;
  if (bpf_ntohl(ip.daddr) >= 0xe0000000)
    return REASON_MULTICAST;
  fragment = bpf_ntohs(ip.frag_off);
  if (fragment & IP_FRAGMENTED)
    return parse_fragment(skb, p, bpf_ntohs(ip.id), !(fragment & IP_OFFSET));
  return parse_ports(skb, p);
}

struct extension {
  __u8 next;
  __u8 length;   /* of what a fragment has: reserved */
  __be16 offset; /* of a fragment: in units of 8 bytes, above three bits */
  __be32 id;     /* of a fragment */
};

#define EXTENSIONS 6

static __always_inline int parse6(struct __sk_buff *skb, struct packet *p) {
  struct ipv6hdr ip;
  struct extension extension;
  __u32 at = ETH_HLEN + sizeof(ip);
  __u32 id = 0;
  __u8 next;
  bool fragment = false, first = true;

  if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) < 0 || ip.version != 6)
    return REASON_INVALID_PACKET;
  copy_address(p->tuple.source, &ip.saddr);
  copy_address(p->tuple.destination, &ip.daddr);
  if (is_mapped(p->tuple.source) || is_mapped(p->tuple.destination))
    return REASON_INVALID_SOURCE_IP;
  next = ip.nexthdr;
  for (int i = 0; i < EXTENSIONS; i++) {
    if (next != IPPROTO_HOPOPTS && next != IPPROTO_DSTOPTS && next != IPPROTO_FRAGMENT)
      break;
    if (bpf_skb_load_bytes(skb, at, &extension, sizeof(extension)) < 0)
      return REASON_INVALID_PACKET;
    if (next == IPPROTO_FRAGMENT) {
      fragment = (extension.offset & bpf_htons(0xfff9)) != 0; /* an atomic one is whole */
      first = (extension.offset & bpf_htons(0xfff8)) == 0;
      id = bpf_ntohl(extension.id);
      at += 8;
    } else {
      at += (extension.length + 1) * 8;
    }
    next = extension.next;
    if (!first)
      break;
  }
  p->tuple.protocol = next;
  p->l4 = at;
  if (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS || next == IPPROTO_FRAGMENT ||
      next == IPPROTO_ROUTING)
    return REASON_IPV6_EXTENSION;
  if (fragment)
    return parse_fragment(skb, p, id, first);
  return parse_ports(skb, p);
}

/* Fills p, which is of IPv4 or IPv6. */
static __always_inline int parse(struct __sk_buff *skb, struct packet *p, bool to_pod) {
  __builtin_memset(p, 0, offsetof(struct packet, key));
  p->to_pod = to_pod;
  p->ipv6 = skb->protocol == bpf_htons(ETH_P_IPV6);
  p->ifindex = skb->ifindex;
  p->length = skb->len;
  p->now = bpf_jiffies64();
  return p->ipv6 ? parse6(skb, p) : parse4(skb, p);
}

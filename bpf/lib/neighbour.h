/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * ARP and neighbour discovery (RFC 826, RFC 4861). A pod has one neighbour, its gateway, and the gateway's
 * address is answered for with the address that all host sides share. The node may ask for the pod, and the
 * pod answers. All else is counted and dropped: probes for duplicates, router solicitation, multicast
 * listeners.
 */
#pragma once

#include "nat.h"

#define ARP_REQUEST 1
#define ARP_REPLY   2

struct arp {
  __be16 hardware;
  __be16 protocol;
  __u8 hardware_size;
  __u8 protocol_size;
  __be16 operation;
  __u8 sender_mac[6];
  __u8 sender[4];
  __u8 target_mac[6];
  __u8 target[4];
};

/* Answers into the pod, past its own hooks. */
static __always_inline int answer(struct __sk_buff *skb) {
  bpf_skb_change_type(skb, 0 /* PACKET_HOST: the question may have been broadcast */);
  return bpf_redirect_peer(skb->ifindex, 0);
}

/* An action, or the negative of a reason. */
__attribute__((noinline)) int arp(struct __sk_buff *skb) {
  __u32 ifindex = skb->ifindex;
  struct endpoint *endpoint = bpf_map_lookup_elem(&endpoints, &ifindex);
  struct config *host = node();
  struct ethhdr ethernet;
  struct arp arp;
  __be32 sender, target;

  if (!endpoint || !host)
    return -REASON_NOT_READY;
  if (bpf_skb_load_bytes(skb, 0, &ethernet, sizeof(ethernet)) < 0 ||
      bpf_skb_load_bytes(skb, ETH_HLEN, &arp, sizeof(arp)) < 0)
    return -REASON_INVALID_PACKET;
  if (arp.hardware != bpf_htons(1) || arp.protocol != bpf_htons(ETH_P_IP) || arp.hardware_size != 6 ||
      arp.protocol_size != 4)
    return -REASON_INVALID_PACKET;
  __builtin_memcpy(&sender, arp.sender, 4);
  __builtin_memcpy(&target, arp.target, 4);
  if (!sender || sender != endpoint->address4)
    return -REASON_ARP;
  if (!same_mac(arp.sender_mac, endpoint->mac) || !same_mac(ethernet.h_source, endpoint->mac))
    return -REASON_INVALID_SOURCE_MAC;
  if (arp.operation == bpf_htons(ARP_REPLY))
    return TC_ACT_OK;
  if (arp.operation != bpf_htons(ARP_REQUEST) || !host->gateway4 || target != host->gateway4)
    return -REASON_ARP;

  __builtin_memcpy(ethernet.h_dest, endpoint->mac, 6);
  __builtin_memcpy(ethernet.h_source, host->host_mac, 6);
  arp.operation = bpf_htons(ARP_REPLY);
  __builtin_memcpy(arp.target_mac, endpoint->mac, 6);
  __builtin_memcpy(arp.sender_mac, host->host_mac, 6);
  __builtin_memcpy(arp.target, &sender, 4);
  __builtin_memcpy(arp.sender, &target, 4);
  if (bpf_skb_store_bytes(skb, 0, &ethernet, sizeof(ethernet), 0) < 0 ||
      bpf_skb_store_bytes(skb, ETH_HLEN, &arp, sizeof(arp), 0) < 0)
    return -REASON_WRITE_ERROR;
  return answer(skb);
}

/* Solicitation and advertisement without options. */
struct ndp {
  __u8 type;
  __u8 code;
  __sum16 checksum;
  __be32 flags; /* of an advertisement */
  __u8 target[16];
};

struct ndp_with_mac {
  struct ndp ndp;
  __u8 option;
  __u8 option_length; /* in units of 8 bytes */
  __u8 mac[6];
};

#define NDP_TARGET_MAC 2          /* the option */
#define NDP_FLAGS      0xe0000000 /* router, solicited, override */

/* What a checksum of ICMPv6 begins with (RFC 8200, 8.1). */
struct pseudo {
  struct in6_addr source;
  struct in6_addr destination;
  __be32 length;
  __be32 next;
};

/* As it is made, in p->room. */
struct advertisement {
  struct pseudo pseudo;
  struct ipv6hdr ip;
  struct ndp_with_mac body;
};
_Static_assert(sizeof(struct advertisement) <= ROOM, "there is room for it");

static __always_inline __sum16 fold(__s64 sum) {
  __u32 folded = sum;
  folded = (folded & 0xffff) + (folded >> 16);
  folded = (folded & 0xffff) + (folded >> 16);
  return ~folded;
}

static __always_inline int advertise(struct __sk_buff *skb, struct packet *p, const struct ndp *question,
                                     const struct endpoint *endpoint, const struct config *host) {
  struct advertisement *made = (struct advertisement *)p->room;
  struct ethhdr ethernet;
  __s64 sum;

  __builtin_memset(made, 0, sizeof(*made));
  __builtin_memcpy(ethernet.h_dest, endpoint->mac, 6);
  __builtin_memcpy(ethernet.h_source, host->host_mac, 6);
  ethernet.h_proto = bpf_htons(ETH_P_IPV6);
  made->ip.version = 6;
  made->ip.nexthdr = IPPROTO_ICMPV6;
  made->ip.hop_limit = 255;
  made->ip.payload_len = bpf_htons(sizeof(made->body));
  copy_address(&made->ip.saddr, question->target);
  copy_address(&made->ip.daddr, p->tuple.source);
  made->body.ndp.type = ICMP6_ADVERTISE;
  made->body.ndp.flags = bpf_htonl(NDP_FLAGS);
  copy_address(made->body.ndp.target, question->target);
  made->body.option = NDP_TARGET_MAC;
  made->body.option_length = 1;
  __builtin_memcpy(made->body.mac, host->host_mac, 6);
  made->pseudo.source = made->ip.saddr;
  made->pseudo.destination = made->ip.daddr;
  made->pseudo.length = bpf_htonl(sizeof(made->body));
  made->pseudo.next = bpf_htonl(IPPROTO_ICMPV6);
  sum = bpf_csum_diff(NULL, 0, (__be32 *)&made->pseudo, sizeof(made->pseudo), 0);
  sum = bpf_csum_diff(NULL, 0, (__be32 *)&made->body, sizeof(made->body), sum);
  made->body.ndp.checksum = fold(sum);
  if (bpf_skb_change_tail(skb, ETH_HLEN + sizeof(made->ip) + sizeof(made->body), 0) < 0 ||
      bpf_skb_store_bytes(skb, 0, &ethernet, sizeof(ethernet), 0) < 0 ||
      bpf_skb_store_bytes(skb, ETH_HLEN, &made->ip, sizeof(made->ip) + sizeof(made->body), 0) < 0)
    return -REASON_WRITE_ERROR;
  return answer(skb);
}

static __always_inline bool is_of_this_link(struct __sk_buff *skb) {
  __u8 hops;
  return bpf_skb_load_bytes(skb, ETH_HLEN + offsetof(struct ipv6hdr, hop_limit), &hops, 1) == 0 &&
         hops == 255;
}

/* To a pod: the node may ask for it and answer it, and no more. An action, or the negative of a reason. */
static __always_inline int node_discovery(struct __sk_buff *skb, const struct packet *p) {
  return is_of_this_link(skb) && (p->icmp_type == ICMP6_SOLICIT || p->icmp_type == ICMP6_ADVERTISE)
             ? TC_ACT_OK
             : -REASON_FORBIDDEN_ICMP6;
}

/* From a pod: an action, or the negative of a reason. */
__attribute__((noinline)) int neighbour_discovery(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();
  struct endpoint *endpoint;
  struct config *host = node();
  bool link_local;
  struct ndp ndp;
  __u32 ifindex = skb->ifindex;

  if (!p || !host)
    return -REASON_NOT_READY;
  endpoint = bpf_map_lookup_elem(&endpoints, &ifindex);
  if (!endpoint)
    return -REASON_NOT_READY;
  if (!is_of_this_link(skb) || !read(skb, p, p->l4, &ndp, sizeof(ndp)))
    return -REASON_FORBIDDEN_ICMP6;
  link_local = p->tuple.source[0] == 0xfe && (p->tuple.source[1] & 0xc0) == 0x80;
  if (!link_local && !same_address(p->tuple.source, endpoint->address6))
    return -REASON_FORBIDDEN_ICMP6; /* a probe for duplicates has no source */
  if (ndp.type == ICMP6_ADVERTISE && same_address(ndp.target, endpoint->address6))
    return TC_ACT_OK;
  if (ndp.type == ICMP6_SOLICIT && (host->gateway6[0] || host->gateway6[1]) &&
      same_address(ndp.target, host->gateway6))
    return advertise(skb, p, &ndp, endpoint, host);
  return -REASON_FORBIDDEN_ICMP6;
}

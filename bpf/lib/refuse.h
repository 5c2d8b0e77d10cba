/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A service without backends is refused at once, as a closed port would be: TCP by a reset (RFC
 * 9293, 3.10.7.1), UDP by port unreachable (RFC 1122, 3.2.2.1; RFC 4443, 3.1). The packet is turned into its
 * own refusal.
 */
#pragma once

#include "neighbour.h"

#define IP4_DEFAULT_TTL 64
#define UNREACHABLE4    (ETH_HLEN + 20 + 8 + 20 + 8) /* the refused packet's IP header and 8 bytes of UDP */
#define UNREACHABLE6    (ETH_HLEN + 40 + 8 + 40 + 8)

static __always_inline long swap_macs(struct __sk_buff *skb) {
  __u8 macs[12], swapped[12];
  if (bpf_skb_load_bytes(skb, 0, macs, sizeof(macs)) < 0)
    return -1;
  __builtin_memcpy(swapped, macs + 6, 6);
  __builtin_memcpy(swapped + 6, macs, 6);
  return bpf_skb_store_bytes(skb, 0, swapped, sizeof(swapped), 0);
}

/* Writes the IP header of the refusal, from the refused packet's destination to its source. */
static __always_inline long write_ip(struct __sk_buff *skb, struct packet *p, __u8 protocol, __u16 payload) {
  if (p->ipv6) {
    struct ipv6hdr *ip = (struct ipv6hdr *)p->room;
    __builtin_memset(ip, 0, sizeof(*ip));
    ip->version = 6;
    ip->nexthdr = protocol;
    ip->hop_limit = IP4_DEFAULT_TTL;
    ip->payload_len = bpf_htons(payload);
    copy_address(&ip->saddr, p->tuple.destination);
    copy_address(&ip->daddr, p->tuple.source);
    return bpf_skb_store_bytes(skb, ETH_HLEN, ip, sizeof(*ip), 0);
  }
  struct iphdr ip = {.version = 4, .ihl = 5, .ttl = IP4_DEFAULT_TTL, .protocol = protocol};
  ip.tot_len = bpf_htons(sizeof(ip) + payload);
  ip.frag_off = bpf_htons(0x4000);
  ip.saddr = unmapped(p->tuple.destination);
  ip.daddr = unmapped(p->tuple.source);
  ip.check = fold(bpf_csum_diff(NULL, 0, (__be32 *)&ip, sizeof(ip), 0));
  return bpf_skb_store_bytes(skb, ETH_HLEN, &ip, sizeof(ip), 0);
}

/* Sum over the pseudo header; of IPv4 too, whose mapped prefixes add 2 × 0xffff, which is nothing. */
static __always_inline __s64 pseudo_sum(struct packet *p, __u8 protocol, __u16 length) {
  struct pseudo *pseudo = (struct pseudo *)p->room;
  copy_address(&pseudo->source, p->tuple.destination);
  copy_address(&pseudo->destination, p->tuple.source);
  pseudo->length = bpf_htonl(length);
  pseudo->next = bpf_htonl(protocol);
  return bpf_csum_diff(NULL, 0, (__be32 *)pseudo, sizeof(*pseudo), 0);
}

static __always_inline int reset(struct __sk_buff *skb, struct packet *p) {
  __u32 ip_size = p->ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
  struct tcphdr was, tcp = {.doff = 5, .rst = 1};
  __u32 answered;

  if (bpf_skb_load_bytes(skb, p->l4, &was, sizeof(was)) < 0)
    return -REASON_INVALID_PACKET;
  if (was.rst)
    return -REASON_NO_BACKEND;
  tcp.source = was.dest;
  tcp.dest = was.source;
  if (was.ack) {
    tcp.seq = was.ack_seq;
  } else {
    answered = bpf_ntohl(was.seq) + was.syn + was.fin + (p->end - p->l4 - was.doff * 4);
    tcp.ack = 1;
    tcp.ack_seq = bpf_htonl(answered);
  }
  tcp.check =
      fold(bpf_csum_diff(NULL, 0, (__be32 *)&tcp, sizeof(tcp), pseudo_sum(p, IPPROTO_TCP, sizeof(tcp))));
  if (bpf_skb_change_tail(skb, ETH_HLEN + ip_size + sizeof(tcp), 0) < 0 || swap_macs(skb) < 0 ||
      write_ip(skb, p, IPPROTO_TCP, sizeof(tcp)) < 0 ||
      bpf_skb_store_bytes(skb, ETH_HLEN + ip_size, &tcp, sizeof(tcp), 0) < 0)
    return -REASON_WRITE_ERROR;
  return answer(skb);
}

struct unreachable4 {
  struct icmp_head icmp;
  __u8 refused[28];
};

struct unreachable6 {
  struct icmp_head icmp;
  __u8 refused[48];
};

static __always_inline int unreachable4(struct __sk_buff *skb, struct packet *p) {
  struct unreachable4 body = {.icmp = {.type = ICMP_UNREACHABLE, .code = ICMP_PORT_CODE}};
  if (bpf_skb_load_bytes(skb, ETH_HLEN, body.refused, sizeof(body.refused)) < 0)
    return -REASON_NO_BACKEND;
  body.icmp.checksum = fold(bpf_csum_diff(NULL, 0, (__be32 *)&body, sizeof(body), 0));
  if (bpf_skb_change_tail(skb, UNREACHABLE4, 0) < 0 || swap_macs(skb) < 0 ||
      write_ip(skb, p, IPPROTO_ICMP, sizeof(body)) < 0 ||
      bpf_skb_store_bytes(skb, ETH_HLEN + sizeof(struct iphdr), &body, sizeof(body), 0) < 0)
    return -REASON_WRITE_ERROR;
  return answer(skb);
}

static __always_inline int unreachable6(struct __sk_buff *skb, struct packet *p) {
  struct unreachable6 body = {.icmp = {.type = ICMP6_UNREACHABLE, .code = ICMP6_PORT_CODE}};
  if (bpf_skb_load_bytes(skb, ETH_HLEN, body.refused, sizeof(body.refused)) < 0)
    return -REASON_NO_BACKEND;
  body.icmp.checksum = fold(
      bpf_csum_diff(NULL, 0, (__be32 *)&body, sizeof(body), pseudo_sum(p, IPPROTO_ICMPV6, sizeof(body))));
  if (bpf_skb_change_tail(skb, UNREACHABLE6, 0) < 0 || swap_macs(skb) < 0 ||
      write_ip(skb, p, IPPROTO_ICMPV6, sizeof(body)) < 0 ||
      bpf_skb_store_bytes(skb, ETH_HLEN + sizeof(struct ipv6hdr), &body, sizeof(body), 0) < 0)
    return -REASON_WRITE_ERROR;
  return answer(skb);
}

/* An action, or the negative of a reason. Packets with options, extensions or in fragments are dropped
 * without a word. */
__attribute__((noinline)) int refuse(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();

  if (!p || p->later_fragment || p->first_fragment || p->l4 != ETH_HLEN + (p->ipv6 ? 40 : 20))
    return -REASON_NO_BACKEND;
  if (p->tuple.protocol == IPPROTO_TCP)
    return reset(skb, p);
  return p->ipv6 ? unreachable6(skb, p) : unreachable4(skb, p);
}

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* From bytes to a tuple. These functions return 0, or the reason for which the packet is dropped. */
#pragma once

#include "packet.h"
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#define IP_OFFSET     0x1fff
#define IP_MORE       0x2000
#define IP_FRAGMENTED (IP_OFFSET | IP_MORE)
#define IP6_OFFSET    0xfff8 /* in bytes */
#define IP6_MORE      1

#define ICMP_ECHO_REPLY    0
#define ICMP_UNREACHABLE   3
#define ICMP_QUENCH        4
#define ICMP_REDIRECT      5
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

/* Unreachable, source quench (RFC 6633: long out of use), redirect, time exceeded, parameter problem. */
static __always_inline bool is_icmp4_error(__u8 type) {
  return (1u << ICMP_UNREACHABLE | 1u << ICMP_QUENCH | 1u << ICMP_REDIRECT | 1u << ICMP_TIME_EXCEEDED |
          1u << ICMP_PARAMETER) >>
             (type & 31) &
         (type < 32);
}

/* Destination unreachable, packet too big, time exceeded, parameter problem. */
static __always_inline bool is_icmp6_error(__u8 type) {
  return type >= ICMP6_UNREACHABLE && type <= ICMP6_LAST_ERROR;
}

static __always_inline bool is_ndp(__u8 type) {
  return type >= ICMP6_NDP_FIRST && type <= ICMP6_NDP_LAST;
}

/* Multicast listener discovery (RFC 3810). */
static __always_inline bool is_of_listeners(__u8 type) {
  return (type >= ICMP6_MLD_FIRST && type <= ICMP6_MLD_LAST) || type == ICMP6_MLD2_REPORT;
}

/* Ports of ICMP: see flow4_key. */
static __always_inline void icmp_ports(__u8 type, __be16 id, bool ipv6, __be16 *source, __be16 *destination) {
  __u8 request = ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO_REQUEST;
  __u8 answer = ipv6 ? ICMP6_ECHO_REPLY : ICMP_ECHO_REPLY;
  *source = type == request ? id : type == answer ? bpf_htons(request) : 0;
  *destination = type == answer ? id : bpf_htons(type);
}

#define UDP_HEAD  8
#define SCTP_HEAD 12

/* Headers lie in front of this, unless there are many. */
#define NEAR 256

/*
 * `size` bytes at `at`: from the packet where they lie in one piece, else by the kernel. Four or eight at a
 * time, as `size` and the place they go to allow.
 */
static __always_inline bool load(struct __sk_buff *skb, __u32 at, void *to, const __u32 size) {
  const void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
  if (at < NEAR && data + at + size <= end) {
    if (size == sizeof(struct ipv6hdr))
      copy_dwords(to, data + at, size / sizeof(dword));
    else
      copy_words(to, data + at, size / sizeof(word));
    return true;
  }
  return bpf_skb_load_bytes(skb, at, to, size) == 0;
}

/* The same, within what the datagram says it has. */
static __always_inline bool read(struct __sk_buff *skb, const struct packet *p, __u32 at, void *to,
                                 const __u32 size) {
  return at + size <= p->end && load(skb, at, to, size);
}

static __always_inline int parse_tcp(struct __sk_buff *skb, struct packet *p, bool whole) {
  struct tcphdr tcp;
  if (!read(skb, p, p->l4, &tcp, sizeof(tcp)))
    return REASON_INVALID_PACKET;
  *tail_of(&p->tuple) = tail(tcp.source, tcp.dest, IPPROTO_TCP);
  p->tcp_flags = ((__u8 *)&tcp)[13];
  if (tcp.doff < 5 || (whole && p->l4 + tcp.doff * 4 > p->end) || !is_combination(p->tcp_flags))
    return REASON_INVALID_HEADER;
  return REASON_NONE;
}

static __always_inline int parse_udp(struct __sk_buff *skb, struct packet *p, bool whole) {
  __be16 udp[UDP_HEAD / 2];
  __u32 length;
  if (!read(skb, p, p->l4, udp, sizeof(udp)))
    return REASON_INVALID_PACKET;
  *tail_of(&p->tuple) = tail(udp[0], udp[1], IPPROTO_UDP);
  length = bpf_ntohs(udp[2]);
  if (length < UDP_HEAD || (whole && p->l4 + length > p->end))
    return REASON_INVALID_HEADER;
  return REASON_NONE;
}

/* Layer 4 of a datagram that is whole, or of its first fragment. */
static __always_inline int parse_ports(struct __sk_buff *skb, struct packet *p, bool whole) {
  struct icmp_head icmp;
  __be16 sctp[SCTP_HEAD / 2], source, destination;
  __u8 protocol = p->tuple.protocol;

  if (protocol == IPPROTO_TCP)
    return parse_tcp(skb, p, whole);
  if (protocol == IPPROTO_UDP)
    return parse_udp(skb, p, whole);
  if (protocol == IPPROTO_SCTP) {
    if (!read(skb, p, p->l4, sctp, sizeof(sctp)))
      return REASON_INVALID_PACKET;
    *tail_of(&p->tuple) = tail(sctp[0], sctp[1], protocol);
  } else if (protocol == (p->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
    if (!read(skb, p, p->l4, &icmp, sizeof(icmp)))
      return REASON_INVALID_PACKET;
    p->icmp_type = icmp.type;
    p->icmp_error = p->ipv6 ? is_icmp6_error(icmp.type) : is_icmp4_error(icmp.type);
    if (p->icmp_error && !whole)
      return REASON_INVALID_PACKET; /* errors are small enough for any link */
    icmp_ports(icmp.type, icmp.id, p->ipv6, &source, &destination);
    *tail_of(&p->tuple) = tail(source, destination, protocol);
  }
  return REASON_NONE;
}

/* Turns p->datagram into the key of its two ends and protocol, as far as its fragments show one. */
static __always_inline void key_of_pair(struct packet *p) {
  p->datagram.id = 0;
  p->datagram.pair = 1;
  p->datagram.protocol = p->ipv6 ? p->chain.first : p->tuple.protocol;
}

/*
 * Only the first fragment shows ports; those that come after it are given them. One that overtakes its first
 * is given those of the datagram before: it may go where its sender may send such packets at all, and no
 * datagram can be put together without its first fragment, which is judged by its own.
 *
 * - offset in bytes, of a payload of `size` bytes
 */
static __always_inline int parse_fragment(struct __sk_buff *skb, struct packet *p, __u32 id, __u32 offset,
                                          __u32 size, bool more) {
  struct fragment known = {}, *first;
  int reason;

  if ((more && (size & 7)) || !size || offset + size > 0xffff)
    return REASON_INVALID_PACKET;
  __builtin_memset(&p->datagram, 0, sizeof(p->datagram));
  copy_address(p->datagram.source.bytes, p->tuple.source);
  copy_address(p->datagram.destination.bytes, p->tuple.destination);
  p->datagram.id = id;
  p->datagram.ifindex = p->ifindex;
  p->datagram.protocol = p->ipv6 ? 0 : p->tuple.protocol;
  p->datagram.to_pod = p->to_pod;
  if (!offset) {
    reason = parse_ports(skb, p, false);
    if (reason)
      return reason;
    p->first_fragment = 1;
    known.source_port = p->tuple.source_port;
    known.destination_port = p->tuple.destination_port;
    known.protocol = p->tuple.protocol;
    bpf_map_update_elem(&fragments, &p->datagram, &known, BPF_ANY);
    return REASON_NONE;
  }
  first = bpf_map_lookup_elem(&fragments, &p->datagram);
  if (!first) {
    key_of_pair(p);
    first = bpf_map_lookup_elem(&fragments, &p->datagram);
    p->overtaking = 1;
  }
  if (!first)
    return REASON_NO_FIRST_FRAGMENT;
  p->later_fragment = 1;
  *tail_of(&p->tuple) = tail(first->source_port, first->destination_port, first->protocol);
  if (p->tuple.protocol == IPPROTO_TCP && offset < sizeof(struct tcphdr))
    return REASON_INVALID_PACKET; /* it would write over the flags that were judged (RFC 3128) */
  return REASON_NONE;
}

#define IP4_OPTIONS    40
#define OPTION_END     0
#define OPTION_NOTHING 1
#define OPTION_LOOSE   131 /* source and record route (RFC 791, 3.1) */
#define OPTION_STRICT  137

/* Of IPv4, up to layer 4. */
__attribute__((noinline)) int check_options(struct __sk_buff *skb, __u32 l4) {
  __u32 at = ETH_HLEN + sizeof(struct iphdr);
  __u8 kind, length;

  for (int i = 0; i < IP4_OPTIONS; i++) {
    if (at >= l4)
      return REASON_NONE;
    if (bpf_skb_load_bytes(skb, at, &kind, 1) < 0)
      return REASON_INVALID_PACKET;
    if (kind == OPTION_END)
      return REASON_NONE;
    if (kind == OPTION_LOOSE || kind == OPTION_STRICT)
      return REASON_SOURCE_ROUTE;
    if (kind == OPTION_NOTHING) {
      at++;
      continue;
    }
    if (bpf_skb_load_bytes(skb, at + 1, &length, 1) < 0 || length < 2 || at + length > l4)
      return REASON_INVALID_PACKET;
    at += length;
  }
  return REASON_NONE;
}

static __always_inline int parse4(struct __sk_buff *skb, struct packet *p) {
  struct iphdr *ip = (struct iphdr *)p->room;
  __u32 fragment, header, total;
  int reason;

  if (!load(skb, ETH_HLEN, ip, sizeof(*ip)) || ip->version != 4 || ip->ihl < 5)
    return REASON_INVALID_PACKET;
  map_address(p->tuple.source, ip->saddr);
  map_address(p->tuple.destination, ip->daddr);
  *tail_of(&p->tuple) = tail(0, 0, ip->protocol);
  header = ip->ihl * 4;
  total = bpf_ntohs(ip->tot_len);
  if (!total && p->length > ETH_HLEN + 0xffff) /* of several that were merged: more than the field can say */
    total = p->length - ETH_HLEN;
  p->l4 = ETH_HLEN + header;
  p->end = ETH_HLEN + total;
  if (total < header || p->end > p->length)
    return REASON_INVALID_PACKET;
  if (header > sizeof(*ip)) {
    reason = check_options(skb, p->l4);
    if (reason)
      return reason;
  }
  fragment = bpf_ntohs(ip->frag_off);
  if (fragment & IP_FRAGMENTED)
    return parse_fragment(skb, p, bpf_ntohs(ip->id), (fragment & IP_OFFSET) * 8, total - header,
                          fragment & IP_MORE);
  return parse_ports(skb, p, true);
}

/* What extension headers have in common, as far as it is read. */
struct extension {
  __u8 next;
  __u8 length; /* of what a fragment has: reserved */
  union {
    __be16 fragment; /* offset in bytes, and flags in the lowest three bits */
    struct {
      __u8 type;
      __u8 segments_left;
    } routing;
  };
  __be32 id; /* of a fragment */
};

/* How many of them are read. */
#define EXTENSIONS 6

static __always_inline bool is_extension(__u8 next) {
  return next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS || next == IPPROTO_FRAGMENT ||
         next == IPPROTO_ROUTING;
}

/*
 * Goes on in p->chain to layer 4, or to the payload of a later fragment. A packet that is still to be sent
 * on from one address to another is not understood: policy is asked about the destination that the header
 * shows, and the last one would be another. Routing of type 0 is out of use (RFC 5095).
 */
__attribute__((noinline)) int walk(struct __sk_buff *skb) {
  struct packet *p = packet_of_this_cpu();
  struct extension extension;
  struct chain *chain;

  if (!p)
    return REASON_NOT_READY;
  chain = &p->chain;
  for (int i = 0; i < EXTENSIONS; i++) {
    __u8 now = chain->next;
    if (!is_extension(now))
      return REASON_NONE;
    if (now == IPPROTO_HOPOPTS && i)
      return REASON_IPV6_EXTENSION; /* it comes first, or not at all (RFC 8200, 4.1) */
    if (chain->at + sizeof(extension) > chain->end ||
        bpf_skb_load_bytes(skb, chain->at, &extension, sizeof(extension)) < 0)
      return REASON_INVALID_PACKET;
    chain->next = extension.next;
    if (now == IPPROTO_FRAGMENT) {
      if (chain->fragmented)
        return REASON_IPV6_EXTENSION;
      chain->fragmented = 1;
      chain->first = extension.next;
      chain->fragment = bpf_ntohs(extension.fragment) & (IP6_OFFSET | IP6_MORE);
      chain->id = bpf_ntohl(extension.id);
      chain->at += sizeof(extension);
      if (chain->fragment & IP6_OFFSET)
        return REASON_NONE;
      continue;
    }
    if (now == IPPROTO_ROUTING && (!extension.routing.type || extension.routing.segments_left))
      return REASON_IPV6_EXTENSION;
    chain->at += (extension.length + 1) * 8;
    if (chain->at > chain->end)
      return REASON_INVALID_PACKET;
  }
  return is_extension(chain->next) ? REASON_IPV6_EXTENSION : REASON_NONE;
}

/* A chain that begins behind the IPv6 header at `at`. */
static __always_inline void begin_chain(struct packet *p, __u32 at, __u32 end, __u8 next) {
  __builtin_memset(&p->chain, 0, sizeof(p->chain));
  p->chain.at = at + sizeof(struct ipv6hdr);
  p->chain.end = end;
  p->chain.next = next;
}

static __always_inline int parse6(struct __sk_buff *skb, struct packet *p) {
  struct ipv6hdr *ip = (struct ipv6hdr *)p->room;
  __u32 size;
  int reason;

  if (!load(skb, ETH_HLEN, ip, sizeof(*ip)) || ip->version != 6)
    return REASON_INVALID_PACKET;
  copy_dwords(p->tuple.source, &ip->saddr, 2 * ADDRESS_DWORDS);
  if (is_mapped(p->tuple.source))
    return REASON_INVALID_SOURCE_IP;
  if (is_mapped(p->tuple.destination))
    return REASON_MARTIAN;
  size = bpf_ntohs(ip->payload_len);
  if (!size && p->length > ETH_HLEN + sizeof(*ip) + 0xffff) /* as IPv4's */
    size = p->length - ETH_HLEN - sizeof(*ip);
  p->end = ETH_HLEN + sizeof(*ip) + size;
  p->l4 = ETH_HLEN + sizeof(*ip);
  *tail_of(&p->tuple) = tail(0, 0, ip->nexthdr);
  if (p->end > p->length)
    return REASON_INVALID_PACKET;
  if (is_extension(ip->nexthdr)) {
    begin_chain(p, ETH_HLEN, p->end, ip->nexthdr);
    reason = walk(skb);
    if (reason)
      return reason;
    p->l4 = p->chain.at;
    *tail_of(&p->tuple) = tail(0, 0, p->chain.next);
    if (p->chain.fragment) /* one whose fragment header says that it is whole, is */
      return parse_fragment(skb, p, p->chain.id, p->chain.fragment & IP6_OFFSET, p->end - p->l4,
                            p->chain.fragment & IP6_MORE);
  }
  return parse_ports(skb, p, true);
}

/* This network, loopback, reserved (RFC 6890): nobody sends from there, and nobody is there. */
static __always_inline bool is_nobody4(__u32 address) {
  __u8 first = address >> 24;
  return first == 0 || first == 127 || first >= 240;
}

/* Unspecified, loopback. */
static __always_inline bool is_nobody6(const __u8 *bytes) {
  const word *words = (const word *)bytes;
  return !words[0] && !words[1] && !words[2] && bpf_ntohl(words[3]) <= 1;
}

#define GROUPS4   0xe0000000
#define EVERYBODY 0xffffffff

/* 0, or the reason for which packets between such addresses are not for pods. */
static __always_inline int check_addresses(const struct packet *p) {
  __u32 from, to;

  if (p->ipv6) {
    if (p->tuple.destination[0] == 0xff)
      return REASON_MULTICAST;
    if (p->tuple.source[0] == 0xff || is_nobody6(p->tuple.source))
      return REASON_INVALID_SOURCE_IP;
    return is_nobody6(p->tuple.destination) ? REASON_MARTIAN : REASON_NONE;
  }
  from = bpf_ntohl(unmapped(p->tuple.source));
  to = bpf_ntohl(unmapped(p->tuple.destination));
  if ((to >= GROUPS4 && !is_nobody4(to)) || to == EVERYBODY)
    return REASON_MULTICAST;
  if (from >= GROUPS4 || is_nobody4(from))
    return REASON_INVALID_SOURCE_IP;
  return is_nobody4(to) ? REASON_MARTIAN : REASON_NONE;
}

/* Fills the packet of this CPU from one of IPv4 or IPv6. */
__attribute__((noinline)) int parse(struct __sk_buff *skb, __u32 to_pod) {
  struct packet *p = packet_of_this_cpu();

  if (!p)
    return REASON_NOT_READY;
  __builtin_memset(p, 0, offsetof(struct packet, key));
  p->to_pod = to_pod;
  p->ipv6 = skb->protocol == bpf_htons(ETH_P_IPV6);
  p->ifindex = skb->ifindex;
  p->length = skb->len;
  p->now = bpf_jiffies64();
  return p->ipv6 ? parse6(skb, p) : parse4(skb, p);
}

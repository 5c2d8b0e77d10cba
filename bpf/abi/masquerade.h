/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What leaves the node with its address in place of the pod's. Which packets do is decided at the first of
 * their flow, and is kept in the flow's entries and translations (flows.h) until the flow is over: these maps
 * are read for first packets only, and by the guard at the uplinks.
 */
#pragma once

#include "endpoints.h"

enum abi_masquerade {
  ABI_MASQUERADE = 1,
};

/* Addresses of a device by which packets leave the node. */
struct uplink {
  __be32 address4;            /* 0: none, and then nothing of IPv4 is masqueraded */
  __u8 address6[16] IN_WORDS; /* all 0: none */
};
ABI_SIZE(struct uplink, 20);

/* Device → what its packets are masqueraded with. A device that is not here is no uplink. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 256);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u32);
  __type(value, struct uplink);
} uplinks MAP(masquerade);

/* Blocks of addresses that know pods by their own: what goes there is not masqueraded. The value is 1. */
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 16384);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct prefix_key);
  __type(value, __u32);
} unmasqueraded MAP(masquerade);

enum masquerade_flag {
  MASQUERADE_IPV4 = 1,
  MASQUERADE_IPV6 = 2,
};

struct masquerade {
  __u32 flags;      /* enum masquerade_flag */
  __u16 first_port; /* of those that masqueraded flows leave from; towards each destination all of them */
  __u16 last_port;
};
ABI_SIZE(struct masquerade, 8);

/* The one entry, 0. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct masquerade);
} masquerade MAP(masquerade);

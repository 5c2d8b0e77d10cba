/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Packets of pods, at the host side of their veth. Nothing is decided yet, so nothing passes. */
#include "abi/endpoints.h"
#include "abi/events.h"
#include "abi/flows.h"
#include "abi/policy.h"
#include "abi/services.h"
#include <linux/pkt_cls.h>

/* What a pod sends: ingress of the host side. */
SEC("tc")
int from_pod(struct __sk_buff *skb) {
  (void)skb;
  return TC_ACT_SHOT;
}

/* What the stack sends to a pod: egress of the host side. */
SEC("tc")
int to_pod(struct __sk_buff *skb) {
  (void)skb;
  return TC_ACT_SHOT;
}

char _license[] SEC("license") = "Dual BSD/GPL";

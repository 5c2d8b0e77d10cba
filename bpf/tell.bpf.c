/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What Java has found out, into the ring where the kernel's own events are: so there is one order, one reader
 * and one count of what is lost. Run by BPF_PROG_TEST_RUN. */
#include "lib/ring.h"

/* One direction of a flow that has timed out or was evicted. IPv4's event is the first 40 bytes. */
SEC("syscall")
int tell_ended(struct event6_counts *ended) {
  struct event6_counts event = *ended;

  event.event.type = EVENT_ENDED;
  stamp(&event.event);
  if (event.event.flags & EVENT_IPV6) {
    event.event.length = sizeof(struct event6_counts);
    submit(&event, sizeof(struct event6_counts));
  } else {
    event.event.length = sizeof(struct event4_counts);
    submit(&event, sizeof(struct event4_counts));
  }
  return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";

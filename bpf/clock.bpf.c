/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* How long a jiffy is: no file of the kernel is sure to tell. Run twice by BPF_PROG_TEST_RUN, some time
 * apart. */
#include "abi/clock.h"

SEC("syscall")
int clock(struct clock *now) {
  now->jiffies = bpf_jiffies64();
  now->monotonic = bpf_ktime_get_ns();
  return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";

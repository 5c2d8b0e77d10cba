/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The context that the program `clock` fills. */
#pragma once

#include "types.h"

struct clock {
  __u64 jiffies;
  __u64 monotonic; /* ns, CLOCK_MONOTONIC, as in events */
};
ABI_SIZE(struct clock, 16);

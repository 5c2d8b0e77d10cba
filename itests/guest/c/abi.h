/* SPDX-License-Identifier: Apache-2.0 */
/* The types of bpf/abi for user space, where the kernel's helpers have other names; its maps are unused
 * variables. */
#pragma once

#define __BPF_HELPERS__
#define SEC(name)
#define __uint(name, value)  int(*name)[value]
#define __type(name, type)   typeof(type) *name
#define __array(name, value) typeof(value) *name[]

#include "abi/endpoints.h"
#include "abi/events.h"
#include "abi/flows.h"
#include "abi/policy.h"
#include "abi/services.h"

/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the headers of this directory share.
 *
 * All that crosses between the kernel's programs and Java is declared in bpf/abi and nowhere else: keys,
 * values, maps, events, configuration, reasons. Java's layouts are generated from the BTF of these types, so
 * a field is changed here only. No struct is packed and none has bit-fields; padding is spelt out, is written
 * as zero and is part of the key where it stands in a key. Numbers are in the machine's order unless their
 * type is __be16 or __be32.
 *
 * Each header is a map group with a number, enum abi_NAME. Whoever changes the meaning or the layout of a
 * group raises its number: maps are pinned under it, and a program is not put over maps of another number.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>

/* Bytes that are copied and compared by words. */
#define IN_WORDS __attribute__((aligned(4)))

/* What is copied and compared by eight bytes. */
#define IN_DWORDS __attribute__((aligned(8)))

/* An address of either family: IPv6 as it is, IPv4 as ::ffff:a.b.c.d. */
struct address {
  __u8 bytes[16] IN_WORDS;
};

/* A map of the group. The tag is in the object's BTF, where Java learns what belongs together. */
#define MAP(group) __attribute__((btf_decl_tag("group:" #group))) SEC(".maps")

#define ABI_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where load leaves maps and programs, and pods finds them. */
#define MAPS     "/sys/fs/bpf/maps"
#define PROGRAMS "/sys/fs/bpf/programs"

/* Says why, with what errno means, and ends the program. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

/* snprintf into one of a few buffers that are used in turn. */
__attribute__((format(printf, 1, 2))) const char *text(const char *format, ...);

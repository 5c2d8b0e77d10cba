/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences on standard error, and small strings. */
#ifndef WEIR_SAY_H
#define WEIR_SAY_H

#include <limits.h>

/* Exit codes, as the engine's commands use them. */
enum {
  DONE = 0,
  REFUSED = 1,
  MISUSED = 2, /* a command line that cannot be understood */
};

/* Prints "weir: SENTENCE" to standard error; returns REFUSED. */
int say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As say, and ends the process with REFUSED. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The formatted text, in memory of its own that nobody frees: the process is short. */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

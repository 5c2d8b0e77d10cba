/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the engine: words go there, streams come back. */
#ifndef WEIR_CALL_H
#define WEIR_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "node.h"

/* What was said on the way, kept instead of printed. */
struct kept {
  char *bytes;
  size_t length;
};

/* A connection to the engine's socket; -1 with errno where nobody listens. */
int call_connect(const struct node *node);

/* Calls the engine with these words, standard streams as they are; the exit code. Dies where nobody listens.
 */
int call(const struct node *node, int count, char **words);

/* As call, on a connection that is there, keeping what comes for both outputs; -1 when the engine went away,
 * or when it is silent and patient(context), asked now and then, says no. */
int call_quietly(int fd, int count, char **words, struct kept *output, bool (*patient)(const void *context),
                 const void *context);

/* For call_quietly, of a node: waits while its engine lives. */
bool call_while_it_lives(const void *node);

#endif

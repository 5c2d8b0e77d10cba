/* SPDX-License-Identifier: Apache-2.0 */
/* Which engine is meant, and where it lives. */
#ifndef WEIR_NODE_H
#define WEIR_NODE_H

#include <stdbool.h>

/*
 * The places of one engine. All of them are below $WEIR_ROOT, where that is set: for tests, and for images
 * that are prepared elsewhere.
 */
struct node {
  const char *name;
  const char *base;   /* /var/lib/weir/NAME */
  const char *run;    /* /run/weir/NAME, 0700 */
  const char *socket; /* /run/weir/NAME/weir.sock */
  const char *lock;   /* /run/weir/NAME/engine.lock: locked by the engine, holds its process id */
};

/* Whether the process that last was the engine lives. */
bool engine_lives(const struct node *node);

/* The distribution: $WEIR_HOME, or the directory above the one that holds this program. */
const char *home(void);

/* The places of the engine of this name; dies when it is no name for one. */
struct node node_named(const char *name);

/* The engine to start: named, or $WEIR_NODE, or the machine's name. */
struct node node_to_start(const char *named);

/* The engine to ask: named, or $WEIR_NODE, or the only one with a socket; dies with the list of them
 * otherwise. */
struct node node_to_ask(const char *named);

/* Whether there is any engine to ask, without a word. */
bool node_there(const char *named);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping engines. */
#ifndef WEIR_ENGINE_H
#define WEIR_ENGINE_H

#include "node.h"

/* Becomes the engine; what goes wrong before ends the process with a sentence. */
void engine_run(const struct node *node) __attribute__((noreturn));

/* Starts it in the background; returns when all is in force, or the seconds have passed. The exit code. */
int engine_start(const struct node *node, int seconds);

/* Starts another holder for the engine that runs, which asks for it; prints its process number. The exit
 * code. */
int engine_hold(const struct node *node);

/* Ends it, and waits for that. The exit code. */
int engine_stop(const struct node *node, int seconds);

#endif

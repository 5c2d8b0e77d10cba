/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The holder: a small process, one a node, that keeps descriptors while there is no engine, where no service
 * manager does (systemd's descriptor store). It speaks what systemd speaks, so that the engine knows one way
 * only: it stores by datagrams to $NOTIFY_SOCKET, with the descriptor beside,
 *
 *      FDSTORE=1 LF FDNAME=name         keep it, in place of what had that name
 *      FDSTOREREMOVE=1 LF FDNAME=name   close it
 *
 * and the next engine is born with what was kept: from descriptor 3 on, named by $LISTEN_FDNAMES. Of weir
 * itself are
 *
 *      X_WEIR_FETCH=1                   send all to the socket beside, at last the holder's process number;
 *                                       the sender becomes the engine
 *      X_WEIR_END=1                     close all, and end
 *
 * The holder listens to root only, keeps at most HOLD_MOST descriptors, of which records (sealed memory
 * files) have at most HOLD_BYTES each and HOLD_BYTES_ALL together, and ends when no engine has come back for
 * HOLD_SECONDS: who still waits in the queue of a listening socket is then refused. The engine looks after it
 * by $WEIR_HOLDER, its process number: where it has died, `weir holder` starts another one, which is told
 * anew.
 */
#ifndef WEIR_HOLDER_H
#define WEIR_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "node.h"

enum {
  HOLD_MOST = 256,
  HOLD_BYTES = 64 << 10,
  HOLD_BYTES_ALL = 1 << 20,
  HOLD_SECONDS = 60,
  HOLD_NAME = 255,  /* bytes of a name, as systemd has it */
  HOLD_ABOVE = 300, /* numbers of descriptors that nothing taken will have */
};

/* What the engine's socket is kept as. */
#define HOLD_SOCKET "io.weir.console/weir.sock"

/*
 * Takes what the last engine had kept: from descriptor 3 on, told by the environment. False where there is no
 * holder, and no service manager that keeps descriptors either.
 */
bool holder_take(const struct node *node);

/* Whether descriptors of this name were taken. */
bool holder_has(const char *name);

/* Starts a holder, and makes this process its engine. */
void holder_start(const struct node *node);

/* Starts a holder for an engine that runs already; its process number. */
pid_t holder_again(const struct node *node, pid_t engine);

/* Has the holder close all and end; whether there was one. */
bool holder_end(const struct node *node);

#endif

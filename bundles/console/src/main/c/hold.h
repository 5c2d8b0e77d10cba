/* SPDX-License-Identifier: Apache-2.0 */
/* The holder's own process. holder.h says what it does. */
#ifndef WEIR_HOLD_H
#define WEIR_HOLD_H

#include <sys/types.h>

/* Serves a socket of datagrams that pass credentials, bound to this path, until the end of the process; 0, or
 * the engine that runs already. */
void hold(int socket, const char *path, pid_t engine) __attribute__((noreturn));

#endif

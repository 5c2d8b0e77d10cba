/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's terminal: raw while the engine's shell is on it, and as it was again, whatever happens. */
#ifndef WEIR_TERMINAL_H
#define WEIR_TERMINAL_H

void terminal_raw(void);
void terminal_restore(void);

/* u16 columns, u16 rows, big endian; 80 × 24 where there is no terminal. */
void terminal_size(unsigned char to[4]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "terminal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static bool changed;

void terminal_restore(void) {
  if (changed)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  changed = false;
}

void terminal_raw(void) {
  static bool registered;
  if (changed || tcgetattr(STDIN_FILENO, &before) != 0)
    return;
  if (!registered)
    atexit(terminal_restore);
  registered = true;
  struct termios raw = before;
  cfmakeraw(&raw);
  changed = tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0;
}

void terminal_size(unsigned char to[4]) {
  struct winsize size = {.ws_col = 80, .ws_row = 24};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    size = (struct winsize){.ws_col = 80, .ws_row = 24};
  to[0] = (unsigned char)(size.ws_col >> 8);
  to[1] = (unsigned char)size.ws_col;
  to[2] = (unsigned char)(size.ws_row >> 8);
  to[3] = (unsigned char)size.ws_row;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "say.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFERS 8

void die(const char *format, ...) {
  int error = errno;
  va_list arguments;

  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, ": %s\n", strerror(error));
  exit(1);
}

const char *text(const char *format, ...) {
  static char buffers[BUFFERS][PATH_MAX];
  static unsigned next;
  char *buffer = buffers[next++ % BUFFERS];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(buffer, PATH_MAX, format, arguments);
  va_end(arguments);
  return buffer;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client under libFuzzer: the input as what an engine answers, frame by frame and to a quiet call, and as
 * words of a command line. What would end the process comes back here instead.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static jmp_buf end;
static int nowhere;

static void leave(int code) __attribute__((noreturn));
static void leave(int code) {
  (void)code;
  longjmp(end, 1);
}

#define exit leave
#undef STDOUT_FILENO
#undef STDERR_FILENO
#define STDOUT_FILENO nowhere
#define STDERR_FILENO nowhere
#define VERSION       "fuzzed"
#define main          client_main
#include "../../main/c/call.c"
#include "../../main/c/weir.c"
#undef main

/* As say.c has them, but that they print nowhere, and come back. */
static void print(const char *format, va_list arguments) {
  char line[4096];
  vsnprintf(line, sizeof line, format, arguments);
}

int say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print(format, arguments);
  va_end(arguments);
  return REFUSED;
}

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print(format, arguments);
  va_end(arguments);
  leave(REFUSED);
}

char *text(const char *format, ...) {
  char *result;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&result, format, arguments) < 0)
    abort();
  va_end(arguments);
  return result;
}

/* The engine has answered all that it will. */
static bool impatient(const void *nothing) {
  (void)nothing;
  return false;
}

/* The rest of the client, which is not reached: engines are neither started nor asked. */
const char *home(void) {
  return "/nowhere";
}
struct node node_named(const char *name) {
  return (struct node){.name = name};
}
struct node node_to_start(const char *named) {
  return node_named(named);
}
struct node node_to_ask(const char *named) {
  return node_named(named);
}
bool node_there(const char *named) {
  return named && false;
}
void engine_run(const struct node *node) {
  (void)node;
  leave(0);
}
int engine_start(const struct node *node, int seconds) {
  return node && seconds > 0;
}
int engine_stop(const struct node *node, int seconds) {
  return node && seconds > 0;
}
bool engine_lives(const struct node *node) {
  return node; /* else a sysdump would become a process of Java, and the fuzzer be gone */
}
int engine_hold(const struct node *node) {
  return node == NULL;
}

/* A file of the input, read from its beginning: it never makes its reader wait. */
static int file_of(const uint8_t *input, size_t size) {
  int fd = memfd_create("answer", MFD_CLOEXEC);
  if (fd < 0 || write(fd, input, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
    abort();
  return fd;
}

/* Every frame, as call() takes it. */
static void answer(int fd) {
  uint64_t granted = 0;
  int code = 0;
  bool again = false;
  if (setjmp(end) == 0)
    while (!take(fd, &granted, &code, &again))
      ;
  if (code < 0 || code > 255)
    abort();
}

/* What a quiet call keeps; the engine's end is closed by then. */
static void quiet_answer(const uint8_t *input, size_t size) {
  enum {
    FITS = 64 << 10
  };
  int ends[2];
  struct kept kept;
  char *words[] = {"help"};
  if (size > FITS || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
    return;
  if (write(ends[1], input, size) != (ssize_t)size)
    abort();
  shutdown(ends[1], SHUT_WR);
  kept.bytes = NULL;
  if (setjmp(end) == 0)
    call_quietly(ends[0], 1, words, &kept, impatient, NULL);
  if (kept.bytes && strlen(kept.bytes) > kept.length)
    abort();
  free(kept.bytes);
  close(ends[0]);
  close(ends[1]);
}

/* The words of a command line, each ended by NUL. */
static void command_line(const uint8_t *input, size_t size) {
  enum {
    MOST = 1000
  };
  static char bytes[64 << 10];
  static char *words[MOST + 1];
  int count = 0;
  if (size == 0 || size >= sizeof bytes)
    return;
  memcpy(bytes, input, size);
  bytes[size] = 0;
  for (char *at = bytes; at < bytes + size && count < MOST; at += strlen(at) + 1)
    words[count++] = at;
  words[count] = NULL;
  if (setjmp(end) != 0)
    return;
  struct options options = parse(words);
  if (options.words.count > count || options.timeout < 0 || options.timeout > 3600)
    abort();
  for (int i = 0; i < options.words.count; i++)
    if (options.words.word[i] < bytes || options.words.word[i] >= bytes + size)
      abort();
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count, (void)arguments;
  nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  signal(SIGPIPE, SIG_IGN);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
  int fd = file_of(input, size);
  answer(fd);
  close(fd);
  quiet_answer(input, size);
  command_line(input, size);
  return 0;
}

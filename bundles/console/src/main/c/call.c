/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "call.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "frames.h"
#include "say.h"
#include "terminal.h"

enum {
  CHUNK = 64 << 10,     /* bytes of standard input a frame */
  PATIENCE_SECONDS = 2, /* after ^C, for the engine to end the call */
  AWAY_SECONDS = 10,    /* that a call waits for an engine to come back after it was killed */
  LOOK_MILLISECONDS = 100,
  AGAIN_MILLISECONDS = 20,
  INTERRUPTED = 128 + SIGINT,
  PIPE_CLOSED = 128 + SIGPIPE,
};

static unsigned char payload[FRAME_MOST];
static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t resized;

static void on_signal(int signal) {
  if (signal == SIGWINCH)
    resized = 1;
  else
    interrupts++;
}

int call_connect(const struct node *node) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path, node->socket); /* node_named has seen to its length */
  struct timeval limit = {.tv_sec = AWAY_SECONDS}, none = {0};
  if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
      connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none) != 0) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

static void refuse_to_connect(const struct node *node, int error) {
  switch (error) {
  case ENOENT:
  case ECONNREFUSED:
    die("engine %s does not run: %s: %s; start it with: weir start --node %s", node->name, node->socket,
        strerror(error), node->name);
  case EAGAIN:
    die("engine %s answers nobody, and the queue of %s is full; look into %s/data/log/weir.log", node->name,
        node->socket, node->base);
  case EACCES:
    die("%s: %s; the engine answers root, and the group that its setting socket-group names", node->socket,
        strerror(error));
  default:
    die("%s: %s", node->socket, strerror(error));
  }
}

/* Adds KEY=VALUE of this process's environment, where the engine has a use for it. */
static void add_environment(size_t *length) {
  static const char *const wanted[] = {"TERM=",    "LANG=",     "LC_ALL=",    "TZ=",  "USER=", "SUDO_USER=",
                                       "COLUMNS=", "NO_COLOR=", "WEIR_NODE=", "CNI_", NULL};
  extern char **environ;
  char *directory = getcwd(NULL, 0);
  if (directory)
    frame_word((char *)payload, length, sizeof payload, text("PWD=%s", directory));
  free(directory);
  for (char **entry = environ; *entry; entry++)
    for (const char *const *prefix = wanted; *prefix; prefix++)
      if (strncmp(*entry, *prefix, strlen(*prefix)) == 0)
        frame_word((char *)payload, length, sizeof payload, *entry);
}

static int begin(int fd, int count, char **words) {
  size_t length = 0;
  add_environment(&length);
  if (frame_send(fd, FRAME_ENV, payload, length) != 0)
    return -1;
  length = 0;
  for (int i = 0; i < count; i++)
    if (frame_word((char *)payload, &length, sizeof payload, words[i]) != 0)
      die("the command line: expected at most %d bytes; put the rest into a file", FRAME_MOST);
  return frame_send(fd, FRAME_ARGS, payload, length);
}

/* All of it to one of our own outputs; who reads it may have gone, as head does. */
static void put(int to, const unsigned char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(to, bytes, count);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0) {
      terminal_restore();
      if (errno == EPIPE)
        exit(PIPE_CLOSED);
      die("standard output: %s", strerror(errno));
    }
    bytes += written;
    count -= (size_t)written;
  }
}

static uint32_t number(uint32_t length) {
  if (length != 4)
    die("a READ frame of the engine: expected 4 bytes, got %u; client and engine are of different versions",
        length);
  return (uint32_t)payload[0] << 24 | (uint32_t)payload[1] << 16 | (uint32_t)payload[2] << 8 | payload[3];
}

static void send_window(int fd) {
  unsigned char window[4];
  terminal_size(window);
  frame_send(fd, FRAME_WINDOW, window, sizeof window);
}

/* Sends what standard input has, up to what the engine takes; the end of it once. */
static void forward(int fd, uint64_t *granted, bool *ended) {
  size_t most = *granted < CHUNK ? (size_t)*granted : CHUNK;
  ssize_t got = read(STDIN_FILENO, payload, most);
  if (got < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (got <= 0) {
    *ended = true;
    frame_send(fd, FRAME_STDIN_END, NULL, 0);
    return;
  }
  *granted -= (uint64_t)got;
  frame_send(fd, FRAME_STDIN, payload, (size_t)got);
}

static long now_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Says ^C on to the engine, and gives up waiting for it after a while or at the second ^C. */
static int after_interrupts(int fd, long *deadline) {
  static int told;
  if (interrupts > told && told == 0) {
    frame_send(fd, FRAME_CANCEL, NULL, 0);
    *deadline = now_milliseconds() + PATIENCE_SECONDS * 1000;
    told = interrupts;
  }
  if (interrupts > told || (*deadline && now_milliseconds() >= *deadline)) {
    terminal_restore();
    exit(INTERRUPTED);
  }
  return *deadline ? (int)(*deadline - now_milliseconds()) + 1 : -1;
}

/* One frame of the engine; whether it was the last. */
static bool take(int fd, uint64_t *granted, int *code, bool *again) {
  struct frame frame;
  int result = frame_receive(fd, &frame, payload);
  if (result <= 0) {
    terminal_restore();
    if (result == 0 || errno == ECONNRESET)
      die("the engine ended before the call did");
    die("the engine's answer: %s", strerror(errno));
  }
  switch (frame.type) {
  case FRAME_OUT:
    put(STDOUT_FILENO, payload, frame.length);
    break;
  case FRAME_ERR:
    put(STDERR_FILENO, payload, frame.length);
    break;
  case FRAME_READ:
    *granted += number(frame.length);
    break;
  case FRAME_TERMINAL:
    if (frame.length == 1 && payload[0] == 1) {
      terminal_raw();
      send_window(fd);
    } else {
      terminal_restore();
    }
    break;
  case FRAME_AGAIN:
    *again = true;
    break;
  case FRAME_EXIT:
    *code = frame.length == 1 ? payload[0] : REFUSED;
    return true;
  default: /* of a newer engine: what it adds must be of no harm to leave out */
    break;
  }
  return false;
}

static void watch_signals(sigset_t *unblocked) {
  struct sigaction action = {.sa_handler = on_signal};
  sigset_t blocked;
  sigemptyset(&blocked);
  const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
  for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) {
    sigaddset(&blocked, watched[i]);
    sigaction(watched[i], &action, NULL);
  }
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_BLOCK, &blocked, unblocked);
}

/* One call on one connection; whether to call again. */
static bool call_once(const struct node *node, int count, char **words, const sigset_t *unblocked,
                      int *code) {
  int fd = call_connect(node);
  if (fd < 0)
    refuse_to_connect(node, errno);
  if (begin(fd, count, words) != 0 && errno != EPIPE)
    die("%s: %s", node->socket, strerror(errno));

  uint64_t granted = 0;
  bool ended = false;
  long deadline = 0;
  bool answered = false, asked = false, again = false;
  long begun = now_milliseconds();
  for (bool last = false; !last;) {
    struct pollfd polled[] = {
        {.fd = fd, .events = POLLIN},
        {.fd = granted > 0 && !ended ? STDIN_FILENO : -1, .events = POLLIN},
    };
    int wait = after_interrupts(fd, &deadline);
    if (!answered && (wait < 0 || wait > LOOK_MILLISECONDS))
      wait = LOOK_MILLISECONDS;
    struct timespec timeout = {.tv_sec = wait / 1000, .tv_nsec = (long)(wait % 1000) * 1000000};
    int ready = ppoll(polled, 2, wait < 0 ? NULL : &timeout, unblocked);
    if (resized) {
      resized = 0;
      send_window(fd);
    }
    if (!answered && ready == 0 && now_milliseconds() - begun >= AWAY_SECONDS * 1000 && !engine_lives(node))
      die("engine %s has ended, and none has come back within %d s; start it with: weir start --node %s",
          node->name, AWAY_SECONDS, node->name);
    if (ready < 0)
      continue;
    if (polled[1].revents)
      forward(fd, &granted, &ended);
    answered |= polled[0].revents != 0;
    if (polled[0].revents)
      last = take(fd, &granted, code, &again);
    asked |= granted > 0;
  }
  close(fd);
  if (again && asked)
    say("all of the engine is being replaced, and standard input is in part read; call again");
  return again && !asked;
}

int call(const struct node *node, int count, char **words) {
  sigset_t unblocked;
  int code = REFUSED;
  long begun = now_milliseconds();
  watch_signals(&unblocked);
  while (call_once(node, count, words, &unblocked, &code)) {
    if (now_milliseconds() - begun >= AWAY_SECONDS * 1000) {
      say("engine %s is being replaced again and again; for %d s nobody has answered", node->name,
          AWAY_SECONDS);
      break;
    }
    nanosleep(&(struct timespec){.tv_nsec = AGAIN_MILLISECONDS * 1000000L}, NULL);
  }
  terminal_restore();
  return code;
}

bool call_while_it_lives(const void *node) {
  return engine_lives(node);
}

static bool await_frame(int fd, bool (*patient)(const void *context), const void *context) {
  struct pollfd polled = {.fd = fd, .events = POLLIN};
  while (poll(&polled, 1, LOOK_MILLISECONDS) == 0)
    if (!patient(context))
      return false;
  return true;
}

int call_quietly(int fd, int count, char **words, struct kept *output, bool (*patient)(const void *context),
                 const void *context) {
  struct frame frame;
  output->bytes = NULL;
  output->length = 0;
  if (begin(fd, count, words) != 0)
    return -1;
  while (await_frame(fd, patient, context) && frame_receive(fd, &frame, payload) == 1) {
    if (frame.type == FRAME_EXIT)
      return frame.length == 1 ? payload[0] : REFUSED;
    if (frame.type == FRAME_READ)
      frame_send(fd, FRAME_STDIN_END, NULL, 0);
    if (frame.type != FRAME_OUT && frame.type != FRAME_ERR)
      continue;
    char *grown = realloc(output->bytes, output->length + frame.length + 1);
    if (!grown)
      abort();
    memcpy(grown + output->length, payload, frame.length);
    output->bytes = grown;
    output->length += frame.length;
    grown[output->length] = 0;
  }
  return -1;
}

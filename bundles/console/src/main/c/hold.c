/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "holder.h"

enum {
  BESIDE = 4,     /* descriptors of a message; what is beyond the first is closed */
  MESSAGE = 1024, /* bytes */
  ANSWER_SECONDS = 2,
  SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
};

struct kept {
  int fd;
  off_t bytes; /* of a record; 0 of what is none */
  char name[HOLD_NAME + 1];
};

struct message {
  char text[MESSAGE + 1];
  int fds[BESIDE];
  int count;
  pid_t process;
  uid_t user;
};

static struct kept kept[HOLD_MOST];
static int kept_count;
static int engine = -1; /* a descriptor of its process */
static long end;        /* when nobody waits any more, while there is no engine */
static ino_t own_file;  /* of the socket: another holder may have taken the place of one that hung */

static long now_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

static ino_t file_of(const char *path) {
  struct stat status;
  return lstat(path, &status) == 0 ? status.st_ino : 0;
}

static void leave(const char *path) {
  if (own_file == file_of(path))
    unlink(path);
  _exit(0);
}

static void forget(const char *name) {
  for (int i = kept_count - 1; i >= 0; i--)
    if (strcmp(kept[i].name, name) == 0) {
      close(kept[i].fd);
      memmove(&kept[i], &kept[i + 1], (size_t)(kept_count - i - 1) * sizeof *kept);
      kept_count--;
    }
}

/* Memory that others could let grow is not taken; the size of what is. */
static bool fits(int fd, off_t *bytes) {
  struct stat status;
  off_t all = 0;
  *bytes = 0;
  if (fstat(fd, &status) != 0)
    return false;
  if (!S_ISREG(status.st_mode))
    return true;
  int seals = fcntl(fd, F_GET_SEALS);
  for (int i = 0; i < kept_count; i++)
    all += kept[i].bytes;
  *bytes = status.st_size;
  return seals >= 0 && (seals & SEALS) == SEALS && *bytes <= HOLD_BYTES && all + *bytes <= HOLD_BYTES_ALL;
}

/* Takes the descriptor over, unless it is too much. */
static bool store(const char *name, int fd) {
  off_t bytes;
  forget(name);
  if (kept_count == HOLD_MOST || !fits(fd, &bytes))
    return false;
  struct kept *entry = &kept[kept_count++];
  entry->fd = fd;
  entry->bytes = bytes;
  strcpy(entry->name, name);
  return true;
}

/* One entry of the answer; false when the one who asked has gone, or does not read. */
static bool send_entry(int to, const struct kept *entry) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {
      .header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
  memcpy(CMSG_DATA(&control.header), &entry->fd, sizeof entry->fd);
  struct iovec words = {.iov_base = (char *)entry->name, .iov_len = strlen(entry->name)};
  struct msghdr whole = {.msg_iov = &words,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
  return sendmsg(to, &whole, MSG_NOSIGNAL) >= 0;
}

static void follow(pid_t process) {
  if (engine >= 0)
    close(engine);
  engine = (int)syscall(SYS_pidfd_open, process, 0);
  end = now_seconds() + HOLD_SECONDS;
}

/* The sender is the engine from now on. An answer that has no end is none. */
static void fetch(const struct message *message) {
  follow(message->process);
  if (message->count == 0)
    return;
  int to = message->fds[0];
  struct timeval limit = {.tv_sec = ANSWER_SECONDS};
  if (setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
    return;
  for (int i = 0; i < kept_count; i++)
    if (!send_entry(to, &kept[i]))
      return;
  char last[32];
  int length = snprintf(last, sizeof last, "%d", getpid());
  send(to, last, (size_t)length, MSG_NOSIGNAL);
}

/* The text after KEY= in a line of its own; false where there is none, or it is no name. */
static bool field(const char *text, const char *key, char name[HOLD_NAME + 1]) {
  const char *line = strstr(text, key);
  if (!line || (line > text && line[-1] != '\n'))
    return false;
  line += strlen(key);
  size_t length = strcspn(line, "\n");
  if (length == 0 || length > HOLD_NAME)
    return false;
  memcpy(name, line, length);
  name[length] = 0;
  for (const char *c = name; *c; c++)
    if (*c <= ' ' || *c >= 127 || *c == ':')
      return false;
  return true;
}

/* Whether a line of the text is this. */
static bool says(const char *text, const char *line) {
  size_t length = strlen(line);
  for (const char *at = text; at; at = (at = strchr(at, '\n')) ? at + 1 : NULL)
    if (strncmp(at, line, length) == 0 && (at[length] == 0 || at[length] == '\n'))
      return true;
  return false;
}

static bool receive(int from, struct message *message) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(BESIDE * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
  } control;
  struct iovec words = {.iov_base = message->text, .iov_len = MESSAGE};
  struct msghdr whole = {.msg_iov = &words,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
  ssize_t length = recvmsg(from, &whole, MSG_CMSG_CLOEXEC);
  if (length < 0)
    return false;
  message->text[length] = 0;
  message->count = 0;
  message->user = (uid_t)-1;
  for (struct cmsghdr *each = CMSG_FIRSTHDR(&whole); each; each = CMSG_NXTHDR(&whole, each)) {
    if (each->cmsg_level != SOL_SOCKET)
      continue;
    if (each->cmsg_type == SCM_CREDENTIALS) {
      struct ucred sender;
      memcpy(&sender, CMSG_DATA(each), sizeof sender);
      message->user = sender.uid;
      message->process = sender.pid;
    } else if (each->cmsg_type == SCM_RIGHTS) {
      message->count = (int)((each->cmsg_len - CMSG_LEN(0)) / sizeof(int));
      memcpy(message->fds, CMSG_DATA(each), (size_t)message->count * sizeof(int));
    }
  }
  return true;
}

static void obey(struct message *message, const char *path) {
  char name[HOLD_NAME + 1];
  int stored = 0;
  if (message->user == 0 || message->user == geteuid()) {
    if (says(message->text, "X_WEIR_END=1"))
      leave(path);
    if (says(message->text, "X_WEIR_FETCH=1"))
      fetch(message);
    else if (says(message->text, "FDSTOREREMOVE=1") && field(message->text, "FDNAME=", name))
      forget(name);
    else if (says(message->text, "FDSTORE=1") && message->count > 0 && field(message->text, "FDNAME=", name))
      stored = store(name, message->fds[0]);
  }
  for (int i = stored; i < message->count; i++)
    close(message->fds[i]);
}

/* Keeps none of the files of whoever started us: not the engine's lock, not a pipe that somebody reads. */
static int alone(int socket) {
  enum {
    KEPT = 3
  };
  int nothing = open("/dev/null", O_RDWR);
  int moved = fcntl(socket, F_DUPFD, KEPT + 1);
  for (int i = 0; i < KEPT; i++)
    dup2(nothing, i);
  dup2(moved, KEPT);
  syscall(SYS_close_range, KEPT + 1, ~0U, 0);
  fcntl(KEPT, F_SETFD, FD_CLOEXEC);
  setsid();
  if (chdir("/") != 0)
    _exit(1);
  prctl(PR_SET_NAME, "weir-holder");
  return KEPT;
}

void hold(int socket, const char *path, pid_t process) {
  static struct message message;
  socket = alone(socket);
  own_file = file_of(path);
  end = now_seconds() + HOLD_SECONDS;
  if (process > 0)
    follow(process);
  for (;;) {
    struct pollfd polled[] = {{.fd = socket, .events = POLLIN}, {.fd = engine, .events = POLLIN}};
    long left = engine >= 0 ? HOLD_SECONDS : end - now_seconds();
    if (left <= 0)
      leave(path);
    if (poll(polled, 2, engine >= 0 ? -1 : (int)left * 1000) < 0)
      continue;
    if (polled[0].revents && receive(socket, &message))
      obey(&message, path);
    else if (polled[1].revents) {
      close(engine);
      engine = -1;
      end = now_seconds() + HOLD_SECONDS;
    }
  }
}

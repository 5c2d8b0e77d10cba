/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "holder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hold.h"
#include "say.h"

enum {
  FIRST = 3, /* SD_LISTEN_FDS_START; what is open there of whoever started us is of no use to an engine */
  ANSWER_SECONDS = 5,
};

static char *taken; /* names, each between two colons; NULL before */

static struct sockaddr_un address(const struct node *node) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  char *path = text("%s/holder.sock", node->run);
  if (strlen(path) >= sizeof to.sun_path)
    die("%s: expected a path of at most %zu bytes; shorten $WEIR_ROOT or the node's name", path,
        sizeof to.sun_path - 1);
  strcpy(to.sun_path, path);
  return to;
}

/* A message to the holder, a descriptor beside it where there is one; whether there is a holder. */
static bool tell(const struct node *node, const char *message, int beside) {
  struct sockaddr_un to = address(node);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct timeval limit = {.tv_sec = ANSWER_SECONDS};
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
    die("socket: %s", strerror(errno));
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec words = {.iov_base = (char *)message, .iov_len = strlen(message)};
  struct msghdr whole = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &words, .msg_iovlen = 1};
  if (beside >= 0) {
    control.header = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof beside)};
    memcpy(CMSG_DATA(&control.header), &beside, sizeof beside);
    whole.msg_control = control.bytes;
    whole.msg_controllen = sizeof control.bytes;
  }
  ssize_t sent = sendmsg(fd, &whole, MSG_NOSIGNAL);
  if (sent < 0 && errno != ECONNREFUSED && errno != ENOENT)
    say("%s: %s", to.sun_path, strerror(errno));
  close(fd);
  return sent >= 0;
}

/* One entry of the answer, its name without its end; or -1, with the holder's process number for a name. */
static int receive(int from, char name[HOLD_NAME + 1]) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec words = {.iov_base = name, .iov_len = HOLD_NAME};
  struct msghdr whole = {.msg_iov = &words,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
  ssize_t length = recvmsg(from, &whole, 0);
  if (length < 0)
    say("the holder has not answered: %s; what it holds is lost", strerror(errno));
  name[length > 0 ? length : 0] = 0;
  struct cmsghdr *header = length > 0 ? CMSG_FIRSTHDR(&whole) : NULL;
  if (!header || header->cmsg_type != SCM_RIGHTS)
    return -1;
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

/* Says what was taken the way systemd does. */
static void pass_on(const struct node *node, const char *holder, int count, const char *names) {
  setenv("WEIR_HOLDER", holder, 1);
  setenv("NOTIFY_SOCKET", address(node).sun_path, 1);
  setenv("FDSTORE", text("%d", HOLD_MOST), 1);
  setenv("LISTEN_PID", text("%d", getpid()), 1);
  setenv("LISTEN_FDS", text("%d", count), 1);
  setenv("LISTEN_FDNAMES", names, 1);
  taken = text(":%s:", names);
}

/* Asks for all that is kept, and puts it from FIRST on; whether somebody answered to the end. */
static bool fetch(const struct node *node) {
  int ends[2], fds[HOLD_MOST], count = 0;
  char *names = text("%s", ""), name[HOLD_NAME + 1] = "";
  struct timeval limit = {.tv_sec = ANSWER_SECONDS};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 ||
      setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0)
    die("socketpair: %s", strerror(errno));
  bool there = tell(node, "X_WEIR_FETCH=1", ends[1]);
  close(ends[1]);
  for (int fd; there && (fd = receive(ends[0], name)) >= 0;) {
    if (count == HOLD_MOST)
      die("the holder: expected at most %d descriptors, got more", HOLD_MOST);
    fds[count] = fcntl(fd, F_DUPFD_CLOEXEC, HOLD_ABOVE);
    if (fds[count++] < 0)
      die("descriptor %s: %s", name, strerror(errno));
    close(fd);
    names = text("%s%s%s", names, *names ? ":" : "", name);
  }
  close(ends[0]);
  if (!there || !*name) { /* it was ending, or hangs */
    for (int i = 0; i < count; i++)
      close(fds[i]);
    return false;
  }
  for (int i = 0; i < count; i++) {
    dup2(fds[i], FIRST + i); /* without O_CLOEXEC: for Java */
    close(fds[i]);
  }
  pass_on(node, name, count, names);
  return true;
}

bool holder_take(const struct node *node) {
  const char *process = getenv("LISTEN_PID"), *names = getenv("LISTEN_FDNAMES");
  if (getenv("NOTIFY_SOCKET")) {
    taken = text(":%s:", process && atol(process) == getpid() && names ? names : "");
    return true;
  }
  unsetenv("WEIR_HOLDER");
  unsetenv("LISTEN_PID"); /* of whoever started us */
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
  return fetch(node);
}

bool holder_has(const char *name) {
  return taken && (strstr(taken, text(":%s.0:", name)) || strstr(taken, text(":%s@", name)));
}

pid_t holder_again(const struct node *node, pid_t engine) {
  struct sockaddr_un at = address(node);
  int on = 1, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  unlink(at.sun_path);
  mode_t before = umask(077);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0)
    die("%s: %s", at.sun_path, strerror(errno));
  umask(before);
  int number[2];
  if (pipe2(number, O_CLOEXEC) != 0)
    die("pipe: %s", strerror(errno));
  pid_t child = fork(), holder = 0;
  if (child < 0)
    die("fork: %s", strerror(errno));
  if (child == 0) {
    holder = fork(); /* so that it is nobody's child: the engine would not look after it */
    if (holder == 0)
      hold(fd, at.sun_path, engine);
    ssize_t told = write(number[1], &holder, sizeof holder);
    _exit(told == sizeof holder ? 0 : 1);
  }
  close(number[1]);
  waitpid(child, NULL, 0);
  close(fd);
  if (read(number[0], &holder, sizeof holder) != sizeof holder || holder < 0)
    die("%s: the holder has not started", at.sun_path);
  close(number[0]);
  return holder;
}

void holder_start(const struct node *node) {
  holder_again(node, getpid());
  if (!fetch(node))
    die("%s/holder.sock: the holder has not started", node->run);
}

bool holder_end(const struct node *node) {
  return tell(node, "X_WEIR_END=1", -1);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The CNI plugin: a letter carrier. It hands the variables of CNI and standard input to the engine of a node,
 * as they are, and prints the engine's answer. It speaks itself only while the engine is silent: then ADD,
 * CHECK and GC ask to be tried again later (code 11), STATUS says that the plugin is not available (50), and
 * DEL succeeds and leaves a note in /run/weir/NODE/del/ for the engine to catch up on.
 *
 * Which node: the field "node" of the network configuration, the variable WEIR_NODE, or the only one on this
 * machine.
 *
 * A sign of life from the engine is a byte of standard output; it sends white space while it works. Without
 * one for SILENCE_MS it is silent, hung or gone. Before the first sign everything but DEL tries again: an
 * engine that is being started, or whose CNI bundle is being replaced, answers in time.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../../../../console/src/main/c/frames.h"
#include "netconf.h"

#define RUN "/run/weir"

enum {
  SILENCE_MS = 1500, /* ADD fails within 2 s where there is no engine */
  PAUSE_MS = 25,
  NAME_MOST = 200,
  EXIT_UNKNOWN_VERB = 2, /* what weir.sock says while no handler of "cni" is registered */
};

enum outcome {
  ANSWERED, /* the answer has been printed */
  ABSENT,   /* nobody has begun to work on the call */
  SILENT,   /* somebody may have begun, and has not finished */
};

static char input[FRAME_MOST];
static size_t input_length;
static char variables[FRAME_MOST];
static size_t variables_length;
static char answer[FRAME_MOST];
static size_t answer_length;
static char payload[FRAME_MOST];

static long long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Speaks in the engine's place. The texts are parameters of ours or have been checked: nothing needs escapes.
 */
static int refuse(int code, const char *message, const char *node) {
  char version[16];
  if (netconf_field(input, input_length, "cniVersion", version, sizeof version) != 1 || !*version ||
      version[strspn(version, "0123456789.")])
    strcpy(version, "1.0.0");
  printf("{\"cniVersion\":\"%s\",\"code\":%d,\"msg\":\"%s%s%s\"}\n", version, code, message, *node ? " " : "",
         node);
  return 1;
}

/* Letters, digits and ._- only, and no name that is hidden or a directory above: safe in a path and in JSON.
 */
static int plain_name(const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length > NAME_MOST || name[0] == '.')
    return 0;
  return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == length;
}

/* How many directories of RUN hold what; the name of one of them into node. */
static int nodes_with(const char *what, char *node) {
  DIR *run = opendir(RUN);
  if (!run)
    return 0;
  int found = 0;
  struct dirent *entry;
  while ((entry = readdir(run))) {
    char path[sizeof RUN + NAME_MOST + 16];
    if (!plain_name(entry->d_name))
      continue;
    snprintf(path, sizeof path, RUN "/%s/%s", entry->d_name, what);
    if (access(path, F_OK) != 0)
      continue;
    strcpy(node, entry->d_name);
    found++;
  }
  closedir(run);
  return found;
}

/* 1; 0 where no node is named and there is no only one; -1 where the name is none. */
static int choose_node(char *node) {
  const char *wanted = getenv("WEIR_NODE");
  char field[NAME_MOST + 1];
  int named = netconf_field(input, input_length, "node", field, sizeof field);
  if (named < 0)
    return -1;
  if (named)
    wanted = field;
  if (wanted && *wanted) {
    if (!plain_name(wanted))
      return -1;
    strcpy(node, wanted);
    return 1;
  }
  int found = nodes_with("weir.sock", node);
  if (found == 0)
    found = nodes_with("del", node);
  if (found != 1)
    *node = 0;
  return found == 1;
}

static int reach(const char *node) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  if ((size_t)snprintf(to.sun_path, sizeof to.sun_path, RUN "/%s/weir.sock", node) >= sizeof to.sun_path)
    return -1;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;
  struct timeval limit = {.tv_sec = SILENCE_MS / 1000, .tv_usec = SILENCE_MS % 1000 * 1000};
  if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 || fcntl(fd, F_SETFL, 0) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

/* Sends standard input as far as the engine has asked for it. */
static int send_input(int fd, size_t *sent, size_t credit) {
  size_t count = input_length - *sent;
  if (count > credit)
    count = credit;
  if (count > 0 && frame_send(fd, FRAME_STDIN, input + *sent, count) != 0)
    return -1;
  *sent += count;
  return *sent == input_length ? frame_send(fd, FRAME_STDIN_END, NULL, 0) : 0;
}

static int append(const char *bytes, size_t count) {
  for (; answer_length == 0 && count > 0 && strchr(" \t\r\n", *bytes); bytes++)
    count--; /* signs of life */
  if (count > sizeof answer - answer_length)
    return -1;
  memcpy(answer + answer_length, bytes, count);
  answer_length += count;
  return 0;
}

static size_t take_u32(const char *bytes) {
  const unsigned char *b = (const unsigned char *)bytes;
  return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

/* Reads frames until the last one, or until the engine has been silent past heard + SILENCE_MS. */
static enum outcome receive(int fd, size_t sent, long long heard, int *code) {
  enum outcome without = ABSENT;
  for (;;) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    long long left = heard + SILENCE_MS - now_ms();
    if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
      return SILENT;
    struct frame frame;
    if (frame_receive(fd, &frame, payload) != 1)
      return without;
    switch (frame.type) {
    case FRAME_OUT:
      without = SILENT;
      heard = now_ms();
      if (append(payload, frame.length) != 0)
        return SILENT;
      break;
    case FRAME_ERR:
      fwrite(payload, 1, frame.length, stderr);
      break;
    case FRAME_READ:
      if (frame.length == 4 && sent < input_length && send_input(fd, &sent, take_u32(payload)) != 0)
        return without;
      break;
    case FRAME_EXIT:
      *code = frame.length == 1 ? (unsigned char)payload[0] : 1;
      if (answer_length == 0 && *code != 0)
        return *code == EXIT_UNKNOWN_VERB ? ABSENT : SILENT;
      return ANSWERED;
    default:
      break;
    }
  }
}

static enum outcome call(const char *node, long long started, int *code) {
  int fd = reach(node);
  if (fd < 0)
    return ABSENT;
  enum outcome outcome = ABSENT;
  size_t sent = 0;
  answer_length = 0;
  if (frame_send(fd, FRAME_ENV, variables, variables_length) == 0 &&
      frame_send(fd, FRAME_ARGS, "cni", 4) == 0 && send_input(fd, &sent, FRAME_EAGER) == 0)
    outcome = receive(fd, sent, started, code);
  close(fd);
  return outcome;
}

static int write_all(int fd, const void *bytes, size_t count) {
  const char *at = bytes;
  while (count > 0) {
    ssize_t n = write(fd, at, count);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return -1;
    at += n;
    count -= (size_t)n;
  }
  return 0;
}

/*
 * Leaves word that an attachment is to go: the variables as they went to the engine, an empty word, the
 * network configuration; in a file named CONTAINER:INTERFACE (no name of either has a colon), so that a
 * repeated DEL leaves one, and the engine finds what an ADD has to wait for.
 */
static int leave_note(const char *node) {
  const char *container = getenv("CNI_CONTAINERID");
  const char *interface = getenv("CNI_IFNAME");
  char path[600], fresh[600];
  if (!container || !interface || !plain_name(container) || !plain_name(interface))
    return refuse(4, "CNI_CONTAINERID and CNI_IFNAME are needed: letters, digits and ._- only", "");
  snprintf(path, sizeof path, RUN "/%s", node);
  mkdir(RUN, 0755);
  mkdir(path, 0700);
  snprintf(path, sizeof path, RUN "/%s/del", node);
  mkdir(path, 0700);
  snprintf(fresh, sizeof fresh, RUN "/%s/del/.%ld", node, (long)getpid());
  snprintf(path, sizeof path, RUN "/%s/del/%s:%s", node, container, interface);
  int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return refuse(5, "the engine does not answer, and no note can be left for node", node);
  int failed = write_all(fd, variables, variables_length) || write_all(fd, "", 1) ||
               write_all(fd, input, input_length);
  failed |= close(fd) != 0;
  if (failed || rename(fresh, path) != 0) {
    unlink(fresh);
    return refuse(5, "the engine does not answer, and no note can be left for node", node);
  }
  return 0;
}

static int without_engine(const char *command, const char *node) {
  if (strcmp(command, "VERSION") == 0) {
    puts("{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]"
         "}");
    return 0;
  }
  if (strcmp(command, "DEL") == 0) /* no node at all: nothing of it can be here */
    return *node ? leave_note(node) : 0;
  int code = strcmp(command, "STATUS") == 0 ? 50 : 11;
  if (!*node)
    return refuse(code, "no node is running here, or several are; name one by the field node", "");
  return refuse(code, "no answer from the engine of node", node);
}

static int read_input(void) {
  for (;;) {
    ssize_t n = read(STDIN_FILENO, input + input_length, sizeof input - input_length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return (int)n;
    input_length += (size_t)n;
    if (input_length == sizeof input)
      return -1;
  }
}

int main(void) {
  extern char **environ;
  const char *command = getenv("CNI_COMMAND");
  char node[NAME_MOST + 1] = "";
  long long started = now_ms();
  int code = 1;

  if (!command) {
    fputs("weir-cni: expected the variables of CNI, as a container runtime sets them; see docs/cni.md\n",
          stderr);
    return refuse(4, "CNI_COMMAND is not set", "");
  }
  if (read_input() != 0)
    return refuse(6, "the network configuration cannot be read, or is longer than 1 MiB", "");
  for (char **variable = environ; *variable; variable++)
    if (strncmp(*variable, "CNI_", 4) == 0 &&
        frame_word(variables, &variables_length, sizeof variables, *variable) != 0)
      return refuse(4, "the variables of CNI are longer than 1 MiB", "");

  int chosen = choose_node(node);
  if (chosen < 0)
    return refuse(7, "the name of the node has other characters than letters, digits and ._-", "");
  int tries_again = strcmp(command, "DEL") != 0 && strcmp(command, "VERSION") != 0;
  for (enum outcome outcome = ABSENT; chosen && outcome == ABSENT;) {
    outcome = call(node, started, &code);
    if (outcome == ANSWERED) {
      fwrite(answer, 1, answer_length, stdout);
      return fflush(stdout) == 0 ? code : 1;
    }
    if (!tries_again || now_ms() + PAUSE_MS > started + SILENCE_MS)
      break;
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
  }
  return without_engine(command, node);
}

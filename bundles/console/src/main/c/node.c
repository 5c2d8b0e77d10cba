/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "node.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "files.h"
#include "say.h"

enum {
  NAME_MOST = 63
}; /* as a label of DNS, since nodes are named by it */

static const char *root(void) {
  const char *named = getenv("WEIR_ROOT");
  return named ? named : "";
}

const char *home(void) {
  static char path[PATH_MAX];
  const char *named = getenv("WEIR_HOME");
  if (named && *named)
    return named;
  if (!*path) {
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
      die("/proc/self/exe: %s; set WEIR_HOME to the distribution's directory", strerror(errno));
    self[length] = 0;
    strcpy(path, dirname(dirname(self)));
  }
  return path;
}

static bool is_name(const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length > NAME_MOST)
    return false;
  for (size_t i = 0; i < length; i++) {
    bool inner = i > 0 && i < length - 1;
    bool plain = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9');
    if (!plain && !(inner && (name[i] == '-' || name[i] == '.')))
      return false;
  }
  return true;
}

struct node node_named(const char *name) {
  if (!is_name(name))
    die("node name: expected at most %d lower-case letters, digits, and - or . between them, got \"%s\"; "
        "name it "
        "with --node",
        NAME_MOST, name);
  struct node node = {
      .name = name,
      .base = text("%s/var/lib/weir/%s", root(), name),
      .run = text("%s/run/weir/%s", root(), name),
  };
  node.socket = text("%s/weir.sock", node.run);
  node.lock = text("%s/engine.lock", node.run);
  size_t most = sizeof((struct sockaddr_un *)0)->sun_path - 1;
  if (strlen(node.socket) > most)
    die("%s: expected a path of at most %zu bytes, got %zu; shorten $WEIR_ROOT or the node's name",
        node.socket, most, strlen(node.socket));
  return node;
}

static const char *chosen(const char *named) {
  const char *environment = getenv("WEIR_NODE");
  if (named)
    return named;
  return environment && *environment ? environment : NULL;
}

struct node node_to_start(const char *named) {
  static char machine[HOST_NAME_MAX + 1];
  const char *name = chosen(named);
  if (name)
    return node_named(name);
  if (gethostname(machine, sizeof machine) != 0)
    die("the machine's name: %s; name the node with --node", strerror(errno));
  for (char *c = machine; *c; c++)
    *c = (char)tolower((unsigned char)*c);
  return node_named(machine);
}

struct names {
  size_t count;
  char *name[256];
};

/* The engines that have a socket, in order. */
static struct names with_sockets(void) {
  struct names found = {0};
  struct dirent **entries;
  int count = scandir(text("%s/run/weir", root()), &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char *name = entries[i]->d_name;
    bool there = is_name(name) && access(node_named(name).socket, F_OK) == 0;
    if (there && found.count < sizeof found.name / sizeof *found.name)
      found.name[found.count++] = name;
  }
  return found;
}

struct node node_to_ask(const char *named) {
  const char *name = chosen(named);
  if (name)
    return node_named(name);
  const char *directory = text("%s/run/weir", root());
  if (access(directory, R_OK | X_OK) != 0 && errno == EACCES)
    die("%s: %s; the engine answers root, and the group that its setting socket-group names", directory,
        strerror(errno));
  struct names found = with_sockets();
  if (found.count == 0) {
    if (geteuid() != 0)
      die("no engine in %s answers this user; they answer root, and the group that socket-group names",
          directory);
    die("no engine runs on this machine: %s holds no socket; start one with: weir start", directory);
  }
  if (found.count == 1)
    return node_named(found.name[0]);
  char *names = found.name[0];
  for (size_t i = 1; i < found.count; i++)
    names = text("%s, %s", names, found.name[i]);
  die("several engines run on this machine: %s; name one with --node or $WEIR_NODE", names);
}

bool engine_lives(const struct node *node) {
  char *process = read_file(node->lock);
  if (!process && errno == EACCES)
    return true; /* a member of the socket's group cannot tell, and waits as long as the queue is there */
  pid_t pid = process ? (pid_t)atol(process) : 0;
  free(process);
  return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

bool node_there(const char *named) {
  return chosen(named) || with_sockets().count == 1;
}

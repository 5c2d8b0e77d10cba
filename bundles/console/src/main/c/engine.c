/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "files.h"
#include "holder.h"
#include "java.h"
#include "say.h"

enum {
  POLL_MILLISECONDS = 20,
  STATUS_EVERY_MILLISECONDS = 100
};

static void require_root(const char *verb) {
  if (geteuid() != 0)
    die("%s: expected root, which namespaces and eBPF need, got user %u; run this as root", verb, geteuid());
}

/* Files that are the operator's; the others of etc/ belong to the distribution and change with it. */
static bool is_operators(const char *name) {
  static const char *const names[] = {"io.weir.cfg", "jvm.options", "logback.xml", "custom.properties"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0)
      return true;
  return false;
}

/*
 * Copies etc/ on the first start. After the distribution has changed, its part of etc/ is copied again, and
 * the cache of installed bundles is forgotten: it holds those of the old one.
 */
static void prepare(const struct node *node) {
  char *stamp = read_file(text("%s/lib/stamp", home()));
  if (!stamp)
    die("%s/lib/stamp: %s; set WEIR_HOME to the distribution's directory", home(), strerror(errno));
  char *stamp_path = text("%s/data/stamp", node->base);
  make_directories(node->base, 0700);
  make_directories(text("%s/data/tmp", node->base), 0700);
  make_directories(text("%s/data/log", node->base), 0700);
  make_directories(text("%s/deploy", node->base), 0700);
  char *last = read_file(stamp_path);
  if (last && strcmp(last, stamp) == 0)
    return;
  remove_directory(text("%s/data/cache", node->base));
  copy_directory(text("%s/etc", home()), text("%s/etc", node->base), is_operators);
  write_file(stamp_path, stamp);
}

/* Root's; a group that the last engine has let in stays until the next one has read its settings. */
static void make_run_directory(const struct node *node) {
  struct stat status;
  make_directories(node->run, 0700);
  if (stat(node->run, &status) == 0 && status.st_uid == 0 && (status.st_mode & 07777) == 0710)
    return;
  if (chown(node->run, 0, 0) != 0 || chmod(node->run, 0700) != 0)
    die("%s: %s", node->run, strerror(errno));
}

/* The process that holds the lock, 0 when nobody does; fd is then the lock, ours. */
static pid_t lock(const struct node *node, int *fd) {
  *fd = open(node->lock, O_RDWR | O_CREAT, 0600); /* not closed on exec: the engine holds it on */
  if (*fd < 0)
    die("%s: %s", node->lock, strerror(errno));
  if (flock(*fd, LOCK_EX | LOCK_NB) == 0) {
    int moved = fcntl(*fd, F_DUPFD, HOLD_ABOVE);
    if (moved < 0)
      die("%s: %s", node->lock, strerror(errno));
    close(*fd);
    *fd = moved;
    return 0;
  }
  if (errno != EWOULDBLOCK)
    die("%s: %s", node->lock, strerror(errno));
  char *holder = read_file(node->lock);
  pid_t pid = holder ? (pid_t)atol(holder) : 0;
  close(*fd);
  return pid > 0 ? pid : -1;
}

/* A socket that is left over is taken away; one that somebody answers on, or a file of another kind, is not
 * ours. */
static void clear_socket(const struct node *node) {
  struct stat status;
  if (lstat(node->socket, &status) != 0)
    return;
  if (!S_ISSOCK(status.st_mode))
    die("%s: expected a socket or nothing, got a file of another kind; move it away", node->socket);
  int fd = call_connect(node);
  if (fd >= 0)
    die("%s: another process listens there, though no engine %s runs; end it, or choose another name by "
        "--node",
        node->socket, node->name);
  unlink(node->socket);
}

static char *output_kind(void) {
  struct stat out;
  const char *journal = getenv("JOURNAL_STREAM");
  unsigned long device, inode;
  if (getenv("WEIR_BACKGROUND"))
    return "NOTHING";
  if (journal && fstat(STDOUT_FILENO, &out) == 0 && sscanf(journal, "%lu:%lu", &device, &inode) == 2 &&
      device == out.st_dev && inode == out.st_ino)
    return "JOURNAL";
  return "TERMINAL";
}

static void add_property(struct words *words, const char *key, const char *value) {
  add_word(words, text("-D%s=%s", key, value));
}

static void add_places(struct words *words, const struct node *node) {
  add_property(words, "weir.node", node->name);
  add_property(words, "weir.home", home());
  add_property(words, "weir.base", node->base);
  add_property(words, "weir.run", node->run);
  add_property(words, "weir.log.stdout", output_kind());
  add_property(words, "karaf.home", home());
  add_property(words, "karaf.base", node->base);
  add_property(words, "karaf.etc", text("%s/etc", node->base));
  add_property(words, "karaf.data", text("%s/data", node->base));
  add_property(words, "karaf.log", text("%s/data/log", node->base));
  add_property(words, "karaf.instances", text("%s/data/instances", node->base));
  add_property(words, "java.io.tmpdir", text("%s/data/tmp", node->base));
  add_property(words, "java.util.logging.config.file",
               text("%s/etc/java.util.logging.properties", node->base));
}

void engine_run(const struct node *node) {
  require_root("run");
  char *program = java();
  make_run_directory(node);
  int fd;
  pid_t holder = lock(node, &fd);
  if (holder > 0)
    die("engine %s runs already, as process %d; stop it with: weir stop --node %s, or choose another name by "
        "--node",
        node->name, holder, node->name);
  if (holder != 0)
    die("engine %s is being started already; choose another name by --node", node->name);
  char pid[32];
  int length = snprintf(pid, sizeof pid, "%d\n", getpid());
  if (ftruncate(fd, 0) != 0 || write(fd, pid, (size_t)length) != length)
    die("%s: %s", node->lock, strerror(errno));
  bool held = holder_take(node);
  if (!holder_has(HOLD_SOCKET))
    clear_socket(node);
  prepare(node);
  if (!held)
    holder_start(node);

  struct words words = {0};
  add_word(&words, program);
  add_lines(&words, text("%s/lib/jvm.arguments", home()));
  add_lines(&words, text("%s/etc/jvm.options", node->base));
  char *archive = "lib/weir.jsa";
  if (access(text("%s/%s", home(), archive), R_OK) == 0)
    add_word(&words, text("-XX:SharedArchiveFile=%s", archive));
  add_word(&words, text("-XX:ErrorFile=%s/data/log/crash.%%p.log", node->base));
  add_places(&words, node);
  add_word(&words, "-cp");
  add_word(&words, text("%s:%s", join_files(text("%s/lib/boot", home()), ".jar", "lib/boot/"),
                        join_files(text("%s/lib/jdk9plus", home()), ".jar", "lib/jdk9plus/")));
  add_word(&words, "org.apache.karaf.main.Main");

  if (chdir(home()) !=
      0) /* the class path is relative, so that a class archive fits wherever the distribution is */
    die("%s: %s", home(), strerror(errno));
  umask(077);
  settle_environment();
  become(&words);
}

int engine_hold(const struct node *node) {
  int fd;
  require_root("holder");
  pid_t engine = lock(node, &fd);
  if (engine <= 0)
    return say("engine %s does not run, and needs no holder", node->name);
  printf("%d\n", holder_again(node, engine));
  return DONE;
}

static void sleep_milliseconds(long milliseconds) {
  struct timespec pause = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
  nanosleep(&pause, NULL);
}

static long since_milliseconds(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
}

/* Becomes the engine, apart from our terminal and session; what it says goes to a file. */
static void run_apart(const struct node *node, const char *output) {
  setsid();
  int in = open("/dev/null", O_RDONLY);
  int out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (in < 0 || out < 0)
    die("%s: %s", output, strerror(errno));
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  close(in);
  close(out);
  setenv("WEIR_BACKGROUND", "1", 1);
  unsetenv("NOTIFY_SOCKET"); /* not ours: a service manager runs its engine in the foreground */
  engine_run(node);
}

/* Whether the engine of this name is that process, not another that ran already. */
static bool holds(const struct node *node, pid_t process) {
  char *holder = read_file(node->lock);
  bool same = holder && (pid_t)atol(holder) == process;
  free(holder);
  return same;
}

struct start {
  pid_t engine; /* our child */
  struct timespec begun;
  int seconds; /* at most */
};

/* Whether to go on waiting for an answer: a call may be in the queue of a socket that nobody will take over.
 */
static bool still_starts(const void *context) {
  const struct start *start = context;
  siginfo_t ended = {0};
  waitid(P_PID, (id_t)start->engine, &ended, WEXITED | WNOHANG | WNOWAIT);
  return ended.si_pid == 0 && since_milliseconds(&start->begun) < start->seconds * 1000L;
}

/* What the status of the engine that we started says: its exit code, or -1 while it does not answer. */
static int status_of(const struct node *node, const struct start *start, struct kept *output) {
  char *words[] = {"status"};
  if (!holds(node, start->engine))
    return -1;
  int fd = call_connect(node);
  if (fd < 0)
    return -1;
  int code = call_quietly(fd, 1, words, output, still_starts, start);
  close(fd);
  return code;
}

int engine_start(const struct node *node, int seconds) {
  require_root("start");
  char *output = text("%s/start.log", node->run);
  make_run_directory(node);
  bool progress = isatty(STDERR_FILENO);
  struct timespec begun;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  pid_t child = fork();
  if (child < 0)
    die("fork: %s", strerror(errno));
  if (child == 0)
    run_apart(node, output);

  struct start start = {.engine = child, .begun = begun, .seconds = seconds};
  struct kept status = {0};
  int code = -1;
  long asked = 0;
  for (long passed = 0; passed < seconds * 1000L; passed = since_milliseconds(&begun)) {
    if (waitpid(child, NULL, WNOHANG) == child) {
      char *said = read_file(output);
      fprintf(stderr, "%s%s", progress ? "\r\033[K" : "", said ? said : "");
      return say("engine %s has not started", node->name);
    }
    if (progress)
      fprintf(stderr, "\rengine %s: %s … %ld.%ld s ", node->name,
              code < 0 ? "starting" : "putting all in force", passed / 1000, passed % 1000 / 100);
    if (code < 0 || passed - asked >= STATUS_EVERY_MILLISECONDS) {
      asked = passed;
      free(status.bytes);
      code = status_of(node, &start, &status);
    }
    if (code == DONE)
      break;
    sleep_milliseconds(POLL_MILLISECONDS);
  }
  if (progress)
    fprintf(stderr, "\r\033[K");
  if (code == DONE) {
    long passed = since_milliseconds(&begun);
    printf("engine %s: all is in force, after %ld.%ld s\n", node->name, passed / 1000, passed % 1000 / 100);
    return DONE;
  }
  if (code < 0)
    return say(
        "engine %s runs, as process %d, but has not answered within %d s; look into %s/data/log/weir.log",
        node->name, child, seconds, node->base);
  fwrite(status.bytes, 1, status.length, stderr);
  return say("engine %s runs, as process %d, but after %d s not all is in force", node->name, child, seconds);
}

/* After a stop on purpose nobody waits for the next engine. We have the lock. */
static void refuse_callers(const struct node *node) {
  if (holder_end(node))
    unlink(node->socket);
}

int engine_stop(const struct node *node, int seconds) {
  require_root("stop");
  if (access(node->run, F_OK) != 0)
    return say("engine %s does not run: there is no %s", node->name, node->run);
  int fd;
  pid_t holder = lock(node, &fd);
  if (holder == 0) {
    refuse_callers(node);
    return say("engine %s does not run", node->name);
  }
  if (holder < 0)
    return say("engine %s is being started; try again", node->name);
  if (kill(holder, SIGTERM) != 0)
    return say("engine %s, process %d: %s", node->name, holder, strerror(errno));
  struct timespec begun;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  while (since_milliseconds(&begun) < seconds * 1000L) {
    if (lock(node, &fd) == 0) {
      refuse_callers(node);
      return DONE;
    }
    sleep_milliseconds(POLL_MILLISECONDS);
  }
  return say("engine %s, process %d, has not ended within %d s; end it with: kill -9 %d (traffic goes on as "
             "decided)",
             node->name, holder, seconds, holder);
}

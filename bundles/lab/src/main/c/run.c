/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weir-lab-run: where a process of the lab runs.
 *
 *   weir-lab-run pod CGROUP HOSTNAME RESOLV     makes a pod's namespaces (net, mount, hostname) and holds
 * them until it is killed; says "ready" when they are there weir-lab-run in PID CGROUP [-d LOG] -- CMD  runs
 * CMD in the namespaces that PID holds weir-lab-run net FILE CGROUP [-d LOG] -- CMD  runs CMD in the network
 * namespace bound to FILE
 *
 * The process joins CGROUP (a directory of cgroup2) first: whoever kills that cgroup afterwards has killed
 * it, at whatever point it was. With -d it leaves the caller's session and writes to LOG, and the process id
 * is told on standard output before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* As a shell has it: the command is there but cannot be run; the command is not there. */
enum {
  EXIT_USAGE = 2,
  EXIT_REFUSED = 125,
  EXIT_NOT_RUN = 126,
  EXIT_NOT_FOUND = 127
};

static void fail(const char *format, ...) {
  int why = errno;
  va_list arguments;
  va_start(arguments, format);
  fputs("weir-lab-run: ", stderr);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, ": %s\n", strerror(why));
  exit(EXIT_REFUSED);
}

static void usage(void) {
  fputs("usage: weir-lab-run pod CGROUP HOSTNAME RESOLV | in PID CGROUP [-d LOG] -- CMD… | "
        "net FILE CGROUP [-d LOG] -- CMD…\n",
        stderr);
  exit(EXIT_USAGE);
}

static void join_cgroup(const char *cgroup) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "0", 1) != 1)
    fail("cannot join the cgroup %s", cgroup);
  close(fd);
}

static int open_namespace(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    fail("cannot open the namespace %s", path);
  return fd;
}

static void enter(int fd, int kind, const char *path) {
  if (setns(fd, kind) != 0)
    fail("cannot enter the namespace %s", path);
  close(fd);
}

static void loopback_up(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0)
    fail("cannot set lo up");
  close(fd);
}

/*
 * A copy of the mount table would keep alive every network namespace that is bound to a file, also after it
 * has been removed outside: the copy lets go of them.
 */
static void forget_bound_namespaces(void) {
  char line[2 * PATH_MAX];
  char target[PATH_MAX];
  FILE *mounts = fopen("/proc/self/mounts", "re");
  if (mounts == NULL)
    fail("cannot read /proc/self/mounts");
  while (fgets(line, sizeof line, mounts) != NULL) {
    char type[64];
    if (sscanf(line, "%*s %4095s %63s", target, type) == 2 && strcmp(type, "nsfs") == 0)
      umount2(target, MNT_DETACH);
  }
  fclose(mounts);
}

static void pod(const char *cgroup, const char *hostname, const char *resolv) {
  setsid();
  join_cgroup(cgroup);
  if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS) != 0)
    fail("cannot make namespaces");
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    fail("cannot make the mounts private");
  forget_bound_namespaces();
  if (access("/etc/resolv.conf", F_OK) == 0 && mount(resolv, "/etc/resolv.conf", NULL, MS_BIND, NULL) != 0)
    fail("cannot put %s over /etc/resolv.conf", resolv);
  if (sethostname(hostname, strlen(hostname)) != 0)
    fail("cannot set the host name %s", hostname);
  loopback_up();
  if (write(STDOUT_FILENO, "ready\n", 6) != 6)
    exit(EXIT_REFUSED);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++)
    dup2(null, fd);
  for (;;)
    pause();
}

static void become(char **command) {
  execvp(command[0], command);
  int why = errno;
  fprintf(stderr, "weir-lab-run: cannot run %s: %s\n", command[0], strerror(why));
  exit(why == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN);
}

static int open_log(const char *path) {
  int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0)
    fail("cannot open the log %s", path);
  return log;
}

/* The last act before the command: whoever reads the process id finds it where it is to run. */
static void detach(int log) {
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0)
    fail("cannot open /dev/null");
  setsid();
  printf("%d\n", (int)getpid());
  fflush(stdout);
  dup2(null, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
}

static void enter_pod(const char *pid) {
  static const struct {
    const char *name;
    int kind;
  } kinds[] = {{"net", CLONE_NEWNET}, {"uts", CLONE_NEWUTS}, {"mnt", CLONE_NEWNS}};
  char paths[3][64];
  int fds[3];
  for (int i = 0; i < 3; i++) {
    snprintf(paths[i], sizeof paths[i], "/proc/%s/ns/%s", pid, kinds[i].name);
    fds[i] = open_namespace(paths[i]);
  }
  char *directory = getcwd(NULL, 0);
  for (int i = 0; i < 3; i++)
    enter(fds[i], kinds[i].kind, paths[i]);
  /* Entering a mount namespace leads to its root. */
  if (directory != NULL && chdir(directory) != 0 && chdir("/") != 0)
    fail("cannot change to /");
  free(directory);
}

int main(int count, char **words) {
  if (count == 5 && strcmp(words[1], "pod") == 0)
    pod(words[2], words[3], words[4]);
  int at = 4;
  int log = -1;
  if (count > 6 && strcmp(words[at], "-d") == 0) {
    log = open_log(words[at + 1]);
    at += 2;
  }
  if (count < at + 2 || strcmp(words[at], "--") != 0)
    usage();
  join_cgroup(words[3]);
  if (strcmp(words[1], "in") == 0)
    enter_pod(words[2]);
  else if (strcmp(words[1], "net") == 0)
    enter(open_namespace(words[2]), CLONE_NEWNET, words[2]);
  else
    usage();
  if (log >= 0)
    detach(log);
  become(words + at + 1);
}

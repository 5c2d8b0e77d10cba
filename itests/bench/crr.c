// SPDX-License-Identifier: Apache-2.0
// Connect, one byte there, one byte back, close: what netperf calls TCP_CRR.
//
//   crr server PORT CPU            answers on both families until it is killed
//   crr client ADDRESS PORT CPU MS runs for MS milliseconds, prints the number of round trips and of failures
//   crr rr ADDRESS PORT CPU MS     the same over one connection: netperf's TCP_RR
//   crr stream ADDRESS PORT CPU MS sends on one connection, prints KiB and failures: netperf's TCP_STREAM
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
  fprintf(stderr, "crr: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void pin(const char *cpu) {
  cpu_set_t set;

  CPU_ZERO(&set);
  CPU_SET(atoi(cpu), &set);
  if (sched_setaffinity(0, sizeof(set), &set))
    die("sched_setaffinity");
}

static double now_ms(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* Ends a round trip over a connection that goes on. */
#define MORE 'm'
/* What follows is not answered. */
#define SINK 's'

static char block[1 << 16];

static void serve(const char *port) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(atoi(port))};
  int on = 1, listener = socket(AF_INET6, SOCK_STREAM, 0);

  if (listener < 0)
    die("socket");
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(listener, (struct sockaddr *)&any, sizeof(any)) || listen(listener, 1024))
    die("bind");
  for (;;) {
    char byte;
    int s = accept(listener, NULL, NULL);

    if (s < 0)
      continue;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    while (read(s, &byte, 1) == 1) {
      if (byte == SINK) {
        while (read(s, block, sizeof(block)) > 0)
          ;
        break;
      }
      if (write(s, &byte, 1) != 1)
        perror("crr: write");
      if (byte != MORE)
        break;
    }
    close(s);
  }
}

/* A reset at the end keeps ports from waiting in TIME_WAIT, on both sides of every comparison alike. */
static int round_trip(const struct sockaddr_in6 *to) {
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  struct timeval wait = {.tv_sec = 2};
  char byte = 'x';
  int good, s = socket(AF_INET6, SOCK_STREAM, 0);

  if (s < 0)
    die("socket");
  setsockopt(s, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
  good = !connect(s, (const struct sockaddr *)to, sizeof(*to)) && write(s, &byte, 1) == 1 &&
         read(s, &byte, 1) == 1;
  close(s);
  return good;
}

/* Round trips over one connection until `end`. */
static long round_trips(const struct sockaddr_in6 *to, double end) {
  struct timeval wait = {.tv_sec = 2};
  char byte = MORE;
  long done = 0;
  int on = 1, s = socket(AF_INET6, SOCK_STREAM, 0);

  if (s < 0)
    die("socket");
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  if (!connect(s, (const struct sockaddr *)to, sizeof(*to)))
    while (now_ms() < end && write(s, &byte, 1) == 1 && read(s, &byte, 1) == 1)
      done++;
  close(s);
  return done;
}

/* KiB sent over one connection until `end`. */
static long stream(const struct sockaddr_in6 *to, double end) {
  struct timeval wait = {.tv_sec = 2};
  char byte = SINK;
  long long sent = 0;
  int s = socket(AF_INET6, SOCK_STREAM, 0);

  if (s < 0)
    die("socket");
  setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
  if (!connect(s, (const struct sockaddr *)to, sizeof(*to)) && write(s, &byte, 1) == 1)
    while (now_ms() < end) {
      ssize_t n = write(s, block, sizeof(block));
      if (n <= 0)
        break;
      sent += n;
    }
  close(s);
  return sent >> 10;
}

int main(int argc, char **argv) {
  if (argc == 4 && !strcmp(argv[1], "server")) {
    pin(argv[3]);
    serve(argv[2]);
  }
  if (argc == 6 && (!strcmp(argv[1], "client") || !strcmp(argv[1], "rr") || !strcmp(argv[1], "stream"))) {
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(atoi(argv[3]))};
    char mapped[64];
    long done = 0, failed = 0;
    double end;

    pin(argv[4]);
    snprintf(mapped, sizeof(mapped), "%s%s", strchr(argv[2], ':') ? "" : "::ffff:", argv[2]);
    if (inet_pton(AF_INET6, mapped, &to.sin6_addr) != 1)
      die(argv[2]);
    end = now_ms() + atof(argv[5]);
    if (strcmp(argv[1], "client")) {
      done = strcmp(argv[1], "rr") ? stream(&to, end) : round_trips(&to, end);
      failed = now_ms() < end; /* it broke off */
    }
    while (now_ms() < end)
      *(round_trip(&to) ? &done : &failed) += 1;
    printf("%ld %ld\n", done, failed);
    return 0;
  }
  fprintf(stderr, "usage: crr server PORT CPU | crr client|rr|stream ADDRESS PORT CPU MS\n");
  return 2;
}

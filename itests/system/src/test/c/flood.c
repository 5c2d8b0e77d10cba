// SPDX-License-Identifier: Apache-2.0
// New flows, as many a second as it is told to, each of one datagram from and to ports that no other has.
//
//   flood ADDRESS RATE SECONDS   prints the number of flows and the milliseconds that they took
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Destination ports; each source port has as many flows. */
#define FIRST_PORT 1024
#define LAST_PORT  65535

static void die(const char *what) {
  fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now_ms(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int fresh_socket(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);

  if (s < 0)
    die("socket");
  return s;
}

int main(int argc, char **argv) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  long sent = 0, most;
  double begin, passed, rate;
  int s;

  if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
    fprintf(stderr, "usage: flood ADDRESS RATE SECONDS\n");
    return 2;
  }
  rate = atof(argv[2]);
  most = (long)(rate * atof(argv[3]));
  s = fresh_socket();
  begin = now_ms();
  for (int port = FIRST_PORT; sent < most; sent++) {
    while ((passed = now_ms() - begin) < sent * 1e3 / rate)
      usleep(500);
    to.sin_port = htons(port);
    if (sendto(s, "f", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1)
      die("sendto");
    if (port++ == LAST_PORT) {
      close(s);
      s = fresh_socket();
      port = FIRST_PORT;
    }
  }
  printf("%ld %.0f\n", sent, now_ms() - begin);
  return 0;
}

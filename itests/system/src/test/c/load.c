// SPDX-License-Identifier: Apache-2.0
// The load under which bundles are swapped and engines killed.
//
//   load serve PORT                   says "ready"; on each connection a byte is given back and the
//   connection ended,
//                                     but one that begins with 's' is only read; datagrams are given back
//   load run SERVER SERVICE PORT      a stream to SERVER, 200 connections and 500 datagrams a second to
//   SERVICE, from when it
//                                     says "begun"; for each line of its input it says what came of it since
//                                     it began; after the last line of all it waits for the datagrams that
//                                     are under way, says it again, and ends:
//
//   stream KiB retransmits lost broken connects made failed slow errno datagrams sent answered
//   connections' retransmits
//
// Lost is what the stream's sender has sent and its receiver has not seen, in segments, as both kernels count
// them; it is told at the end. What is retransmitted because the machine was slow is seen twice, and not
// lost.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTS_PER_SECOND  200
#define DATAGRAMS_PER_SECOND 500
/* A stream that fills what there is of CPU would be a test of the scheduler. */
#define STREAM_PER_SECOND 500
#define STREAM_BYTES      (16 << 10)
#define WORKERS           4
/* Longer than this a connection takes only where its first packet was lost, or its answer. */
#define SLOW_MS 900
#define STREAM  's'
/* The last byte of a stream: asks how many segments have been seen. */
#define ASK 'q'

static struct sockaddr_in server, service;
static atomic_int over;
static atomic_long stream_bytes, stream_broken, stream_lost, made, failed, slow, first_errno, sent, answered,
    connect_retransmits;
static int stream_fd = -1;

static void die(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now_ms(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* Sleeps until the time of the next of `per_second`. What a slow machine has missed is made up for. */
static void pace(double *next, double per_second) {
  double wait = (*next += 1000 / per_second) - now_ms();

  if (wait > 0)
    usleep(wait * 1000);
}

static int open_to(const struct sockaddr_in *to, int type) {
  struct timeval limit = {.tv_sec = 10};
  int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

  if (fd < 0)
    die("socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (type == SOCK_STREAM && connect(fd, (const struct sockaddr *)to, sizeof(*to))) {
    close(fd);
    return -1;
  }
  return fd;
}

static struct tcp_info info_of(int fd) {
  struct tcp_info info = {0};
  socklen_t size = sizeof(info);

  getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
  return info;
}

static void *stream(void *unused) {
  static char block[STREAM_BYTES] = {STREAM};
  double next = now_ms();

  while (!over) {
    ssize_t count = send(stream_fd, block, sizeof(block), MSG_NOSIGNAL);
    if (count != sizeof(block)) {
      stream_broken = count < 0 ? errno : EAGAIN;
      return unused;
    }
    stream_bytes += count;
    pace(&next, STREAM_PER_SECOND);
  }
  return unused;
}

static void connect_once(void) {
  struct linger reset = {.l_onoff = 1};
  double begin = now_ms();
  char byte = 'x';
  int fd = open_to(&service, SOCK_STREAM);

  if (fd >= 0 && send(fd, &byte, 1, MSG_NOSIGNAL) == 1 && recv(fd, &byte, 1, 0) == 1) {
    made++;
    connect_retransmits += info_of(fd).tcpi_total_retrans;
    if (now_ms() - begin > SLOW_MS)
      slow++;
  } else {
    long none = 0;
    atomic_compare_exchange_strong(&first_errno, &none, errno ? errno : ECONNRESET);
    failed++;
  }
  if (fd >= 0) {
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)); /* ports do not wait in TIME_WAIT */
    close(fd);
  }
}

static void *connects(void *unused) {
  double next = now_ms();

  while (!over) {
    connect_once();
    pace(&next, (double)CONNECTS_PER_SECOND / WORKERS);
  }
  return unused;
}

/* Unconnected, so that each is translated by itself. */
static void *send_datagrams(void *socket) {
  int fd = *(int *)socket;
  double next = now_ms();

  while (!over) {
    long number = sent;
    if (sendto(fd, &number, sizeof(number), 0, (struct sockaddr *)&service, sizeof(service)) < 0) {
      long none = 0;
      atomic_compare_exchange_strong(&first_errno, &none, errno);
    }
    sent++; /* one that is refused is lost, too */
    pace(&next, DATAGRAMS_PER_SECOND);
  }
  return NULL;
}

static void *receive_datagrams(void *socket) {
  long number;

  for (;;)
    if (recv(*(int *)socket, &number, sizeof(number), 0) == sizeof(number))
      answered++;
  return NULL;
}

/* What is sent is counted before the question, which is a segment more. */
static long lost_of_stream(void) {
  struct tcp_info info = info_of(stream_fd);
  double end = now_ms() + 10000;
  char ask = ASK;
  unsigned int seen;

  while ((info.tcpi_unacked || info.tcpi_notsent_bytes) && now_ms() < end) {
    usleep(1000);
    info = info_of(stream_fd);
  }
  if (send(stream_fd, &ask, 1, MSG_NOSIGNAL) != 1 ||
      recv(stream_fd, &seen, sizeof(seen), MSG_WAITALL) != sizeof(seen)) {
    stream_broken = errno ? errno : ECONNRESET;
    return 0;
  }
  return info.tcpi_segs_out + 1 > seen ? info.tcpi_segs_out + 1 - seen : 0;
}

static void tell(void) {
  struct tcp_info info = info_of(stream_fd);

  printf("%ld %u %ld %ld %ld %ld %ld %ld %ld %ld %ld\n", stream_bytes >> 10, info.tcpi_total_retrans,
         stream_lost, stream_broken, made, failed, slow, first_errno, sent, answered, connect_retransmits);
  fflush(stdout);
}

/*
 * A port that no datagrams have come from for an hour: those of a port that comes round again are no new
 * flow, and flows are counted.
 */
static int open_datagrams(void) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(2000 + (long)(now_ms() / 100) % 60000)};
  int fd = open_to(&service, SOCK_DGRAM), room = 1 << 20;

  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
  if (bind(fd, (struct sockaddr *)&own, sizeof(own)))
    die("bind");
  return fd;
}

static int run(void) {
  pthread_t threads[WORKERS + 3];
  int count = 0, datagrams = open_datagrams();
  char line[16];
  double end;

  stream_fd = open_to(&server, SOCK_STREAM);
  if (stream_fd < 0)
    die("connect");
  pthread_create(&threads[count++], NULL, stream, NULL);
  for (int i = 0; i < WORKERS; i++)
    pthread_create(&threads[count++], NULL, connects, NULL);
  pthread_create(&threads[count++], NULL, send_datagrams, &datagrams);
  pthread_create(&threads[count], NULL, receive_datagrams, &datagrams);
  puts("begun");
  fflush(stdout);
  while (fgets(line, sizeof(line), stdin))
    tell();
  over = 1;
  for (int i = 0; i < count; i++)
    pthread_join(threads[i], NULL);
  for (end = now_ms() + 5000; answered < sent && now_ms() < end;)
    usleep(1000);
  if (!stream_broken)
    stream_lost = lost_of_stream();
  tell();
  return 0;
}

static void give_back(int fd) {
  struct sockaddr_storage from;
  socklen_t size = sizeof(from);
  char buffer[64];
  ssize_t count;

  while ((count = recvfrom(fd, buffer, sizeof(buffer), MSG_DONTWAIT, (struct sockaddr *)&from, &size)) >= 0)
    if (sendto(fd, buffer, count, 0, (struct sockaddr *)&from, size) != count)
      perror("load: sendto");
}

static void serve(const char *port) {
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  int listener = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
  int all = epoll_create1(0), one = 1, room = 1 << 20;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  static char buffer[256 << 10];

  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  setsockopt(datagrams, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
  if (bind(listener, (struct sockaddr *)&any, sizeof(any)) ||
      bind(datagrams, (struct sockaddr *)&any, sizeof(any)) || listen(listener, 4096))
    die("listen");
  epoll_ctl(all, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = datagrams;
  epoll_ctl(all, EPOLL_CTL_ADD, datagrams, &event);
  puts("ready");
  fflush(stdout);
  for (;;) {
    ssize_t count;

    if (epoll_wait(all, &event, 1, -1) != 1)
      continue;
    if (event.data.fd == datagrams) {
      give_back(datagrams);
    } else if (event.data.fd == listener) {
      event.data.fd = accept(listener, NULL, NULL);
      if (event.data.fd >= 0)
        epoll_ctl(all, EPOLL_CTL_ADD, event.data.fd, &event);
    } else {
      count = recv(event.data.fd, buffer, sizeof(buffer), 0);
      if (count > 0 && buffer[count - 1] == ASK)
        send(event.data.fd, &(unsigned int){info_of(event.data.fd).tcpi_segs_in}, sizeof(unsigned int),
             MSG_NOSIGNAL);
      else if (count == 1 && buffer[0] != STREAM)
        send(event.data.fd, buffer, 1, MSG_NOSIGNAL); /* the asker ends it, by a reset */
      else if (count <= 0)
        close(event.data.fd);
    }
  }
}

static struct sockaddr_in address(const char *text, const char *port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};

  if (inet_pton(AF_INET, text, &to.sin_addr) != 1)
    die(text);
  return to;
}

int main(int count, char **words) {
  if (count == 3 && !strcmp(words[1], "serve"))
    serve(words[2]);
  if (count == 5 && !strcmp(words[1], "run")) {
    server = address(words[2], words[4]);
    service = address(words[3], words[4]);
    return run();
  }
  fprintf(stderr, "usage: load serve PORT | load run SERVER SERVICE PORT\n");
  return 2;
}

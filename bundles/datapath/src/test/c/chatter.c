/*
 * Many TCP connections for a test of tables.
 *
 *   chatter serve ADDRESS PORT            says "ready", then echoes what comes on any connection
 *   chatter talk ADDRESS PORT COUNT       opens COUNT connections, says "open COUNT"; for each line of its
 *                                         input a number goes over every one and back: "ok COUNT", or
 *                                         "broken NUMBER errno N"
 *   chatter trips ADDRESS PORT MILLIS     trips on one connection: "COUNT P50 P99", in ns
 *   chatter flood FROM ADDRESS PORT COUNT sends as many SYNs from as many ports and goes on from the first
 *                                         again; says "sent" after each COUNT, until its input ends
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

union any {
  struct sockaddr plain;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
};

static socklen_t parse(union any *to, const char *address, const char *port) {
  memset(to, 0, sizeof(*to));
  if (inet_pton(AF_INET, address, &to->four.sin_addr) == 1) {
    to->four.sin_family = AF_INET;
    to->four.sin_port = htons(atoi(port));
    return sizeof(to->four);
  }
  if (inet_pton(AF_INET6, address, &to->six.sin6_addr) != 1)
    exit(2);
  to->six.sin6_family = AF_INET6;
  to->six.sin6_port = htons(atoi(port));
  return sizeof(to->six);
}

static void say(const char *text) {
  puts(text);
  fflush(stdout);
}

static int serve(const char *address, const char *port) {
  union any at;
  socklen_t size = parse(&at, address, port);
  int one = 1, listener = socket(at.plain.sa_family, SOCK_STREAM, 0), all = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (bind(listener, &at.plain, size) || listen(listener, 1024))
    return 3;
  epoll_ctl(all, EPOLL_CTL_ADD, listener, &event);
  say("ready");
  for (;;) {
    char buffer[4096];
    ssize_t got;
    if (epoll_wait(all, &event, 1, -1) != 1)
      continue;
    if (event.data.fd == listener) {
      event.data.fd = accept(listener, NULL, NULL);
      setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
      epoll_ctl(all, EPOLL_CTL_ADD, event.data.fd, &event);
      continue;
    }
    got = read(event.data.fd, buffer, sizeof(buffer));
    if (got <= 0 || write(event.data.fd, buffer, got) != got)
      close(event.data.fd);
  }
}

static int open_one(const char *address, const char *port) {
  struct timeval limit = {.tv_sec = 20};
  union any to;
  socklen_t size = parse(&to, address, port);
  int one = 1, fd = socket(to.plain.sa_family, SOCK_STREAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  if (connect(fd, &to.plain, size)) {
    printf("errno %d\n", errno);
    exit(1);
  }
  return fd;
}

static int receive(int fd, unsigned expected) {
  unsigned got;
  if (recv(fd, &got, sizeof(got), MSG_WAITALL) == sizeof(got))
    return got == expected ? 0 : -1;
  return errno ? errno : -1;
}

static int talk(const char *address, const char *port, int count) {
  int *fds = calloc(count, sizeof(int));
  char line[16];
  for (int i = 0; i < count; i++)
    fds[i] = open_one(address, port);
  printf("open %d\n", count);
  fflush(stdout);
  for (unsigned round = 1; fgets(line, sizeof(line), stdin); round++) {
    int error = 0, broken = 0;
    for (int i = 0; i < count; i++)
      if (send(fds[i], &round, sizeof(round), MSG_NOSIGNAL) != sizeof(round))
        error = errno, broken = i;
    for (int i = 0; i < count && !error; i++)
      if ((error = receive(fds[i], round)))
        broken = i;
    if (error)
      printf("broken %d errno %d\n", broken, error);
    else
      printf("ok %d\n", count);
    fflush(stdout);
  }
  return 0;
}

static long nanos(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

static int by_size(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return (x > y) - (x < y);
}

#define MOST_TRIPS 2000000

static int trips(const char *address, const char *port, long millis) {
  long *took = malloc(MOST_TRIPS * sizeof(long)), end = nanos() + millis * 1000000, begin;
  int fd = open_one(address, port);
  unsigned count = 0;
  while ((begin = nanos()) < end && count < MOST_TRIPS) {
    if (send(fd, &count, sizeof(count), MSG_NOSIGNAL) != sizeof(count) || receive(fd, count))
      return 1;
    took[count++] = nanos() - begin;
  }
  qsort(took, count, sizeof(long), by_size);
  printf("%u %ld %ld\n", count, took[count / 2], took[count / 100 * 99]);
  return 0;
}

static unsigned add_up(const void *data, int bytes, unsigned sum) {
  const unsigned char *at = data;
  for (int i = 0; i < bytes; i += 2)
    sum += at[i] << 8 | at[i + 1];
  return sum;
}

/* Of IPv4, from an address of this namespace: who answers is refused by the kernel, which knows nothing of
 * it. */
static int flood(const char *from, const char *address, const char *port, int count) {
  int fd = socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
  struct pollfd input = {.fd = 0, .events = POLLIN};
  union any source, to;
  if (fd < 0)
    return 3;
  parse(&source, from, "0");
  parse(&to, address, port);
  if (bind(fd, &source.plain, sizeof(source.four)) || connect(fd, &to.plain, sizeof(to.four)))
    return 4;
  for (;;) {
    for (int i = 0; i < count; i++) {
      struct tcphdr tcp = {.source = htons(1024 + i % 64000),
                           .dest = to.four.sin_port,
                           .seq = i,
                           .doff = 5,
                           .syn = 1,
                           .window = 1000};
      unsigned sum = add_up(&source.four.sin_addr, 4, 0);
      sum = add_up(&to.four.sin_addr, 4, sum) + IPPROTO_TCP + sizeof(tcp);
      sum = add_up(&tcp, sizeof(tcp), sum);
      sum = (sum & 0xffff) + (sum >> 16);
      tcp.check = htons(~(sum + (sum >> 16)) & 0xffff);
      if (send(fd, &tcp, sizeof(tcp), 0) < 0 && errno != ENOBUFS && errno != EPERM)
        return 5;
    }
    say("sent");
    if (poll(&input, 1, 0) == 1)
      return 0;
  }
}

int main(int count, char **words) {
  struct rlimit files = {8192, 8192};
  setrlimit(RLIMIT_NOFILE, &files);
  if (count == 4 && !strcmp(words[1], "serve"))
    return serve(words[2], words[3]);
  if (count == 5 && !strcmp(words[1], "talk"))
    return talk(words[2], words[3], atoi(words[4]));
  if (count == 5 && !strcmp(words[1], "trips"))
    return trips(words[2], words[3], atol(words[4]));
  if (count == 6 && !strcmp(words[1], "flood"))
    return flood(words[2], words[3], words[4], atoi(words[5]));
  return 2;
}

/*
 * One socket for a test of services at the socket.
 *
 *   talk serve tcp|udp ADDRESS PORT NAME       says "ready", then answers whoever asks by NAME
 *   talk tcp|udp|datagram ADDRESS PORT [COUNT] asks, COUNT times: udp connects its socket, datagram does not
 *
 * A client prints for each asking "errno N", or "NAME from ADDRESS PORT peer ADDRESS PORT": who answered,
 * whom recvmsg() named (UDP), and whom getpeername() named (- where the socket is not connected). With "six"
 * in front of the kind an IPv4 address is used through an IPv6 socket.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

union any {
  struct sockaddr plain;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
};

static socklen_t parse(union any *to, const char *address, const char *port, int mapped) {
  char text[80];
  memset(to, 0, sizeof(*to));
  if (!mapped && inet_pton(AF_INET, address, &to->four.sin_addr) == 1) {
    to->four.sin_family = AF_INET;
    to->four.sin_port = htons(atoi(port));
    return sizeof(to->four);
  }
  snprintf(text, sizeof(text), "%s%s", mapped ? "::ffff:" : "", address);
  if (inet_pton(AF_INET6, text, &to->six.sin6_addr) != 1)
    exit(2);
  to->six.sin6_family = AF_INET6;
  to->six.sin6_port = htons(atoi(port));
  return sizeof(to->six);
}

static void print(const char *what, const union any *who) {
  char text[80] = "?";
  int port = 0;
  if (who->plain.sa_family == AF_INET) {
    inet_ntop(AF_INET, &who->four.sin_addr, text, sizeof(text));
    port = ntohs(who->four.sin_port);
  } else if (who->plain.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &who->six.sin6_addr, text, sizeof(text));
    port = ntohs(who->six.sin6_port);
  }
  printf(" %s %s %d", what, text, port);
}

static int serve(int kind, const char *address, const char *port, const char *name) {
  union any at;
  socklen_t size = parse(&at, address, port, 0);
  int one = 1, fd = socket(at.plain.sa_family, kind, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (bind(fd, &at.plain, size) || (kind == SOCK_STREAM && listen(fd, 16)))
    return 3;
  puts("ready");
  fflush(stdout);
  for (;;) {
    char buffer[64];
    union any from;
    socklen_t from_size = sizeof(from);
    if (kind == SOCK_STREAM) {
      int client = accept(fd, NULL, NULL);
      if (write(client, name, strlen(name)) < 0)
        return 4;
      close(client);
    } else if (recvfrom(fd, buffer, sizeof(buffer), 0, &from.plain, &from_size) >= 0) {
      sendto(fd, name, strlen(name), 0, &from.plain, from_size);
    }
  }
}

static int refused(void) {
  printf("errno %d\n", errno);
  return 0;
}

static int ask(int fd, int kind, int connected, const union any *to, socklen_t size) {
  char buffer[64] = "";
  union any from = {}, peer = {};
  socklen_t from_size = sizeof(from), peer_size = sizeof(peer);
  ssize_t got;

  if (kind == SOCK_DGRAM) {
    got = connected ? send(fd, "?", 1, 0) : sendto(fd, "?", 1, 0, &to->plain, size);
    if (got < 0)
      return refused();
    got = recvfrom(fd, buffer, sizeof(buffer) - 1, 0, &from.plain, &from_size);
  } else {
    got = recv(fd, buffer, sizeof(buffer) - 1, 0);
  }
  if (got < 0)
    return refused();
  printf("%s", buffer);
  if (kind == SOCK_DGRAM)
    print("from", &from);
  if (connected && !getpeername(fd, &peer.plain, &peer_size))
    print("peer", &peer);
  puts("");
  return 0;
}

int main(int count, char **words) {
  struct timeval limit = {.tv_sec = 5};
  int mapped = 0, kind, connected, fd, times;
  union any to;
  socklen_t size;

  if (count > 2 && !strcmp(words[1], "serve"))
    return serve(strcmp(words[2], "tcp") ? SOCK_DGRAM : SOCK_STREAM, words[3], words[4], words[5]);
  if (count > 2 && !strcmp(words[1], "six")) {
    mapped = 1;
    words++;
    count--;
  }
  kind = strcmp(words[1], "tcp") ? SOCK_DGRAM : SOCK_STREAM;
  connected = strcmp(words[1], "datagram") != 0;
  times = count > 4 ? atoi(words[4]) : 1;
  size = parse(&to, words[2], words[3], mapped);
  fd = socket(to.plain.sa_family, kind, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (connected && connect(fd, &to.plain, size))
    return refused();
  for (int i = 0; i < times; i++) {
    ask(fd, kind, connected, &to, size);
    fflush(stdout);
    if (i + 1 < times && getchar() == EOF) /* a line says: once more */
      break;
  }
  return 0;
}

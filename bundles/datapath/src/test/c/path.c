/*
 * Packets as large as a test likes, over real sockets.
 *
 *   path serve ADDRESS PORT                 says "ready"; sends each datagram back, and of each TCP
 *                                           connection, when it ends, how many bytes came and their sum
 *   path datagram ADDRESS PORT SIZE whole   sends SIZE bytes that may not be fragmented, connected
 *   path datagram ADDRESS PORT SIZE parts   that may
 *   path stream ADDRESS PORT SIZE           sends SIZE bytes by TCP and then ends
 *   path send ADDRESS PORT SIZE             sends a datagram of SIZE bytes, and waits for no answer
 *   path frame DEVICE HEX...                sends frames as they are, in order
 *
 * A client prints "SIZE" where all came back, or was counted, as it was; else "errno N", with "mtu M" behind
 * it where the network told one.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define LARGEST (1 << 16)

static uint8_t buffer[LARGEST], back[LARGEST];

static socklen_t parse(struct sockaddr_storage *to, const char *address, const char *port) {
  struct sockaddr_in *four = (void *)to;
  struct sockaddr_in6 *six = (void *)to;
  memset(to, 0, sizeof(*to));
  if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(atoi(port));
    return sizeof(*four);
  }
  if (inet_pton(AF_INET6, address, &six->sin6_addr) != 1)
    exit(2);
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(atoi(port));
  return sizeof(*six);
}

static int bound(int kind, const struct sockaddr_storage *at, socklen_t size) {
  int one = 1, fd = socket(at->ss_family, kind, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (bind(fd, (const void *)at, size) || (kind == SOCK_STREAM && listen(fd, 16)))
    exit(3);
  return fd;
}

static void count(int fd) {
  uint64_t answer[2] = {};
  ssize_t got;
  while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
    for (ssize_t i = 0; i < got; i++)
      answer[1] += buffer[i];
    answer[0] += got;
  }
  if (write(fd, answer, sizeof(answer)) != sizeof(answer))
    fprintf(stderr, "no answer: %d\n", errno);
  close(fd);
}

static void serve(const struct sockaddr_storage *at, socklen_t size) {
  struct pollfd both[2] = {{.fd = bound(SOCK_DGRAM, at, size), .events = POLLIN},
                           {.fd = bound(SOCK_STREAM, at, size), .events = POLLIN}};
  puts("ready");
  fflush(stdout);
  while (poll(both, 2, -1) > 0) {
    struct sockaddr_storage from;
    socklen_t from_size = sizeof(from);
    if (both[0].revents) {
      ssize_t got = recvfrom(both[0].fd, buffer, sizeof(buffer), 0, (void *)&from, &from_size);
      if (got >= 0)
        sendto(both[0].fd, buffer, got, 0, (void *)&from, from_size);
    }
    if (both[1].revents)
      count(accept(both[1].fd, NULL, NULL));
  }
}

static int failed(int fd, int family) {
  int error = errno, mtu = 0;
  socklen_t size = sizeof(mtu);
  if (family == AF_INET)
    getsockopt(fd, IPPROTO_IP, IP_MTU, &mtu, &size);
  else
    getsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &mtu, &size);
  printf("errno %d mtu %d\n", error, mtu);
  return 0;
}

static int datagram(int fd, int family, int size, int whole) {
  int discover = whole ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
  ssize_t got;
  if (family == AF_INET)
    setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof(discover));
  else
    setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &discover, sizeof(discover));
  for (int i = 0; i < size; i++)
    buffer[i] = i * 31;
  if (send(fd, buffer, size, 0) != size)
    return failed(fd, family);
  got = recv(fd, back, sizeof(back), 0);
  if (got < 0)
    return failed(fd, family);
  printf("%zd%s\n", got, memcmp(buffer, back, got) ? " of something else" : "");
  return 0;
}

static int stream(int fd, int family, long size) {
  uint64_t answer[2] = {}, sum = 0;
  long left = size;
  for (int i = 0; i < LARGEST; i++)
    buffer[i] = i * 31;
  while (left > 0) {
    ssize_t sent = write(fd, buffer, left < LARGEST ? left : LARGEST);
    if (sent < 0)
      return failed(fd, family);
    for (ssize_t i = 0; i < sent; i++)
      sum += buffer[i];
    left -= sent;
  }
  shutdown(fd, SHUT_WR);
  if (recv(fd, answer, sizeof(answer), MSG_WAITALL) != sizeof(answer))
    return failed(fd, family);
  printf("%llu%s\n", (unsigned long long)answer[0], answer[1] == sum ? "" : " of something else");
  return 0;
}

static int frames(const char *device, int count, char **hex) {
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(device)};
  int fd = socket(AF_PACKET, SOCK_RAW, 0);
  for (int i = 0; i < count; i++) {
    size_t size = strlen(hex[i]) / 2;
    for (size_t at = 0; at < size && at < LARGEST; at++)
      sscanf(hex[i] + 2 * at, "%2hhx", &buffer[at]);
    if (sendto(fd, buffer, size, 0, (void *)&to, sizeof(to)) != (ssize_t)size)
      return failed(fd, AF_INET);
  }
  printf("%d\n", count);
  return 0;
}

int main(int words, char **word) {
  struct timeval limit = {.tv_sec = 10};
  struct sockaddr_storage to;
  socklen_t size;
  int fd, udp;

  if (words < 4)
    return 2;
  if (!strcmp(word[1], "frame"))
    return frames(word[2], words - 3, word + 3);
  size = parse(&to, word[2], word[3]);
  if (!strcmp(word[1], "serve")) {
    serve(&to, size);
    return 1;
  }
  udp = strcmp(word[1], "stream") != 0;
  fd = socket(to.ss_family, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (connect(fd, (void *)&to, size))
    return failed(fd, to.ss_family);
  if (!strcmp(word[1], "send")) {
    printf("%zd\n", send(fd, buffer, atoi(word[4]), 0));
    return 0;
  }
  return udp ? datagram(fd, to.ss_family, atoi(word[4]), !strcmp(word[5], "whole"))
             : stream(fd, to.ss_family, atol(word[4]));
}

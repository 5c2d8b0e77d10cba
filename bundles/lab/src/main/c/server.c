/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weir-lab-server: what answers in the lab's pods, in one small process.
 *
 *   weir-lab-server starwars PORT   the death star's HTTP interface
 *   weir-lab-server echo PORT       HTTP: who asked whom for what, as JSON; UDP: the datagram, sent back
 *
 * HTTP/1.1 with keep-alive: as much of it as curl, wrk and a browser use. A request's body is skipped by its
 * Content-Length. Both families, one socket each kind.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  REQUEST_MOST = 8192, /* bytes of a request's head; more ends the connection */
  ANSWER_MOST = 2048,
  EVENTS = 256,
};

struct connection {
  int fd;
  size_t length; /* bytes in text */
  size_t skip;   /* bytes of a body that are still to come */
  char peer[INET6_ADDRSTRLEN];
  char own[INET6_ADDRSTRLEN];
  char text[REQUEST_MOST + 1];
};

struct answer {
  int status;
  const char *reason;
  const char *type;
  char body[ANSWER_MOST];
};

static char hostname[256];
static void (*respond)(const struct connection *, const char *method, const char *path, struct answer *);

static void die(const char *what) {
  fprintf(stderr, "weir-lab-server: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void set(struct answer *answer, int status, const char *reason, const char *type, const char *body) {
  answer->status = status;
  answer->reason = reason;
  answer->type = type;
  snprintf(answer->body, sizeof answer->body, "%s", body);
}

static bool is(const char *method, const char *path, const char *wanted_method, const char *wanted_path) {
  return strcmp(method, wanted_method) == 0 && strcmp(path, wanted_path) == 0;
}

static void starwars(const struct connection *connection, const char *method, const char *path,
                     struct answer *answer) {
  (void)connection;
  if (is(method, path, "POST", "/v1/request-landing"))
    set(answer, 200, "OK", "text/plain", "Ship landed\n");
  else if (is(method, path, "PUT", "/v1/exhaust-port"))
    set(answer, 503, "Service Unavailable", "text/plain",
        "Panic: deathstar exploded\n\nA torpedo came down the exhaust port.\n");
  else if (is(method, path, "PUT", "/v1/cargobay"))
    set(answer, 200, "OK", "text/plain", "Cargo stowed\n");
  else if (is(method, path, "GET", "/v1/hyper-matter-reactor/status"))
    set(answer, 200, "OK", "text/plain", "Reactor stable\n");
  else if (is(method, path, "GET", "/v1/healthz"))
    set(answer, 200, "OK", "text/plain", "ok\n");
  else if (is(method, path, "GET", "/v1/") || is(method, path, "GET", "/v1")) {
    set(answer, 200, "OK", "application/json", "");
    snprintf(answer->body, sizeof answer->body,
             "{\n  \"name\": \"Death Star\",\n  \"hostname\": \"%s\",\n"
             "  \"model\": \"DS-1 Orbital Battle Station\",\n"
             "  \"manufacturer\": \"Imperial Department of Military Research\",\n"
             "  \"crew\": \"342953\",\n  \"passengers\": \"843342\",\n"
             "  \"api\": [\n    \"GET   /v1\",\n    \"GET   /v1/healthz\",\n"
             "    \"POST  /v1/request-landing\",\n    \"PUT   /v1/cargobay\",\n"
             "    \"GET   /v1/hyper-matter-reactor/status\",\n    \"PUT   /v1/exhaust-port\"\n  ]\n}\n",
             hostname);
  } else
    set(answer, 404, "Not Found", "text/plain", "no such door\n");
}

/* Backslash and quote cannot stand as they are in a JSON string, nor can control characters. */
static void quote(char *to, size_t room, const char *from) {
  size_t at = 0;
  for (; *from != '\0' && at + 2 < room; from++) {
    if (*from == '"' || *from == '\\')
      to[at++] = '\\';
    if ((unsigned char)*from >= ' ')
      to[at++] = *from;
  }
  to[at] = '\0';
}

static void echo(const struct connection *connection, const char *method, const char *path,
                 struct answer *answer) {
  char quoted[1024];
  set(answer, 200, "OK", "application/json", "");
  quote(quoted, sizeof quoted, path);
  snprintf(answer->body, sizeof answer->body,
           "{\"hostname\": \"%s\", \"client\": \"%s\", \"server\": \"%s\", \"method\": \"%s\", \"path\": "
           "\"%s\"}\n",
           hostname, connection->peer, connection->own, method, quoted);
}

static void address(char *to, const struct sockaddr_in6 *from) {
  if (IN6_IS_ADDR_V4MAPPED(&from->sin6_addr))
    inet_ntop(AF_INET, from->sin6_addr.s6_addr + 12, to, INET6_ADDRSTRLEN);
  else
    inet_ntop(AF_INET6, &from->sin6_addr, to, INET6_ADDRSTRLEN);
}

/* A socket of both families, or of IPv4 where the namespace has no IPv6; the address is told as IPv6 anyhow.
 */
static int bound(int type, int port) {
  int yes = 1;
  int no = 0;
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    die("cannot open a socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  if (bind(fd, (struct sockaddr *)&any, sizeof any) != 0)
    die("cannot bind the port");
  return fd;
}

static void watch(int epoll, int fd, void *what) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    die("cannot watch a socket");
}

static void accept_all(int epoll, int listener) {
  int yes = 1;
  struct sockaddr_in6 peer;
  struct sockaddr_in6 own;
  for (;;) {
    socklen_t size = sizeof peer;
    int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
      return;
    struct connection *connection = malloc(sizeof *connection);
    if (connection == NULL) {
      close(fd);
      return;
    }
    connection->fd = fd;
    connection->length = 0;
    connection->skip = 0;
    size = sizeof own;
    getsockname(fd, (struct sockaddr *)&own, &size);
    address(connection->peer, &peer);
    address(connection->own, &own);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    watch(epoll, fd, connection);
  }
}

static void echo_datagrams(int fd) {
  char datagram[65536];
  struct sockaddr_in6 peer;
  for (;;) {
    struct iovec bytes = {datagram, sizeof datagram};
    /* Where it was sent to is where the answer must come from: a node has several addresses. */
    char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    struct msghdr message = {.msg_name = &peer,
                             .msg_namelen = sizeof peer,
                             .msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t length = recvmsg(fd, &message, 0);
    if (length < 0)
      return;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL; part = CMSG_NXTHDR(&message, part)) {
      if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO)
        ((struct in6_pktinfo *)CMSG_DATA(part))->ipi6_ifindex = 0;
    }
    bytes.iov_len = (size_t)length;
    sendmsg(fd, &message, 0);
  }
}

static size_t content_length(const char *head) {
  for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
    if (strncasecmp(line + 2, "content-length:", 15) == 0)
      return strtoul(line + 17, NULL, 10);
  }
  return 0;
}

static bool send_all(int fd, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
    if (sent < 0) /* a peer that takes not even 2 KiB is given up */
      return false;
    bytes += sent;
    count -= (size_t)sent;
  }
  return true;
}

/* Answers the request whose head is `head`; false ends the connection. */
static bool answer_one(struct connection *connection, char *head) {
  static struct answer answer;
  char text[ANSWER_MOST + 512];
  char method[16];
  char path[1024];
  int minor;
  if (sscanf(head, "%15s %1023s HTTP/1.%d", method, path, &minor) != 3)
    return false;
  bool last = strcasestr(head, "\r\nconnection: close") != NULL || minor == 0;
  connection->skip = content_length(head);
  path[strcspn(path, "?")] = '\0';
  respond(connection, method, path, &answer);
  int length =
      snprintf(text, sizeof text,
               "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: %s\r\n\r\n%s",
               answer.status, answer.reason, answer.type, strlen(answer.body), last ? "close" : "keep-alive",
               strcmp(method, "HEAD") == 0 ? "" : answer.body);
  return send_all(connection->fd, text, (size_t)length) && !last;
}

/* Answers what is complete in the buffer; false ends the connection. */
static bool answer_all(struct connection *connection) {
  char *at = connection->text;
  char *end = connection->text + connection->length;
  bool open = true;
  while (open && at < end) {
    size_t skipped = connection->skip < (size_t)(end - at) ? connection->skip : (size_t)(end - at);
    connection->skip -= skipped;
    at += skipped;
    char *blank = at < end ? strstr(at, "\r\n\r\n") : NULL;
    if (blank == NULL)
      break;
    blank[2] = '\0';
    open = answer_one(connection, at);
    at = blank + 4;
  }
  connection->length = (size_t)(end - at);
  memmove(connection->text, at, connection->length);
  return open && connection->length < REQUEST_MOST;
}

static bool serve(struct connection *connection) {
  ssize_t got =
      read(connection->fd, connection->text + connection->length, REQUEST_MOST - connection->length);
  if (got < 0)
    return errno == EAGAIN || errno == EINTR;
  if (got == 0)
    return false;
  connection->length += (size_t)got;
  connection->text[connection->length] = '\0';
  return answer_all(connection);
}

int main(int count, char **words) {
  int listener_mark;
  int datagram_mark;
  if (count != 3 || atoi(words[2]) <= 0 || atoi(words[2]) > 65535) {
    fputs("usage: weir-lab-server starwars|echo PORT\n", stderr);
    return 2;
  }
  bool echoes = strcmp(words[1], "echo") == 0;
  respond = echoes ? echo : starwars;
  signal(SIGPIPE, SIG_IGN);
  gethostname(hostname, sizeof hostname - 1);

  int yes = 1;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  int listener = bound(SOCK_STREAM, atoi(words[2]));
  int datagrams = -1;
  if (listen(listener, 4096) != 0)
    die("cannot listen");
  watch(epoll, listener, &listener_mark);
  if (echoes) {
    datagrams = bound(SOCK_DGRAM, atoi(words[2]));
    setsockopt(datagrams, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
    watch(epoll, datagrams, &datagram_mark);
  }
  printf("%s on port %s\n", words[1], words[2]);
  fflush(stdout);

  struct epoll_event events[EVENTS];
  for (;;) {
    int ready = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      void *what = events[i].data.ptr;
      if (what == &listener_mark)
        accept_all(epoll, listener);
      else if (what == &datagram_mark)
        echo_datagrams(datagrams);
      else if (!serve(what)) {
        close(((struct connection *)what)->fd);
        free(what);
      }
    }
  }
}

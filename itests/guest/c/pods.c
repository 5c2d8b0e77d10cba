/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does for two pods by hand, with what load has pinned, what the engine does: fills maps, attaches by clsact
 * and to cgroup2. Pod N has the host side pod-N, the address 10.0.0.N and fd00:10::N, the MAC address 02::N,
 * and may do all it likes until it is denied.
 *
 *   pods up             the node's settings, and pods 2 and 3, which are not ready
 *   pods ready|unready N
 *   pods allow|deny N   what others ask of it
 *   pods service COUNT  10.96.0.10:80 leads to port 8080 of pod 3, or, where COUNT is 0, nowhere
 *   pods sockets        services at the socket, for this network namespace
 *   pods dropped REASON prints how many packets were
 *   pods counted NUMBER prints a counter
 */
#include "abi.h"
#include "say.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define FIRST_POD  2
#define LAST_POD   3
#define SERVICE    0x0a60000a /* 10.96.0.10 */
#define SERVICE_ID 7
#define HZ         250
#define MINUTE     (60 * HZ)
#define CPUS       64

static int pinned(const char *path) {
  int fd = bpf_obj_get(path);
  if (fd < 0)
    die("%s", path);
  return fd;
}

static void put(const char *map, const void *key, const void *value) {
  int fd = pinned(text("%s/%s", MAPS, map));
  if (bpf_map_update_elem(fd, key, value, BPF_ANY))
    die("%s: update", map);
  close(fd);
}

static void get(const char *map, const void *key, void *value) {
  int fd = pinned(text("%s/%s", MAPS, map));
  if (bpf_map_lookup_elem(fd, key, value))
    die("%s: look-up", map);
  close(fd);
}

#define DROPS_WORDS (sizeof(struct drops) / sizeof(__u64))

/* An element of an array of counters, `words` of 8 bytes a CPU: the sum of the first ones. */
static unsigned long long sum(const char *map, __u32 place, int words) {
  __u64 values[CPUS * DROPS_WORDS] = {}, total = 0;
  get(map, &place, values);
  for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
    total += values[cpu * words];
  return total;
}

static __be32 address4(int pod) {
  return htonl(0x0a000000 + pod);
}

static void address6(__u8 *bytes, int pod) {
  char *written = strdup(text("fd00:10::%d", pod));
  inet_pton(AF_INET6, written, bytes);
  free(written);
}

static struct address mapped(__be32 address) {
  struct address of = {.bytes = {[10] = 0xff, [11] = 0xff}};
  memcpy(of.bytes + 12, &address, sizeof(address));
  return of;
}

static __u32 host_side(int pod) {
  __u32 ifindex = if_nametoindex(text("pod-%d", pod));
  if (!ifindex)
    die("pod-%d", pod);
  return ifindex;
}

static __u16 ingress_slot(int pod) {
  return pod * 2;
}

static __u16 egress_slot(int pod) {
  return pod * 2 + 1;
}

static void attach(int pod, enum bpf_tc_attach_point point, const char *program) {
  int fd = pinned(text("%s/%s", PROGRAMS, program));
  LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = host_side(pod), .attach_point = point);
  LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = fd, .handle = 1, .priority = 1);

  bpf_tc_hook_create(&hook); /* the other direction may have made it */
  if (bpf_tc_attach(&hook, &options))
    die("%s at pod-%d", program, pod);
  close(fd);
}

static void settle(void) {
  struct config settings = {.flags = CONFIG_IPV4 | CONFIG_IPV6,
                            .host_mac = {2, 0, 0, 0, 0, 1},
                            .gateway4 = address4(1),
                            .hz = HZ,
                            .life = {.other = MINUTE,
                                     .icmp = MINUTE,
                                     .udp = MINUTE,
                                     .udp_stream = MINUTE,
                                     .tcp_syn_sent = MINUTE,
                                     .tcp_syn_received = MINUTE,
                                     .tcp_established = MINUTE,
                                     .tcp_fin_wait = MINUTE,
                                     .tcp_close_wait = MINUTE,
                                     .tcp_last_ack = MINUTE,
                                     .tcp_time_wait = MINUTE,
                                     .tcp_close = MINUTE}};
  __u32 only = 0;

  address6(settings.gateway6, 1);
  put("config", &only, &settings);
}

static void raise_revision(__u32 place) {
  __u32 revision;
  get("revisions", &place, &revision);
  revision++;
  put("revisions", &place, &revision);
}

static void say_otherwise(__u32 slot, enum verdict verdict) {
  struct policy_slot policy = {.otherwise = verdict};
  put("policy_slots", &slot, &policy);
  raise_revision(slot);
}

static void make_ready(int pod, __u16 flags) {
  struct endpoint endpoint = {.identity = 1000 + pod,
                              .id = pod,
                              .egress_slot = egress_slot(pod),
                              .ingress_slot = ingress_slot(pod),
                              .flags = flags,
                              .mac = {2, 0, 0, 0, 0, pod},
                              .ifindex = host_side(pod),
                              .address4 = address4(pod)};
  struct address v4 = mapped(address4(pod)), v6;

  address6(v6.bytes, pod);
  address6(endpoint.address6, pod);
  put("endpoints", &endpoint.ifindex, &endpoint);
  put("addresses", &v4, &endpoint);
  put("addresses", &v6, &endpoint);
  raise_revision(ingress_slot(pod));
  raise_revision(egress_slot(pod));
}

static void add(int pod) {
  say_otherwise(ingress_slot(pod), VERDICT_ALLOW);
  say_otherwise(egress_slot(pod), VERDICT_ALLOW);
  make_ready(pod, 0);
  attach(pod, BPF_TC_INGRESS, "from_pod");
  attach(pod, BPF_TC_EGRESS, "to_pod");
}

static void lead(int count) {
  struct service_key key = {.address = mapped(htonl(SERVICE)), .port = htons(80), .protocol = IPPROTO_TCP};
  struct service service = {.count = count, .id = SERVICE_ID};
  struct backend backend = {
      .address = mapped(address4(LAST_POD)), .port = htons(8080), .service = SERVICE_ID};
  __u32 first = 0;

  put("backends", &first, &backend);
  put("services", &key, &service);
  raise_revision(SERVICE_REVISIONS + SERVICE_ID);
}

static void take_sockets(void) {
  static const struct {
    const char *program;
    enum bpf_attach_type type;
  } hooks[] = {{"connect4", BPF_CGROUP_INET4_CONNECT}, {"getpeername4", BPF_CGROUP_INET4_GETPEERNAME}};
  int cgroup = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY), sock = socket(AF_INET, SOCK_DGRAM, 0);
  struct netns node = {};
  socklen_t size = sizeof(__u64);
  __u64 cookie;

  if (getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size))
    die("SO_NETNS_COOKIE");
  put("netns", &cookie, &node);
  for (int i = 0; i < 2; i++) {
    int link =
        bpf_link_create(pinned(text("%s/%s", PROGRAMS, hooks[i].program)), cgroup, hooks[i].type, NULL);
    if (link < 0 || bpf_obj_pin(link, text("/sys/fs/bpf/%s", hooks[i].program)))
      die("%s", hooks[i].program);
  }
}

int main(int count, char **words) {
  const char *verb = count > 1 ? words[1] : "";
  int number = count > 2 ? atoi(words[2]) : 0;

  libbpf_set_print(NULL); /* whose words come on top of ours */
  if (!strcmp(verb, "up")) {
    settle();
    for (int pod = FIRST_POD; pod <= LAST_POD; pod++)
      add(pod);
  } else if (!strcmp(verb, "ready")) {
    make_ready(number, ENDPOINT_READY);
  } else if (!strcmp(verb, "unready")) {
    make_ready(number, 0);
  } else if (!strcmp(verb, "allow")) {
    say_otherwise(ingress_slot(number), VERDICT_ALLOW);
  } else if (!strcmp(verb, "deny")) {
    say_otherwise(ingress_slot(number), VERDICT_DENY);
  } else if (!strcmp(verb, "service")) {
    lead(number);
  } else if (!strcmp(verb, "sockets")) {
    take_sockets();
  } else if (!strcmp(verb, "dropped")) {
    printf("%llu\n", sum("drops", number * 2, DROPS_WORDS) + sum("drops", number * 2 + 1, DROPS_WORDS));
  } else if (!strcmp(verb, "counted")) {
    printf("%llu\n", sum("counters", number, 1));
  } else {
    die("pods: no such verb: %s", verb);
  }
  return 0;
}

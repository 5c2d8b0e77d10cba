/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* From a service to one of its backends. */
#pragma once

#include "../abi/policy.h"
#include "../abi/services.h"
#include <stdbool.h>

enum choice {
  NO_SERVICE = 0, /* nobody's frontend: left as it is */
  NO_BACKEND = 1, /* the client is to be refused */
  CHOSEN = 2,
};

struct chosen {
  struct backend backend;
  __u32 revision; /* of the service, read before its backends */
  __u16 service;
  __u16 pad;
};

/* A run may be given away while it is read: then the backend is another service's, and the service is read
 * anew. */
#define LB_TRIES 3

static __always_inline enum choice choose(const struct service_key *key, struct chosen *chosen) {
  for (int i = 0; i < LB_TRIES; i++) {
    struct service *service = bpf_map_lookup_elem(&services, key);
    struct backend *backend;
    __u32 place, *revision;

    if (!service)
      return NO_SERVICE;
    chosen->service = service->id;
    place = SERVICE_REVISIONS + service->id;
    revision = bpf_map_lookup_elem(&revisions, &place);
    chosen->revision = revision ? *revision : 0;
    service = bpf_map_lookup_elem(&services, key);
    if (!service)
      return NO_SERVICE;
    if (!service->count)
      return NO_BACKEND;
    place = service->base + bpf_get_prandom_u32() % service->count;
    backend = bpf_map_lookup_elem(&backends, &place);
    if (!backend)
      continue;
    chosen->backend = *backend;
    if (chosen->backend.service == chosen->service)
      return CHOSEN;
  }
  return NO_BACKEND;
}
